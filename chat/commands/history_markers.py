"""MARKREAD: until where somebody has read, for all of its connections (IRCv3 read-marker). Owns: its grammar, and
telling the user's other sessions. Must not: tell anybody else."""

import time

from chat.commands.call import Call
from chat.commands.history_views import MARKREAD, marker_in_json, marker_key, markers, shown_marker
from chat.commands.registry import command, optional, word
from chat.storage.history_reading import HistoryFailed
from protocol import moments
from protocol.names import is_channel, is_channel_type, is_nick
from protocol.replies import FAIL_MARKREAD, FAIL_MARKREAD_PARAM, FAIL_MARKREAD_TOO_FEW
from protocol.values import CSP_1_1, Refused


@command("MARKREAD", optional(word()), optional(word()), capability=MARKREAD, cost=2)
def markread(call: Call, target: str | None, given: str | None) -> None:
    """MARKREAD <channel or nick> [timestamp=...]: tells, or sets, until where you have read there."""
    if target is None:
        raise Refused(FAIL_MARKREAD_TOO_FEW)
    _require_name(call, target)
    moment = None
    if given is not None:
        moment = moments.parse(given.removeprefix("timestamp=")) if given.startswith("timestamp=") else None
        if moment is None or moment < 0:
            raise Refused(FAIL_MARKREAD_PARAM, given, "Give timestamp=YYYY-MM-DDThh:mm:ss.sssZ")
    try:
        if moment is None or not set_marker(call, target, moment):
            markers(call)
            call.session.say("MARKREAD", _shown_name(call, target), shown_marker(call, target))
    except HistoryFailed:
        raise Refused(FAIL_MARKREAD, target, "The marker is not on disk") from None


def _require_name(call: Call, target: str) -> None:
    limits = call.network.limits
    is_name = is_channel(target, limits.channel) if is_channel_type(target) else is_nick(target, limits.nick)
    if not is_name:
        raise Refused(FAIL_MARKREAD_PARAM, target, "That is neither a channel nor a nick")


def _shown_name(call: Call, target: str) -> str:
    channel = call.network.find_channel(target)
    return channel.name if channel is not None else target


def set_marker(call: Call, target: str, moment: int) -> bool:
    """Sets the asker's marker for a channel or nick, in milliseconds, at most now. Waits for the disk; then every
    session of the account that has the capability is told, the asker as part of its response. A marker only grows:
    False, and nobody is told, when the known one is as new. Raises HistoryFailed."""
    moment = min(moment, int(time.time() * 1000))
    user, history, key = call.user, call.network.history, marker_key(call, target)
    if markers(call).get(key, -1) >= moment:
        return False
    identity = user.identity
    with call.unlocked():
        history.set_marker(identity, key, moment)
    for reader in call.network.users_of_account(identity) or [user]:
        if reader.identity != identity:  # logged in or out meanwhile
            continue
        if reader.markers is not None:
            moment = reader.markers[key] = max(moment, reader.markers.get(key, -1))
        for session in reader.sessions:
            if MARKREAD in session.capabilities:
                session.say("MARKREAD", _shown_name(call, target), f"timestamp={moments.shown(moment)}")
            elif session.flavour is CSP_1_1:
                session.send(marker_in_json(call, target))
    return True
