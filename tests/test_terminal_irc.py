"""The client's IRC dialect without a network: what it sends, and what it understands of any server."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.masking import MASK, hidden
from terminal.dialects import Identity
from terminal.dialects.irc import HANDLERS, Irc
from terminal.events import (
    Answer,
    Channels,
    Closing,
    Fatal,
    Joined,
    JoinRefused,
    Left,
    Members,
    NickRefused,
    Notice,
    Present,
    Problem,
    Renamed,
    Said,
    Step,
    Synchronised,
    TopicIs,
)


def irc(**identity: Any) -> Irc:
    return Irc(Identity(**{"nick": "bob", **identity}))


def welcomed(**identity: Any) -> Irc:
    dialect = irc(**identity)
    dialect.receive(":s.example 001 bob :Welcome bob!bob@host")
    return dialect


def test_a_nick_in_use_gets_an_underscore_and_the_user_is_told() -> None:
    step = irc().receive(":s 433 * bob :Nickname is already in use")
    assert step.lines == ["NICK bob_"] and isinstance(step.events[0], Notice)


def test_a_nick_in_use_without_a_terminal_is_fatal_and_so_is_the_fifth_attempt() -> None:
    assert isinstance(irc(another_nick=False).receive(":s 433 * bob :in use").events[0], Fatal)
    dialect = irc()
    events = [dialect.receive(":s 433 * bob :in use").events[0] for _ in range(5)]
    assert isinstance(events[-1], Fatal) and not isinstance(events[-2], Fatal)


def test_a_nick_in_use_later_on_is_only_a_problem() -> None:
    assert welcomed().receive(":s 433 bob alice :Nickname is already in use").events == [
        NickRefused("alice: Nickname is already in use")
    ]


def test_ping_is_answered_with_the_same_parameter() -> None:
    assert irc().receive("PING :a b").lines == ["PONG :a b"]
    assert irc().receive(":s PING token").lines == ["PONG token"]


def test_messages_actions_and_notices_are_told_apart() -> None:
    dialect = welcomed()
    assert dialect.receive(":al!a@h PRIVMSG #x :hi there").events == [Said("al", "#x", "hi there", mask="al!a@h")]
    assert dialect.receive(":al!a@h PRIVMSG bob :\x01ACTION waves\x01").events == [
        Said("al", "bob", "waves", "action", private=True, mask="al!a@h")
    ]
    assert dialect.receive(":al!a@h NOTICE #x :psst").events == [Said("al", "#x", "psst", "notice", mask="al!a@h")]
    assert dialect.receive(":s.example NOTICE * :*** Looking up").events == [Notice("*** Looking up")]


def test_time_and_account_come_from_the_tags() -> None:
    [said] = welcomed().receive("@time=2024-01-02T03:04:05.678Z;account=alice :al!a@h PRIVMSG #x :hi").events
    assert isinstance(said, Said) and said.account == "alice" and said.time and said.time.hour == 3
    [said] = welcomed().receive("@time=yesterday :al!a@h PRIVMSG #x :hi").events
    assert isinstance(said, Said) and said.time is None


def test_an_own_text_is_shown_at_once_without_echo_and_as_pending_with_it() -> None:
    assert welcomed().say("#x", "hi") == Step(["PRIVMSG #x :hi"], [Said("bob", "#x", "hi", own=True)])
    dialect = welcomed()
    dialect.receive(":s CAP bob ACK :echo-message")
    assert dialect.say("#x", "hi") == Step(["PRIVMSG #x :hi"], [Said("bob", "#x", "hi", own=True, pending=True)])
    assert dialect.receive(":bob!b@h PRIVMSG #x :hi").events == [Said("bob", "#x", "hi", own=True, mask="bob!b@h")]


def test_a_long_text_goes_in_lines_that_no_server_has_to_cut() -> None:
    dialect = welcomed()
    dialect.receive(":bob!user@a.host JOIN #x")
    text = "wörter " * 200
    lines = dialect.say("#x", text).lines
    assert all(len(f":bob!user@a.host {line}\r\n".encode()) <= 512 for line in lines)
    assert "".join(line.removeprefix("PRIVMSG #x :") for line in lines) == text
    assert all(line.endswith("\x01") for line in dialect.act("#x", text).lines)


def test_coming_and_going() -> None:
    dialect = welcomed()
    for line, event in [
        (":bob!b@h JOIN #x", Joined("bob", "#x", own=True)),
        (":al!a@h JOIN #x al :Al Account", Joined("al", "#x", account="al", realname="Al Account")),
        (":al!a@h PART #x :bye", Left("al", "#x", "bye")),
        (":al!a@h PART #x", Left("al", "#x")),
        (":al!a@h QUIT :Quit: off", Left("al", "", "Quit: off", "quit")),
        (":al!a@h KICK #x bob :out", Left("bob", "#x", "out", "kicked", "al", own=True)),
        (":al!a@h NICK ally", Renamed("al", "ally")),
        (":bob!b@h NICK rob", Renamed("bob", "rob", own=True)),
        (":al!a@h TOPIC #x :new", TopicIs("#x", "new", "al")),
        (":s 332 rob #x :the topic", TopicIs("#x", "the topic")),
        (":s 331 rob #x :No topic is set", TopicIs("#x", "")),
        ("ERROR :Closing Link", Closing("Closing Link")),
        (":s PONG s :parley-sync-1", Synchronised("parley-sync-1")),
    ]:
        assert dialect.receive(line).events == [event], line
    assert dialect.nick == "rob"


def test_lists_in_several_lines_are_shown_as_one() -> None:
    dialect = welcomed()
    assert not dialect.receive(":s 353 bob = #x :@al +cy").events
    assert not dialect.receive(":s 353 bob = #x :bob").events
    assert dialect.receive(":s 366 bob #x :End").events == [
        Members("#x", (Present("al", "@"), Present("cy", "+"), Present("bob")))
    ]
    dialect.receive(":s 322 bob #x 2 :a topic")
    assert dialect.receive(":s 323 bob :End").events == [Channels((("#x", "2", "a topic"),))]


def test_a_refused_join_is_told_from_another_problem() -> None:
    dialect = welcomed()
    dialect.join("#x", "key")
    assert dialect.receive(":s 475 bob #X :Cannot join channel (+k)").events == [
        JoinRefused("#X", "Cannot join channel (+k)")
    ]
    assert not dialect.joining
    assert dialect.receive(":s 404 bob #x :Cannot send").events == [Problem("#x: Cannot send", "#x")]


def test_a_join_that_is_forwarded_waits_for_the_other_channel() -> None:
    dialect = welcomed()
    dialect.join("#x")
    dialect.receive(":s 470 bob #x ##x :Forwarding to another channel")
    assert list(dialect.joining) == ["##x"]
    dialect.receive(":bob!b@h JOIN ##x")
    assert not dialect.joining


def test_several_channels_and_keys_in_one_join() -> None:
    assert irc().join_targets("#a,b k1") == [("#a", "k1"), ("#b", "")]


def test_unknown_lines_are_printed_readably() -> None:
    dialect = welcomed()
    for line, event in [
        (":s 671 bob al :is using a secure connection", Answer("al", "is using a secure connection")),
        (":s 999 bob a b", Notice("a b")),
        (":s 599 bob foo :No such thing", Problem("foo: No such thing")),
        (":s NOVELTY a :b c", Notice("s NOVELTY a b c")),
        (":s FAIL JOIN SOME_CODE #x :Not now", Problem("JOIN #x: Not now", "#x")),
        (":s NOTE * CODE :Good to know", Notice("Good to know")),
        (":s 353", Notice("s 353")),
    ]:
        assert dialect.receive(line).events == [event], line


def test_the_casemapping_of_the_server_decides_who_is_who() -> None:
    dialect = Irc(Identity("bob[]"))
    dialect.receive(":s 001 bob[] :Welcome")
    dialect.receive(":s 005 bob[] CASEMAPPING=rfc1459 CHANTYPES=#& PREFIX=(ov)@+ :are supported")
    assert dialect.is_own("BOB{}") and dialect.is_channel("&local") and dialect.is_channel("@#x")
    assert not dialect.is_channel("bob")


def test_a_json_server_is_recognised() -> None:
    assert isinstance(irc().receive('{"version": 1.0, "response_code": "300"}').events[0], Fatal)


def test_a_ban_on_a_nick_also_removes_and_one_on_a_mask_does_not() -> None:
    assert irc().ban("#x", "al").lines == ["MODE #x +b al!*@*", "KICK #x al :Banned"]
    assert irc().ban("#x", "*!*@host").lines == ["MODE #x +b *!*@host"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("PASS :open sesame", f"PASS {MASK}"),
        ("pass x", f"pass {MASK}"),
        ("@a=b OPER root secret word", f"@a=b OPER root {MASK}"),
        ("AUTHENTICATE AGJvYgBzZWNyZXQ=", f"AUTHENTICATE {MASK}"),
        ("AUTHENTICATE PLAIN", "AUTHENTICATE PLAIN"),
        ("AUTHENTICATE +", "AUTHENTICATE +"),
        ("REGISTER bob * secret", f"REGISTER bob * {MASK}"),
        ("PRIVMSG #x :PASS x", "PRIVMSG #x :PASS x"),
    ],
)
def test_secrets_are_masked_where_lines_are_shown(line: str, shown: str) -> None:
    assert hidden(line) == shown


_WORDS = st.sampled_from(
    (*HANDLERS, "LS", "ACK", "*", "#x", "bob", ":", ":a!b@c", "@time=x", "PREFIX=()", "CHANTYPES=", "433", "404", "-1")
)


@pytest.mark.parametrize("ready", [False, True], ids=["before the welcome", "after it"])
def test_a_line_with_too_few_parameters_never_makes_it_fail(ready: bool) -> None:
    for command in (*HANDLERS, "433", "404", "671", "NOVELTY"):
        for count in range(6):
            dialect = welcomed(password="secret") if ready else irc(password="secret")
            dialect.receive(" ".join((command, *["JOIN"] * count)))


@given(st.lists(st.one_of(st.text(max_size=40), st.lists(_WORDS, max_size=6).map(" ".join)), max_size=10))
def test_no_line_of_a_server_makes_it_fail(lines: list[str]) -> None:
    dialect = irc(password="secret")
    for line in lines:
        dialect.receive(line)
        dialect.masked(line)
