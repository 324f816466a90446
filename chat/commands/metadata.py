"""METADATA: what users and channels tell about themselves (IRCv3 draft/metadata-2).

Owns: its grammar and replies. Must not: keep a value, or tell subscribers (`chat.state.metadata` does).
"""

from collections.abc import Callable

from chat.commands.call import Call
from chat.commands.registry import command, word
from chat.commands.views import room_beside
from chat.state import ban_policy, extension_policy, metadata, policy
from chat.state.channel import Channel
from chat.state.metadata import CAPABILITY, EVERYBODY, Holder
from chat.state.user import User
from protocol.names import fold, is_channel_type, packed
from protocol.replies import (
    FAIL_METADATA_TARGET,
    FAIL_SUBCOMMAND_INVALID,
    FAIL_TOO_MANY_SUBS,
    RPL_KEYNOTSET,
    RPL_KEYVALUE,
    RPL_METADATASUBOK,
    RPL_METADATASUBS,
    RPL_METADATAUNSUBOK,
)
from protocol.values import Refused, ReplyRow


@command("METADATA", word(), word(), capability=CAPABILITY, early=CAPABILITY, durable=True, cost=2)
def metadata_(call: Call, target: str, subcommand: str) -> None:
    """METADATA <target> GET <key>..., LIST, SET <key> [:<value>], CLEAR, SYNC: what a nick, a channel or * for yourself
    tells under which keys. METADATA * SUB <key>..., UNSUB <key>..., SUBS: of which keys you are told."""
    handler, least = _SUBCOMMANDS.get(subcommand.upper(), (None, 0))
    if handler is None:
        raise Refused(FAIL_SUBCOMMAND_INVALID, subcommand)
    arguments: list[str] = call.request.params[2:]
    if len(arguments) < least:
        raise call.too_few_parameters()
    handler(call, target, arguments)


def _holder(call: Call, target: str) -> Holder:
    """Whose values `target` means: before registration only `*`."""
    session, network = call.session, call.network
    if session.registration is not None:
        if target == "*":
            return session.registration
        raise Refused(FAIL_METADATA_TARGET, target)
    if target == "*":
        return call.user
    found: User | Channel | None
    if is_channel_type(target):
        found = network.find_channel(target)
        if found is not None and not policy.may_see_channel(call.user, found):
            found = None
    else:
        found = network.find_user(target)
    if found is None:
        raise Refused(FAIL_METADATA_TARGET, target)
    return found


def _require_self(call: Call, target: str) -> None:
    """Subscriptions are of the one who asks."""
    if target != "*" and fold(target) != fold(call.session.nick):
        raise Refused(FAIL_METADATA_TARGET, target)


def _get(call: Call, target: str, keys: list[str]) -> None:
    holder = _holder(call, target)
    name, values = metadata.name_of(holder), metadata.of(call.network, holder)

    def show(key: str) -> None:
        metadata.require_key(key)
        if key in values:
            call.reply(RPL_KEYVALUE, name, key, EVERYBODY, values[key])
        else:
            call.reply(RPL_KEYNOTSET, name, key)

    with call.batch("metadata", name):
        call.each(keys, show)


def _list(call: Call, target: str, arguments: list[str]) -> None:
    holder = _holder(call, target)
    name = metadata.name_of(holder)
    with call.batch("metadata", name):
        for key, value in metadata.of(call.network, holder).items():
            call.reply(RPL_KEYVALUE, name, key, EVERYBODY, value)


def _set(call: Call, target: str, arguments: list[str]) -> None:
    holder, key = _holder(call, target), arguments[0]
    metadata.require_key(key)
    extension_policy.require_metadata(call.session.user, holder, metadata.name_of(holder), key)
    value = arguments[1] if len(arguments) > 1 else None
    if value is not None and call.session.user is not None:
        ban_policy.require_unmuted(call.session.user, metadata.name_of(holder))
    metadata.set_value(call.network, call.session, holder, key, value)
    if value is None:
        call.reply(RPL_KEYNOTSET, metadata.name_of(holder), key)
    else:
        call.reply(RPL_KEYVALUE, metadata.name_of(holder), key, EVERYBODY, value)


def _clear(call: Call, target: str, arguments: list[str]) -> None:
    holder = _holder(call, target)
    name = metadata.name_of(holder)
    extension_policy.require_metadata(call.session.user, holder, name, "*")
    with call.batch("metadata", name):
        for key in metadata.clear(call.network, call.session, holder):
            call.reply(RPL_KEYVALUE, name, key, EVERYBODY, "")


def _sync(call: Call, target: str, arguments: list[str]) -> None:
    holder = _holder(call, target)
    if not isinstance(holder, User | Channel):
        raise Refused(FAIL_METADATA_TARGET, target)
    with call.batch("metadata", metadata.name_of(holder)):
        for value in metadata.current(call.network, holder, call.session.subscriptions, call.user):
            call.session.send(metadata.line_of(value))


def _sub(call: Call, target: str, keys: list[str]) -> None:
    """A key that is none is passed over; the first for which there is no room is the last that is looked at."""
    _require_self(call, target)
    before, taken = call.session.subscriptions, {}
    for key in keys:
        try:
            metadata.subscribe(call.session, key)
            taken[key] = key not in before
        except Refused as refused:
            call.refuse(refused)
            if refused.row is FAIL_TOO_MANY_SUBS:
                break
    _reply_keys(call, RPL_METADATASUBOK, list(taken))
    new = [key for key, is_new in taken.items() if is_new]
    if new and call.session.user is not None:
        _send_everything(call, call.session.user, new)


def _send_everything(call: Call, user: User, keys: list[str]) -> None:
    """The values of newly subscribed keys, of all that the session is told of: its channels, and whom it monitors."""
    for channel in list(user.memberships):
        metadata.send_current(call.network, call.session, channel, keys)
    for nick in call.network.monitors.watched_by(call.session):
        watched = call.network.find_user(nick)
        if watched is not None and watched is not user and not user.memberships.keys() & watched.memberships.keys():
            metadata.send_current(call.network, call.session, watched, keys)


def _unsub(call: Call, target: str, keys: list[str]) -> None:
    _require_self(call, target)
    done: dict[str, None] = {}

    def end(key: str) -> None:
        metadata.unsubscribe(call.session, key)
        done[key] = None

    call.each(keys, end)
    _reply_keys(call, RPL_METADATAUNSUBOK, list(done))


def _subs(call: Call, target: str, arguments: list[str]) -> None:
    _require_self(call, target)
    with call.batch("metadata-subs"):
        _reply_keys(call, RPL_METADATASUBS, sorted(call.session.subscriptions))


def _reply_keys(call: Call, row: ReplyRow, keys: list[str]) -> None:
    for text in packed(keys, " ", room_beside(call)):
        call.reply(row, text)


_SUBCOMMANDS: dict[str, tuple[Callable[[Call, str, list[str]], None], int]] = {
    "GET": (_get, 1),
    "LIST": (_list, 0),
    "SET": (_set, 1),
    "CLEAR": (_clear, 0),
    "SYNC": (_sync, 0),
    "SUB": (_sub, 1),
    "UNSUB": (_unsub, 1),
    "SUBS": (_subs, 0),
}


def send_own(call: Call) -> None:
    """Part of the welcome: what is known of the user's own keys, with which a client may fill its forms."""
    if CAPABILITY in call.session.capabilities:
        user = call.user
        with call.batch("metadata", user.nick):
            for key, value in metadata.of(call.network, user).items():
                call.session.send(metadata.line_of((user.nick, key, value)))
