"""THE table of themes: what each part of the screen looks like, in each theme and without colours.

Owns: the names of the parts, their styles in the words of prompt_toolkit, and the colours of nicks. Must not: draw, or
import a library for it. A theme is a palette: every part is defined once, so no theme can lack one.

Contrast (WCAG 2.1, 1.4.3 and 1.4.6): a text has 4.5:1 to what is behind it, in `high-contrast` 7:1.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme, `#rrggbb`. `..._behind` are backgrounds; `nicks` are styles.

    quiet -- what one may overlook; accent -- what leads the eye; own -- one's own; other -- notices and the like.
    """

    behind: str
    text: str
    quiet: str
    accent: str
    own: str
    other: str
    mention: str
    problem: str
    arriving: str
    leaving: str
    bar: str
    bar_behind: str
    chosen: str
    chosen_behind: str
    found: str
    found_behind: str
    paired_behind: str
    nicks: tuple[str, ...]


_OKABE_ITO_NICKS = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7")
PALETTES: Mapping[str, Palette] = {
    "dark": Palette(
        behind="#14171c", text="#e4e4e4", quiet="#9aa3ad", accent="#7fb4ff", own="#ffffff", other="#8bd5ca",
        mention="#ffb454", problem="#ff7b72", arriving="#8bd5ca", leaving="#ffb454",
        bar="#e4e4e4", bar_behind="#2b323c", chosen="#ffffff", chosen_behind="#35568a",
        found="#14171c", found_behind="#ffd866", paired_behind="#2e3350",
        nicks=("#8ec07c", "#e5c07b", "#61afef", "#c792ea", "#56b6c2", "#d7a1f9",
               "#a3be8c", "#ebcb8b", "#88c0d0", "#f2a6c8", "#b5cea8", "#9cdcfe"),
    ),
    "light": Palette(
        behind="#fbfbf8", text="#1d1d1f", quiet="#59616c", accent="#0b57a4", own="#000000", other="#00635a",
        mention="#8a4300", problem="#b3151f", arriving="#00635a", leaving="#8a4300",
        bar="#1d1d1f", bar_behind="#dfe3e8", chosen="#ffffff", chosen_behind="#0b57a4",
        found="#1d1d1f", found_behind="#ffe08a", paired_behind="#e3e9ff",
        nicks=("#2e6b1f", "#7a5200", "#0b5cad", "#7b2fa8", "#00626e", "#8c1f7a",
               "#3f6212", "#6d4c00", "#1d4ed8", "#9d174d", "#4b5a10", "#4338ca"),
    ),
    "high-contrast": Palette(
        behind="#000000", text="#ffffff", quiet="#d0d0d0", accent="#66d9ff", own="#ffffff", other="#8affd1",
        mention="#ffff00", problem="#ffb0a8", arriving="#8affd1", leaving="#ffd27f",
        bar="#000000", bar_behind="#ffffff", chosen="#000000", chosen_behind="#ffff00",
        found="#000000", found_behind="#66d9ff", paired_behind="#00264d",
        nicks=("#8affd1", "#ffd27f", "#9ecbff", "#e3b8ff", "#7ff0ff", "#ffb8e8",
               "#b8ff9e", "#ffe6a8", "#c2dcff", "#ffc9d6", "#d6ffb8", "#d9ccff"),
    ),
    "colour-blind": Palette(  # Okabe and Ito 2008, on a dark ground; nothing is told by red against green
        behind="#101010", text="#f0f0f0", quiet="#a8a8a8", accent="#56b4e9", own="#ffffff", other="#56b4e9",
        mention="#f0e442", problem="#e69f00", arriving="#56b4e9", leaving="#e69f00",
        bar="#f0f0f0", bar_behind="#303030", chosen="#ffffff", chosen_behind="#00507d",
        found="#000000", found_behind="#f0e442", paired_behind="#0d2438",
        nicks=tuple(f"{colour}{form}" for form in ("", " bold", " italic") for colour in _OKABE_ITO_NICKS),
    ),
}  # fmt: skip

