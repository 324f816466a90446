"""A mistake of the client itself on the screen: it stays, it tells, and it can be left as ever."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from terminal import run
from terminal.screen.application import Screen
from terminal.settings.table import Settings
from tests.harness import TIMEOUT, ServerUnderTest
from tests.terminal_core import texts
from tests.terminal_screen import Terminal, on_channel

Break = Callable[[Screen, pytest.MonkeyPatch], None]


def fail(*arguments: object) -> None:
    raise ZeroDivisionError("hunter2")


async def fail_later() -> None:
    fail()


def drawing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(screen.canvas), "rows", fail)


def drawing_the_input(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.screen.input.tooltip", fail)
    screen.input.buffer.text = "/x"


def a_key(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "toggle_members", fail)


def what_was_due(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    screen.client.loop.call_soon_threadsafe(fail)


def a_background_task(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    screen.start(fail_later())


def starting(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    fail()


@pytest.mark.parametrize(
    ("broken", "doing"),
    [
        (drawing, "drawing"),
        (drawing_the_input, "drawing the input"),
        (a_key, "doing what a key asks for"),
        (what_was_due, "doing what was due"),
        (a_background_task, "doing what was due"),
        (starting, "starting"),
    ],
)
def test_whatever_fails_is_told_once_and_one_can_still_type(
    broken: Break, doing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    async def converse() -> list[str]:
        client = run._client(Settings())
        with create_pipe_input() as keys:
            screen = Screen(client, terminal_input=keys, terminal_output=DummyOutput())

            def begin() -> None:
                keys.send_text("\x1bOS\x1bOS\x15/nosuch\r/quit\r")  # F4 twice, and Ctrl-U
                broken(screen, monkeypatch)

            async with asyncio.timeout(TIMEOUT):
                await screen.run(begin)
        return texts(next(iter(client.windows)))

    lines = asyncio.run(converse())
    path = tmp_path / "parley" / "mistakes.log"
    assert f"A mistake in this client while {doing}: ZeroDivisionError. It goes on. Details are in {path}." in lines
    assert sum("mistake" in line for line in lines) == 1
    assert any(line.startswith("There is no command /nosuch.") for line in lines)
    assert "hunter2" not in path.read_text()


def test_what_cannot_be_drawn_says_so_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def converse() -> list[str]:
        client = run._client(Settings())
        client.mishaps.path = None
        with create_pipe_input() as keys:
            screen = Screen(client, terminal_input=keys, terminal_output=DummyOutput())
            drawing(screen, monkeypatch)
            content = screen._picture.create_content(80, 3)
            screen._picture.mouse_handler(None)  # type: ignore[arg-type]
        assert screen._picture.is_outdated() is False
        return ["".join(text for _, text, *_ in content.get_line(row)) for row in range(3)]

    assert asyncio.run(converse()) == [
        " This cannot be drawn (ZeroDivisionError): a mistake in this client.".ljust(80),
        " Ctrl-N shows another window, /clear empties this one, /quit leaves.".ljust(80),
        " " * 80,
    ]


@pytest.mark.parametrize("paste", [False, True], ids=["typed", "pasted"])
def test_a_byte_that_is_no_character_is_shown_and_sent_as_the_sign_for_that(
    paste: bool, server: ServerUnderTest, terminal: Callable[..., Terminal]
) -> None:
    screen = on_channel(terminal, server.port)
    (screen.paste if paste else screen.send)("caf\udce9 x")
    screen.wait_for("[#study] caf\ufffd x")
    screen.key("Enter")
    screen.wait_for("alice │ caf\ufffd x").wait_gone("[#study] caf")


def test_such_a_byte_in_a_password_is_no_end_of_the_screen(
    server: ServerUnderTest, terminal: Callable[..., Terminal]
) -> None:
    screen = on_channel(terminal, server.port)
    screen.enter("/oper root")
    screen.wait_for("Password of")
    screen.enter("caf\udce9")
    screen.wait_gone("Password of").enter("still here")
    screen.wait_for("alice │ still here")
