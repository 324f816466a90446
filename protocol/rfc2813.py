"""The codec of RFC 2813 links with IRC+, by which ngIRCd says more than that: lines, and what fits in them.

Owns: the grammar, what both sides say of themselves (PASS, 005), which names and modes the other side can take. Must
not: know who exists, or what a line changes (`chat.links`).
"""

from collections.abc import Iterable
from typing import NamedTuple

from protocol.limits import IRC_LINE_BYTES
from protocol.message import parse_message
from protocol.modes import CHANNEL_MODES, PREFIXES, RANKS, Kind, ModeChange
from protocol.names import cut

# Flags of IRC+: CHANINFO, lists, the longer handshake (005 and 376), METADATA, operators change modes, all ranks.
VERSION, FLAGS = "0210-IRC+", "CHLMXo"
CHANNEL_BYTES = 50  # ngIRCd's; a user who is put into a channel with a longer name is killed
NICK_BYTES = 63  # of nicks that come from servers; it cuts longer ones
USERNAME_BYTES = 19
INFO_BYTES = 120
BODY_BYTES = IRC_LINE_BYTES - 2
SHARED_FLAGS = frozenset("MNPQRimnstz")  # channel modes that mean the same on both sides
SHARED_USER_MODES = frozenset("Biow")
AWAY, CLOAKED, REGISTERED = "a", "x", "R"  # user modes of the other side that are something else here
_LETTER_OF = {prefix: letter for letter, prefix in PREFIXES.items()}
_FORBIDDEN = str.maketrans({"\r": " ", "\n": " ", "\0": None})


class Line(NamedTuple):
    """One line: `prefix` a nick or server name, "" when there is none; `verb` in upper case, or a numeric."""

    prefix: str
    verb: str
    params: list[str]


class Hello(NamedTuple):
    """What a server says of itself with PASS. `flags` are empty for one that knows no IRC+."""

    password: str
    software: str
    flags: frozenset[str]


# --- lines ---------------------------------------------------------------------------------------------------------


def decode(line: bytes) -> Line | None:
    """A line without its LF; None for an empty one. Users of other servers may write in whatever encoding: what is no
    UTF-8 is read as Latin-1, in which every byte means something."""
    line = line.rstrip(b"\r").replace(b"\0", b"")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    parsed = parse_message(text.translate(_FORBIDDEN))
    if not parsed.command:
        return None
    return Line((parsed.source or "").partition("!")[0], parsed.command.upper(), parsed.params)


def encode(prefix: str, verb: str, *params: str, text: str | None = None) -> bytes:
    """A line with its line end. A longer one than 512 bytes would end the link, so `text`, the last parameter, gives
    way. The caller vouches that `params` are words."""
    head = " ".join((f":{prefix}", verb, *params)) if prefix else " ".join((verb, *params))
    body = head if text is None else f"{head} :{text.translate(_FORBIDDEN)}"
    return f"{cut(body, BODY_BYTES)}\r\n".encode()


def room(prefix: str, verb: str, *params: str) -> int:
    """How many bytes of text fit into a line that starts so."""
    return BODY_BYTES - len(" ".join((f":{prefix}", verb, *params, ":")).encode())


# --- who are you ---------------------------------------------------------------------------------------------------


def decode_pass(line: Line) -> Hello:
    """What the PASS of a server says (RFC 2813 4.1.1); a client's has one parameter."""
    password, version, about = [*line.params, "", "", ""][:3]
    software, _, rest = about.partition("|")
    number, _, flags = rest.partition(":")
    return Hello(password, f"{software}-{number}".strip("-"), frozenset(flags if "IRC+" in version else ""))


# --- names ---------------------------------------------------------------------------------------------------------


def takes_channel(name: str) -> bool:
    """Whether the other side can have a channel of that name; all others stay on this side."""
    return name.startswith("#") and ":" not in name and "\a" not in name and len(name.encode()) <= CHANNEL_BYTES


def takes_nick(nick: str) -> bool:
    """Whether the other side can have a user of that name."""
    return len(nick.encode()) <= NICK_BYTES


def takes_mask(mask: str) -> bool:
    """Whether the other side understands a mask: extended bans mean nobody there."""
    return not mask.startswith("~")


def split_ranks(name: str) -> tuple[frozenset[str], str]:
    """`@+nick` of an NJOIN: the ranks, and the nick."""
    nick = name.lstrip("".join(_LETTER_OF))
    return frozenset(_LETTER_OF[prefix] for prefix in name[: len(name) - len(nick)]), nick


def ranked(nick: str, ranks: Iterable[str]) -> str:
    """`@+nick` for an NJOIN."""
    held = frozenset(ranks)
    return "".join(PREFIXES[letter] for letter in RANKS if letter in held) + nick


# --- modes ---------------------------------------------------------------------------------------------------------


def is_shared(change: ModeChange) -> bool:
    """Whether both sides know the mode that is changed, and mean the same by it."""
    row = CHANNEL_MODES.get(change.letter)
    if row is None:
        return False
    if row.kind is Kind.LIST:
        return takes_mask(change.parameter or "")
    return row.kind is Kind.RANK or change.letter in SHARED_FLAGS or change.letter in "kl"


def user_modes_of(modes: Iterable[str], is_away: bool, account: str) -> str:
    """The user modes as the other side writes them: `+aw`."""
    shared = SHARED_USER_MODES.intersection(modes)
    return "+" + "".join(sorted({*shared, *(AWAY if is_away else ""), *(REGISTERED if account else "")}))


def channel_modes_of(letters: Iterable[str], key: str, limit: int) -> str:
    """The modes of a channel as CHANINFO has them, without parameters."""
    shared = SHARED_FLAGS.intersection(letters)
    return "+" + "".join(sorted(shared)) + ("k" if key else "") + ("l" if limit else "")