# A part, its style with colours, and its style without. Styles of one cell add up: "class:message class:exchange".
_PARTS = (
    ("screen", "{text} bg:{behind}", ""),  # behind all else
    ("separator", "{quiet}", ""),  # lines between columns and panes
    # the scrollback
    ("time", "{quiet}", ""),
    ("day", "{quiet} bold", "bold"),
    ("marker", "{mention} bold", "bold"),
    ("nick.own", "{own} bold", "bold underline"),
    ("message", "", ""),
    ("message.own", "{own}", ""),
    ("pending", "{quiet} italic", "italic"),  # sent, and not repeated by the server yet
    ("notice", "{other}", ""),
    ("action", "{text} italic", "italic"),
    *((kind, "{quiet}", "") for kind in ("join", "part", "quit", "nick", "away", "account", "fold")),  # noise
    *((kind, "{other}", "") for kind in ("kick", "mode", "topic", "invite", "members", "list")),
    ("redacted", "{quiet} italic", "italic"),
    ("info", "{quiet}", ""),
    ("problem", "{problem} bold", "bold"),
    ("where", "{accent}", ""),  # the window that a line comes from
    ("mention", "{mention} bold", "bold underline"),
    ("search", "{found} bg:{found_behind}", "reverse"),
    ("below", "{chosen} bg:{chosen_behind} bold", "reverse bold"),  # "n new below"
    # the bars
    ("topicbar", "{bar} bg:{bar_behind}", "underline"),
    ("topicbar.name", "{bar} bg:{bar_behind} bold", "underline bold"),
    ("status", "{bar} bg:{bar_behind}", "reverse"),
    ("status.nick", "{bar} bg:{bar_behind} bold", "reverse bold"),
    ("status.away", "{bar} bg:{bar_behind} italic", "reverse italic"),
    ("status.mention", "{chosen} bg:{chosen_behind} bold", "bold underline"),
    ("status.problem", "{chosen} bg:{chosen_behind} bold", "bold underline"),
    ("tooltip", "{accent}", "italic"),
    ("question", "{found} bg:{found_behind} bold", "reverse bold"),
    # the lists
    ("windowlist", "{text}", ""),
    ("windowlist.server", "{accent} bold", "underline"),
    ("windowlist.current", "{chosen} bg:{chosen_behind} bold", "reverse"),
    ("windowlist.unread", "{accent}", "bold"),
    ("windowlist.mention", "{mention} bold", "bold underline"),
    ("windowlist.noise", "{quiet}", ""),
    ("memberlist", "{text}", ""),
    ("memberlist.title", "{quiet}", "underline"),  # how many there are
    ("memberlist.rank", "{accent}", "bold"),
    ("memberlist.away", "{quiet} italic", "italic"),
    # the input
    ("input", "{text}", ""),
    ("input.prompt", "{accent} bold", "bold"),
    ("input.cut", "{problem} underline", "underline"),  # what 512 bytes cut off
    ("typing", "{quiet} italic", "italic"),
    ("completion", "{bar} bg:{bar_behind}", ""),
    ("completion.current", "{chosen} bg:{chosen_behind} bold", "reverse"),
    ("completion.help", "{bar} bg:{bar_behind} italic", "italic"),
    # the protocol
    ("wire.in", "{arriving} bold", "bold"),
    ("wire.out", "{leaving} bold", "bold underline"),
    ("wire.tags", "{quiet}", ""),
    ("wire.source", "{other}", ""),
    ("wire.command", "{accent} bold", "bold"),
    ("wire.parameter", "{text}", ""),
    ("wire.trailing", "{text}", ""),
    ("wire.space", "{quiet}", ""),
    ("wire.key", "{accent}", "bold"),
    ("wire.string", "{text}", ""),
    ("wire.number", "{other}", ""),
    ("wire.literal", "{other}", ""),
    ("wire.punctuation", "{quiet}", ""),
    ("wire.end", "{quiet}", ""),  # CR LF
    ("wire.secret", "{mention} italic", "italic"),
    ("wire.keepalive", "{quiet} italic", "italic"),
    ("exchange", "bg:{paired_behind} bold", "reverse"),  # the same event on both sides
    ("state", "{quiet}", ""),
    ("state.current", "{chosen} bg:{chosen_behind} bold", "reverse bold"),
    ("state.next", "{accent} bold", "underline"),
    ("state.event", "{mention} bold", "bold"),
)
PARTS = tuple(name for name, _, _ in _PARTS)


@dataclass(frozen=True, slots=True)
class Theme:
    """What a renderer asks: `styles` by the class name, a row for every part; `nicks`: styles to choose from."""

    name: str
    styles: Mapping[str, str]
    nicks: tuple[str, ...]


def _theme(name: str, palette: Palette) -> Theme:
    colours = {key: value for key, value in asdict(palette).items() if isinstance(value, str)}
    return Theme(name, {part: style.format(**colours) for part, style, _ in _PARTS}, palette.nicks)


THEMES: Mapping[str, Theme] = {name: _theme(name, palette) for name, palette in PALETTES.items()}


def without_colours(theme: Theme) -> Theme:
    """The theme with bold, underline and the like only, as NO_COLOR asks for; nicks are bold."""
    return Theme(theme.name, {part: bare for part, _, bare in _PARTS}, ("bold",))


def contrast(colour: str, behind: str) -> float:
    """The contrast of two colours `#rrggbb`, from 1 to 21 (WCAG 2.1, "contrast ratio")."""
    brighter, darker = sorted((_luminance(colour), _luminance(behind)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (int(part, 16) / 255 for part in re.findall("[0-9a-fA-F]{2}", colour))
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
