"""SASL PLAIN by AUTHENTICATE, before and after registration; several sessions of one account (IRCv3 1.7)."""

import base64

import pytest

from tests.harness import IrcClient, ServerUnderTest

FAILED = ":parley.test 904 {} :SASL authentication failed"
TOO_LONG = ":parley.test 905 {} :SASL message too long"
ABORTED = ":parley.test 906 {} :SASL authentication aborted"
SUCCESS = ":parley.test 903 {} :SASL authentication successful"


def plain(account: str, password: str = "secret", identity: str = "") -> str:
    """The payload of SASL PLAIN."""
    return base64.b64encode(f"{identity}\0{account}\0{password}".encode()).decode()


def negotiating(server: ServerUnderTest) -> IrcClient:
    """A connection that has the sasl capability and waits for its nick; there is an account wren."""
    server.add_account("Wren")
    client = server.connect()
    assert client.ask("CAP REQ sasl") == [":parley.test CAP * ACK :sasl"]
    return client


# --- one exchange --------------------------------------------------------------------------------------------------


def test_a_login_before_nick_and_user_shows_stars_for_what_is_unknown(server: ServerUnderTest) -> None:
    client = negotiating(server)
    assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}") == [
        "AUTHENTICATE +",
        ":parley.test 900 * *!*@127.0.0.1 Wren :You are now logged in as Wren",
        SUCCESS.format("*"),
    ]


def test_a_login_is_in_force_after_registration(server: ServerUnderTest) -> None:
    client = negotiating(server)
    client.ask("AUTHENTICATE plain", f"AUTHENTICATE {plain('WREN', identity='wren')}", "NICK wren", "USER w 0 * :W")
    client.send("CAP END")
    assert client.line() == ":parley.test 001 wren :Welcome to the Parley Network, wren!~w@127.0.0.1"
    assert ":parley.test 330 wren wren Wren :is logged in as" in client.ask("WHOIS wren")


@pytest.mark.parametrize(
    "payload",
    [
        plain("wren", "wrong"),
        plain("nobody"),
        plain("wren", ""),
        plain("", "secret"),
        plain("wren", identity="rook"),
        base64.b64encode(b"wren\0secret").decode(),
        base64.b64encode(b"\0wren\0secret\0more").decode(),
        base64.b64encode(b"\0wren\0\xff").decode(),
        "not!base64",
        "AAA",
        "+",
    ],
)
def test_a_login_that_cannot_be_right_fails_and_may_be_tried_again(server: ServerUnderTest, payload: str) -> None:
    client = negotiating(server)
    assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {payload}") == ["AUTHENTICATE +", FAILED.format("*")]
    again = client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}")
    assert again[-1] == SUCCESS.format("*")


def test_an_unknown_mechanism_is_answered_with_the_known_ones(server: ServerUnderTest) -> None:
    client = negotiating(server)
    assert client.ask("AUTHENTICATE CRAM-MD5", "AUTHENTICATE PLAIN") == [
        ":parley.test 908 * PLAIN,SCRAM-SHA-256 :are available SASL mechanisms",
        FAILED.format("*"),
        "AUTHENTICATE +",
    ]


def test_authenticate_without_a_parameter_is_incomplete(server: ServerUnderTest) -> None:
    assert negotiating(server).ask("AUTHENTICATE") == [":parley.test 461 * AUTHENTICATE :Not enough parameters"]


def test_without_the_capability_authentication_fails(server: ServerUnderTest) -> None:
    assert server.connect().ask("AUTHENTICATE PLAIN") == [FAILED.format("*")]


def test_an_exchange_can_be_aborted_and_started_anew(server: ServerUnderTest) -> None:
    client = negotiating(server)
    answers = client.ask("AUTHENTICATE PLAIN", "AUTHENTICATE *", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}")
    assert answers[:3] == ["AUTHENTICATE +", ABORTED.format("*"), "AUTHENTICATE +"]
    assert answers[-1] == SUCCESS.format("*")


# --- pieces --------------------------------------------------------------------------------------------------------


def test_a_payload_comes_in_pieces_of_400_bytes(server: ServerUnderTest) -> None:
    long = "p" * 298
    server.add_account("rook", long)
    client = negotiating(server)
    payload = plain("rook", long)
    assert len(payload) > 400
    assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {payload[:400]}") == ["AUTHENTICATE +"]
    assert client.ask(f"AUTHENTICATE {payload[400:]}")[-1] == SUCCESS.format("*")


