"""The log of the wire: what an entry says, and which lines belong together."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.masking import hidden
from protocol.message import parse_message
from terminal.wire import WireEntry, WireLog, annotated, decode, visible_end
from terminal.wire.annotation import grammar
from terminal.wire.log import KEY_LIFE, KEYS, keeps_alive

START = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time


def first_channel(line: str, outgoing: bool) -> str:
    """A key such as a dialect has: command and channel."""
    message = parse_message(line)
    channel = next((word for word in message.params if word.startswith("#")), "")
    answers = {"332": "JOIN", "353": "JOIN", "366": "JOIN"}
    return f"{answers.get(message.command, message.command)} {channel}" if channel else ""


def a_log(most: int = 100, clock: Clock | None = None) -> WireLog:
    return WireLog(hidden, first_channel, clock or Clock(), most)


def test_an_entry_says_what_was_on_the_wire_without_its_secrets() -> None:
    log = a_log()
    sent = log.sent("PASS :correct horse", "\r\n", "registering")
    assert sent == WireEntry(1, START, True, "PASS ****", "\r\n", 21, "registering", 1, False)
    assert sent.data == b"PASS ****\r\n"
    came = log.received("PRIVMSG #caf\u00e9 :h\u00e9\r\n".encode(), "welcomed")
    assert (came.number, came.outgoing, came.text, came.end, came.size) == (2, False, "PRIVMSG #café :hé", "\r\n", 21)
    assert list(log.entries) == [sent, came]


def test_a_line_that_is_no_utf8_is_read_as_latin1_and_its_bytes_are_kept() -> None:
    entry = a_log().received(b"NOTICE bob :caf\xe9\n", "welcomed")
    assert (entry.text, entry.end, entry.utf8, entry.size) == ("NOTICE bob :café", "\n", False, 17)
    assert entry.data == b"NOTICE bob :caf\xe9\n"
    assert a_log().received(b"PING :x", "welcomed").end == ""
    assert decode(b"\xe9") == "é" == decode("é".encode())


def test_answers_share_the_exchange_of_what_was_asked_and_other_lines_have_their_own() -> None:
    log = a_log()
    action = log.begin()
    assert log.sent("JOIN #one", "\r\n", "", action).exchange == action
    other = log.sent("JOIN #two", "\r\n", "").exchange
    assert other != action
    answers = [b":bob JOIN #one\r\n", b":s 332 bob #two :topic\r\n", b":s 353 bob = #one :bob\r\n"]
    assert [log.received(line, "").exchange for line in answers] == [action, other, action]
    noise = [log.received(b":s NOTICE bob :hello\r\n", "").exchange for _ in range(2)]
    assert len({action, other, *noise}) == 4
    assert log.sent("PONG :x", "\r\n", "", noise[0]).exchange == noise[0]


def test_what_comes_long_after_the_last_answer_is_no_answer() -> None:
    clock = Clock()
    log = a_log(clock=clock)
    asked = log.sent("JOIN #one", "\r\n", "").exchange
    for _ in range(3):
        clock.time += KEY_LIFE
        assert log.received(b":s 353 bob = #one :bob\r\n", "").exchange == asked
    clock.time += KEY_LIFE + timedelta(seconds=1)
    assert log.received(b":rook JOIN #one\r\n", "").exchange != asked


def test_another_connection_has_another_dialect_and_answers_nothing_of_before() -> None:
    log = a_log()
    asked = log.sent("JOIN #one", "\r\n", "")
    log.connected(hidden, lambda line, outgoing: "JOIN #one")
    came = log.received(b'{"password": "x"}\n', "")
    assert came.exchange != asked.exchange and came.text == '{"password": "****"}'
    assert (asked.connection, came.connection) == (1, 2)


def test_the_first_connection_is_number_one_even_when_it_is_announced() -> None:
    log = a_log()
    log.connected(hidden, first_channel)
    assert log.sent("PING :x", "\r\n", "").connection == 1


def test_the_log_and_its_memory_of_keys_are_bounded() -> None:
    log = a_log(most=3)
    for number in range(KEYS + 1):
        log.sent(f"JOIN #{number}", "\r\n", "")
    assert [entry.number for entry in log.entries] == [KEYS - 1, KEYS, KEYS + 1]
    assert log.received(b":bob JOIN #0\r\n", "").exchange == KEYS + 2  # forgotten: a number of its own
    assert log.received(b":bob JOIN #1\r\n", "").exchange == 2


def test_observers_are_told_of_every_entry_and_may_leave_while_they_are_told() -> None:
    log, seen = a_log(), []

    def once(entry: WireEntry) -> None:
        seen.append(entry.text)
        log.observers.remove(once)

    log.observers += [once, lambda entry: seen.append(entry.text.lower())]
    log.sent("LIST", "\r\n", "")
    log.sent("QUIT", "\r\n", "")
    assert seen == ["LIST", "list", "quit"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PING :x", True),
        (":s PONG s :x", True),
        ("@time=x :s ping", True),
        ("PRIVMSG #x :PING", False),
        ('{"version": 1.1, "command": "PING", "parameters": {}}', True),
        ('{"response_code": "101", "payload": ""}', True),
        ('{"response_code": "140", "payload": "PING"}', False),
        ('{"command": "PING"', False),
        ("", False),
        ('{"command": "PING", "payload": "' + "x" * 1000 + '"}', False),
    ],
)
def test_ping_and_pong_keep_a_connection_alive_in_any_dialect(line: str, expected: bool) -> None:
    assert keeps_alive(line) is expected


def test_a_line_of_irc_is_taken_apart() -> None:
    parts = annotated("@time=1;a :rook!r@h  PRIVMSG #x :hi : there", "irc")
    assert [part for part in parts if part[0] != "space"] == [
        ("tags", "@time=1;a"),
        ("source", ":rook!r@h"),
        ("command", "PRIVMSG"),
        ("parameter", "#x"),
        ("trailing", ":hi : there"),
    ]
    assert annotated("QUIT", "lab") == [("command", "QUIT")]
    assert annotated("", "irc") == []


def test_a_line_of_json_is_taken_apart() -> None:
    parts = annotated('{"a": [-1.5e3, "b\\"", true], "c" : null}', "json")
    assert [(kind, text) for kind, text in parts if kind != "punctuation"] == [
        ("key", '"a"'),
        ("number", "-1.5e3"),
        ("string", '"b\\""'),
        ("literal", "true"),
        ("key", '"c"'),
        ("literal", "null"),
    ]


_LINES = st.text(alphabet=st.sampled_from('@: #ab1-".,\\{}[]\né\u0301'), max_size=30) | st.text(max_size=30)


@given(_LINES, st.sampled_from(["irc", "lab", "json"]))
def test_taking_apart_loses_nothing(text: str, dialect: str) -> None:
    assert "".join(part for _, part in annotated(text, dialect)) == text


@given(_LINES.filter(lambda text: "\n" not in text))
def test_the_parts_of_irc_are_those_that_the_grammar_finds(text: str) -> None:
    parts = annotated(text, "irc")
    message = parse_message(text)
    assert [part for kind, part in parts if kind == "command"] == ([message.command] if message.command else [])
    found = [part.removeprefix(":") if kind == "trailing" else part for kind, part in parts]
    kinds = [kind for kind, _ in parts]
    params = [part for kind, part in zip(kinds, found, strict=True) if kind in ("parameter", "trailing")]
    assert params == message.params or not message.command


def test_the_end_of_a_line_can_be_seen_and_the_grammar_of_a_line_guessed() -> None:
    assert [visible_end(end) for end in ("\r\n", "\n", "")] == ["␍␊", "␊", ""]
    assert (grammar('{"a": 1}'), grammar("PING")) == ("json", "irc")


def test_a_json_line_without_secrets_is_shown_as_it_was_sent() -> None:
    for line in ('{"payload":"h\\u00e9 is no password"}', '{ "a":  "\\u0001" }'):
        assert hidden(line) == line
    for line in ('{"password": "x", "password": "****"}', '{"a": {"pass\\u0077ord": "x"}, "a": 1}'):
        assert '"x"' not in hidden(line)
