"""A channel as registers: everything in it that can be set, each with the stamp of who wrote it last.

Servers that are linked, or linked again, each write the other's registers over their own where those are newer, and so
come to the same channel whatever happened in whatever order. What was never changed since the server started, such as
what a file says, has the oldest stamp there is; of two equal stamps the later time wins, then
the greater value.
Owns: what the registers are, reading and writing them. Must not: tell anybody, or decide who may write.
"""

from collections.abc import Iterator

from chat.state import domain, extbans
from chat.state.channel import Channel, Membership, Topic
from chat.state.network import Network
from chat.state.pace import parse_pace
from chat.storage.records import ListEntry
from protocol.fact_rules import is_known_register
from protocol.facts import Rank, Register, Stamp
from protocol.limits import NETWORK_REGISTERS, REMOVED_REGISTERS
from protocol.modes import CHANNEL_MODES, FLAGS, LISTS, RANKS, ModeChange
from protocol.names import fold

OLDEST: Stamp = (0, "")
TOPIC, FOUNDER = "topic", "founder"
ADMIN, ACCESS, METADATA = "admin ", "access ", "metadata "
_SETTINGS = "kfFl"
_NOTHING = (-1.0, "", "")  # what is set counts for more than what is not


# --- reading -------------------------------------------------------------------------------------------------------


def of(network: Network, channel: Channel) -> list[Register]:
    """All registers that hold something, or held something once. Accounts with their home server, as on links."""
    present = {register.key: register for register in _present(network, channel)}
    absent = (Register(key, None, at) for key, at in channel.stamps.items() if key not in present)
    return [*present.values(), *absent]


def _present(network: Network, channel: Channel) -> Iterator[Register]:
    for letter in sorted(channel.modes):
        yield _register(channel, letter, "1")
    for letter in _SETTINGS:
        if _setting(channel, letter):
            yield _register(channel, letter, _setting(channel, letter))
    for letter in LISTS:
        for entry in channel.lists[letter].values():
            yield _of_entry(network, channel, letter, entry)
    if channel.topic.text:
        yield _of_topic(channel)
    if channel.founder:
        yield _register(channel, FOUNDER, fold(domain.qualified(network, channel.founder)))
    for name in channel.admins:
        yield _register(channel, ADMIN + fold(domain.qualified(network, name)), "1")
    for name, rank in channel.access.items():
        yield _register(channel, ACCESS + fold(domain.qualified(network, name)), rank)
    for key, value in channel.metadata.items():
        yield _register(channel, METADATA + key, value)


def _register(channel: Channel, key: str, value: str, setter: str = "", time: float = 0.0) -> Register:
    return Register(key, value, channel.stamps.get(key, OLDEST), setter, time)


def _of_entry(network: Network, channel: Channel, letter: str, entry: ListEntry) -> Register:
    mask = domain.outgoing_mask(network, entry.mask)
    return _register(channel, f"{letter} {fold(mask)}", mask, entry.setter, entry.time)


def _of_topic(channel: Channel) -> Register:
    return _register(channel, TOPIC, *channel.topic)


def _setting(channel: Channel, letter: str) -> str:
    if letter == "k":
        return channel.key
    if letter == "l":
        return str(channel.limit or "")
    if letter == "F":
        return channel.forward
    return channel.slow.text if channel.slow is not None else ""


def _held(network: Network, channel: Channel, key: str) -> Register | None:
    """The register `key`, None when it holds nothing. Looked up, for all of a channel are met when servers are linked
    again."""
    kind, _, name = key.partition(" ")
    if kind in LISTS:
        entries = channel.lists[kind]
        entry = entries.get(fold(domain.incoming_mask(network, name))) or entries.get(name)
        held = _of_entry(network, channel, kind, entry) if entry is not None else None
        return held if held is not None and held.key == key else None
    if kind == METADATA.strip():
        value: str | None = channel.metadata.get(name)
    elif kind == ADMIN.strip():
        value = "1" if channel.admins & {fold(domain.localized(network, name)), name} else None
    elif kind == ACCESS.strip():
        value = channel.access.get(fold(domain.localized(network, name)), channel.access.get(name))
    elif key == TOPIC:
        return _of_topic(channel) if channel.topic.text else None
    elif key == FOUNDER:
        value = fold(domain.qualified(network, channel.founder)) or None
    elif key in _SETTINGS:
        value = _setting(channel, key) or None
    else:
        value = "1" if key in channel.modes else None
    return _register(channel, key, value) if value is not None else None


def is_newer(one: Register, other: Register | None) -> bool:
    """Whether `one` counts, of two writes of the same register; None: it was never written."""
    return _order(one) > (_order(other) if other is not None else (OLDEST, *_NOTHING))


def _order(register: Register) -> tuple[Stamp, float, str, str]:
    if not register.value:
        return register.at, *_NOTHING
    return register.at, register.time, register.value, register.setter


def ranks_of(member: Membership) -> tuple[Rank, ...]:
    """The ranks that a member has, or had."""
    letters = dict.fromkeys((*member.ranks, *member.stamps))
    return tuple(Rank(letter, letter in member.ranks, member.stamps.get(letter, OLDEST)) for letter in letters)


