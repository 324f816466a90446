"""The keys of the input line: a part of THE table of keys. Owns: which key does what to the typed text, beside the keys
of Emacs that prompt_toolkit brings. Must not: hold a text."""

from typing import TYPE_CHECKING

from prompt_toolkit.application.current import get_app
from prompt_toolkit.search import SearchDirection, start_search

from terminal.screen.keys import key

if TYPE_CHECKING:
    from terminal.screen.application import Screen


@key("Enter", "send", ("enter",), typing=True)
def enter(screen: "Screen") -> None:
    """Send, or ask before much is sent."""
    screen.input.enter()


@key("Alt-Enter, Ctrl-J", "a line break in the text", ("escape", "enter"), ("c-j",), typing=True)
def line_break(screen: "Screen") -> None:
    """Begin a new line."""
    screen.input.insert("\n")


@key("Tab", "complete; again: the next candidate", ("tab",), typing=True)
def complete(screen: "Screen") -> None:
    """Complete the word before the cursor."""
    screen.input.complete(1)


@key("Shift-Tab", "the candidate before", ("s-tab",), typing=True)
def complete_back(screen: "Screen") -> None:
    """Go back among the candidates."""
    screen.input.complete(-1)


@key("Up", "the line above, or what was typed before", ("up",), typing=True)
def older(screen: "Screen") -> None:
    """Go up in a text of several lines, then into the history."""
    screen.input.buffer.auto_up()


@key("Down", "the line below, or what was typed after it", ("down",), typing=True)
def newer(screen: "Screen") -> None:
    """Go down in a text of several lines, then in the history."""
    screen.input.buffer.auto_down()


@key("Ctrl-R", "search what was typed here; again: an older one", ("c-r",), typing=True)
def search(screen: "Screen") -> None:
    """Search the history, letter by letter."""
    start_search(screen.input.control, SearchDirection.BACKWARD)


@key("Ctrl-O", "formatting: b bold, i italic, u underline, c colour, o plain ...", ("c-o",), typing=True)
def formatting(screen: "Screen") -> None:
    """The next letter is a formatting."""
    screen.input.formatting = True


@key("Ctrl-C", "empty the line; twice on an empty one: leave", ("c-c",), typing=True)
def interrupt(screen: "Screen") -> None:
    """Empty the line, or ask whether to leave."""
    screen.input.interrupt()


@key("Ctrl-D", "delete the character; on an empty line: leave", ("c-d",), typing=True)
def delete_or_leave(screen: "Screen") -> None:
    """Delete, or leave; again, without waiting for the servers."""
    if screen.input.text:
        screen.input.buffer.delete()
    else:
        screen.client.quit(screen.client.settings.quit_text)


@key("Ctrl-G", "throw away the lines that wait to be sent", ("c-g",), typing=True)
def throw_away(screen: "Screen") -> None:
    """Forget what waits to be sent."""
    screen.input.throw_away()


@key("F5", "choose a channel of the server", ("f5",), typing=True)
def channels(screen: "Screen") -> None:
    """Choose a channel."""
    screen.asking.channel()


@key("Ctrl-Z", "suspend; fg comes back", ("c-z",))
def suspend(screen: "Screen") -> None:
    """Go to the background, where the shell can do that."""
    get_app().suspend_to_background()
