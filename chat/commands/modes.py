"""MODE for channels and users. Owns: its grammar and replies. Must not: change a mode itself (`channel_modes`)."""

from chat.commands.call import Call
from chat.commands.registry import Parameter, command
from chat.state import channel_modes, policy, registration
from chat.state.channel import Channel
from chat.state.user import User
from protocol import events
from protocol.limits import MODES_PER_COMMAND
from protocol.modes import CHANNEL_MODES, USER_MODES, Kind, ModeChange, parse_changes
from protocol.names import is_channel_type
from protocol.replies import (
    ERR_CHANOPRIVSNEEDED,
    ERR_UMODEUNKNOWNFLAG,
    ERR_USERSDONTMATCH,
    RPL_BANLIST,
    RPL_CHANNELMODEIS,
    RPL_CREATIONTIME,
    RPL_ENDOFBANLIST,
    RPL_ENDOFEXCEPTLIST,
    RPL_ENDOFINVEXLIST,
    RPL_EXCEPTLIST,
    RPL_INVEXLIST,
    RPL_UMODEIS,
)
from protocol.values import Refused

_LIST_REPLIES = {
    "b": (RPL_BANLIST, RPL_ENDOFBANLIST),
    "e": (RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST),
    "I": (RPL_INVEXLIST, RPL_ENDOFINVEXLIST),
}
_REST = tuple(
    Parameter(f"mode{number}", is_optional=True, may_be_empty=True) for number in range(2 * MODES_PER_COMMAND)
)


@command("MODE", Parameter("target"), *_REST, durable=True)
def mode(call: Call, target: str, *given: str | None) -> None:
    """MODE <channel or nick> [<modes> [<parameters>]]: shows or changes modes."""
    words = [word for word in given if word is not None]
    if is_channel_type(target):
        _channel_mode(call, call.existing_channel(target), words)
    else:
        _user_mode(call, call.existing_user(target), words)


def _channel_mode(call: Call, channel: Channel, words: list[str]) -> None:
    if not words:
        is_member = call.user in channel.members
        call.reply(RPL_CHANNELMODEIS, channel.name, channel.shown_modes(is_member))
        call.reply(RPL_CREATIONTIME, channel.name, int(channel.created_at))
        return
    queries, changes = _split(parse_changes(words))
    for letter in queries:
        _send_list(call, channel, letter)
    if changes:
        _change(call, channel, changes)


def _split(asked: list[ModeChange]) -> tuple[list[str], list[ModeChange]]:
    """The lists that are asked for (each once), and the changes, no more than are advertised."""
    queries: dict[str, None] = {}
    changes: list[ModeChange] = []
    with_parameter = 0
    for change in asked:
        row = CHANNEL_MODES.get(change.letter)
        if row is not None and row.kind is Kind.LIST and change.parameter is None:
            queries[change.letter] = None
            continue
        with_parameter += change.parameter is not None
        if change.parameter is None or with_parameter <= MODES_PER_COMMAND:
            changes.append(change)
    return list(queries), changes


def _send_list(call: Call, channel: Channel, letter: str) -> None:
    entry_row, end_row = _LIST_REPLIES[letter]
    if not policy.may_see_channel(call.user, channel):
        policy.require_member(call.user, channel)
    for entry in list(channel.lists[letter].values()):
        call.reply(entry_row, channel.name, entry.mask, entry.setter or "*", int(entry.time))
    call.reply(end_row, channel.name)


def _change(call: Call, channel: Channel, changes: list[ModeChange]) -> None:
    """Makes the changes one by one; without the rights for them, nothing is done. Everyone may drop the own rank."""
    if not all(_is_own_rank_dropped(call, change) for change in changes):
        if call.user not in channel.members:
            raise Refused(ERR_CHANOPRIVSNEEDED, channel.name)
        policy.require_operator(call.user, channel)
    setter = channel_modes.Setter(call.network, call.session, channel)
    done: list[ModeChange] = []

    def apply(change: ModeChange) -> None:
        made = channel_modes.apply(setter, change)
        if made is not None:
            done.append(made)

    call.each(changes, apply)
    if done:
        channel_modes.publish(setter, done)


def _is_own_rank_dropped(call: Call, change: ModeChange) -> bool:
    row = CHANNEL_MODES.get(change.letter)
    is_rank = row is not None and row.kind is Kind.RANK
    return is_rank and not change.adding and call.network.find_user(change.parameter or "") is call.user


# --- users ---------------------------------------------------------------------------------------------------------


def _user_mode(call: Call, target: User, words: list[str]) -> None:
    if target is not call.user:
        raise Refused(ERR_USERSDONTMATCH)
    if not words:
        call.reply(RPL_UMODEIS, target.shown_modes)
        return
    wanted, unknown = _wanted_modes(target.modes, words[0])
    change_user_modes(call, target, wanted)
    if unknown:
        raise Refused(ERR_UMODEUNKNOWNFLAG)


def _wanted_modes(modes: frozenset[str], text: str) -> tuple[frozenset[str], bool]:
    wanted, unknown, adding = set(modes), False, True
    for letter in text:
        if letter in "+-":
            adding = letter == "+"
        elif letter not in USER_MODES:
            unknown = True
        elif not adding:
            wanted.discard(letter)
        elif USER_MODES[letter].by_user:
            wanted.add(letter)
    return frozenset(wanted), unknown


def change_user_modes(call: Call, target: User, wanted: frozenset[str]) -> None:
    """Sets the user's modes and tells its sessions what changed."""
    added, removed = sorted(wanted - target.modes), sorted(target.modes - wanted)
    if not added and not removed:
        return
    source = target.source._replace(prefix=target.nick)
    registration.set_modes(call.network, target, wanted)
    shown = ("+" + "".join(added) if added else "") + ("-" + "".join(removed) if removed else "")
    call.network.tell_user(target, call.network.event(events.MODE, source, target.nick, shown))
