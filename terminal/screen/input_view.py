"""The typed text as it is shown: control bytes as pictures, secrets as dots, a mark where a message is cut.

Owns: that each typed character has one place on the screen. Must not: change the text, but for what is no character.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

from terminal.text.clean import without_surrogates, written

CUT_MARK, DOT = "┊", "•"


def mend_text(buffer: Buffer) -> None:
    """Replace what is no character, as from a terminal that does not write UTF-8. The cursor stays."""
    if (text := without_surrogates(buffer.text)) != buffer.text:
        buffer.text = text


class AsShown(Processor):
    """cuts -- where a line is cut; secret -- where its secret begins, None when it has none."""

    def __init__(self, cuts: Callable[[str], list[int]], secret: Callable[[str], int | None]) -> None:
        self._cuts = cuts
        self._secret = secret

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """One line."""
        typed = fragment_list_to_text(transformation_input.fragments)
        line = transformation_input.document.lines[transformation_input.lineno]
        cuts = self._cuts(line)
        secret = self._secret(line) if transformation_input.document.line_count == 1 else None
        if not cuts and secret is None and written(typed) == typed:
            return Transformation(transformation_input.fragments)
        shown: StyleAndTextTuples = []
        for index, (style, character, *_) in enumerate(explode_text_fragments(transformation_input.fragments)):
            if index in cuts:
                shown.append(("class:input.cut", CUT_MARK))
            hidden = secret is not None and secret <= index < len(line)
            shown.append((style, DOT if hidden else written(character)))
        return Transformation(
            shown,
            source_to_display=lambda place: place + bisect_right(cuts, place),
            display_to_source=lambda place: place - bisect_left([cut + more for more, cut in enumerate(cuts)], place),
        )
