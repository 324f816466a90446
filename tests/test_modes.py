"""Mode strings: what parsing, writing and splitting them must hold for every input, and the tables behind them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocol import modes
from protocol.modes import (
    CHANNEL_MODES,
    RANKS,
    Kind,
    ModeChange,
    format_changes,
    letters_of,
    parse_changes,
    prefix_of,
    split_changes,
)

WORDS = st.text(st.characters(exclude_characters=" \r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=40)


def takes_parameter(adding: bool, letter: str) -> bool:
    """Whether a change of this mode has a parameter."""
    kind = CHANNEL_MODES[letter].kind
    return kind in (Kind.LIST, Kind.KEY, Kind.RANK) or (kind is Kind.SETTING and adding)


@st.composite
def changes(draw: st.DrawFn) -> list[ModeChange]:
    """Changes, each with the parameter that it takes."""
    letters = draw(st.lists(st.tuples(st.booleans(), st.sampled_from(sorted(CHANNEL_MODES))), max_size=30))
    return [
        ModeChange(adding, letter, draw(WORDS) if takes_parameter(adding, letter) else None)
        for adding, letter in letters
    ]


# --- properties ----------------------------------------------------------------------------------------------------


@given(changes())
def test_what_was_written_is_read_back(wanted: list[ModeChange]) -> None:
    assert parse_changes(format_changes(wanted).split(" ")) == wanted


@given(changes())
def test_a_sign_is_written_only_where_it_changes(wanted: list[ModeChange]) -> None:
    letters = format_changes(wanted).split(" ")[0]
    signs = [char for char in letters if char in "+-"]
    assert all(first != second for first, second in pairwise(signs))
    assert letters[-1:] not in ("+", "-")


@given(changes(), st.integers(min_value=1, max_value=200))
def test_splitting_loses_nothing_and_keeps_to_the_room(wanted: list[ModeChange], room: int) -> None:
    texts = split_changes(wanted, room)
    assert [change for text in texts for change in parse_changes(text.split(" "))] == wanted
    assert all(len(text.encode()) <= room or len(parse_changes(text.split(" "))) == 1 for text in texts)


@given(st.lists(st.text(max_size=30), max_size=30))
def test_any_words_can_be_read(words: list[str]) -> None:
    found = parse_changes(words)
    assert len(found) == (sum(char not in "+-" for char in words[0]) if words else 0)
    used = [change.parameter for change in found if change.parameter is not None]
    assert used == words[1 : 1 + len(used)]
    for change in found:
        known = change.letter in CHANNEL_MODES
        assert change.parameter is None or (known and takes_parameter(change.adding, change.letter))


@given(st.sets(st.sampled_from(RANKS)))
def test_the_prefix_is_the_first_of_all_prefixes(ranks: set[str]) -> None:
    everything = prefix_of(ranks, multiple=True)
    assert prefix_of(ranks) == everything[:1]
    assert len(everything) == len(ranks)


# --- examples ------------------------------------------------------------------------------------------------------


def test_a_string_starts_with_plus_and_arguments_go_from_left_to_right() -> None:
    assert parse_changes(["ov-lk+l", "wren", "rook", "tea", "9"]) == [
        ModeChange(True, "o", "wren"),
        ModeChange(True, "v", "rook"),
        ModeChange(False, "l"),
        ModeChange(False, "k", "tea"),
        ModeChange(True, "l", "9"),
    ]


def test_a_later_word_is_no_mode_string_and_a_missing_one_is_none() -> None:
    assert parse_changes(["+m", "+i"]) == [ModeChange(True, "m")]
    assert parse_changes(["+ob", "wren"]) == [ModeChange(True, "o", "wren"), ModeChange(True, "b")]
    assert parse_changes([]) == []


def test_an_unknown_letter_takes_no_argument() -> None:
    assert parse_changes(["+xo", "wren"]) == [ModeChange(True, "x"), ModeChange(True, "o", "wren")]


def test_nothing_is_written_for_no_changes() -> None:
    assert format_changes([]) == ""
    assert split_changes([], 100) == []


def test_prefixes_stand_in_the_order_of_their_rank() -> None:
    assert prefix_of({"v", "o"}, multiple=True) == "@+"
    assert prefix_of({"v", "o"}) == "@"
    assert prefix_of(set()) == ""


# --- the tables ----------------------------------------------------------------------------------------------------


def test_every_letter_is_of_one_kind_and_only_ranks_have_prefixes() -> None:
    assert sorted("".join(map(letters_of, Kind))) == sorted(CHANNEL_MODES)
    assert all(bool(row.prefix) == (row.kind is Kind.RANK) for row in CHANNEL_MODES.values())
    assert len(set(modes.PREFIXES.values())) == len(RANKS)


def test_every_row_says_what_its_mode_does() -> None:
    for table in (CHANNEL_MODES, modes.USER_MODES):
        assert all(row.letter == letter and row.does for letter, row in table.items())
