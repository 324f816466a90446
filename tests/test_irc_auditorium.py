"""Auditoriums (+u): who is shown whom; and, whatever happens, that what a client was told adds up to what is so."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.modes import PREFIXES
from tests.harness import IrcClient, ServerUnderTest

WREN = ":wren!~wren@127.0.0.1"
ROOK = ":rook!~rook@127.0.0.1"
KITE = ":kite!~kite@127.0.0.1"
LETTERS = {prefix: letter for letter, prefix in PREFIXES.items()}


def hall(server: ServerUnderTest, *capabilities: str) -> tuple[IrcClient, IrcClient, IrcClient]:
    """Wren, operator, with rook and kite in the auditorium #lab."""
    wren, rook, kite = (server.irc(nick, *capabilities) for nick in ("wren", "rook", "kite"))
    wren.ask("JOIN #lab", "MODE #lab +u")
    for client in (rook, kite):
        client.ask("JOIN #lab")
    for client in (wren, rook, kite):
        client.sync()
    return wren, rook, kite


def names(client: IrcClient, channel: str = "#lab") -> set[str]:
    """Who NAMES shows."""
    lines = [line for line in client.ask(f"NAMES {channel}") if " 353 " in line]
    return {name for line in lines for name in line.rpartition(" :")[2].split(" ")}


# --- who is shown --------------------------------------------------------------------------------------------------


def test_a_join_is_shown_to_operators_and_the_names_to_oneself(server: ServerUnderTest) -> None:
    wren, rook, _ = hall(server)
    robin = server.irc("robin")
    assert ":parley.test 353 robin = #lab :@wren robin" in robin.ask("JOIN #lab")
    assert wren.sync() == [":robin!~robin@127.0.0.1 JOIN #lab"]
    assert rook.sync() == []
    assert names(wren) == {"@wren", "rook", "kite", "robin"}
    assert names(rook) == {"@wren", "rook"}


def test_who_and_whois_show_no_more_than_names(server: ServerUnderTest) -> None:
    wren, rook, kite = hall(server)
    server.irc("robin")
    assert [line.split(" ")[7] for line in rook.ask("WHO #lab")[:-1]] == ["wren", "rook"]
    assert len(wren.ask("WHO #lab")) == 4
    assert not any(" 319 " in line for line in rook.ask("WHOIS kite"))
    assert ":parley.test 319 wren kite :#lab" in wren.ask("WHOIS kite")
    assert ":parley.test 319 kite kite :#lab" in kite.ask("WHOIS kite")
    kite.ask("MODE kite +i")
    assert rook.ask("WHO k*") == [":parley.test 315 rook k* :End of WHO list"]


def test_messages_reach_everybody(server: ServerUnderTest) -> None:
    wren, rook, kite = hall(server)
    rook.ask("PRIVMSG #lab :hello")
    for client in (wren, kite):
        assert client.sync() == [f"{ROOK} PRIVMSG #lab :hello"]


def test_who_is_voiced_appears_and_disappears_again(server: ServerUnderTest) -> None:
    wren, rook, kite = hall(server)
    voiced = f"{WREN} MODE #lab +v rook"
    assert wren.ask("MODE #lab +v rook") == [voiced]
    assert rook.sync() == [voiced]
    assert kite.sync() == [f"{ROOK} JOIN #lab", voiced]
    assert names(kite) == {"@wren", "+rook", "kite"}
    taken = f"{WREN} MODE #lab -v rook"
    assert wren.ask("MODE #lab -v rook") == [taken]
    assert rook.sync() == [taken]
    assert kite.sync() == [taken, f"{ROOK} PART #lab"]
    assert names(kite) == {"@wren", "kite"}


