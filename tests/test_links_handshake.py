"""Who may become a link, and two connections for one link."""

import logging
import socket
import time
from collections.abc import Iterator

import pytest

from chat.state.servers import id_of
from tests.fake_peer import BOTH, EVIL, PLACE, Dialling, FakePeer, hello, raw_link, refusal
from tests.harness import Client, ServerUnderTest
from tests.networks import Accepted, ParleyHere, until_reached
from tests.process import until
from tests.secure import use_websocket

NEAR = "near.test"


@pytest.fixture(scope="module")
def near() -> Iterator[ParleyHere]:
    with ParleyHere(NEAR) as server:
        yield server


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("SERVER near.test 1 :x", "near.test is my own name"),
        ("SERVER NEAR.Test 1 :x", "NEAR.Test is my own name"),
        ("SERVER evil.test", "expected was SERVER <name> 1 :<info>"),
        (":evil.test SERVER evil.test", "expected was SERVER <name> 1 :<info>"),
        ("SERVER a!b@c 1 :x", "a!b@c is no name of a server; allowed are letters, digits, hyphens and dots"),
        ("SERVER -a 1 :x", "-a is no name of a server; allowed are letters, digits, hyphens and dots"),
        ("SERVER #room 1 :x", "#room is no name of a server; allowed are letters, digits, hyphens and dots"),
        (
            f"SERVER {'a.' * 32}b 1 :x",
            f"{'a.' * 32}b is no name of a server; allowed are letters, digits, hyphens and do",
        ),
        (f"SERVER evil.test 1 :{'x' * 4200}", "the info of SERVER is too long"),
    ],
)
def test_a_server_that_cannot_be_is_refused(near: ParleyHere, line: str, reason: str) -> None:
    assert refusal(near, line).startswith(reason)


def test_server_without_a_name_is_an_unknown_command_of_a_client(near: ParleyHere) -> None:
    client = near.connect()
    assert client.ask("SERVER") == [":near.test 451 * :You have not registered"]
    client.close()


def test_the_command_may_be_in_lower_case_and_have_a_source(near: ParleyHere) -> None:
    for line in ("server small.test 1 :x", ":small.test Server small.test 1 :x"):
        client = raw_link(near.port, line)
        assert client.line() == ":near.test SERVER near.test 1 :a Parley chat server  "
        client.close()
        until(lambda: near.network.servers.find("small.test") is None)


def test_a_nick_that_a_server_has_asked_for_before_is_free_again(near: ParleyHere) -> None:
    client = raw_link(near.port)
    client.send("NICK taken", "SERVER small.test 1 :x")
    assert " SERVER near.test 1 " in client.line()
    ann = near.irc("taken")
    assert ann.nick == "taken"
    for each in (ann, client):
        each.close()
    until(lambda: near.network.servers.find("small.test") is None)


