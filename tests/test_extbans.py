"""Masks of channel lists and the pace of slow mode: what must hold for every input."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.state.extbans import full_mask, is_mute, mask_covers
from chat.state.pace import Pace, parse_pace
from chat.state.user import User

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"]), min_size=1, max_size=30)
PREFIXES = st.sampled_from(["", "~", "$", "~a:", "$a:", "~m:", "~mute:", "$m:~a:", "~r:", "~m:~r:", "~m:~m:", "~x:"])


@given(PREFIXES, TEXTS)
def test_the_stored_form_is_its_own_stored_form(prefix: str, text: str) -> None:
    once = full_mask(prefix + text)
    assert full_mask(once) == once


@given(PREFIXES, TEXTS)
def test_a_mute_means_whom_its_mask_means(prefix: str, text: str) -> None:
    user = User("wren", "~w", "host.example", "Wren W", "192.0.2.1", "jenny")
    mask = full_mask(prefix + text)
    mute = full_mask("~m:" + prefix + text)
    assert is_mute(mute)
    assert mask_covers(mute, user) == mask_covers(mask, user)


@pytest.mark.parametrize(
    ("mask", "means"),
    [
        ("~a:JENNY", True),
        ("~a:*", True),
        ("~a:jen*", False),
        ("~r:wren_w", True),
        ("~r:*W", True),
        ("~r:rook", False),
        ("wren!*@*", True),
        ("*!*@192.0.2.?", True),
        ("*!*@elsewhere", False),
    ],
)
def test_whom_a_mask_means(mask: str, means: bool) -> None:
    user = User("wren", "~w", "host.example", "Wren W", "192.0.2.1", "jenny")
    guest = User("rook", "~r", "other.example", "Rook", "192.0.3.1")
    assert mask_covers(mask, user) is means
    assert mask_covers(mask, guest) is False or mask == "~r:rook"


@given(st.integers(1, 999), st.integers(1, 99999))
def test_a_pace_is_read_as_it_is_written(count: int, seconds: int) -> None:
    pace = parse_pace(f"{count}:{seconds}")
    assert pace is not None
    assert (pace.count, pace.seconds, pace.text) == (count, seconds, f"{count}:{seconds}")


@given(st.text(max_size=12))
def test_any_text_is_a_pace_or_none(text: str) -> None:
    pace = parse_pace(text)
    assert pace is None or pace.text == text


def test_each_has_its_own_count_and_what_was_refused_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("chat.state.pace.time", SimpleNamespace(monotonic=lambda: now[0]))
    pace = Pace(2, 10)
    assert [pace.wait("a"), pace.wait("a"), pace.wait("b")] == [0, 0, 0]
    now[0] = 104.0
    assert pace.wait("a") == 6
    now[0] = 110.0
    assert [pace.wait("a"), pace.wait("a"), pace.wait("a")] == [0, 0, 10]


def test_who_is_long_gone_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("chat.state.pace.time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr("chat.state.pace._MOST_KEPT", 3)
    pace = Pace(1, 10)
    for key in "zabc":
        pace.wait(key)
    assert set(pace._times) == {"a", "b", "c"}
    now[0] = 111.0
    assert pace.wait("d") == 0
    assert set(pace._times) == {"d"}
