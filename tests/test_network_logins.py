"""A server that leaves its logins to another one: passwords go there over encrypted links only, and into no log."""

import base64
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chat.state import remote_logins
from chat.storage import passwords
from protocol import facts
from protocol.limits import WRONG_LOGINS_PER_ACCOUNT
from tests.harness import ServerUnderTest
from tests.networks import across, settle
from tests.parley_peer import ParleyPeer
from tests.process import until
from tests.secure import TLS, certificate, fingerprint_of, put_certificate

A, B, C = "a.example", "b.example", "c.example"


def texts(lines: list[str]) -> list[str]:
    """What services and servers say in these lines."""
    return [line.rpartition(" :")[2] for line in lines if " NOTICE " in line]


# --- a server that asks another one --------------------------------------------------------------------------------


class Asking:
    """A server with accounts, one in between, and one that asks the first; all linked by TLS unless told otherwise."""

    def __init__(self, folder: Path, stack: ExitStack, plain: tuple[str, ...] = (), config: str = "") -> None:
        self.servers: dict[str, ServerUnderTest] = {}
        dialled = ""
        for name in (A, B, C):
            place = folder / name
            place.mkdir()
            put_certificate(place)
            accounts = f'accounts = "{A}"\n' if name == C else ""
            links = f"[links]\nopen = true\n{accounts}connect = [{self._entry(dialled, name in plain)}]\n"
            server = ServerUnderTest(f"{config if name == C else ''}{TLS}{links}", place, name)
            self.servers[name] = stack.enter_context(server)
            dialled = name
        self.home, self.between, self.asking = (self.servers[name] for name in (A, B, C))
        self.home.add_account("ann")
        self.runners = [server.irc(f"runner-{name[0]}") for name, server in self.servers.items()]
        settle(*self.runners)

    def _entry(self, name: str, is_plain: bool) -> str:
        if not name:
            return ""
        tls = "" if is_plain else f', tls = true, fingerprint = "{fingerprint_of(certificate("parley.test")[0])}"'
        return f'{{name = "{name}", host = "127.0.0.1", port = {self.servers[name].port}{tls}}}'

    def told(self) -> None:
        """What the asking server said has arrived at the home of the accounts."""
        across(self.runners[2], self.runners[0])


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Asking]:
    with ExitStack() as stack:
        yield Asking(tmp_path, stack)


def plain(account: str, password: str) -> str:
    """What AUTHENTICATE sends for PLAIN."""
    return base64.b64encode(f"\0{account}\0{password}".encode()).decode()


def test_a_login_is_checked_where_the_accounts_are_in_every_dialect(network: Asking) -> None:
    network.home.add_account("bob")
    network.home.add_account("cat")
    network.home.add_account("dan")
    by_sasl = network.asking.member("ann")
    by_pass = network.asking.connect()
    by_pass.send("PASS bob:secret")
    by_pass.register("bob")
    by_service = network.asking.irc("guest")
    assert texts(by_service.ask("PRIVMSG NickServ :IDENTIFY cat secret")) == ["You are logged in as cat"]
    by_json = network.asking.json(1.1)
    by_json.name = "dan"
    assert by_json.ask("AUTH", password="secret")["response_code"] == "110"
    assert any(line.startswith(f":{C} 001 ann ") for line in by_sasl.welcome)
    network.told()
    for server, suffix in ((network.asking, ""), (network.home, ""), (network.between, f"@{A}")):
        users = server.network.users
        accounts = [users[nick].account for nick in ("ann", "bob", "guest", "dan")]
        assert accounts == [name + suffix for name in ("ann", "bob", "cat", "dan")]


