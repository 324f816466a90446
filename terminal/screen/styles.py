"""The parts of a theme under the names that prompt_toolkit has for them.

Owns: which part of ours the library's own menus, scroll bars and searches look like. Must not: have a colour.
"""

from collections.abc import Mapping

from prompt_toolkit.styles import Style

from terminal.screen.look import Look
from terminal.settings.themes import Theme

_OF_THE_LIBRARY = {
    "completion-menu": "completion",
    "completion-menu.completion": "completion",
    "completion-menu.completion.current": "completion.current",
    "completion-menu.meta.completion": "completion.help",
    "completion-menu.meta.completion.current": "completion.current",
    "completion-menu.multi-column-meta": "completion.help",
    "scrollbar.background": "completion",
    "scrollbar.button": "completion.current",
    "scrollbar.arrow": "completion.current",
    "selected": "completion.current",
    "search": "search",
    "search.current": "search",
    "incsearch": "search",
    "incsearch.current": "search",
    "prompt": "input.prompt",
    "prompt.search": "input.prompt",
    "prompt.search.text": "input",
    "search-toolbar": "input.prompt",
    "search-toolbar.text": "input",
    "validation-toolbar": "problem",
}
_SHEETS: dict[int, tuple[Theme, Style]] = {}
_PLAIN = "noinherit "  # the library's own colours would stay where a part has none


def style_of(look: Look) -> Style:
    """The style sheet; the same object as long as the theme is the same, so that nothing is drawn in vain."""
    found = _SHEETS.get(id(look.theme))
    if found is None or found[0] is not look.theme:
        found = _SHEETS[id(look.theme)] = look.theme, _sheet(look.theme.styles)
    return found[1]


def _sheet(ours: Mapping[str, str]) -> Style:
    theirs = {known: _PLAIN + ours[part] for known, part in _OF_THE_LIBRARY.items()}
    return Style.from_dict({**ours, **theirs})
