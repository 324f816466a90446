"""What IRC operators do to users and channels without being asked in: SAJOIN SAPART SANICK SAMODE SATOPIC. Owns: their
grammar; each use is told to the operators. Must not: change anything but by the operations that all commands use."""

from chat.commands.call import Call
from chat.commands.history_views import prepare_markers
from chat.commands.modes import change_by_server
from chat.commands.registry import Parameter, channel, command, optional, text, user, word, words
from chat.commands.routing import at_home
from chat.commands.views import send_join_replies
from chat.state import announcements, membership, policy, registration
from chat.state.channel import Channel
from chat.state.user import User
from protocol.limits import MODES_PER_COMMAND

_MODES = tuple(
    Parameter(f"mode{number}", is_optional=True, may_be_empty=True) for number in range(2 * MODES_PER_COMMAND)
)


@command("SAJOIN", user(), words(), privilege="sajoin")
@at_home(0)
def sajoin(call: Call, target: User, names: list[str]) -> None:
    """SAJOIN <nick> <channel>{,<channel>}: makes a user join channels, whatever their modes and bans."""
    call.each(names, lambda name: _force_in(call, target, name))


def _force_in(call: Call, target: User, name: str) -> None:
    policy.require_legal_channel(call.network, name)
    prepare_markers(call, target)
    if not target.sessions:  # gone meanwhile
        return
    joined = membership.join(call.network, target.sessions[0], name, "", is_forced=True)
    if joined is None:
        return
    _tell(call, f"made {target.nick} join {joined.name}")
    for session in target.sessions:
        send_join_replies(call.on_behalf_of(session), joined)


@command("SAPART", user(), words(), optional(text()), privilege="sapart")
@at_home(0)
def sapart(call: Call, target: User, names: list[str], reason: str | None) -> None:
    """SAPART <nick> <channel>{,<channel>} [:<reason>]: makes a user leave channels."""

    def leave(name: str) -> None:
        left = call.existing_channel(name)
        policy.require_target_member(target, left)
        _tell(call, f"made {target.nick} leave {left.name}")
        membership.part(call.network, target, left, reason or "", None)

    call.each(names, leave)


@command("SANICK", user(), word(), privilege="sanick")
@at_home(0)
def sanick(call: Call, target: User, nick: str) -> None:
    """SANICK <nick> <new nick>: changes somebody's nick."""
    policy.require_legal_nick(call.network, nick)
    policy.require_free_nick(call.network, nick, target.account, target)
    _tell(call, f"changed the nick of {target.nick} to {nick}")
    registration.change_nick(call.network, target, nick)


@command("SAMODE", channel(), word(), *_MODES, privilege="samode", durable=True)
def samode(call: Call, where: Channel, letters: str, *given: str | None) -> None:
    """SAMODE <channel> <modes> [<parameters>]: changes the modes of a channel, in the server's name."""
    asked = [letters, *(one for one in given if one is not None)]
    _tell(call, f"changes the modes of {where.name}: {' '.join(asked)}")
    change_by_server(call, where, asked)


@command("SATOPIC", channel(), text(), privilege="satopic", durable=True)
def satopic(call: Call, where: Channel, wanted: str) -> None:
    """SATOPIC <channel> :<topic>: sets or clears the topic of a channel."""
    _tell(call, f"set the topic of {where.name}")
    membership.set_topic(call.network, call.session, where, wanted)


def _tell(call: Call, what: str) -> None:
    announcements.notice(call.network, f"{call.user.nick} {what}", "o")