def test_a_new_half_operator_is_shown_everybody_and_a_former_one_is_not(server: ServerUnderTest) -> None:
    wren, rook, kite = hall(server)
    wren.ask("MODE #lab +h rook")
    assert rook.sync() == [f"{KITE} JOIN #lab", f"{WREN} MODE #lab +h rook"]
    assert kite.sync() == [f"{ROOK} JOIN #lab", f"{WREN} MODE #lab +h rook"]
    wren.ask("MODE #lab -h+v rook rook")
    assert rook.sync() == [f"{WREN} MODE #lab -h+v rook rook", f"{KITE} PART #lab"]
    assert kite.sync() == [f"{WREN} MODE #lab -h+v rook rook"]


def test_closing_the_hall_hides_and_opening_it_shows(server: ServerUnderTest) -> None:
    wren, rook, kite = hall(server)
    wren.ask("MODE #lab -u")
    assert rook.sync() == [f"{KITE} JOIN #lab", f"{WREN} MODE #lab -u"]
    assert kite.sync() == [f"{ROOK} JOIN #lab", f"{WREN} MODE #lab -u"]
    wren.ask("MODE #lab +u")
    assert rook.sync() == [f"{WREN} MODE #lab +u", f"{KITE} PART #lab"]
    assert kite.sync() == [f"{WREN} MODE #lab +u", f"{ROOK} PART #lab"]


def test_a_full_hall_is_neither_opened_nor_closed(server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.state.channel_modes.AUDITORIUM_SWITCH", 1)
    wren, _, kite = hall(server)
    assert wren.ask("MODE #lab -u") == [
        ":parley.test 696 wren #lab u * :Too many members: each of more than 1 would be told of all"
    ]
    assert kite.sync() == []


# --- what happens to the hidden ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("PART #lab :bye", f"{ROOK} PART #lab :bye"),
        ("QUIT :bye", f"{ROOK} QUIT :Quit: bye"),
        ("NICK robin", f"{ROOK} NICK robin"),
        ("AWAY :tea", f"{ROOK} AWAY :tea"),
        ("SETNAME :Another", f"{ROOK} SETNAME :Another"),
    ],
)
def test_what_a_hidden_member_does_is_shown_to_operators_only(server: ServerUnderTest, line: str, shown: str) -> None:
    wren, rook, kite = hall(server, "away-notify", "setname")
    rook.send(line)
    if line.startswith("QUIT"):
        rook.lines_until_closed()
    else:
        rook.sync()
    assert wren.sync() == [shown]
    assert kite.sync() == []


def test_a_shared_ordinary_channel_shows_all_the_same(server: ServerUnderTest) -> None:
    _, rook, kite = hall(server)
    for client in (rook, kite):
        client.ask("JOIN #den")
    rook.sync()
    rook.ask("NICK robin")
    assert kite.sync() == [f"{ROOK} NICK robin"]


def test_a_kick_of_a_hidden_member_is_its_and_the_operators_business(server: ServerUnderTest) -> None:
    wren, rook, kite = hall(server)
    assert wren.ask("KICK #lab rook :out") == [f"{WREN} KICK #lab rook :out"]
    assert rook.sync() == [f"{WREN} KICK #lab rook :out"]
    assert kite.sync() == []


def test_a_new_host_is_shown_to_who_sees_the_member() -> None:
    with ServerUnderTest('[[operator]]\nname = "root"\npassword = "rootpass"\n') as server:
        wren, rook, kite = hall(server)
        wren.ask("OPER root rootpass", "CHGHOST rook hidden cloak.example")
        assert kite.sync() == []
        assert any(" JOIN #lab" in line for line in [*wren.sync(), *wren.ask("CHGHOST rook other cloak.example")])
        rook.sync()


