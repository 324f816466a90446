"""What this server offers a connection: the capabilities with their values, and the ISUPPORT tokens, as configured.

Owns: which rows of the capability table are offered to whom, with which value, and telling when that changes. Must not:
negotiate (`chat.commands.capabilities`), or know what a capability does.
"""

from collections.abc import Callable

from chat.state.network import Network
from chat.state.session import Session
from protocol import isupport
from protocol.capabilities import IMPLIED_BY_302, STRICT_TRANSPORT, TABLE
from protocol.names import pack
from protocol.values import Raw

VALUES_SINCE = 302  # the version of CAP LS that has values
Offer = Callable[[Network, Session], str | None]

# Rows whose value, or being there at all, depends on the configuration or on the connection: the value, "" for none,
# None while it is not offered. All others are offered to everybody, with the value of their row.
_DEPENDING: dict[str, Offer] = {}


def capabilities(network: Network, session: Session) -> dict[str, str]:
    """The capabilities offered to `session` now, each with its value, "" for none."""
    offered: dict[str, str] = {}
    for row in TABLE.values():
        depending = _DEPENDING.get(row.name)
        value = row.value if depending is None else depending(network, session)
        if value is not None:
            offered[row.name] = value
    return offered


def tell_changes(session: Session, before: dict[str, str], now: dict[str, str]) -> None:
    """CAP NEW for what is offered from now on or has another value, CAP DEL for what is not any more, which ends with
    it (IRCv3 capability-negotiation, cap-notify). A policy of strict transport security is never withdrawn."""
    new = [name for name in now if name not in before or now[name] != before[name]]
    gone = [name for name in before if name not in now and name != STRICT_TRANSPORT]
    if session.capabilities & set(gone):
        session.enable(session.capabilities - set(gone))
    if IMPLIED_BY_302 in session.capabilities:
        with_values = session.cap_version >= VALUES_SINCE
        for subcommand, names in (("NEW", [shown(name, now[name], with_values) for name in new]), ("DEL", gone)):
            for text in pack(names):
                session.send(Raw("CAP", (session.nick, subcommand, text), has_text=True))


def shown(name: str, value: str, with_value: bool) -> str:
    """`name=value`, or the name alone."""
    return f"{name}={value}" if value and with_value else name


def isupport_tokens(network: Network) -> list[str]:
    """Every ISUPPORT token, in alphabetical order."""
    return isupport.tokens(network.limits, network.config.network, {})


def isupport_lines(network: Network) -> list[str]:
    """The tokens of each 005 line."""
    return isupport.lines(isupport_tokens(network))
