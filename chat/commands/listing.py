"""The conditions of LIST (ELIST C M N T U). Owns: their grammar and meaning. Must not: define a command or send."""

import re
from collections.abc import Callable, Iterable, Iterator

from chat.state.channel import Channel
from protocol.names import fold, mask_matches

Condition = Callable[[Channel, float], bool]
_NUMBER = re.compile(r"([CT]?)([<>])(\d{1,9})\Z", re.ASCII)


def _minutes(letter: str, sign: str, minutes: int) -> Condition:
    """C: age of the channel, T: age of its topic; `<` less than so many minutes ago, `>` more."""

    def holds(channel: Channel, now: float) -> bool:
        since = channel.created_at if letter == "C" else channel.topic.time
        if letter == "T" and not channel.topic.text:
            return False
        age = (now - since) / 60
        return age < minutes if sign == "<" else age > minutes

    return holds


def _members(sign: str, count: int) -> Condition:
    return lambda channel, now: len(channel.members) < count if sign == "<" else len(channel.members) > count


def _condition(word: str) -> Condition:
    number = _NUMBER.match(word)
    if number:
        letter, sign, value = number[1], number[2], int(number[3])
        return _minutes(letter, sign, value) if letter else _members(sign, value)
    if word.startswith("!"):
        return lambda channel, now: not mask_matches(word[1:], channel.name)
    return lambda channel, now: mask_matches(word, channel.name)


def parse_conditions(text: str) -> list[Condition]:
    """The conditions of a comma list; all must hold. Plain channel names are alternatives of one another."""
    words = [word for word in text.split(",") if word]
    plain = {fold(word) for word in words if word[0] == "#" and "*" not in word and "?" not in word}
    conditions = [_condition(word) for word in words if fold(word) not in plain]
    if plain:
        conditions.append(lambda channel, now: channel.folded in plain)
    return conditions


def listed(channels: Iterable[Channel], conditions: list[Condition], now: float) -> Iterator[tuple[str, int, str]]:
    """Name, number of members and topic of each channel that meets all conditions."""
    for channel in channels:
        if all(holds(channel, now) for holds in conditions):
            yield channel.name, len(channel.members), channel.topic.text
