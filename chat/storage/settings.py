"""The values of a configuration, as `server.toml` and the options give them. Owns: their shapes and defaults.
Must not: read or check them (`config`); know a number that `protocol.limits` owns."""

from dataclasses import dataclass, field
from pathlib import Path

from protocol.addresses import IPNetwork
from protocol.limits import HistoryLimits, Limits
from protocol.notices import DEFAULT
from protocol.privileges import PRIVILEGES

DEFAULT_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listen:
    """One address to listen on; port 0 lets the system choose."""

    host: str = DEFAULT_HOST
    port: int = 0
    tls: bool = False


@dataclass(frozen=True, slots=True)
class OperatorBlock:
    """Who may use OPER; the password is plain or an argon2 hash, for `passwords.verify_password`. `privileges`: what
    its class allows; `hosts`: masks user@host of which one must fit, if there are any; `certificate`: the SHA-256 of
    the TLS certificate that must be used, in hex; `notices`: the subjects of server notices that it gets at first."""

    name: str
    password: str
    class_name: str = ""
    privileges: frozenset[str] = frozenset(PRIVILEGES)
    hosts: tuple[str, ...] = ()
    certificate: str = ""
    tls_only: bool = False
    notices: frozenset[str] = frozenset(DEFAULT)


@dataclass(frozen=True, slots=True)
class CloakConfig:
    """[cloak]: whether hosts are shown as keyed hashes, the key ("": one is made and kept in a file), and what stands
    before and after them."""

    enabled: bool = False
    secret: str = ""
    prefix: str = ""
    suffix: str = "cloak"


@dataclass(frozen=True, slots=True)
class AccountsConfig:
    """[accounts]: may users register themselves, is the nick of an account only for who logged in to it, must all log
    in, and how many characters does a new password need."""

    registration: bool = True
    protect_nicks: bool = True
    required: bool = False
    password_characters: int = 1


@dataclass(frozen=True, slots=True)
class LinkPeer:
    """A server to connect to. `name` is "" for the one of the command line, whatever its name is; `password` what it is
    given; `fingerprint`: the SHA-256 of the certificate that it must show in TLS, in hex, "" for one that an authority
    vouches for; `autoconnect`: whether this is tried again and again, or only when an operator says CONNECT."""

    name: str
    host: str
    port: int
    password: str = ""
    tls: bool = False
    fingerprint: str = ""
    autoconnect: bool = True


@dataclass(frozen=True, slots=True)
class LinkAccept:
    """A server that may connect here; the password is plain or an argon2 hash, for `passwords.verify_password`.
    `hosts`: from where, if not from everywhere."""

    name: str
    password: str
    hosts: tuple[IPNetwork, ...] = ()
    tls_only: bool = False


@dataclass(frozen=True, slots=True)
class LinksConfig:
    """[links]: what servers that connect here must give (plain or an argon2 hash; those in `accept` have passwords of
    their own), whether none is needed, whom to connect to, and which server is asked to check the passwords of
    accounts."""

    password: str = ""
    open: bool = False
    connect: tuple[LinkPeer, ...] = ()
    accept: tuple[LinkAccept, ...] = ()
    accounts: str = ""


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """[tls]: the PEM files of the certificate and its key, which may be one."""

    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """[proxy]: who is believed when a PROXY header says for whom it connects, and whether nothing else may come from
    there."""

    trusted: tuple[IPNetwork, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class WebIrcBlock:
    """[[webirc]]: a gateway that says for whom it connects; the password is plain or an argon2 hash."""

    password: str
    trusted: tuple[IPNetwork, ...]


@dataclass(frozen=True, slots=True)
class StsConfig:
    """[sts]: for how many seconds clients shall use nothing but TLS, on which port (0: that of the first TLS listener),
    whether that may be kept in lists that clients ship with, and the host names it is for (none: all)."""

    duration: int = 2592000
    port: int = 0
    preload: bool = False
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that an operator can set, checked. `file` is None when there was none to read."""

    name: str = "parley.local"
    network: str = "Parley"
    info: str = "a Parley chat server"
    password: str = ""
    icon: str = ""
    client_tag_deny: str = ""
    listen: tuple[Listen, ...] = (Listen(port=6667), Listen(port=12345))
    operators: tuple[OperatorBlock, ...] = ()
    accounts: AccountsConfig = field(default_factory=AccountsConfig)
    limits: Limits = field(default_factory=Limits)
    history: HistoryLimits = field(default_factory=HistoryLimits)
    links: LinksConfig = field(default_factory=LinksConfig)
    tls: TlsConfig = field(default_factory=TlsConfig)
    sts: StsConfig | None = None
    origins: tuple[str, ...] = ()  # of web pages that may open a WebSocket; none: all
    proxy: ProxyConfig = field(default_factory=ProxyConfig)
    webirc: tuple[WebIrcBlock, ...] = ()
    cloak: CloakConfig = field(default_factory=CloakConfig)
    data: Path
    file: Path | None = None
    admin: tuple[str, str, str] = ("", "", "")  # place, who, mail
