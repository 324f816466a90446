"""The client's IRC dialect with what IRCv3 adds: batches, labels, history, markers, several lines at once."""

from datetime import UTC, datetime

import pytest

from terminal.dialects import Identity, Unsupported
from terminal.dialects.irc import Irc
from terminal.dialects.registration import WANTED
from terminal.events import (
    AccountIs,
    AwayIs,
    ChannelRenamed,
    HistoryEnd,
    Joined,
    Left,
    MarkerIs,
    Notice,
    Problem,
    Redacted,
    Renamed,
    Said,
    Step,
    TopicIs,
    Typing,
)

TIME = datetime(2024, 1, 2, 3, 4, 5, 678000, UTC)
STAMP = "2024-01-02T03:04:05.678Z"


def modern(*without: str, limits: str = "max-bytes=200,max-lines=3") -> Irc:
    """A connection with every capability but some."""
    dialect = Irc(Identity("bob"))
    names = [name for name in WANTED if name not in without]
    offered = " ".join(f"{name}={limits}" if name == "draft/multiline" else name for name in names)
    dialect.receive(f":s CAP * LS :{offered}")
    dialect.receive(f":s CAP * ACK :{' '.join(names)}")
    dialect.receive(":s 001 bob :Welcome")
    dialect.receive(":s 005 bob CHATHISTORY=50 MSGREFTYPES=msgid,timestamp MONITOR=100 WHOX :are supported")
    return dialect


@pytest.fixture
def bob() -> Irc:
    return modern()


def test_what_the_connection_has_is_known(bob: Irc) -> None:
    assert bob.features == {
        "echo", "labels", "history", "markers", "multiline", "typing", "redaction", "away-notify", "monitor",
    }  # fmt: skip
    bob.receive(":s CAP bob DEL :draft/chathistory batch")
    assert bob.features == {"echo", "markers", "typing", "redaction", "away-notify", "monitor"}
    assert bob.receive(":s CAP bob NEW :batch").lines == ["CAP REQ :batch"]
    bob.receive(":s 005 bob CLIENTTAGDENY=*,-reply :are supported")
    assert "typing" not in bob.features
    assert Irc(Identity("bob")).features == set()


def test_requests_are_labelled_and_what_answers_them_is_known_by_it(bob: Irc) -> None:
    [line] = bob.join("#x").lines
    assert line == "@label=1 JOIN #x"
    key = bob.exchange_key(line, outgoing=True)
    assert key
    keys = []
    for answer in (
        "@label=1 :s BATCH +r labeled-response",
        "@batch=r :bob!b@h JOIN #x",
        ":al!a@h PRIVMSG #x :between",
        "@batch=r :s BATCH +inner other",
        "@batch=inner :s 353 bob = #x :bob",
        ":s BATCH -inner",
        ":s BATCH -r",
        "@batch=r :s 366 bob #x :after the end",
    ):
        keys.append(bob.exchange_key(answer, outgoing=False))
        bob.receive(answer)
    assert keys == [key, key, "", key, key, key, key, ""]


def test_ping_and_pong_belong_together_and_so_do_a_text_and_its_echo() -> None:
    dialect = modern("labeled-response")
    assert dialect.exchange_key("PING :t", True) == dialect.exchange_key(":s PONG s :t", False) != ""
    assert dialect.exchange_key(":s PING u", False) == dialect.exchange_key("PONG u", True) != ""
    sent = dialect.exchange_key("PRIVMSG #x :hi", True)
    assert sent == dialect.exchange_key(":bob!b@h PRIVMSG #x :hi", False) != ""
    assert dialect.exchange_key(":al!a@h PRIVMSG #x :hi", False) == ""
    sent = Irc(Identity("bob")).exchange_key("PRIVMSG #x :hi", True)  # without echo: a refusal would be about #x
    assert sent == "about #x"


