"""Taking over what was read anew from the files, and telling those whom it concerns.

Owns: what a reload means for channels, users and clients that are there. Must not: read a file.
"""

from typing import NamedTuple

from chat.state import (
    accounts,
    announcing,
    auditorium,
    enforcement,
    membership,
    offers,
    operators,
    permanent,
    registers,
)
from chat.state.channel import Channel, Topic
from chat.state.cloaking import cloak_of
from chat.state.network import Network
from chat.state.session import Session
from chat.storage.settings import Config
from protocol import events
from protocol.facts import Register
from protocol.modes import FLAGS, LISTS, ModeChange, split_changes

_MODE_LINE_ROOM = 330


class _Shape(NamedTuple):
    """What of a channel can change in its file."""

    topic: Topic
    flags: frozenset[str]
    key: str
    limit: int
    slow_mode: str
    forward: str
    masks: frozenset[tuple[str, str]]
    sight: auditorium.Sight


def take_over(network: Network, config: Config, motd: list[str]) -> None:
    """Puts a configuration, and what the account and channel stores hold now, in force."""
    tokens, offered = offers.isupport_tokens(network), _offered(network)
    blocks = network.config.operators
    network.config, network.limits, network.motd = config, config.limits, motd
    network.history.configure(config.history)
    network.cloak = cloak_of(config.cloak)
    operators.review(network, blocks)
    enforcement.review(network)
    _tell_isupport(network, tokens)
    _tell_capabilities(network, offered)
    accounts.drop_lost_accounts(network)
    shapes = {channel: _shape(channel) for channel in network.channels.values()}
    held = {channel: registers.of(network, channel) for channel in shapes} if network.relay.is_telling else {}
    permanent.load_channels(network)
    for channel, shape in shapes.items():
        _tell_changes(network, channel, shape, _shape(channel))
        for user in list(channel.members):
            membership.give_due_ranks(network, channel, user, None)
    _tell_servers(network, held)


def _tell_servers(network: Network, held: dict[Channel, list[Register]]) -> None:
    """Other servers are told what somebody has changed in the file of channels. `held`: what was set before."""
    if not network.relay.is_telling:
        return
    for channel in dict.fromkeys((*held, *network.channels.values())):
        before = {register.key: register.value for register in held.get(channel, ())}
        now = {register.key: register.value for register in registers.of(network, channel)}
        changed = [key for key in {**before, **now} if before.get(key) != now.get(key)]
        if changed:
            announcing.registers_set(network, channel, *changed)


def _shape(channel: Channel) -> _Shape:
    masks = frozenset((letter, entry.mask) for letter in LISTS for entry in channel.lists[letter].values())
    slow_mode = channel.slow.text if channel.slow is not None else ""
    return _Shape(
        channel.topic,
        frozenset(channel.modes),
        channel.key,
        channel.limit,
        slow_mode,
        channel.forward,
        masks,
        auditorium.sight(channel),
    )


def _tell_isupport(network: Network, before: list[str]) -> None:
    """A token whose value changed is sent again, one that went is sent as `-NAME` (Modern IRC, RPL_ISUPPORT)."""
    now = offers.isupport_tokens(network)
    names = {token.partition("=")[0] for token in now}
    gone = [f"-{name}" for name in (token.partition("=")[0] for token in before) if name not in names]
    changed = [token for token in now if token not in before] + gone
    for session in network.sessions:
        if session.user is not None and session.codec.dialect.is_modern:
            offers.send_isupport(network, session, changed)


def _offered(network: Network) -> dict[Session, dict[str, str]]:
    return {session: offers.capabilities(network, session) for session in network.sessions}


def _tell_capabilities(network: Network, before: dict[Session, dict[str, str]]) -> None:
    for session, old in before.items():
        offers.tell_changes(session, old, offers.capabilities(network, session))


def _tell_changes(network: Network, channel: Channel, old: _Shape, new: _Shape) -> None:
    if new.topic.text != old.topic.text:
        event = network.event(events.TOPIC, network.source, channel.name, new.topic.text)
        network.tell_channel(channel, event)
    moved = auditorium.shift(channel, old.sight)
    auditorium.show(network, channel, moved)
    for text in split_changes(_differences(old, new), _MODE_LINE_ROOM):
        network.tell_channel(channel, network.event(events.MODE, network.source, channel.name, text))
    auditorium.hide(network, channel, moved)


def _differences(old: _Shape, new: _Shape) -> list[ModeChange]:
    changes = [
        ModeChange(letter in new.flags, letter) for letter in FLAGS if (letter in new.flags) != (letter in old.flags)
    ]
    if new.key != old.key:
        changes.append(ModeChange(bool(new.key), "k", new.key or old.key))
    if new.limit != old.limit:
        changes.append(ModeChange(True, "l", str(new.limit)) if new.limit else ModeChange(False, "l"))
    if new.slow_mode != old.slow_mode:
        changes.append(ModeChange(True, "f", new.slow_mode) if new.slow_mode else ModeChange(False, "f"))
    if new.forward != old.forward:
        changes.append(ModeChange(True, "F", new.forward) if new.forward else ModeChange(False, "F"))
    changes += [ModeChange(False, letter, mask) for letter, mask in sorted(old.masks - new.masks)]
    return changes + [ModeChange(True, letter, mask) for letter, mask in sorted(new.masks - old.masks)]
