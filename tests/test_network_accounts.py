"""Accounts on a network: each is at home on one server, and a server may leave its logins to another one."""

from collections.abc import Iterator
from contextlib import contextmanager

from chat.state import announcing
from chat.storage.settings import LinkPeer
from protocol import events
from tests.harness import bare, tags_of
from tests.networks import ParleyHere, across, chain, linked, settle, until_reached
from tests.process import until

A, B, C = "a.example", "b.example", "c.example"


def texts(lines: list[str]) -> list[str]:
    """What services and servers say in these lines."""
    return [line.rpartition(" :")[2] for line in lines if " NOTICE " in line]


# --- each account has its home -------------------------------------------------------------------------------------


@contextmanager
def pair() -> Iterator[tuple[ParleyHere, ParleyHere]]:
    """Two servers that have the accounts ann and bob each."""
    with linked(chain(A, B)) as network:
        first, second = network.here(A), network.here(B)
        for server in (first, second):
            server.add_account("ann")
            server.add_account("bob")
        yield first, second


def test_an_account_of_another_server_is_shown_with_its_home() -> None:
    with pair() as (first, second):
        ann = first.member("ann")
        bob = second.irc("eve", "account-tag", "extended-join", "account-notify", "message-tags")
        settle(ann, bob)
        bob.ask("JOIN #room")
        across(bob, ann)
        ann.ask("JOIN #room", "PRIVMSG #room :hi")
        joined, said = across(ann, bob)
        assert bare([joined]) == [":ann!~ann@127.0.0.1 JOIN #room ann@a.example :ann the tester"]
        assert tags_of(said)["account"] == "ann@a.example"
        assert f":{B} 330 eve ann ann@a.example :is logged in as" in bob.ask("WHOIS ann")
        assert any(" 354 eve ann ann@a.example" in line for line in bob.ask("WHO #room %na"))
        ann.ask("PRIVMSG NickServ :LOGOUT")
        assert bare(across(ann, bob)) == [":ann!~ann@127.0.0.1 ACCOUNT *"]
        ann.ask("PRIVMSG NickServ :IDENTIFY ann secret")
        assert bare(across(ann, bob)) == [":ann!~ann@127.0.0.1 ACCOUNT ann@a.example"]
        json = second.user("jay", 1.1)
        assert json.ask("WHOI", user="ann")["payload"][0]["account"] == "ann@a.example"


def test_accounts_of_one_name_on_two_servers_are_two() -> None:
    with pair() as (first, second):
        ann, other = first.member("ann"), second.member("ann", nick="other")
        settle(ann, other)
        ann.ask("JOIN #room", "MODE #room +b ~a:ann", "MODE #room +i", "MODE #room +I ~a:bob")
        across(ann, other)
        assert second.channel("#room").lists["b"].keys() == {"~a:ann@a.example"}
        assert any(" 473 other #room " in line for line in other.ask("JOIN #room"))
        bob = second.member("bob")
        assert any(" 473 bob #room " in line for line in bob.ask("JOIN #room"))
        settle(ann, bob)
        ann.ask("MODE #room +I ~a:bob@b.example")
        across(ann, bob)
        assert any(" JOIN #room" in line for line in bob.ask("JOIN #room"))
        assert first.network.users_of_account("ann") == [first.network.users["ann"]]
        assert [user.nick for user in second.network.users_of_account("ann@a.example")] == ["ann"]


def test_a_reload_logs_nobody_out_whose_account_is_elsewhere() -> None:
    with pair() as (first, second):
        ann, bob = first.member("ann"), second.irc("eve")
        settle(ann, bob)
        second.network.account_store.remove("ann")
        second.network.flush()
        assert second.reload() == []
        assert f":{B} 330 eve ann ann@a.example :is logged in as" in bob.ask("WHOIS ann")
        across(bob, ann)
        assert first.network.users["ann"].account == "ann"


def test_a_right_holds_on_every_server() -> None:
    with pair() as (first, second):
        ann, bob = first.member("ann"), second.irc("runner")
        settle(ann, bob)
        ann.ask("JOIN #room", "MODE #room +P", "MODE #room +i")
        across(ann, bob)
        ann.ask("PART #room")
        across(ann, bob)
        assert second.channel("#room").admins == {"ann@a.example"}
        ann.ask("JOIN #room")
        across(ann, bob)
        assert second.channel("#room").members[second.network.users["ann"]].is_operator


