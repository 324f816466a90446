"""The client's IRC dialect and people: ranks, modes, who is away, WHOIS, CTCP, and the nick that one wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.dialects import Identity
from terminal.dialects.irc import HANDLERS, Irc
from terminal.events import (
    AccountIs,
    Answer,
    AwayIs,
    Closing,
    Event,
    Invited,
    Members,
    ModeChanged,
    NickRefused,
    Notice,
    Present,
    Problem,
    Ranked,
    Renamed,
    Step,
)


@pytest.fixture
def bob() -> Irc:
    dialect = Irc(Identity("bob"))
    dialect.receive(":s 001 bob :Welcome")
    return dialect


def test_a_mode_line_is_read_by_what_the_server_supports(bob: Irc) -> None:
    bob.receive(":s 005 bob PREFIX=(Yov)!@+ CHANMODES=b,k,l,imz :are supported")
    assert bob.receive(":al!a@h MODE #x +oblz-vY cy *!*@h 5 dee bob").events == [
        Ranked("#x", "cy", "@", True, "al"),
        Ranked("#x", "dee", "+", False, "al"),
        Ranked("#x", "bob", "!", False, "al"),
        ModeChanged("#x", "+oblz-vY cy *!*@h 5 dee bob", "al", flags=("+l", "+z")),
    ]
    assert bob.receive(":bob MODE bob :+i").events == [ModeChanged("bob", "+i", "bob", flags=("+i",))]
    assert bob.receive(":s 324 bob #x +nt").events == [ModeChanged("#x", "+nt", flags=("+n", "+t"))]
    assert bob.receive(":s 221 bob +i").events == [ModeChanged("bob", "+i", flags=("+i",))]


def test_members_have_all_their_signs_and_no_hosts(bob: Irc) -> None:
    bob.receive(":s 353 bob = #x :~@al!a@h +cy!c@h bob!b@h")
    assert bob.receive(":s 366 bob #x :End").events == [
        Members("#x", (Present("al", "~@"), Present("cy", "+"), Present("bob")))
    ]


@pytest.mark.parametrize(
    ("line", "events"),
    [
        (":al!a@h AWAY :at lunch", [AwayIs("al", "at lunch")]),
        (":al!a@h AWAY", [AwayIs("al", None)]),
        (":s 301 bob al :at lunch", [AwayIs("al", "at lunch")]),
        (":s 305 bob :back", [AwayIs("bob", None, own=True)]),
        (":al!a@h ACCOUNT alice", [AccountIs("al", "alice")]),
        (":al!a@h ACCOUNT *", [AccountIs("al", "")]),
        (":al!a@h INVITE bob #x", [Invited("bob", "#x", "al", own=True)]),
        (":al!a@h INVITE cy #x", [Invited("cy", "#x", "al")]),
        (":bob!a@h INVITE cy #x", []),
        (":s 341 bob cy #x", [Notice("cy is invited to #x", "#x")]),
        (":s 710 bob #x cy!c@h :has asked", [Notice("cy asks to be let into #x: /invite cy #x", "#x")]),
        (":s 712 bob #x :Too many KNOCKs", [Problem("#x: Too many KNOCKs", "#x")]),
        (":al!a@h SETNAME :Al A", [Notice("al has the realname Al A now", "al")]),
        (":s 730 * :al!a@h,cy!c@h", [Notice("al is there", "al"), Notice("cy is there", "cy")]),
        (":s 731 bob :al", [Notice("al is not there", "al")]),
        (":al!a@h CHGHOST u h2", []),
        (":s 367 bob #x *!*@h al!a@h 0x", [Answer("#x", "is banned: *!*@h, by al")]),
        (":s 352 bob #x u host s al H@ :0 Al A", [Answer("#x", "al (u@host) H@ Al A")]),
        (":s 351 bob parley-1 s :hello", [Answer("", "parley-1 s hello")]),
        (":s 396 bob a.cloak :is now your visible host", [Notice("a.cloak is now your visible host")]),
        (":s 401 bob al :No such nick", [Problem("al: No such nick", "al")]),
    ],
)
def test_people_and_channels(bob: Irc, line: str, events: list[Event]) -> None:
    assert list(bob.receive(line).events) == events


def test_being_away_is_told_with_the_reason_that_one_gave(bob: Irc) -> None:
    assert bob.away("at lunch").lines == ["AWAY :at lunch"]
    assert bob.receive(":s 306 bob :You have been marked").events == [AwayIs("bob", "at lunch", own=True)]
    assert bob.away(None).lines == ["AWAY"]


def test_whois_reads_as_sentences(bob: Irc) -> None:
    rows = [
        event
        for line in (
            ":s 311 bob al a host * :Al A",
            ":s 319 bob al :@#x #y",
            ":s 312 bob al leaf.example :a leaf",
            ":s 301 bob al :at lunch",
            ":s 330 bob al alice :is logged in as",
            ":s 671 bob al :is using a secure connection",
            ":s 317 bob al 3725 none :seconds idle",
            ":s 338 bob al a@h 192.0.2.1 :Is actually using host",
            ":s 318 bob al :End",
        )
        for event in bob.receive(line).events
    ]
    assert rows == [
        Answer("al", text)
        for text in (
            "is a@host: Al A",
            "channels: @#x #y",
            "server: leaf.example (a leaf)",
            "away: at lunch",
            "account: alice",
            "is using a secure connection",
            "idle for 1 hour 2 minutes",
            "a@h 192.0.2.1: Is actually using host",
        )
    ]
    assert bob.receive(":s 301 bob al :at lunch").events == [AwayIs("al", "at lunch")]


def test_questions_to_the_program_are_answered_in_private_only_and_where_the_client_allows_it(bob: Irc) -> None:
    step = bob.receive(":al!a@h PRIVMSG bob :\x01PING 12345\x01")
    assert step.lines == ["NOTICE al :\x01PING 12345\x01"]
    assert step.events == [Notice("al asks whether your client answers (CTCP PING).", "al")]
    [line] = bob.receive("@time=2024-01-02T03:04:05.000Z :al!a@h PRIVMSG bob :\x01TIME\x01").lines
    assert line == "NOTICE al :\x01TIME 2024-01-02 03:04:05 UTC\x01"
    assert not bob.receive(":al!a@h PRIVMSG #x :\x01VERSION\x01").lines
    assert bob.receive(":al!a@h PRIVMSG bob :\x01CLIENTINFO\x01").lines
    assert bob.receive(":al!a@h PRIVMSG bob :\x01VERSION\x01").lines
    assert not bob.receive(":al!a@h PRIVMSG bob :\x01PING a\x01b\x01").lines
    bob.answers = lambda source: source != "al!a@h"
    assert bob.receive(":al!a@h PRIVMSG bob :\x01VERSION\x01") == Step(
        [], [Notice("al asks which client you use (CTCP VERSION), and gets no answer.", "al")], mask="al!a@h"
    )


def test_an_answer_of_somebodys_program_is_shown(bob: Irc) -> None:
    asked = bob.ctcp("al", "version")
    assert asked == Step(["PRIVMSG al :\x01VERSION\x01"], [Notice("You ask al for VERSION (CTCP).", "al")])
    assert not bob.receive(":bob!b@h PRIVMSG al :\x01VERSION\x01").events  # as the server repeats it
    answer = bob.receive(":al!a@h NOTICE bob :\x01VERSION a client\x01").events
    assert answer == [Answer("", "al answers VERSION (CTCP): a client")]


def test_that_we_have_our_own_nick_again_is_no_news(bob: Irc) -> None:
    step = bob.receive(":s 730 bob :bob!b@h,al!a@h")
    assert step.events == [Notice("al is there", "al")]


def refused(monitor: str = "") -> Irc:
    """A connection that wanted to be `bob`."""
    dialect = Irc(Identity("bob"))
    dialect.receive(":s 433 * bob :in use")
    dialect.receive(":s 001 bob_ :Welcome")
    dialect.receive(f":s 005 bob_ NICKLEN=30 {monitor} :are supported")
    return dialect


def test_the_nick_that_was_not_free_is_taken_when_its_holder_goes() -> None:
    assert refused().receive(":bob!b@h QUIT :bye").lines == ["NICK bob"]
    dialect = refused()
    assert dialect.receive(":bob!b@h NICK rob").lines == ["NICK bob"]
    assert dialect.receive(":bob_!b@h NICK bob").events == [Renamed("bob_", "bob", own=True)]
    assert not dialect.receive(":bob!b@h QUIT :bye").lines and dialect.nick_wanted() == Step()


def test_a_server_that_watches_nicks_is_asked_to() -> None:
    dialect = refused("MONITOR=100")
    assert dialect.receive(":s 376 bob_ :End of MOTD").lines == ["MONITOR + bob"]
    assert dialect.receive(":s 730 bob_ :bob!b@h") == Step([], [])
    assert dialect.receive(":s 731 bob_ :bob") == Step(["NICK bob"], [])
    assert dialect.receive(":bob_!b@h NICK bob").lines == ["MONITOR - bob"]


def test_who_is_about_to_leave_registers_no_more(bob: Irc) -> None:
    assert bob.quit("bye").lines == ["QUIT :bye"] and not bob.ready
    assert bob.receive(":s 433 bob bob :in use") == Step([], [NickRefused("bob: in use")])
    assert bob.receive("ERROR :Closing Link").events == [Closing("Closing Link")]


def test_who_chooses_another_nick_is_left_alone() -> None:
    dialect = refused()
    dialect.rename("ada")
    assert not dialect.receive(":bob!b@h QUIT :bye").lines


def test_names_of_the_server_decide_what_fits_into_a_line(bob: Irc) -> None:
    bob.receive(":bob!user@a.host JOIN #x")
    text = "x" * 2000
    before = bob.pieces("#x", text)
    assert len(f":bob!user@a.host PRIVMSG #x :{before[0]}\r\n") == 512
    assert [f"PRIVMSG #x :{piece}" for piece in before] == bob.say("#x", text).lines
    bob.receive(":bob!user@a.host CHGHOST user a.much.longer.host")
    assert len(bob.pieces("#x", text)[0]) == len(before[0]) - len("much.longer.")
    assert len(bob.pieces("#x", text, action=True)[0]) == len(bob.pieces("#x", text)[0]) - 9
    bob.receive(":s 005 bob LINELEN=1024 :are supported")
    assert len(bob.pieces("#x", text)[0]) > 512


def test_a_text_for_some_members_belongs_to_their_channel(bob: Irc) -> None:
    bob.receive(":s 005 bob STATUSMSG=@+ CHANTYPES=#& :are supported")
    assert [bob.bare_channel(name) for name in ("@#x", "@+&y", "#x", "al")] == ["#x", "&y", "#x", "al"]


_PARTS = st.one_of(
    st.sampled_from([
        "bob", "*", "#x", "@#x", "+ovb-k", "LS", "ACK", "NAK", "NEW", "DEL", ":sasl batch draft/multiline=max-bytes=x",
        "+r", "-r", "chathistory", "draft/multiline", "netsplit", "labeled-response", "1700000000", "9" * 400, "152",
        "timestamp=2024-01-02T03:04:05Z", ":\x01VERSION\x01", ":\x01TIME", ":two words", ":", "+", "CHATHISTORY",
        "PREFIX=(ov)@+", "PREFIX=x", "CHANMODES=,", "CHATHISTORY=x", "LINELEN=9999999999999", "=",
        "CASEMAPPING=rfc1459",
        "al!a@h,bob!b@h", "SCRAM-SHA-256,PLAIN", "dj1BQUFB", "cj1hYmMscz1BQUFBLGk9NDA5Ng==",
    ]),
    st.text(max_size=8),
)  # fmt: skip
_TAGS = st.sampled_from(["", "@batch=r ", "@batch=r;draft/multiline-concat ", "@time=x;msgid=1 ", "@+typing=active "])
_SOURCES = st.sampled_from(["", ":s ", ":al!a@h ", ":bob!b@h ", ":bob_ ", ": "])
_LINES = st.builds(
    lambda tags, source, verb, params: f"{tags}{source}{verb} {' '.join(params)}",
    _TAGS, _SOURCES, st.sampled_from([*HANDLERS, "BATCH", "BATCH", "433", "404", "671", "352", "999", "NOVELTY"]),
    st.lists(_PARTS, max_size=7),
)  # fmt: skip


@given(st.lists(_LINES, max_size=25), st.sampled_from(["auto", "scram", "plain", "external", ""]))
def test_no_lines_of_any_server_make_it_fail(lines: list[str], login: str) -> None:
    dialect = Irc(Identity("bob", password="secret", login=login))  # type: ignore[arg-type]
    dialect.start()
    for line in lines:
        dialect.exchange_key(line, outgoing=False)
        step = dialect.receive(line)
        assert all(
            "\n" not in sent and "\r" not in sent for sent in step.lines if "\n" not in line and "\r" not in line
        )
    assert dialect.pieces("#x", "x" * 3000)
    assert dialect.features <= {"echo", "labels", "history", "markers", "multiline", "typing", "redaction", "monitor",
                                "away-notify"}  # fmt: skip
