"""What servers hold, in a form that can be compared, and what clients make of the lines that they were sent.

Owns: both forms, and that comparison. Must not: act.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol

from chat.state import domain, registers
from chat.state.channel import Channel, Membership
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from protocol.message import Message, parse_message
from protocol.modes import CHANNEL_MODES, LISTS, PREFIXES, RANKS, Kind, parse_changes
from protocol.names import channel_of_group, fold

CAPABILITIES = (
    "multi-prefix", "away-notify", "account-notify", "extended-join", "chghost", "setname", "message-tags",
)  # fmt: skip
_LETTERS = {prefix: letter for letter, prefix in PREFIXES.items()}


class Held(Protocol):
    """A server in this process."""

    name: str

    @property
    def network(self) -> Network:
        """What it holds."""


class Reader(Protocol):
    """A client in this process."""

    session: Session

    @property
    def node(self) -> Held:
        """Its server."""

    def read(self) -> list[str]:
        """The lines since the last look."""


# --- what a server holds -------------------------------------------------------------------------------------------


def state_of(network: Network) -> dict[str, Any]:
    """Users, channels and servers, without what is nobody else's business."""
    return {
        "servers": sorted([network.name, *(server.name for server in network.servers)]),
        "users": {user.uid: _user(network, user) for user in network.users.values()},
        "channels": {channel.folded: _channel(network, channel) for channel in network.channels.values()},
    }


def _user(network: Network, user: User) -> dict[str, Any]:
    assert network.users_by_id[user.uid] is user
    return {
        "nick": user.nick,
        "since": user.nick_since,
        "server": user.server.name if user.server is not None else network.name,
        "mask": (user.username, user.host),
        "realname": user.realname,
        "account": domain.qualified(network, user.account),
        "modes": "".join(sorted(user.modes)),
        "away": user.away,
        "channels": sorted(channel.folded for channel in user.memberships),
    }


def _channel(network: Network, channel: Channel) -> dict[str, Any]:
    assert channel.members or channel.is_permanent, channel.name
    held = (register for register in registers.of(network, channel) if register.value is not None)
    return {
        "name": channel.name,
        "created": channel.created,
        "registers": {register.key: register for register in held},
        "members": {member.user.uid: _member(member) for member in channel.members.values()},
    }


def _member(member: Membership) -> dict[str, Any]:
    return {"joined": member.joined, "ranks": {rank for rank in registers.ranks_of(member) if rank.is_held}}


