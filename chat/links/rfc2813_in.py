"""What a server of RFC 2813 says, as facts: one function for each of its commands, found by name.

There are no ids and no times on these links: this server gives them, and what is set there counts as set now. Commands
about channels are in `rfc2813_in_channels`. Owns: the meaning of the others, and finding the function. Must not: check
what `inbound` checks, or know the grammar of a line (`protocol.rfc2813`).
"""

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from chat.links.base import LinkError
from chat.state import announcements, announcing, services
from chat.state.channel import Channel
from chat.state.servers import Server, id_of
from chat.state.user import User
from protocol import events, facts, rfc2813
from protocol.facts import Moment
from protocol.limits import HOST_BYTES, MULTILINE_BYTES, REALNAME_BYTES, USERNAME_BYTES
from protocol.masking import escaped
from protocol.names import cut, fold, is_nick, is_visible_host
from protocol.rfc2813 import Line

if TYPE_CHECKING:
    from chat.links.rfc2813 import Rfc2813Link

_AWAY_TEXT = "Away"  # what ngIRCd shows of somebody who is; why is not told
_COLLISION = "Nick collision"
_ODD = re.compile(r"[\x00-\x20\x7f!@:]")
Handler = Callable[["Rfc2813Link", Line], None]
_TABLE: dict[str, tuple[int, Handler]] = {}


def command(verb: str, least: int) -> Callable[[Handler], Handler]:
    """Marks the function for a command with at least so many parameters."""

    def register(function: Handler) -> Handler:
        _TABLE[verb] = least, function
        return function

    return register


def handle(link: "Rfc2813Link", line: Line) -> None:
    """Does what a line says. What is unknown, too short, or about somebody who is not here any more is passed over.
    Raises LinkError."""
    least, function = _TABLE.get(line.verb, (0, None))
    if function is not None and len(line.params) >= least:
        function(link, line)
    elif line.verb.isdigit() and len(line.params) > 1:
        link.pass_on(line)


# --- who and where -------------------------------------------------------------------------------------------------


def find(link: "Rfc2813Link", name: str) -> User | None:
    """The user whom the other side calls so."""
    folded = fold(name)
    if folded in link.former and ("", f"nick {folded}") not in link.crossings:
        del link.former[folded]
    known = link.aliases.get(folded) or link.former.get(folded)
    return known or link.network.find_user(name) or link.network.users_by_id.get(name)


def theirs(link: "Rfc2813Link", name: str) -> User | None:
    """As `find`, somebody of the other side; None for one who is dead and does not know it yet. Raises LinkError for
    somebody who is not of that side."""
    user = find(link, name) if fold(name) not in link.ghosts else None
    if user is not None and not link.is_behind(user):
        raise LinkError(f"{user.nick} is not behind you")
    return user


def speaker(link: "Rfc2813Link", name: str) -> str | None:
    """Who does something, as facts name it: the uid of a user, or a server; None when it is not here (any more). Raises
    LinkError for who is not of that side: not everything that is said so becomes a fact, of which that is checked."""
    assert link.peer.server is not None
    if not name:
        return link.peer.server.name
    if fold(name) == fold(link.network.name):
        raise LinkError("you speak for me")
    server = link.network.servers.find(name)
    if server is not None:
        if server.link is not link.peer:
            raise LinkError(f"{server.name} is not behind you")
        return server.name
    user = theirs(link, name)
    return user.uid if user is not None else None


def setter(link: "Rfc2813Link", by: str) -> str:
    """The nick of who does something, or the name of the server."""
    user = link.network.users_by_id.get(by)
    return user.nick if user is not None else by


def moment(link: "Rfc2813Link") -> Moment:
    """When a line came, and the id of what it tells."""
    return announcing.moment_of(link.network.event(events.JOIN, link.network.source))


# --- servers -------------------------------------------------------------------------------------------------------


@command("SERVER", 3)
def server(link: "Rfc2813Link", line: Line) -> None:
    """SERVER <name> <hops> <token> :<info>"""
    name, token, info = line.params[0], line.params[2], line.params[-1]
    near = line.prefix or link.their_name
    link.take(facts.ServerUp(name, id_of(name), info, near))
    found = link.network.servers.find(name)
    if found is not None and len(line.params) > 3:
        link.tokens[token] = found


@command("SQUIT", 1)
def squit(link: "Rfc2813Link", line: Line) -> None:
    """SQUIT <server> :<reason>"""
    gone, reason = link.network.servers.find(line.params[0]), line.params[-1]
    if gone is None or gone is link.peer.server or gone.link is not link.peer:
        raise LinkError(f"SQUIT: {escaped(reason)}")
    link.take(facts.ServerDown(gone.name, reason))


@command("PING", 1)
def ping(link: "Rfc2813Link", line: Line) -> None:
    """PING :<name>; the first one ends the burst of the other side, and this one begins."""
    link.send(link.network.name, "PONG", link.network.name, text=line.params[0])
    if not link.peer.is_told:
        link.take(facts.BurstEnd(link.their_name))
        link.tree.become_told(link.peer)


