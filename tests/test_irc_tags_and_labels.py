"""Message tags (server-time, msgid, account-tag, client-only), echo-message, labeled-response (IRCv3 1.3 to 1.6)."""

import re

import pytest

from protocol.message import parse_message
from tests.harness import IrcClient, ServerUnderTest, bare, tags_of

LABELS = ("labeled-response", "batch")
WREN = ":wren!~wren@127.0.0.1"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def in_channel(server: ServerUnderTest, **capabilities: tuple[str, ...]) -> list[IrcClient]:
    """A client per nick, with these capabilities, all on #lab."""
    clients = [server.irc(nick, *names) for nick, names in capabilities.items()]
    for client in clients:
        client.ask("JOIN #lab")
    for client in clients:
        client.sync()
    return clients


# --- server tags ---------------------------------------------------------------------------------------------------


def test_server_time_is_on_every_line_and_the_same_for_echo_and_receivers(server: ServerUnderTest) -> None:
    wren, rook = in_channel(server, wren=("server-time", "echo-message"), rook=("server-time",))
    (echo,) = wren.ask("PRIVMSG #lab :hi")
    (copy,) = rook.sync()
    assert echo == copy
    assert TIME.fullmatch(tags_of(echo)["time"])
    numeric, *_ = wren.ask("FROB")
    assert list(tags_of(numeric)) == ["time"]
    assert bare([numeric]) == [":parley.test 421 wren FROB :Unknown command"]


def test_a_message_has_one_msgid_for_everybody_with_message_tags(server: ServerUnderTest) -> None:
    wren, rook, kite = in_channel(server, wren=("message-tags", "echo-message"), rook=("message-tags",), kite=())
    first, second = wren.ask("PRIVMSG #lab :one", "NOTICE #lab :two")
    assert rook.sync() == [first, second]
    assert kite.sync() == [f"{WREN} PRIVMSG #lab :one", f"{WREN} NOTICE #lab :two"]
    ids = [tags_of(line)["msgid"] for line in (first, second)]
    assert ids[0] != ids[1]
    assert all(re.fullmatch(r"[^\s:]\S*", msgid) for msgid in ids)


def test_the_account_of_the_sender_is_shown_to_who_asked(server: ServerUnderTest) -> None:
    server.add_account("Wren")
    wren = server.member("Wren", "account-tag", "echo-message")
    rook, kite = server.irc("rook", "account-tag"), server.irc("kite")
    for client in (wren, rook, kite):
        client.ask("JOIN #lab")
    for client in (wren, rook, kite):
        client.sync()
    tagged = "@account=Wren :Wren!~Wren@127.0.0.1 PRIVMSG #lab :hi"
    assert wren.ask("PRIVMSG #lab :hi") == [tagged]
    assert rook.sync() == [tagged]
    assert kite.sync() == [":Wren!~Wren@127.0.0.1 PRIVMSG #lab :hi"]
    assert kite.ask("PRIVMSG #lab :from a guest") == []
    assert wren.sync() == [":kite!~kite@127.0.0.1 PRIVMSG #lab :from a guest"]
    wren.ask("PART #lab")
    assert rook.sync()[1:] == ["@account=Wren :Wren!~Wren@127.0.0.1 PART #lab"]


def test_a_bot_is_marked_for_who_has_message_tags(server: ServerUnderTest) -> None:
    wren, rook, kite = in_channel(server, wren=(), rook=("message-tags",), kite=())
    wren.ask("MODE wren +B", "PRIVMSG #lab :beep")
    (line,) = rook.sync()
    assert "bot" in tags_of(line)
    assert line.startswith("@msgid=")
    assert kite.sync() == [f"{WREN} PRIVMSG #lab :beep"]


# --- client-only tags ----------------------------------------------------------------------------------------------


