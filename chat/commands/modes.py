"""MODE for channels and users. Owns: its grammar and replies. Must not: change a mode itself (`channel_modes`)."""

from chat.commands.call import Call
from chat.commands.registry import Parameter, command
from chat.state import channel_modes, policy, ranks, user_modes
from chat.state.channel import Channel
from chat.state.user import User
from protocol.limits import MODES_PER_COMMAND
from protocol.modes import CHANNEL_MODES, USER_MODES, Kind, ModeChange, parse_changes
from protocol.names import is_channel_type
from protocol.replies import (
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
    RPL_SNOMASK,
    RPL_UMODEIS,
)
from protocol.values import Refused, Source

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
        change_modes(call, channel, changes)


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


def change_modes(call: Call, channel: Channel, changes: list[ModeChange]) -> None:
    """Makes the changes one by one; without the rights for them, nothing is done. Everyone may drop the own rank."""
    for change in changes:
        ranks.require_change(call.network, call.user, channel, change)
    _apply_all(call, channel, changes)


def change_by_server(call: Call, channel: Channel, words: list[str]) -> None:
    """Changes modes for an IRC operator, who needs no rights in the channel; they show as the server's."""
    _apply_all(call, channel, _split(parse_changes(words))[1], call.network.source)


def _apply_all(call: Call, channel: Channel, changes: list[ModeChange], source: Source | None = None) -> None:
    setter = channel_modes.Setter(call.network, call.session, channel, overrides=source is not None)
    done: list[ModeChange] = []

    def apply(change: ModeChange) -> None:
        made = channel_modes.apply(setter, change)
        if made is not None:
            done.append(made)

    call.each(changes, apply)
    if done:
        channel_modes.publish(setter, done, source)


# --- users ---------------------------------------------------------------------------------------------------------


def _user_mode(call: Call, target: User, words: list[str]) -> None:
    if target is not call.user:
        raise Refused(ERR_USERSDONTMATCH)
    if not words:
        call.reply(RPL_UMODEIS, target.shown_modes)
        send_notice_mask(call)
        return
    wanted, unknown = _wanted_modes(target.modes, words[0])
    adding = _asks_for_notices(words[0]) if target.is_operator else None
    if adding is not None:
        unknown |= user_modes.choose_notices(target, adding, words[1] if len(words) > 1 else None)
        wanted |= {user_modes.NOTICES}
    user_modes.change(call.network, target, wanted)
    if adding is not None:
        send_notice_mask(call)
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


def _asks_for_notices(text: str) -> bool | None:
    """True for +s among the letters, False for -s, None for neither."""
    adding, asked = True, None
    for letter in text:
        if letter in "+-":
            adding = letter == "+"
        elif letter == user_modes.NOTICES:
            asked = adding
    return asked


def send_notice_mask(call: Call) -> None:
    """008: about what the asker gets server notices, if it gets any."""
    if user_modes.NOTICES in call.user.modes:
        call.reply(RPL_SNOMASK, "+" + "".join(sorted(call.user.subjects)))
