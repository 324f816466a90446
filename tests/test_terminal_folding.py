"""Who comes and goes, by the thousand: what is remembered of groups is what one would find anew, and saves the way."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.model.folding import Groups
from terminal.model.line import Line
from terminal.model.window import Window
from terminal.screen.look import look_of
from terminal.screen.talk import Talk
from terminal.settings.table import Settings

START = datetime(2026, 3, 4, tzinfo=UTC)
KINDS = st.sampled_from(["join", "quit", "join", "message"])
STEPS = st.lists(st.tuples(st.sampled_from(["add", "past", "replace", "clear", "trim", "look"]), KINDS), max_size=40)


def line(number: int, kind: str = "join", hours: float | None = None, **more: bool) -> Line:
    time = START + timedelta(hours=number if hours is None else hours)
    return Line(number, time, kind, "joined", f"nick{number}", msgid=f"id{number}", **more)  # type: ignore[arg-type]


def _another(old: Line, kind: str) -> Line:
    return line(old.number, kind)


def all_groups(groups: Groups, count: int) -> tuple[list[object], list[object]]:
    upwards, downwards = [], []
    group = groups.before(count)
    while group is not None:
        upwards.append(group)
        group = groups.before(group.start)
    group = groups.after(0)
    while group is not None:
        downwards.append(group)
        group = groups.after(group.end)
    return upwards, downwards


@given(STEPS, st.sampled_from(["show", "fold", "hide"]))
def test_what_is_remembered_is_what_one_would_find_anew(steps: list[tuple[str, str]], noise: str) -> None:
    window, talk = Window("channel", "net", "#study", most=15), Talk()
    for number, (step, kind) in enumerate(steps, 1):
        if step == "add":
            window.add(line(number, kind))
        elif step == "past":
            window.add(line(number, kind, hours=number / 2, history=True))
        elif step == "replace" and window.lines:
            window.replace_line(window.lines[0].msgid, partial(_another, kind=kind))
        elif step == "clear":
            window.clear()
        elif step == "trim":
            window.bound(12 + number % 4)
        marker = number % 5 - 1
        for at in (marker, -1):
            known = all_groups(talk.groups(window, noise, at), len(window.lines))
            assert known == all_groups(Groups(window.lines, noise, at), len(window.lines))


@pytest.mark.parametrize("noise", ["fold", "hide"])
def test_a_picture_of_thousands_who_came_looks_at_few_of_them(noise: str, monkeypatch: pytest.MonkeyPatch) -> None:
    window, talk, look = Window("channel", "net", "#study"), Talk(), look_of(Settings(noise=noise))
    for number in range(1, 9001):
        window.add(line(number, hours=number / 9000))
    talk.view(window, 80, 20, look)
    looked: list[int] = []
    is_noise = Groups._is_noise

    def counted(groups: Groups, index: int) -> bool:
        looked.append(index)
        return is_noise(groups, index)

    monkeypatch.setattr(Groups, "_is_noise", counted)
    for number in range(9001, 9011):
        window.add(line(number, hours=1))
        talk.view(window, 80, 20, look)
    assert len(looked) < 200
