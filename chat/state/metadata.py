"""What users and channels tell about themselves under keys (IRCv3 draft/metadata-2), and who is told of it.

What somebody with an account sets belongs to the account and is kept in its record; a guest's lasts as long as the
guest, a channel's as long as the channel, which may be permanent. What a session sets before it is registered waits
with its registration.

Owns: the values and their limits, subscriptions, telling the subscribers. Must not: parse a command, or decide who may
set something (`policy` does).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from chat.state import announcing, permanent, registers
from chat.state.channel import Channel
from chat.state.network import Network
from chat.state.session import Registration, Session
from chat.state.user import User
from protocol import events
from protocol.limits import METADATA_KEYS, METADATA_SUBSCRIPTIONS, METADATA_VALUE_BYTES
from protocol.names import fold, is_metadata_key
from protocol.replies import (
    FAIL_KEY_INVALID,
    FAIL_KEY_NOT_SET,
    FAIL_LIMIT_REACHED,
    FAIL_TOO_MANY_SUBS,
    FAIL_VALUE_INVALID,
    RPL_METADATASYNCLATER,
)
from protocol.values import Batch, Raw, Refused, Reply, Source

CAPABILITY = "draft/metadata-2"
EVERYBODY = "*"  # the only visibility: all may see every value
SYNC_LINES = 2000  # above which the values of a channel are not sent unasked
Holder: TypeAlias = User | Channel | Registration
Value = tuple[str, str, str]  # target, key, value


def require_key(key: str) -> None:
    """Raises unless `key` may be a key."""
    if not is_metadata_key(key):
        raise Refused(FAIL_KEY_INVALID, key)


def name_of(holder: Holder) -> str:
    """By which target a holder goes."""
    if isinstance(holder, Channel):
        return holder.name
    return holder.nick if isinstance(holder, User) else "*"


def of(network: Network, holder: Holder) -> Mapping[str, str]:
    """The values of a holder, by key."""
    return network.metadata_of(holder) if isinstance(holder, User) else holder.metadata


def _put(network: Network, holder: Holder, values: Mapping[str, str]) -> None:
    """What belongs to an account that is at home elsewhere is kept with those of its users who are on line."""
    account = network.find_account(holder.account) if isinstance(holder, User) and holder.account else None
    if account is not None:
        network.account_store.put(replace(account, metadata=values))
    elif isinstance(holder, User):
        for each in _same_account(network, holder):
            each.metadata = values
    else:
        holder.metadata = values
        if isinstance(holder, Channel):
            permanent.remember(network, holder)


def set_value(network: Network, session: Session, holder: Holder, key: str, value: str | None) -> None:
    """`session` sets a key, or removes it (None); the subscribers are told. Raises Refused for a key or value that will
    not do, for one key too many, and where there is nothing to remove."""
    values = of(network, holder)
    _require_possible(holder, values, key, value)
    if _is_asked_for(network, session, holder, key, value):
        return
    _put(network, holder, _with(values, key, value))
    _tell_changes(network, holder, values, session)


def _require_possible(holder: Holder, values: Mapping[str, str], key: str, value: str | None) -> None:
    require_key(key)
    if value is None:
        if key not in values:
            raise Refused(FAIL_KEY_NOT_SET, name_of(holder), key)
    elif len(value.encode()) > METADATA_VALUE_BYTES or "\0" in value:
        raise Refused(FAIL_VALUE_INVALID)
    elif key not in values and len(values) >= METADATA_KEYS:
        raise Refused(FAIL_LIMIT_REACHED, name_of(holder))


def _with(values: Mapping[str, str], key: str, value: str | None) -> Mapping[str, str]:
    rest = {each: text for each, text in values.items() if each != key}
    return rest if value is None else {**rest, key: value}


def _is_asked_for(network: Network, session: Session, holder: Holder, key: str, value: str | None) -> bool:
    """What an operator sets for a user of another server is done there, so that it is done once and in one order."""
    if not isinstance(holder, User) or holder.server is None:
        return False
    by = session.user.uid if session.user is not None else ""
    network.relay.ask(holder.server, "METADATA", holder.uid, key if value is None else f"{key} {value}", by=by)
    return True


def clear(network: Network, session: Session, holder: Holder) -> list[str]:
    """`session` removes all keys; which they were."""
    values = of(network, holder)
    asked_for = [key for key in values if _is_asked_for(network, session, holder, key, None)]
    if values and not asked_for:
        _put(network, holder, {})
        _tell_changes(network, holder, values, session)
    return list(values)


def set_for(network: Network, user: User, key: str, value: str | None) -> None:
    """Sets, or removes, what an operator of another server wants a user of this one to tell, by the same rules."""
    before = of(network, user)
    try:
        _require_possible(user, before, key, value)
    except Refused:
        return
    if before.get(key) != value:
        _put(network, user, _with(before, key, value))
        _tell_changes(network, user, before, None)


def show_value(network: Network, user: User, key: str, value: str | None) -> None:
    """What a user of another server has set or removed: kept, and told to the subscribers."""
    before = of(network, user)
    _put(network, user, _with(before, key, value))
    for each in _same_account(network, user) if before.get(key) != value else [user]:
        _tell(network, each, key, value, user.source, None)


def show_channel(network: Network, channel: Channel, before: Mapping[str, str], author: Source) -> None:
    """Another server has changed what a channel tells: the subscribers are told what is not as it was `before`."""
    for key in _changed(before, channel.metadata):
        _tell(network, channel, key, channel.metadata.get(key), author, None)


# --- who somebody is, changes --------------------------------------------------------------------------------------


def adopt(network: Network, session: Session, values: Mapping[str, str]) -> None:
    """Registration is complete: what the session set before it is its user's, as far as there is room."""
    assert session.user is not None
    before = of(network, session.user)
    merged = _merged(before, values)
    if merged != before:
        _put(network, session.user, merged)
        _tell_changes(network, session.user, before, session)


