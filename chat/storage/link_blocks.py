"""[links] of the configuration, with what the command line says about links. Owns: the names of servers, the checks of
[links] that a schema cannot express, and when links without a password are allowed. Must not: open a connection, or
decide who may link (`chat.links`)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chat.storage import checking, operator_blocks, passwords
from chat.storage.errors import ConfigError
from chat.storage.settings import Config, LinkAccept, LinkPeer, LinksConfig, Listen
from protocol import names
from protocol.addresses import IPNetwork, address_of, network_of
from protocol.limits import HOST_BYTES
from protocol.names import fold

Document = Mapping[str, Any]
_HOST_NAME = re.compile(r"[\w.-]+\Z")  # also what DNS does not allow, but a file of hosts may hold
ANYONE, ANYONE_KEY = "--i-know-anyone-can-link", "i_know_anyone_can_link"


def links_from(document: Document) -> LinksConfig:
    """The [links] of a document without problems."""
    table = dict(document.get("links", {}))
    table["connect"] = tuple(_peer(entry) for entry in table.get("connect", ()))
    table["accept"] = tuple(_accept(entry) for entry in table.get("accept", ()))
    return LinksConfig(**table)


def _peer(entry: Document) -> LinkPeer:
    return LinkPeer(**{**entry, "fingerprint": entry.get("fingerprint", "").replace(":", "").lower()})


def _accept(entry: Document) -> LinkAccept:
    return LinkAccept(**{**entry, "hosts": tuple(_networks(entry.get("hosts", ())))})


def _networks(texts: Iterable[str]) -> Iterable[IPNetwork]:
    return (network for network in map(network_of, texts) if network is not None)


def with_options(links: LinksConfig, options: Mapping[str, object]) -> LinksConfig:
    """`links` with what the command line says on top; ConfigError when an option is not as it must be."""
    if options.get("open_links"):
        links = replace(links, open=True)
    if "connect_to_host" not in options and "connect_to_port" not in options:
        return links
    peer = _dialled(options)
    others = [entry for entry in links.connect if (entry.host, entry.port) != (peer.host, peer.port)]
    known = [replace(entry, autoconnect=True) for entry in links.connect if entry not in others]
    return replace(links, connect=(*others, *(known or (peer,))))


def _dialled(options: Mapping[str, object]) -> LinkPeer:
    """The server that the command line says to link to; its name is known when it answers."""
    for given, missing in (("connect_to_host", "connect_to_port"), ("connect_to_port", "connect_to_host")):
        if missing not in options:
            raise ConfigError(f"--{given}: needs --{missing} beside it")
    host, port = str(options["connect_to_host"]), options["connect_to_port"]
    if not _is_place(host):
        raise ConfigError(f'--connect_to_host: "{host}" is no address and no host name')
    if type(port) is not int or not 1 <= port <= 65535:
        raise ConfigError(f"--connect_to_port: found {port}, allowed is a whole number from 1 to 65535")
    return LinkPeer("", host, port)


# --- what is wrong -------------------------------------------------------------------------------------------------


def name_problem(place: str, name: object) -> checking.Problem | None:
    """A server name looks like a host name. A dot should be in it, but "rivendell" does no harm."""
    if not isinstance(name, str) or len(name) > HOST_BYTES or name.endswith(".") or not names.is_host(f"{name}."):
        allowed = f"letters, digits, hyphens and dots, like chat.example.org, at most {HOST_BYTES} characters"
        return checking.Problem(place, f'"{name}" is no name for a server; allowed are {allowed}')
    return None


def problem(document: Document) -> checking.Problem | None:
    """What is wrong with the [links] of a document that the schema holds for."""
    links = document.get("links", {})
    connect, accept = links.get("connect", ()), links.get("accept", ())
    return (
        _expected_problem("links.password", links.get("password", ""))
        or _name_problems("links.connect", connect)
        or _name_problems("links.accept", accept)
        or _first(_connect_problem(f"links.connect[{index}]", entry) for index, entry in enumerate(connect))
        or _first(_accept_problem(f"links.accept[{index}]", entry) for index, entry in enumerate(accept))
        or (name_problem("links.accounts", links["accounts"]) if links.get("accounts") else None)
    )


def _first(problems: Iterable[checking.Problem | None]) -> checking.Problem | None:
    return next((found for found in problems if found is not None), None)


def _name_problems(place: str, entries: Sequence[Document]) -> checking.Problem | None:
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        found = name_problem(f"{place}[{index}].name", entry["name"])
        if found is None and fold(entry["name"]) in seen:
            found = checking.Problem(f"{place}[{index}].name", f'the server "{entry["name"]}" is there twice')
        if found is not None:
            return found
        seen.add(fold(entry["name"]))
    return None


def _connect_problem(place: str, entry: Document) -> checking.Problem | None:
    if not _is_place(entry["host"]):
        return checking.Problem(f"{place}.host", f'"{entry["host"]}" is no address and no host name')
    if entry.get("fingerprint") and not entry.get("tls"):
        return checking.Problem(f"{place}.fingerprint", "a certificate is only shown in TLS; add tls = true")
    return _plain_problem(f"{place}.password", entry.get("password", ""))


def _plain_problem(place: str, password: str) -> checking.Problem | None:
    """What is wrong with a password that is plain; a space ends it in PASS, where more follows (RFC 2813 4.1.1)."""
    reason = passwords.password_problem(password) if password else None
    if reason is None and (" " in password or password.startswith(":")):
        reason = "holds a space, or a colon at its start, which PASS cannot carry"
    return checking.Problem(place, reason) if reason is not None else None


def _expected_problem(place: str, password: str) -> checking.Problem | None:
    """What is wrong with a password that others give here, plain or a hash."""
    if passwords.looks_like_hash(password):
        return operator_blocks.password_problem(place, password)
    return _plain_problem(place, password)


def _accept_problem(place: str, entry: Document) -> checking.Problem | None:
    for position, text in enumerate(entry.get("hosts", ())):
        if network_of(text) is None:
            reason = f'"{text}" is no address and no network like 192.0.2.0/24'
            return checking.Problem(f"{place}.hosts[{position}]", reason)
    return _expected_problem(f"{place}.password", entry["password"])


def _is_place(host: str) -> bool:
    return address_of(host) is not None or _HOST_NAME.match(host) is not None


def check(config: Config, is_known: bool) -> None:
    """Raises ConfigError for links that do not fit the rest of the configuration. `is_known`: whoever starts the server
    has said that anybody may link to it."""
    where, own = f"{config.file}: " if config.file is not None else "", fold(config.name)
    links = config.links
    for key, entries in (("connect", links.connect), ("accept", links.accept)):
        for index, name in enumerate(entry.name for entry in entries):
            if fold(name) == own:
                raise ConfigError(f'{where}links.{key}[{index}].name: "{name}" is this server itself')
    if fold(links.accounts) == own:
        raise ConfigError(f'{where}links.accounts: "{links.accounts}" is this server itself; leave it out')
    check_open(config, config.listen, is_known)


def check_open(config: Config, places: Sequence[Listen], is_known: bool) -> None:
    """Raises ConfigError when links need no password and somebody beyond this machine could come to one of `places`."""
    if not config.links.open or is_known:
        return
    exposed = next((f"{place.host} can be reached" for place in places if not is_loopback(place.host)), "")
    if not exposed and config.proxy.trusted:
        exposed = "[proxy] lets in clients"
    if exposed:
        raise ConfigError(
            f"links are open, so that they need no password, and {exposed} from other machines: listen on 127.0.0.1 "
            f"only, or give each server a password in [links] accept instead, or say {ANYONE}"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine itself reaches a listener on this host."""
    address = address_of(host)
    return address.is_loopback if address is not None else host.lower() == "localhost"


def doubts(config: Config) -> list[str]:
    """What is allowed and may not be meant, one sentence each."""
    links, found = config.links, []
    if links.open:
        reach = "here" if all(is_loopback(place.host) for place in config.listen) else "anywhere"
        found.append(f"links are open: any program that connects from {reach} can become a server of this network")
    asked = next((peer for peer in links.connect if peer.name and fold(peer.name) == fold(links.accounts)), None)
    if asked is not None and not asked.tls:
        found.append(
            f"[links] accounts names {asked.name}, and its link is not encrypted: it will not be asked, since "
            "passwords go over TLS only; add tls = true to its [links] connect entry"
        )
    return found
