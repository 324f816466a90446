"""Completion at the prompt: commands from the table, nicks and channels from the session.

Owns: what is offered for a half-typed word. Must not: send anything.
"""

from collections.abc import Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from terminal.commands import COMMANDS
from terminal.session import Session


class SessionCompleter(Completer):
    """Offers what may stand at the cursor."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Commands at the start of a line, after that nicks of the current channel and channels of ours."""
        before = document.text_before_cursor
        word = before.rpartition(" ")[2]
        first = word == before
        if first and word.startswith("/"):
            for name, row in COMMANDS.items():
                if name.startswith(word.lower()):
                    yield Completion(name + " ", -len(word), display=row.usage, display_meta=row.help)
            return
        fold = self._session.dialect.fold
        for name in self._session.people(self._session.current) if word else []:
            if fold(name).startswith(fold(word)):
                yield Completion(name + (": " if first else " "), -len(word), display=name)
        for name in self._session.channels() if word else []:
            if fold(name).startswith(fold(word)):
                yield Completion(name + " ", -len(word), display=name)