@command("ERROR", 0)
def error(link: "Rfc2813Link", line: Line) -> None:
    """ERROR :<reason>"""
    raise LinkError(f"the other side says: {escaped(' '.join(line.params))}")


# --- users ---------------------------------------------------------------------------------------------------------


@command("NICK", 1)
def nick(link: "Rfc2813Link", line: Line) -> None:
    """NICK :<new>, or NICK <nick> <hops> <user> <host> <token> <modes> :<realname>"""
    if len(line.params) < 7:
        _rename(link, line.prefix, line.params[0])
    else:
        _introduce(link, *line.params[:7])


def _introduce(
    link: "Rfc2813Link", name: str, hops: str, username: str, host: str, token: str, modes: str, realname: str
) -> None:
    network = link.network
    home = _home(link, token)
    link.ghosts.pop(fold(name), None)
    known = find(link, name)
    if known is not None and link.is_behind(known):
        raise LinkError(f"the nick {name} is introduced twice")
    uid = network.new_user_id()
    shown = host if is_visible_host(host, HOST_BYTES) else home.name
    letters = frozenset(modes)
    wanted = _available(link, name, uid, None)
    link.take(
        facts.UserUp(
            uid=uid,
            nick=wanted,
            stamp=network.tick(),
            server=home.name,
            username=_username(username),
            host=shown,
            real_host=shown,
            address=shown,
            realname=cut(realname, REALNAME_BYTES),
            account="",
            modes="".join(sorted(letters & rfc2813.SHARED_USER_MODES)),
            operator="",
            away=_AWAY_TEXT if rfc2813.AWAY in letters else None,
            signed_on=time.time(),
            is_secure=False,
            metadata={},
        )
    )
    user = network.users_by_id.get(uid)
    if user is not None and rfc2813.CLOAKED in letters:
        link.cloaked.add(uid)
    if user is not None and wanted != name:
        link.rename_there(user, name, wanted)


def _username(text: str) -> str:
    """A user name without what would break a prefix."""
    return cut(_ODD.sub("", text), USERNAME_BYTES) or "unknown"


def _home(link: "Rfc2813Link", token: str) -> Server:
    assert link.peer.server is not None
    found = link.tokens.get(token)
    return found if found is not None and link.network.servers.find(found.name) is found else link.peer.server


def _available(link: "Rfc2813Link", name: str, uid: str, user: User | None) -> str:
    """The nick that somebody of the other side gets: the wanted one, or another where that is no nick here, or is
    somebody else's or a service's."""
    holder = link.network.find_user(name)
    is_free = (holder is None or holder is user) and not services.is_reserved(name)
    return name if is_free and is_nick(name, rfc2813.NICK_BYTES) else link.substitute(uid)


def _rename(link: "Rfc2813Link", old: str, name: str) -> None:
    user = theirs(link, old)
    if user is None:
        _chase(link, old, name)
        return
    link.forget_alias(user)
    wanted = _available(link, name, user.uid, user)
    if wanted != user.nick:
        link.take(facts.NickChange(user.uid, wanted, link.network.tick(), moment(link)))
    if wanted != name:
        link.rename_there(user, name, wanted)
    link.repeat(user)


def _chase(link: "Rfc2813Link", old: str, name: str) -> None:
    """Somebody changed nick while it was being killed by the old one."""
    if fold(old) in link.ghosts:
        del link.ghosts[fold(old)]
        link.ghosts[fold(name)] = None
        link.send(link.network.name, "KILL", name, text="Killed")


@command("QUIT", 0)
def quit_(link: "Rfc2813Link", line: Line) -> None:
    """QUIT :<text>"""
    user = theirs(link, line.prefix)
    if user is not None:
        _gone(link, user, line.params[-1] if line.params else "")
    elif fold(line.prefix) in link.ghosts:
        del link.ghosts[fold(line.prefix)]
        link.review(_found(link, link.crossings.channels()))  # where it was there, nobody knows any more


def _gone(link: "Rfc2813Link", user: User, text: str) -> None:
    channels = [*user.memberships, *_found(link, link.crossings.of(f"kick {user.uid}"))]
    link.forget(user)
    link.take(facts.UserGone(user.uid, text, text, moment(link)))
    link.review(channels)


def _found(link: "Rfc2813Link", names: Iterable[str]) -> list[Channel]:
    return [channel for channel in map(link.network.find_channel, names) if channel is not None]