def test_client_only_tags_are_relayed_as_they_are_and_others_removed(server: ServerUnderTest) -> None:
    wren, rook, kite = in_channel(server, wren=("message-tags",), rook=("message-tags",), kite=("server-time",))
    wren.ask("@+draft/react=\\:\\s\\\\x;msgid=forged;time=never;+typing;x=1 PRIVMSG #lab :hi")
    (line,) = rook.sync()
    assert re.fullmatch(rf"@msgid=\S+;\+draft/react=\\:\\s\\\\x;\+typing {WREN} PRIVMSG #lab :hi", line)
    assert tags_of(line)["msgid"] != "forged"
    (line,) = kite.sync()
    assert list(tags_of(line)) == ["time"]
    assert line.endswith(f" {WREN} PRIVMSG #lab :hi")


@pytest.mark.parametrize(
    "key", ["+a\rb", "+a\x01b", "+a\x1b", "+a\x7f", "+a,b", "+", "+a\tb", '+a"b', "+a:b", "+ä", "+/"]
)
def test_a_client_only_tag_whose_key_is_none_is_dropped(server: ServerUnderTest, key: str) -> None:
    """Values are escaped on their way out; a key cannot be."""
    wren, rook = in_channel(server, wren=("message-tags",), rook=("message-tags",))
    wren.ask(f"@{key}=1;+good=2;+example.org/x-y_z PRIVMSG #lab :hi")
    (line,) = rook.sync()
    assert list(tags_of(line)) == ["msgid", "+good", "+example.org/x-y_z"]


def test_a_line_with_nul_in_its_tags_is_ignored(server: ServerUnderTest) -> None:
    wren, rook = in_channel(server, wren=("message-tags",), rook=("message-tags",))
    assert wren.ask("@+a\0b=1 PRIVMSG #lab :hi", "@+a=\0 PRIVMSG #lab :hi") == []
    assert rook.sync() == []


def test_the_tags_of_a_sender_without_the_capability_are_ignored(server: ServerUnderTest) -> None:
    wren, rook = in_channel(server, wren=(), rook=("message-tags",))
    assert wren.ask("@+typing=active PRIVMSG #lab :hi") == []
    (line,) = rook.sync()
    assert list(tags_of(line)) == ["msgid"]


