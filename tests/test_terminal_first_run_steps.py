"""The first questions without a screen: what is asked when, and what becomes of the answers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terminal.events import Fatal
from terminal.network.failure import Failure
from terminal.network.tls import Tls
from terminal.screen.first_run import FirstRun, ask_again
from terminal.screen.menu import Menu, Option
from terminal.screen.questions import BACK
from terminal.settings import file
from tests.terminal_core import Core, FakeConnection, FakeNetwork, a_client, welcome

Answer = str | None
Act = Callable[[FakeConnection], None]
TLS = Tls("TLSv1.3", "AES", "AB:CD", "", "", "2030-12-31", True)
FINGERPRINT = ":".join(["AB"] * 32)


class Scripted:
    """Gives these answers, "" for the default; `asked` are the questions, `helped` what stood above each."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.helped: list[str] = []

    def _next(self, text: str, default: str, help: str) -> Answer:
        assert self.answers, f"nobody answers {text!r}"
        self.asked.append(f"{text} [{default}]" if default else text)
        self.helped.append(help)
        answer = self.answers.pop(0)
        return default if answer == "" else answer

    async def ask(self, text: str, default: str = "", masked: bool = False, help: str = "", **_: Any) -> Answer:
        return self._next(text, "" if masked else default, help)

    async def choose_key(
        self, text: str, keys: Mapping[str, str], default: str = "", help: str = "", **_: Any
    ) -> Answer:
        return self._next(text, default, help)

    async def choose(
        self, text: str, options: list[Option], default: str = "", free: bool = False, help: str = "", **_: Any
    ) -> Answer:
        return self._next(text, default, help)


class Acting(FakeNetwork):
    """Each connection that is dialled does what comes next."""

    def __init__(self, *acts: Act) -> None:
        super().__init__()
        self._acts = list(acts)

    def __call__(self, *arguments: Any) -> FakeConnection:
        connection = super().__call__(*arguments)
        act = self._acts.pop(0)
        asyncio.get_running_loop().call_soon(lambda: act(connection))
        return connection


def welcomes(nick: str) -> Act:
    def act(peer: FakeConnection) -> None:
        peer.accept()
        if peer.endpoint.is_secure:
            peer.secure(TLS)
        welcome(peer, nick)

    return act


def refuses(text: str, kind: Any = "refused", fingerprint: str = "") -> Act:
    return lambda peer: peer.listener.ended(Failure(text, kind, False, fingerprint))


def run(asker: Scripted, *acts: Act, settings_path: Path | None = None) -> tuple[Core, FirstRun]:
    """The whole of it."""
    core = a_client()
    core.client.dialler = Acting(*acts)
    core.client.settings_path = settings_path

    async def go() -> FirstRun:
        first = FirstRun(core.client, asker)
        first.answers.nick = "ada"
        async with asyncio.timeout(10):
            await first.run()
        return first

    return core, asyncio.run(go())


QUESTIONS = [
    "Server [127.0.0.1]",
    "Name [ada]",
    "What to speak? An arrow or a letter [irc]",
    "Account password of ada, if any",
]


def test_enter_alone_is_an_answer_to_everything() -> None:
    asker = Scripted("", "", "", "")
    _, first = run(asker, welcomes("ada"))
    assert asker.asked == QUESTIONS
    assert first.session is not None and first.session.dialect.ready
    assert (first.session.server.address, first.session.server.dialect) == ("127.0.0.1", "irc")
    assert first.session.server.login == "off" and first.session.identity.another_nick


def test_a_password_logs_in_and_stays_out_of_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "client.toml"
    _, first = run(Scripted("irc.test", "", "", "hunter2", "y"), welcomes("ada"), settings_path=path)
    assert first.session is not None and first.session.identity.password == "hunter2"
    kept = file.load(path).servers["irc.test"]
    assert (kept.login, kept.autoconnect, kept.nick) == ("auto", True, "ada")
    assert "hunter2" not in path.read_text() and "hunter2" not in repr(first.answers)


def test_a_failure_is_said_above_the_first_question_and_old_answers_are_the_defaults() -> None:
    asker = Scripted("irc.test:1", "wren", "", "", "", "", "", "")
    core, _ = run(asker, refuses("Nobody answers."), welcomes("wren"))
    assert asker.asked[4:6] == ["Server [irc.test:1]", "Name [wren]"]
    assert asker.helped[4] == "Nobody answers."
    assert list(core.client.sessions) == ["irc.test"]
    assert [window.name for window in core.client.windows] == ["irc.test"]


def test_a_name_that_is_refused_is_asked_for_again_but_not_the_server() -> None:
    def taken(peer: FakeConnection) -> None:
        peer.accept()
        peer.feed(":irc.test 421 * CAP :Unknown command", ":irc.test 433 * ada :Nickname is already in use")
        peer.lose()

    asker = Scripted("", "", "", "", "wren", "", "")
    _, first = run(asker, taken, welcomes("wren"))
    assert asker.asked[4] == "Name [ada]" and asker.helped[4]
    assert first.session is not None and first.session.dialect.nick == "wren"


def test_tls_is_asked_for_at_its_port_and_not_where_the_address_says_so() -> None:
    asker = Scripted("irc.test:6697", "", "", "", "")
    _, first = run(asker, welcomes("ada"))
    assert asker.asked[1] == "Encrypt the connection (TLS)? [y]"
    assert first.session is not None and first.session.endpoint.is_secure
    asker = Scripted("irc.test:+6697", "", "", "")
    _, first = run(asker, welcomes("ada"))
    assert asker.asked[1] == "Name [ada]"
    assert first.session is not None and first.session.endpoint.is_secure


