"""Which texts are meant for somebody. Owns: what counts as a word. Must not: know a window."""

import re
from collections.abc import Iterable
from functools import lru_cache

from protocol.formatting import strip_formatting
from protocol.names import fold


def mentions(text: str, words: Iterable[str]) -> bool:
    """Whether one of `words` stands in `text` by itself, in capitals or not; formatting does not hide it."""
    wanted = tuple(fold(word) for word in words if word)
    return bool(wanted) and _pattern(wanted).search(fold(strip_formatting(text))) is not None


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """A nick may hold signs that are no letters, so a word ends where no letter, digit or sign of nicks goes on."""
    any_word = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w\[\]{{}}\\|`^-])(?:{any_word})(?![\w\[\]{{}}\\|`^]|-\w)")
