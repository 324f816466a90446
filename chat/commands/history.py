"""CHATHISTORY: what was said before (IRCv3 chathistory). Owns: its grammar and answers. Must not: decide who may read
(`history_policy`) or which messages a reference means (`history_selection`)."""

import logging
from collections.abc import Callable
from typing import TypeVar

from chat.commands.call import Call
from chat.commands.registry import command, optional, word
from chat.state import history_policy, history_selection
from chat.state.history_entries import event_of
from chat.state.history_policy import Place
from chat.state.history_selection import Reference, UnknownMessage
from chat.storage.history import GUEST
from chat.storage.history_reading import LAST, Entry, HistoryFailed, HistoryReader, SearchTooLong, Stretch
from protocol import moments
from protocol.limits import HISTORY_LINES
from protocol.replies import (
    FAIL_HISTORY_MESSAGE,
    FAIL_HISTORY_PARAM,
    FAIL_HISTORY_PARAMS,
    FAIL_HISTORY_REFERENCE,
    FAIL_HISTORY_TARGET,
)
from protocol.values import Event, Raw, Refused

log = logging.getLogger("parley.history")
Found = TypeVar("Found")
_REFERENCES = {"BEFORE": 1, "AFTER": 1, "LATEST": 1, "AROUND": 1, "BETWEEN": 2}


@command(
    "CHATHISTORY", word(), *[optional(word())] * 4, capability="draft/chathistory", cost=2,
)  # fmt: skip
def chathistory(call: Call, asked: str, *given: str | None) -> None:
    """CHATHISTORY BEFORE|AFTER|LATEST|AROUND <target> <reference> <limit>, BETWEEN <target> <reference> <reference>
    <limit>, TARGETS <timestamp> <timestamp> <limit>: gives what was said before; a reference is timestamp=... or
    msgid=..., for LATEST also *."""
    subcommand = asked.upper()
    parameters = [parameter for parameter in given if parameter is not None]
    if subcommand == "TARGETS":
        _targets(call, parameters)
    elif subcommand not in _REFERENCES:
        raise Refused(FAIL_HISTORY_PARAMS, asked, "There is no such subcommand")
    else:
        _messages(call, subcommand, parameters)


def read(call: Call, query: Callable[[HistoryReader], Found]) -> Found:
    """What a query finds, everything included that was said before. Gives up the state lock: what was read before must
    be checked again after. Raises HistoryFailed, logged."""
    try:
        with call.unlocked():
            return query(call.network.history.read())
    except SearchTooLong:
        raise
    except HistoryFailed as failed:
        log.error("%s", failed)
        raise


# --- messages ------------------------------------------------------------------------------------------------------


def _messages(call: Call, subcommand: str, parameters: list[str]) -> None:
    count = _REFERENCES[subcommand]
    if len(parameters) < count + 2:
        raise Refused(FAIL_HISTORY_PARAMS, subcommand, "Insufficient parameters")
    target = parameters[0]
    references = [_reference(subcommand, target, word_) for word_ in parameters[1 : count + 1]]
    most = _limit(subcommand, parameters[count + 1])
    place = _place(call, subcommand, target)
    with_events = "draft/event-playback" in call.session.capabilities
    whole = Stretch(place.key, most=most, with_events=with_events, since=place.since)
    try:
        found = read(call, lambda reader: shown(place, history_selection.select(reader, whole, subcommand, references)))
    except UnknownMessage as unknown:
        raise Refused(FAIL_HISTORY_MESSAGE, subcommand, target, f"There is no message {unknown} there") from None
    except HistoryFailed:
        raise Refused(FAIL_HISTORY_MESSAGE, subcommand, target, "Messages could not be retrieved") from None
    if _place(call, subcommand, target).key != place.key:  # the nick has gone to somebody else meanwhile
        raise Refused(FAIL_HISTORY_TARGET, subcommand, target)
    send_history(call, place, found)


