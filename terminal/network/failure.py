"""How a connection ended, in a sentence for a person.

Owns: the words for what a socket reports. Must not: connect, or decide when to try again.
"""

import errno
import os
import socket
from dataclasses import dataclass
from typing import Literal

FailureKind = Literal["refused", "unreachable", "timeout", "name", "certificate", "lost", "closed", "protocol"]

_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EHOSTDOWN}
_HOPELESS_NAMES = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True, slots=True)
class Failure:
    """The end of a connection, or of the attempt to make one. `retry`: whether the same attempt may go better later; a
    client that was connected before does well to try again even when a name is not found. `fingerprint` is that of the
    certificate that was not accepted, and `advice` what one could do about it at the command line."""

    text: str
    kind: FailureKind
    retry: bool
    fingerprint: str = ""
    advice: str = ""


class Ended(Exception):
    """There is no connection any more, or never was one."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


CLOSED = Failure("The server closed the connection.", "closed", retry=True)
LEFT = Failure("The connection is closed.", "closed", retry=False)
STUCK = Failure("The connection was lost: the server takes nothing of what is sent to it.", "lost", retry=True)
BUG = Failure("The connection was lost: the client failed to handle what came.", "lost", retry=False)


def not_reached(error: Exception, host: str, where: str, timeout: float) -> Failure:
    """Why nobody could be reached. where -- `host:port`; timeout -- the seconds that one address was given."""
    if isinstance(error, ConnectionRefusedError):
        text = f"Nobody answers at {where}: the connection was refused. Is a server running?"
        return Failure(text, "refused", retry=True)
    if isinstance(error, TimeoutError):
        return Failure(f"Nobody answers at {where}: no reply in {timeout:g} seconds.", "timeout", retry=True)
    if isinstance(error, socket.gaierror):
        if error.errno in _HOPELESS_NAMES:
            return Failure(f"There is no host called {host}.", "name", retry=False)
        text = f"The host {host} cannot be looked up: {reason_of(error)}. Is there a network?"
        return Failure(text, "name", retry=True)
    if not isinstance(error, OSError):  # what cannot even be asked for, as a name with an empty part
        return Failure(f"There is no host called {host}.", "name", retry=False)
    return Failure(f"No connection to {where}: {reason_of(error)}.", "unreachable", retry=True)


def lost(error: OSError, where: str) -> Failure:
    """A connection that broke off."""
    return Failure(f"The connection to {where} was lost: {reason_of(error)}.", "lost", retry=True)


def rank(error: Exception) -> int:
    """Which of the failures of a host's addresses tells most: one that answers "no" is more than one that is silent,
    and an address that this computer has no way to (IPv6, often) tells least."""
    if isinstance(error, ConnectionRefusedError):
        return 3
    if isinstance(error, TimeoutError):
        return 2
    return 0 if isinstance(error, OSError) and error.errno in _UNREACHABLE else 1


def reason_of(error: OSError) -> str:
    """What the system says about it, as the rest of a sentence."""
    known = isinstance(error.errno, int) and error.errno > 0
    text = error.strerror or (os.strerror(error.errno) if known and error.errno is not None else "") or str(error)
    return (text[:1].lower() + text[1:]).rstrip(".") if text[1:2].islower() else text.rstrip(".")
