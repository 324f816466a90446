"""STATS. Owns: its letters, and who may see which. Must not: count anything itself."""

import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from chat.commands.call import Call
from chat.commands.registry import command, optional, word
from chat.commands.routing import routed
from chat.commands.server_bans import LETTERS, send_bans
from chat.state import policy
from chat.state.session import Session, Traffic
from protocol.replies import (
    RPL_ENDOFSTATS,
    RPL_STATSCOMMANDS,
    RPL_STATSLINKINFO,
    RPL_STATSOLINE,
    RPL_STATSOPERATORS,
    RPL_STATSPLINE,
    RPL_STATSSERVER,
    RPL_STATSUPTIME,
)
from protocol.values import Refused

_PRIVILEGE = "stats"


@command("STATS", word(), optional(word()), cost=2)
@routed(1)
def stats(call: Call, asked: str, target: str | None) -> None:
    """STATS <letter> [<server>]: u uptime, m commands, p operators on line; for operators: l links, then connections, o
    operator blocks, P ports, and bans: k users, d addresses, q nicks and channels, s muted users."""
    letter = asked[0]
    row = _STATS.get(letter)
    if row is not None:
        try:
            if not row.is_public:
                policy.require_privilege(call.user, _PRIVILEGE)
            row.send(call)
        except Refused as refused:
            call.refuse(refused)
    call.reply(RPL_ENDOFSTATS, letter)


def _uptime(call: Call) -> None:
    minutes, seconds = divmod(int(time.time() - call.network.started_at), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    call.reply(RPL_STATSUPTIME, days, f"{hours}:{minutes:02d}:{seconds:02d}")


def _commands(call: Call) -> None:
    for verb, count in sorted(call.network.command_counts.items()):
        call.reply(RPL_STATSCOMMANDS, verb, count)


def _connections(call: Call) -> None:
    now = time.monotonic()
    sessions = list(call.network.sessions)
    traffic = {session: session.peer.traffic for session in sessions if session.peer is not None}
    links = [(at, session) for session, at in traffic.items() if at is not None]
    for at, session in sorted(links, key=lambda link: link[0].server):
        _link(call, session, at, int(now - session.connected_at))
    for session in sessions:
        if traffic.get(session) is None:
            name = f"{session.nick}[{session.address}]"
            age = int(now - session.connected_at)
            call.reply(RPL_STATSLINKINFO, name, session.outbox.waiting, 0, 0, session.received, 0, age)


def _link(call: Call, session: Session, traffic: Traffic, age: int) -> None:
    call.reply(
        RPL_STATSSERVER,
        f"{traffic.server}[{session.address}]",
        session.outbox.waiting,
        traffic.sent_lines,
        traffic.sent_bytes // 1024,
        traffic.received_lines,
        traffic.received_bytes // 1024,
        age,
        f"{traffic.protocol}{', TLS' if session.is_secure else ''}",
    )


def _operator_blocks(call: Call) -> None:
    for block in call.network.config.operators:
        for mask in block.hosts or ("*@*",):
            call.reply(RPL_STATSOLINE, mask, block.name)


def _operators(call: Call) -> None:
    present = [user for user in call.network.operators if user.server is None]
    for user in sorted(present, key=lambda user: user.folded):
        idle = int(time.time() - user.spoke_at)
        call.reply(RPL_STATSOPERATORS, f"{user.nick} ({user.username}@{user.host}), idle for {idle} seconds")


def _ports(call: Call) -> None:
    for place in call.network.places:
        call.reply(RPL_STATSPLINE, place.port, place.host, "TLS only" if place.tls else "every dialect")


class _Letter(NamedTuple):
    """What a letter shows, and whether to everybody."""

    send: Callable[[Call], None]
    is_public: bool = False


_STATS = {
    "u": _Letter(_uptime, is_public=True),
    "m": _Letter(_commands, is_public=True),
    "p": _Letter(_operators, is_public=True),
    "l": _Letter(_connections),
    "o": _Letter(_operator_blocks),
    "P": _Letter(_ports),
    **{letter: _Letter(partial(send_bans, letter=letter)) for letter in LETTERS},
}
