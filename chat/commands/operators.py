"""IRC operators: OPER KILL WALLOPS REHASH CHGHOST. Owns: their grammar and replies."""

from chat.commands.call import Call
from chat.commands.modes import change_user_modes
from chat.commands.registry import command, text, user, word
from chat.state import registration
from chat.state.privileges import PRIVILEGES
from chat.state.user import User
from chat.storage import passwords
from protocol import events
from protocol.limits import HOST_BYTES, LIST_REPLY_BYTES, USERNAME_BYTES
from protocol.names import cut, is_visible_host
from protocol.replies import (
    ERR_CANTKILLSERVER,
    ERR_NOOPERHOST,
    ERR_PASSWDMISMATCH,
    FAIL_REQUEST,
    RPL_REHASHING,
    RPL_VISIBLEHOST,
    RPL_YOUREOPER,
)
from protocol.values import Refused


@command("OPER", word(), word(), cost=5)
def oper(call: Call, name: str, secret: str) -> None:
    """OPER <name> <password>: makes you an IRC operator."""
    block = next((block for block in call.network.config.operators if block.name == name), None)
    if block is None:
        raise Refused(ERR_NOOPERHOST)
    with call.unlocked():
        right = passwords.verify_password(block.password, secret)
    if not right:
        raise Refused(ERR_PASSWDMISMATCH)
    call.reply(RPL_YOUREOPER)
    call.user.privileges = frozenset(PRIVILEGES)
    change_user_modes(call, call.user, call.user.modes | {"o"})
    call.network.notice_operators(f"{call.user.source.prefix} is now an operator ({block.name})")


@command("KILL", word(), text(), privilege="kill")
def kill(call: Call, nick: str, comment: str) -> None:
    """KILL <nick> :<comment>: disconnects a user."""
    if "." in nick:
        raise Refused(ERR_CANTKILLSERVER)
    target = call.existing_user(nick)
    killer = call.user.nick
    reason = f"Killed ({killer} ({cut(comment, LIST_REPLY_BYTES)}))"
    event = call.network.event(events.KILL, call.user.source, target.nick, comment)
    for session in list(target.sessions):
        session.send(event)
    call.network.notice_operators(f"{killer} killed {target.source.prefix}: {comment}")
    gone = call.network.event(events.QUIT, target.source, "", reason)
    for session in list(target.sessions):
        if not session.codec.dialect.per_channel:  # the closing line says it all
            session.send(gone)
        registration.expel(call.network, session, reason)


@command("WALLOPS", text(may_be_empty=False), privilege="wallops")
def wallops(call: Call, said: str) -> None:
    """WALLOPS :<text>: speaks to the users with mode +w."""
    event = call.network.event(events.WALLOPS, call.user.source, "", said)
    for target in list(call.network.users.values()):
        if "w" in target.modes:
            call.network.tell_user(target, event)


@command("REHASH", privilege="rehash")
def rehash(call: Call) -> None:
    """REHASH: reads configuration, accounts, channels and message of the day again."""
    file = call.network.config.file
    call.reply(RPL_REHASHING, file.name if file is not None else "server.toml")
    with call.unlocked():
        call.server.reload()  # tells the operators, the one who asks among them, what cannot be read


@command("CHGHOST", user(), word(), word(), privilege="chghost")
def chghost(call: Call, target: User, username: str, host: str) -> None:
    """CHGHOST <nick> <user name> <host>: changes somebody's user name and visible host."""
    if not is_visible_host(host, HOST_BYTES) or not is_visible_host(username.lstrip("~"), USERNAME_BYTES):
        raise Refused(FAIL_REQUEST, "CHGHOST", "Letters, digits and . - _ : / only")
    registration.move(call.network, target, username, host)
    for session in target.sessions:
        call.on_behalf_of(session).reply(RPL_VISIBLEHOST, host)
