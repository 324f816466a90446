"""The values of a configuration, as `server.toml` and the options give them. Owns: their shapes and defaults.
Must not: read or check them (`config`); know a number that `protocol.limits` owns."""

from dataclasses import dataclass, field
from pathlib import Path

from protocol.limits import HistoryLimits, Limits

DEFAULT_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listen:
    """One address to listen on; port 0 lets the system choose."""

    host: str = DEFAULT_HOST
    port: int = 0
    tls: bool = False


@dataclass(frozen=True, slots=True)
class OperatorBlock:
    """Who may use OPER; the password is plain or an argon2 hash, for `passwords.verify_password`."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class AccountsConfig:
    """[accounts]: may users register themselves, and is the nick of an account only for who logged in to it."""

    registration: bool = True
    protect_nicks: bool = True


@dataclass(frozen=True, slots=True)
class LinkPeer:
    """A server to connect to."""

    name: str
    host: str
    port: int
    password: str = ""


@dataclass(frozen=True, slots=True)
class LinksConfig:
    """[links]: what servers that connect here must give, whether none is needed, and whom to connect to."""

    password: str = ""
    open: bool = False
    connect: tuple[LinkPeer, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """[tls]: the PEM files of the certificate and its key."""

    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that an operator can set, checked. `file` is None when there was none to read."""

    name: str = "parley.local"
    network: str = "Parley"
    info: str = "a Parley chat server"
    password: str = ""
    listen: tuple[Listen, ...] = (Listen(port=6667), Listen(port=12345))
    operators: tuple[OperatorBlock, ...] = ()
    accounts: AccountsConfig = field(default_factory=AccountsConfig)
    limits: Limits = field(default_factory=Limits)
    history: HistoryLimits = field(default_factory=HistoryLimits)
    links: LinksConfig = field(default_factory=LinksConfig)
    tls: TlsConfig = field(default_factory=TlsConfig)
    data: Path
    file: Path | None = None
    admin: tuple[str, str, str] = ("", "", "")  # place, who, mail
