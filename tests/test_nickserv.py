"""NickServ: what it does, in which dialects it is spoken to, and that nobody sees a password."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from protocol import limits
from protocol.masking import hidden, masked
from tests.harness import IrcClient, ServerUnderTest, response
from tests.scram import plain

FINGERPRINT = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def _without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOGIN_DELAY_SECONDS", 0.0)


def says(nick: str, text: str) -> str:
    """The NOTICE line."""
    return f":NickServ!NickServ@parley.test NOTICE {nick} :{text}"


def logged_in(nick: str, account: str) -> str:
    """The 900 line."""
    return f":parley.test 900 {nick} {nick}!~{nick}@127.0.0.1 {account} :You are now logged in as {account}"


@pytest.fixture
def wren(server: ServerUnderTest) -> Iterator[IrcClient]:
    """A guest called wren."""
    yield server.irc("wren")


# --- being spoken to -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["PRIVMSG NickServ :help identify", "privmsg nickserv@PARLEY.test :HELP IDENTIFY", "NS HELP IDENTIFY",
             "NICKSERV :HELP id", "ns HELP login"],
)  # fmt: skip
def test_there_are_several_ways_to_speak_to_it(wren: IrcClient, line: str) -> None:
    help_text = "logs you in, without an account's name to the one that is called like your nick"
    assert wren.ask(line) == [says("wren", f"IDENTIFY [account] <password>: {help_text}")]


def test_help_lists_every_command(wren: IrcClient) -> None:
    lines = wren.ask("NS HELP")
    assert lines[0] == says("wren", "NickServ: accounts and nicks. HELP <command> tells more.")
    for verb in ("REGISTER", "IDENTIFY", "LOGOUT", "GHOST", "RECOVER", "INFO", "SET PASSWORD", "CERT ADD", "DROP"):
        assert any(f" :{verb}" in line for line in lines), verb
    assert lines == wren.ask("NS")
    assert [line.split(" :")[1].split(" [")[0] for line in wren.ask("NS HELP CERT")] == [
        "CERT ADD",
        "CERT DEL",
        "CERT LIST: lists the certificates that log in to your account",
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("NS FROB x", "There is no command FROB; HELP lists all"),
        ("NS HELP FROB", "There is no command FROB; HELP lists all"),
        ("NS REGISTER", "Write it like this: REGISTER <password> [mail address]"),
        ("NS IDENTIFY a b c", "Write it like this: IDENTIFY [account] <password>"),
        ("NS LOGOUT", "Log in first: /msg NickServ IDENTIFY <account> <password>"),
        ("NS GHOST nobody", "nobody is not the name of your account; log in to it, or give its password"),
        ("NS INFO nobody", "There is no account nobody"),
    ],
)
def test_what_is_not_understood_or_not_possible_is_said(wren: IrcClient, line: str, answer: str) -> None:
    assert wren.ask(line) == [says("wren", answer)]


def test_it_is_silent_to_notices_and_ctcp(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "message-tags")
    assert wren.ask("NOTICE NickServ :HELP", "PRIVMSG NickServ :\x01VERSION\x01", "@+x=y TAGMSG NickServ") == []


def test_the_nicks_of_the_services_are_nobody_elses(server: ServerUnderTest, wren: IrcClient) -> None:
    assert wren.ask("NICK nickserv") == [":parley.test 433 wren nickserv :Nickname is already in use"]
    client = server.connect()
    assert client.ask("NICK ChanServ") == [":parley.test 433 * ChanServ :Nickname is already in use"]
    assert server.json().ask("NWUA", username="NickServ", password="x")["response_code"] == "200"


def test_asking_about_it_works_but_it_is_no_user(wren: IrcClient) -> None:
    assert wren.ask("WHOIS nickserv") == [
        ":parley.test 311 wren NickServ NickServ parley.test * :accounts and nicks: /msg NickServ HELP",
        ":parley.test 312 wren NickServ parley.test :a Parley chat server",
        ":parley.test 335 wren NickServ :is a bot",
        ":parley.test 318 wren nickserv :End of /WHOIS list",
    ]
    assert wren.ask("ISON NickServ wren", "USERHOST chanserv") == [
        ":parley.test 303 wren :NickServ wren",
        ":parley.test 302 wren :ChanServ=+ChanServ@parley.test",
    ]
    assert wren.ask("WHO *") == [
        ":parley.test 352 wren * ~wren 127.0.0.1 parley.test wren H :0 wren the tester",
        ":parley.test 315 wren * :End of WHO list",
    ]
    assert ":parley.test 251 wren :There are 1 users and 0 invisible on 1 servers" in wren.ask("LUSERS")


# --- secrets -------------------------------------------------------------------------------------------------------


def test_an_echo_shows_no_password(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "echo-message")
    echoes = wren.ask("PRIVMSG NickServ :identify wren hush", "PRIVMSG NickServ :idnetify hush")
    assert [line for line in echoes if line.startswith(":wren!")] == [
        ":wren!~wren@127.0.0.1 PRIVMSG NickServ :IDENTIFY ****",
        ":wren!~wren@127.0.0.1 PRIVMSG NickServ :idnetify ****",
    ]
    assert "hush" not in " ".join(echoes)
    assert wren.ask("PRIVMSG NickServ :INFO nobody")[0] == ":wren!~wren@127.0.0.1 PRIVMSG NickServ :INFO nobody"


@pytest.mark.parametrize(
    "line",
    [
        "PRIVMSG NickServ :IDENTIFY hush",
        "PRIVMSG nickserv@parley.test :IDENTIFY hush",
        "@label=x privmsg #lab,NickServ :IDENTIFY hush",
        "NOTICE NickServ :hush",
        "NS REGISTER hush",
        "NICKSERV IDENTIFY wren hush",
        "REGISTER * * hush",
        "VERIFY wren hush",
        "AUTHENTICATE hush",
        "PASS wren:hush",
        '{"command": "MSSG", "parameters": {"recipient": "NickServ"}, "payload": "IDENTIFY hush"}',
        '{"command": "MSSG", "parameters": {"chat_name": "NickServ"}, "payload": "IDENTIFY hush"}',
        "AUTH hush",
    ],
)
def test_no_log_and_no_screen_shows_a_password(line: str) -> None:
    assert "hush" not in masked(line.encode())
    if not line.startswith("{"):
        assert "hush" not in hidden(line.partition(" ")[2] if line.startswith("@") else line)


# --- accounts ------------------------------------------------------------------------------------------------------


def test_register_makes_an_account_called_like_the_nick(server: ServerUnderTest, wren: IrcClient) -> None:
    assert wren.ask("PRIVMSG NickServ :REGISTER secret wren@example.org") == [
        logged_in("wren", "wren"),
        says("wren", "The account wren was made; you are logged in"),
    ]
    assert server.json().ask("AUTH", username="wren", password="secret") == response("110")
    assert wren.ask("NS REGISTER again") == [says("wren", "You are logged in as wren")]
    lines = wren.ask("NS INFO")
    assert lines[0].startswith(says("wren", "wren: made 2"))
    assert lines[1:] == [
        says("wren", "on line as wren"),
        says("wren", "mail address: wren@example.org"),
        says("wren", "certificates: 0"),
    ]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("NS REGISTER secret nonsense", "That is no mail address; * stands for none"),
        ("NS REGISTER :" + "x" * 301, "The password is longer than 300 bytes"),
    ],
)
def test_register_has_the_rules_of_the_command(wren: IrcClient, line: str, answer: str) -> None:
    assert wren.ask(line.replace("NS REGISTER :", "NS REGISTER ")) == [says("wren", answer)]


def test_register_can_be_switched_off() -> None:
    with ServerUnderTest("[accounts]\nregistration = false\n") as server:
        assert server.irc("wren").ask("NS REGISTER secret") == [
            says("wren", "New accounts are made by the operator of this server only")
        ]


def test_identify_logs_in_and_logout_out(server: ServerUnderTest) -> None:
    server.add_account("wren")
    robin, rook = server.irc("robin", "account-notify"), server.irc("rook", "account-notify")
    for client in (robin, rook):
        client.ask("JOIN #lab")
    rook.sync(), robin.sync()
    mask = "robin!~robin@127.0.0.1"
    assert robin.ask("NS IDENTIFY wren wrong", "PRIVMSG NickServ :IDENTIFY wren secret") == [
        says("robin", "That is not the password of an account wren"),
        logged_in("robin", "wren"),
        f":{mask} ACCOUNT wren",
        says("robin", "You are logged in as wren"),
    ]
    assert rook.sync() == [f":{mask} ACCOUNT wren"]
    assert robin.ask("NICK wren", "NS LOGOUT") == [
        f":{mask} NICK wren",
        says("wren", "You are logged out of wren"),
        ":wren!~robin@127.0.0.1 ACCOUNT *",
        ":parley.test 901 wren wren!~robin@127.0.0.1 :You are now logged out",
    ]
    assert rook.sync()[-1] == ":wren!~robin@127.0.0.1 ACCOUNT *"


def test_a_password_costs_flood_credit_whoever_is_asked(server: ServerUnderTest, wren: IrcClient) -> None:
    hardly: Any = 1e-9  # a second: nothing is earned back meanwhile
    server.network.limits = replace(server.network.limits, messages_per_second=hardly, burst=1000)
    (session,) = server.network.sessions

    def cost(line: str) -> int:
        wren.sync()
        before = session.credit
        wren.ask(line)
        return round(before - session.credit) - 1  # without the PING

    assert cost("PRIVMSG NickServ :INFO x") == 1
    assert cost("PRIVMSG NickServ :IDENTIFY x y") == 4


def test_too_many_wrong_passwords_end_the_connection(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.send(*["NS IDENTIFY rook wrong"] * limits.LOGIN_FAILURES)
    lines = wren.lines_until_closed()
    assert lines[:-1] == [says("wren", "That is not the password of an account rook")] * limits.LOGIN_FAILURES
    assert lines[-1] == "ERROR :Closing Link: 127.0.0.1 (Too many wrong logins)"


def test_set_password_takes_effect_at_once_for_every_mechanism(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren = server.member("wren")
    assert wren.ask("NS SET PASSWORD wrong newer") == [says("wren", "That is not the password of an account wren")]
    assert wren.ask("NS SET PASSWORD secret newer") == [says("wren", "The password of wren was set")]
    assert server.json().ask("AUTH", username="wren", password="secret") == response("200")
    other = server.connect()
    other.ask("CAP REQ sasl")
    assert " 903 " in other.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('wren', 'newer')}")[-1]


def test_set_email(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren = server.member("wren")
    wren.ask("NS SET EMAIL wren@example.org")
    assert says("wren", "mail address: wren@example.org") in wren.ask("NS INFO")
    wren.ask("NS SET EMAIL *")
    assert says("wren", "mail address: none") in wren.ask("NS INFO")
    assert wren.ask("NS SET EMAIL x") == [says("wren", "That is no mail address; * stands for none")]


def presents(server: ServerUnderTest, nick: str, fingerprint: str) -> None:
    """The connections of `nick` have come by TLS with that certificate."""
    with server.network.lock:
        for session in server.network.users[nick].sessions:
            session.fingerprint = fingerprint


def test_certificates(server: ServerUnderTest) -> None:
    for name in ("wren", "rook"):
        server.add_account(name)
    wren, rook = server.member("wren"), server.member("rook")
    spelled = ":".join(FINGERPRINT.upper()[place : place + 2] for place in range(0, 64, 2))
    assert wren.ask("NS CERT ADD", "NS CERT ADD x") == [
        says("wren", "This connection has no certificate; give the SHA-256 fingerprint of one"),
        says("wren", "A fingerprint is SHA-256: 64 hexadecimal digits"),
    ]
    assert wren.ask(f"NS CERT ADD {spelled}") == [
        says("wren", "That is not the certificate of this connection; connect with it to add it")
    ]
    presents(server, "wren", FINGERPRINT)
    presents(server, "rook", FINGERPRINT)
    assert wren.ask(f"NS CERT ADD {spelled}") == [says("wren", f"{FINGERPRINT} logs in to wren")]
    assert rook.ask(f"NS CERT ADD {FINGERPRINT}") == [says("rook", "That certificate logs in to an account already")]
    assert wren.ask("NS CERT LIST") == [
        says("wren", FINGERPRINT),
        says("wren", "1 certificates log in to wren"),
    ]
    assert wren.ask(f"NS CERT DEL {FINGERPRINT}", f"NS CERT DEL {FINGERPRINT}") == [
        says("wren", f"{FINGERPRINT} does not log in to wren any more"),
        says("wren", "That certificate does not log in to your account"),
    ]
    for number in range(limits.CERTIFICATES_PER_ACCOUNT):
        presents(server, "wren", f"{number:064x}")
        wren.ask("NS CERT ADD")
    presents(server, "wren", FINGERPRINT)
    assert wren.ask(f"NS CERT ADD {FINGERPRINT}") == [
        says("wren", f"An account has at most {limits.CERTIFICATES_PER_ACCOUNT} certificates")
    ]


def test_what_is_kept_of_an_account_comes_back_also_typed_by_hand(tmp_path: Path) -> None:
    spelled = ":".join(FINGERPRINT.upper()[place : place + 2] for place in range(0, 64, 2))
    with ServerUnderTest(data=tmp_path) as server:
        server.add_account("wren")
        wren = server.member("wren")
        presents(server, "wren", FINGERPRINT)
        wren.ask("NS SET EMAIL wren@example.org", f"NS CERT ADD {FINGERPRINT}")
    file = tmp_path / "accounts.json"
    entry = json.loads(file.read_text())["accounts"][0]
    assert (entry["email"], entry["certificates"]) == ("wren@example.org", [FINGERPRINT])
    file.write_text(json.dumps({"accounts": [{**entry, "certificates": [spelled, FINGERPRINT]}]}))
    with ServerUnderTest(data=tmp_path) as server:
        account = server.network.find_account("wren")
        assert account is not None
        assert (account.email, account.certificates) == ("wren@example.org", (FINGERPRINT,))


def test_drop_needs_the_password_and_takes_everything_away(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren, alice, rook = server.member("wren"), server.user("wren"), server.irc("rook")
    rook.ask("JOIN #lab")
    wren.ask("JOIN #den", "MODE #den +P", "JOIN #lab"), rook.sync()
    assert wren.ask("NS DROP wrong") == [says("wren", "That is not the password of an account wren")]
    assert wren.ask("NS DROP secret") == [
        says("wren", "The account wren was removed"),
        ":parley.test 901 wren wren!~wren@127.0.0.1 :You are now logged out",
        ":ChanServ!ChanServ@parley.test MODE #den -P",
    ]
    assert alice.lines_until_closed()[-1].endswith('"payload": "Closing Link: 127.0.0.1 (Your account was removed)"}')
    assert server.network.find_account("wren") is None
    assert server.network.channel_store.get("#den") is None
    assert rook.sync() == []
    assert server.irc("wren2").ask("NICK wren")[0].endswith(" 433 wren2 wren :Nickname is already in use")


# --- nicks ---------------------------------------------------------------------------------------------------------


def test_ghost_disconnects_who_has_ones_nick(server: ServerUnderTest) -> None:
    guest = server.irc("wren")
    server.add_account("wren")
    robin = server.irc("robin")
    assert robin.ask("NS GHOST wren", "NS GHOST wren wrong") == [
        says("robin", "wren is not the name of your account; log in to it, or give its password"),
        says("robin", "That is not the password of an account wren"),
    ]
    assert robin.ask("NS GHOST wren secret") == [logged_in("robin", "wren"), says("robin", "wren was disconnected")]
    assert guest.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (GHOST by robin)"]
    assert robin.ask("NICK wren") == [":robin!~robin@127.0.0.1 NICK wren"]
    assert robin.ask("NS GHOST wren") == [says("wren", "That is you")]


def test_recover_gives_ones_nick_back(server: ServerUnderTest) -> None:
    guest = server.irc("wren")
    server.add_account("wren")
    robin = server.irc("robin")
    assert robin.ask("NS RECOVER wren secret") == [
        logged_in("robin", "wren"),
        ":robin!~robin@127.0.0.1 NICK wren",
        says("wren", "You are wren now"),
    ]
    assert guest.sync() == [
        ":parley.test NOTICE wren :robin has taken the nick wren back; you are Guest1 now",
        ":wren!~wren@127.0.0.1 NICK Guest1",
    ]


def test_recover_disconnects_a_hanging_connection_of_ones_own(server: ServerUnderTest) -> None:
    server.add_account("wren")
    hanging, robin = server.member("wren"), server.irc("robin")
    robin.ask("NS IDENTIFY wren secret")
    assert robin.ask("NS REGAIN wren") == [":robin!~robin@127.0.0.1 NICK wren", says("wren", "You are wren now")]
    assert hanging.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (GHOST by robin)"]


def test_who_is_logged_in_takes_the_own_nick_from_a_guest_by_nick(server: ServerUnderTest) -> None:
    guest = server.irc("wren")
    server.add_account("wren")
    robin = server.irc("robin")
    assert robin.ask("NICK wren") == [":parley.test 433 robin wren :Nickname is already in use"]
    robin.ask("NS IDENTIFY wren secret")
    assert robin.ask("NICK wren") == [":robin!~robin@127.0.0.1 NICK wren"]
    assert guest.sync()[-1] == ":wren!~wren@127.0.0.1 NICK Guest1"


# --- the other dialects --------------------------------------------------------------------------------------------


def test_a_lab_user_registers_and_gets_answers_as_messages(server: ServerUnderTest) -> None:
    rook = server.lab("rook")
    assert rook.ask("PRIVMSG NickServ :REGISTER secret") == [
        ":NickServ PRIVMSG rook :The account rook was made; you are logged in"
    ]
    assert server.network.find_account("rook") is not None


def test_a_json_user_speaks_to_it_by_a_private_message(server: ServerUnderTest) -> None:
    alice = server.user("alice", 1.1)
    echo, answer = alice.ask_all("MSSG", "SET PASSWORD secret newer", recipient="NickServ")
    assert echo["payload"] == "(alice) SET PASSWORD ****"
    assert answer["payload"] == "(NickServ) The password of alice was set"
    _, answer = alice.ask_all("MSSG", "LOGOUT", recipient="nickserv")
    assert answer["payload"] == "(NickServ) You are logged in as alice; QUIT to be somebody else"
    assert server.json().ask("AUTH", username="alice", password="newer") == response("110")
