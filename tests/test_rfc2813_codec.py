"""The codec of RFC 2813 links: lines, what a server says of itself, what the other side can take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import rfc2813
from protocol.modes import ModeChange
from protocol.rfc2813 import Line


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b":irc.test NICK ann 1 ~ann + :Ann A.", Line("irc.test", "NICK", ["ann", "1", "~ann", "+", "Ann A."])),
        (b"PING :irc.test\r", Line("", "PING", ["irc.test"])),
        (b":ann!~ann@host privmsg #x ::)", Line("ann", "PRIVMSG", ["#x", ":)"])),
        (b":ann TOPIC #x :", Line("ann", "TOPIC", ["#x", ""])),
        (b":ann PRIVMSG #x :caf\xe9", Line("ann", "PRIVMSG", ["#x", "caf\u00e9"])),
        (b":ann PRIVMSG #x :a\rb\0c", Line("ann", "PRIVMSG", ["#x", "a bc"])),
        (b"@a=b :ann AWAY", Line("ann", "AWAY", [])),
    ],
)
def test_a_line(data: bytes, line: Line) -> None:
    assert rfc2813.decode(data) == line


@pytest.mark.parametrize("data", [b"", b"\r", b":irc.test", b"   "])
def test_nothing(data: bytes) -> None:
    assert rfc2813.decode(data) is None


@given(st.text(), st.text(alphabet="abc#", min_size=1, max_size=9))
def test_no_text_makes_a_second_line_or_one_that_is_too_long(text: str, word: str) -> None:
    data = rfc2813.encode("ann", "PRIVMSG", word, text=text.encode("utf-8", "replace").decode())
    assert len(data) <= 512
    assert data.endswith(b"\r\n") and not {*b"\r\n\0"} & {*data[:-2]}
    decoded = rfc2813.decode(data[:-1])
    assert decoded is not None and decoded.params[0] == word and len(decoded.params) == 2


def test_the_room_for_a_text_is_what_is_left() -> None:
    size = rfc2813.room("ann", "PRIVMSG", "#x")
    assert len(rfc2813.encode("ann", "PRIVMSG", "#x", text="y" * size)) == 512


@pytest.mark.parametrize(
    ("params", "hello"),
    [
        (["pw", "0210-IRC+", "ngIRCd|26.1:CHLMSXZo", "PZ"], rfc2813.Hello("pw", "ngIRCd-26.1", frozenset("CHLMSXZo"))),
        (["pw", "0210", "IRC|", "P"], rfc2813.Hello("pw", "IRC", frozenset())),
        (["pw", "0210-IRC+", "other"], rfc2813.Hello("pw", "other", frozenset())),
        (["pw"], rfc2813.Hello("pw", "", frozenset())),
    ],
)
def test_what_pass_says(params: list[str], hello: rfc2813.Hello) -> None:
    assert rfc2813.decode_pass(Line("", "PASS", params)) == hello


def test_names_that_the_other_side_can_take() -> None:
    assert rfc2813.takes_channel("#" + "x" * 49)
    assert not any(map(rfc2813.takes_channel, ("#" + "x" * 50, "#" + "ж" * 25, "#a:b", "#a\ab", "&local")))
    assert rfc2813.takes_nick("x" * 63)
    assert not rfc2813.takes_nick("ж" * 32)


def test_ranks_before_a_nick() -> None:
    assert rfc2813.split_ranks("@+ann") == (frozenset("ov"), "ann")
    assert rfc2813.split_ranks("ann") == (frozenset(), "ann")
    assert rfc2813.ranked("ann", "vo") == "@+ann"


@pytest.mark.parametrize(
    ("change", "is_shared"),
    [
        (ModeChange(True, "m"), True),
        (ModeChange(True, "C"), False),
        (ModeChange(True, "O"), False),
        (ModeChange(True, "k", "key"), True),
        (ModeChange(False, "l"), True),
        (ModeChange(True, "f", "5:10"), False),
        (ModeChange(True, "o", "ann"), True),
        (ModeChange(True, "b", "*!*@host"), True),
        (ModeChange(True, "b", "~a:ann"), False),
    ],
)
def test_modes_that_both_sides_know(change: ModeChange, is_shared: bool) -> None:
    assert rfc2813.is_shared(change) is is_shared


def test_modes_as_the_other_side_writes_them() -> None:
    assert rfc2813.user_modes_of("Bisx", True, "ann") == "+BRai"
    assert rfc2813.user_modes_of("", False, "") == "+"
    assert rfc2813.channel_modes_of("ntCU", "key", 5) == "+ntkl"
