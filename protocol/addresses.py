"""IP addresses as text: the one spelling in which the server compares and shows them, networks that hold them, and the
masks user@host that may name a network. Owns: what they mean. Must not: look a name up, or know who is banned.
"""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from protocol.names import mask_matches

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_WIDE_BITS = {4: 8, 6: 16}  # a network with a shorter prefix is (nearly) everybody
_MAPPED_BITS = 96  # before an IPv4 address within an IPv6 one (RFC 4291 2.5.5.2)
_SUBNET_BITS = 64
_SAYS_NOTHING = "*?@!.:~"  # characters of a mask that do not tell one user from another


def address_of(text: str) -> IPAddress | None:
    """The address that the text is, without a zone, an IPv4 client of an IPv6 listener as IPv4; None for no address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def canonical(text: str) -> str:
    """One spelling for each address, never with a colon at the start, which would end a list of parameters (Modern IRC,
    host names). What is no address stays as it is."""
    address = address_of(text)
    if address is None:
        return text
    shown = str(address)
    return "0" + shown if shown.startswith(":") else shown


def subscriber_of(text: str) -> str:
    """What addresses of one subscriber have in common: the whole of an IPv4 address, the /64 of an IPv6 one, which is
    the least that anybody is given (RFC 6177). What is no address stays as it is."""
    address = address_of(text)
    if not isinstance(address, ipaddress.IPv6Address):
        return text
    return str(ipaddress.ip_network((address, _SUBNET_BITS), strict=False))


@lru_cache(maxsize=4096)
def network_of(text: str) -> IPNetwork | None:
    """`192.0.2.7`, `10.0.0.0/8` or `2001:db8::/32` as a network; `::ffff:10.0.0.0/104` as the IPv4 network that it
    stands for; None for anything else."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    mapped = address_of(str(network.network_address))
    if isinstance(network, ipaddress.IPv6Network) and isinstance(mapped, ipaddress.IPv4Address):
        bits = network.prefixlen - _MAPPED_BITS
        return ipaddress.ip_network((mapped, bits)) if bits >= 0 else network
    return network


def is_in(text: str, networks: Iterable[IPNetwork]) -> bool:
    """Whether one of the networks holds the address that the text is."""
    address = address_of(text)
    return address is not None and any(address in network for network in networks)


def is_within(text: str, network: str) -> bool:
    """Whether the address that the text is lies in a network that is given as text."""
    parsed = network_of(network)
    return parsed is not None and is_in(text, (parsed,))


def is_user_host(mask: str) -> bool:
    """Whether a mask has the form user@host, where the host may be a mask, an address or a network."""
    user, at, host = mask.partition("@")
    return bool(user and at and host) and not set(mask) & set("! ,") and "@" not in host


def user_host_covers(mask: str, username: str, hosts: Iterable[str]) -> bool:
    """Whether a mask user@host means somebody who is known at these hosts and addresses. The `~` of an unchecked user
    name need not be in the mask."""
    user, _, place = mask.partition("@")
    if not mask_matches(user, username) and not mask_matches(user, username.removeprefix("~")):
        return False
    network = network_of(place)
    return any(mask_matches(place, host) or (network is not None and is_in(host, (network,))) for host in hosts)


def is_wide(network: str) -> bool:
    """Whether a network holds (nearly) everybody."""
    parsed = network_of(network)
    return parsed is not None and parsed.prefixlen < _WIDE_BITS[parsed.version]


def says_nothing(mask: str) -> bool:
    """Whether a mask means everybody: it holds wildcards and separators only, such as `*@*`, or a network of all."""
    user, _, place = mask.rpartition("@")
    return not user.strip(_SAYS_NOTHING) and (not place.strip(_SAYS_NOTHING) or is_wide(place))