def shown(place: Place, entries: list[Entry]) -> list[Event]:
    """The entries of a place as events; best without the state lock, as that takes a while."""
    return [event_of(entry, place.delivered_to) for entry in entries]


def send_history(call: Call, place: Place, found: list[Event]) -> None:
    """A `chathistory` batch; bare lines for who has no `batch`."""
    with call.batch("chathistory", place.name):
        for event in found:
            call.session.send(event)


def _place(call: Call, subcommand: str, target: str) -> Place:
    place = history_policy.place_of(call.network, call.user, target)
    if place is None:
        raise Refused(FAIL_HISTORY_TARGET, subcommand, target)
    return place


def _reference(subcommand: str, target: str, text: str) -> Reference:
    if text == "*" and subcommand == "LATEST":
        return None
    kind, _, value = text.partition("=")
    if kind == "msgid" and value:
        return value
    if kind != "timestamp":
        raise Refused(FAIL_HISTORY_REFERENCE, subcommand, target, text)
    return _moment(subcommand, text)


def _moment(subcommand: str, text: str) -> int:
    kind, _, value = text.partition("=")
    moment = moments.parse(value) if kind == "timestamp" else None
    if moment is None:
        raise Refused(FAIL_HISTORY_PARAM, subcommand, text, "give timestamp=YYYY-MM-DDThh:mm:ss.sssZ")
    return moment


def _limit(subcommand: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not text.strip("0"):
        raise Refused(FAIL_HISTORY_PARAM, subcommand, text, "a limit is a positive number")
    return min(int(text[:9]), HISTORY_LINES) if len(text) < 10 else HISTORY_LINES


# --- targets -------------------------------------------------------------------------------------------------------


def _targets(call: Call, parameters: list[str]) -> None:
    if len(parameters) < 3:
        raise Refused(FAIL_HISTORY_PARAMS, "TARGETS", "Insufficient parameters")
    one, other = (_moment("TARGETS", text) for text in parameters[:2])
    most = _limit("TARGETS", parameters[2])
    after, before = sorted((one, other))
    network, identity = call.network, call.user.identity
    channels = {place.key: place for place in history_policy.readable_channels(network, call.user)}
    after = max(after, network.history.oldest - 1)
    try:
        # All of them: some are left out below, and must not take the place of others.
        found = read(call, lambda reader: reader.newest(channels, identity, after, before, LAST, newest=one > other))
    except HistoryFailed:
        raise Refused(FAIL_HISTORY_MESSAGE, "TARGETS", "*", "Targets could not be retrieved") from None
    named: list[tuple[str, int]] = []
    guests = _guests_in(call, [key for key, _ in found])
    for key, moment in found if one <= other else reversed(found):
        name = _target_name(call, guests, key, moment)
        if name is not None:
            named.append((name, moment))
    del named[most:]
    with call.batch("draft/chathistory-targets"):
        for name, moment in named if one <= other else reversed(named):
            call.session.send(Raw("CHATHISTORY", ("TARGETS", name, moments.shown(moment))))


def _guests_in(call: Call, keys: list[str]) -> dict[str, str]:
    """The nicks of the guests that have part in some talks, by identity: looked for once, and only if there are any."""
    identity = call.user.identity
    wanted = {who for key in keys for who in key.split(" ") if who[0] == GUEST and who != identity}
    return (
        {user.identity: user.nick for user in call.network.users.values() if user.identity in wanted} if wanted else {}
    )


def _target_name(call: Call, guests: dict[str, str], key: str, moment: int) -> str | None:
    """What the asker calls a place; None for one that it may not read (any more)."""
    first, _, second = key.partition(" ")
    if second:
        other = second if first == call.user.identity else first
        return guests.get(other) if other[0] == GUEST else history_policy.name_of(call.network, other)
    place = history_policy.place_of(call.network, call.user, key)
    return place.name if place is not None and moment >= place.since else None
