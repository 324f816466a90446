"""The channels of servers that are remembered: those that one is on when one leaves are entered at the next start.

Owns: when they are written down, and what. Must not: know the form of the file (`settings.file`), or keep a key that
the file does not hold already.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from terminal.sessions.session import Session
from terminal.settings.file import save_server
from terminal.settings.rows import BadSetting

if TYPE_CHECKING:
    from terminal.client import Client


def remember_channels(client: "Client") -> None:
    """Write down the channels of every session whose server says `remember`. A file that cannot be written is told."""
    for name, session in client.sessions.items():
        known = client.servers.get(name)
        if client.settings_path is None or known is None or not known.remember or not session.was_welcomed:
            continue
        joins = _joins(session, known.join)
        if joins != known.join:
            client.servers[name] = replace(known, join=joins)
            try:
                save_server(client.settings_path, name, client.servers[name])
            except BadSetting as error:
                client.warn(str(error))


def _joins(session: Session, known: tuple[str, ...]) -> tuple[str, ...]:
    """The channels as the settings write them; one that stood there before keeps its words."""
    before = {session.dialect.fold(text.split()[0]): text for text in known if text.strip()}
    return tuple(before.get(session.dialect.fold(channel), channel) for channel, _ in session.wanted.all())
