"""Coming and going: a session becomes a user or joins the user of its account; nick changes, quits.

Owns: the order of what happens then. Must not: parse a command or word a reply beyond events.
"""

import itertools
import time

from chat.state import announcing, ban_policy, metadata, policy, presence
from chat.state.channel import Channel, Membership
from chat.state.network import Network, PastUser
from chat.state.session import Session
from chat.state.user import User
from protocol import events, facts
from protocol.addresses import address_of
from protocol.limits import HOST_BYTES
from protocol.modes import RANKS, ModeChange, format_changes
from protocol.names import fold, is_visible_host
from protocol.values import Event


def enter(network: Network, session: Session, nick: str, username: str, realname: str, account: str) -> None:
    """`session`, logged in to `account` unless that is "", gets its user: the one of the account if it is on line, else
    a new one called `nick`. Raises Refused when the nick cannot be had."""
    owner = network.user_of_account(account) if account else None
    if owner is None:
        owner = _new_user(network, session, nick, username, realname, account)
    release_nick(network, session)
    away = session.registration.away if session.registration is not None else ""
    session.user = owner
    session.registration = None
    owner.sessions.append(session)
    network.registered_sessions += 1
    owner.forget_audiences()
    owner.mute = owner.mute or ban_policy.mute_of(network, session, network.bans)
    if len(owner.sessions) == 1:
        announcing.arrived(network, owner)
    network.notice_operators(f"{owner.source.prefix} [{session.address}] has come", "c")
    if away and (owner.mute is None or away == presence.UNATTENDED):
        presence.set_away(network, session, away)
    else:
        presence.review(network, owner)


def claim_host(network: Network, session: Session, host: str) -> None:
    """A lab client says what its host is called, and that is shown; but nothing that would break a prefix, and nothing
    that could be taken for the address or the cloak of somebody."""
    is_like_another = address_of(host) is not None or (network.cloak is not None and network.cloak.resembles(host))
    if is_visible_host(host, HOST_BYTES) and not is_like_another:
        session.host, session.claims_host = host, True


def _new_user(network: Network, session: Session, nick: str, username: str, realname: str, account: str) -> User:
    policy.require_legal_nick(network, nick)
    since = free_own_nick(network, nick) if account and fold(nick) == fold(account) else 0
    policy.require_free_nick(network, nick, account, session)
    user = User(nick, username, session.host, realname, session.address, account)
    user.real_host = session.address
    user.claimed_host = session.host if session.claims_host else ""
    user.uid, user.nick_since = network.new_user_id(), since or network.tick()
    network.users[user.folded] = network.users_by_id[user.uid] = user
    _cloak(network, session, user)
    if account:
        network.note_login(user)
        user.metadata = network.fetched_metadata.pop(fold(account), {})
    network.count_arrival()
    network.monitors.arrived(user)
    metadata.arrived(network, user)
    return user


def _cloak(network: Network, session: Session, user: User) -> None:
    """Hides the host, where the server does that; one that a lab client has made up is shown, as its course's 001 does,
    but bans on its cloak mean it all the same."""
    if network.cloak is None:
        return
    user.real_host = session.vouched_host
    user.cloaked_host = network.cloak.hide(user.real_host)
    if user.claimed_host:
        return
    user.move(user.username, user.cloaked_host)
    set_modes(network, user, frozenset("x"))


def review_mute(network: Network, user: User) -> None:
    """Finds out whether a ban mutes `user`, which is muted on all of its connections when one of them is meant."""
    found = (ban_policy.mute_of(network, session, network.bans) for session in user.sessions)
    user.mute = next(filter(None, found), None)


def free_own_nick(network: Network, nick: str) -> int:
    """The owner of an account gets its name as nick, whoever holds or waits for it without being logged in. Returns as
    `rename_guest`."""
    holder, waiting = network.find_user(nick), network.reserved_nicks.get(fold(nick))
    since = 0
    if holder is not None and not holder.account:
        since = rename_guest(network, holder, f"The nick {holder.nick} belongs to an account whose owner has come")
    if waiting is not None:
        release_nick(network, waiting)
    return since


def rename_guest(network: Network, holder: User, why: str) -> int:
    """Somebody has to give its nick up. It gets the next one that nobody uses, reserved or not: no ban may leave the
    server without a nick to give. Returns since when, in milliseconds, who takes the nick has to have it for all other
    servers to agree, 0 for now: of two the older one keeps a nick, and a holder on another server can only be asked."""
    if holder.server is not None:
        return _take_nick_elsewhere(network, holder)
    name = next(guest for guest in network.guest_nicks if policy.is_unused(network, guest))
    for session in holder.sessions:
        network.notice(session, f"{why}; you are {name} now")
    change_nick(network, holder, name)
    return 0


