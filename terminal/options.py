"""From what was typed on the command line to values: nick, passwords.

Owns: defaults and the checks that need no server. Must not: connect, or print a password.
"""

import getpass
import os
import socket
import sys
from collections.abc import Mapping
from typing import TextIO

from protocol import names

ACCOUNT_PASSWORD, SERVER_PASSWORD = "PARLEY_PASSWORD", "PARLEY_SERVER_PASSWORD"
LONGEST_NICK = 64  # the server may allow fewer, and says so; this only keeps nonsense off the wire
LEGAL_NICK = "a legal name: letters, digits, _ [ ] { } \\ | ` ^ and no space"
_DEFAULT_NICK_LENGTH = 16


class BadOption(Exception):
    """An option cannot be used; the text is a sentence for the user."""


def legal_nick(name: str) -> str:
    """The nearest legal nick to a login name, `guest` when nothing of it can stay."""
    kept = "".join(char for char in name if names.is_nick("a" + char, 2))
    while kept and not names.is_nick(kept, len(kept)):
        kept = kept[1:]  # some characters may stand anywhere but first
    return kept[:_DEFAULT_NICK_LENGTH] or "guest"


def is_dumb() -> bool:
    """Whether the terminal can only print lines one below the other."""
    return os.environ.get("TERM", "").lower() in ("dumb", "unknown")


def is_interactive() -> bool:
    """Whether somebody sits at a terminal that can hold a full screen."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not is_dumb()


def has_colours() -> bool:
    """Whether the terminal has colours, as far as one knows, and nobody has said NO_COLOR."""
    if os.environ.get("NO_COLOR") or is_dumb():
        return False
    try:
        import curses  # not on Windows, where every terminal has them

        curses.setupterm(fd=sys.__stdout__.fileno() if sys.__stdout__ is not None else 1)
        return curses.tigetnum("colors") != -1
    except (ImportError, OSError, ValueError):
        return True
    except curses.error:  # a terminal that nobody has described here: most are new and have them
        return True


def wants_colour(stream: TextIO) -> bool:
    """Whether colours may be written: to a terminal that knows them, to somebody who has not said NO_COLOR."""
    return stream.isatty() and has_colours()


def login_name() -> str:
    """The name under which one is logged in here."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user id, as happens in containers
        return ""


def is_legal(name: str) -> bool:
    """Whether some server may take `name` for a nick."""
    return names.is_nick(name, LONGEST_NICK)


def check_nick(name: str) -> str:
    """`name`, when it is a legal nick."""
    if not is_legal(name):
        raise BadOption(f"{name!r} is no name; it must be {LEGAL_NICK}.")
    return name


def own_hostname() -> str:
    """This machine's name in the form that a USER line can hold."""
    name = socket.gethostname()
    return name if names.is_visible_host(name, 63) else "localhost"


def ask_password(what: str, variable: str, twice: bool = False, environment: Mapping[str, str] = os.environ) -> str:
    """The password from the environment variable, or typed without echo.

    what -- completes "Password of ..."; variable -- "" for none; twice -- ask again until both are the same, for
    a new one.
    """
    if variable and environment.get(variable):
        return environment[variable]
    if not sys.stdin.isatty():
        source = f"set {variable}" if variable else "name a command that prints it"
        raise BadOption(f"A password of {what} is needed: {source}, or run this on a terminal.")
    while True:
        first = getpass.getpass(f"Password of {what}: ")
        if not first:
            raise BadOption("The password may not be empty.")
        if not twice or getpass.getpass("The same again: ") == first:
            return first
        print("The two are different.", file=sys.stderr)
