"""Proofs that settings are honoured: those of the look and of writing, on a screen that nobody sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

import client as command_line
from terminal import run
from terminal.settings.themes import THEMES
from terminal.writing.completion import completions
from tests.setting_proofs import Stage, proof


@proof
def theme(stage: Stage) -> None:
    for name, theme in THEMES.items():
        stage.set("theme", name)
        assert stage.screen.look.theme == theme
        assert stage.screen.application.style.get_attrs_for_style_str("class:screen").bgcolor == _background(name)  # type: ignore[union-attr]


def _background(theme: str) -> str:
    return THEMES[theme].styles["screen"].partition("bg:#")[2].split()[0]


@proof
def times(stage: Stage) -> None:
    stage.core.say(stage.window, "wren", "hello", time=stage.core.clock + timedelta(seconds=7))
    stage.set("times", "at %S s")
    assert "at 07 s " in stage.picture()


@proof
def window_list(stage: Stage) -> None:
    assert "#study" in stage.picture().splitlines()[2][:20]
    stage.set("window_list", "off")
    assert "#study" not in stage.picture().splitlines()[2][:20]


@proof
def member_list(stage: Stage) -> None:
    stage.peer.feed(":wren!w@h JOIN #study")
    stage.set("noise", "hide")
    assert "wren" in stage.picture()
    stage.set("member_list", "off")
    assert "wren" not in stage.picture()


@proof
def nick_column(stage: Stage) -> None:
    stage.said("hello")
    stage.set("nick_column", 20)
    assert f"{'wren':>20} │ hello" in stage.picture()


@proof
def scrollback(stage: Stage) -> None:
    for number in range(300):
        stage.said(str(number))
    stage.set("scrollback", 100)
    assert len(stage.window.lines) <= 100
    assert stage.window.lines[-1].text == "299"
    assert stage.client.window("channel", "net", "#new").most == 100


@proof
def input_rows(stage: Stage) -> None:
    height = stage.screen.input.window.height
    assert callable(height)
    stage.set("input_rows", 9)
    assert height().max == 9  # type: ignore[union-attr]


@proof
def formatting(stage: Stage) -> None:
    stage.said("\x1funder\x1f")
    assert "underline" in stage.styles()
    stage.set("formatting", False)
    assert "underline" not in stage.styles()


@proof
def keepalive(stage: Stage) -> None:
    stage.peer.feed("PING :token-1")
    stage.screen.toggle_side("wire")
    assert "PING :token-1" not in stage.picture()
    stage.set("keepalive", True)
    assert "PING :token-1" in stage.picture()


@proof
def mouse(stage: Stage) -> None:
    assert stage.screen.application.mouse_support()
    stage.set("mouse", False)
    assert not stage.screen.application.mouse_support()


@proof
def plain(stage: Stage) -> None:
    with _command_line("--plain", "127.0.0.1") as started:
        assert started == ["lines"]
    with _command_line("127.0.0.1") as started:
        assert started == ["full_screen"]


@contextmanager
def _command_line(*words: str) -> Iterator[list[str]]:
    """What the command line starts, at a terminal."""
    started: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["client.py", *words])
        patch.setattr("sys.stdin", _Keyboard())
        patch.setattr("terminal.options.is_interactive", lambda: True)
        for name in ("lines", "full_screen"):
            patch.setattr(run, name, partial(_start, started, name))
        command_line.main()
        yield started


def _start(started: list[str], name: str, *arguments: Any) -> int:
    started.append(name)
    return 0


class _Keyboard:
    def isatty(self) -> bool:
        return True


# Writing


@proof
def paste_guard(stage: Stage) -> None:
    assert _is_asked(stage, "one\ntwo\nthree")
    stage.set("paste_guard", False)
    assert not _is_asked(stage, "one\ntwo\nthree")


@proof
def paste_lines(stage: Stage) -> None:
    assert not _is_asked(stage, "one\ntwo")
    stage.set("paste_lines", 2)
    assert _is_asked(stage, "one\ntwo")


def _is_asked(stage: Stage, pasted: str) -> bool:
    """Whether there is a question before this goes into the line."""
    asked: list[Any] = []
    stage.screen.input.buffer.text = ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.screen.input, "_start", asked.append)
        stage.screen.input.pasted(pasted)
    for coroutine in asked:
        coroutine.close()
    return bool(asked)


@proof
def multiline(stage: Stage) -> None:
    def sent() -> list[str]:
        stage.screen.input.buffer.text = "one\ntwo"
        stage.screen.input.enter()
        return [line.split(" ")[0 if line.startswith("BATCH") else 1] for line in stage.peer.take()]

    assert sent()[0] == "BATCH"
    stage.set("multiline", False)
    assert sent() == ["#study", "#study"]


@proof
def emoji(stage: Stage) -> None:
    assert completions(stage.client, ":smile", 6)
    stage.set("emoji", False)
    assert not completions(stage.client, ":smile", 6)


@proof
def typing(stage: Stage) -> None:
    stage.screen.input.buffer.text = "h"
    stage.peer.feed("@+typing=active :wren!w@h TAGMSG #study")
    assert (stage.peer.take(), "wren is typing" in stage.picture()) == ([], False)
    stage.set("typing", True)
    stage.screen.input.buffer.text = "he"
    stage.peer.feed("@+typing=active :wren!w@h TAGMSG #study")
    assert (stage.peer.take(), "wren is typing" in stage.picture()) == (["@+typing=active TAGMSG #study"], True)
