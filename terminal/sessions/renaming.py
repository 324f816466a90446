"""The nick that one asks for: once it is given, it is asked for again after a loss.

Owns: telling it from a nick that the server gives unasked. Must not: word anything.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from terminal.sessions.session import Session


class Renaming:
    """The wish of one session."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._wanted = ""

    def ask(self, nick: str) -> None:
        """Ask for another nick."""
        self._wanted = nick
        self._session.do(self._session.dialect.rename(nick))

    def given(self, nick: str) -> None:
        """The own nick is another one."""
        session = self._session
        if self._wanted and session.dialect.fold(nick) == session.dialect.fold(self._wanted):
            known = session.identity
            session.identity = replace(known, nick=nick, account=known.account or known.nick)
            self._wanted = ""

    def refused(self) -> None:
        """The nick is not to be had, or the connection is gone: who gives us that one later does so unasked."""
        self._wanted = ""