@command("KILL", 1)
def kill(link: "Rfc2813Link", line: Line) -> None:
    """KILL <nick> :<reason>: the user is gone there already. Somebody of this side who was killed because of another
    with the same nick, who goes by a QUIT, is introduced again: nothing else is wrong with it."""
    name, reason = line.params[0], line.params[-1]
    user = link.network.find_user(name)
    if user is None or link.is_behind(user):
        user = find(link, name)
    if user is None:
        return
    if link.is_behind(user):
        _gone(link, user, reason)
    elif reason.startswith(_COLLISION) and user.uid not in link.revived:
        link.revived[user.uid] = None
        link.introduce_again(user)
    else:
        link.ask_to_kill(user, speaker(link, line.prefix) or link.their_name, reason)


@command("AWAY", 0)
def away(link: "Rfc2813Link", line: Line) -> None:
    """AWAY [:<text>]: ngIRCd says it by MODE, other servers so."""
    user = theirs(link, line.prefix)
    if user is not None:
        link.take(facts.AwaySet(user.uid, (line.params[-1] or None) if line.params else None))


def user_mode(link: "Rfc2813Link", user: User, text: str) -> None:
    """MODE <nick> <changes>"""
    modes, is_added = set(user.modes), True
    for letter in text:
        if letter in "+-":
            is_added = letter == "+"
        elif letter in rfc2813.SHARED_USER_MODES:
            (modes.add if is_added else modes.discard)(letter)
        elif letter == rfc2813.AWAY:
            link.take(facts.AwaySet(user.uid, _AWAY_TEXT if is_added else None))
        elif letter == rfc2813.CLOAKED:
            (link.cloaked.add if is_added else link.cloaked.discard)(user.uid)
            _show_host(link, user)
    if modes != user.modes:
        link.take(facts.UserModesSet(user.uid, "".join(sorted(modes)), user.operator))


def _show_host(link: "Rfc2813Link", user: User) -> None:
    """The cloaked host of who wants that, else the other one."""
    uncloaked = link.hosts.get(user.uid, user.real_host)
    host = link.cloaks.get(user.uid, link.their_name) if user.uid in link.cloaked else uncloaked
    if host != user.host:
        link.take(facts.HostSet(user.uid, user.username, host))


@command("METADATA", 3)
def metadata(link: "Rfc2813Link", line: Line) -> None:
    """METADATA <nick> <key> :<value>, of IRC+."""
    name, key, value = line.params[0], line.params[1].lower(), line.params[-1]
    user = find(link, name)
    if user is None or not link.is_behind(user):
        return
    if key == "cloakhost" and is_visible_host(value, HOST_BYTES):
        link.cloaks[user.uid] = value
        _show_host(link, user)
    elif key == "accountname":
        _log_in(link, user, value)
    elif key == "info":
        link.take(facts.RealnameSet(user.uid, cut(value, REALNAME_BYTES)))
    elif key == "user" and value:
        link.take(facts.HostSet(user.uid, _username(value), user.host))
    elif key == "host" and is_visible_host(value, HOST_BYTES):
        link.hosts[user.uid] = value  # where it connects from is what the whole network was told with it
        _show_host(link, user)


def _log_in(link: "Rfc2813Link", user: User, name: str) -> None:
    """An account is one of a server on the other side: nobody there is who has an account on this one."""
    assert user.server is not None
    name, _, home = name.partition("@")
    place = link.network.servers.find(home) if home else user.server
    if place is not None and place.link is link.peer and is_nick(name, rfc2813.NICK_BYTES):
        link.take(facts.AccountSet(user.uid, f"{name}@{place.name}"))


# --- messages ------------------------------------------------------------------------------------------------------


@command("PRIVMSG", 2)
def privmsg(link: "Rfc2813Link", line: Line) -> None:
    """PRIVMSG <nick or channel> :<text>"""
    speaker = None if link.network.servers.find(line.prefix) else theirs(link, line.prefix)
    if speaker is None:
        link.pass_on(line)  # a server speaks
        return
    receiver = find(link, line.params[0])
    target = receiver.uid if receiver is not None else line.params[0]
    if receiver is not None or link.network.find_channel(target) is not None:
        text = cut(line.params[-1], MULTILINE_BYTES)
        link.take(facts.Said(speaker.uid, line.verb, target, "", text, None, None, False, moment(link)))


@command("NOTICE", 2)
def notice(link: "Rfc2813Link", line: Line) -> None:
    """NOTICE, as PRIVMSG"""
    privmsg(link, line)


@command("WALLOPS", 1)
def wallops(link: "Rfc2813Link", line: Line) -> None:
    """WALLOPS :<text>"""
    by = speaker(link, line.prefix)
    if by is not None:
        link.take(facts.Announced(by, announcements.WALLOPS, "", line.params[-1], moment=moment(link)))


@command("433", 2)
def nick_in_use(link: "Rfc2813Link", line: Line) -> None:
    """433 <nick> <wanted>: somebody of this side has the nick by now, and so has somebody of the other, who is being
    renamed: once more."""
    user = link.network.find_user(line.params[1])
    if user is not None and not link.is_behind(user) and fold(line.params[0]) != user.folded:
        link.send(line.params[0], "NICK", text=user.nick)
