"""Links in texts. Owns: where a URL starts and where it ends. Must not: open one.

A URL in a sentence is followed by punctuation that does not belong to it, and may stand in brackets or hold some.
"""

import re

# Words of Chinese or Japanese may stand before a URL without a space, and their punctuation behind it.
_LINK = re.compile(
    r"(?<![0-9A-Za-z_])(?:(?:https?|ftps?|ircs?|wss?)://|www\.(?=\w))"
    r"[^\s<>\"\x00-\x1f\x7f、。，！？：；「」『』（）【】《》]+",
    re.IGNORECASE,
)
_PUNCTUATION = ".,;:!?'*`…"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def find(text: str) -> list[tuple[int, int]]:
    """Where the URLs in `text` are: (start, end) each, in order. A URL starts with a scheme of the web or of IRC, or
    with `www.`; the punctuation behind it and closing brackets that were not opened in it are not part of it."""
    found = []
    for match in _LINK.finditer(text):
        end = match.start() + len(_trimmed(match[0]))
        if end > match.start() and not text[match.start() : end].endswith("//"):
            found.append((match.start(), end))
    return found


def _trimmed(link: str) -> str:
    """`link` up to the first bracket that closes what it did not open, without punctuation at its end."""
    opened: list[str] = []
    for at, character in enumerate(link):
        if character in _BRACKETS.values():
            opened.append(character)
        elif character in _BRACKETS and (not opened or opened.pop() != _BRACKETS[character]):
            link = link[:at]
            break
    return link.rstrip(_PUNCTUATION)