def test_a_name_with_the_id_of_another_server_is_refused(near: ParleyHere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.links.tree.id_of", lambda name: id_of(NEAR))
    assert (
        refusal(near, "SERVER twin.test 1 :x") == "twin.test has the same id as another server; it needs another name"
    )


# --- who is no server -----------------------------------------------------------------------------------------------


def test_users_of_all_kinds_are_no_servers(near: ParleyHere) -> None:
    ann, rook = near.irc("ann"), near.lab("rook")
    assert ann.ask("SERVER evil.test 1 :x") == [":near.test 421 ann SERVER :Unknown command"]
    assert rook.ask("SERVER evil.test 1 :x") == [":near.test 421 SERVER :Unknown command"]
    client = near.connect()
    client.send("NICK carl", "USER carl 0 * :Carl", "SERVER evil.test 1 :x")
    assert client.lines_until(lambda line: " 421 carl SERVER " in line)
    for each in (ann, rook, client):
        each.close()
    assert near.network.servers.find(EVIL) is None


def test_a_web_page_is_no_server(near: ParleyHere) -> None:
    client = use_websocket(Client(near.port), "text.ircv3.net")
    client.send("SERVER evil.test 1 :x")
    (line,) = client.lines_until_closed()
    assert line == "ERROR :Closing Link: 127.0.0.1 (a WebSocket is for clients; no server links by it)"
    client.close()


GATES = """[links]
open = true
accept = [{name = "good.test", password = "sesame"}]
[proxy]
from = ["127.0.0.1"]
[[webirc]]
password = "gate"
from = ["127.0.0.1"]
"""


def test_what_a_gateway_or_a_proxy_brings_is_no_server_without_a_password() -> None:
    with ServerUnderTest("", name=NEAR) as server:
        config = server.data / "server.toml"
        config.write_text(GATES + "", "utf-8")
        server.controls._overrides["i_know_anyone_can_link"] = True
        assert server.reload() == []
        client = raw_link(server.port)
        client.send("WEBIRC gate web example.org 192.0.2.5", "SERVER evil.test 1 :x")
        assert client.line() == "ERROR :Closing Link: example.org (a web gateway brings clients; no server links by it)"
        client.close()
        proxied = "PROXY TCP4 192.0.2.6 127.0.0.1 1000 6667"
        client = raw_link(server.port)
        client.send(proxied, "SERVER evil.test 1 :x")
        assert client.line() == "ERROR :Closing Link: 192.0.2.6 (a link that comes through a proxy needs a password)"
        client.close()
        client = raw_link(server.port)
        client.send(proxied, "PASS sesame", "SERVER good.test 1 :x")
        assert " SERVER near.test 1 :" in client.line()
        client.close()


# --- the side that dials --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "far.test gave no password back; it needs this server in its [links] connect, with one"),
        ("*", "far.test gave no password back; it needs this server in its [links] connect, with one"),
        ("wrong", "far.test gave a wrong password back"),
        ("ours", "far.test gave a wrong password back"),
    ],
)
def test_the_password_that_comes_back_is_looked_at(given: str, reason: str) -> None:
    with Dialling(BOTH) as near:
        assert near.lines[0].startswith("PASS ours ")
        near.link.send(*([f"PASS {given} 0210-IRC+ parley|1:X"] if given else []), ":far.test SERVER far.test 1 :x  ")
        assert near.link.line() == f"ERROR :Closing Link: 127.0.0.1 ({reason})"


def test_with_the_right_passwords_on_both_sides_they_link() -> None:
    with Dialling(BOTH) as near:
        near.link.send("PASS theirs 0210-IRC+ parley|1:X", ":far.test SERVER far.test 1 :x  ")
        assert near.link.line().startswith("PARLEY {")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([":other.test SERVER other.test 1 :x"], "the server there is other.test, not far.test"),
        (["ERROR :Closing Link: you are not welcome"], "the other side says: Closing Link: you are not welcome"),
        (["HTTP/1.1 400 Bad Request"], "expected was SERVER <name> 1 :<info>"),
        ([":far.test SERVER far.test 1 :x  ", 'PARLEY {"version": 1}'], "not understood: Hello: "),
        ([":far.test SERVER far.test 1 :x  ", "PARLEY x"], "not understood: no JSON"),
        ([":far.test SERVER far.test 1 :x  ", hello("x.test")], "is not the id of far.test"),
        ([":far.test SERVER far.test 1 :x  ", hello("far.test", version=0)], "there is no version 0 of the protocol"),
        (
            [":far.test SERVER far.test 1 :x  ", hello("far.test", time=time.time() - 90_000)],
            " seconds apart; set them right",
        ),
        ([":far.test SERVER far.test 1 :x  ", "ERROR :No"], "the other side says: No"),
    ],
)
def test_a_strange_answer_ends_the_attempt(lines: list[str], reason: str, caplog: pytest.LogCaptureFixture) -> None:
    with Dialling(f"[links]\nconnect = [{PLACE}]") as near:
        near.link.send(*lines)
        assert reason in near.link.lines_until_closed()[-1]
        until(lambda: "cannot link to far.test " in caplog.text)
        assert reason in caplog.text


def test_an_attempt_that_ends_without_a_word_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    with Dialling(f"[links]\nconnect = [{PLACE}]") as near:
        near.link.close()
        until(lambda: "cannot link to far.test " in caplog.text and "): Connection closed; next try" in caplog.text)


def test_a_link_that_comes_back_is_a_warning_as_its_loss_was(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "parley.links")
    with ParleyHere(NEAR) as near:
        for _ in range(2):
            FakePeer(near.port).linked().close()
            until(lambda: near.network.servers.find(EVIL) is None)
        told = [(record.levelno, record.getMessage()) for record in caplog.records]
        assert [each for each in told if each[1].startswith("linked to ")] == [
            (logging.INFO, f"linked to {EVIL}"),
            (logging.WARNING, f"linked to {EVIL} again"),
        ]


