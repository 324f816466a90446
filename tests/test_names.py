"""Names, masks and cutting text: what is legal, what is equal, what matches."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from protocol import names
from protocol.names import (
    NO_BREAK_SPACE,
    channel_of_group,
    cut,
    fold,
    group_of_channel,
    has_formatting,
    is_channel,
    is_channel_type,
    is_host,
    is_key,
    is_mask,
    is_nick,
    is_visible_host,
    mask_matches,
    normalise_mask,
    split_text,
)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other tests use the machine too
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("name", "key"),
    [("Alice", "alice"), ("[AL]ice\\^", "[al]ice\\^"), ("ÄLICE", "Älice"), ("{a}|~", "{a}|~"), ("#Study", "#study")],
)
def test_folding_changes_ascii_letters_only(name: str, key: str) -> None:
    assert fold(name) == key


@unhurried
@given(TEXT)
def test_folding_twice_is_folding_once(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    assert len(fold(name)) == len(name)


def test_only_short_names_are_remembered() -> None:
    """A JSON request may hold a name of 16 KB, and clients send as many different ones as they like."""
    assert fold("A" * 64) is fold("A" * 64)
    assert fold("A" * 65) == "a" * 65
    assert fold("A" * 65) is not fold("A" * 65)


def test_names_are_not_remembered_without_end() -> None:
    first = fold("Somebody")
    for number in range(70_000):
        fold(f"Nick{number}")
    assert fold("Somebody") == first
    assert fold("Somebody") is not first


def test_long_masks_are_matched_and_not_remembered() -> None:
    mask = "?" * 300 + "*"
    before = names._kept_pattern.cache_info().currsize
    assert mask_matches(mask, "x" * 301)
    assert not mask_matches(mask, "x" * 299)
    assert names._kept_pattern.cache_info().currsize == before


@pytest.mark.parametrize(
    "name", ["alice", "Alice_", "[alice]", "a-b", "{a}|", "\\a`^", "_", "7of9", "élise", "алиса", "x" * 32]
)
def test_legal_nicks(name: str) -> None:
    assert is_nick(name, 32)


@pytest.mark.parametrize("odd", list(" ,*?!@.\"#$%&'()+/:;<=>~\0\r\n\t\x7f\x80\u200b\u2028\u202e\u3000\ufeff"))
def test_no_nick_holds_what_breaks_lists_masks_or_displays(odd: str) -> None:
    assert not is_nick("al" + odd + "ice", 32)
    assert not is_nick("alice" + odd, 32)


@pytest.mark.parametrize("name", ["", "-alice", "#alice", "alice\n", "x" * 33])
def test_illegal_nicks(name: str) -> None:
    assert not is_nick(name, 32)


@pytest.mark.parametrize("name", ["#study", "#a.b", "##", "#Ä", "#my\u00a0own", "#x!@*?", "#" + "x" * 63])
def test_legal_channels(name: str) -> None:
    assert is_channel(name, 64)
    assert is_channel_type(name)


@pytest.mark.parametrize("name", ["", "#", "study", "&study", "#a b", "#a,b", "#a\x07", "#a\r\n", "#" + "x" * 64])
def test_illegal_channels(name: str) -> None:
    assert not is_channel(name, 64)


def test_nothing_is_no_channel_type() -> None:
    assert not is_channel_type("")
    assert not is_channel_type("alice")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "0::1", "chat.example.org", "user/alice", "_x"])
def test_legal_visible_hosts(name: str) -> None:
    assert is_visible_host(name, 63)


@pytest.mark.parametrize("name", ["", ":1", "a b", "a!b", "a@b", "a*", "é", "x" * 64, "a\n"])
def test_illegal_visible_hosts(name: str) -> None:
    assert not is_visible_host(name, 63)


def test_a_host_name_needs_a_dot_and_short_labels() -> None:
    assert is_host("a.b")
    assert is_host("a.b.")
    assert not is_host("localhost")
    assert not is_host("a." + "b" * 64)
    assert not is_host("a" * 250 + ".org")


@pytest.mark.parametrize("word", ["k", "sesame", "größe", "a:b", "a\u200db", "~a:bob", "*!*@*", "k" * 32])
def test_words_that_may_be_keys_and_masks(word: str) -> None:
    assert is_key(word, 32) and is_mask(word)


@pytest.mark.parametrize("odd", ["", *map(chr, [*range(33), *range(0x7F, 0xA1)]), "\u1680", "\u2028", "\u3000"])
def test_nothing_that_is_no_word_may_be_a_key_or_a_mask(odd: str) -> None:
    for word in (odd, f"a{odd}b" if odd else "", f":{odd}x", f"x{odd}" if odd else ""):
        assert not is_key(word, 32) and not is_mask(word)


@pytest.mark.parametrize("key", ["a,b", ",", "k" * 33, "ö" * 17])
def test_keys_have_no_comma_and_at_most_so_many_bytes(key: str) -> None:
    assert not is_key(key, 32)


def test_formatting_bytes_are_seen() -> None:
    assert has_formatting("a\x02b")
    assert has_formatting("\x0304red")
    assert not has_formatting("plain \x01ACTION")


# --- groups and channels -------------------------------------------------------------------------------------------


@unhurried
@given(TEXT.filter(lambda group: NO_BREAK_SPACE not in group))
def test_a_group_survives_the_way_over_its_channel(group: str) -> None:
    channel = channel_of_group(group)
    assert group_of_channel(channel) == group
    assert channel.startswith("#")
    assert " " not in channel


@unhurried
@given(TEXT.filter(lambda name: " " not in name).map(lambda name: "#" + name))
def test_a_channel_survives_the_way_over_its_group(channel: str) -> None:
    assert channel_of_group(group_of_channel(channel)) == channel


def test_a_space_in_a_group_is_a_no_break_space_in_the_channel() -> None:
    assert channel_of_group("my own") == "#my\u00a0own"


# --- masks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mask", "full"),
    [
        ("alice", "alice!*@*"),
        ("al*", "al*!*@*"),
        ("alice!u", "alice!u@*"),
        ("u@host", "*!u@host"),
        ("@host", "*!*@host"),
        ("alice!@", "alice!*@*"),
        ("!u@", "*!u@*"),
        ("chat.example.org", "*!*@chat.example.org"),
        ("2001:db8::1", "*!*@2001:db8::1"),
        ("alice!u@host", "alice!u@host"),
        ("a**b!***@**", "a*b!*@*"),
        ("", "*!*@*"),
    ],
)
def test_masks_in_full(mask: str, full: str) -> None:
    assert normalise_mask(mask) == full


@unhurried
@given(TEXT)
def test_a_full_mask_stays_as_it_is(mask: str) -> None:
    full = normalise_mask(mask)
    assert normalise_mask(full) == full


@pytest.mark.parametrize(
    ("mask", "text", "matches"),
    [
        ("", "", True),
        ("*", "", True),
        ("?", "", False),
        ("ALICE!*", "alice!u@h", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a\\*c", "a*c", True),
        ("a\\*c", "abc", False),
        ("a\\?c", "a?c", True),
        ("a\\bc", "a\\bc", True),
        ("abc\\", "abc\\", True),
        ("*a*a", "aa", True),
        ("*ab*b", "ab", False),
        ("a*", "a\nb", True),
        ("a.c", "abc", False),
        ("(", "(", True),
        ("abc", "abc\n", False),
    ],
)
def test_what_a_mask_matches(mask: str, text: str, matches: bool) -> None:
    assert mask_matches(mask, text) is matches


def by_the_book(mask: str, text: str) -> bool:
    """Glob matching over a table of prefixes: slow, plain, and right."""
    reachable = {0}
    for char in mask:
        if char == "*":
            reachable = set(range(min(reachable), len(text) + 1)) if reachable else set()
        else:
            reachable = {place + 1 for place in reachable if place < len(text) and char in ("?", text[place])}
    return len(text) in reachable


@unhurried
@given(st.text("ab*?", max_size=12), st.text("ab", max_size=12))
@example("*a*?b*", "aab")
@example("a*ab*ab", "aabab")
def test_masks_match_as_by_the_book(mask: str, text: str) -> None:
    assert mask_matches(mask, text) is by_the_book(mask, text)


@pytest.mark.timeout(5)
@pytest.mark.parametrize("mask", ["*a" * 200 + "b", "*?" * 200 + "b", "a*" * 200 + "b", "*" * 5000 + "b", "*?a" * 150])
def test_a_hostile_mask_takes_no_exponential_time(mask: str) -> None:
    assert not mask_matches(mask, "a" * 400 + "c")


# --- cutting -------------------------------------------------------------------------------------------------------


@unhurried
@given(TEXT, st.integers(0, 40))
def test_cutting_never_splits_a_character(text: str, size: int) -> None:
    piece = cut(text, size)
    assert text.startswith(piece)
    assert len(piece.encode()) <= size
    assert piece == text or len(text[: len(piece) + 1].encode()) > size


@unhurried
@given(TEXT, st.integers(4, 40))
def test_splitting_loses_nothing_and_keeps_the_size(text: str, size: int) -> None:
    pieces = split_text(text, size)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= size for piece in pieces)
    assert all(pieces) or text == ""


def test_splitting_prefers_a_space() -> None:
    assert split_text("hello big world", 12) == ["hello big ", "world"]
    assert split_text("a verylongwordindeed", 10) == ["a verylong", "wordindeed"]
