"""/search and /lastlog: what is found, where one is taken, what is marked."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.commands.finding import MOST_SHOWN, go_on
from terminal.model.searching import BadPattern, Search, pattern_of
from terminal.model.window import Window
from terminal.screen.look import look_of
from terminal.screen.marking import marked
from terminal.screen.talk import Talk
from tests.terminal_core import NOW, Core, a_client, texts


def with_lines(*said: str) -> tuple[Core, Window]:
    """A full screen that shows #study, where wren has said these lines."""
    core = a_client()
    core.client.full_screen = True
    core.online()
    window = core.client.window("channel", "net", "#study", show=True)
    for text in said:
        core.say(window, "wren", text)
    return core, window


def place(core: Core) -> tuple[str, tuple[int, int]]:
    """The text of the match that one looks at, and its place."""
    search = core.client.search
    assert search is not None
    return search.window.lines[search.window.index_of(search.number)].text, search.place()


class Counting:
    """A pattern that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def search(self, text: str, /) -> "re.Match[str] | None":
        self.asked.append(text)
        return re.search("tea", text)

    def finditer(self, text: str, /) -> "Iterator[re.Match[str]]":
        return re.finditer("tea", text)


def test_an_expression_that_others_need_minutes_for_is_matched_at_once() -> None:
    core, window = with_lines("a" * 400 + "b", "aaa")
    core.type("/search /(a+)+$/")
    assert place(core) == ("aaa", (1, 1))
    core.say(window, "wren", "a" * 60_000 + "b")
    core.type("/lastlog /(a|aa|a*)+$/")
    assert texts(window)[-3:] == ["-- 1 line holds /(a|aa|a*)+$/:", "<wren> aaa", "-- end"]


def test_only_new_lines_are_matched_as_they_come() -> None:
    core, window = with_lines("tea", "no")
    counting = Counting()
    search = Search(window, "tea", counting, noise=True)
    assert len(search.numbers()) == 1 and counting.asked == ["no", "tea"][::-1]
    core.say(window, "wren", "more tea")
    assert len(search.numbers()) == 2 and counting.asked[2:] == ["more tea"]


def test_all_lines_are_matched_again_when_old_ones_are_others() -> None:
    core, window = with_lines("tea")
    core.say(window, "wren", "tea", msgid="one")
    core.say(window, "wren", "tea")
    search = Search(window, "tea", Counting(), noise=True)
    assert len(search.numbers()) == 3
    window.replace_line("one", lambda line: replace(line, text="coffee"))
    assert len(search.numbers()) == 2
    core.say(window, "rook", "tea long ago", time=NOW - timedelta(days=1), history=True)
    assert len(search.numbers()) == 3 and search.numbers()[-1] == window.lines[0].number
    window.clear()
    assert search.numbers() == []


def test_the_newest_match_comes_first_and_each_further_search_goes_up() -> None:
    core, _ = with_lines("Tea one", "no", "tea two", "no", "green TEA", "no", "no", "no")
    core.type("/search tea")
    assert place(core) == ("green TEA", (1, 3))
    core.type("/search tea")
    assert place(core) == ("tea two", (2, 3))
    core.type("/search tea", "/search tea", "/search tea")
    assert place(core) == ("Tea one", (3, 3))


def test_keys_go_up_and_down() -> None:
    core, _ = with_lines("tea one", "tea two", "tea three")
    go_on(core.client, 1)
    assert core.client.search is None
    core.type("/search tea")
    go_on(core.client, 1)
    go_on(core.client, 1)
    go_on(core.client, -1)
    assert place(core) == ("tea two", (2, 3))


def test_a_match_is_scrolled_to_with_lines_around_it() -> None:
    core, window = with_lines("needle", *(f"line {number}" for number in range(50)))
    core.type("/search needle")
    assert window.anchor is not None
    assert window.lines[window.index_of(window.anchor.number)].text == "line 1"
    core.type("/search")
    assert window.anchor is None
    assert core.client.search is None


def test_the_client_s_own_answers_are_no_matches() -> None:
    core, window = with_lines("nothing here")
    core.type("/search tea", "/search tea")
    assert texts(window)[1:] == ["No line here holds tea.", "No line here holds tea."]
    assert core.client.search is None


def test_another_text_begins_another_search() -> None:
    core, _ = with_lines("tea", "coffee")
    core.type("/search tea", "/search coffee")
    assert place(core) == ("coffee", (1, 1))


def test_lines_that_come_in_are_found_too() -> None:
    core, window = with_lines("tea one")
    core.type("/search tea")
    core.say(window, "wren", "tea two")
    assert place(core) == ("tea one", (2, 2))


def test_an_expression_stands_between_slashes() -> None:
    core, window = with_lines("room 12", "room x", "a.b", "axb")
    core.type(r"/search /room \d+/")
    assert place(core) == ("room 12", (1, 1))
    core.type("/search a.b")
    assert place(core) == ("a.b", (1, 1))
    core.type("/search /(/")
    assert texts(window)[-1].startswith("/(/ is no regular expression: ")


def test_folded_lines_are_searched_only_where_they_are_shown() -> None:
    core, window = with_lines()
    core.say(window, "rook", "joined", "join")
    core.type("/search rook")
    assert core.client.search is None
    core.type("/filter show", "/search rook")
    assert place(core) == ("joined", (1, 1))


@pytest.mark.parametrize("typed", ["/[/", "/*/", "/(?P<x/"])
def test_a_broken_expression_is_no_pattern(typed: str) -> None:
    with pytest.raises(BadPattern, match="is no regular expression"):
        pattern_of(typed)


def test_marks_stand_on_every_match_whatever_the_fragments_are() -> None:
    row = [("class:a", "some te"), ("bold", "a, more "), ("class:b", "Tea"), ("", "!")]
    assert marked(row, pattern_of("tea")) == [
        ("class:a", "some "),
        ("class:a class:search", "te"),
        ("bold class:search", "a"),
        ("bold", ", more "),
        ("class:b class:search", "Tea"),
        ("", "!"),
    ]
    assert marked(row, None) is row
    assert marked(row, pattern_of("/x*/")) is row


def test_all_matches_in_sight_are_marked_and_not_after_the_search() -> None:
    core, window = with_lines("tea or\x02 tea\x02", "none")
    talk = Talk()

    def marks() -> list[str]:
        search = core.client.search
        look = look_of(core.settings, found=search.pattern if search else None)
        shown = talk.view(window, 80, 10, look)
        return [text for placed in shown for style, text in placed.row if "class:search" in style]

    core.type("/search tea")
    assert marks() == ["tea", "tea"]
    core.type("/search")
    assert marks() == []


def test_lastlog_repeats_lines_with_their_own_time() -> None:
    core, window = with_lines()
    early = datetime(2026, 3, 4, 9, 15, tzinfo=UTC)
    core.say(window, "wren", "tea at nine", time=early)
    core.say(window, "ada", "no")
    core.type("/lastlog tea", "/lastlog tea")
    answer = ["-- 1 line holds tea:", "<wren> tea at nine", "-- end"]
    assert texts(window)[2:] == answer * 2
    assert window.lines[3].time == early


def test_lastlog_of_all_windows_says_where_from() -> None:
    core, window = with_lines("tea here")
    core.say(core.client.window("private", "net", "ada"), "ada", "tea there")
    core.type("/lastlog --all tea")
    assert [(line.where, line.text) for line in window.lines[-3:-1]] == [
        ("#study", "<wren> tea here"),
        ("ada", "<ada> tea there"),
    ]
    core.type("/lastlog water --all", "/lastlog --all")
    assert texts(window)[-2:] == ["No line anywhere holds water.", "/lastlog needs a text to look for."]


def test_lastlog_shows_the_newest_of_many() -> None:
    core, window = with_lines(*(f"tea {number}" for number in range(MOST_SHOWN + 5)))
    core.type("/lastlog tea")
    assert texts(window)[MOST_SHOWN + 5] == "-- 105 lines hold tea; the last 100:"
    assert texts(window)[MOST_SHOWN + 6] == "<wren> tea 5"


def test_without_a_screen_a_search_repeats_the_lines() -> None:
    core, window = with_lines("tea")
    core.client.full_screen = False
    core.type("/search tea")
    assert texts(window)[1:] == ["-- 1 line holds tea:", "<wren> tea", "-- end"]


def test_lines_of_a_window_stay_in_their_order_and_those_of_the_mentions_are_not_told_twice() -> None:
    core, window = with_lines("alice: tea one", "alice: tea two")
    core.client.window("mentions", "", "mentions")
    core.say(window, "wren", "alice: tea three", mention=True)
    core.type("/lastlog --all tea")
    assert [text for text in texts(window) if text.startswith("<")] == [
        "<wren> alice: tea one",
        "<wren> alice: tea two",
        "<wren> alice: tea three",
    ]


def test_the_wire_is_searched_too_and_its_secrets_are_not_found() -> None:
    core = a_client()
    core.client.full_screen = True
    session, peer = core.online()
    core.client.window("wire", "net", "wire net", show=True)
    peer.feed("PING :tea\x07")
    core.type("/search tea", "/lastlog coffee")
    assert texts(session.window)[-5:] == [
        "-- 2 lines hold tea:",
        "<< PING :tea\\x07",
        ">> PONG tea\\x07",
        "-- end",
        "No line here holds coffee.",
    ]


@given(
    st.lists(st.tuples(st.sampled_from(["", "bold", "class:a"]), st.text("abcA ", max_size=5)), max_size=6),
    st.text("abA", min_size=1, max_size=3),
)
def test_marking_changes_no_text_and_marks_nothing_but_matches(row: list[tuple[str, str]], typed: str) -> None:
    found = marked(row, pattern_of(typed))
    assert "".join(text for _, text in found) == "".join(text for _, text in row)
    inside = "".join(text if "class:search" in style else "\n" * len(text) for style, text in found)
    whole = "".join(text for _, text in row)
    expected = re.sub(typed, lambda match: "\0" * len(match[0]), whole, flags=re.IGNORECASE)
    assert [char != "\n" for char in inside] == [char == "\0" for char in expected]
