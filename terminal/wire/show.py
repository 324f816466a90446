"""`/show`: one action as every dialect would send it, byte for byte, without sending anything.

Owns: which actions can be shown, and how their lines are laid out. Must not: format a line; the dialects do that.
"""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from protocol import names
from terminal.dialects import DIALECTS, Dialect, Identity, Unsupported
from terminal.events import Step
from terminal.text.clean import escape
from terminal.wire.annotation import visible_end

_WELCOME = {  # what makes a dialect ready, by its name
    "irc": ":server 001 {nick} :Welcome",
    "lab": ":server 001 :Welcome",
    "json": '{{"version": 1.1, "response_code": "110", "parameters": {{}}, "channel": "CC", "payload": "", "id": 1}}',
}


class CannotShow(Exception):
    """The action is unknown or lacks a word; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Action:
    """A row: what must (`<word>`) and may (`[word]`) follow; the last word takes the rest of the line.

    here -- whether the first word is a channel or target that may be left out where there is a current one.
    """

    usage: str
    step: Callable[..., Step]
    here: bool = False


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line as it would be sent, secrets hidden. size -- bytes on the wire, end included."""

    text: str
    end: str
    size: int


@dataclass(frozen=True, slots=True)
class ShownDialect:
    """What one dialect makes of the action: lines, or a `text` that says why there are none."""

    name: str
    title: str
    lines: tuple[ShownLine, ...]
    text: str = ""


def _on_channel(method: str) -> Callable[..., Step]:
    """A step of a method whose first argument is a channel, `#` left out or not."""
    return lambda dialect, channel, *rest: getattr(dialect, method)(dialect.channel_name(channel), *rest)


def _of(method: str) -> Callable[..., Step]:
    return lambda dialect, *words: getattr(dialect, method)(*words)


ACTIONS: dict[str, Action] = {
    "join": Action("<channel> [key]", _on_channel("join")),
    "part": Action("<channel> [text]", _on_channel("part"), here=True),
    "say": Action("<channel> <text>", _on_channel("say"), here=True),
    "msg": Action("<nick> <text>", _of("say")),
    "me": Action("<target> <text>", _of("act"), here=True),
    "notice": Action("<target> <text>", _of("notice")),
    "topic": Action("<channel> [text]", _on_channel("topic"), here=True),
    "names": Action("<channel>", _on_channel("members"), here=True),
    "list": Action("", _of("channels")),
    "create": Action("<channel>", _on_channel("create")),
    "kick": Action("<channel> <nick> [text]", _on_channel("kick"), here=True),
    "ban": Action("<channel> <nick>", _on_channel("ban"), here=True),
    "unban": Action("<channel> <nick>", _on_channel("unban"), here=True),
    "invite": Action("<channel> <nick>", _on_channel("invite"), here=True),
    "mode": Action("<target> [changes]", _of("mode")),
    "nick": Action("<nick>", _of("rename")),
    "away": Action("<text>", _of("away")),
    "back": Action("", lambda dialect: dialect.away(None)),
    "whois": Action("<nick>", _of("whois")),
    "quit": Action("[text]", _of("quit")),
}


def show(action: str, arguments: str, nick: str, current: str = "") -> list[ShownDialect]:
    """What `nick` would send in each dialect, once welcomed; CannotShow (a sentence) for what cannot be read.

    action -- a key of `ACTIONS`, with or without `/`; arguments -- the rest of what was typed; current -- the channel
    or nick that is meant when the arguments do not begin with a channel, as in `/kick rook`.
    """
    name = action.removeprefix("/").lower()
    row = ACTIONS.get(name)
    if row is None:
        near = difflib.get_close_matches(name, ACTIONS, 1)
        hint = f"Did you mean /show {near[0]}?" if near else f"There are {', '.join(ACTIONS)}."
        raise CannotShow(f"/show knows no {escape(name) or 'such action'}. {hint}")
    if row.here and current and not names.is_channel_type(arguments.strip()):
        arguments = f"{current} {arguments}"
    words = _words(row.usage, arguments)
    if len(words) < row.usage.count("<"):
        raise CannotShow(f"Usage: /show {name} {row.usage}")
    return [_shown(kind(Identity(nick)), row, words) for kind in DIALECTS.values()]


def shown_rows(shown: Sequence[ShownDialect]) -> list[str]:
    """The rows of text for a window: each dialect, its lines with their ends visible, and the bytes."""
    rows = []
    for each in shown:
        rows.append(each.title)
        for line in each.lines:
            rows.append(f"  {escape(line.text)}{visible_end(line.end)}  ({line.size} bytes)")
        if len(each.lines) > 1:
            rows.append(f"  {len(each.lines)} lines, {sum(line.size for line in each.lines)} bytes")
        if each.text:
            rows.append(f"  {escape(each.text)}")
    return rows


def _words(usage: str, arguments: str) -> list[str]:
    """At most as many words as the usage has; the last one is the rest."""
    count = len(usage.split())
    return arguments.strip().split(None, count - 1) if count else []


def _shown(dialect: Dialect, row: Action, words: Sequence[str]) -> ShownDialect:
    dialect.start()
    dialect.receive(_WELCOME[dialect.name].format(nick=dialect.nick))
    try:
        step = row.step(dialect, *words)
    except Unsupported as reason:
        return ShownDialect(dialect.name, dialect.title, (), str(reason))
    end = dialect.line_end
    lines = [ShownLine(dialect.masked(line), end, len((line + end).encode(errors="replace"))) for line in step.lines]
    return ShownDialect(dialect.name, dialect.title, tuple(lines), "" if lines else "Nothing is sent.")
