"""What is shown in place of a window: while there is none yet, what this is, and the few keys that one needs; and what
to do when one cannot be drawn.

Owns: these rows. Must not: ask anything.
"""

from terminal.screen.look import Row, blank, fitted, padded, shortened

_LINES: tuple[Row, ...] = (
    [("class:topic bold", "Parley")],
    [("class:info", "A chat client for any IRC server, that shows the protocol.")],
    [],
    [("class:input.prompt", "Enter       "), ("class:message", "the default answer; on an empty line: begin")],
    [("class:input.prompt", "Tab         "), ("class:message", "completes nicks, channels and commands")],
    [("class:input.prompt", "Alt-1 ... 9 "), ("class:message", "goes to a window, Alt-a to what is new")],
    [("class:input.prompt", "F2          "), ("class:message", "shows the protocol beside the talk")],
    [("class:input.prompt", "/help       "), ("class:message", "lists the commands, /keys all keys")],
)


def welcome_rows(width: int, height: int) -> list[Row]:
    """Exactly `height` rows of `width` cells, the welcome in their middle; the keys last to go."""
    lines = _LINES[-height:] if height < len(_LINES) else _LINES
    widest = max(sum(len(text) for _, text in line) for line in _LINES)
    left = " " * max(0, (width - widest) // 2)
    rows = [padded(shortened([("", left), *line], width), width) for line in lines]
    above = (height - len(rows)) // 2
    empty = blank(width)
    return [*[empty] * above, *rows, *[empty] * (height - len(rows) - above)]


def failure_rows(error: Exception, width: int, height: int) -> list[Row]:
    """As many rows, when the picture cannot be drawn."""
    texts = (
        f"This cannot be drawn ({type(error).__name__}): a mistake in this client.",
        "Ctrl-N shows another window, /clear empties this one, /quit leaves.",
    )
    rows = [fitted([("class:problem", f" {text}")], width) for text in texts][:height]
    return [*rows, *[blank(width)] * (height - len(rows))]
