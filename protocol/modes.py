"""THE tables of channel modes, member ranks and user modes, and the parsing of a MODE command's arguments.

Owns: letters, their type (ISUPPORT CHANMODES A B C D and PREFIX), the grammar of mode strings (Modern IRC, Modes).
Must not: know a channel or who may change what.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """How a channel mode takes its parameter."""

    LIST = "A"  # a mask to set and to unset; without one: asks for the list
    KEY = "B"  # a parameter to set and to unset
    SETTING = "C"  # a parameter to set only
    FLAG = "D"  # never a parameter
    RANK = "PREFIX"  # a nick, always


@dataclass(frozen=True, slots=True)
class ChannelMode:
    """A row. `by`: the least rank that changes it; `prefix` only for ranks, which stand highest first."""

    letter: str
    kind: Kind
    does: str
    by: str = "h"
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class UserMode:
    """A row. `by_user`: users set and unset it themselves; others are only taken off, if at all."""

    letter: str
    does: str
    by_user: bool = True


CHANNEL_MODES = {
    row.letter: row
    for row in (
        ChannelMode("b", Kind.LIST, "bans a mask, or ~a:account, ~r:realname; ~m: before one of these mutes only"),
        ChannelMode("e", Kind.LIST, "excepts a mask from bans and mutes; with ~m: from mutes only"),
        ChannelMode("I", Kind.LIST, "lets a mask in without invitation, and without an account under +R"),
        ChannelMode("k", Kind.KEY, "asks for a key to join"),
        ChannelMode("l", Kind.SETTING, "limits the number of members"),
        ChannelMode("f", Kind.SETTING, "slow mode <messages>:<seconds>: from each member without rank at most so many"),
        ChannelMode("F", Kind.SETTING, "sends who may not join on to another channel", by="o"),
        ChannelMode("C", Kind.FLAG, "lets no CTCP through but ACTION"),
        ChannelMode("H", Kind.FLAG, "shows its history only from one's own join on", by="o"),
        ChannelMode("M", Kind.FLAG, "lets only who is logged in to an account, or has a rank, speak"),
        ChannelMode("N", Kind.FLAG, "lets no member without rank change nick"),
        ChannelMode("P", Kind.FLAG, "stays when the last member leaves, and over a restart", by="o"),
        ChannelMode("Q", Kind.FLAG, "lets nobody be kicked but by a founder or an IRC operator", by="o"),
        ChannelMode("R", Kind.FLAG, "lets in only who is logged in to an account"),
        ChannelMode("U", Kind.FLAG, "shows what members without rank say to half-operators and above only"),
        ChannelMode("c", Kind.FLAG, "strips colours and other formatting from messages"),
        ChannelMode("i", Kind.FLAG, "lets in only who was invited"),
        ChannelMode("m", Kind.FLAG, "lets only members with a rank speak"),
        ChannelMode("n", Kind.FLAG, "lets only members speak"),
        ChannelMode("s", Kind.FLAG, "is shown to members only"),
        ChannelMode("t", Kind.FLAG, "lets only half-operators and above set the topic"),
        ChannelMode("u", Kind.FLAG, "shows members without rank to half-operators and above only", by="o"),
        ChannelMode("z", Kind.FLAG, "lets in only who is connected by TLS", by="o"),
        ChannelMode("q", Kind.RANK, "founder: gives and takes every rank", by="q", prefix="~"),
        ChannelMode("a", Kind.RANK, "protected: kicked and demoted by a founder only", by="q", prefix="&"),
        ChannelMode("o", Kind.RANK, "channel operator", by="o", prefix="@"),
        ChannelMode("h", Kind.RANK, "half-operator: bans, kicks lower ranks, changes simple modes", by="o", prefix="%"),
        ChannelMode("v", Kind.RANK, "voiced: may speak under +m", prefix="+"),
    )
}
USER_MODES = {
    row.letter: row
    for row in (
        UserMode("B", "is a bot"),
        UserMode("i", "is hidden from WHO of those who share no channel"),
        UserMode("o", "is an IRC operator", by_user=False),
        UserMode("s", "gets server notices; +s +ck says about what (IRC operators only)", by_user=False),
        UserMode("w", "gets WALLOPS"),
        UserMode("x", "is shown with a cloaked host, where the server has those"),
    )
}
BOT = "B"
KINDS = {row.letter: row.kind for row in CHANNEL_MODES.values()}
LISTS = tuple(row.letter for row in CHANNEL_MODES.values() if row.kind is Kind.LIST)
FLAGS = tuple(row.letter for row in CHANNEL_MODES.values() if row.kind is Kind.FLAG)
RANKS = tuple(row.letter for row in CHANNEL_MODES.values() if row.kind is Kind.RANK)
PREFIXES = {row.letter: row.prefix for row in CHANNEL_MODES.values() if row.kind is Kind.RANK}
AT_LEAST = {letter: frozenset(RANKS[: place + 1]) for place, letter in enumerate(RANKS)}  # it, and the higher ones


class ModeChange(NamedTuple):
    """One step of a MODE command; `parameter` is None where none was given (a list query, for LIST)."""

    adding: bool
    letter: str
    parameter: str | None = None


def parse_changes(words: Sequence[str], kinds: Mapping[str, Kind] = KINDS) -> list[ModeChange]:
    """The changes that the words after the channel's name ask for; unknown letters are in, without a parameter.
    `kinds`: those of the server that speaks, by letter."""
    if not words:
        return []
    arguments = list(words[1:])
    adding = True
    changes = []
    for letter in words[0]:
        if letter in "+-":
            adding = letter == "+"
            continue
        kind = kinds.get(letter)
        takes = kind in (Kind.LIST, Kind.KEY, Kind.RANK) or (kind is Kind.SETTING and adding)
        changes.append(ModeChange(adding, letter, arguments.pop(0) if takes and arguments else None))
    return changes


def format_changes(changes: Iterable[ModeChange]) -> str:
    """`+o-v wren rook`: signs only where they change, then the parameters."""
    letters, parameters, sign = "", [], ""
    for change in changes:
        wanted = "+" if change.adding else "-"
        letters += change.letter if wanted == sign else wanted + change.letter
        sign = wanted
        if change.parameter is not None:
            parameters.append(change.parameter)
    return " ".join((letters, *parameters))


def split_changes(changes: Sequence[ModeChange], room: int) -> list[str]:
    """The changes as texts of at most `room` bytes each, so that every MODE line fits."""
    texts: list[str] = []
    current: list[ModeChange] = []
    for change in changes:
        if current and len(format_changes([*current, change]).encode()) > room:
            texts.append(format_changes(current))
            current = []
        current.append(change)
    return [*texts, format_changes(current)] if current else texts


def letters_of(kind: Kind) -> str:
    """The letters of one kind, in alphabetical order (as ISUPPORT and 004 list them)."""
    return "".join(sorted(row.letter for row in CHANNEL_MODES.values() if row.kind is kind))


def highest(ranks: Iterable[str]) -> str:
    """The letter of the highest of these ranks, "" when there is none."""
    return next((letter for letter in RANKS if letter in ranks), "")


def prefix_of(ranks: Iterable[str], multiple: bool = False) -> str:
    """The prefixes that stand before a member's nick: the highest, or all with `multi-prefix`."""
    found = "".join(PREFIXES[letter] for letter in RANKS if letter in ranks)
    return found if multiple else found[:1]