def test_a_payload_of_exactly_400_bytes_is_ended_by_a_plus(server: ServerUnderTest) -> None:
    exact = "p" * 294
    server.add_account("rook", exact)
    client = negotiating(server)
    payload = plain("rook", exact)
    assert len(payload) == 400
    assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {payload}") == ["AUTHENTICATE +"]
    assert client.ask("AUTHENTICATE +")[-1] == SUCCESS.format("*")


@pytest.mark.parametrize("length", [401, 480, 600])
def test_a_piece_over_400_bytes_is_too_long(server: ServerUnderTest, length: int) -> None:
    client = negotiating(server)
    assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {'A' * length}") == ["AUTHENTICATE +", TOO_LONG.format("*")]


def test_a_piece_over_400_bytes_is_too_long_before_a_mechanism_was_chosen_too(server: ServerUnderTest) -> None:
    assert negotiating(server).ask(f"AUTHENTICATE {'A' * 401}") == [TOO_LONG.format("*")]


def test_a_payload_without_end_is_too_long(server: ServerUnderTest) -> None:
    client = negotiating(server)
    client.ask("AUTHENTICATE PLAIN")
    piece = "AUTHENTICATE " + "A" * 400
    assert client.ask(*[piece] * 11) == []
    assert client.ask(piece, "AUTHENTICATE PLAIN") == [TOO_LONG.format("*"), "AUTHENTICATE +"]


# --- registration meanwhile, and later -----------------------------------------------------------------------------


def test_registration_that_completes_during_an_exchange_aborts_it(server: ServerUnderTest) -> None:
    client = negotiating(server)
    client.ask("NICK robin", "USER w 0 * :W", "AUTHENTICATE PLAIN")
    client.send("CAP END")
    assert client.line() == ABORTED.format("robin")
    assert " 001 robin " in client.line()
    client.sync()
    assert ":parley.test 330" not in "".join(client.ask("WHOIS robin"))


def test_an_exchange_after_end_is_aborted_when_the_nick_completes_the_registration(server: ServerUnderTest) -> None:
    client = negotiating(server)
    client.ask("USER w 0 * :W", "CAP END", "AUTHENTICATE PLAIN")
    client.send("NICK robin")
    assert client.line() == ABORTED.format("robin")
    assert " 001 robin " in client.line()


def test_a_login_after_registration_is_told_to_those_who_asked(server: ServerUnderTest) -> None:
    server.add_account("wren")
    robin, rook, kite = server.irc("robin", "sasl"), server.irc("rook", "account-notify"), server.irc("kite")
    for client in (robin, rook, kite):
        client.ask("JOIN #lab,#den")
    for client in (robin, rook, kite):
        client.sync()
    assert robin.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}") == [
        "AUTHENTICATE +",
        ":parley.test 900 robin robin!~robin@127.0.0.1 wren :You are now logged in as wren",
        SUCCESS.format("robin"),
    ]
    assert rook.sync() == [":robin!~robin@127.0.0.1 ACCOUNT wren"]
    assert kite.sync() == []


def test_one_may_log_in_again_to_another_account(server: ServerUnderTest) -> None:
    for name in ("wren", "robin"):
        server.add_account(name)
    client = server.member("wren", "account-notify", "account-tag")
    answers = client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('robin')}")
    assert answers == [
        "AUTHENTICATE +",
        ":parley.test 900 wren wren!~wren@127.0.0.1 robin :You are now logged in as robin",
        SUCCESS.format("wren"),
        "@account=wren :wren!~wren@127.0.0.1 ACCOUNT robin",
    ]


def test_a_failed_login_after_registration_changes_nothing(server: ServerUnderTest) -> None:
    server.add_account("wren")
    client = server.member("wren")
    assert client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren', 'no')}") == [
        "AUTHENTICATE +",
        FAILED.format("wren"),
    ]
    assert ":parley.test 330 wren wren wren :is logged in as" in client.ask("WHOIS wren")


def test_an_admin_who_logs_in_becomes_operator_of_the_channel(server: ServerUnderTest) -> None:
    server.add_account("wren")
    owner, robin = server.member("wren"), server.irc("robin", "sasl", "labeled-response", "batch")
    owner.ask("JOIN #lab", "MODE #lab +P")
    owner.send("QUIT")
    owner.lines_until_closed()
    robin.ask("JOIN #lab")
    robin.ask("AUTHENTICATE PLAIN")
    assert robin.ask(f"@label=x AUTHENTICATE {plain('wren')}") == [
        "@label=x :parley.test BATCH +b1 labeled-response",
        "@batch=b1 :parley.test 900 robin robin!~robin@127.0.0.1 wren :You are now logged in as wren",
        "@batch=b1 :parley.test 903 robin :SASL authentication successful",
        "@batch=b1 :parley.test MODE #lab +o robin",
        ":parley.test BATCH -b1",
    ]