def account_changed(network: Network, user: User, before: Mapping[str, str]) -> None:
    """The user logged in, when what it set as a guest goes to the account, or logged out. `before`: its values till
    then."""
    guests, user.metadata = user.metadata, network.fetched_metadata.pop(fold(user.account), {})
    present = of(network, user)
    merged = _merged(present, guests)
    if merged != present:
        _put(network, user, merged)
    _tell_changes(network, user, before, None)


def _merged(values: Mapping[str, str], more: Mapping[str, str]) -> Mapping[str, str]:
    merged = dict(values)
    for key, value in more.items():
        if key in merged or len(merged) < METADATA_KEYS:
            merged[key] = value
    return merged


# --- telling -------------------------------------------------------------------------------------------------------


def _tell_changes(network: Network, holder: Holder, before: Mapping[str, str], session: Session | None) -> None:
    """Tells the subscribers, and other servers, of each key that is not as it was `before`; not `session`, which made
    the change."""
    now = of(network, holder)
    changed = _changed(before, now)
    if not changed or isinstance(holder, Registration):
        return
    if isinstance(holder, Channel):
        announcing.registers_set(network, holder, *(registers.METADATA + key for key in changed))
    else:
        for key in changed:
            announcing.metadata_set(network, holder, key, now.get(key))
    users = _same_account(network, holder) if isinstance(holder, User) else [holder]
    for each in users:
        author = session.user.source if session is not None and session.user is not None else network.source
        for key in changed:
            _tell(network, each, key, now.get(key), author, session)


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [key for key in {**before, **now} if before.get(key) != now.get(key)]


def _same_account(network: Network, user: User) -> Iterable[User]:
    return network.users_of_account(user.account) if user.account else [user]


def _tell(
    network: Network, holder: User | Channel, key: str, value: str | None, author: Source, session: Session | None
) -> None:
    event = network.event(events.METADATA, author, name_of(holder), value or "", (key, value is not None))
    for receiver in _subscribers(network, holder, key):
        if receiver is not session:
            receiver.send(event)


def _subscribers(network: Network, holder: User | Channel, key: str) -> Iterator[Session]:
    """Sessions subscribed to `key`: of the members of a channel; of who shares a channel with a user, its own, and of
    those who monitor it."""
    users = holder.members if isinstance(holder, Channel) else network.neighbours(holder) | {holder}
    for user in users:
        for session in user.sessions:
            if key in session.subscriptions:
                yield session
    if isinstance(holder, User):
        for session in network.monitors.watchers(holder.nick):
            if key in session.subscriptions and session.user not in users:
                yield session


def current(network: Network, holder: User | Channel, keys: Iterable[str], viewer: User) -> list[Value]:
    """The values of `keys`: of a channel, its own and those of its members, as far as `viewer` is shown them."""
    wanted = set(keys)
    holders: list[User | Channel] = [holder]
    if isinstance(holder, Channel):
        holders += [member.user for member in holder.members.values() if holder.shows(member, viewer)]
    return [
        (name_of(each), key, value) for each in holders for key, value in of(network, each).items() if key in wanted
    ]


def line_of(value: Value) -> Raw:
    """A value as it is sent to a subscriber that has not seen it."""
    target, key, text = value
    return Raw("METADATA", (target, key, EVERYBODY, text), has_text=True)


def send_current(network: Network, session: Session, holder: User | Channel, keys: Iterable[str]) -> None:
    """What `session` is sent unasked because it sees a user or channel from now on: the values of `keys` in one batch,
    or nothing when there are none, or 774 when there are too many."""
    assert session.user is not None
    values = current(network, holder, keys, session.user)
    if len(values) > SYNC_LINES:
        session.send(Reply(RPL_METADATASYNCLATER, (name_of(holder),)))
    elif values:
        batch = Batch(network.new_batch(), "metadata", (name_of(holder),))
        batch.items = [line_of(value) for value in values]
        session.send(batch)


def arrived(network: Network, user: User) -> None:
    """Somebody came, or has a new nick: those who monitor it get the values that they subscribed to."""
    for session in network.monitors.watchers(user.nick):
        if session.subscriptions:
            send_current(network, session, user, session.subscriptions)


def subscribe(session: Session, key: str) -> None:
    """Raises Refused for what is no key, and when there are too many."""
    require_key(key)
    if key not in session.subscriptions and len(session.subscriptions) >= METADATA_SUBSCRIPTIONS:
        raise Refused(FAIL_TOO_MANY_SUBS, key)
    session.subscriptions |= {key}


def unsubscribe(session: Session, key: str) -> None:
    """Raises Refused for what is no key."""
    require_key(key)
    session.subscriptions -= {key}
