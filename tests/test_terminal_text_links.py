"""Where URLs are in a text; which colour a nick has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.text.colours import nick_colour
from terminal.text.links import find

PALETTE = ("ansigreen", "ansiyellow", "ansiblue", "#ff8c00")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nothing here", []),
        ("http://", []),
        ("http://... what", []),
        ("see https://example.org.", ["https://example.org"]),
        ("see https://example.org/a, then", ["https://example.org/a"]),
        ("really https://example.org/?q=1&b=2?!", ["https://example.org/?q=1&b=2"]),
        ("(see https://example.org/a)", ["https://example.org/a"]),
        ("https://example.org/Name_(thing)", ["https://example.org/Name_(thing)"]),
        ("(https://example.org/Name_(thing))", ["https://example.org/Name_(thing)"]),
        ("[https://example.org/]: text", ["https://example.org/"]),
        ("<https://example.org/>", ["https://example.org/"]),
        ('"https://example.org/"', ["https://example.org/"]),
        ("https://example.org/[a](b)", ["https://example.org/[a](b)"]),
        ("https://[::1]:8080/a", ["https://[::1]:8080/a"]),
        ("ircs://irc.example.org/#room and www.example.org", ["ircs://irc.example.org/#room", "www.example.org"]),
        ("HTTP://EXAMPLE.ORG", ["HTTP://EXAMPLE.ORG"]),
        ("见https://example.org/。然后", ["https://example.org/"]),
        ("notwww.example.org www. x", []),
        ("javascript:alert(1) file:///etc/passwd", []),
    ],
)
def test_urls_are_found_without_the_punctuation_around_them(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in find(text)] == found


@given(st.text(st.sampled_from("htps:/w.()[]ab ,!?"), max_size=60) | st.text())
def test_links_are_in_order_and_hold_no_space(text: str) -> None:
    places = [place for pair in find(text) for place in pair]
    assert places == sorted(places)
    assert not any(character.isspace() for start, end in find(text) for character in text[start:end])


def test_a_nick_has_the_same_colour_whatever_its_case_and_nicks_share_the_palette() -> None:
    assert nick_colour("Alice", PALETTE) == nick_colour("aLICE", PALETTE) in PALETTE
    assert {nick_colour(nick, PALETTE) for nick in map(str, range(50))} == set(PALETTE)
    assert nick_colour("alice", PALETTE) == "#ff8c00"


def test_a_theme_without_colours_gives_none() -> None:
    assert nick_colour("alice", ()) == ""


@given(st.text())
def test_any_nick_has_a_colour(nick: str) -> None:
    assert nick_colour(nick, PALETTE) in PALETTE
