"""REGISTER and VERIFY (IRCv3 draft/account-registration, 1.14 and 1.8), and servers that ask for an account."""

from collections.abc import Iterator

import pytest

from chat.state import admission
from chat.storage import files, passwords
from tests.harness import IrcClient, ServerUnderTest, bare, response
from tests.scram import plain

CAPABILITY = "draft/account-registration"
MADE = ":parley.test REGISTER SUCCESS {} :The account was made; you are logged in"
FAIL = ":parley.test FAIL REGISTER {}"
REQUIRED = ":parley.test FAIL * ACCOUNT_REQUIRED :This server is for those who log in to an account only (SASL)"
CLOSED = "ERROR :Closing Link: 127.0.0.1 ({})"
NICK_RULE = "1 to 32 characters; letters, digits and [ ] \\ ^ _ ` { | } -, but no hyphen in front"


def logged_in(nick: str, account: str, user: str = "") -> str:
    """The 900 line."""
    mask = f"{nick}!{user or '~' + nick}@127.0.0.1"
    return f":parley.test 900 {nick} {mask} {account} :You are now logged in as {account}"


@pytest.fixture
def connecting(server: ServerUnderTest) -> Iterator[IrcClient]:
    """A connection that negotiates, with the capability."""
    client = server.connect()
    assert client.ask(f"CAP REQ {CAPABILITY}") == [f":parley.test CAP * ACK :{CAPABILITY}"]
    yield client


# --- after the welcome ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["*", "wren"])
def test_an_account_called_like_the_nick(server: ServerUnderTest, asked: str) -> None:
    wren, rook = server.irc("wren"), server.irc("rook", "account-notify")
    for client in (wren, rook):
        client.ask("JOIN #lab")
    rook.sync(), wren.sync()
    assert wren.ask(f"REGISTER {asked} * secret") == [MADE.format("wren"), logged_in("wren", "wren")]
    assert rook.sync() == [":wren!~wren@127.0.0.1 ACCOUNT wren"]
    assert ":parley.test 330 wren wren wren :is logged in as" in wren.ask("WHOIS wren")
    assert server.json().ask_all("AUTH", username="wren", password="secret")[0] == response("110")


def test_an_account_with_another_name_and_a_mail_address(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    assert wren.ask("REGISTER Linnet linnet@example.org :two words") == [
        MADE.format("Linnet"),
        logged_in("wren", "Linnet"),
    ]
    account = server.network.find_account("linnet")
    assert account is not None and account.email == "linnet@example.org"
    assert account.secret.scram is not None


def test_the_response_carries_the_label(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "labeled-response", "batch", "account-notify")
    start, made, welcome, told, end = wren.ask("@label=x REGISTER * * secret")
    assert start.startswith("@label=x :parley.test BATCH +") and end.startswith(":parley.test BATCH -")
    lines = bare([made, welcome, told])
    assert lines == [MADE.format("wren"), logged_in("wren", "wren"), ":wren!~wren@127.0.0.1 ACCOUNT wren"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("REGISTER", ":parley.test 461 wren REGISTER :Not enough parameters"),
        ("REGISTER * *", ":parley.test 461 wren REGISTER :Not enough parameters"),
        ("REGISTER * * :", ":parley.test 461 wren REGISTER :Not enough parameters"),
        (
            "REGISTER rook * secret",
            FAIL.format("ACCOUNT_EXISTS rook :That is the name of an account, or somebody else's nick"),
        ),
        (
            "REGISTER LINNET * secret",
            FAIL.format("ACCOUNT_EXISTS LINNET :That is the name of an account, or somebody else's nick"),
        ),
        (
            "REGISTER NickServ * secret",
            FAIL.format("ACCOUNT_EXISTS NickServ :That is the name of an account, or somebody else's nick"),
        ),
        ("REGISTER #a * secret", FAIL.format(f"BAD_ACCOUNT_NAME #a :No name for an account: {NICK_RULE}")),
        ("REGISTER * nonsense secret", FAIL.format("INVALID_EMAIL wren :That is no mail address; * stands for none")),
        ("REGISTER * a@b@c secret", FAIL.format("INVALID_EMAIL wren :That is no mail address; * stands for none")),
        (
            "REGISTER * * " + "x" * 301,
            FAIL.format("UNACCEPTABLE_PASSWORD wren :The password is longer than 300 bytes"),
        ),
        (
            "REGISTER * * a\x02b",
            FAIL.format("UNACCEPTABLE_PASSWORD wren :The password holds a control character"),
        ),
        (
            "VERIFY wren 123",
            ":parley.test FAIL VERIFY INVALID_CODE wren :No code is awaited: accounts need no verification",
        ),
        ("VERIFY wren", ":parley.test 461 wren VERIFY :Not enough parameters"),
    ],
)
def test_what_cannot_be_registered(server: ServerUnderTest, line: str, answer: str) -> None:
    server.add_account("linnet")
    server.irc("rook")
    assert server.irc("wren").ask(line) == [answer]


