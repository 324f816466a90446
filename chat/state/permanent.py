"""Permanent channels <-> records of the channel file. Owns: that translation. Must not: do I/O (the store does)."""

import time
from dataclasses import replace

from chat.state import announcing, extbans, registers
from chat.state.channel import Channel, Topic
from chat.state.network import Network
from chat.state.pace import parse_pace
from chat.storage.records import ChannelRecord
from protocol.limits import CLOCKS_APART_SECONDS
from protocol.modes import FLAGS
from protocol.names import fold


def record_of(channel: Channel) -> ChannelRecord:
    """What is kept of a channel. `P` is not among the modes: being in the file says it."""
    bans, exceptions, invites = (tuple(channel.lists[letter].values()) for letter in "beI")
    return ChannelRecord(
        name=channel.name,
        topic=channel.topic.text,
        topic_setter=channel.topic.setter,
        topic_time=channel.topic.time,
        modes="".join(letter for letter in FLAGS if letter in channel.modes and letter != "P"),
        key=channel.key,
        limit=channel.limit,
        created=channel.created_at,
        admins=tuple(sorted(channel.admins)),
        bans=bans,
        exceptions=exceptions,
        invites=invites,
        slow_mode=channel.slow.text if channel.slow is not None else "",
        forward=channel.forward,
        founder=channel.founder,
        access=tuple(sorted(channel.access.items())),
        metadata=channel.metadata,
    )


def remember(network: Network, channel: Channel) -> None:
    """Puts a permanent channel's present form into the store; `network.flush` brings it to disk."""
    if channel.is_permanent:
        network.channel_store.put(record_of(channel))


def forget(network: Network, channel: Channel) -> None:
    """Takes a channel that is permanent no more out of the store."""
    if network.channel_store.get(channel.name) is not None:
        network.channel_store.remove(channel.name)


def apply(channel: Channel, record: ChannelRecord) -> None:
    """Gives a channel what its record says; members stay as they are."""
    channel.modes = {letter for letter in record.modes if letter in FLAGS} | {"P"}
    channel.key = record.key
    channel.limit = record.limit
    if channel.slow is None or channel.slow.text != record.slow_mode:
        channel.slow = parse_pace(record.slow_mode)
    channel.forward = record.forward
    channel.topic = Topic(record.topic, record.topic_setter, _past(record.topic_time))
    channel.created_at = _past(record.created) or channel.created_at
    channel.admins = {fold(name) for name in record.admins}
    channel.founder = fold(record.founder)
    channel.metadata = record.metadata
    channel.access = {fold(name): rank for name, rank in record.access}
    for letter, entries in (("b", record.bans), ("e", record.exceptions), ("I", record.invites)):
        masks = ((extbans.full_mask(entry.mask), entry) for entry in entries)
        channel.lists[letter] = {fold(mask): replace(entry, mask=mask, time=_past(entry.time)) for mask, entry in masks}
    channel.lists_changed()


def _past(seconds: float) -> float:
    """A time in a file, 0 (unknown) for one that has not come yet: other servers would not take it."""
    return seconds if seconds <= time.time() + CLOCKS_APART_SECONDS else 0.0


def load_channels(network: Network) -> None:
    """Makes the channels match the store: at start, and after somebody edited the file."""
    wanted = {fold(record.name): record for record in network.channel_store.records()}
    for folded, record in wanted.items():
        channel = network.channels.get(folded)
        if channel is None:
            channel = network.create_channel(record.name, "")
            apply(channel, record)
            announcing.channel_made(network, channel)
            continue
        before = set(registers.of(network, channel))
        apply(channel, record)
        changed = {register.key for register in before ^ set(registers.of(network, channel))}
        if changed:
            announcing.registers_set(network, channel, *changed)
    for folded, channel in list(network.channels.items()):
        if channel.is_permanent and folded not in wanted:
            channel.modes.discard("P")
            announcing.registers_set(network, channel, "P")
            network.history.restrict(channel.folded, channel.is_restricted)
            network.forget_channel_if_empty(channel)