def key_of(network: Network, change: ModeChange) -> str:
    """The register that a change of a mode, not of a rank, writes."""
    if change.letter in LISTS:
        return f"{change.letter} {fold(domain.outgoing_mask(network, change.parameter or ''))}"
    return change.letter


# --- writing -------------------------------------------------------------------------------------------------------


def write(network: Network, channel: Channel, register: Register) -> bool:
    """Writes a register of another server over the one here, if it is newer; whether it was. `settle` the channel when
    all are written."""
    if not is_known_register(register.key):
        return False
    if register.key not in channel.stamps and len(channel.stamps) >= NETWORK_REGISTERS:
        return False
    held = channel.stamps.get(register.key, OLDEST)
    if register.at < held:
        return False
    if register.at == held and not is_newer(register, _held(network, channel, register.key)):
        return False
    _put(network, channel, register)
    stamp(channel, register.key, register.at)
    return True


def next_stamp(network: Network, channel: Channel) -> Stamp:
    """For what is set in the channel now: later than all that is set in it, also where another server's clock, or what
    it made of it, was further ahead than the clock of this one follows."""
    at = network.stamp(channel.latest)
    channel.latest = at[0]
    return at


def stamp(channel: Channel, key: str, at: Stamp) -> None:
    """A register was written at `at`. `prune` when all are written."""
    if at != OLDEST:
        channel.stamps[key] = at
        channel.latest = max(channel.latest, at[0])


def prune(network: Network, channel: Channel) -> None:
    """Of masks, accounts and metadata that were taken off, which could be ever more, the last are remembered: it takes
    as many others while servers are apart for one to come back. Where many are not taken off, some more are remembered,
    so that those are not all looked at each time."""
    most = REMOVED_REGISTERS
    if len(channel.stamps) <= most:
        return
    held = sum(map(len, (*channel.lists.values(), channel.admins, channel.access, channel.metadata)))
    if len(channel.stamps) - held <= most + held // 8:
        return
    removed = sorted((at, key) for key, at in channel.stamps.items() if " " in key and not _held(network, channel, key))
    for _, old in removed[:-most]:
        del channel.stamps[old]


def write_rank(member: Membership, rank: Rank) -> bool:
    """As `write`, a rank of a member."""
    held = member.stamps.get(rank.letter, OLDEST)
    if rank.letter not in RANKS or (rank.at, rank.is_held) <= (held, rank.letter in member.ranks):
        return False
    member.stamps[rank.letter] = rank.at
    member.channel.latest = max(member.channel.latest, rank.at[0])
    member.ranks = member.ranks | {rank.letter} if rank.is_held else member.ranks - {rank.letter}
    return True


def clear(channel: Channel) -> None:
    """The channel turns out to be the newer of two: it keeps its members, and nothing that was set in it."""
    channel.stamps.clear()
    channel.modes.clear()
    channel.key, channel.limit, channel.slow, channel.forward = "", 0, None, ""
    channel.topic = Topic()
    channel.founder, channel.metadata = "", {}
    channel.admins.clear()
    channel.access.clear()
    for entries in channel.lists.values():
        entries.clear()
    for member in channel.members.values():
        member.ranks, member.stamps = frozenset(), {}


def _put(network: Network, channel: Channel, register: Register) -> None:
    key, value = register.key, register.value
    kind, _, name = key.partition(" ")
    if key in FLAGS:
        (channel.modes.discard if value is None else channel.modes.add)(key)
    elif key in _SETTINGS and key in CHANNEL_MODES:
        _put_setting(channel, key, value or "")
    elif kind in LISTS:
        _put_mask(network, channel, kind, name, register)
    elif key == TOPIC:
        channel.topic = Topic(value or "", register.setter, register.time)
    elif key == FOUNDER:
        channel.founder = fold(domain.localized(network, value or ""))
    elif kind == ADMIN.strip():
        account = fold(domain.localized(network, name))
        (channel.admins.discard if value is None else channel.admins.add)(account)
    elif kind == ACCESS.strip():
        account = fold(domain.localized(network, name))
        channel.access.pop(account, None)
        if value is not None and value in RANKS:
            channel.access[account] = value
    elif kind == METADATA.strip():
        rest = {each: text for each, text in channel.metadata.items() if each != name}
        channel.metadata = rest if value is None else {**rest, name: value}


def _put_setting(channel: Channel, letter: str, value: str) -> None:
    if letter == "k":
        channel.key = value
    elif letter == "l":
        channel.limit = int(value) if value.isascii() and value.isdigit() else 0
    elif letter == "F":
        channel.forward = value
    elif value != _setting(channel, letter):
        channel.slow = parse_pace(value)


def _put_mask(network: Network, channel: Channel, letter: str, name: str, register: Register) -> None:
    mask = domain.incoming_mask(network, register.value if register.value is not None else name)
    channel.lists[letter].pop(fold(mask), None)
    if register.value is not None:
        mask = extbans.full_mask(mask)
        channel.lists[letter][fold(mask)] = ListEntry(mask, register.setter, register.time)