def test_a_certificate_that_cannot_be_checked_can_be_taken_by_its_fingerprint() -> None:
    asker = Scripted("irc.test:+6697", "", "", "", "y")
    _, first = run(asker, refuses("It is self-signed.", "certificate", FINGERPRINT), welcomes("ada"))
    assert asker.asked[4] == "Take this certificate all the same, and no other? [n]"
    assert first.session is not None and first.session.server.fingerprint == FINGERPRINT


def test_a_certificate_that_could_not_be_checked_can_be_taken_later_too() -> None:
    core = a_client()
    session = core.session(tls=True)
    session.connect()
    failure = Fatal("It is self-signed.", fingerprint=FINGERPRINT)
    core.network.connection.lose("certificate", failure.text, retry=False)
    asker = Scripted("n", "y")
    asyncio.run(ask_again(asker, session, failure))
    assert len(core.network.connections) == 1
    asyncio.run(ask_again(asker, session, failure))
    assert core.network.connection.endpoint.fingerprint == FINGERPRINT and len(core.network.connections) == 2
    assert asker.helped == [f"It is self-signed. Its fingerprint (SHA-256): {FINGERPRINT}"] * 2


def test_a_fingerprint_in_the_words_of_a_server_is_not_taken_for_that_of_its_certificate() -> None:
    asker = Scripted("irc.test:+6697", "", "", "", None)
    run(asker, refuses(f"The server closed the connection: trust {FINGERPRINT}."))
    assert not any("certificate" in text for text in asker.asked)


def test_going_back_leads_to_the_question_before_and_passes_over_those_that_are_not_asked() -> None:
    asker = Scripted("", BACK, "irc.test", "", BACK, "", "", "")
    run(asker, welcomes("ada"))
    assert [text.split(" ")[0] for text in asker.asked] == [
        "Server", "Name", "Server", "Name", "What", "Name", "What", "Account",
    ]  # fmt: skip


@pytest.mark.parametrize("count", range(4))
def test_one_can_leave_at_every_question(count: int) -> None:
    core, first = run(Scripted(*[""] * count, None))
    assert first.session is None and not core.client.sessions


def test_before_a_password_goes_out_in_the_clear_one_is_asked_and_may_go_back() -> None:
    def welcomes_json(peer: FakeConnection) -> None:
        peer.accept()
        peer.feed('{"version": 1.1, "id": 1, "response_code": "110", "parameters": {}, "payload": ""}', end="\n")

    asker = Scripted("irc.test", "", "json", "l", "hunter2", "n", "l", "hunter2", "y")
    _, first = run(asker, welcomes_json)
    assert asker.asked[5] == asker.asked[8] == "Send it all the same? [n]"
    assert asker.helped[5] == "Without TLS everybody on the way to irc.test can read the password."
    assert first.session is not None and first.session.server.plain_over_clear
    assert first.session.identity.password == "hunter2"


def test_lab_asks_for_no_password_and_json_asks_whether_there_is_an_account() -> None:
    asker = Scripted("", "", "json", "r", "one", "two", "one", "one", None)
    run(asker, refuses("no"))
    assert asker.asked[3:8] == [
        "ada: log in or register? [l]", "New password of ada", "The same again", "New password of ada",
        "The same again",
    ]  # fmt: skip
    assert asker.helped[6] == "The two are different."
    asker = Scripted("", "", "lab", None)
    run(asker, refuses("no"))
    assert len(asker.asked) == 4 and asker.asked[3].startswith("Server")


def test_somebody_whom_a_server_refuses_later_gets_another_try() -> None:
    core = a_client()
    session = core.session()
    session.identity = replace(session.identity, another_nick=False)
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed(":irc.test 421 * CAP :Unknown command", ":irc.test 433 * alice :Nickname is already in use")
    peer.lose()
    assert session.failure is not None
    asyncio.run(ask_again(Scripted("wren"), session, session.failure))
    assert session.identity.nick == "wren" and len(core.network.connections) == 2


# The options


def menu(*values: str, free: bool = False) -> Menu:
    return Menu([Option(value, f"about {value}") for value in values], free)


def test_the_marked_option_is_the_answer_and_arrows_move_in_a_circle() -> None:
    choices = menu("irc", "json", "lab")
    assert choices.answer() == "irc"
    choices.move(-1)
    assert choices.answer() == "lab"
    choices.move(1)
    assert choices.answer() == "irc"


def test_a_letter_or_a_number_chooses() -> None:
    choices = menu("irc", "json", "lab")
    choices.type("j")
    assert choices.answer() == "json"
    choices.type("3")
    assert choices.answer() == "lab"
    choices.type("x")
    assert choices.answer() is None and choices.rows(30) == []


def test_a_channel_may_be_written_without_its_sign_and_a_new_one_with_it() -> None:
    choices = menu("#study", "#studio", free=True)
    for typed, answer in (("st", "#study"), ("studi", "#studio"), ("#st", "#st"), ("#study", "#study"), ("new", "new")):
        choices.type(typed)
        assert choices.answer() == answer


def test_the_rows_of_a_menu_are_as_wide_as_told_and_hold_the_marked_one() -> None:
    choices = menu(*(f"#room{number}" for number in range(30)))
    choices.index = 20
    rows = ["".join(text for _, text in row) for row in choices.rows(24, 5)]
    assert len(rows) == 5 and all(len(row) == 24 for row in rows)
    assert [row for row in rows if row.startswith(">")] == [">21 #room20  about #roo…"]