def test_json_members_are_shown_the_same(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    wren.ask("JOIN #lab", "MODE #lab +u")
    alice, bob = server.user("alice", 1.1), server.user("bob", 1.1)
    alice.ask("JOIN", chat_name="lab")
    bob.ask("JOIN", chat_name="lab")
    assert alice.sync() == []
    shown = alice.ask("WHOS", chat_name="lab")["payload"]
    assert [member["username"] for member in shown] == ["wren", "alice"]
    bob.quit()
    assert alice.sync() == []
    carol = server.user("carol", 1.1)
    carol.ask("JOIN", chat_name="lab")
    wren.ask("MODE #lab +v carol", "MODE #lab -v carol")
    assert [(told["response_code"], told["parameters"]["username"]) for told in alice.sync()] == [
        ("180", "carol"),
        ("190", "carol"),
    ]


# --- everything adds up --------------------------------------------------------------------------------------------


class Watcher:
    """A client that keeps account, from what it is sent, of who is in the channel with which ranks."""

    def __init__(self, server: ServerUnderTest, nick: str) -> None:
        self.server = server
        self.nick = nick
        self.client = server.irc(nick, "multi-prefix")
        self.members: dict[str, set[str]] | None = None

    def ask(self, line: str) -> None:
        """Does something."""
        self.take(self.client.ask(line))

    def reconnect(self) -> None:
        """Quits and comes back."""
        self.client.send("QUIT :later")
        self.client.lines_until_closed()
        self.client, self.members = self.server.irc(self.nick, "multi-prefix"), None

    def take(self, lines: list[str]) -> None:
        """Reads what it was sent."""
        for line in lines:
            source, command, *params = line[1:].split(" ")
            self._take(source.partition("!")[0], command, params)

    def _take(self, nick: str, command: str, params: list[str]) -> None:
        if command == "NICK":
            self._renamed(nick, params[0])
        elif command == "JOIN" and nick == self.nick:
            self.members = {nick: set()}
        elif self.members is None:
            return
        elif command == "JOIN":
            assert nick not in self.members, f"{self.nick} is told twice that {nick} is there"
            self.members[nick] = set()
        elif command in ("PART", "QUIT", "KICK"):
            gone = params[1] if command == "KICK" else nick
            assert gone in self.members, f"{self.nick} is told of the leaving of {gone}, who is not there"
            del self.members[gone]
            if gone == self.nick:
                self.members = None
        elif command == "353":
            for name in [params[3][1:], *params[4:]]:
                bare = name.lstrip("~&@%+")
                self.members[bare] = {LETTERS[prefix] for prefix in name[: -len(bare)]}
        elif command == "MODE":
            self._modes(params[1], iter(params[2:]))

    def _renamed(self, old: str, new: str) -> None:
        if old == self.nick:
            self.nick = new
        if self.members is not None:
            self.members[new] = self.members.pop(old)

    def _modes(self, letters: str, nicks: Iterator[str]) -> None:
        adding = True
        for letter in letters:
            if letter in "+-":
                adding = letter == "+"
            elif letter in PREFIXES and self.members is not None:
                ranks = self.members[next(nicks)]
                (ranks.add if adding else ranks.discard)(letter)


def what_is_so(server: ServerUnderTest, channel: str, nick: str) -> dict[str, set[str]] | None:
    """The members that `nick` may see, or None when it is not there."""
    with server.network.lock:
        found, user = server.network.find_channel(channel), server.network.find_user(nick)
        assert user is not None
        if found is None or user not in found.members:
            return None
        sees_all = "u" not in found.modes or bool(found.members[user].ranks & set("qaoh"))
        return {
            other.nick: set(member.ranks)
            for other, member in found.members.items()
            if sees_all or member.ranks or other is user
        }


WHO = st.integers(0, 3)
RULER = st.sampled_from([0, 0, 0, 1, 2, 3])
SIGN = st.sampled_from("+-")
SEVERAL = st.sampled_from(["+ov", "-ov", "+h-v", "-qaoh", "+v-u", "+u-v"])
STEPS = st.lists(
    st.tuples(st.just("rank"), RULER, WHO, SIGN, st.sampled_from("qaohv"))
    | st.tuples(st.just("ranks"), RULER, WHO, SEVERAL)
    | st.tuples(st.just("hall"), RULER, SIGN)
    | st.tuples(st.just("kick"), RULER, WHO)
    | st.tuples(st.sampled_from(["join", "join", "part", "quit", "nick"]), WHO),
    min_size=5,
    max_size=25,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[ServerUnderTest, list[Watcher], Iterator[int]]]:
    """One server with four clients for all examples; each example has a channel of its own."""
    with ServerUnderTest() as server:
        yield server, [Watcher(server, f"w{number}x") for number in range(4)], itertools.count()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(is_hall=st.booleans(), steps=STEPS)
def test_what_clients_were_told_is_what_is_so(
    shared: tuple[ServerUnderTest, list[Watcher], Iterator[int]], is_hall: bool, steps: list[tuple[object, ...]]
) -> None:
    server, watchers, numbers = shared
    channel = f"#c{next(numbers)}"
    for watcher in watchers:
        watcher.ask("JOIN 0")
    watchers[0].ask(f"JOIN {channel}")
    with server.network.lock:
        server.channel(channel).members[server.network.users[watchers[0].nick]].ranks = frozenset("q")
    assert watchers[0].members is not None
    watchers[0].members[watchers[0].nick] = {"q"}
    if is_hall:
        watchers[0].ask(f"MODE {channel} +u")
    for watcher in watchers[1:]:
        watcher.ask(f"JOIN {channel}")
    for step in steps:
        _take_step(channel, watchers, numbers, *step)
        for watcher in watchers:
            watcher.take(watcher.client.sync())
        for watcher in watchers:
            assert watcher.members == what_is_so(server, channel, watcher.nick), (watcher.nick, step)


def _take_step(
    channel: str, watchers: list[Watcher], numbers: Iterator[int], kind: object, who: object, *more: object
) -> None:
    assert isinstance(who, int)
    actor = watchers[who]
    if kind == "quit":
        actor.reconnect()
    elif kind in ("join", "part"):
        actor.ask(f"{kind} {channel}")
    elif kind == "nick":
        actor.ask(f"NICK w{who}x{next(numbers)}")
    elif kind == "hall":
        actor.ask(f"MODE {channel} {more[0]}u")
    else:
        assert isinstance(more[0], int)
        target = watchers[more[0]].nick
        if kind == "kick":
            actor.ask(f"KICK {channel} {target} :out")
        elif kind == "rank":
            actor.ask(f"MODE {channel} {more[1]}{more[2]} {target}")
        else:
            actor.ask(f"MODE {channel} {more[1]} {' '.join([target] * 4)}")


# --- invitations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nick", ["kite", "robin"])
def test_an_invitation_does_not_tell_who_is_hidden_there(server: ServerUnderTest, nick: str) -> None:
    wren, rook, kite = hall(server, "invite-notify")
    robin = server.irc("robin")
    assert rook.ask(f"INVITE {nick} #lab") == [f":parley.test 341 rook {nick} #lab"]
    assert rook.ask("INVITE wren #lab") == [":parley.test 443 rook wren #lab :is already on channel"]
    assert rook.ask("INVITE rook #lab") == [":parley.test 443 rook rook #lab :is already on channel"]
    assert wren.ask("INVITE kite #lab")[-1] == ":parley.test 443 wren kite #lab :is already on channel"
    assert robin.sync() == ([f"{ROOK} INVITE robin #lab"] if nick == "robin" else [])
    assert f"{ROOK} INVITE {nick} #lab" in kite.sync()  # as all who have invite-notify


def test_in_json_an_invitation_does_not_tell_it_either(server: ServerUnderTest) -> None:
    hall(server)
    alice = server.user("alice", 1.1)
    alice.ask_all("JOIN", chat_name="lab")
    assert alice.ask("INVT", chat_name="lab", invited_user="kite")["response_code"] == "182"
    assert alice.ask("INVT", chat_name="lab", invited_user="wren")["response_code"] != "182"


def test_who_is_not_in_the_channel_is_told_that_it_is_not(server: ServerUnderTest) -> None:
    hall(server)
    assert server.irc("robin").ask("INVITE kite #lab") == [":parley.test 442 robin #lab :You're not on that channel"]
