"""One line of a window -> rows of the screen.

Owns: what stands where in a row: time, nick, text. Must not: choose which lines are shown.
"""

from collections.abc import Sequence
from dataclasses import replace

from terminal import wording
from terminal.model.line import Kind, Line
from terminal.screen.look import NARROW, Look, Row
from terminal.screen.marking import linked, marked
from terminal.text.clean import plain
from terminal.text.formatting import as_style, spans
from terminal.text.width import cells, cut, pad
from terminal.text.wrap import wrap

SIGNS: dict[Kind, str] = {
    "join": "→", "part": "←", "quit": "←", "nick": "≈", "away": "z", "account": "@", "kick": "←", "mode": "±",
    "topic": "#", "invite": "?", "members": "=", "list": "-", "info": "-", "problem": "!", "action": "*",
    "redacted": "×",
}  # fmt: skip
BESIDE = " │ "  # between the nicks and what they say


def rows_of(group: Sequence[Line], width: int, look: Look, emphasis: str = "", channel: str = "") -> list[Row]:
    """The rows of a line, or of several that are shown as one. emphasis -- a style for every cell of them; channel --
    the one in whose window they are: it need not be named again."""
    head, text = _folded(group, look, width) if len(group) > 1 else _single(_unnamed(group[0], channel), look, width)
    indent = sum(cells(part) for _, part in head) if look.column(width) else look.time_width
    found = wrap([*head, *marked(text, look.found)], width, indent)
    if look.column(width):
        for row in found[1:]:  # the line beside the nicks goes on
            row[:1] = [("", " " * (indent - cells(BESIDE) + 1)), ("class:separator", BESIDE[1:])]
    return [[(f"{style} {emphasis}", part) for style, part in row] for row in found] if emphasis else found


def day_row(line: Line, width: int, look: Look) -> Row:
    """A rule above the first line of another day; it crosses the one beside the nicks."""
    date = line.time.astimezone()
    return [("class:day", _rule(f"── {date:%A}, {date.day} {date:%B %Y} ", width, look))]


def marker_row(width: int, look: Look) -> Row:
    """A rule below which everything is new."""
    return [("class:marker", _rule("── new " if width >= NARROW else "", width, look))]


def _rule(text: str, width: int, look: Look) -> str:
    column = look.column(width)
    crossing = look.time_width + column + 1 if column else -1
    head = "─" * crossing + "┼" if 0 < crossing < width - cells(text) else ""
    text = cut(head + text, width)
    return text + "─" * (width - cells(text))


def _unnamed(line: Line, channel: str) -> Line:
    before = f"{channel}: "
    is_named = channel and not line.is_speech and line.text[: len(before)].lower() == before.lower()
    return replace(line, text=line.text[len(before) :]) if is_named else line


def _single(line: Line, look: Look, width: int) -> tuple[Row, Row]:
    head, where = _time(line, look), _where(line)
    column = look.column(width)
    nick_style = look.nick(line.source, line.own)
    style = _style(line)
    if line.kind in ("message", "notice"):
        nick = plain(line.rank + line.source)
        if column:
            shown = cut(nick, column) if line.kind == "message" else f"-{cut(nick, column - 2)}-"
            head += [(nick_style, pad(shown, column, "right")), ("class:separator", BESIDE)]
        else:
            around = "<>" if line.kind == "message" else "--"
            head += [("class:separator", around[0]), (nick_style, nick), ("class:separator", around[1] + " ")]
        return head, [*where, *_account(line), *_text(line.text, style, look), *_pending(line)]
    sign = SIGNS.get(line.kind, " ")
    head += [(style, pad(sign, column, "right")), ("class:separator", BESIDE)] if column else [(style, f"{sign} ")]
    source: Row = [(nick_style, plain(line.source)), (style, " ")] if line.source else []
    return head, [*where, *source, *_text(line.text, style, look), *_pending(line)]


def _pending(line: Line) -> Row:
    return [("class:pending", " …")] if line.pending else []


def _style(line: Line) -> str:
    if line.pending:
        return "class:pending"
    if line.mention:
        return "class:mention"
    return "class:message class:message.own" if line.own and line.is_speech else f"class:{line.kind}"


def _time(line: Line, look: Look) -> Row:
    width = look.time_width
    return [("class:time", f"{pad(look.time(line.time), width - 1, 'right')} ")] if width else []


def _where(line: Line) -> Row:
    return [("class:where", f"{plain(line.where)} ")] if line.where else []


def _account(line: Line) -> Row:
    return [("class:account", f"({plain(line.account)}) ")] if line.account else []


def _text(text: str, style: str, look: Look) -> Row:
    if not look.formatting:
        return linked([(style, _plain(text))])
    return linked([(f"{style} {as_style(span.style)}".rstrip(), _plain(span.text)) for span in spans(text)])


def _plain(text: str) -> str:
    """Clean, but for the line breaks of a message of several lines: each begins a row."""
    return "\n".join(plain(row) for row in text.split("\n")) if "\n" in text else plain(text)


def _folded(group: Sequence[Line], look: Look, width: int) -> tuple[Row, Row]:
    """`→ wren, rook joined · ← ada quit`, with numbers when there are many."""
    head = _time(group[-1], look)
    column = look.column(width)
    head.append(("class:fold", pad("⋯", column, "right") if column else "⋯ "))
    if column:
        head.append(("class:separator", BESIDE))
    parts = [f"{SIGNS[kind]} {plain(text)}" for kind, text in wording.folded(group)]
    return head, [("class:fold", " · ".join(parts))]