# --- several sessions of one account -------------------------------------------------------------------------------


def test_a_second_session_of_an_account_joins_the_user_and_finds_its_channels(server: ServerUnderTest) -> None:
    server.add_account("wren")
    first, rook = server.member("wren"), server.irc("rook")
    for client in (first, rook):
        client.ask("JOIN #lab")
    first.ask("TOPIC #lab :tea")
    rook.sync()
    topic_time = int(server.channel("#lab").topic.time)
    second = server.connect()
    second.ask("CAP REQ sasl", "NICK other", "USER o 0 * :O", "AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren')}")
    second.send("CAP END")
    assert second.line() == ":parley.test 001 wren :Welcome to the Parley Network, wren!~wren@127.0.0.1"
    assert second.sync()[-5:] == [
        ":wren!~wren@127.0.0.1 JOIN #lab",
        ":parley.test 332 wren #lab :tea",
        f":parley.test 333 wren #lab wren {topic_time}",
        ":parley.test 353 wren = #lab :@wren rook",
        ":parley.test 366 wren #lab :End of /NAMES list",
    ]
    assert rook.sync() == []
    assert server.network.find_user("other") is None


def test_what_one_session_does_the_other_sees_once(server: ServerUnderTest) -> None:
    server.add_account("wren")
    first, second, rook = server.member("wren"), server.member("wren"), server.irc("rook")
    rook.ask("JOIN #lab")
    assert first.ask("JOIN #lab")[0] == ":wren!~wren@127.0.0.1 JOIN #lab"
    assert second.sync() == [
        ":wren!~wren@127.0.0.1 JOIN #lab",
        ":parley.test 353 wren = #lab :@rook wren",
        ":parley.test 366 wren #lab :End of /NAMES list",
    ]
    assert first.ask("PRIVMSG #lab :one") == []
    assert second.ask("PRIVMSG #lab :two") == [":wren!~wren@127.0.0.1 PRIVMSG #lab :one"]
    assert first.sync() == [":wren!~wren@127.0.0.1 PRIVMSG #lab :two"]
    assert rook.ask("PRIVMSG wren :psst")[1:] == [
        ":wren!~wren@127.0.0.1 PRIVMSG #lab :one",
        ":wren!~wren@127.0.0.1 PRIVMSG #lab :two",
    ]
    assert first.ask("NICK robin") == [
        ":rook!~rook@127.0.0.1 PRIVMSG wren :psst",
        ":wren!~wren@127.0.0.1 NICK robin",
    ]
    assert second.ask("PART #lab") == [
        ":rook!~rook@127.0.0.1 PRIVMSG wren :psst",
        ":wren!~wren@127.0.0.1 NICK robin",
        ":robin!~wren@127.0.0.1 PART #lab",
    ]
    assert first.sync() == [":robin!~wren@127.0.0.1 PART #lab"]


def test_a_private_message_is_echoed_to_the_other_sessions_that_asked(server: ServerUnderTest) -> None:
    server.add_account("wren")
    sender, other, rook = server.member("wren"), server.member("wren", "echo-message"), server.irc("rook")
    assert sender.ask("PRIVMSG rook :hi") == []
    assert other.sync() == [":wren!~wren@127.0.0.1 PRIVMSG rook :hi"]
    assert rook.sync() == [":wren!~wren@127.0.0.1 PRIVMSG rook :hi"]


def test_only_the_last_session_that_ends_makes_the_user_quit(server: ServerUnderTest) -> None:
    server.add_account("wren")
    first, second, rook = server.member("wren"), server.member("wren"), server.irc("rook")
    for client in (first, rook):
        client.ask("JOIN #lab")
    first.send("QUIT :one")
    assert first.lines_until_closed()[-1] == "ERROR :Closing Link: 127.0.0.1 (Quit: one)"
    assert rook.sync() == []
    second.send("QUIT :two")
    second.lines_until_closed()
    assert rook.sync() == [":wren!~wren@127.0.0.1 QUIT :Quit: two"]
