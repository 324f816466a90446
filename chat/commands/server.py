"""Asking about the server: LUSERS MOTD VERSION TIME ADMIN INFO HELP. Owns: their replies."""

import time

from chat.commands import registry
from chat.commands.call import Call
from chat.commands.registry import command, optional, text, word
from chat.commands.routing import routed
from chat.state import offers
from chat.state.network import VERSION
from protocol.names import cut
from protocol.replies import (
    ERR_HELPNOTFOUND,
    ERR_NOMOTD,
    ERR_SUMMONDISABLED,
    ERR_USERSDISABLED,
    RPL_ADMINEMAIL,
    RPL_ADMINLOC1,
    RPL_ADMINLOC2,
    RPL_ADMINME,
    RPL_ENDOFHELP,
    RPL_ENDOFINFO,
    RPL_ENDOFMOTD,
    RPL_GLOBALUSERS,
    RPL_HELPSTART,
    RPL_HELPTXT,
    RPL_INFO,
    RPL_LOCALUSERS,
    RPL_LUSERCHANNELS,
    RPL_LUSERCLIENT,
    RPL_LUSERME,
    RPL_LUSEROP,
    RPL_LUSERUNKNOWN,
    RPL_MOTD,
    RPL_MOTDSTART,
    RPL_TIME,
    RPL_VERSION,
)
from protocol.values import Refused

_INFO = (
    "Parley, a chat server that speaks modern IRC, lab IRC and a JSON protocol on one port.",
    "MIT licence, the Parley contributors.",
    "Type /HELP for the commands.",
)


def send_lusers(call: Call) -> None:
    """The counts of 251-255, 265 and 266."""
    network = call.network
    users, invisible = len(network.users), len(network.invisible)
    near, local = len(network.servers.children(None)), network.local_users
    call.reply(RPL_LUSERCLIENT, users - invisible, invisible, 1 + len(network.servers))
    call.reply(RPL_LUSEROP, len(network.operators))
    call.reply(RPL_LUSERUNKNOWN, max(0, len(network.sessions) - network.registered_sessions - near))
    call.reply(RPL_LUSERCHANNELS, len(network.channels))
    call.reply(RPL_LUSERME, local, near)
    call.reply(RPL_LOCALUSERS, local, network.most_local_users)
    call.reply(RPL_GLOBALUSERS, users, network.most_users)


def send_motd(call: Call) -> None:
    """375, 372 and 376, or 422."""
    if not call.network.motd:
        call.reply(ERR_NOMOTD)
        return
    call.reply(RPL_MOTDSTART, call.network.name)
    for line in call.network.motd:
        call.reply(RPL_MOTD, line)
    call.reply(RPL_ENDOFMOTD)


@command("LUSERS", optional(word()), optional(word()))
@routed(1)
def lusers(call: Call, mask: str | None, target: str | None) -> None:
    """LUSERS [<mask> <server>]: how many users, operators and channels there are."""
    send_lusers(call)


@command("MOTD", optional(word()))
@routed(0)
def motd(call: Call, target: str | None) -> None:
    """MOTD [<server>]: the message of the day."""
    send_motd(call)


@command("VERSION", optional(word()))
@routed(0)
def version(call: Call, target: str | None) -> None:
    """VERSION [<server>]: the server's version and what it supports."""
    call.reply(RPL_VERSION, VERSION, call.network.name, "modern IRC, lab IRC, CSP 1.0 and 1.1")
    if not call.is_remote:  # a client would take it for what its own server supports
        isupport(call)


@command("ISUPPORT", early="draft/extended-isupport")
def isupport(call: Call) -> None:
    """ISUPPORT: what the server supports, as in its welcome."""
    offers.send_isupport(call.network, call.session, offers.isupport_tokens(call.network))


@command("TIME", optional(word()))
@routed(0)
def time_(call: Call, target: str | None) -> None:
    """TIME [<server>]: the server's clock."""
    now = time.localtime()
    shown = time.strftime("%A %B %d %Y -- %H:%M:%S %z", now)
    call.reply(RPL_TIME, call.network.name, int(time.time()), now.tm_gmtoff, shown)


@command("ADMIN", optional(word()))
@routed(0)
def admin(call: Call, target: str | None) -> None:
    """ADMIN [<server>]: who runs the server."""
    place, who, mail = call.network.config.admin
    call.reply(RPL_ADMINME, call.network.name)
    call.reply(RPL_ADMINLOC1, place or call.network.config.info)
    call.reply(RPL_ADMINLOC2, who or "see [admin] in server.toml")
    call.reply(RPL_ADMINEMAIL, mail or "no mail address is configured")


@command("INFO", optional(word()))
@routed(0)
def info(call: Call, target: str | None) -> None:
    """INFO [<server>]: about the software."""
    started = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(call.network.started_at))
    for line in (*_INFO, f"{VERSION}, running since {started}"):
        call.reply(RPL_INFO, line)
    call.reply(RPL_ENDOFINFO)


@command("USERS", optional(word()))
def users(call: Call, target: str | None) -> None:
    """USERS: not available; WHO lists users."""
    raise Refused(ERR_USERSDISABLED)


@command("SUMMON", optional(word()))
def summon(call: Call, target: str | None) -> None:
    """SUMMON: not available; INVITE asks somebody in."""
    raise Refused(ERR_SUMMONDISABLED)


# --- HELP ----------------------------------------------------------------------------------------------------------


@command("HELP", optional(text()))
def help_(call: Call, subject: str | None) -> None:
    """HELP [<command>]: explains a command, or lists them."""
    if subject is None:
        _help_index(call)
        return
    row = registry.IRC_COMMANDS.get(subject.strip().upper())
    if row is None:
        raise Refused(ERR_HELPNOTFOUND, subject)
    title, *rest = [cut(line.strip(), 400) for line in row.help.splitlines() if line.strip()]
    if row.privilege:
        rest.append("Only IRC operators may use it.")
    if row.capability:
        rest.append(f"It is there for clients that have enabled {row.capability}.")
    _send_help(call, subject, title, rest)


def _help_index(call: Call) -> None:
    verbs = sorted(registry.IRC_COMMANDS)
    rows = [" ".join(verbs[start : start + 10]) for start in range(0, len(verbs), 10)]
    _send_help(call, "*", "Commands; HELP <command> explains one:", rows)


def _send_help(call: Call, subject: str, title: str, lines: list[str]) -> None:
    call.reply(RPL_HELPSTART, subject, title)
    for line in ("", *lines):
        call.reply(RPL_HELPTXT, subject, line)
    call.reply(RPL_ENDOFHELP, subject, "End of /HELP")


@command("HELPOP", optional(text()))
def helpop(call: Call, subject: str | None) -> None:
    """HELPOP [<command>]: the same as HELP."""
    help_(call, subject)
