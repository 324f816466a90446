"""Facts about servers and users. Owns: what they change here, and collisions of nicks. See `inbound`."""

from chat.links.base import LinkError
from chat.links.inbound import Inbound, fact
from chat.state import announcing, domain, metadata, presence, registration, services, user_modes
from chat.state.network import Network
from chat.state.servers import Server, id_of
from chat.state.user import User
from protocol import events, fact_rules, facts
from protocol.limits import METADATA_KEYS, NETWORK_USERS
from protocol.modes import USER_MODES
from protocol.names import fold
from protocol.values import Event


@fact(facts.ServerUp)
def server_up(inbound: Inbound, told: facts.ServerUp) -> bool:
    """A server behind the peer."""
    inbound.server(told.behind)
    inbound.tree.require_new(told.name, is_behind=True)
    if told.sid != id_of(told.name):
        raise LinkError(f"{told.sid} is not the id of {told.name}")
    inbound.tree.add_server(told, inbound.peer)
    return True


@fact(facts.ServerDown)
def server_down(inbound: Inbound, told: facts.ServerDown) -> bool:
    """A server behind the peer, which is not the peer itself."""
    server = inbound.server(told.name)
    if server is inbound.peer.server:
        raise LinkError(told.reason)
    inbound.tree.remove_server(server, told.reason)
    return True


@fact(facts.BurstStart)
def burst_start(inbound: Inbound, told: facts.BurstStart) -> bool:
    """The server was linked."""
    inbound.tree.arrives(inbound.server(told.server))
    return True


@fact(facts.BurstEnd)
def burst_end(inbound: Inbound, told: facts.BurstEnd) -> bool:
    """All that the server knew is told."""
    inbound.tree.arrives(inbound.server(told.server), False)
    return True


@fact(facts.UserUp)
def user_up(inbound: Inbound, told: facts.UserUp) -> bool:
    """A new user behind the peer."""
    network = inbound.network
    server = inbound.server(told.server)
    _require_new_id(network, told.uid, server)
    _require_no_other_id(told.nick, told.uid)
    if len(network.users) >= NETWORK_USERS:
        raise LinkError(f"there are {NETWORK_USERS} users already")
    network.witness(told.stamp)
    account = _account(network, server, told)
    user = User(told.nick, told.username, told.host, told.realname, told.address, account)
    user.uid, user.nick_since, user.server = told.uid, told.stamp, server
    user.real_host, user.is_secure_there, user.away = told.real_host, told.is_secure, told.away
    user.signed_on, user.spoke_at = told.signed_on, told.signed_on
    user.metadata = told.metadata
    if not _gives_way(inbound, user, told.nick):
        user.rename(told.uid)
        _lose(inbound, user, told.nick)
    server.users.add(user)
    network.users[user.folded] = network.users_by_id[user.uid] = user
    registration.set_modes(network, user, frozenset(told.modes) & USER_MODES.keys())
    user.operator = told.operator
    if user.account:
        network.note_login(user)
    network.count_arrival()
    network.monitors.arrived(user)
    metadata.arrived(network, user)
    network.relay.show_user(user)
    return True


def _account(network: Network, server: Server, told: facts.UserUp | facts.AccountSet) -> str:
    """The account of a user of `server`, as this server calls it. Of one that was at home here, and is no more, the
    user is to be logged out."""
    account = domain.localized(network, told.account)
    if not account or network.may_be_account(account):
        return account
    network.relay.ask(server, "LOGOUT", told.uid, told.account)
    return ""


def _require_new_id(network: Network, uid: str, server: Server) -> None:
    """Raises LinkError for an id that somebody has, or that none of the servers on the way to `server` gives: it is at
    home on one of them, which for a server without ids of its own is the one that is nearest to it and has them."""
    if uid in network.users_by_id:
        raise LinkError(f"the id {uid} is in use")
    giver: Server | None = server
    while giver is not None and not uid.startswith(giver.sid):
        giver = giver.uplink
    is_given_here = not server.link.protocol.carries_facts and uid.startswith(network.sid)
    if giver is None and not is_given_here:
        raise LinkError(f"{uid} is no id of {server.name}")


def _require_no_other_id(nick: str, uid: str) -> None:
    """Raises LinkError for a nick that looks like the id of somebody else, who may have to be called so one day."""
    if fact_rules.is_uid(nick.upper()) and nick != uid:
        raise LinkError(f"{nick} is an id and no nick")


@fact(facts.NickChange)
def nick_change(inbound: Inbound, told: facts.NickChange) -> bool:
    """A user of another server is called otherwise."""
    network, user = inbound.network, inbound.user(told.uid)
    _require_no_other_id(told.nick, told.uid)
    network.witness(told.stamp)
    user.nick_since = told.stamp
    registration.give_up_claim(network, user)
    left, nick = user.nick, told.nick if _gives_way(inbound, user, told.nick) else told.uid
    if nick != user.nick:
        registration.rename(network, user, network.event(events.NICK, user.source, "", "", nick, told.moment))
    if nick != told.nick:
        _lose(inbound, user, told.nick)
    if left != user.nick:
        registration.return_nick(network, left)
    return True