def test_who_is_logged_in_needs_no_account(server: ServerUnderTest) -> None:
    server.add_account("wren")
    wren = server.member("wren")
    assert wren.ask("REGISTER linnet * secret", "VERIFY linnet x") == [
        FAIL.format("ALREADY_AUTHENTICATED linnet :You are logged in as wren"),
        ":parley.test FAIL VERIFY ALREADY_AUTHENTICATED linnet :You are logged in as wren",
    ]


def test_the_configuration_says_how_long_a_password_has_to_be() -> None:
    with ServerUnderTest("[accounts]\npassword_characters = 6\n") as server:
        wren = server.irc("wren")
        assert wren.ask("REGISTER * * short") == [
            FAIL.format("WEAK_PASSWORD wren :The password has fewer characters than the 6 it needs")
        ]
        assert wren.ask("REGISTER * * longer")[0] == MADE.format("wren")
        assert server.user("alice", password="a").welcome == []  # JSON has its own rule


def test_without_registration_nothing_is_offered() -> None:
    with ServerUnderTest("[accounts]\nregistration = false\n") as server:
        wren, why = server.irc("wren"), "New accounts are made by the operator of this server only"
        assert CAPABILITY not in " ".join(wren.ask("CAP LS 302"))
        assert wren.ask("REGISTER * * secret", "VERIFY wren x") == [
            FAIL.format(f"TEMPORARILY_UNAVAILABLE wren :{why}"),
            f":parley.test FAIL VERIFY TEMPORARILY_UNAVAILABLE wren :{why}",
        ]


