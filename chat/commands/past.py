"""What was said, in JSON: HIST SRCH DELE MARK. Owns: which messages an answer holds, their form. Must not: decide who
may read (`history_policy`)."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from chat.commands.call import Call
from chat.commands.directory import room_for_answer
from chat.commands.history import read
from chat.commands.history_markers import set_marker
from chat.commands.history_redaction import redact
from chat.commands.history_search import TOO_MANY_WORDS, Wanted, events_of, places_for, query_for, words_of
from chat.commands.history_views import marker_in_json, markers
from chat.commands.registry import Parameter, command, optional, text, word
from chat.state import policy
from chat.state.history_entries import event_of
from chat.state.history_policy import Place, place_of
from chat.state.history_selection import Reference, UnknownMessage, select
from chat.storage.history_reading import (
    MOST_BYTES,
    MOST_WORDS,
    Entry,
    HistoryFailed,
    HistoryReader,
    SearchTooLong,
    Stretch,
)
from protocol import csp, moments
from protocol.names import fold, group_of_channel
from protocol.replies import CSP_FOUND, CSP_HISTORY, ERR_NOSUCHNICK, FAIL_INTERNAL, FAIL_REQUEST
from protocol.values import CSP_1_1, Event, Payload, Refused

Found = TypeVar("Found")
_MOST_HISTORY = 50  # messages, when no limit is asked for
_GROUP, _RECIPIENT = optional(word("chat_name")), optional(word("recipient"))
_LIMIT, _BEFORE, _AFTER = (Parameter(name, is_optional=True) for name in ("limit", "before", "after"))


def place_asked_for(call: Call, group: str | None, recipient: str | None) -> Place:
    """The group, or the talk with somebody, that a request is about; raises when the asker may not read it."""
    if group:
        channel = call.existing_channel(group)
        policy.require_member(call.user, channel)
        name = channel.name
    else:
        name = recipient or ""
    place = place_of(call.network, call.user, name)
    if place is None:
        raise Refused(ERR_NOSUCHNICK, name, where="parameters.recipient")
    return place


def about(place: Place) -> dict[str, str]:
    """What an answer carries about the group or talk."""
    if place.channel is not None:
        return {"chat_name": group_of_channel(place.name)}
    return {"chat_name": "", "recipient": place.name}


def reading(call: Call, query: Callable[[HistoryReader], Found]) -> Found:
    """What a query finds; raises Refused when the history cannot be read."""
    try:
        return read(call, query)
    except SearchTooLong as too_long:
        raise Refused(FAIL_REQUEST, call.request.verb, str(too_long)) from None
    except HistoryFailed:
        raise Refused(FAIL_INTERNAL, call.request.verb) from None


@command("", _GROUP, _RECIPIENT, _LIMIT, _BEFORE, _AFTER, csp_verb="HIST", cost=3)
def hist(
    call: Call, group: str | None, recipient: str | None, limit: float | None, before: str | None, after: str | None
) -> None:
    """HIST: the last messages of a group or of a talk, or those before or after one, as many as one answer holds."""
    place = place_asked_for(call, group, recipient)
    subcommand, references = _stretch(before, after)
    most, room = int(limit or _MOST_HISTORY), room_for_answer(call)  # 50.0 is an integer to JSON Schema
    try:
        found = reading(call, lambda reader: _select(reader, place, subcommand, references, most, room))
    except UnknownMessage as unknown:
        where = "before" if before == str(unknown) else "after"
        why = f"parameters.{where}: there is no such message here"
        raise Refused(FAIL_REQUEST, "HIST", why) from None
    _require_still(call, place, group, recipient)
    call.answer(CSP_HISTORY, found, **about(place))


def _require_still(call: Call, place: Place, group: str | None, recipient: str | None) -> None:
    """Raises when meanwhile the nick has gone to somebody else, or the asker has left."""
    if place_asked_for(call, group, recipient).key != place.key:
        raise Refused(ERR_NOSUCHNICK, recipient or "", where="parameters.recipient")


def _stretch(before: str | None, after: str | None) -> tuple[str, list[Reference]]:
    """How CHATHISTORY calls what is asked for."""
    if before and after:
        return "BETWEEN", [_reference(after), _reference(before)]
    if before:
        return "BEFORE", [_reference(before)]
    return ("AFTER", [_reference(after)]) if after else ("LATEST", [None])


def _reference(text: str) -> Reference:
    """A time, or else the id of a message."""
    moment = moments.parse(text)
    return moment if moment is not None else text


def _select(
    reader: HistoryReader, place: Place, subcommand: str, references: list[Reference], most: int, room: int
) -> list[Payload]:
    """The messages that JSON users are shown, oldest first: from the end that is asked for as many as `most` and `room`
    bytes allow, but at least one. Others do not count: it goes on until there are enough."""
    is_backwards = subcommand in ("BEFORE", "LATEST")
    whole = Stretch(place.key, most=most, since=place.since)
    found: list[list[Payload]] = []
    while True:
        entries = select(reader, whole, subcommand, references)
        for entry in reversed(entries) if is_backwards else entries:
            shown = _objects(event_of(entry, place.delivered_to))
            room -= sum(map(csp.size, shown))
            if found and (len(found) == most or (shown and room < 0)):
                return _in_order(found, is_backwards)
            if shown:
                found.append(shown)
        if not entries or len(found) == most or (len(entries) < most and not _is_cut(entries)):
            return _in_order(found, is_backwards)
        if is_backwards:
            subcommand, references = "BEFORE", [entries[0].msgid]
        else:
            references = [entries[-1].msgid, *references[1:]]


def _is_cut(entries: list[Entry]) -> bool:
    """Whether there may be more than these, of which the storage gave only so many bytes."""
    return sum(len(entry.text) + len(entry.extra or "") for entry in entries) > MOST_BYTES // 8


def _objects(event: Event) -> list[Payload]:
    """A message as JSON users see it: several objects when it has several lines, none when it is not for people."""
    return [csp.in_version(body, CSP_1_1) for body in event.row.csp(event, CSP_1_1)]


def _in_order(messages: list[list[Payload]], is_backwards: bool) -> list[Payload]:
    return [body for shown in (messages[::-1] if is_backwards else messages) for body in shown]


# --- searching -----------------------------------------------------------------------------------------------------


@command(
    "", _GROUP, _RECIPIENT, optional(word("author")), _LIMIT, _BEFORE, _AFTER, optional(word("payload")),
    csp_verb="SRCH", cost=5,
)  # fmt: skip
def srch(
    call: Call,
    group: str | None,
    recipient: str | None,
    author: str | None,
    limit: float | None,
    before: str | None,
    after: str | None,
    said: str | None,
) -> None:
    """SRCH: the newest messages that hold all these words, in a group, a talk, or all that you may read."""
    words = words_of(said or "")
    if not words and not author:
        raise Refused(FAIL_REQUEST, "SRCH", "payload: there is nothing to search for")
    if len(words) > MOST_WORDS:
        raise Refused(FAIL_REQUEST, "SRCH", f"payload: {TOO_MANY_WORDS}")
    place = place_asked_for(call, group, recipient) if group or recipient else None
    earliest, latest = _moment("after", after), _moment("before", before)
    wanted = Wanted(place.name if place else "", fold(author or ""), words, most=int(limit or _MOST_HISTORY))
    if earliest is not None:
        wanted = wanted._replace(after=earliest)
    if latest is not None:
        wanted = wanted._replace(before=latest)
    events = _found(call, wanted)
    room = room_for_answer(call)
    with call.unlocked():
        shown = _newest(map(_objects, reversed(events)), room)
    call.answer(CSP_FOUND, shown, **(about(place) if place else {"chat_name": ""}))


def _found(call: Call, wanted: Wanted) -> list[Event]:
    network, user = call.network, call.user
    places, identity = places_for(network, user, wanted.place) or [], user.identity
    if not places:
        return []
    found = reading(call, lambda reader: reader.search(query_for(places, wanted, reader.talks_of(identity))))
    readable = {place.key: place for place in places_for(network, user, wanted.place) or ()}
    return events_of(found, readable, identity)


def _moment(name: str, text: str | None) -> int | None:
    moment = moments.parse(text) if text else None
    if text and moment is None:
        raise Refused(FAIL_REQUEST, "*", f"parameters.{name}: must be a time such as 2026-01-31T12:00:00.000Z")
    return moment


def _newest(messages: Iterable[list[Payload]], room: int) -> list[Payload]:
    """As many of the first of `messages`, which are the newest, as fit into `room`, oldest first."""
    found: list[list[Payload]] = []
    for shown in messages:
        room -= sum(map(csp.size, shown))
        if found and room < 0:
            break
        found.append(shown)
    return _in_order(found, True)


# --- taking back ---------------------------------------------------------------------------------------------------


@command("", _GROUP, _RECIPIENT, word("msgid"), text("payload"), csp_verb="DELE", cost=2)
def dele(call: Call, group: str | None, recipient: str | None, msgid: str, reason: str) -> None:
    """DELE: takes a message back."""
    redact(call, place_asked_for(call, group, recipient).name, msgid, reason)


# --- read markers --------------------------------------------------------------------------------------------------


@command("", _GROUP, _RECIPIENT, optional(word("read_until")), csp_verb="MARK")
def mark(call: Call, group: str | None, recipient: str | None, until: str | None) -> None:
    """MARK: tells, or sets, until where you have read in a group or a talk."""
    place = place_asked_for(call, group, recipient)
    moment = _moment("read_until", until)
    try:
        if moment is None or not set_marker(call, place.name, moment):
            markers(call)
            call.session.send(marker_in_json(call, place.name))
    except HistoryFailed:
        raise Refused(FAIL_INTERNAL, "MARK") from None
