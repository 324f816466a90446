"""The table of commands and the session, against a connection that only remembers what was sent."""

from typing import Any

import pytest

from terminal import options
from terminal.commands import COMMANDS
from terminal.commands.registry import FAMILIES
from terminal.model.window import Window
from terminal.network.endpoint import BadEndpoint, parse_address
from terminal.plain.printing import Printer
from terminal.text.paint import Paint
from tests.terminal_core import a_client


class Desk:
    """A client with one session, everything it sent and everything it printed, as in a pipe."""

    def __init__(self, dialect: str = "irc", joins: tuple[str, ...] = (), create_missing: bool = False) -> None:
        self.core = a_client(pacing_interval=0.0)
        self.client = self.core.client
        self.client.interactive = False
        self.shown: list[str] = []
        Printer(self.client, self.shown.append, self.shown.append, Paint(False), is_typed=False)
        self.session = self.core.session(nick="bob", joins=joins, dialect=dialect)
        self.session.create_missing = create_missing
        self.session.connect()
        self.peer = self.core.network.connection
        self.peer.accept()

    @property
    def current(self) -> Window:
        assert self.client.windows.current is not None
        return self.client.windows.current

    def type(self, *lines: str) -> list[str]:
        """What is sent because of these lines."""
        self.peer.take()
        self.core.type(*lines)
        return self.peer.take()

    def hear(self, *lines: str) -> list[str]:
        """What is shown because of these lines."""
        self.shown.clear()
        self.peer.feed(*lines)
        return self.shown


@pytest.fixture
def desk() -> Desk:
    """On `#x` of an IRC server, with al."""
    desk = Desk()
    desk.hear(":s 001 bob :Welcome", ":bob!b@h JOIN #x")
    desk.hear(":s 353 bob = #x :@al bob", ":s 366 bob #x :End")
    return desk


def test_every_command_does_what_its_usage_says(desk: Desk) -> None:
    for typed, sent in [
        ("hello", "PRIVMSG #x :hello"),
        ("//join is a command", "PRIVMSG #x :/join is a command"),
        ("/msg al hi there", "PRIVMSG al :hi there"),
        ("/me waves", "PRIVMSG #x :\x01ACTION waves\x01"),
        ("/join y key", "JOIN #y key"),
        ("/nick rob", "NICK rob"),
        ("/topic", "TOPIC #x"),
        ("/topic a new one", "TOPIC #x :a new one"),
        ("/names", "NAMES #x"),
        ("/names #z", "NAMES #z"),
        ("/list", "LIST"),
        ("/kick al", "KICK #x al"),
        ("/kick al go away", "KICK #x al :go away"),
        ("/RAW WHOIS al", "WHOIS al"),
        ("/part", "PART #x"),
        ("/part #x bye all", "PART #x :bye all"),
        ("/part bye all", "PART #x :bye all"),
    ]:
        assert desk.type(typed) == [sent], typed
    assert desk.type("/ban al") == ["MODE #x +b al!*@*", "KICK #x al :Banned"]
    assert desk.type("/quit so long") == ["QUIT :so long"] and desk.session.quitting


def test_help_comes_from_the_table(desk: Desk) -> None:
    desk.shown.clear()
    desk.type("/help")
    assert len(desk.shown) == len(FAMILIES) + 2
    assert {word for row in desk.shown[:-2] for word in row.split() if word.startswith("/")} == set(COMMANDS)
    desk.type(*(f"/help {family}" for family in FAMILIES))
    text = "\n".join(desk.shown)
    assert all(row.usage in text and row.help in text for row in COMMANDS.values())
    desk.shown.clear()
    desk.type("/help join")
    assert len(desk.shown) == 1 and COMMANDS["/join"].help in desk.shown[0]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/jion #x", "Did you mean /join?"),
        ("/to", "Did you mean /topic?"),
        ("/xyzzy", "There is no command /xyzzy. /help lists all."),
        ("/", "There is no command /. /help lists all."),
        ("/theme", "There is no command /theme. Did you mean /set theme? /help lists all."),
        *((word, f"There is no command {word}. /help lists all.") for word in ("/save", "/alias")),
        ("/help xyzzy", "There is no command /xyzzy. /help lists all."),
        ("/msg al", "Usage: /msg <nick or channel> <text>"),
        ("/msg al   ", "Usage: /msg <nick or channel> <text>"),
        ("/create #y", "/join #y makes the channel"),
    ],
)
def test_a_mistake_is_explained_and_sends_nothing(desk: Desk, typed: str, said: str) -> None:
    assert not desk.type(typed)
    assert said in desk.shown[-1]


def test_a_text_before_any_channel_or_before_the_welcome_says_what_is_missing() -> None:
    desk = Desk()
    assert not desk.type("hello") and "not welcomed" in desk.shown[-1]
    desk.hear(":s 001 bob :Welcome")
    assert not desk.type("hello") and "/join" in desk.shown[-1]


def test_a_line_end_inside_a_text_cannot_become_a_second_command(desk: Desk) -> None:
    assert desk.type("hello\r\nQUIT\0") == ["PRIVMSG #x :hello  QUIT"]


