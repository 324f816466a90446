"""The parts of the configuration that say how connections come in: [tls], [sts], [websocket], [proxy], [[webirc]].

Owns: their values, and the checks of them that a schema cannot express. Must not: open a certificate or a socket.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chat.storage import checking, operator_blocks
from chat.storage.settings import Config, ProxyConfig, StsConfig, TlsConfig, WebIrcBlock
from protocol.addresses import IPNetwork, network_of

Document = Mapping[str, Any]


def values_from(document: Document, folder: Path, data: Path) -> dict[str, Any]:
    """The fields of a Config that these parts give. Names of files are relative to `folder`, where the configuration
    lies, or else to the data folder."""
    tls, proxy, sts = (document.get(key, {}) for key in ("tls", "proxy", "sts"))
    certificate, key = tls.get("certificate", ""), tls.get("key", "") or tls.get("certificate", "")
    return {
        "tls": TlsConfig(_place(certificate, folder, data), _place(key, folder, data)),
        "proxy": ProxyConfig(_networks(proxy.get("from", ())), proxy.get("required", False)),
        "webirc": tuple(WebIrcBlock(row["password"], _networks(row["from"])) for row in document.get("webirc", ())),
        "origins": tuple(document.get("websocket", {}).get("origins", ())),
        "sts": StsConfig(**{**sts, "hosts": tuple(map(str.lower, sts.get("hosts", ())))})
        if "sts" in document
        else None,
    }


def _place(name: str, folder: Path, data: Path) -> str:
    if not name:
        return ""
    place = folder / name
    return str(data / name if not place.exists() and (data / name).exists() else place)


def _networks(texts: Sequence[str]) -> tuple[IPNetwork, ...]:
    return tuple(network for network in map(network_of, texts) if network is not None)


def doubts(config: Config) -> list[str]:
    """What is allowed and may not be meant, one sentence each, for who starts the server."""
    trusting = ["[limits] exempt"] * bool(config.limits.exempt)
    trusting += [f'hosts of [[operator]] "{block.name}"' for block in config.operators if block.hosts]
    if config.origins or not trusting:
        return []
    return [
        f"addresses are trusted ({', '.join(trusting)}) while [websocket] origins is empty: any web page that somebody "
        "there looks at can connect from that address; list the pages that may"
    ]


def problem(document: Document) -> checking.Problem | None:
    """What is wrong with these parts of a document that the schema holds for."""
    return (
        _tls_problem(document)
        or _network_problem("proxy.from", document.get("proxy", {}).get("from", ()))
        or _webirc_problem(document.get("webirc", ()))
        or _origin_problem(document.get("websocket", {}).get("origins", ()))
    )


def _tls_problem(document: Document) -> checking.Problem | None:
    has_certificate = bool(document.get("tls", {}).get("certificate"))
    needed = "[tls] needs a certificate for that; `server.py --make-certificate HOST` makes one"
    if document.get("tls", {}).get("key") and not has_certificate:
        return checking.Problem("tls.key", "a key is of no use without tls.certificate")
    for index, block in enumerate(document.get("listen", ())):
        if block.get("tls") and not has_certificate:
            return checking.Problem(f"listen[{index}].tls", needed)
    if "sts" in document and not has_certificate:
        return checking.Problem("sts", needed)
    return None


def _webirc_problem(blocks: Sequence[Document]) -> checking.Problem | None:
    for index, block in enumerate(blocks):
        place = f"webirc[{index}]"
        found = _network_problem(f"{place}.from", block["from"])
        found = found or operator_blocks.password_problem(f"{place}.password", block["password"])
        if found is not None:
            return found
    return None


def _network_problem(place: str, texts: Sequence[str]) -> checking.Problem | None:
    for index, text in enumerate(texts):
        if network_of(text) is None:
            return checking.Problem(f"{place}[{index}]", f'"{text}" is no address and no network like 192.0.2.0/24')
    return None


def _origin_problem(origins: Sequence[str]) -> checking.Problem | None:
    for index, origin in enumerate(origins):
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}" or not parts.netloc:
            form = "an origin looks like https://chat.example.org, without a path"
            return checking.Problem(f"websocket.origins[{index}]", f'"{origin}" is none; {form}')
    return None
