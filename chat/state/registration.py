"""Coming and going: a session becomes a user or joins the user of its account; nick changes, logins, quits.

Owns: the order of what happens then. Must not: parse a command or word a reply beyond events.
"""

import time

from chat.state import membership
from chat.state.channel import Membership
from chat.state.network import Network, PastUser
from chat.state.session import Session
from chat.state.user import User
from protocol import events
from protocol.modes import RANKS, ModeChange, format_changes
from protocol.names import fold
from protocol.values import IRC, Event


def add_user(network: Network, session: Session, user: User) -> None:
    """Makes `user`, with `session` as its first, known to the network. The nick must be free."""
    network.users[user.folded] = user
    if user.account:
        network.note_login(user)
    network.most_users = max(network.most_users, len(network.users))
    attach(network, session, user)


def attach(network: Network, session: Session, user: User) -> None:
    """Gives `user` one more session."""
    release_nick(network, session)
    session.user = user
    session.registration = None
    user.sessions.append(session)
    network.registered_sessions += 1
    user.forget_audiences()


def reserve_nick(network: Network, session: Session, nick: str) -> None:
    """Keeps `nick` for a session that has not completed registration."""
    release_nick(network, session)
    assert session.registration is not None
    session.registration.nick = nick
    network.reserved_nicks[fold(nick)] = session


def release_nick(network: Network, session: Session) -> None:
    """Gives the reserved nick back."""
    if session.registration is not None:
        folded = fold(session.registration.nick)
        if network.reserved_nicks.get(folded) is session:
            del network.reserved_nicks[folded]


def change_nick(network: Network, user: User, nick: str) -> None:
    """Renames `user` and tells everybody who shares a channel, and all of the user's sessions, once."""
    event = network.event(events.NICK, user.source, "", "", nick)
    if user.folded != fold(nick):
        record_past(network, user)
    network.tell_neighbours(user, event, include_self=True)
    del network.users[user.folded]
    user.rename(nick)
    network.users[user.folded] = user


def take_nick_from_guest(network: Network, holder: User) -> None:
    """The owner of an account has come: whoever holds its name without being logged in gets another nick."""
    number = 1
    while network.find_user(f"Guest{number}") is not None:
        number += 1
    for session in holder.sessions:
        network.notice(session, f"The nick {holder.nick} belongs to an account whose owner has come")
    change_nick(network, holder, f"Guest{number}")


def log_in(network: Network, session: Session, account: str) -> None:
    """The user of `session` logs in (or switches account); neighbours are told, admins become operators."""
    user = session.user
    assert user is not None
    event = network.event(events.ACCOUNT, user.source, "", account)
    log_out(network, user)
    user.log_in(account)
    if account:
        network.note_login(user)
    network.tell_neighbours(user, event, include_self=True)
    for channel in list(user.memberships):
        membership.promote_admin(network, channel, user, session)


def log_out(network: Network, user: User) -> None:
    """Takes the user off its account, silently."""
    network.note_logout(user)
    user.log_in("")


def set_modes(network: Network, user: User, modes: frozenset[str]) -> None:
    """Sets the user modes, silently, and counts the user among those whom LUSERS counts."""
    user.set_modes(modes)
    for letter, holders in (("o", network.operators), ("i", network.invisible)):
        (holders.add if letter in modes else holders.discard)(user)


def move(network: Network, user: User, username: str, host: str) -> None:
    """Changes user name and visible host. Who shares a channel and has no chghost sees the user quit and come back."""
    old = user.source
    user.move(username, host)
    network.tell_neighbours(user, network.event(events.CHGHOST, old, "", "", (username, host)), include_self=True)
    gone = network.event(events.QUIT, old, "", "Changing hostname")
    returns = {channel: _return_events(network, membership) for channel, membership in user.memberships.items()}
    for other in network.neighbours(user):
        uninformed = [s for s in other.sessions if s.codec.dialect is IRC and "chghost" not in s.capabilities]
        shared = [event for channel, back in returns.items() if other in channel.members for event in back]
        for event in (gone, *shared):
            network.tell_sessions(uninformed, event)


def _return_events(network: Network, member: Membership) -> list[Event]:
    user, channel = member.user, member.channel
    back = [network.event(events.JOIN, user.source, channel.name, "", user.realname)]
    ranks = [ModeChange(True, letter, user.nick) for letter in RANKS if letter in member.ranks]
    if ranks:
        back.append(network.event(events.MODE, network.source, channel.name, format_changes(ranks)))
    return back


def record_past(network: Network, user: User) -> None:
    """Remembers a nick for WHOWAS."""
    past = PastUser(user.nick, user.username, user.host, user.realname, user.account, time.time())
    network.past_users.appendleft(past)


def quit_user(network: Network, user: User, text: str, given: str = "") -> None:
    """The user leaves the network. `text` is the reason as shown; `given` what the user itself wrote, if anything."""
    event = network.event(events.QUIT, user.source, "", text, given)
    network.tell_neighbours(user, event)
    record_past(network, user)
    for channel in list(user.memberships):
        channel.discard(user)
        network.forget_channel_if_empty(channel)
    for channel in user.invitations.values():
        channel.invited.discard(user)
    if network.users.get(user.folded) is user:
        del network.users[user.folded]
    set_modes(network, user, frozenset())
    log_out(network, user)


def end_session(network: Network, session: Session, text: str, given: str = "") -> None:
    """A session is over; the last one of a user makes it quit. May be called twice; the second does nothing."""
    release_nick(network, session)
    network.sessions.discard(session)
    user = session.user
    if user is None:
        return
    session.user = None
    user.sessions.remove(session)
    network.registered_sessions -= 1
    user.forget_audiences()
    if not user.sessions:
        quit_user(network, user, text, given)


def expel(network: Network, session: Session, reason: str) -> None:
    """The server ends a session. Its nick is free before its client can know."""
    end_session(network, session, reason)
    session.close(reason)