def test_the_current_channel_is_the_last_joined_and_joining_again_goes_back(desk: Desk) -> None:
    desk.hear(":bob!b@h JOIN #y")
    assert desk.type("one") == ["PRIVMSG #y :one"]
    assert desk.type("/join #X", "two") == ["PRIVMSG #x :two"]
    desk.hear(":al!a@h KICK #x bob :out")
    assert not desk.type("three") and "You are not on #x" in desk.shown[-1]


def test_the_wire_is_shown_both_ways_without_secrets(desk: Desk) -> None:
    desk.type("/wire")
    desk.shown.clear()
    desk.type("/raw OPER root secret")
    assert desk.shown == [">> OPER root ****"]
    assert desk.hear("PING :t") == ["<< PING :t", ">> PONG t"]
    desk.type("/wire")
    assert not desk.hear("PING :t")


@pytest.mark.parametrize("dialect", ["json", "lab"])
def test_what_a_dialect_does_not_have_is_said_in_a_sentence(dialect: str) -> None:
    desk = Desk(dialect)
    desk.hear('{"response_code": "110"}' if dialect == "json" else ":s 001 :Welcome")
    assert not desk.type("/nick rob") and "has no /nick" in desk.shown[-1]


def test_a_group_that_is_missing_is_made_by_a_script_and_only_reported_at_a_prompt() -> None:
    missing = '{"response_code": "240", "id": 2, "parameters": {}, "payload": "There is no group study"}'
    desk = Desk("json", joins=("study",))
    desk.hear('{"response_code": "110"}')
    assert "/create #study makes it" in desk.hear(missing)[0] and desk.client.refused
    desk = Desk("json", joins=("study",), create_missing=True)
    desk.hear('{"response_code": "110"}', missing)
    assert '"CHAT"' in desk.peer.lines[-1] and not desk.client.refused


@pytest.mark.parametrize(
    ("lines", "end", "why"),
    [
        (["ERROR :Closing Link: too old."], "closed", "The server closed the connection: Closing Link: too old."),
        ([], "lost", "The connection to irc.test was lost: reset."),
        ([], "closed", "The server closed the connection."),
    ],
)
def test_the_end_of_the_connection_says_why(lines: list[str], end: Any, why: str) -> None:
    desk = Desk()
    desk.hear(*lines)
    desk.peer.lose(end, "The server closed the connection." if end == "closed" else why)
    assert desk.session.over and desk.session.failure and desk.session.failure.text == why


def test_the_end_before_the_welcome_says_what_to_look_at_and_one_that_was_asked_for_is_no_failure() -> None:
    desk = Desk("lab")
    desk.peer.lose("closed", "The server closed the connection.")
    assert desk.session.failure and "--servername" in desk.session.failure.text
    desk.core.type("/quit")
    desk = Desk()
    desk.core.type("/quit")
    desk.peer.lose("closed", "The server closed the connection.")
    assert desk.session.failure is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", ("127.0.0.1", 6667)), ("a.host", ("a.host", 6667)), ("a.host:7000", ("a.host", 7000)),
        (":7000", ("127.0.0.1", 7000)), ("::1", ("::1", 6667)), ("[::1]:7000", ("::1", 7000)),
        ("[::1]", ("::1", 6667)),
    ],
)  # fmt: skip
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text, 6667) == address


@pytest.mark.parametrize("text", ["a:b", "a:", "a:0", "a:65536", "a:²", "[::1]:x"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadEndpoint):
        parse_address(text, 6667)


@pytest.mark.parametrize(
    ("login", "nick"),
    [("bob", "bob"), ("bob.smith", "bobsmith"), ("-x y@z", "xyz"), ("", "guest"), ("...", "guest"), ("é1", "é1")],
)
def test_the_nearest_legal_nick_to_a_login_name(login: str, nick: str) -> None:
    assert options.legal_nick(login) == nick
    assert options.check_nick(nick) == nick


def test_an_illegal_name_is_refused_before_connecting() -> None:
    for name in ("two words", "#x", ":x", ""):
        with pytest.raises(options.BadOption):
            options.check_nick(name)


def test_common_words_of_other_clients_work_too(desk: Desk) -> None:
    for typed, sent in [
        ("/say /away is a command", ["PRIVMSG #x :/away is a command"]),
        ("/ns help", ["PRIVMSG NickServ :help"]),
        ("/cs help", ["PRIVMSG ChanServ :help"]),
        ("/rejoin", ["PART #x", "JOIN #x"]),
        ("/cycle #new", ["JOIN #new"]),
    ]:
        assert desk.type(typed) == sent, typed
    assert desk.type("/ping al")[0].startswith("PRIVMSG al :\1PING")


def test_join_alone_enters_the_channel_again_that_one_was_thrown_out_of(desk: Desk) -> None:
    desk.hear(":al!a@h KICK #x bob :out")
    assert desk.type("/join") == ["JOIN #x"]
    desk.client.windows.show(desk.session.window)
    assert not desk.type("/join") and "Which channel?" in desk.shown[-1]
