"""Why a connection has ended, and whether another one may fare better.

Owns: this decision and its sentence. Must not: connect.
"""

import ipaddress
import re
from dataclasses import dataclass

from terminal import wording
from terminal.events import Fatal
from terminal.network.failure import Failure

_BANNED = re.compile(r"\b[GKZD]-?lined?\b|\bbann?ed\b", re.IGNORECASE)  # last words of a server that mean never


@dataclass(slots=True)
class Ending:
    """What is known about the end of one connection, while it lasts.

    `last_words` are the server's; `instead` is why we close it ourselves; `turned_away`: the server wants us not, as we
    are; `was_ready`: it had accepted us; `hint` is what to look at when it has not.
    """

    last_words: str = ""
    instead: Failure | None = None
    turned_away: bool = False
    was_ready: bool = False
    hint: str = ""

    def text(self, failure: Failure) -> str:
        """The sentence for a person."""
        failure = self.instead or failure
        text = wording.closed(self.last_words) if self.last_words else failure.text
        hint = "" if self.was_ready or failure.kind not in ("closed", "lost") else self.hint
        return f"{text} {hint}".rstrip()

    def fatal(self, failure: Failure) -> Fatal:
        """The sentence, and which certificate was not accepted."""
        shown = self.instead or failure
        return Fatal(self.text(failure), fingerprint=shown.fingerprint, advice=shown.advice)

    def may_retry(self, failure: Failure, was_welcomed: bool) -> bool:
        """Whether to connect again. was_welcomed -- some connection to this server got so far: then even its name will
        be found again."""
        failure = self.instead or failure
        if self.turned_away or (not self.was_ready and _BANNED.search(self.last_words)):
            return False
        return failure.retry or (failure.kind == "name" and was_welcomed)


def is_here(host: str) -> bool:
    """Whether what is sent to this host does not leave this computer."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return f".{host.lower().rstrip('.')}".endswith(".localhost")
