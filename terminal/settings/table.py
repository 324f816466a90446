"""THE table of settings: a typed field each. The file, the flags, `/set` and its completion are derived from it.

Owns: which settings there are, their defaults and what they may be. Must not: read a file or a command line, or act on
a setting. Settings of one server are in `servers`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from terminal.keeping.files import is_user_path
from terminal.settings.rows import BadSetting, Row, Value, check, nearest, rows_of, setting
from terminal.settings.rows import parse as parse_row
from terminal.settings.rows import shown as show_row
from terminal.settings.servers import ServerSettings

__all__ = ["GROUPS", "BadSetting", "ServerSettings", "Settings", "change", "names", "parse", "row", "shown", "value_of"]

LOOK, ATTENTION, WRITING = "look", "attention", "writing"
CONNECTION, KEEPING = "connection", "what is kept"
GROUPS = (LOOK, ATTENTION, WRITING, CONNECTION, KEEPING)
THEMES = ("dark", "light", "high-contrast", "colour-blind")
NOISE = ("show", "fold", "hide")
LISTS = ("auto", "on", "off")
_TIMES = re.compile(r"(?:[^%]|%[-_]?[HIMSpP%])*")


@dataclass(slots=True)
class Settings:
    """All settings of the client, in force now. One object, shared by everybody who honours one; `change` writes it."""

    # look
    theme: str = setting(
        "dark", "The colours; NO_COLOR in the environment leaves only bold and the like", group=LOOK, choices=THEMES
    )
    times: str = setting(
        "%H:%M",
        "How the time of a line is written, as strftime does; empty for none",
        group=LOOK,
        fits=_TIMES.fullmatch,
        what="a form of the time such as %H:%M, %H:%M:%S or %I:%M %p, or empty",
    )
    window_list: str = setting(
        "auto", "The list of windows; auto shows it where the terminal is wide enough", group=LOOK, choices=LISTS
    )
    member_list: str = setting(
        "auto", "The list of members; auto shows it where the terminal is wide enough", group=LOOK, choices=LISTS
    )
    nick_column: int = setting(
        0,
        "The width of the column of nicks; 0 fits it to the width of the terminal",
        group=LOOK,
        unit="columns",
        least=0,
        most=40,
    )
    scrollback: int = setting(
        10_000, "How many lines a window keeps to scroll back to", group=LOOK, unit="lines", least=100, most=1_000_000
    )
    input_rows: int = setting(
        5, "How many rows the input grows to when a text has several lines", group=LOOK, unit="rows", least=1, most=20
    )
    formatting: bool = setting(True, "Show the colours, bold and the like that others write with", group=LOOK)
    keepalive: bool = setting(False, "Show PING and PONG in the view of the wire rather than fold them", group=LOOK)
    mouse: bool = setting(
        True, "Windows, members and scrolling by mouse; off leaves the mouse to the terminal", group=LOOK
    )
    plain: bool = setting(False, "No full screen: one line below the other, for screen readers and pipes", group=LOOK)
    # attention
    bell: str = setting("mention", "When the terminal rings", group=ATTENTION, choices=("off", "mention", "any"))
    highlights: tuple[str, ...] = setting((), "Words that count as a mention, beside the own nick", group=ATTENTION)
    ignore: tuple[str, ...] = setting(
        (),
        "Whose lines are not shown: nicks or masks such as *!*@*.example.org",
        group=ATTENTION,
        fits=lambda word: " " not in word,
        what="nicks or masks like troll!*@* without spaces, with commas between them",
    )
    noise: str = setting(
        "fold",
        "What to do with joins, parts, quits and changes of nick; fold makes one line of many",
        group=ATTENTION,
        choices=NOISE,
    )
    noise_in: Mapping[str, str] = setting({}, "The same for single windows, by name", group=ATTENTION, choices=NOISE)
    # writing
    paste_guard: bool = setting(True, "Ask before a text of several lines is sent", group=WRITING)
    paste_lines: int = setting(
        3, "From how many lines on the guard asks", group=WRITING, unit="lines", least=2, most=1000
    )
    multiline: bool = setting(
        True, "Send several lines as one message where the server can (draft/multiline)", group=WRITING
    )
    emoji: bool = setting(True, "Complete names of emoji such as :smile:", group=WRITING)
    typing: bool = setting(False, "Let others see that a text is being typed, and show when they type", group=WRITING)
    # connection
    reconnect: bool = setting(True, "Connect again by itself when a connection is lost", group=CONNECTION)
    reconnect_longest: float = setting(
        300.0, "The longest pause between two attempts", group=CONNECTION, unit="seconds", least=1, most=86_400
    )
    timeout: float = setting(
        30.0,
        "How long connecting may take, and each answer to a script",
        group=CONNECTION,
        unit="seconds",
        least=0.01,
        most=3600,
        what="a number of seconds above 0, at most 3600",
    )
    pacing_burst: int = setting(
        5, "How many lines are sent at once before pacing begins", group=CONNECTION, unit="lines", least=1, most=1000
    )
    pacing_interval: float = setting(
        1.0, "The pause between lines after that; 0 for none", group=CONNECTION, unit="seconds", least=0, most=60
    )
    history_lines: int = setting(
        200,
        "How many missed messages each channel is asked for (CHATHISTORY); 0 for none",
        group=CONNECTION,
        unit="messages",
        least=0,
        most=1000,
    )
    rejoin: bool = setting(False, "Enter a channel again, once, some seconds after a kick", group=CONNECTION)
    read_markers: bool = setting(True, "Share with one's other clients up to where one has read", group=CONNECTION)
    ctcp: bool = setting(True, "Answer what other clients ask this one: VERSION, PING, TIME", group=CONNECTION)
    part_text: str = setting("", "What /part says when nothing is given", group=CONNECTION)
    quit_text: str = setting("", "What /quit says when nothing is given", group=CONNECTION)
    # what is kept
    logs: str = setting("off", "Keep a log of each window", group=KEEPING, choices=("off", "text", "json"))
    log_folder: str = setting(
        "",
        "Where logs go; empty for the platform's folder of the user's state",
        group=KEEPING,
        fits=is_user_path,
        what="a folder, its home one that exists, or empty",
    )
    input_history: int = setting(
        1000,
        "How many typed lines of each window are kept for the next start; 0 for none",
        group=KEEPING,
        unit="lines",
        least=0,
        most=100_000,
    )


ROWS = rows_of(Settings)


def names() -> list[str]:
    """The names of all settings, in the order of the table."""
    return list(ROWS)


def row(name: str) -> Row:
    """What the table says about a setting. Raises BadSetting, with the nearest name, when there is none."""
    found = ROWS.get(name.strip().lower().replace("-", "_"))
    if found is None:
        raise BadSetting(f'There is no setting "{name}".{nearest(name, names())} /set lists all.')
    return found


def parse(name: str, text: str) -> Value:
    """The value for a setting that somebody typed. Raises BadSetting, which says what is allowed."""
    return parse_row(row(name), text)


def shown(name: str, value: Value) -> str:
    """A value as somebody would type it: `parse` makes the same of it."""
    return show_row(row(name), value)


def value_of(settings: Settings, name: str) -> Value:
    """The value in force of a setting that is known by name only."""
    value: Value = getattr(settings, row(name).name)
    return value


def change(settings: Settings, name: str, value: object) -> None:
    """Give a setting another value. Raises BadSetting, and changes nothing, when it does not fit."""
    one = row(name)
    setattr(settings, one.name, check(one, value))