def test_a_wrong_password_is_wrong_and_counts_on_both_sides(network: Asking) -> None:
    guest = network.asking.irc("guest", "sasl")
    assert texts(guest.ask("PRIVMSG NickServ :IDENTIFY ann wrong")) == ["That is not the password of an account ann"]
    assert any(" 904 guest " in line for line in guest.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('x', 'y')}"))
    json = network.asking.json(1.1)
    json.name = "ann"
    assert json.ask("AUTH", password="wrong")["response_code"] == "200"
    assert json.ask("AUTH", password="with\nline")["response_code"] in ("200", "300")
    by_pass = network.asking.connect()
    by_pass.send("PASS ann:wrong", "NICK ann", "USER ann 0 * :ann")
    assert any(" 464 " in line for line in by_pass.lines_until_closed())
    assert "ann" in network.home.network.wrong_logins._of_account._times
    assert network.home.network.users.get("ann") is None


def test_scram_and_certificates_are_not_offered_by_who_has_no_accounts(network: Asking) -> None:
    client = network.asking.connect()
    client.send("CAP LS 302", "CAP END", "NICK wren", "USER wren 0 * :w")
    listed = " ".join(client.lines_until(lambda line: " 376 " in line or " 422 " in line))
    assert "sasl=PLAIN" in listed.replace(":", " ").split()
    assert "draft/account-registration" not in listed


def test_accounts_are_made_and_changed_at_home_only(network: Asking) -> None:
    where = f"Accounts are made and changed on {A}, where they are kept"
    json = network.asking.json(1.1)
    json.name = "new"
    made = json.ask("NWUA", password="secret")
    assert (made["response_code"], made["payload"]) == ("320", where)
    guest = network.asking.irc("guest")
    assert guest.ask("REGISTER * * secret") == [
        f":{C} FAIL REGISTER TEMPORARILY_UNAVAILABLE guest :New accounts are made on {A}"
    ]
    assert texts(guest.ask("PRIVMSG NickServ :REGISTER secret")) == [where]
    guest.ask("PRIVMSG NickServ :IDENTIFY ann secret")
    asked = ("SET PASSWORD secret other", "SET EMAIL a@b.example", "CERT LIST", "DROP secret")
    assert texts(guest.ask(*(f"PRIVMSG NickServ :{text}" for text in asked))) == [where] * 4
    ann = network.asking.json(1.1)
    ann.name = "ann"
    ann.ask_all("AUTH", password="secret")
    assert ann.ask("PSWD", password="secret", new_password="other")["payload"] == where
    assert network.home.network.find_account("ann") is not None


def test_an_account_that_is_removed_at_home_is_logged_out_elsewhere(network: Asking) -> None:
    there, here = network.asking.member("ann", nick="there"), network.home.member("ann")
    settle(there, here)
    assert "ann was removed" in " ".join(texts(here.ask("PRIVMSG NickServ :DROP secret")))
    lines = across(here, there)
    assert any(" 901 there " in line for line in lines), lines
    assert network.asking.network.users["there"].account == ""


def test_one_account_on_two_servers_is_two_users_with_the_same_rights(network: Asking) -> None:
    here = network.home.user("ann", 1.1)
    here.ask("CHAT", chat_name="ours")
    across(network.runners[0], network.runners[2])
    there = network.asking.json(1.1)
    there.name = "ann"
    there.ask_all("AUTH", password="secret")
    assert there.ask("WHOI")["payload"][0]["username"] == "ann2"
    there.name = "ann2"
    there.ask_all("JOIN", chat_name="ours")
    network.told()
    members = {member["username"]: member["admin"] for member in here.ask_all("WHOS", chat_name="ours")[-1]["payload"]}
    assert members == {"ann": True, "ann2": True}
    metadata = network.home.member("ann", "draft/metadata-2", "batch")
    metadata.ask("METADATA * SET url :http://ann.example")
    across(network.runners[0], network.runners[2])
    seen = network.asking.irc("seen", "draft/metadata-2", "batch").ask("METADATA ann2 LIST")
    assert any(line.endswith(" url * :http://ann.example") for line in seen)


def test_what_an_account_tells_goes_home_with_it(network: Asking) -> None:
    here = network.home.member("ann", "draft/metadata-2", "batch")
    here.ask("METADATA * SET url :http://ann.example")
    here.send("QUIT")
    here.lines_until_closed()
    across(network.runners[0], network.runners[2])
    there = network.asking.member("ann", "draft/metadata-2", "batch")
    assert any(line.endswith(" url * :http://ann.example") for line in there.welcome)
    there.ask("METADATA * SET color :red")
    network.told()
    account = network.home.network.find_account("ann")
    assert account is not None and account.metadata == {"url": "http://ann.example", "color": "red"}