def test_a_private_message_and_a_notice_carry_tags_too(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren", "message-tags"), server.irc("rook", "message-tags")
    wren.ask("@+a=1 PRIVMSG rook :hi", "@+b=2 NOTICE rook :hi")
    first, second = rook.sync()
    assert tags_of(first)["+a"] == "1"
    assert tags_of(second)["+b"] == "2"


def test_a_tagmsg_reaches_only_those_with_message_tags(server: ServerUnderTest) -> None:
    wren, rook, kite = in_channel(
        server, wren=("message-tags", "echo-message"), rook=("message-tags",), kite=("server-time", "echo-message")
    )
    (echo,) = wren.ask("@+typing=active TAGMSG #lab")
    assert rook.sync() == [echo]
    assert re.fullmatch(rf"@msgid=\S+;\+typing=active {WREN} TAGMSG #lab", echo)
    assert kite.sync() == []
    assert wren.ask("@+typing=done TAGMSG kite") != []
    assert kite.sync() == []
    assert wren.ask("@+typing TAGMSG rook,#lab,nobody")[-1] == ":parley.test 401 wren nobody :No such nick/channel"
    assert [parse_message(line).params for line in rook.sync()] == [["rook"], ["#lab"]]


def test_a_tagmsg_is_routed_like_a_message(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren", "message-tags"), server.irc("rook", "message-tags")
    rook.ask("JOIN #lab")
    assert wren.ask("@+x TAGMSG #lab", "TAGMSG", "@+x TAGMSG #none") == [
        ":parley.test 404 wren #lab :Cannot send to channel",
        ":parley.test 461 wren TAGMSG :Not enough parameters",
        ":parley.test 403 wren #none :No such channel",
    ]
    wren.ask("JOIN #lab")
    rook.sync()
    wren.ask("@+x TAGMSG @#lab")
    assert bare(rook.sync()) == [f"{WREN} TAGMSG @#lab"]


def test_tagmsg_without_the_capability_is_unknown(server: ServerUnderTest) -> None:
    assert server.irc("wren").ask("@+x TAGMSG wren") == [":parley.test 421 wren TAGMSG :Unknown command"]


def test_tags_have_a_limit_of_their_own_and_are_never_cut(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren", "message-tags"), server.irc("rook", "message-tags")
    text = "PRIVMSG rook :" + "x" * 496
    fitting = "@+a=" + "v" * (4094 - len("+a="))
    assert wren.ask(f"{fitting} {text}") == []
    (line,) = rook.sync()
    assert tags_of(line)["+a"] == "v" * 4091
    assert wren.ask(f"{fitting}v {text}") == [":parley.test 417 wren :Input line was too long"]
    assert wren.ask(f"@+a=1 {text}y") == [":parley.test 417 wren :Input line was too long"]
    assert rook.sync() == []


# --- echo-message --------------------------------------------------------------------------------------------------


def test_messages_are_echoed_as_they_were_delivered(server: ServerUnderTest) -> None:
    wren, rook, kite = in_channel(server, Wren=("echo-message",), rook=(), kite=("echo-message",))
    source = ":Wren!~Wren@127.0.0.1"
    assert wren.ask("PRIVMSG #LAB :hi", "NOTICE #lab :ho", "PRIVMSG ROOK :psst", "PRIVMSG @#Lab :ops") == [
        f"{source} PRIVMSG #lab :hi",
        f"{source} NOTICE #lab :ho",
        f"{source} PRIVMSG rook :psst",
        f"{source} PRIVMSG @#lab :ops",
    ]
    assert rook.sync() == [f"{source} PRIVMSG #lab :hi", f"{source} NOTICE #lab :ho", f"{source} PRIVMSG rook :psst"]
    assert kite.sync() == [f"{source} PRIVMSG #lab :hi", f"{source} NOTICE #lab :ho"]


def test_a_refused_message_is_not_echoed(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren", "echo-message"), server.irc("rook")
    rook.ask("JOIN #lab")
    assert wren.ask("PRIVMSG #lab :hi") == [":parley.test 404 wren #lab :Cannot send to channel"]


def test_a_message_to_oneself_comes_as_delivery_and_as_echo(server: ServerUnderTest) -> None:
    line = f"{WREN} PRIVMSG wren :note"
    assert server.irc("wren", "echo-message").ask("PRIVMSG wren :note") == [line, line]


# --- labels --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PING x", ":parley.test PONG parley.test x"),
        ("PONG x", ":parley.test ACK"),
        ("NOTICE nobody :x", ":parley.test ACK"),
        ("PRIVMSG rook :x", ":parley.test ACK"),
        ("MODE wren", ":parley.test 221 wren +"),
        ("MODE wren +i", ":wren MODE wren +i"),
        ("AWAY :tea", ":parley.test 306 wren :You have been marked as being away"),
        ("SETNAME :Wren the second", ":parley.test ACK"),
        ("NICK robin", f"{WREN} NICK robin"),
        ("FROB", ":parley.test 421 wren FROB :Unknown command"),
        ("JOIN", ":parley.test 461 wren JOIN :Not enough parameters"),
        ("PRIVMSG #none :x", ":parley.test 403 wren #none :No such channel"),
        ("CAP END", ":parley.test ACK"),
    ],
)
def test_a_response_of_one_line_carries_the_label_and_silence_gives_ack(
    server: ServerUnderTest, line: str, answer: str
) -> None:
    server.irc("rook")
    wren = server.irc("wren", *LABELS)
    assert wren.ask(f"@label=abc;x=1 {line}") == [f"@label=abc {answer}"]


def test_a_response_of_several_lines_is_a_batch(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *LABELS)
    assert wren.ask("@label=j\\:1 JOIN #lab", "@label=j2 WHOIS nobody") == [
        "@label=j\\:1 :parley.test BATCH +b1 labeled-response",
        f"@batch=b1 {WREN} JOIN #lab",
        "@batch=b1 :parley.test 353 wren = #lab :@wren",
        "@batch=b1 :parley.test 366 wren #lab :End of /NAMES list",
        ":parley.test BATCH -b1",
        "@label=j2 :parley.test BATCH +b2 labeled-response",
        "@batch=b2 :parley.test 401 wren nobody :No such nick/channel",
        "@batch=b2 :parley.test 318 wren nobody :End of /WHOIS list",
        ":parley.test BATCH -b2",
    ]


def test_refusals_of_lines_that_could_not_be_read_are_labelled(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *LABELS)
    wren.send_bytes(b"@label=u PRIVMSG rook :\xff\r\n")
    assert wren.sync() == ["@label=u :parley.test FAIL PRIVMSG INVALID_UTF8 :The line is not UTF-8 and was ignored"]


def test_only_the_echo_is_labelled_and_never_the_copies_of_others(server: ServerUnderTest) -> None:
    wren, rook = in_channel(server, wren=(*LABELS, "echo-message"), rook=LABELS)
    assert wren.ask("@label=e PRIVMSG #lab :hi") == [f"@label=e {WREN} PRIVMSG #lab :hi"]
    assert rook.sync() == [f"{WREN} PRIVMSG #lab :hi"]
    assert wren.ask("@label=k KICK #lab rook") == [f"@label=k {WREN} KICK #lab rook :wren"]
    assert rook.sync() == [f"{WREN} KICK #lab rook :wren"]


def test_of_a_message_to_oneself_the_echo_is_labelled(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren", *LABELS, "echo-message"), server.irc("rook", *LABELS)
    line = f"{WREN} PRIVMSG wren :note"
    assert wren.ask("@label=me PRIVMSG wren :note") == [line, f"@label=me {line}"]
    line = ":rook!~rook@127.0.0.1 PRIVMSG rook :note"
    assert rook.ask("@label=me PRIVMSG rook :note") == [line, "@label=me :parley.test ACK"]


def test_with_time_and_msgid_the_label_comes_with_the_same_tags_as_the_copies(server: ServerUnderTest) -> None:
    capabilities = (*LABELS, "echo-message", "server-time", "message-tags")
    wren, rook = in_channel(server, wren=capabilities, rook=capabilities)
    (echo,) = wren.ask("@label=t;+x=y PRIVMSG #lab :hi")
    (copy,) = rook.sync()
    assert tags_of(echo) == {"label": "t", **tags_of(copy)}
    assert sorted(tags_of(copy)) == ["+x", "msgid", "time"]


@pytest.mark.parametrize("capabilities", [(), ("batch",), ("labeled-response",)])
def test_without_both_capabilities_a_label_means_nothing(
    server: ServerUnderTest, capabilities: tuple[str, ...]
) -> None:
    wren = server.irc("wren", *capabilities)
    assert wren.ask("@label=x PONG y", "@label=y FROB") == [":parley.test 421 wren FROB :Unknown command"]


@pytest.mark.parametrize("label", ["", "x" * 65])
def test_a_label_that_is_empty_or_too_long_is_ignored(server: ServerUnderTest, label: str) -> None:
    wren = server.irc("wren", *LABELS)
    assert wren.ask(f"@label={label} FROB", f"@label={'x' * 64} PONG") == [
        ":parley.test 421 wren FROB :Unknown command",
        f"@label={'x' * 64} :parley.test ACK",
    ]


def test_the_last_line_of_a_connection_is_the_response_to_quit(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *LABELS)
    wren.send("@label=bye QUIT :done")
    assert wren.lines_until_closed() == ["@label=bye ERROR :Closing Link: 127.0.0.1 (Quit: done)"]


def test_a_labelled_change_of_modes_waits_for_the_disk_and_is_one_line(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren = server.member("wren", *LABELS)
    wren.ask("JOIN #lab")
    assert wren.ask("@label=p MODE #lab +Pk tea") == [f"@label=p {WREN} MODE #lab +Pk tea"]


def test_an_admin_who_joins_sees_the_join_before_the_rank(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren = server.member("wren", *LABELS)
    wren.ask("JOIN #lab", "MODE #lab +P", "PART #lab")
    assert wren.ask("@label=j JOIN #lab") == [
        "@label=j :parley.test BATCH +b1 labeled-response",
        f"@batch=b1 {WREN} JOIN #lab",
        "@batch=b1 :parley.test MODE #lab +o wren",
        "@batch=b1 :parley.test 353 wren = #lab :@wren",
        "@batch=b1 :parley.test 366 wren #lab :End of /NAMES list",
        ":parley.test BATCH -b1",
    ]
