"""What this server offers a connection: the capabilities with their values, and the ISUPPORT tokens, as configured.

Owns: which rows of the capability table are offered to whom, with which value, and telling when that changes. Must not:
negotiate (`chat.commands.capabilities`), or know what a capability does.
"""

from collections.abc import Callable, Iterable

from chat.state.network import Network
from chat.state.session import Session
from protocol import isupport
from protocol.capabilities import IMPLIED_BY_302, STRICT_TRANSPORT, TABLE
from protocol.limits import HISTORY_LINES, IRC_LINE_BYTES
from protocol.names import pack
from protocol.replies import RPL_ISUPPORT
from protocol.values import Batch, Raw, Reply

VALUES_SINCE = 302  # the version of CAP LS that has values
Offer = Callable[[Network, Session], str | None]


def mechanisms(network: Network) -> tuple[str, ...]:
    """The SASL mechanisms: EXTERNAL where there is TLS, and so a client's certificate."""
    if network.config.links.accounts:  # another server checks the password, and has to have it
        return ("PLAIN",)
    always = ("PLAIN", "SCRAM-SHA-256")
    return (*always, "EXTERNAL") if network.config.tls.certificate else always


def _account_registration(network: Network, session: Session) -> str | None:
    """On a server with a password nobody makes an account before having given it, which is before the connection is
    complete."""
    if not network.config.accounts.registration or network.config.links.accounts:
        return None
    return "custom-account-name" if network.config.password else "before-connect,custom-account-name"


def _strict_transport(network: Network, session: Session) -> str | None:
    """Where TLS is spoken, to who is without it; for how long to use nothing else, to who is with it, under a host name
    that it is for (IRCv3 sts). It is nothing without its value."""
    policy = network.config.sts
    if policy is None or session.cap_version < VALUES_SINCE:
        return None
    if not session.is_secure:
        return f"port={policy.port or network.tls_port}"
    if policy.hosts and session.asked_host not in policy.hosts:
        return None
    return f"duration={policy.duration}{',preload' if policy.preload else ''}"


# Rows whose value, or being there at all, depends on the configuration or on the connection: the value, "" for none,
# None while it is not offered. All others are offered to everybody, with the value of their row.
_DEPENDING: dict[str, Offer] = {
    "draft/chathistory": lambda network, session: "" if network.history.is_kept else None,
    "draft/event-playback": lambda network, session: "" if network.history.is_kept else None,
    "draft/message-redaction": lambda network, session: "" if network.history.is_kept else None,
    "draft/account-registration": _account_registration,
    STRICT_TRANSPORT: _strict_transport,
    "sasl": lambda network, session: ",".join(mechanisms(network)),
}


def depends(name: str) -> bool:
    """Whether the value of a capability, or its being offered, depends on the configuration or the connection."""
    return name in _DEPENDING


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
            for text in pack(names, room=room_of_names(session, subcommand)):
                session.send(Raw("CAP", (session.nick, subcommand, text), has_text=True))


def room_of_names(session: Session, *words: str) -> int:
    """Bytes for the names in a CAP line that has `words` before them."""
    return IRC_LINE_BYTES - len(f":{session.server_name} CAP {session.nick} {' '.join(words)} :\r\n".encode())


def shown(name: str, value: str, with_value: bool) -> str:
    """`name=value`, or the name alone."""
    return f"{name}={value}" if value and with_value else name


def _isupport(network: Network) -> dict[str, object]:
    """The tokens that depend on the configuration; None as value for a token without one."""
    tokens: dict[str, object] = {}
    if network.config.client_tag_deny:
        tokens["CLIENTTAGDENY"] = network.config.client_tag_deny
    if network.config.icon:
        tokens["draft/ICON"] = isupport.escape(network.config.icon)
    if network.config.accounts.required:
        tokens["draft/ACCOUNTREQUIRED"] = None
    if network.history.is_kept:
        tokens |= {"CHATHISTORY": HISTORY_LINES, "MSGREFTYPES": "msgid,timestamp"}
    return tokens


def isupport_tokens(network: Network) -> list[str]:
    """Every ISUPPORT token, in alphabetical order."""
    return isupport.tokens(network.limits, network.config.network, _isupport(network))


def send_isupport(network: Network, session: Session, tokens: Iterable[str]) -> None:
    """Sends 005 lines with `tokens`; who has draft/extended-isupport gets them in a batch that holds nothing else."""
    around = f":{session.server_name} 005 {session.nick}  :are supported by this server\r\n"
    room = min(isupport.TOKENS_ROOM, IRC_LINE_BYTES - len(around.encode()))
    texts = isupport.lines(tokens, room)
    replies = [Reply(RPL_ISUPPORT, (text,)) for text in texts]
    if replies and "draft/extended-isupport" in session.capabilities:
        batch = Batch(network.new_batch(), "draft/isupport")
        batch.items += replies
        session.send(batch)
    else:
        for reply in replies:
            session.send(reply)
