"""Facts about servers and users. Owns: what they change here, and collisions of nicks. See `inbound`."""

from chat.links.base import LinkError
from chat.links.inbound import Inbound, fact
from chat.state import announcing, domain, metadata, presence, registration
from chat.state.network import Network
from chat.state.user import User
from protocol import events, facts
from protocol.modes import USER_MODES
from protocol.names import fold, is_host
from protocol.values import Event


@fact(facts.ServerUp)
def server_up(inbound: Inbound, told: facts.ServerUp) -> bool:
    """A server behind the peer."""
    inbound.server(told.behind)
    if not is_host(f"{told.name}."):
        raise LinkError(f"{told.name} is no name of a server")
    inbound.tree.require_new(told.name)
    if inbound.network.servers.of_id(told.sid) is not None or told.sid == inbound.network.sid:
        raise LinkError(f"{told.name} has the id {told.sid}, as another server")
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


@fact(facts.BurstEnd)
def burst_end(inbound: Inbound, told: facts.BurstEnd) -> bool:
    """All that the server knew is told."""
    inbound.server(told.server)
    return True


@fact(facts.UserUp)
def user_up(inbound: Inbound, told: facts.UserUp) -> bool:
    """A new user behind the peer."""
    network = inbound.network
    server = inbound.server(told.server)
    if told.uid in network.users_by_id:
        raise LinkError(f"the id {told.uid} is in use")
    network.witness(told.stamp)
    user = User(
        told.nick, told.username, told.host, told.realname, told.address, domain.localized(network, told.account)
    )
    user.uid, user.nick_since, user.server = told.uid, told.stamp, server
    user.real_host, user.is_secure_there, user.away = told.real_host, told.is_secure, told.away
    user.signed_on, user.spoke_at = told.signed_on, told.signed_on
    user.metadata = told.metadata
    if not _gives_way(inbound, user, told.nick):
        user.rename(told.uid)
    server.users.add(user)
    network.users[user.folded] = network.users_by_id[user.uid] = user
    registration.set_modes(network, user, frozenset(told.modes) & USER_MODES.keys())
    user.operator = told.operator
    if user.account:
        network.note_login(user)
    network.most_users = max(network.most_users, len(network.users))
    network.monitors.arrived(user)
    metadata.arrived(network, user)
    network.relay.show_user(user)
    return True


@fact(facts.NickChange)
def nick_change(inbound: Inbound, told: facts.NickChange) -> bool:
    """A user of another server is called otherwise."""
    network, user = inbound.network, inbound.user(told.uid)
    network.witness(told.stamp)
    user.nick_since = told.stamp
    nick = told.nick if _gives_way(inbound, user, told.nick) else told.uid
    if nick != user.nick:
        registration.rename(network, user, network.event(events.NICK, user.source, "", "", nick, told.moment))
    return True


def _gives_way(inbound: Inbound, newcomer: User, nick: str) -> bool:
    """Whether `newcomer` may have `nick` here: of two users with one nick the one who had it first keeps it. The other
    is called by its id, for good when its own server, which sees the same collision, says so."""
    network = inbound.network
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
    event = network.event(events.NICK, holder.source, "", "", holder.uid)
    if holder.server is None:
        for session in holder.sessions:
            network.notice(
                session, f"The nick {holder.nick} has an older owner on another server; you are {holder.uid} now"
            )
        holder.nick_since = network.tick()
        inbound.tree.speak(facts.NickChange(holder.uid, holder.uid, holder.nick_since, announcing.moment_of(event)))
    registration.rename(network, holder, event)


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
    user = inbound.user(told.uid)
    user.realname = told.realname
    _tell(inbound.network, user, inbound.network.event(events.SETNAME, user.source, "", told.realname))
    return True


@fact(facts.AccountSet)
def account_set(inbound: Inbound, told: facts.AccountSet) -> bool:
    """A user of another server has logged in or out."""
    network, user = inbound.network, inbound.user(told.uid)
    account = domain.localized(network, told.account)
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
    user = inbound.user(told.uid)
    registration.set_modes(inbound.network, user, frozenset(told.modes) & USER_MODES.keys())
    user.operator = told.operator
    return True


@fact(facts.UserMetadataSet)
def user_metadata_set(inbound: Inbound, told: facts.UserMetadataSet) -> bool:
    """What a user of another server tells about itself."""
    user = inbound.user(told.uid)
    metadata.show_value(inbound.network, user, told.key, told.value, user.source)
    return True


def _tell(network: Network, user: User, event: Event) -> None:
    network.tell_neighbours(user, event)
    if network.relay.is_linked:
        network.relay.show(event, user)
