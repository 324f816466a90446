"""THE table of what can be set for one server: `[servers.NAME]` in the file, and flags of the command line.

Owns: which options a server has. Must not: connect, or hold a password: `password_command` names who knows it.
"""

import re
from dataclasses import dataclass

from terminal import options
from terminal.settings.rows import rows_of, setting

DIALECTS = ("irc", "json", "lab")
LOGINS = ("auto", "plain", "scram", "external", "off")
_SPACE = re.compile(r"\s")
_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")
SERVER, LOGIN, SECURITY = "server", "login", "TLS"


def _is_fingerprint(text: str) -> bool:
    return not text or _FINGERPRINT.fullmatch(text) is not None


@dataclass(slots=True)
class ServerSettings:
    """How one server is reached, and as whom. Empty texts mean the default that the connection works out."""

    address: str = setting("", "Where it is; by default 127.0.0.1 and the port of the dialect", group=SERVER)
    dialect: str = setting("irc", "What to speak", group=SERVER, choices=DIALECTS)
    nick: str = setting(
        "",
        "The nick, in JSON the account too; by default the login name",
        group=SERVER,
        fits=lambda text: not text or options.is_legal(text),
        what=options.LEGAL_NICK,
    )
    realname: str = setting("", "The name behind the nick, in IRC", group=SERVER)
    join: tuple[str, ...] = setting((), "Channels to enter at once; a key follows after a space", group=SERVER)
    remember: bool = setting(False, "Keep the channels that one is on for the next start", group=SERVER)
    autoconnect: bool = setting(False, "Connect when the client starts without an address", group=SERVER)
    servername: str = setting("parley.local", "The server's own name, in lab IRC", group=SERVER)
    tls: bool = setting(False, "Encrypt the connection", group=SECURITY)
    insecure: bool = setting(False, "Take any certificate, and print its fingerprint", group=SECURITY)
    fingerprint: str = setting(
        "",
        "The SHA-256 fingerprint of the one certificate to take",
        group=SECURITY,
        fits=_is_fingerprint,
        what="the 64 hexadecimal digits of a SHA-256 fingerprint",
    )
    authority: str = setting("", "A PEM file of authorities to trust in place of the system's", group=SECURITY)
    certificate: str = setting("", "A PEM file with the own certificate and its key", group=SECURITY)
    login: str = setting(
        "off", "How to log in to an account; auto takes the safest way that the server has", group=LOGIN, choices=LOGINS
    )
    account: str = setting(
        "",
        "The account, when it is not called like the nick",
        group=LOGIN,
        fits=lambda text: not _SPACE.search(text),
        what="a name without a space",
    )
    password_command: str = setting("", "A command whose first line of output is the account's password", group=LOGIN)
    plain_over_clear: bool = setting(
        False, "Send passwords without TLS to another computer where there is no safer login", group=LOGIN
    )
    server_password: bool = setting(False, "The server asks everybody for a password", group=LOGIN)
    server_password_command: str = setting("", "A command whose first line of output is that password", group=LOGIN)


ROWS = rows_of(ServerSettings)
