"""What somebody who joins a channel is shown of the past: the read marker, and the playback of who cannot ask for it.

Owns: who gets them. Must not: define a command. Both are read from the history without the state lock, so what follows
them is checked again by whoever sends it.
"""

from chat.commands.call import Call
from chat.commands.history import read, send_history, shown
from chat.state import history_policy
from chat.state.channel import Channel
from chat.state.session import Session
from chat.state.user import User
from chat.storage.history_reading import HistoryFailed, Stretch
from protocol import moments
from protocol.names import fold, group_of_channel, is_channel_type
from protocol.replies import CSP_MARKER, answer
from protocol.values import Answer

MARKREAD = "draft/read-marker"


# --- read markers --------------------------------------------------------------------------------------------------


def marker_key(call: Call, target: str) -> str:
    """What a marker is kept under: a channel by its name, a user by identity, whatever the nick is by then."""
    found = None if is_channel_type(target) else history_policy.identity_of(call.network, target)
    return found[0] if found is not None else fold(target)


def markers(call: Call, of: User | None = None) -> dict[str, int]:
    """The read markers of the asker, or of somebody else, by `marker_key`, in milliseconds: read once for each user,
    and kept with it. Gives the state lock up the first time. Raises HistoryFailed."""
    user = of or call.user
    if user.markers is None:
        identity = user.identity
        found = read(call, lambda reader: reader.markers(identity))
        if user.identity == identity and user.markers is None:
            user.markers = found
    return user.markers if user.markers is not None else {}


def shown_marker(call: Call, target: str) -> str:
    """`timestamp=...` or `*`, for a user whose markers are known."""
    moment = (call.user.markers or {}).get(marker_key(call, target))
    return f"timestamp={moments.shown(moment)}" if moment is not None else "*"


def marker_in_json(call: Call, target: str) -> Answer:
    """162, for a user whose markers are known."""
    moment = (call.user.markers or {}).get(marker_key(call, target))
    channel = call.network.find_channel(target)
    where = {"chat_name": group_of_channel(channel.name)} if channel else {"chat_name": "", "recipient": target}
    until = moments.shown(moment) if moment is not None else ""
    return answer(CSP_MARKER, username=call.user.nick, **where, read_until=until)


def prepare_markers(call: Call, of: User | None = None) -> None:
    """Reads the markers of the asker, or of somebody else, before any of that user's sessions is shown one: the request
    that is handled can wait for the disk, what it sends to others cannot."""
    user = of or call.user
    if user.markers is None and any(MARKREAD in session.capabilities for session in user.sessions):
        try:
            markers(call, user)
        except HistoryFailed:  # logged; `*` is shown
            pass


def send_marker(call: Call, channel: Channel) -> None:
    """MARKREAD after one's own JOIN."""
    if MARKREAD in call.session.capabilities:
        call.session.say("MARKREAD", channel.name, shown_marker(call, channel.name))


# --- playback ------------------------------------------------------------------------------------------------------


def _wants_playback(session: Session) -> bool:
    return session.codec.dialect.is_modern and "draft/chathistory" not in session.capabilities


def play_back(call: Call, channel: Channel, sessions: list[Session]) -> None:
    """The last messages of a channel for those of the asker's `sessions` that cannot ask for them."""
    most = call.network.history.limits.playback
    if not most or not any(map(_wants_playback, sessions)):
        return
    place = history_policy.place_of(call.network, call.user, channel.name)
    if place is None:
        return
    stretch = Stretch(place.key, most=most, since=place.since)
    try:
        found = read(call, lambda reader: shown(place, reader.select(stretch)))
    except HistoryFailed:  # logged; it was a courtesy
        return
    if not found or history_policy.place_of(call.network, call.user, channel.name) is None:
        return
    for session in sessions:
        if session.user is call.user and _wants_playback(session):
            send_history(call if session is call.session else call.on_behalf_of(session), place, found)