def test_history_is_one_step_in_order_and_changes_nothing(bob: Irc) -> None:
    assert bob.history("#x").lines == ["@label=1 CHATHISTORY LATEST #x * 50"]
    for line in (
        ":s BATCH +h chathistory #x",
        f"@batch=h;time={STAMP};msgid=m1;account=al :al!a@h PRIVMSG #x :one",
        "@batch=h :bob!b@h JOIN #x",
        "@batch=h :bob!b@h NICK rob",
        "@batch=h :s BATCH +m draft/multiline #x",
        "@batch=m :al!a@h PRIVMSG #x :two",
        "@batch=m :al!a@h PRIVMSG #x :three",
        "@batch=h :s BATCH -m",
        "@batch=h :al!a@h TOPIC #x :old",
        "@batch=h :al!a@h AWAY :gone",
        "@batch=h :al!a@h KICK",
    ):
        assert bob.receive(line).events in ([], ()), line
    assert bob.receive(":s BATCH -h").events == [
        Said("al", "#x", "one", account="al", time=TIME, msgid="m1", history=True, mask="al!a@h"),
        Joined("bob", "#x", own=True, history=True),
        Renamed("bob", "rob", own=True, history=True),
        Said("s", "#x", "two\nthree", history=True),
        TopicIs("#x", "old", "al", history=True),
        HistoryEnd("#x", 5),
    ]
    assert bob.nick == "bob"


def test_history_after_a_message_falls_back_to_its_moment_then_to_the_latest(bob: Irc) -> None:
    assert bob.history("#x", "m1", TIME, 20).lines == ["@label=1 CHATHISTORY AFTER #x msgid=m1 20"]
    refused = ":s FAIL CHATHISTORY MESSAGE_ERROR AFTER #x :Unknown message"
    assert bob.receive(refused).lines == [f"@label=2 CHATHISTORY AFTER #x timestamp={STAMP} 20"]
    assert bob.receive(refused).lines == ["@label=3 CHATHISTORY LATEST #x * 20"]
    assert bob.receive(refused).events == [HistoryEnd("#x", 0, "CHATHISTORY AFTER #x: Unknown message", is_latest=True)]
    assert bob.receive(refused).events == [Problem("CHATHISTORY AFTER #x: Unknown message", "#x")]


def test_what_the_server_does_not_have_is_said_or_left_out() -> None:
    plain = Irc(Identity("bob"))
    plain.receive(":s 001 bob :Welcome")
    with pytest.raises(Unsupported, match="keeps no history"):
        plain.history("#x")
    with pytest.raises(Unsupported, match="takes no message back"):
        plain.redact("#x", "m")
    with pytest.raises(Unsupported, match="does not tell who comes and goes"):
        plain.monitor(["al"])
    assert plain.typing("#x", True) == plain.mark_read("#x", TIME) == plain.refresh("#x") == Step()


def test_a_message_of_several_lines_is_one_text(bob: Irc) -> None:
    for line in (
        f"@time={STAMP};msgid=m1 :al!a@h BATCH +m draft/multiline #x",
        "@batch=m :al!a@h PRIVMSG #x :tw",
        "@batch=m;draft/multiline-concat :al!a@h PRIVMSG #x :o",
        "@batch=m :al!a@h PRIVMSG #x :",
        "@batch=m :al!a@h PRIVMSG #x :lines",
    ):
        bob.receive(line)
    assert bob.receive(":al!a@h BATCH -m").events == [
        Said("al", "#x", "two\n\nlines", time=TIME, msgid="m1", mask="al!a@h")
    ]


def test_several_lines_are_sent_as_one_message_within_the_limits_of_the_server() -> None:
    bob = modern("labeled-response")
    assert bob.say_lines("#x", ["", "one", "", "two", " "]).lines == [
        "BATCH +1 draft/multiline #x",
        "@batch=1 PRIVMSG #x :one",
        "@batch=1 PRIVMSG #x :",
        "@batch=1 PRIVMSG #x :two",
        "BATCH -1",
    ]
    assert [line for line in bob.say_lines("#x", list("abcd")).lines if "BATCH +" in line] == [
        "BATCH +2 draft/multiline #x", "BATCH +3 draft/multiline #x",
    ]  # fmt: skip
    assert bob.say_lines("#x", ["one"]).lines == ["PRIVMSG #x :one"]
    assert bob.say_lines("#x", ["", " "]) == Step([], [])
    long = modern("labeled-response", limits="max-bytes=9000")
    rows = long.say_lines("#x", ["x" * 1000, "y"]).lines[1:-1]
    assert [row.partition(" ")[0] for row in rows] == [
        "@batch=1", "@batch=1;draft/multiline-concat", "@batch=1;draft/multiline-concat", "@batch=1",
    ]  # fmt: skip


def test_without_such_messages_each_line_is_one() -> None:
    plain = Irc(Identity("bob"))
    assert plain.say_lines("#x", ["one", "", "two"]) == Step(
        ["PRIVMSG #x :one", "PRIVMSG #x :two"],
        [Said("bob", "#x", "one", own=True), Said("bob", "#x", "two", own=True)],
    )