# --- when it cannot be asked ---------------------------------------------------------------------------------------


def refusals(server: ServerUnderTest) -> list[str]:
    """Why a login with the right password was not looked at, in every dialect."""
    client = server.irc("guest", "sasl", "standard-replies")
    found = [
        line.rpartition(" :")[2] for line in client.ask("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('ann', 'secret')}")
    ]
    assert found[-1] == "SASL authentication failed"
    json = server.json(1.1)
    json.name = "ann"
    answer = json.ask("AUTH", password="secret")
    assert answer["response_code"] == "340"
    by_service = texts(client.ask("PRIVMSG NickServ :IDENTIFY ann secret"))
    return [found[-2], answer["payload"], by_service[-1]]


@pytest.mark.parametrize(("without", "one", "other"), [(B, B, A), (C, C, B)])
def test_a_password_goes_over_no_link_that_is_not_encrypted(tmp_path: Path, without: str, one: str, other: str) -> None:
    with ExitStack() as stack:
        network = Asking(tmp_path, stack, plain=(without,))
        why = f"The link between {one} and {other} is not encrypted, and passwords go over encrypted links only"
        assert refusals(network.asking) == [why] * 3


def test_a_server_that_is_not_linked_cannot_check(network: Asking) -> None:
    network.home.stop()
    lost = network.asking.irc("watcher")
    while network.asking.network.servers.find(A) is not None:
        lost.sync()
    assert refusals(network.asking) == [f"{A}, which checks logins, is not linked just now; try again later"] * 3


def test_a_login_by_pass_that_cannot_be_checked_ends_the_connection(tmp_path: Path) -> None:
    with ServerUnderTest(f'[links]\nopen = true\naccounts = "{A}"\n', tmp_path, C) as server:
        client = server.connect()
        client.send("PASS ann:secret", "NICK ann", "USER ann 0 * :ann")
        why = f"{A}, which checks logins, is not linked just now; try again later"
        assert client.lines_until_closed()[-2:] == [
            f":{C} 464 ann :Password incorrect",
            f"ERROR :Closing Link: 127.0.0.1 ({why})",
        ]
        assert server.irc("ann").nick == "ann"
        assert not server.network.wrong_logins._of_account._times


def test_no_password_gets_into_a_log_or_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "parley.wire")
    with ExitStack() as stack:
        network = Asking(tmp_path, stack)
        network.asking.irc("guest").ask("PRIVMSG NickServ :IDENTIFY ann not-to-be-seen")
        json = network.asking.json(1.1)
        json.name = "ann"
        json.ask("AUTH", password="not-to-be-seen")
    assert '"fact": "LoginAsked"' in caplog.text
    assert "not-to-be-seen" not in caplog.text


def test_whoever_waits_is_told_when_no_answer_comes(network: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "verify_later", lambda *_: None)
    monkeypatch.setattr(remote_logins, "LOGIN_ASKED_SECONDS", 0.05)
    assert refusals(network.asking) == [f"{A}, which checks logins, does not answer; try again later"] * 3
    assert not network.asking.controls.tree.desk._open


