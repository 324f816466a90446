"""THE table of keys: which key does what, and its line of help.

Owns: the keys. Must not: change the model but by calling it. `/keys` shows the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompt_toolkit.filters import Condition, FilterOrBool
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from terminal.commands.earlier import go_back
from terminal.commands.finding import go_on

if TYPE_CHECKING:
    from terminal.replaying import Replaying
    from terminal.screen.application import Screen

Action = Callable[["Screen"], None]
_SWALLOWING = "-0.#*_"  # Alt with these counts, repeats or sends in Emacs: a letter more or less makes a command public


@dataclass(frozen=True, slots=True)
class Key:
    """A row: the keys as prompt_toolkit calls them (a sequence in one tuple), how a person calls them, what they do.

    typing -- it is about the text in the input line, and does nothing while something else is asked; replaying -- it
    is about a recording, and a letter of a text as soon as there is one. A row without a name is told in another one.
    """

    keys: tuple[tuple[str, ...], ...]
    name: str
    help: str
    action: Action
    typing: bool = False
    replaying: bool = False


KEYS: list[Key] = []


def key(
    name: str, help: str, *keys: tuple[str, ...], typing: bool = False, replaying: bool = False
) -> Callable[[Action], Action]:
    """Put the function into the table."""

    def add(action: Action) -> Action:
        KEYS.append(Key(keys, name, help, action, typing, replaying))
        return action

    return add


@key("Ctrl-N", "the next window", ("c-n",))
def next_window(screen: "Screen") -> None:
    """Look at the next window."""
    screen.client.windows.step(1)


@key("Ctrl-P", "the window before", ("c-p",))
def previous_window(screen: "Screen") -> None:
    """Look at the previous window."""
    screen.client.windows.step(-1)


@key("Alt-a", "the next window with something new", ("escape", "a"))
def next_active(screen: "Screen") -> None:
    """Look at what is new."""
    screen.client.windows.next_active()


@key("PgUp", "scroll up; at the very top, ask for what was said before", ("pageup",))
def page_up(screen: "Screen") -> None:
    """A page up."""
    if screen.protocol.is_whole:
        screen.protocol.scroll(screen.protocol.page)
    elif not screen.canvas.scroll(screen.canvas.page, screen.look):
        go_back(screen.client)


@key("PgDn", "scroll down", ("pagedown",))
def page_down(screen: "Screen") -> None:
    """A page down."""
    if screen.protocol.is_whole:
        screen.protocol.scroll(-screen.protocol.page)
    else:
        screen.canvas.scroll(-screen.canvas.page, screen.look)


@key("Alt-p", "the match of /search further up", ("escape", "p"))
def older_match(screen: "Screen") -> None:
    """Go on with the search, towards what was said earlier."""
    go_on(screen.client, 1)


@key("Alt-n", "the match of /search further down", ("escape", "n"))
def newer_match(screen: "Screen") -> None:
    """Go back in the search, towards what was said later."""
    go_on(screen.client, -1)


@key("Alt-<, Ctrl-Home", "scroll to the oldest line", ("escape", "<"), ("c-home",))
def to_top(screen: "Screen") -> None:
    """To the oldest line."""
    screen.canvas.to_top(screen.look)


@key("Alt->, Ctrl-End", "scroll to the newest line", ("escape", ">"), ("c-end",))
def to_end(screen: "Screen") -> None:
    """To the newest line."""
    screen.canvas.to_end()


@key("Alt-u", "scroll to the first line that you have not read", ("escape", "u"))
def to_marker(screen: "Screen") -> None:
    """To what is new."""
    screen.canvas.to_marker(screen.look)


@key("F2", "the wire beside the talk, or not", ("f2",))
def wire(screen: "Screen") -> None:
    """Show or hide the wire."""
    screen.toggle_side("wire")


@key("F3", "the states of the connection beside the talk, or not", ("f3",))
def states(screen: "Screen") -> None:
    """Show or hide the states."""
    screen.toggle_side("states")


@key("Alt-Up", "with F2: mark the event before, on both sides", ("escape", "up"))
def earlier_exchange(screen: "Screen") -> None:
    """Mark what happened before, in the talk and on the wire."""
    screen.protocol.move(-1)


@key("Alt-Down", "with F2: mark the next event, on both sides", ("escape", "down"))
def later_exchange(screen: "Screen") -> None:
    """Mark what happened next, in the talk and on the wire."""
    screen.protocol.move(1)


@key("Alt-End, Esc", "with F2: follow what comes in again", ("escape", "end"), ("escape",))
def follow(screen: "Screen") -> None:
    """Mark and show the newest."""
    screen.protocol.follow()


@key("Alt-PgUp", "with F2: scroll the wire up", ("escape", "pageup"))
def wire_up(screen: "Screen") -> None:
    """A page of the wire up."""
    screen.protocol.scroll(screen.protocol.page)


@key("Alt-PgDn", "with F2: scroll the wire down", ("escape", "pagedown"))
def wire_down(screen: "Screen") -> None:
    """A page of the wire down."""
    screen.protocol.scroll(-screen.protocol.page)


@key("Alt-k", "with F2: fold PING and PONG, or not", ("escape", "k"))
def keepalive(screen: "Screen") -> None:
    """Show PING and PONG line by line, or as one row."""
    screen.protocol.toggle_keepalive()


@key("F4", "the list of members, or not; again: as the setting says", ("f4",))
def members(screen: "Screen") -> None:
    """Show or hide the members."""
    screen.toggle_members()


@key("Ctrl-L", "draw everything again", ("c-l",))
def redraw(screen: "Screen") -> None:
    """Draw again."""
    screen.application.renderer.clear()


def _numbered(number: int) -> Action:
    def action(screen: "Screen") -> None:
        window = screen.client.windows.numbered(number)
        if window is not None:
            screen.client.windows.show(window)

    return action


key("Alt-1 ... Alt-9", "the window with that number", ("escape", "1"))(_numbered(1))
for _number in range(2, 10):
    key("", "", ("escape", str(_number)))(_numbered(_number))  # told in the row above


def table() -> list[Key]:
    """The rows that help, those of the input line too."""
    return [row for row in _whole() if row.name]


def _whole() -> list[Key]:
    from terminal.screen import input_keys  # noqa: F401  # it adds its rows, and needs `key` for that

    return KEYS


def _replay(act: Callable[["Replaying"], None]) -> Action:
    def action(screen: "Screen") -> None:
        if screen.client.replaying is not None:
            act(screen.client.replaying)

    return action


key("Space", "a recording: pause, or go on", (" ",), replaying=True)(_replay(lambda replay: replay.pause_or_go_on()))
key("Right", "a recording: one line of the wire further", ("right",), replaying=True)(
    _replay(lambda replay: replay.step())
)
key("+", "a recording: faster", ("+",), replaying=True)(_replay(lambda replay: replay.change_speed(1)))
key("-", "a recording: slower", ("-",), replaying=True)(_replay(lambda replay: replay.change_speed(-1)))


def bindings(screen: "Screen") -> KeyBindings:
    """The table, bound to a screen."""
    found = KeyBindings()
    found.add("escape", Keys.Any)(lambda event: None)
    for sign in _SWALLOWING:
        found.add("escape", sign)(lambda event: None)
    found.add("escape", "c-]", eager=True)(lambda event: None)  # in Emacs they wait for a letter, and swallow it
    found.add("c-]", eager=True)(lambda event: None)
    found.add("escape", "/")(lambda event: screen.escaped_slash())
    for row in _whole():
        for keys in row.keys:
            found.add(*keys, filter=_condition(screen, row))(_handler(screen, row.action))
    return found


def _condition(screen: "Screen", row: Key) -> FilterOrBool:
    if row.replaying:
        return Condition(lambda: screen.client.replaying is not None and not screen.input.text)
    return screen.input.is_typing if row.typing else True


def _handler(screen: "Screen", action: Action) -> Callable[[KeyPressEvent], None]:
    def handle(event: KeyPressEvent) -> None:
        try:
            action(screen)
        except Exception as error:  # else prompt_toolkit forgets what is typed already behind this key
            screen.client.mishap("doing what a key asks for", error)
        screen.refresh()

    return handle
