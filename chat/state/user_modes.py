"""Changing user modes, and telling the user. Owns: what a mode takes or brings with it (notices, the cloaked host).
Must not: parse a mode string, or decide who becomes an operator (`chat.state.operators`)."""

from chat.state import announcing, registration
from chat.state.network import Network
from chat.state.user import User
from protocol import events, facts, notices
from protocol.replies import RPL_VISIBLEHOST
from protocol.values import Reply

CLOAKED, NOTICES, OPERATOR = "x", "s", "o"


def change(network: Network, user: User, wanted: frozenset[str]) -> None:
    """Sets the user's modes and tells its sessions what changed. Without +o there is no +s, and without cloaked hosts
    no +x; +s is shown from the operator's own choice of subjects on, as long as there is one."""
    wanted = _possible(network, user, wanted)
    added, removed = sorted(wanted - user.modes), sorted(user.modes - wanted)
    if NOTICES in removed:
        user.subjects = frozenset()
    if not added and not removed:
        return
    _set(network, user, wanted, user.operator)
    announce(network, user)
    if CLOAKED in added or CLOAKED in removed:
        _move(network, user, user.cloaked_host if CLOAKED in added else user.real_host)


def announce(network: Network, user: User) -> None:
    """Tells other servers of the modes of a user of this one, and which operator it is."""
    announcing.about_user(network, user, facts.UserModesSet(user.uid, "".join(sorted(user.modes)), user.operator))


def take_over(network: Network, user: User, wanted: frozenset[str], operator: str) -> None:
    """Sets the modes of a user of another server, as that one says; what an operator may do is decided there as well,
    and nothing of it here."""
    if wanted != user.modes or operator != user.operator:
        _set(network, user, wanted, operator)


def _set(network: Network, user: User, wanted: frozenset[str], operator: str) -> None:
    added, removed = sorted(wanted - user.modes), sorted(user.modes - wanted)
    source = user.source._replace(prefix=user.nick)
    registration.set_modes(network, user, wanted)
    user.operator = operator if OPERATOR in wanted else ""
    shown = ("+" + "".join(added) if added else "") + ("-" + "".join(removed) if removed else "")
    event = network.event(events.MODE, source, user.nick, shown)
    network.tell_user(user, event)
    if network.relay.is_linked:
        network.relay.show(event, user)


def _possible(network: Network, user: User, wanted: frozenset[str]) -> frozenset[str]:
    if OPERATOR not in wanted or not user.subjects:
        wanted -= {NOTICES}
    if not user.cloaked_host:
        wanted = (wanted - {CLOAKED}) | (user.modes & {CLOAKED})
    return wanted


def _move(network: Network, user: User, host: str) -> None:
    registration.move(network, user, user.username, host)
    for session in user.sessions:
        if session.codec.dialect.is_modern:
            session.send(Reply(RPL_VISIBLEHOST, (host,)))


def choose_notices(user: User, adding: bool, subjects: str | None) -> bool:
    """What an operator's `+s <subjects>` or `-s` asks for, to be put in force by `change`: all of them where none is
    named. Whether there were letters that there are not."""
    if not adding or subjects is None:
        user.subjects = frozenset(notices.SUBJECTS) if adding else frozenset()
        return False
    user.subjects, unknown = notices.wanted(user.subjects, subjects)
    return unknown
