"""The ISUPPORT (005) tokens, derived from the tables and limits. Owns: names and grammar of tokens (Modern IRC 005).
Must not: hold a number or a letter of its own."""

from collections.abc import Iterable, Mapping

from protocol.limits import HOST_BYTES, KEY_BYTES, MODES_PER_COMMAND, REALNAME_BYTES, TARGETS, USERNAME_BYTES, Limits
from protocol.modes import BOT, LISTS, PREFIXES, RANKS, Kind, letters_of
from protocol.names import CHANNEL_TYPES

TOKENS_PER_LINE = 13


def _escape(value: str) -> str:
    return value.replace("\\", "\\x5C").replace(" ", "\\x20").replace("=", "\\x3D")


def tokens(limits: Limits, network: str, more: Mapping[str, object]) -> list[str]:
    """Every token as `NAME` or `NAME=value`, in alphabetical order. `more`: those that depend on the configuration."""
    ranks, prefixes = "".join(RANKS), "".join(PREFIXES[letter] for letter in RANKS)
    values: dict[str, object] = {
        "ACCOUNTEXTBAN": "a",
        "AWAYLEN": limits.away,
        "BOT": BOT,
        "CASEMAPPING": "ascii",
        "CHANLIMIT": f"{CHANNEL_TYPES}:{limits.channels_per_user}",
        "CHANMODES": ",".join(letters_of(kind) for kind in (Kind.LIST, Kind.KEY, Kind.LIMIT, Kind.FLAG)),
        "CHANNELLEN": limits.channel,
        "CHANTYPES": CHANNEL_TYPES,
        "ELIST": "CMNTU",
        "EXCEPTS": "e",
        "EXTBAN": "~,a",
        "HOSTLEN": HOST_BYTES,
        "INVEX": "I",
        "KEYLEN": KEY_BYTES,
        "KICKLEN": limits.kick,
        "MAXLIST": f"{''.join(LISTS)}:{limits.list_modes}",
        "MODES": MODES_PER_COMMAND,
        "NAMELEN": REALNAME_BYTES,
        "NETWORK": _escape(network),
        "NICKLEN": limits.nick,
        "PREFIX": f"({ranks}){prefixes}",
        "SAFELIST": None,
        "STATUSMSG": prefixes,
        "TARGMAX": ",".join(f"{verb}:{'' if most is None else most}" for verb, most in sorted(TARGETS.items())),
        "TOPICLEN": limits.topic,
        "USERLEN": USERNAME_BYTES,
        "UTF8ONLY": None,
        **more,
    }
    return [name if value is None else f"{name}={value}" for name, value in sorted(values.items())]


def lines(all_tokens: Iterable[str]) -> list[str]:
    """The tokens of each 005 line, at most 13 and within the line's room."""
    result: list[str] = []
    current: list[str] = []
    for token in all_tokens:
        if current and (len(current) == TOKENS_PER_LINE or len(" ".join([*current, token])) > 380):
            result.append(" ".join(current))
            current = []
        current.append(token)
    return [*result, " ".join(current)]
