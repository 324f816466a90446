"""How a typed line is shown: pictures of control bytes, dots, marks of cuts; the cursor stays at its character."""

from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout import BufferControl
from prompt_toolkit.layout.processors import Transformation, TransformationInput

from terminal.screen.input_view import CUT_MARK, AsShown


def shown(text: str, cuts: list[int] | None = None, secret: int | None = None) -> Transformation:
    """The first line of the text as the processor makes it."""
    processor = AsShown(lambda line: cuts or [], lambda line: secret)
    document = Document(text)
    line = document.lines[0]
    return processor.apply_transformation(
        TransformationInput(BufferControl(Buffer()), document, 0, lambda place: place, [("", line)], 80, 1)
    )


def plain(text: str, cuts: list[int] | None = None, secret: int | None = None) -> str:
    return fragment_list_to_text(shown(text, cuts, secret).fragments)


def test_control_bytes_are_pictures_and_the_rest_is_as_it_is() -> None:
    assert plain("a\x02b\x0f\x1b[c") == "a␂b␏␛[c"
    assert plain("héllo") == "héllo"


def test_a_secret_is_dots_from_where_it_begins() -> None:
    assert plain("/oper root hunter2", secret=11) == "/oper root •••••••"
    assert plain("/oper root hunter2\nmore", secret=11) == "/oper root hunter2"  # several lines are no command


def test_a_mark_stands_where_a_message_is_cut() -> None:
    assert plain("abcdef", cuts=[2, 4]) == f"ab{CUT_MARK}cd{CUT_MARK}ef"


@given(st.text(st.characters(blacklist_characters="\n"), max_size=30), st.sets(st.integers(1, 29)))
def test_every_character_has_its_place_and_the_place_its_character(text: str, places: set[int]) -> None:
    cuts = sorted(place for place in places if place < len(text))
    made = shown(text, cuts)
    drawn = fragment_list_to_text(made.fragments)
    assert len(drawn) == len(text) + len(cuts)
    for place in range(len(text) + 1):
        assert made.display_to_source(made.source_to_display(place)) == place
    for cut in cuts:
        assert drawn[made.source_to_display(cut) - 1] == CUT_MARK