def _take_nick_elsewhere(network: Network, holder: User) -> int:
    """The home server gives it another nick; until then it is called by its id here."""
    assert holder.server is not None
    since, event = holder.nick_since - 1, network.event(events.NICK, holder.source, "", "", holder.uid)
    if network.relay.is_ruled_here(holder):
        holder.nick_since = network.tick()
        if network.relay.is_telling:
            moment = announcing.moment_of(event)
            network.relay.tell(facts.NickChange(holder.uid, holder.uid, holder.nick_since, moment))
    else:
        network.relay.ask(holder.server, "RENAME", holder.uid, holder.nick)
    rename(network, holder, event)
    return since


def numbered_nick(network: Network, name: str) -> str:
    """The first of `name2`, `name3`, ... that nobody has."""
    names = (name[: network.limits.nick - len(str(number))] + str(number) for number in itertools.count(2))
    return next(nick for nick in names if policy.is_unused(network, nick))


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


def change_nick(network: Network, user: User, nick: str, since: int = 0) -> None:
    """A user of this server is called `nick` from now on; `since`: see `rename_guest`."""
    event = network.event(events.NICK, user.source, "", "", nick)
    user.nick_since = since or network.tick()
    announcing.about_user(network, user, facts.NickChange(user.uid, nick, user.nick_since, announcing.moment_of(event)))
    left = user.nick
    rename(network, user, event)
    if network.claimed_nicks:
        return_nick(network, left)


def lose_nick(network: Network, user: User, nick: str) -> None:
    """A user of another server goes by its id here, because somebody had its nick before it. Its server is about to
    see that too; until it says so the user has a claim on the nick, for when it becomes free here."""
    give_up_claim(network, user)
    user.claimed_nick = nick
    network.claimed_nicks.setdefault(fold(nick), []).append(user)


def give_up_claim(network: Network, user: User) -> None:
    """The server of a user has said how it is called now, or that it is gone."""
    claimants = network.claimed_nicks.get(fold(user.claimed_nick), [])
    if user in claimants:
        claimants.remove(user)
        if not claimants:
            del network.claimed_nicks[fold(user.claimed_nick)]
    user.claimed_nick = ""


def return_nick(network: Network, nick: str) -> None:
    """A nick has become free: it goes to who had it first, of those who claim it."""
    claimants = [
        user
        for user in network.claimed_nicks.get(fold(nick), ())
        if user.server is not None and network.servers.find(user.server.name) is user.server
    ]
    if claimants and network.find_user(nick) is None:
        user = min(claimants, key=lambda user: (user.nick_since, user.uid))
        event = network.event(events.NICK, user.source, "", "", user.claimed_nick)
        give_up_claim(network, user)
        rename(network, user, event)


def rename(network: Network, user: User, event: Event) -> None:
    """Renames `user`, of this server or another, as `event` (NICK) says, and tells everybody who shares a channel, and
    all of the user's sessions, once."""
    nick: str = event.detail
    if network.relay.is_linked:
        network.relay.show(event, user)
    if user.folded != fold(nick):
        record_past(network, user)
    network.history.everywhere(_shown_in(user), event)
    network.tell_neighbours(user, event, include_self=True)
    del network.users[user.folded]
    left = user.nick
    if user.server is None:
        network.notice_operators(f"{user.source.prefix} is called {nick} now", "n")
    user.rename(nick)
    network.users[user.folded] = user
    if fold(left) != user.folded:
        network.monitors.left(left)
        network.monitors.arrived(user)
        metadata.arrived(network, user)


def log_out(network: Network, user: User) -> None:
    """Takes the user off its account, silently."""
    network.note_logout(user)
    network.history.leave(user.identity)
    if user.account:
        user.metadata = {}  # what it told belongs to the account
    user.log_in("")


def set_modes(network: Network, user: User, modes: frozenset[str]) -> None:
    """Sets the user modes, silently, and counts the user among those whom LUSERS counts."""
    user.set_modes(modes)
    for letter, holders in (("o", network.operators), ("i", network.invisible)):
        (holders.add if letter in modes else holders.discard)(user)


def move(network: Network, user: User, username: str, host: str) -> None:
    """Changes user name and visible host. Who shares a channel and has no chghost sees the user quit and come back."""
    announcing.about_user(network, user, facts.HostSet(user.uid, username, host))
    show_move(network, user, username, host)


