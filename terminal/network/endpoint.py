"""Where a server is and how it is to be reached, and the forms in which a person writes that.

Owns: the grammar of addresses, URLs and fingerprints. Must not: look a name up, or connect.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

DEFAULT_HOST = "127.0.0.1"
TLS_PORT = 6697  # RFC 7194
_FORMS = "host, host:port, host:+port for TLS, [::1]:port, or a URL such as ircs://host/#channel"
_SCHEMES = {"irc": False, "ircs": True}
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/#?]*)/?(.*)", re.DOTALL)
_BRACKETED = re.compile(r"\[([^\]]*)\](?::(.*))?", re.DOTALL)
_CHANNEL_TYPES = "#&+!"
_UNFIT = re.compile(r"[\x00-\x20\x7f]")  # in a host; what else is wrong with one, looking it up tells
_UNFIT_CHANNEL = re.compile(r"[\x00\x07\r\n ,]")
_FINGERPRINT = re.compile(r"(?:[0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}")


class BadEndpoint(ValueError):
    """No such address can be; the text is a sentence that says what is allowed."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server. `insecure`: take any certificate; `fingerprint`: take exactly the one with this SHA-256, in hex with
    or without colons, which makes TLS a must; `certificate`: a PEM file with the own certificate and its key (SASL
    EXTERNAL); `authority`: a PEM file of authorities to trust in place of the system's; `longest_line`: the bytes of a
    line that is taken, a longer one is none of its dialect."""

    host: str
    port: int
    tls: bool = False
    insecure: bool = False
    fingerprint: str = ""
    certificate: str = ""
    authority: str = ""
    longest_line: int = 16 * 1024 * 1024

    @property
    def is_secure(self) -> bool:
        """Whether TLS is spoken: who names the certificate to expect never means to speak in clear."""
        return self.tls or bool(self.fingerprint)

    @property
    def address(self) -> str:
        """`host:port`, for people."""
        return shown(self.host, self.port)


@dataclass(frozen=True, slots=True)
class Target:
    """What a person asked for: a server, and with a URL perhaps a channel with its key; "" otherwise."""

    endpoint: Endpoint
    channel: str = ""
    key: str = ""


def shown(host: str, port: int) -> str:
    """`host:port`, or `[host]:port` for a bare IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_endpoint(text: str, default_port: int) -> Target:
    """What `host`, `host:port`, `host:+port` (TLS), `[::1]:port`, `irc://host:port/#channel?key` or `ircs://...` means.

    default_port -- without one in the text; `ircs://` has its own. Raises BadEndpoint.
    """
    text = text.strip()
    url = _URL.fullmatch(text)
    if "@" in (text if url is None else url[2]):  # a password may stand in front of it, which is not to be repeated
        raise BadEndpoint("An address has no place for a user or a password: leave out all up to the @.")
    if url is None:
        host, port, is_tls = _parse(text, default_port)
        return Target(Endpoint(host, port, is_tls))
    scheme, authority, path = url[1].lower(), url[2], url[3]
    if scheme not in _SCHEMES:
        raise BadEndpoint(f"{scheme}:// is no address of a chat server; it must be irc:// or ircs://.")
    host, port, is_tls = _parse(authority, TLS_PORT if _SCHEMES[scheme] else default_port)
    return Target(Endpoint(host, port, is_tls or _SCHEMES[scheme]), *_parse_path(path))


def parse_address(text: str, default_port: int) -> tuple[str, int]:
    """Host and port of `host`, `host:port`, `:port`, `[::1]:port` or a bare IPv6 address. Raises BadEndpoint."""
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
    elif text.count(":") > 1:
        host, port = text, None
    else:
        host, colon, after = text.partition(":")
        port = after if colon else None
    if _UNFIT.search(host) or "[" in host or "]" in host:
        raise BadEndpoint(f"{text!r} is no address; it must be {_FORMS}.")
    if port is None:
        return host or DEFAULT_HOST, default_port
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        raise BadEndpoint(f"{port!r} is no port; it must be a number from 1 to 65535.")
    return host or DEFAULT_HOST, int(port)


def parse_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint in the one spelling in which it is shown: `AA:BB:...`. Raises BadEndpoint."""
    if not _FINGERPRINT.fullmatch(text):
        raise BadEndpoint(f"{text!r} is no fingerprint; it must be the 64 hexadecimal digits of a SHA-256.")
    digits = text.replace(":", "").upper()
    return ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def _parse(text: str, default_port: int) -> tuple[str, int, bool]:
    """Host, port, and whether the port had the `+` that stands for TLS."""
    head, colon, port = text.rpartition(":")
    if colon and port.startswith("+") and (":" not in head or head.endswith("]")):
        return *parse_address(f"{head}:{port[1:]}", default_port), True
    return *parse_address(text, default_port), False


def _parse_path(path: str) -> tuple[str, str]:
    """Channel and key. Old URLs leave out the # of a channel or write it as %23; what follows a comma are flags."""
    name, _, query = path.partition("?")
    channel, key = unquote(name.partition(",")[0]), unquote(query)
    if channel and channel[0] not in _CHANNEL_TYPES:
        channel = "#" + channel
    allowed = "it must be #channel or #channel?key, without spaces or commas."
    if _UNFIT_CHANNEL.search(channel):
        raise BadEndpoint(f"{name!r} is no channel; {allowed}")
    if _UNFIT_CHANNEL.search(key):  # a secret, which is not repeated
        raise BadEndpoint(f"What follows {name}? is no key; {allowed}")
    return channel, key if channel else ""