def test_an_owner_gets_its_nick_from_a_guest_of_another_server_but_not_from_another_owner() -> None:
    with pair() as (first, second):
        guest = second.irc("guest")
        runner = first.irc("runner")
        settle(guest, runner)
        second.network.account_store.remove("ann")
        guest.ask("NICK ann")
        guest.nick = "ann"
        across(guest, runner)
        ann = first.member("ann")
        assert ann.welcome[-1].startswith(f":{A} ")
        assert first.network.users["ann"].account == "ann"
        owner = second.member("bob")
        until_reached(owner, runner)
        late = first.user("bob", 1.1)
        assert late.ask("WHOI")["payload"][0]["username"] == "bob2"
        again = first.member("bob", nick="bob2")
        said = texts(again.ask("PRIVMSG NickServ :RECOVER bob", "PRIVMSG NickServ :GHOST bob"))
        assert said == [f"bob is logged in on {B} to an account of {B}, and keeps the nick"] * 2
        assert owner.sync() == [] or second.network.users["bob"].account == "bob"


def test_an_account_that_was_removed_while_servers_were_apart_is_logged_out() -> None:
    with linked(chain(A, B)) as network:
        first, second = network.here(A), network.here(B)
        guest, runner = second.irc("guest"), first.irc("runner")
        settle(guest, runner)
        with second.network.lock:
            user = second.network.users["guest"]
            user.log_in("gone@a.example")
            second.network.note_login(user)
            announcing.account_changed(second.network, user, second.network.event(events.ACCOUNT, user.source))
        second.network.writer.wake()
        settle(guest, runner)
        assert first.network.users["guest"].account == second.network.users["guest"].account == ""


def test_what_somebody_edits_in_the_channel_file_reaches_the_other_servers() -> None:
    with pair() as (first, second):
        ann, runner = first.member("ann"), second.irc("runner", *("draft/metadata-2", "batch"))
        settle(ann, runner)
        ann.ask("JOIN #room", "MODE #room +P")
        across(ann, runner)
        runner.ask("JOIN #room")
        across(runner, ann)
        file = first.data / "channels.json"
        first.network.flush()
        text = (
            file.read_text("utf-8")
            .replace('"topic": ""', '"topic": "by hand"')
            .replace('"modes": "nt"', '"modes": "mn"')
        )
        file.write_text(text.replace('"ann"', '"ann", "bob@b.example"'), "utf-8")
        assert first.reload() == []
        lines = across(ann, runner)
        assert [line for line in lines if " TOPIC " in line] == [f":{A} TOPIC #room :by hand"]
        assert second.channel("#room").modes == first.channel("#room").modes >= {"P", "m"}
        assert second.channel("#room").admins == {"ann@a.example", "bob"}


def test_what_was_changed_while_servers_were_apart_holds_when_they_are_linked_again() -> None:
    with pair() as (first, second):
        ann, bob = first.member("ann", "draft/metadata-2", "batch"), second.member("bob", "draft/metadata-2", "batch")
        settle(ann, bob)
        ann.ask("JOIN #room", "PRIVMSG ChanServ :REGISTER #room", "PRIVMSG ChanServ :ACCESS ADD #room bob@b.example op")
        across(ann, bob)
        with second.network.lock:
            for peer in list(second.controls.tree.peers):
                peer.cut("a split")
        until(lambda: not len(first.network.servers))
        ann.ask("PRIVMSG ChanServ :ACCESS ADD #room bob@b.example voice", "METADATA #room SET url :new")
        ann.ask("METADATA * SET color :red")
        second.controls.dialer.connect(LinkPeer(A, "127.0.0.1", first.port))
        settle(ann, bob)
        for server, founder, access in ((first, "ann", "bob@b.example"), (second, "ann@a.example", "bob")):
            channel = server.channel("#room")
            assert (channel.founder, channel.access, channel.admins) == (founder, {access: "v"}, {founder})
            assert channel.metadata == {"url": "new"}
        assert any(line.endswith(" ann color * :red") for line in bob.ask("METADATA ann LIST"))
