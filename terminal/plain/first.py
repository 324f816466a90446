"""The first questions, asked line by line: where to, as whom, in which dialect.

Owns: the questions and their defaults. Must not: ask for a password, or connect.
"""

import sys

from terminal import options
from terminal.dialects import DIALECTS
from terminal.network.endpoint import DEFAULT_HOST, BadEndpoint, parse_endpoint
from terminal.settings.flags import server_at
from terminal.settings.table import ServerSettings


def ask_first(base: ServerSettings) -> dict[str, ServerSettings]:
    """The server that somebody at a keyboard wants, by its name; `base` says all that is not asked for. An empty answer
    takes what stands in brackets. Raises EOFError when there is no more input."""
    while True:
        address = _ask("Server", DEFAULT_HOST)
        try:
            parse_endpoint(address, 0)
            break
        except BadEndpoint as error:
            print(error, file=sys.stderr)
    while True:
        nick = _ask("Name", options.legal_nick(options.login_name()))
        try:
            options.check_nick(nick)
            break
        except options.BadOption as error:
            print(error, file=sys.stderr)
    while (dialect := _ask(f"Dialect, {', '.join(DIALECTS)}", base.dialect)) not in DIALECTS:
        print(f"{dialect!r} is no dialect; it must be {', '.join(DIALECTS)}.", file=sys.stderr)
    channel = _ask("Channel", "#general")
    return server_at(address, nick=nick, dialect=dialect, join=(channel,))


def _ask(what: str, default: str) -> str:
    return input(f"{what} [{default}]: ").strip() or default
