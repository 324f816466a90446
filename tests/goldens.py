"""Screens kept as files that one can read, in tests/golden/.

With PARLEY_GOLDEN=write in the environment the files are written anew instead of compared; `git diff` shows what is
different then.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
Row = Sequence[tuple[str, str]]


def golden(name: str, rows: Iterable[str]) -> None:
    """Compare rows, without blanks at their ends, with the file of that name."""
    text = "".join(row.rstrip() + "\n" for row in rows)
    path = FOLDER / f"{name}.txt"
    if os.environ.get("PARLEY_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert path.is_file(), f"there is no {path.name}; PARLEY_GOLDEN=write makes it:\n{text}"
    assert text.split("\n") == path.read_text("utf-8").split("\n")


def as_text(rows: Iterable[Row]) -> list[str]:
    """What one sees, without styles."""
    return ["".join(text for _, text in row) for row in rows]


def with_styles(rows: Iterable[Row]) -> list[str]:
    """What one sees, each change of style in front: `{time}12:34 {message}hello`."""
    return [_marked(row) for row in rows]


def _marked(row: Row) -> str:
    parts: list[str] = []
    last = None
    for style, text in row:
        shown = " ".join(style.replace("class:", "").split())
        if text and shown != last:
            parts.append(f"{{{shown}}}")
            last = shown
        parts.append(text)
    return "".join(parts)
