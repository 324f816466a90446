"""The ISUPPORT (005) tokens, derived from the tables and limits. Owns: names and grammar of tokens (Modern IRC 005).
Must not: hold a number or a letter of its own. A token needs a row in MEANINGS, from which its documentation comes."""

from collections.abc import Iterable, Mapping

from protocol.limits import HOST_BYTES, KEY_BYTES, MODES_PER_COMMAND, REALNAME_BYTES, TARGETS, USERNAME_BYTES, Limits
from protocol.modes import BOT, LISTS, PREFIXES, RANKS, Kind, letters_of
from protocol.names import CHANNEL_TYPES

TOKENS_PER_LINE = 13
TOKENS_ROOM = 380  # bytes of a line's tokens, beside names of ordinary length
MEANINGS = {
    "ACCOUNTEXTBAN": "the extended bans that mean an account: its name comes after the colon",
    "AWAYLEN": "bytes of an away text; a longer one is cut",
    "BOT": "the user mode that marks a bot",
    "CASEMAPPING": "which letters count as equal in nicks and channel names: a-z and A-Z",
    "CHATHISTORY": "messages that one CHATHISTORY gives at most",
    "CHANLIMIT": "how many channels one may be in",
    "CHANMODES": "the channel modes by how they take a parameter: lists, always, only when set, never",
    "CHANNELLEN": "characters of a channel's name",
    "CHANTYPES": "what a channel's name begins with",
    "CLIENTTAGDENY": "client-only tags that are not relayed; after a * for all of them, those that are, with a -",
    "ELIST": "conditions of LIST: C age, M mask, N not this mask, T age of the topic, U number of members",
    "EXCEPTS": "the mode of ban exceptions",
    "EXTBAN": "what stands before an extended ban, and the letters of its kinds",
    "HOSTLEN": "bytes of a host",
    "INVEX": "the mode of invite exceptions",
    "KEYLEN": "bytes of a channel's key",
    "KICKLEN": "bytes of the reason of a KICK; a longer one is cut",
    "KNOCK": "KNOCK is there",
    "MAXLIST": "entries that the list modes of a channel hold together",
    "MODES": "changes with a parameter in one MODE",
    "MONITOR": "nicks that one connection may monitor",
    "MSGREFTYPES": "what a message can be pointed at by, best first",
    "NAMELEN": "bytes of a realname",
    "NETWORK": "the name of the network",
    "NICKLEN": "characters of a nick",
    "PREFIX": "ranks of members, highest first, and the prefixes that show them",
    "SAFELIST": "LIST never disconnects who asks for it",
    "STATUSMSG": "prefixes before a channel's name that address the members with at least that rank",
    "TARGMAX": "targets of one command; nothing after the colon means no limit of its own",
    "TOPICLEN": "bytes of a topic; a longer one is cut",
    "draft/ICON": "the address of a picture for the network",
    "draft/ACCOUNTREQUIRED": "nobody stays without having logged in to an account",
    "USERLEN": "bytes of a user name, with the ~",
    "UTF8ONLY": "whatever is not UTF-8 is refused",
    "WHOX": "WHO takes a list of fields",
}


def escape(value: str) -> str:
    """A value that may hold a space, a backslash or an equals sign, as a token carries it."""
    return value.replace("\\", "\\x5C").replace(" ", "\\x20").replace("=", "\\x3D")


def tokens(limits: Limits, network: str, more: Mapping[str, object]) -> list[str]:
    """Every token as `NAME` or `NAME=value`, in alphabetical order. `more`: those that depend on the configuration."""
    ranks, prefixes = "".join(RANKS), "".join(PREFIXES[letter] for letter in RANKS)
    values: dict[str, object] = {
        "ACCOUNTEXTBAN": "account,a",
        "AWAYLEN": limits.away,
        "BOT": BOT,
        "CASEMAPPING": "ascii",
        "CHANLIMIT": f"{CHANNEL_TYPES}:{limits.channels_per_user}",
        "CHANMODES": ",".join(letters_of(kind) for kind in (Kind.LIST, Kind.KEY, Kind.SETTING, Kind.FLAG)),
        "CHANNELLEN": limits.channel,
        "CHANTYPES": CHANNEL_TYPES,
        "ELIST": "CMNTU",
        "EXCEPTS": "e",
        "EXTBAN": "~,amr",
        "HOSTLEN": HOST_BYTES,
        "INVEX": "I",
        "KEYLEN": KEY_BYTES,
        "KICKLEN": limits.kick,
        "KNOCK": None,
        "MAXLIST": f"{''.join(LISTS)}:{limits.list_modes}",
        "MODES": MODES_PER_COMMAND,
        "MONITOR": limits.monitor,
        "NAMELEN": REALNAME_BYTES,
        "NETWORK": escape(network),
        "NICKLEN": limits.nick,
        "PREFIX": f"({ranks}){prefixes}",
        "SAFELIST": None,
        "STATUSMSG": prefixes,
        "TARGMAX": ",".join(f"{verb}:{'' if most is None else most}" for verb, most in sorted(TARGETS.items())),
        "TOPICLEN": limits.topic,
        "USERLEN": USERNAME_BYTES,
        "UTF8ONLY": None,
        "WHOX": None,
        **more,
    }
    unexplained = values.keys() - MEANINGS.keys()
    if unexplained:
        raise RuntimeError(f"tokens without a row in MEANINGS: {', '.join(sorted(unexplained))}")
    return [name if value is None else f"{name}={value}" for name, value in sorted(values.items())]


def lines(all_tokens: Iterable[str], room: int = TOKENS_ROOM) -> list[str]:
    """The tokens of each 005 line, at most 13 and within `room` bytes, unless one token alone needs more."""
    result: list[str] = []
    current: list[str] = []
    for token in all_tokens:
        if current and (len(current) == TOKENS_PER_LINE or len(" ".join([*current, token]).encode()) > room):
            result.append(" ".join(current))
            current = []
        current.append(token)
    return [*result, " ".join(current)] if current else result