def test_a_netsplit_is_one_step(bob: Irc) -> None:
    bob.receive(":s BATCH +n netsplit a.example b.example")
    bob.receive("@batch=n :al!a@h QUIT :a.example b.example")
    bob.receive("@batch=n :cy!c@h QUIT :a.example b.example")
    assert bob.receive(":s BATCH -n").events == [
        Left("al", "", "a.example b.example", "quit"), Left("cy", "", "a.example b.example", "quit"),
    ]  # fmt: skip
    bob.receive(":s BATCH +j netjoin a.example b.example")
    bob.receive("@batch=j :al!a@h JOIN #x * :Al")
    assert bob.receive(":s BATCH -j").events == [Joined("al", "#x", realname="Al")]


def test_batches_without_end_do_not_fill_the_memory(bob: Irc) -> None:
    for number in range(500):
        bob.receive(f":s BATCH +{number} chathistory #x")
    assert bob.receive(":s BATCH -0") == Step()
    assert bob.receive(":s BATCH -499").events == [HistoryEnd("#x", 0)]
    for _ in range(10_001):
        step = bob.receive("@batch=498 :al!a@h PRIVMSG #x :hi")
    assert step == Step(mask="al!a@h")
    assert len(bob.receive(":s BATCH -498").events) == 10_001  # with the end of the history


def test_markers_typing_redaction_and_new_names(bob: Irc) -> None:
    assert bob.mark_read("#x", TIME).lines == [f"@label=1 MARKREAD #x timestamp={STAMP}"]
    assert bob.typing("#x", True).lines == ["@+typing=active TAGMSG #x"]
    assert bob.redact("#x", "m1", "oops").lines == ["@label=2 REDACT #x m1 oops"]
    for line, events in [
        (f":s MARKREAD #x timestamp={STAMP}", [MarkerIs("#x", TIME)]),
        (":s MARKREAD al *", [MarkerIs("al", None)]),
        ("@+typing=active :al!a@h TAGMSG #x", [Typing("al", "#x", True)]),
        ("@+draft/typing=done :al!a@h TAGMSG bob", [Typing("al", "bob", False)]),
        ("@+typing=active :bob!b@h TAGMSG #x", []),
        ("@+draft/react=x :al!a@h TAGMSG #x", []),
        (":al!a@h REDACT #x m1 :oops", [Redacted("#x", "m1", "al", "oops")]),
        (":al!a@h RENAME #x #y :tidy", [ChannelRenamed("#x", "#y", "al", "tidy")]),
        ("@label=9 :s ACK", []),
    ]:
        assert list(bob.receive(line).events) == events, line


def test_a_step_has_the_moment_and_the_id_of_its_line(bob: Irc) -> None:
    step = bob.receive(f"@time={STAMP};msgid=m7 :al!a@h JOIN #x")
    assert (step.time, step.msgid) == (TIME, "m7")
    assert bob.receive("@time=2024-01-02 :s 375 bob :x").time is None


def test_who_is_away_is_asked_quietly(bob: Irc) -> None:
    assert bob.refresh("#x").lines == ["@label=1 WHO #x %tcnfa,152"]
    step = bob.receive(":s 354 bob 152 #x al G@ alacc")
    assert step.events == [AwayIs("al", "", news=False), AccountIs("al", "alacc", news=False)]
    assert bob.receive(":s 315 bob #x :End") == Step()


def test_a_refusal_of_all_capabilities_asks_for_each_alone() -> None:
    dialect = Irc(Identity("bob"))
    [line] = dialect.receive(":s CAP * LS :batch server-time setname").lines
    assert dialect.receive(line.replace("CAP REQ", ":s CAP * NAK")).lines == [
        "CAP REQ :batch", "CAP REQ :server-time", "CAP REQ :setname",
    ]  # fmt: skip
    assert not dialect.receive(":s CAP * ACK :batch").lines
    assert not dialect.receive(":s CAP * NAK :server-time").lines
    assert dialect.receive(":s CAP * ACK :setname").lines == ["CAP END"]
    assert dialect.registration.enabled == {"batch", "setname"}


def test_a_line_of_a_server_with_a_note_is_told(bob: Irc) -> None:
    assert bob.receive(":s WARN * CODE #x :Careful").events == [Notice("#x: Careful", "#x")]