def test_an_account_that_cannot_be_saved_is_not_made(server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    wren = server.irc("wren", "standard-replies")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_atomically", full)
    (line,) = wren.ask("REGISTER * * secret")
    assert line.startswith(FAIL.format("NOT_SAVED :It is not on disk, so it was undone: "))
    assert server.network.find_account("wren") is None
    monkeypatch.undo()
    assert wren.ask("REGISTER * * secret")[0] == MADE.format("wren")


# --- before the welcome --------------------------------------------------------------------------------------------


def test_the_capability_tells_what_is_possible(server: ServerUnderTest) -> None:
    listed = " ".join(server.connect().ask("CAP LS 302"))
    assert f"{CAPABILITY}=before-connect,custom-account-name" in listed


def test_an_account_can_be_made_before_the_welcome(connecting: IrcClient) -> None:
    assert (
        connecting.ask("REGISTER * * secret", "REGISTER wren * secret")
        == [":parley.test FAIL REGISTER NEED_NICK * :Give a nick that you can have first"] * 2
    )
    assert connecting.ask("NICK wren", "REGISTER * * secret") == [MADE.format("wren"), logged_in("wren", "wren", "*")]
    connecting.send("USER w 0 * :W", "CAP END")
    assert connecting.line().startswith(":parley.test 001 wren ")
    connecting.sync()
    assert ":parley.test 330 wren wren wren :is logged in as" in connecting.ask("WHOIS wren")


def test_nobody_needs_to_ask_for_the_capability(server: ServerUnderTest) -> None:
    assert server.connect().ask("NICK wren", "REGISTER * * secret", "VERIFY wren x") == [
        MADE.format("wren"),
        logged_in("wren", "wren", "*"),
        ":parley.test FAIL VERIFY ALREADY_AUTHENTICATED wren :You are logged in as wren",
    ]


def test_nobody_registers_the_nick_that_somebody_else_has(server: ServerUnderTest, connecting: IrcClient) -> None:
    server.irc("root")
    assert connecting.ask("NICK bar", "REGISTER root * secret") == [
        FAIL.format("ACCOUNT_EXISTS root :That is the name of an account, or somebody else's nick")
    ]


def test_on_a_server_with_a_password_the_connection_comes_first() -> None:
    with ServerUnderTest('password = "sesame"\n') as server:
        client = server.connect()
        assert f"{CAPABILITY}=custom-account-name " in " ".join(client.ask("CAP LS 302"))
        client.ask(f"CAP REQ {CAPABILITY}", "NICK wren", "USER w 0 * :W")
        assert client.ask("REGISTER * * secret", "VERIFY * x") == [
            FAIL.format("COMPLETE_CONNECTION_REQUIRED :Finish connecting first"),
            ":parley.test FAIL VERIFY COMPLETE_CONNECTION_REQUIRED :Finish connecting first",
        ]
        assert client.ask("PASS sesame", "CAP END")[0].startswith(":parley.test 001 wren ")
        assert client.ask("REGISTER * * secret")[0] == MADE.format("wren")


# --- accounts for everybody ----------------------------------------------------------------------------------------


@pytest.fixture
def strict() -> Iterator[ServerUnderTest]:
    """A server that asks for an account."""
    with ServerUnderTest("[accounts]\nrequired = true\n") as server:
        server.add_account("wren")
        yield server


def test_who_logs_in_or_registers_is_welcome(strict: ServerUnderTest) -> None:
    wren = strict.member("wren")
    assert "draft/ACCOUNTREQUIRED" in " ".join(wren.welcome)
    client = strict.connect()
    client.ask(f"CAP REQ {CAPABILITY}", "NICK rook", "REGISTER * * secret", "USER r 0 * :R")
    client.send("CAP END")
    assert client.line().startswith(":parley.test 001 rook ")
    client = strict.connect()
    client.send("PASS wren:secret", "NICK wren2", "USER w 0 * :W")
    assert client.lines_until(lambda line: " 001 " in line)
    assert strict.user("wren").name == "wren"


@pytest.mark.parametrize(
    "lines", [("NICK robin", "USER r 0 * :R"), ("CAP LS 302", "USER r 0 * :R", "NICK robin", "CAP END")]
)
def test_who_does_not_is_turned_away(strict: ServerUnderTest, lines: tuple[str, ...]) -> None:
    client = strict.connect()
    client.send(*lines)
    assert client.lines_until_closed()[-2:] == [
        REQUIRED,
        CLOSED.format("Log in to an account first"),
    ]


def test_who_logs_out_has_to_go(strict: ServerUnderTest) -> None:
    wren = strict.member("wren")
    wren.send("NS LOGOUT")
    assert wren.lines_until_closed()[-1] == CLOSED.format("Logged out")


def test_an_account_is_no_way_around_the_servers_password() -> None:
    with ServerUnderTest('password = "sesame"\n[accounts]\nrequired = true\n') as server:
        server.add_account("wren")
        client = server.connect()
        client.ask("CAP REQ sasl", "AUTHENTICATE PLAIN", "AUTHENTICATE AHdyZW4Ac2VjcmV0", "NICK wren", "USER w 0 * :W")
        client.send("CAP END")
        assert client.lines_until_closed() == [
            ":parley.test 464 wren :Password incorrect",
            CLOSED.format("Password incorrect"),
        ]


# --- too many ------------------------------------------------------------------------------------------------------


def test_from_one_address_only_so_many_accounts_a_minute_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "NEW_ACCOUNTS_PER_MINUTE", 2)
    with ServerUnderTest("[limits]\nconnections_per_minute = 100\n") as server:
        wren, json_client = server.irc("wren", "standard-replies"), server.json()
        assert wren.ask("REGISTER * * secret")[0] == MADE.format("wren")
        assert json_client.ask("NWUA", username="rook", password="secret")["response_code"] == "110"
        (line,) = server.irc("finch", "standard-replies").ask("REGISTER * * secret")
        assert line.startswith(FAIL.format("TRY_AGAIN :At most "))
        assert server.json().ask("NWUA", username="crow", password="secret")["response_code"] == "340"
        assert server.json().ask("AUTH", username="rook", password="secret")["response_code"] == "110"


def test_without_a_limit_on_connections_there_is_none_on_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "NEW_ACCOUNTS_PER_MINUTE", 1)
    with ServerUnderTest() as server:
        for name in ("wren", "rook"):
            assert server.json().ask("NWUA", username=name, password="secret")["response_code"] == "110"


def test_while_many_passwords_wait_who_comes_is_asked_to_try_again(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.add_account("alice")
    rook, client = server.irc("rook", "standard-replies"), server.connect()
    client.ask("CAP REQ sasl")
    monkeypatch.setattr(passwords, "HASHES_WAITING", 0)
    (line,) = rook.ask("REGISTER * * secret")
    assert line.startswith(FAIL.format("TRY_AGAIN :"))
    assert server.json().ask("AUTH", username="alice", password="secret")["response_code"] == "340"
    assert server.json().ask("NWUA", username="bob", password="secret")["response_code"] == "340"
    answers = client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")
    assert answers[-1] == ":parley.test 904 * :SASL authentication failed"
    monkeypatch.undo()
    assert " 903 " in client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('alice')}")[-1]
