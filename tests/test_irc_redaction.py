"""REDACT takes one message back, FORGET erases all that an account has said."""

import time

import pytest

from tests.harness import IrcClient, ServerUnderTest, bare, tags_of

CAPABILITIES = (
    "draft/message-redaction", "draft/chathistory", "batch", "server-time", "message-tags", "echo-message",
    "standard-replies", "labeled-response",
)  # fmt: skip
CONFIG = '[[operator]]\nname = "root"\npassword = "sesame"\n'


def client(server: ServerUnderTest, nick: str) -> IrcClient:
    """A client that can redact."""
    return server.irc(nick, *CAPABILITIES)


def say(who: IrcClient, target: str, text: str = "oops") -> str:
    """Says something; the msgid."""
    return tags_of(who.ask(f"PRIVMSG {target} :{text}")[-1])["msgid"]


def kept(who: IrcClient, target: str) -> list[str]:
    """The texts in the history."""
    return [line.rpartition(" :")[2] for line in bare(who.ask(f"CHATHISTORY LATEST {target} * 50")) if "MSG" in line]


def fail(code: str) -> list[str]:
    return [f":parley.test FAIL REDACT {code}"]


def test_members_with_the_capability_are_told_and_the_history_forgets(server: ServerUnderTest) -> None:
    wren, rook, plain = client(server, "wren"), client(server, "rook"), server.irc("crow", "message-tags")
    for member in (wren, rook, plain):
        member.ask("JOIN #study")
    wren.sync()
    gone, stays = say(wren, "#study"), say(wren, "#study", "fine")
    rook.sync()
    plain.sync()
    expected = f":wren!~wren@127.0.0.1 REDACT #study {gone} :typing is hard"
    (echo,) = wren.ask(f"@label=x REDACT #STUDY {gone} :typing is hard")
    assert (bare([echo]), tags_of(echo)["label"]) == ([expected], "x")
    assert bare(rook.sync()) == [expected]
    assert plain.sync() == []
    assert kept(rook, "#study") == ["fine"]
    assert bare(wren.ask(f"REDACT #study {gone}")) == fail(f"UNKNOWN_MSGID #study {gone} :There is no such message")
    assert bare(wren.ask(f"REDACT #study {stays}")) == [f":wren!~wren@127.0.0.1 REDACT #study {stays}"]


def test_operators_of_the_channel_may_redact_what_others_said(server: ServerUnderTest) -> None:
    wren, rook = client(server, "wren"), client(server, "rook")
    wren.ask("JOIN #study")
    rook.ask("JOIN #study")
    wren.sync()
    by_wren, by_rook = say(wren, "#study"), say(rook, "#study")
    rook.sync()
    wren.sync()
    forbidden = fail(f"REDACT_FORBIDDEN #study {by_wren} :That is not yours to redact")
    assert bare(rook.ask(f"REDACT #study {by_wren}")) == forbidden
    assert bare(wren.ask(f"REDACT #study {by_rook}")) == [f":wren!~wren@127.0.0.1 REDACT #study {by_rook}"]


def test_a_talk_is_redacted_by_who_said_it(server: ServerUnderTest) -> None:
    wren, rook = client(server, "wren"), client(server, "rook")
    msgid = say(wren, "rook")
    rook.sync()
    assert bare(rook.ask(f"REDACT wren {msgid}")) == fail(f"REDACT_FORBIDDEN wren {msgid} :That is not yours to redact")
    assert bare(wren.ask(f"REDACT rook {msgid}")) == [f":wren!~wren@127.0.0.1 REDACT rook {msgid}"]
    assert bare(rook.sync()) == [f":wren!~wren@127.0.0.1 REDACT rook {msgid}"]
    assert kept(rook, "wren") == []