def test_whoever_waits_is_told_when_the_server_vanishes(network: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> None:
        for peer in list(network.home.controls.tree.peers):
            peer.cut("pulled out")

    monkeypatch.setattr(passwords, "verify_later", cut)
    guest = network.asking.irc("guest")
    (said,) = texts(guest.ask("PRIVMSG NickServ :IDENTIFY ann secret"))
    assert said == f"{A}, which checks logins, is not linked just now; try again later"


def test_guessing_is_stopped_on_both_sides(network: Asking) -> None:
    guest = network.asking.irc("guest")
    guest.ask("PRIVMSG NickServ :IDENTIFY ann wrong")
    for _ in range(WRONG_LOGINS_PER_ACCOUNT):
        network.home.network.wrong_logins.note("ann", "192.0.2.1")
    said = texts(guest.ask("PRIVMSG NickServ :IDENTIFY ann secret"))
    assert said == ["Too many wrong logins lately; wait a minute"]
    for _ in range(WRONG_LOGINS_PER_ACCOUNT):
        network.asking.network.wrong_logins.note("ann", "127.0.0.1")
    said = texts(guest.ask("PRIVMSG NickServ :IDENTIFY ann secret"))
    assert said == ["Too many wrong logins lately; wait a minute", "That is not the password of an account ann"]


def test_an_account_that_somebody_guesses_at_is_open_to_its_owner(tmp_path: Path) -> None:
    webirc = '[[webirc]]\npassword = "gate"\nfrom = ["127.0.0.1"]\n'
    with ExitStack() as stack:
        network = Asking(tmp_path, stack, config=webirc)
        guest, owner = network.asking.irc("guest"), network.asking.connect()
        guest.ask("PRIVMSG NickServ :IDENTIFY ann wrong")
        for _ in range(WRONG_LOGINS_PER_ACCOUNT):
            network.home.network.wrong_logins.note("ann", "192.0.2.1")
        said = texts(guest.ask("PRIVMSG NickServ :IDENTIFY ann secret"))
        assert said == ["Too many wrong logins lately; wait a minute"]
        owner.send("WEBIRC gate web 192.0.2.9 192.0.2.9")
        owner.register("owner")
        assert texts(owner.ask("PRIVMSG NickServ :IDENTIFY ann secret")) == ["You are logged in as ann"]
        assert network.home.member("ann").nick == "ann"  # at the guest's address, as seen from another server


def test_a_server_that_came_back_as_another_kind_of_link_is_sent_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    checks: list[Callable[[bool], None]] = []
    monkeypatch.setattr(passwords, "verify_later", lambda stored, given, then: checks.append(then))
    with ServerUnderTest("[links]\nopen = true\n", name=A) as home:
        peer = ParleyPeer(home, C)
        home.controls.tree.peers[0].session.is_secure = True
        peer.tell(facts.LoginAsked(1, C, A, f"ann@{A}", "secret"))
        peer.sync()
        peer.close()
        until(lambda: not home.controls.tree.peers)
        again = home.connect()
        again.send(f"SERVER {C} 1 :a lab server", f":{C} USER wren pc1 {C} :wren")
        until(lambda: "wren" in home.network.users)
        checks[0](False)
        home.irc("rook")
        lines = again.lines_until(lambda line: line.startswith(f":{A} USER rook "))
        assert lines[0].startswith(f":{A} SERVER {A} ") and len(lines) == 2


def test_an_answer_about_another_account_or_to_another_kind_of_question_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote_logins, "LOGIN_ASKED_SECONDS", 0.05)
    with ServerUnderTest(f'[links]\nopen = true\naccounts = "{A}"\n', name=C) as asking:
        peer = ParleyPeer(asking, A)
        asking.controls.tree.peers[0].session.is_secure = True
        guest = asking.irc("guest")
        guest.send("PRIVMSG NickServ :IDENTIFY ann secret")
        told = peer.fact(facts.LoginAsked)
        assert (told.account, told.password, told.address) == (f"ann@{A}", "secret", "127.0.0.1")
        peer.tell(facts.LoginAnswered(told.number, A, C, f"root@{A}", "", {}))
        peer.tell(facts.Answered(told.number, A, C, (("RPL_INFO", "x"),), True))
        (said,) = texts(guest.sync())
        assert said == f"{A}, which checks logins, does not answer; try again later"


def test_whose_accounts_are_kept_elsewhere_changes_with_a_restart_only(network: Asking) -> None:
    file = network.asking.data / "server.toml"
    file.write_text(file.read_text("utf-8").replace(f'accounts = "{A}"\n', ""), "utf-8")
    (problem,) = network.asking.reload()
    assert problem == "[links] accounts changes with a restart only; what was configured before holds"
    assert network.asking.member("ann").nick == "ann"
