"""A mistake of the client itself: it goes no further than its line, key or picture, and is told once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from terminal.commands.registry import COMMANDS
from terminal.dialects.numerics import answer
from terminal.dialects.stamps import moment
from terminal.events import Said, Step
from terminal.mishaps import Mishaps, guarded
from terminal.screen.choosing import options_of
from terminal.screen.menu import Menu, Option
from terminal.text.clean import without_surrogates
from terminal.writing import preview
from tests.terminal_core import Core, a_client, texts

HANDLING = "A mistake in this client while handling a line of the server: ZeroDivisionError. It goes on."


def fail(*arguments: object) -> None:
    raise ZeroDivisionError("hunter2")


def told(core: Core) -> list[str]:
    """What stands in the window that one looks at."""
    window = core.client.windows.current
    assert window is not None
    return texts(window)


def on_study() -> tuple[Core, Callable[..., None]]:
    """A client on #study that is shown, and how its server says lines."""
    core = a_client()
    _, peer = core.online(joins=["#study"])
    peer.feed(":alice!a@h JOIN #study")
    return core, peer.feed


# Told once, and written down without a secret


def test_the_same_mistake_is_told_once_and_another_one_as_well() -> None:
    said: list[str] = []
    mishaps = Mishaps(said.append)
    for _ in range(3):
        guarded(fail, None, lambda error: mishaps.report("testing", error))()
    guarded(lambda: {}["x"], None, lambda error: mishaps.report("testing", error))()
    assert said == [
        f"A mistake in this client while testing: {kind}. It goes on." for kind in ("ZeroDivisionError", "KeyError")
    ]


def test_the_file_has_places_and_kinds_and_nothing_that_was_typed(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "state" / "mistakes.log"
    guarded(fail, None, lambda error: Mishaps(said.append, path).report("testing", error))()
    assert said == [f"A mistake in this client while testing: ZeroDivisionError. It goes on. Details are in {path}."]
    written = path.read_text()
    assert "while testing\nZeroDivisionError\n" in written and f"{Path(__file__)}:" in written
    assert "hunter2" not in written and path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_keeps_nobody_from_being_told(tmp_path: Path) -> None:
    said: list[str] = []
    guarded(fail, None, lambda error: Mishaps(said.append, tmp_path).report("testing", error))()
    assert said == ["A mistake in this client while testing: ZeroDivisionError. It goes on."]


def test_telling_may_fail_as_well(tmp_path: Path) -> None:
    path = tmp_path / "mistakes.log"
    assert guarded(fail, 7, lambda error: Mishaps(fail, path).report("testing", error))() == 7
    assert path.read_text().count("ZeroDivisionError\n") == 3  # the second one came while the first was being told


# Lines of a server


def test_a_line_that_cannot_be_handled_loses_none_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    core, feed = on_study()
    dialect = core.client.sessions["net"].dialect
    receive = dialect.receive
    monkeypatch.setattr(dialect, "receive", lambda line: fail() if "bad" in line else receive(line))
    feed(":bob!b@h PRIVMSG #study :bad", ":bob!b@h PRIVMSG #study :good", ":bob!b@h PRIVMSG #study :bad")
    assert told(core)[-2:] == [HANDLING, "bob good"]


def test_an_event_that_cannot_be_shown_loses_none_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    core, feed = on_study()
    dialect = core.client.sessions["net"].dialect
    said = [Said("bob", "#study", text, "message", False, False) for text in ("bad", "good")]
    monkeypatch.setattr(dialect, "receive", lambda line: Step([], said))
    core.client.on_line.append(lambda window, line: fail() if line.text == "bad" else None)
    feed("anything")
    assert told(core)[-2:] == [HANDLING.replace("handling a line of the server", "showing what the server said"),
                               "bob good"]  # fmt: skip


def test_a_number_of_thousands_of_digits_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "9" * 5000
    assert answer("317", ["bob", long, "1", "idle"]) == ("bob", "idle, here since 1970-01-01 00:00")
    core, feed = on_study()
    feed(f":irc.test 317 alice bob {long} {long} :idle", ":bob!b@h PRIVMSG #study :line right behind")
    assert told(core)[-1] == "bob line right behind"
    session = core.client.sessions["net"]
    session.channel_rows = (("#few", "3", ""), ("#odd", long, ""), ("#many", "12", ""))
    assert [option.value for option in options_of(session)] == ["#many", "#few", "#odd"]
    menu = Menu([Option("one")])
    menu.type(long)
    assert menu.fitting == []
    core.type(f"/window {long}")
    assert told(core)[-1].startswith(f"There is no window {long}: ")


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59.999Z", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_a_moment_without_a_local_time_everywhere_is_none(text: str) -> None:
    assert moment(text) is None


def test_a_line_of_the_last_year_is_shown_with_the_time_at_which_it_came() -> None:
    core, feed = on_study()
    feed("@time=9999-12-31T23:59:59.999Z :bob!b@h PRIVMSG #study :boom")
    window = core.client.windows.current
    assert window is not None and window.lines[-1].time == core.clock


# What is typed


def test_a_command_that_fails_is_told_and_the_next_one_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    core, _ = on_study()
    monkeypatch.setitem(COMMANDS, "/topic", replace(COMMANDS["/topic"], handler=fail))
    core.type("/topic hunter2", "/nosuch")
    assert told(core)[-2] == "A mistake in this client while doing what you typed: ZeroDivisionError. It goes on."
    assert told(core)[-1].startswith("There is no command /nosuch.")
    assert core.client.refused


@pytest.mark.parametrize("command", ["/export ~nosuch/x.md", "/record ~nosuch/x"])
def test_a_path_below_a_home_that_does_not_exist_is_refused_in_words(command: str) -> None:
    core, _ = on_study()
    core.type(command)
    path = command.partition(" ")[2]
    assert told(core)[-1] == f"{path} is no path: there is no such home folder; write the path in full."


BAD = "caf\udce9"
MENDED = "caf\ufffd"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (f"{BAD} x", f"PRIVMSG #study :{MENDED} x"),
        (f"/me {BAD}", f"PRIVMSG #study :\x01ACTION {MENDED}\x01"),
        (f"/msg bob {BAD}", f"PRIVMSG bob :{MENDED}"),
        (f"/notice {BAD} x", f"NOTICE {MENDED} :x"),
        (f"/topic {BAD}", f"TOPIC #study :{MENDED}"),
        (f"/raw PING {BAD}", f"PING {MENDED}"),
    ],
)
def test_a_byte_that_is_no_character_is_sent_as_the_sign_for_that(typed: str, sent: str) -> None:
    core, _ = on_study()
    core.pass_time(20)
    peer = core.network.connection
    peer.take()
    core.type(typed)
    assert peer.take() == [sent]


@pytest.mark.parametrize("dialect", ["irc", "lab", "json"])
def test_a_text_with_such_a_byte_has_a_length_in_every_dialect(dialect: str) -> None:
    session = a_client().session(dialect=dialect)
    pieces = session.dialect.pieces(BAD, f"{BAD} " * 1000)
    assert len("".join(pieces)) == 5000


def test_cuts_are_shown_for_such_a_text() -> None:
    core, _ = on_study()
    assert preview.cuts(core.client, BAD) == [] and preview.messages(core.client, BAD * 200) > 1
    assert without_surrogates(BAD) == MENDED
