"""SEARCH: finds messages among those that one may read. Owns: its grammar and answers.

The one parameter is written like message tags, `in=#lobby;from=alice;text=some words`, as clients of other servers that
search do; a space may stand as it is where the parameter comes last, after a colon. Must not: decide who may read
(`history_policy`).
"""

import unicodedata
from typing import NamedTuple

from chat.commands.call import Call
from chat.commands.history import read
from chat.commands.registry import command, text
from chat.state import history_policy
from chat.state.history_entries import event_of
from chat.state.history_policy import Place
from chat.state.network import Network
from chat.state.user import User
from chat.storage.history_reading import LAST, MOST_WORDS, Entry, HistoryFailed, Search, SearchTooLong
from protocol import moments
from protocol.limits import SEARCH_LINES
from protocol.message import parse_tags
from protocol.names import fold
from protocol.replies import FAIL_INTERNAL, FAIL_SEARCH_PARAM, FAIL_SEARCH_TARGET
from protocol.values import Event, Refused

BATCH = "parley/search"
TOO_MANY_WORDS = f"At most {MOST_WORDS} words"
_KEYS = ("in", "from", "text", "after", "before", "limit")


class Wanted(NamedTuple):
    """What to find: in a channel or the talk with a nick ("" for everywhere), from a nick or account, holding words,
    after and before moments in milliseconds."""

    place: str = ""
    author: str = ""
    words: tuple[str, ...] = ()
    after: int = -1
    before: int = LAST
    most: int = SEARCH_LINES


@command("SEARCH", text(may_be_empty=False), cost=5)
def search(call: Call, asked: str) -> None:
    """SEARCH :[in=<channel or nick>;][from=<nick or account>;][text=<words>;][after=<timestamp>;][before=<timestamp>;]
    [limit=<number>]: finds messages that hold all the words, at most 8, where you may read; the last word may be a
    beginning of three characters or more."""
    wanted = _parsed(asked)
    places = places_for(call.network, call.user, wanted.place)
    if not places:
        raise Refused(FAIL_SEARCH_TARGET, wanted.place or "*")
    identity = call.user.identity
    try:
        found = read(call, lambda reader: reader.search(query_for(places, wanted, reader.talks_of(identity))))
    except SearchTooLong as too_long:
        raise Refused(FAIL_SEARCH_PARAM, "text", str(too_long)) from None
    except HistoryFailed:
        raise Refused(FAIL_INTERNAL, "SEARCH") from None
    readable = {place.key: place for place in places_for(call.network, call.user, wanted.place) or ()}
    with call.batch(BATCH):
        for event in events_of(found, readable, identity):
            call.session.send(event)


def _parsed(asked: str) -> Wanted:
    values = parse_tags(asked)
    for key in values:
        if key not in _KEYS:
            raise Refused(FAIL_SEARCH_PARAM, key, f"Use {', '.join(_KEYS)}, with semicolons between them")
    wanted = Wanted(values.get("in", ""), fold(values.get("from", "")), words_of(values.get("text", "")))
    if "after" in values:
        wanted = wanted._replace(after=_moment("after", values["after"]))
    if "before" in values:
        wanted = wanted._replace(before=_moment("before", values["before"]))
    if "limit" in values:
        wanted = wanted._replace(most=_limit(values["limit"]))
    if not wanted.author and not wanted.words:
        raise Refused(FAIL_SEARCH_PARAM, "text", "Give text= or from=")
    if len(wanted.words) > MOST_WORDS:
        raise Refused(FAIL_SEARCH_PARAM, "text", TOO_MANY_WORDS)
    return wanted


def _moment(key: str, value: str) -> int:
    moment = moments.parse(value.removeprefix("timestamp="))
    if moment is None:
        raise Refused(FAIL_SEARCH_PARAM, key, "Give YYYY-MM-DDThh:mm:ss.sssZ")
    return moment


def _limit(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value[:9]) > 0):
        raise Refused(FAIL_SEARCH_PARAM, "limit", "A limit is a positive number")
    return min(int(value[:9]), SEARCH_LINES)


# --- for every dialect ---------------------------------------------------------------------------------------------


def words_of(text_: str) -> tuple[str, ...]:
    """The different words of a text to search for; what is neither letter, mark nor digit only stands between words.
    The last one comes last, for it may be a beginning."""
    composed = unicodedata.normalize("NFC", text_)
    split = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in composed).split()
    return tuple(dict.fromkeys(reversed(split)))[::-1]


def places_for(network: Network, user: User, name: str) -> list[Place] | None:
    """Where to search: in one channel or talk, or, for "", in all channels that `user` may read (its talks are added by
    `query_for`). None when it may not read there."""
    if not name:
        return history_policy.readable_channels(network, user) or [
            Place("", "", network.history.oldest)  # nothing by that key; there may be talks
        ]
    place = history_policy.place_of(network, user, name)
    return [place] if place is not None else None


def query_for(places: list[Place], wanted: Wanted, talks: list[str]) -> Search:
    """The query for the storage. `talks`: the keys of the asker's own, searched where no place was named."""
    keys = [place.key for place in places] + (talks if not wanted.place else [])
    oldest = min(place.since for place in places)
    since = {place.key: place.since for place in places if place.since > oldest}
    after = max(wanted.after, oldest - 1)
    return Search(tuple(keys), wanted.words, wanted.author, after, wanted.before, wanted.most, since)


def events_of(found: list[tuple[str, Entry]], readable: dict[str, Place], identity: str) -> list[Event]:
    """What was found as events; not what lies where one may not read any more."""
    events: list[Event] = []
    for key, entry in found:
        place = readable.get(key)
        if place is not None and entry.time >= place.since:
            events.append(event_of(entry, place.delivered_to))
        elif place is None and identity in key.split(" "):
            events.append(event_of(entry))
    return events
