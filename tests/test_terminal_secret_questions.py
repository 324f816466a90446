"""A password that the screen asks for goes to the server for which it was asked, wherever one has gone meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from terminal.keeping.input_history import InputHistory
from terminal.screen.input import InputLine
from terminal.screen.questions import Questions
from tests.harness import ServerUnderTest
from tests.terminal_core import Core, a_client
from tests.terminal_screen import Terminal, on_channel

Start = Callable[..., Terminal]


@pytest.fixture
def other() -> Iterator[ServerUnderTest]:
    """A second server."""
    with ServerUnderTest() as running:
        yield running


def test_it_goes_to_the_server_of_the_window_where_the_command_was_typed(
    server: ServerUnderTest, other: ServerUnderTest, terminal: Start
) -> None:
    screen = on_channel(terminal, server.port, "--pacing-interval=0", width=100, height=20)
    screen.enter(f"/connect 127.0.0.1:{other.port}")
    screen.wait_for(f"[127.0.0.1:{other.port}]").wait_for("Connected as alice")
    screen.enter("/window #study")
    screen.wait_for("[#study]")
    screen.enter("/oper root")
    screen.wait_for("Password of root")
    screen.key("Ctrl-N")
    screen.wait_gone("alice joined")
    screen.enter("hunter2")
    screen.wait_for("[#study]").wait_for("No O-lines for your host")
    assert "hunter2" not in screen.text


def answered(core: Core, path: Path, meanwhile: Callable[[], object]) -> InputLine:
    """`/oper root` in the current window, and the password after `meanwhile`."""

    async def go() -> InputLine:
        questions = Questions(lambda is_asking: None)
        tasks: list[asyncio.Task[None]] = []
        line = InputLine(
            core.client, questions, InputHistory(path), lambda work: tasks.append(asyncio.create_task(work))
        )
        line.control.buffer = line._buffer_of(core.client.windows.current)
        line.insert("/oper root")
        line.enter()
        await asyncio.sleep(0)
        meanwhile()
        questions.buffer.text = "hunter2"
        questions._enter()
        await asyncio.gather(*tasks)
        return line

    return asyncio.run(go())


def test_after_a_change_of_the_window_it_goes_to_the_first_server_still(tmp_path: Path) -> None:
    core = a_client(pacing_interval=0.0)
    (one, first), (two, second) = core.online("one"), core.online("two")
    core.client.windows.show(one.window)
    answered(core, tmp_path / "history", lambda: core.client.windows.show(two.window))
    assert first.lines[-1] == "OPER root hunter2" and not any("OPER" in line for line in second.lines)
    assert core.client.windows.current is one.window


def test_it_goes_nowhere_when_that_window_is_gone(tmp_path: Path) -> None:
    core = a_client(pacing_interval=0.0)
    (one, first), (two, second) = core.online("one"), core.online("two")
    core.client.windows.show(one.window)
    answered(core, tmp_path / "history", lambda: core.client.remove_session(one))
    assert not any("OPER" in line for line in [*first.lines, *second.lines])
    assert two.window.lines[-1].text == "Not sent: the window one is closed."
