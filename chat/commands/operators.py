"""IRC operators: OPER KILL WALLOPS GLOBOPS REHASH DIE RESTART CHGHOST. Owns: their grammar and replies."""

import logging

from chat.commands.call import Call
from chat.commands.modes import send_notice_mask
from chat.commands.registry import Parameter, command, optional, text, user, word
from chat.commands.routing import at_home, require_here
from chat.state import announcements, operators, registration
from chat.state.user import User
from chat.storage import passwords
from chat.storage.settings import OperatorBlock
from protocol.limits import HOST_BYTES, USERNAME_BYTES
from protocol.masking import escaped
from protocol.names import is_visible_host
from protocol.replies import (
    ERR_CANTKILLSERVER,
    ERR_NOOPERHOST,
    ERR_PASSWDMISMATCH,
    FAIL_REQUEST,
    RPL_REHASHING,
    RPL_VISIBLEHOST,
    RPL_YOUREOPER,
)
from protocol.values import Refused, ReplyRow

log = logging.getLogger("parley.operators")
_NAME_SHOWN = 32  # characters of a wrong name that the operators are shown


@command("OPER", word(), word(), cost=5)
def oper(call: Call, name: str, secret: str) -> None:
    """OPER <name> <password>: makes you an IRC operator."""
    block = operators.find_block(call.network, name)
    if block is None:
        _fail(call, name, "there is no such operator", ERR_NOOPERHOST)
        return
    why = operators.obstacle(block, call.session, call.user)
    if why:
        _fail(call, name, why, ERR_NOOPERHOST)
    elif not _knows_password(call, block, secret):
        _fail(call, name, "wrong password", ERR_PASSWDMISMATCH)
    elif operators.find_block(call.network, name) != block:  # reconfigured while the password was checked
        raise Refused(ERR_NOOPERHOST)
    elif elsewhere := operators.obstacle_elsewhere(block, call.user, call.session):
        call.network.notice(call.session, f"Another connection of yours may not be an operator's: {elsewhere}")
        raise Refused(ERR_NOOPERHOST)
    else:
        call.session.wrong_opers = 0
        call.reply(RPL_YOUREOPER)
        operators.grant(call.network, call.user, block)
        send_notice_mask(call)
        announcements.notice(call.network, f"{call.user.source.prefix} is now an operator ({block.name})", "o")


def _knows_password(call: Call, block: OperatorBlock, secret: str) -> bool:
    with call.unlocked():
        return passwords.verify_password(block.password, secret)


def _fail(call: Call, name: str, why: str, row: ReplyRow) -> None:
    shown = escaped(name[:_NAME_SHOWN])
    address = call.session.address
    level = call.network.admission.warning_level(address)
    log.log(level, "%s [%s] failed to become the operator %s: %s", call.user.nick, address, shown, why)
    call.refuse(Refused(row))
    operators.note_failure(call.network, call.session, call.user, shown, why)


def _victim(call: Call, nick: str) -> User:
    if "." in nick:
        raise Refused(ERR_CANTKILLSERVER)
    return call.existing_user(nick)


@command("KILL", Parameter("nick", _victim), text(), privilege="kill")
@at_home(0, reaches_all=True)
def kill(call: Call, target: User, comment: str) -> None:
    """KILL <nick> :<comment>: disconnects a user."""
    operators.kill(call.network, call.user.source, target, comment, call.user)


@command("WALLOPS", text(may_be_empty=False), privilege="wallops")
def wallops(call: Call, said: str) -> None:
    """WALLOPS :<text>: speaks to the users with mode +w."""
    announcements.wallops(call.network, call.user, said)


@command("GLOBOPS", text(may_be_empty=False), privilege="globops")
def globops(call: Call, said: str) -> None:
    """GLOBOPS :<text>: speaks to all IRC operators."""
    announcements.globops(call.network, call.user, said)


@command("REHASH", optional(word()), privilege="rehash")
def rehash(call: Call, server: str | None) -> None:
    """REHASH [<server>]: reads configuration, accounts, channels, bans and message of the day again. The server is this
    one; another one has operators of its own."""
    require_here(call, server)
    file = call.network.config.file
    call.reply(RPL_REHASHING, file.name if file is not None else "server.toml")
    with call.unlocked():
        call.server.reload()  # tells the operators, the one who asks among them, what cannot be read


@command("DIE", optional(word()), privilege="die")
def die(call: Call, server: str | None) -> None:
    """DIE [<server>]: stops the server, this one and no other."""
    require_here(call, server)
    announcements.notice(call.network, f"{call.user.nick} stops the server", "o", call.user)
    call.server.end(False)


@command("RESTART", optional(word()), privilege="restart")
def restart(call: Call, server: str | None) -> None:
    """RESTART [<server>]: stops the server, this one and no other, and starts it anew, with the options that it was
    started with."""
    require_here(call, server)
    with call.unlocked():
        problem = call.server.start_problem()
    if problem is not None:
        raise Refused(FAIL_REQUEST, "RESTART", f"It could not start again: {problem}")
    announcements.notice(call.network, f"{call.user.nick} restarts the server", "o", call.user)
    call.server.end(True)


@command("CHGHOST", user(), word(), word(), privilege="chghost")
@at_home(0)
def chghost(call: Call, target: User, username: str, host: str) -> None:
    """CHGHOST <nick> <user name> <host>: changes somebody's user name and visible host."""
    if not is_visible_host(host, HOST_BYTES) or not is_visible_host(username.lstrip("~"), USERNAME_BYTES):
        raise Refused(FAIL_REQUEST, "CHGHOST", "Letters, digits and . - _ : / only")
    registration.move(call.network, target, username, host)
    for session in target.sessions:
        call.on_behalf_of(session).reply(RPL_VISIBLEHOST, host)