def test_what_a_server_runs_is_in_the_log_of_both(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with ParleyHere("far.test") as far, ParleyHere(NEAR, dials=far):
        until(lambda: "far.test runs parley-1.0" in caplog.text and "near.test runs parley-1.0" in caplog.text)


def test_a_newer_version_is_linked_as_this_one_and_clocks_somewhat_apart_are_told(
    near: ParleyHere, caplog: pytest.LogCaptureFixture
) -> None:
    peer = FakePeer(near.port, version=7, time=time.time() - 3700, quantum="x").linked()
    assert peer.sync() == []
    assert (
        "the clocks of this server and evil.test are 370" in caplog.text
        and " seconds apart; set them right" in caplog.text
    )
    peer.close()
    until(lambda: near.network.servers.find(EVIL) is None)


def test_an_answer_that_does_not_come_is_not_waited_for(near: ParleyHere) -> None:
    with Dialling(f"[links]\nconnect = [{PLACE}]") as dialling:
        dialling.server.look_after(31)
        assert dialling.link.line() == "ERROR :Closing Link: 127.0.0.1 (The link was not set up in time)"


def test_a_link_that_says_nothing_after_its_password_is_not_waited_for() -> None:
    with ServerUnderTest('[links]\npassword = "common"', name=NEAR) as server:
        client = raw_link(server.port)
        client.send("PASS common 0210-IRC+ parley|1:X", "SERVER slow.test 1 :x")
        assert client.lines_until(lambda line: " SERVER " in line)
        server.look_after(31)
        assert client.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (The link was not set up in time)"]
        client.close()


# --- two connections for one link -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("own", "stays"), [("a.test", "dialled"), ("z.test", "accepted")])
def test_of_two_that_dial_each_other_the_one_with_the_lesser_name_has_its_connection(own: str, stays: str) -> None:
    with Dialling(f"[links]\nopen = true\nconnect = [{PLACE}]", name=own) as near:
        other = raw_link(near.server.port, "SERVER far.test 1 :x")
        if stays == "dialled":
            assert other.line() == "ERROR :Closing Link: 127.0.0.1 (far.test is being linked by another connection)"
            near.link.send(":far.test SERVER far.test 1 :x  ")
            assert near.link.line().startswith("PARLEY ")
        else:
            assert f" SERVER {own} 1 " in other.line()
            reason = "both servers have dialled; the other connection stays"
            assert near.link.line() == f"ERROR :Closing Link: 127.0.0.1 ({reason})"
        other.close()


@pytest.mark.parametrize(("own", "stays"), [("a.test", "dialled"), ("z.test", "accepted")])
def test_so_it_is_where_the_name_becomes_known_by_the_answer(own: str, stays: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ServerUnderTest("[links]\nopen = true", name=own) as near:
        overrides = near.controls._overrides
        overrides["connect_to_host"], overrides["connect_to_port"] = listener.getsockname()
        assert near.reload() == []
        link = Accepted(listener)
        assert link.line().startswith(f"SERVER {own} ")
        other = raw_link(near.port, "SERVER far.test 1 :x")
        assert f" SERVER {own} 1 " in other.line()
        link.send(":far.test SERVER far.test 1 :x  ")
        if stays == "dialled":
            assert "both servers have dialled; the other connection stays" in other.lines_until_closed()[-1]
            assert link.line().startswith("PARLEY ")
        else:
            assert "far.test is being linked by another connection" in link.lines_until_closed()[-1]
        for each in (link, other):
            each.close()


def test_two_servers_that_dial_each_other_are_linked_once_and_stay_so() -> None:
    with ParleyHere("a.test") as one, ParleyHere("b.test", one) as two:
        connect = f'connect = [{{name = "b.test", host = "127.0.0.1", port = {two.port}}}]'
        (one.data / "server.toml").write_text(f"[links]\nopen = true\n{connect}\n", "utf-8")
        assert one.reload() == []
        ann, bob = one.irc("ann"), two.irc("bob")
        until_reached(ann, bob)
        until_reached(bob, ann)
        assert [len(server.controls.tree.peers) for server in (one, two)] == [1, 1]
