"""What a channel that is not plain makes of a message: whether it lets it through, how often, and in which form.

Owns: the modes C (no CTCP), c (no formatting) and F (slow mode). Must not: say who may speak (`policy.require_speech`),
or send. Asked only for channels where `is_plain` does not hold.
"""

from math import ceil

from chat.state.channel import Channel
from chat.state.user import User
from protocol.events import ACTION, TAGMSG
from protocol.formatting import strip_formatting
from protocol.multiline import Lines
from protocol.replies import ERR_NOCTCP, ERR_NOTEXTTOSEND, ERR_TOOFAST
from protocol.values import EventRow, Refused

_CTCP = "\x01"


def admitted(user: User, channel: Channel, row: EventRow, text: str, lines: Lines | None) -> tuple[str, Lines | None]:
    """Text and lines of a message as they may go on. Raises Refused, with the reason in plain words."""
    if row is TAGMSG:
        return text, lines
    if "C" in channel.modes and any(map(_is_ctcp, [text, *(line[0] for line in lines or ())])):
        raise Refused(ERR_NOCTCP, channel.name)
    if "c" in channel.modes:
        text = strip_formatting(text)
        lines = None if lines is None else [(strip_formatting(line), is_concat) for line, is_concat in lines]
        if not text.strip():
            raise Refused(ERR_NOTEXTTOSEND)
    _require_pace(user, channel)
    return text, lines


def _is_ctcp(text: str) -> bool:
    return text.startswith(_CTCP) and not f"{text.rstrip(_CTCP)} ".startswith(ACTION)


def _require_pace(user: User, channel: Channel) -> None:
    """Counts a message; raises when it is one too many. Who has a rank speaks as often as it likes."""
    pace, membership = channel.slow, channel.members.get(user)
    if pace is None or (membership is not None and membership.ranks):
        return
    wait = pace.wait(user.identity)
    if wait:
        raise Refused(ERR_TOOFAST, channel.name, str(pace.count), str(pace.seconds), str(ceil(wait)))
