"""Mistakes of the client itself, wherever they show: contained, told once, and written down for whoever mends them.

Owns: the sentence, the file, and that neither repeats itself. Must not: let anything out, or write what was typed or
received: a stack has places and kinds of errors, never a value or a text of one.
"""

import os
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import platformdirs

from terminal.keeping.files import append, open_to_append

_MOST_FRAMES, _MOST_CAUSES = 30, 5
_MOST_BYTES = 1 << 20  # of the file: after that nothing more is written down

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def default_path() -> Path:
    """The file's place in the platform's folder for the user's state."""
    return platformdirs.user_state_path("parley", appauthor=False) / "mistakes.log"


class Mishaps:
    """say -- tells a sentence, and may fail. `path` is where the details go, None for nowhere."""

    def __init__(self, say: Callable[[str], object], path: Path | None = None) -> None:
        self.path = path
        self._say = say
        self._known: set[tuple[str, str]] = set()

    def report(self, doing: str, error: BaseException) -> None:
        """Something went wrong that should not have; the same at the same place is told once. doing -- the end of
        "while ...". Raises nothing."""
        stack = list(_stack(error))
        known = type(error).__name__, next((row for row in reversed(stack) if row.startswith("  ")), doing)
        if known in self._known:
            return
        self._known.add(known)  # before it is told: telling it may go wrong at the same place
        details = f" Details are in {self.path}." if self._written(doing, stack) else ""
        try:
            self._say(f"A mistake in this client while {doing}: {type(error).__name__}. It goes on.{details}")
        except Exception as another:
            self._written("telling of that", list(_stack(another)))

    def _written(self, doing: str, stack: list[str]) -> bool:
        """Whether it could be written down."""
        if self.path is None:
            return False
        text = "\n".join([f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} while {doing}", *stack, ""])
        try:
            descriptor = open_to_append(self.path)
            try:
                if os.fstat(descriptor).st_size > _MOST_BYTES:
                    return False
                append(descriptor, text.encode(errors="replace"))
            finally:
                os.close(descriptor)
        except OSError:
            return False
        return True


def _stack(error: BaseException) -> Iterator[str]:
    """Kinds of errors, each with the places that it came through (indented), the innermost last."""
    for _ in range(_MOST_CAUSES):
        frames = traceback.extract_tb(error.__traceback__, limit=-_MOST_FRAMES)
        yield type(error).__name__
        yield from (f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        before = error.__cause__ or error.__context__
        if before is None:
            return
        error = before


def guarded(
    call: Callable[Parameters, Result], otherwise: Result, report: Callable[[Exception], object]
) -> Callable[Parameters, Result]:
    """`call`, but for that it never fails: then it is reported, and the result is `otherwise`."""

    def guard(*arguments: Parameters.args, **keywords: Parameters.kwargs) -> Result:
        try:
            return call(*arguments, **keywords)
        except Exception as error:
            report(error)
            return otherwise

    return guard
