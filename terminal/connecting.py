"""From what somebody typed to another server: its settings, its passwords, its session.

Owns: what `/connect` takes, and how a password comes to a client that runs already: from a command, the environment, or
a question, in this order. Must not: let the core wait for any of them, or keep a password.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from terminal.client import Client
from terminal.identity import Secret, first_line, nick_of, secrets_of, with_secrets
from terminal.network.endpoint import BadEndpoint
from terminal.options import BadOption
from terminal.sessions.session import Session, endpoint_of
from terminal.settings.flags import server_at
from terminal.settings.table import ServerSettings


def server_named(client: Client, text: str, dialect: str = "") -> tuple[str, ServerSettings]:
    """The name and settings of a server of the file, or of the one at an address; whoever one is on the present server
    one is there too. Raises BadEndpoint."""
    if text in client.servers:
        known = client.servers[text]
        return text, replace(known, dialect=dialect or known.dialect)
    name, server = next(iter(server_at(text, dialect=dialect or "irc").items()))
    present = client.session
    if present is None:
        return name, server
    return name, replace(server, nick=present.identity.nick, realname=present.identity.realname)


def open_server(client: Client, name: str, server: ServerSettings) -> None:
    """Add a session and connect it as soon as its passwords are there. Raises BadOption for settings that cannot be."""
    _Opening(client, name, server).go_on()


class _Opening:
    """One server whose passwords are being collected."""

    def __init__(self, client: Client, name: str, server: ServerSettings) -> None:
        self._client = client
        self._name = name
        self._server = server
        endpoint_of(server), nick_of(server)  # what cannot be is said before anything is asked
        self._missing = secrets_of(server, is_first=not client.sessions)
        self._found: dict[str, str] = {}

    def go_on(self) -> None:
        """Get the next password, or connect."""
        if not self._missing:
            self._connect()
            return
        name, secret = next(iter(self._missing.items()))
        if secret.command:
            threading.Thread(target=self._run, args=(name, secret.command), name="password", daemon=True).start()
        elif secret.variable and os.environ.get(secret.variable):
            self._got(name, os.environ[secret.variable])
        elif not self._client.ask_password(secret.what, lambda answer: self._answered(name, answer)):
            self._client.complain(_nobody_to_ask(secret))

    def _run(self, name: str, command: str) -> None:
        """In a thread of its own: a password manager may take its time."""
        try:
            password = first_line(command, may_ask=False)
        except BadOption as error:
            text = str(error)
            self._post(lambda: self._client.complain(text))
        else:
            self._post(lambda: self._got(name, password))

    def _post(self, callback: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the client has ended meanwhile
            self._client.loop.call_soon_threadsafe(callback)

    def _answered(self, name: str, answer: str | None) -> None:
        if answer:
            self._got(name, answer)
        else:
            self._client.complain(f"Not connected to {self._name}: it needs a password.")

    def _got(self, name: str, password: str) -> None:
        self._found[name] = password
        self._missing.pop(name)
        try:
            self.go_on()
        except (BadEndpoint, BadOption) as error:
            self._client.complain(str(error))

    def _connect(self) -> None:
        identity = with_secrets(self._server, self._found, another_nick=self._client.interactive)
        session = self._client.add_session(self._name, self._server, identity, self._server.join)
        session.create_missing = not self._client.interactive
        self._client.windows.show(session.window)
        session.connect()


def trust(session: Session, fingerprint: str) -> None:
    """Connect again, and take exactly the certificate with this fingerprint."""
    session.server = replace(session.server, fingerprint=fingerprint)
    session.endpoint = endpoint_of(session.server)
    session.connect()


def _nobody_to_ask(secret: Secret) -> str:
    source = f"set {secret.variable}, or " if secret.variable else ""
    return f"A password of {secret.what} is needed: {source}name a command that prints it."


def find_session(client: Client, name: str) -> Session | None:
    """The session with this name, or the one at this address."""
    found = client.sessions.get(name)
    if found is not None:
        return found
    return next((one for one in client.sessions.values() if name in (one.server.address, one.endpoint.address)), None)