def show_move(network: Network, user: User, username: str, host: str) -> None:
    """As `move`, of a user of this server or another, told to this server's users and to links that know no facts."""
    old = user.source
    user.move(username, host)
    event = network.event(events.CHGHOST, old, "", "", (username, host))
    network.tell_neighbours(user, event, include_self=True)
    if network.relay.is_linked:
        network.relay.show(event, user)
    gone = network.event(events.QUIT, old, "", "Changing hostname")
    returns = {channel: _return_events(network, membership) for channel, membership in user.memberships.items()}
    for other in network.neighbours(user):
        uninformed = [s for s in other.sessions if s.codec.dialect.is_modern and "chghost" not in s.capabilities]
        seen = [back for channel, back in returns.items() if channel.shows(user.memberships[channel], other)]
        shared = [event for back in seen for event in back]
        for event in (gone, *shared):
            network.tell_sessions(uninformed, event)


def set_realname(network: Network, user: User, realname: str) -> None:
    """A user of this server has another realname."""
    announcing.about_user(network, user, facts.RealnameSet(user.uid, realname))
    show_realname(network, user, realname)


def show_realname(network: Network, user: User, realname: str) -> None:
    """As `set_realname`, of a user of this server or another, told to this server's users and to links that know no
    facts."""
    user.realname = realname
    event = network.event(events.SETNAME, user.source, "", realname)
    network.tell_neighbours(user, event, include_self=True)
    if network.relay.is_linked:
        network.relay.show(event, user)


def _return_events(network: Network, member: Membership) -> list[Event]:
    user, channel = member.user, member.channel
    back = [network.event(events.JOIN, user.source, channel.name, "", user.realname)]
    ranks = [ModeChange(True, letter, user.nick) for letter in RANKS if letter in member.ranks]
    if ranks:
        back.append(network.event(events.MODE, network.source, channel.name, format_changes(ranks)))
    return back


def _shown_in(user: User) -> list[Channel]:
    """The channels whose history tells that `user` was there: not those that hide it (+u)."""
    return [channel for channel, member in user.memberships.items() if not member.is_hidden]


def record_past(network: Network, user: User) -> None:
    """Remembers a nick for WHOWAS."""
    place = user.server.name if user.server is not None else network.name
    past = PastUser(user.nick, user.username, user.host, user.realname, user.account, time.time(), place)
    network.past_users.appendleft(past)


def quit_user(network: Network, user: User, text: str, given: str = "") -> None:
    """A user of this server leaves the network. `text` is the reason as shown; `given` what the user itself wrote, if
    anything."""
    event = network.event(events.QUIT, user.source, "", text, given)
    announcing.about_user(network, user, facts.UserGone(user.uid, text, given, announcing.moment_of(event)))
    if network.relay.is_linked:
        network.relay.show(event, user)
    take_out(network, user, event)


def take_out(network: Network, user: User, event: Event) -> None:
    """A user, of this server or another, is gone; `event` (QUIT) tells so."""
    network.tell_neighbours(user, event)
    forget(network, user, event)


def forget(network: Network, user: User, event: Event) -> None:
    """Takes out a user whose neighbours have been told by `event` (QUIT)."""
    network.history.everywhere(_shown_in(user), event)
    network.history.leave(user.identity)
    if user.server is None:
        network.notice_operators(f"{user.source.prefix} has gone: {event.text}", "c")
    record_past(network, user)
    for channel in list(user.memberships):
        channel.discard(user)
        network.forget_channel_if_empty(channel)
    for channel in user.invitations.values():
        channel.invited.discard(user)
    network.users_by_id.pop(user.uid, None)
    if network.users.get(user.folded) is user:
        del network.users[user.folded]
        network.monitors.left(user.nick)
    if network.claimed_nicks:
        give_up_claim(network, user)
        return_nick(network, user.nick)
    if user.server is not None:
        user.server.users.discard(user)
    set_modes(network, user, frozenset())
    log_out(network, user)


def end_session(network: Network, session: Session, text: str, given: str = "") -> None:
    """A session is over; the last one of a user makes it quit. May be called twice; the second does nothing."""
    release_nick(network, session)
    network.sessions.discard(session)
    network.monitors.clear(session)
    user = session.user
    if user is None:
        return
    session.user = None
    user.sessions.remove(session)
    network.registered_sessions -= 1
    user.forget_audiences()
    if user.sessions:
        presence.review(network, user)
    else:
        quit_user(network, user, text, given)


def expel(network: Network, session: Session, reason: str) -> None:
    """The server ends a session. Its nick is free before its client can know."""
    end_session(network, session, reason)
    session.close(reason)
