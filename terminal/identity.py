"""From the settings of a server to who connects there, passwords included.

Owns: where a password comes from: a command, the environment, or the keyboard, in this order. Must not: keep one.
"""

import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from terminal import options
from terminal.dialects import Identity
from terminal.settings.servers import ServerSettings

_COMMAND_SECONDS = 60.0  # a password manager may ask its owner something


@dataclass(frozen=True, slots=True)
class Secret:
    """A password that is needed: the command that prints it or "", whose it is (the end of "Password of ..."), and the
    variable of the environment that may hold it, "" for none."""

    command: str
    what: str
    variable: str


def secrets_of(server: ServerSettings, register: bool = False, is_first: bool = True) -> dict[str, Secret]:
    """The passwords that are needed, by their fields of Identity. is_first -- no other server has got what stands in
    the environment: it is meant for one. Raises BadOption for those that cannot be."""
    json = server.dialect == "json"
    if register and not json:
        raise options.BadOption("--register needs --dialect json.")
    wants_login = server.login != "off"
    if (wants_login and server.dialect == "lab") or (server.server_password and server.dialect != "irc"):
        raise options.BadOption(f"The {server.dialect} dialect has no such password.")
    found: dict[str, Secret] = {}
    if server.server_password or server.server_password_command:
        found["server_password"] = Secret(
            server.server_password_command, "the server", options.SERVER_PASSWORD if is_first else ""
        )
    if json or (wants_login and server.login != "external"):
        account = server.account or nick_of(server)
        found["password"] = Secret(server.password_command, account, options.ACCOUNT_PASSWORD if is_first else "")
    return found


def nick_of(server: ServerSettings) -> str:
    """The nick to ask for. Raises BadOption for one that cannot be."""
    return options.check_nick(server.nick) if server.nick else options.legal_nick(options.login_name())


def identity_of(
    server: ServerSettings, register: bool = False, another_nick: bool = False, is_first: bool = True
) -> Identity:
    """Who connects; asks for the passwords that are needed, and waits for them. Raises BadOption.

    register -- make the account first; another_nick -- somebody is there who sees it when the nick is not free;
    is_first -- as in secrets_of.
    """
    found: dict[str, str] = {}
    for name, secret in secrets_of(server, register, is_first).items():
        if secret.command:
            found[name] = first_line(secret.command)
        else:
            twice = register and name == "password"
            found[name] = options.ask_password(secret.what, secret.variable, twice=twice)
    return with_secrets(server, found, register, another_nick)


def with_secrets(
    server: ServerSettings, secrets: Mapping[str, str], register: bool = False, another_nick: bool = False
) -> Identity:
    """Who connects, with these passwords by their fields of Identity. The rest is as in identity_of."""
    return Identity(
        nick=nick_of(server),
        realname=" ".join(server.realname.split()),
        password=secrets.get("password", ""),
        server_password=secrets.get("server_password", ""),
        register=register,
        another_nick=another_nick,
        hostname=options.own_hostname(),
        servername="".join(server.servername.split()) or "*",
        account=server.account,
        login="" if server.login == "off" else server.login,  # type: ignore[arg-type]
        certificate=bool(server.certificate),
        plain_over_clear=server.plain_over_clear,
    )


def first_line(command: str, may_ask: bool = True) -> str:
    """The first line that a command prints, without its end. may_ask -- the terminal is free, and the command may ask
    its user something there. Raises BadOption when there is none."""
    try:
        done = subprocess.run(
            shlex.split(command), stdin=None if may_ask else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=None if may_ask else subprocess.PIPE, start_new_session=not may_ask, text=True, errors="replace",
            timeout=_COMMAND_SECONDS, check=True,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise options.BadOption(f"The command for the password failed: {error}") from error
    line = done.stdout.split("\n")[0].rstrip("\r")
    if not line:
        raise options.BadOption(f"The command for the password printed nothing: {command}")
    return line
