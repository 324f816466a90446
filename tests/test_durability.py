"""What was acknowledged survives `kill -9` right after the answer: often, over every change that is kept."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.process import QuickServer

KILLS = 7  # in each run: one for each change below


def make_account(server: QuickServer) -> None:
    alice = server.json("alice")
    alice.request("NWUA", password="secret")
    assert alice.object()["response_code"] == "110"


def has_account(server: QuickServer) -> None:
    assert server.json("alice").ask("AUTH", password="secret")["response_code"] == "110"
    assert server.json("alice").ask("AUTH", password="wrong")["response_code"] == "200"


def make_group(server: QuickServer) -> None:
    alice = server.json("alice")
    alice.ask("AUTH", password="secret")
    alice.request("CHAT", chat_name="study")
    assert alice.object()["response_code"] == "170"


def has_group(server: QuickServer) -> None:
    alice = server.json("alice")
    alice.ask("AUTH", password="secret")
    assert "study" in alice.ask("LIST")["payload"]


def ban(server: QuickServer) -> None:
    alice = server.json("alice")
    alice.ask("AUTH", password="secret")
    alice.ask("JOIN", chat_name="study")
    alice.request("BANN", chat_name="study", banned_user="bob")
    assert alice.object()["response_code"] == "191"


def has_ban(server: QuickServer) -> None:
    bob = server.json("bob")
    bob.ask("AUTH", password="hers")
    answer = bob.ask("JOIN", chat_name="study")
    assert (answer["response_code"], answer["payload"]) == ("240", "You are banned from joining this group")


def set_topic(server: QuickServer) -> None:
    alice = server.irc("alice", "sasl", login=("alice", "secret"))
    alice.ask("JOIN #study")
    alice.send("TOPIC #study :kept for good")
    assert alice.line().endswith("TOPIC #study :kept for good")


def has_topic(server: QuickServer) -> None:
    alice = server.irc("alice", "sasl", login=("alice", "secret"))
    assert ":parley.test 332 alice #study :kept for good" in alice.ask("JOIN #study sesame")


def set_mode(server: QuickServer) -> None:
    alice = server.irc("alice", "sasl", login=("alice", "secret"))
    alice.ask("JOIN #study sesame")
    alice.send("MODE #study +mk sesame")
    assert alice.line().endswith("MODE #study +mk sesame")


def has_mode(server: QuickServer) -> None:
    dave = server.irc("dave")
    assert dave.ask("JOIN #study") == [":parley.test 475 dave #study :Cannot join channel (+k)"]
    modes = dave.ask("MODE #study")[0].split()[4]
    assert "m" in modes and "k" in modes


def register(server: QuickServer) -> None:
    carol = server.irc("carol")
    carol.send("REGISTER * * secret")
    assert carol.line().startswith(":parley.test REGISTER SUCCESS carol ")


def is_registered(server: QuickServer) -> None:
    assert server.json("carol").ask("AUTH", password="secret")["response_code"] == "110"


def register_channel(server: QuickServer) -> None:
    carol = server.irc("carol", "sasl", login=("carol", "secret"))
    carol.send("JOIN #den", "CS REGISTER #den")
    carol.lines_until(lambda line: line.endswith(":#den belongs to carol"))


def has_founder(server: QuickServer) -> None:
    assert "#den: founder carol, " in server.irc("eve").ask("CS INFO #den")[0]


Step = Callable[[QuickServer], None]
STEPS: list[tuple[Step, Step]] = [
    (make_account, has_account),
    (make_group, has_group),
    (ban, has_ban),
    (set_topic, has_topic),
    (set_mode, has_mode),
    (register, is_registered),
    (register_channel, has_founder),
]


@pytest.mark.parametrize("run", range(10))
def test_an_acknowledged_change_survives_kill_9(tmp_path: Path, run: int) -> None:
    bob = {"name": "bob", "password": "hers"}
    (tmp_path / "accounts.json").write_text(json.dumps({"accounts": [bob]}))
    assert len(STEPS) == KILLS
    for done, (change, _) in enumerate(STEPS):
        server = QuickServer(tmp_path)
        for _, holds in STEPS[:done][-1:]:
            holds(server)
        change(server)
        server.kill()
    with QuickServer(tmp_path) as server:
        for _, holds in STEPS:
            holds(server)
