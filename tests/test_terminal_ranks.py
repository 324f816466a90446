"""Ranks in the terminal client: the signs and letters that the server has, told from nicks and names of channels."""

import json

import pytest

from terminal.dialects import Identity
from terminal.dialects.irc import Irc
from terminal.dialects.json_ import Json
from terminal.dialects.supported import Supported
from terminal.events import Members, ModeChanged, Present, Said, Typing
from terminal.screen.canvas import Canvas
from terminal.screen.look import look_of
from tests.terminal_core import Core, a_client, texts

_CONTROLS = "\x1b\u202e\x9b"


def members(core: Core, channel: str = "#x") -> list[tuple[str, str]]:
    """Nick and ranks, in the order in which they are shown."""
    window = core.client.windows.find("net", channel)
    assert window is not None
    return [(member.nick, member.ranks) for member in window.ranked_members()]


def names(core: Core, listed: str) -> list[tuple[str, str]]:
    peer = core.network.connection
    peer.feed(":alice!a@h JOIN #x", f":irc.test 353 alice = #x :{listed}", ":irc.test 366 alice #x :End")
    return members(core)


def test_the_signs_of_the_server_are_told_from_the_nicks_and_put_in_its_order() -> None:
    core = a_client()
    _, peer = core.online(features="PREFIX=(Yqo)*.@")
    assert names(core, "alice @rook *bob .*wren +plus") == [
        ("bob", "*"), ("wren", "*."), ("rook", "@"), ("+plus", ""), ("alice", ""),
    ]  # fmt: skip
    peer.feed(":bob!b@h MODE #x +Y-o+q rook rook alice", ":bob!b@h PART #x")
    assert members(core) == [("rook", "*"), ("wren", "*."), ("alice", "."), ("+plus", "")]


def test_signs_without_a_nick_are_nobody() -> None:
    core = a_client()
    core.online()
    assert names(core, "alice @+ @@@bob") == [("bob", "@"), ("alice", "")]


def test_a_server_without_ranks() -> None:
    core = a_client()
    core.online(features="PREFIX=")
    assert names(core, "alice @bob") == [("@bob", ""), ("alice", "")]


def test_a_json_name_that_begins_with_a_sign_is_no_rank() -> None:
    dialect = Json(Identity("alice"))
    dialect.is_new = True
    rows = [{"username": "+plus"}, {"username": "@at", "ranks": "vo"}, {"username": "rook", "admin": True}]
    answer = {"version": 1.1, "response_code": "131", "parameters": {"chat_name": "x"}, "payload": rows}
    [shown] = dialect.receive(json.dumps(answer)).events
    assert shown == Members("#x", (Present("+plus"), Present("@at", "@+"), Present("rook", "@")))


@pytest.mark.parametrize(
    ("features", "target", "channel"),
    [
        ("CHANTYPES=#& STATUSMSG=@+", "@&study", "&study"),
        ("CHANTYPES=#&", "@&study", "&study"),
        ("CHANTYPES=#& STATUSMSG=@+", "@+#study", "#study"),
        ("CHANTYPES=#& PREFIX=(Yo)*@", "*#study", "#study"),
        ("CHANTYPES=#+ STATUSMSG=@+", "+study", "+study"),
    ],
)
def test_a_text_for_some_ranks_belongs_to_the_channel(features: str, target: str, channel: str) -> None:
    dialect = Irc(Identity("alice"))
    dialect.receive(f":s 005 alice {features} :are supported")
    [said] = dialect.receive(f":bob!b@h PRIVMSG {target} :hi").events
    assert said == Said("bob", channel, "hi", mask="bob!b@h")
    assert dialect.receive(f"@+typing=active :bob!b@h TAGMSG {target}").events == [Typing("bob", channel, True)]


def test_a_text_for_some_ranks_is_shown_in_the_window_of_the_channel() -> None:
    core = a_client()
    _, peer = core.online(features="CHANTYPES=#& STATUSMSG=@+")
    peer.feed(":alice!a@h JOIN &study", ":bob!b@h PRIVMSG @&study :for some", ":bob!b@h PRIVMSG &study :for all")
    assert [window.name for window in core.client.windows] == ["net", "&study"]
    window = core.client.windows.find("net", "&study")
    assert window is not None and texts(window)[1:] == ["bob for some", "bob for all"]


@pytest.mark.parametrize(
    "value", ["(ov)\x1b\u202e", "(o\u202e)@+", "(ov)@", "(ov)a+", "(o\x9b)@+", "(ov)@ ", "(o v)@+ ", "nonsense"]
)
def test_ranks_that_nobody_may_have_change_nothing(value: str) -> None:
    supported = Supported()
    supported.read([f"PREFIX={value}"])
    assert supported.rank_signs == "~&@%+"


def test_modes_that_are_no_letters_are_not_remembered() -> None:
    dialect = Irc(Identity("alice"))
    [changed] = dialect.receive(":bob!b@h MODE #x +n\u202e\x9bm-t").events
    assert isinstance(changed, ModeChanged) and changed.flags == ("+n", "+m", "-t")


def test_no_sign_or_mode_of_a_server_reaches_the_terminal_as_it_is() -> None:
    core = a_client()
    _, peer = core.online(features="PREFIX=(ov)\\x1b\u202e")
    assert len(names(core, "alice \u202ebob")) == 2
    peer.feed(":bob!b@h MODE #x +v bob", ":bob!b@h MODE #x +\u202e\x9b", ":alice MODE alice +\u202e")
    window = core.client.windows.find("net", "#x")
    assert window is not None
    window.members["bob"] = window.members["alice"]
    window.change("bob", lambda member: type(member)(member.nick, ranks="\u202e"))
    window.modes = "n\u202e"
    core.client.windows.show(window)
    rows = Canvas(core.client).rows(140, 12, look_of(core.settings))
    assert not [text for row in rows for _, text in row if any(control in text for control in _CONTROLS)]