def test_the_authors_account_counts_not_the_nick(server: ServerUnderTest) -> None:
    server.add_account("alice")
    one = server.member("alice", *CAPABILITIES)
    one.ask("JOIN #study", "MODE #study -o alice")
    msgid = say(one, "#study")
    one.ask("NICK al")
    two = server.member("alice", *CAPABILITIES, nick="al")
    two.sync()
    assert bare(two.ask(f"REDACT #study {msgid}")) == [f":al!~alice@127.0.0.1 REDACT #study {msgid}"]
    guest = client(server, "wren")
    said = say(guest, "al")
    guest.ask("NICK jay")
    assert "FAIL" in client(server, "wren").ask(f"REDACT al {said}")[0]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("#study none", "UNKNOWN_MSGID #study none :There is no such message"),
        ("#nowhere none", "INVALID_TARGET #nowhere :There is nothing you could redact"),
        ("#other none", "INVALID_TARGET #other :There is nothing you could redact"),
        ("nobody none", "INVALID_TARGET nobody :There is nothing you could redact"),
    ],
)
def test_a_mistake_is_told(server: ServerUnderTest, asked: str, answer: str) -> None:
    server.irc("rook").ask("JOIN #other")
    wren = client(server, "wren")
    wren.ask("JOIN #study")
    assert bare(wren.ask(f"REDACT {asked}")) == fail(answer)


def test_too_few_parameters_and_no_capability(server: ServerUnderTest) -> None:
    assert bare(client(server, "wren").ask("REDACT #c")) == [":parley.test 461 wren REDACT :Not enough parameters"]
    assert server.irc("rook").ask("REDACT #c x") == [":parley.test 421 rook REDACT :Unknown command"]


def test_the_ids_of_joins_are_not_messages(server: ServerUnderTest) -> None:
    wren = client(server, "wren")
    msgid = tags_of(wren.ask("JOIN #study")[0])["msgid"]
    assert bare(wren.ask(f"REDACT #study {msgid}")) == fail(f"UNKNOWN_MSGID #study {msgid} :There is no such message")


def test_the_time_to_redact_may_be_limited_but_not_for_irc_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    with ServerUnderTest(CONFIG + "[history]\nredact_hours = 2\n") as server:
        wren, root = client(server, "wren"), client(server, "root")
        wren.ask("JOIN #study")
        root.ask("JOIN #study", "OPER root sesame")
        wren.sync()
        first, second = say(wren, "#study"), say(wren, "#study", "again")
        root.sync()
        now = server.network.history.limits
        assert now.redact_hours == 2
        assert bare(wren.ask(f"REDACT #study {first}")) == [f":wren!~wren@127.0.0.1 REDACT #study {first}"]
        clock = time.time
        monkeypatch.setattr("chat.state.history_policy.time.time", lambda: clock() + 3 * 3600)
        assert bare(wren.ask(f"REDACT #study {second}")) == fail(
            f"REDACT_WINDOW_EXPIRED #study {second} 7200 :It is too late to redact that"
        )
        assert bare(root.ask(f"REDACT #study {second}"))[-1:] == [f":root!~root@127.0.0.1 REDACT #study {second}"]


def test_an_account_erases_what_it_has_said(server: ServerUnderTest) -> None:
    server.add_account("alice")
    alice, wren = server.member("alice", *CAPABILITIES), client(server, "wren")
    wren.ask("JOIN #study")
    alice.ask("JOIN #study", "PRIVMSG #study :mine", "PRIVMSG wren :private")
    wren.ask("PRIVMSG #study :of wren", "PRIVMSG alice :to alice")
    alice.sync()
    assert bare(alice.ask("FORGET wren")) == [":parley.test 481 alice :Permission Denied- You're not an IRC operator"]
    assert bare(wren.ask("FORGET wren")) == [":parley.test 477 wren * :You need to be logged in to an account for that"]
    assert bare(alice.ask("FORGET Alice")) == [":parley.test NOTE FORGET ERASED Alice :Erased 3 entries of the history"]
    wren.sync()
    assert (kept(wren, "#study"), kept(wren, "alice")) == (["of wren"], ["to alice"])


def test_irc_operators_may_erase_what_others_said() -> None:
    with ServerUnderTest(CONFIG) as server:
        server.add_account("alice")
        alice, root = server.member("alice", *CAPABILITIES), client(server, "root")
        alice.ask("JOIN #study", "PRIVMSG #study :mine")
        root.ask("JOIN #study", "OPER root sesame")
        assert "ERASED alice" in root.ask("FORGET alice")[-1]
        assert kept(root, "#study") == []