def _gives_way(inbound: Inbound, newcomer: User, nick: str) -> bool:
    """Whether `newcomer` may have `nick` here: of two users with one nick the one who had it first keeps it. The other
    is called by its id, for good when its own server, which sees the same collision, says so. Nobody is called like a
    service: people tell those their passwords."""
    network = inbound.network
    if services.is_reserved(nick):
        return False
    waiting = network.reserved_nicks.get(fold(nick))
    if waiting is not None:
        registration.release_nick(network, waiting)
    holder = network.find_user(nick)
    if holder is None or holder is newcomer:
        return True
    if (holder.nick_since, holder.uid) < (newcomer.nick_since, newcomer.uid):
        return False
    _take_nick(inbound, holder)
    return True


def _take_nick(inbound: Inbound, holder: User) -> None:
    """Somebody who took a nick later than another loses it to its id."""
    network = inbound.network
    nick, event = holder.nick, network.event(events.NICK, holder.source, "", "", holder.uid)
    if not inbound.tree.is_ruled_here(holder):
        registration.lose_nick(network, holder, nick)
    else:
        for session in holder.sessions:
            network.notice(
                session, f"The nick {holder.nick} has an older owner on another server; you are {holder.uid} now"
            )
        holder.nick_since = network.tick()
        inbound.tree.speak(facts.NickChange(holder.uid, holder.uid, holder.nick_since, announcing.moment_of(event)))
    registration.rename(network, holder, event)


def _lose(inbound: Inbound, user: User, nick: str) -> None:
    """A newcomer to a nick goes by its id. For one whose server knows no ids, this one decides that."""
    network = inbound.network
    if not inbound.tree.is_ruled_here(user):
        registration.lose_nick(network, user, nick)
        return
    user.nick_since = network.tick()
    moment = announcing.moment_of(network.event(events.NICK, user.source, "", "", user.uid))
    inbound.tree.afterwards.append(facts.NickChange(user.uid, user.uid, user.nick_since, moment))


@fact(facts.UserGone)
def user_gone(inbound: Inbound, told: facts.UserGone) -> bool:
    """A user of another server has left."""
    network, user = inbound.network, inbound.user(told.uid)
    event = network.event(events.QUIT, user.source, "", told.text, told.given, told.moment)
    network.relay.show(event, user)
    registration.take_out(network, user, event)
    return True


@fact(facts.AwaySet)
def away_set(inbound: Inbound, told: facts.AwaySet) -> bool:
    """A user of another server is away, or back."""
    presence.show_away(inbound.network, inbound.user(told.uid), told.text)
    return True


@fact(facts.RealnameSet)
def realname_set(inbound: Inbound, told: facts.RealnameSet) -> bool:
    """A user of another server has another realname."""
    registration.show_realname(inbound.network, inbound.user(told.uid), told.realname)
    return True


@fact(facts.AccountSet)
def account_set(inbound: Inbound, told: facts.AccountSet) -> bool:
    """A user of another server has logged in or out."""
    network, user = inbound.network, inbound.user(told.uid)
    assert user.server is not None
    account = _account(network, user.server, told)
    event = network.event(events.ACCOUNT, user.source, "", account)
    registration.log_out(network, user)
    if account:
        user.log_in(account)
        network.note_login(user)
    _tell(network, user, event)
    return True


@fact(facts.HostSet)
def host_set(inbound: Inbound, told: facts.HostSet) -> bool:
    """A user of another server has another user name and host."""
    registration.show_move(inbound.network, inbound.user(told.uid), told.username, told.host)
    return True


@fact(facts.UserModesSet)
def user_modes_set(inbound: Inbound, told: facts.UserModesSet) -> bool:
    """The modes of a user of another server."""
    wanted = frozenset(told.modes) & USER_MODES.keys()
    user_modes.take_over(inbound.network, inbound.user(told.uid), wanted, told.operator)
    return True


@fact(facts.UserMetadataSet)
def user_metadata_set(inbound: Inbound, told: facts.UserMetadataSet) -> bool:
    """What a user of another server tells about itself."""
    user = inbound.user(told.uid)
    if told.key not in user.metadata and len(user.metadata) >= METADATA_KEYS:
        raise LinkError(f"{user.nick} has {METADATA_KEYS} keys of metadata already")
    metadata.show_value(inbound.network, user, told.key, told.value)
    return True


def _tell(network: Network, user: User, event: Event) -> None:
    network.tell_neighbours(user, event)
    if network.relay.is_linked:
        network.relay.show(event, user)