def difference(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two values differ, a line for each place."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = {**one, **other}
        return [
            line
            for key in keys
            for line in difference(one.get(key, "nothing"), other.get(key, "nothing"), f"{path} {key}")
        ]
    return [] if one == other else [f"{path}: {one!r} / {other!r}"]


# --- what a client makes of it -------------------------------------------------------------------------------------


class Seen:
    """One channel as a client knows it."""

    def __init__(self) -> None:
        self.members: dict[str, set[str]] = {}
        self.modes: dict[str, str] = {}
        self.lists: dict[str, set[str]] = {letter: set() for letter in LISTS}
        self.topic = ""
        self.is_asked = False  # whether modes and lists were asked for


class IrcView:
    """A client of modern IRC with CAPABILITIES."""

    def __init__(self, client: Reader) -> None:
        self.client = client
        self.nick = ""
        self.channels: dict[str, Seen] = {}
        self.away: dict[str, bool] = {}
        self.messages: dict[str, list[str]] = defaultdict(list)  # the ids of each text
        self._names: dict[str, dict[str, set[str]]] = {}

    def look(self) -> None:
        """Takes in what came."""
        for line in self.client.read():
            message = parse_message(line)
            handler = getattr(self, f"_on_{message.command.lower()}", None)
            if handler is not None:
                handler((message.source or "").partition("!")[0], message.params, message)

    def _seen(self, name: str) -> Seen:
        found = self.channels.get(fold(name))
        assert found is not None, f"{self.nick} is told of {name} without being there"
        return found

    def _on_001(self, _: str, params: list[str], __: Message) -> None:
        self.nick = params[0]

    def _on_join(self, who: str, params: list[str], _: Message) -> None:
        if who == self.nick:
            self.channels[fold(params[0])] = Seen()
        members = self._seen(params[0]).members
        assert who not in members, f"{self.nick} saw {who} join {params[0]} twice"
        members[who] = set()

    def _on_part(self, who: str, params: list[str], _: Message) -> None:
        members = self._seen(params[0]).members
        assert who in members, f"{self.nick} saw {who} leave {params[0]}, who was not there"
        del members[who]
        if who == self.nick:
            del self.channels[fold(params[0])]

    def _on_kick(self, _: str, params: list[str], message: Message) -> None:
        self._on_part(params[1], params, message)

    def _on_quit(self, who: str, _: list[str], __: Message) -> None:
        places = [seen.members for seen in self.channels.values() if who in seen.members]
        assert places, f"{self.nick} saw {who} quit, who was nowhere"
        for members in places:
            del members[who]

    def _on_nick(self, who: str, params: list[str], _: Message) -> None:
        for seen in self.channels.values():
            if who in seen.members:
                assert params[0] not in seen.members or params[0] == who
                seen.members[params[0]] = seen.members.pop(who)
        if who == self.nick:
            self.nick = params[0]

    def _on_mode(self, _: str, params: list[str], __: Message) -> None:
        if params[0][:1] == "#":
            seen = self._seen(params[0])
            for change in parse_changes(params[1:]):
                self._change(seen, change.adding, change.letter, change.parameter)

    def _change(self, seen: Seen, adding: bool, letter: str, parameter: str | None) -> None:
        kind = CHANNEL_MODES[letter].kind
        if kind is Kind.RANK:
            assert parameter in seen.members, f"{self.nick}: {letter} for {parameter}, who is not there"
            ranks = seen.members[parameter]
            assert (letter in ranks) != adding, f"{self.nick}: {letter} of {parameter} changed to what it was"
            (ranks.add if adding else ranks.discard)(letter)
        elif not seen.is_asked:
            return
        elif kind is Kind.LIST:
            assert parameter is not None and (parameter in seen.lists[letter]) != adding
            (seen.lists[letter].add if adding else seen.lists[letter].discard)(parameter)
        elif adding:
            seen.modes[letter] = parameter or ""
        else:
            assert letter in seen.modes, f"{self.nick}: -{letter}, which was not set"
            del seen.modes[letter]

    def _on_324(self, _: str, params: list[str], __: Message) -> None:
        seen = self._seen(params[1])
        seen.modes.clear()
        seen.is_asked = True
        for change in parse_changes(params[2:]):
            seen.modes[change.letter] = change.parameter or ""

    def _on_353(self, _: str, params: list[str], __: Message) -> None:
        names = self._names.setdefault(fold(params[2]), {})
        for word in params[3].split():
            nick = word.lstrip("".join(_LETTERS))
            names[nick] = {_LETTERS[prefix] for prefix in word[: len(word) - len(nick)]}

    def _on_366(self, _: str, params: list[str], __: Message) -> None:
        self._seen(params[1]).members = self._names.pop(fold(params[1]), {})

    def _on_topic(self, _: str, params: list[str], __: Message) -> None:
        self._seen(params[0]).topic = params[1]

    def _on_332(self, _: str, params: list[str], __: Message) -> None:
        self._seen(params[1]).topic = params[2]

    def _on_away(self, who: str, params: list[str], _: Message) -> None:
        self.away[who] = bool(params)

    def _entry(self, letter: str, params: list[str]) -> None:
        self._seen(params[1]).lists[letter].add(params[2])

    def _on_367(self, _: str, params: list[str], __: Message) -> None:
        self._entry("b", params)

    def _on_348(self, _: str, params: list[str], __: Message) -> None:
        self._entry("e", params)

    def _on_346(self, _: str, params: list[str], __: Message) -> None:
        self._entry("I", params)

    def _on_privmsg(self, _: str, params: list[str], message: Message) -> None:
        self.messages[params[1]].append(message.tags["msgid"])

    def problems(self) -> list[str]:
        """Where this is not what the server holds."""
        user = self.client.session.user
        if user is None:
            return []
        found = [] if self.nick == user.nick else [f"{user.nick} believes to be {self.nick}"]
        truth = {channel.folded: _shown(channel, user) for channel in user.memberships}
        known = {name: dict(vars(seen)) for name, seen in self.channels.items()}
        for name, seen in self.channels.items():
            del known[name]["is_asked"]
            if not seen.is_asked:
                for half in (truth.get(name, {}), known[name]):
                    half.pop("modes", None), half.pop("lists", None)
        return [*found, *(f"{user.nick} at {self.client.node.name}:{line}" for line in difference(truth, known))]


def _shown(channel: Channel, viewer: User) -> dict[str, Any]:
    changes = parse_changes(channel.shown_modes(with_key=True).split())
    return {
        "members": {m.user.nick: set(m.ranks) for m in channel.members.values() if channel.shows(m, viewer)},
        "modes": {change.letter: change.parameter or "" for change in changes},
        "lists": {letter: {entry.mask for entry in channel.lists[letter].values()} for letter in LISTS},
        "topic": channel.topic.text,
    }


class JsonView:
    """A client of CSP 1.1: groups, their members and topics."""

    def __init__(self, client: Reader) -> None:
        self.client = client
        self.groups: dict[str, set[str]] = {}
        self.topics: dict[str, str] = {}
        self._asked: set[str] = set()  # whose members were asked for
        self._nick = ""
        self.messages: dict[str, list[str]] = defaultdict(list)

    def look(self) -> None:
        """Takes in what came."""
        for line in self.client.read():
            said = json.loads(line)
            parameters, code = said["parameters"], said["response_code"]
            group = fold(channel_of_group(parameters.get("chat_name") or "-"))
            if code == "180":
                self.groups.setdefault(group, set()).add(parameters["username"])
            elif code in ("190", "191", "192"):
                gone = parameters.get("banned_user") or parameters.get("kicked_user") or parameters["username"]
                self.groups.get(group, set()).discard(gone)
                if gone == self._nick:
                    self._asked.discard(group)
            elif code == "131":
                self.groups[group] = {member["username"] for member in said["payload"]}
                self._asked.add(group)
                self._nick = parameters["username"]
            elif code == "150":
                self.topics[group] = said["payload"]
            elif code == "140" and parameters.get("chat_name"):
                text = said["payload"].partition(") ")[2]
                self.messages[text].append(parameters["msgid"])

    def problems(self) -> list[str]:
        """Where this is not what the server holds."""
        user = self.client.session.user
        if user is None:
            return []
        truth = {
            channel.folded: {m.user.nick for m in channel.members.values() if channel.shows(m, user)}
            for channel in user.memberships
            if channel.folded in self._asked
        }
        known = {name: self.groups.get(name, set()) for name in truth}
        return [f"{user.nick} at {self.client.node.name}:{line}" for line in difference(truth, known)]


def index_problems(node: Held) -> list[str]:
    """Where the tables of one server do not fit together."""
    network = node.network
    found = []
    for folded, user in network.users.items():
        if user.folded != folded or network.users_by_id.get(user.uid) is not user:
            found.append(f"{node.name}: {user.nick} is filed under {folded}")
        if user.server is not None and user not in user.server.users:
            found.append(f"{node.name}: {user.nick} is not with its server")
        for channel, member in user.memberships.items():
            if channel.members.get(user) is not member or network.channels.get(channel.folded) is not channel:
                found.append(f"{node.name}: {user.nick} is half in {channel.name}")
    if len(network.users) != len(network.users_by_id):
        found.append(f"{node.name}: users without id, or ids without user")
    for channel in network.channels.values():
        strangers = [user.nick for user in channel.members if user.folded not in network.users]
        found += [f"{node.name}: {nick}, who is not there, in {channel.name}" for nick in strangers]
    return found


def disagreements(nodes: Sequence[Held]) -> list[str]:
    """Where the servers do not hold the same, or one does not agree with itself."""
    first, *others = nodes
    truth = state_of(first.network)
    found = [problem for node in nodes for problem in index_problems(node)]
    for other in others:
        different = difference(truth, state_of(other.network))
        found += [f"{first.name} / {other.name}:{line}" for line in different]
    return found


assert set(RANKS) == set(_LETTERS.values())
