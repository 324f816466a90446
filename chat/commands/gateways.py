"""WEBIRC: a gateway says for whom it connects (IRCv3 webirc). Owns: whether it is believed. Must not: limit anybody."""

import logging
import re

from chat.commands.call import Call
from chat.commands.registry import CONNECTED, command, optional, text, word
from chat.state import registration
from chat.storage import passwords
from protocol.addresses import address_of, canonical
from protocol.limits import HOST_BYTES
from protocol.message import parse_tags
from protocol.names import is_visible_host
from protocol.replies import ERR_ALREADYREGISTERED
from protocol.values import Refused

log = logging.getLogger("parley.commands")
_SECURE, _CERTIFICATE = "secure", "certfp-sha-256"
_FINGERPRINT = re.compile(r"[0-9a-f]{64}\Z")


@command("WEBIRC", *[optional(word())] * 4, optional(text()), stage=CONNECTED)
def webirc(
    call: Call, password: str | None, gateway: str | None, host: str | None, address: str | None, options: str | None
) -> None:
    """WEBIRC <password> <gateway> <host> <address> [:<options>]: a web gateway says for whom it connects."""
    session = call.session
    if session.registration is None:
        raise Refused(ERR_ALREADYREGISTERED)
    problem = _problem(call, password or "", address)
    if problem:
        level = call.network.admission.warning_level(session.address)
        log.log(level, "WEBIRC from %s refused: %s", session.address, problem)
        registration.expel(call.network, session, f"WEBIRC refused: {problem}")
        return
    assert host is not None and address is not None
    address = canonical(address)
    log.info("%s connects for %s", session.address, address)
    session.relayed_by = "WEBIRC"
    refusal = call.network.admission.move(session, address)
    if refusal is not None:
        registration.expel(call.network, session, refusal)
        return
    if is_visible_host(host, HOST_BYTES) and address_of(host) is None:
        session.host = host
    given = parse_tags((options or "").replace(" ", ";"))
    session.is_secure = session.is_secure and _SECURE in given
    fingerprint = given.get(_CERTIFICATE, "").replace(":", "").lower()
    session.fingerprint = fingerprint if session.is_secure and _FINGERPRINT.match(fingerprint) else ""


def _problem(call: Call, password: str, address: str | None) -> str:
    """Why the gateway is not believed; "" when it is. Nothing may be left to chance: a connection that went on after a
    WEBIRC that failed would be the gateway's own, for which no limit holds."""
    session = call.session
    if session.received > 1:
        return "it has to be the first line"
    blocks = call.network.admission.gateway_blocks(session.address)
    if not blocks:
        return "your address is not that of a gateway"
    if address is None:  # also when an address that starts with a colon has made one parameter of the rest
        return "it needs a password, a gateway, a host and an address, none of which starts with a colon"
    with call.unlocked():
        is_known = any(passwords.verify_password(block.password, password) for block in blocks)
    if not is_known:
        return "wrong password"
    return "" if address_of(address) is not None else "the client's address is none"
