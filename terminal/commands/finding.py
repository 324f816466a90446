"""Commands that find lines. Owns: this family of the table, and the wording of what was found. Must not: draw."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from terminal.client import Client
from terminal.commands.registry import Mistake, command, server, window
from terminal.model.folding import noise_of
from terminal.model.searching import BadPattern, Pattern, Search, matches, pattern_of, searched
from terminal.text.clean import escape

MOST_SHOWN = 100  # lines of one /lastlog


class _Found(NamedTuple):
    time: datetime
    text: str
    where: str = ""


@command("/search [text or /expression/]", "windows", online=False)
def search(client: Client, arguments: str) -> None:
    """Mark a text in this window and go to where it was said last; again: further up; without a text: end."""
    current, known = window(client), client.search
    if arguments and (not client.full_screen or current.kind == "wire"):
        lastlog(client, arguments)
        return
    if not arguments:
        end(client)
    elif known is not None and known.window is current and known.typed == arguments:
        known.step(1)
        client.changed()
    else:
        settings = client.settings
        noise = noise_of(current.name, settings.noise, settings.noise_in) == "show"
        _begin(client, Search(current, arguments, _pattern(arguments), noise))


@command("/lastlog <text or /expression/> [--all]", "windows", online=False, also=("/grep",))
def lastlog(client: Client, arguments: str) -> None:
    """Repeat the lines of this window, the wire too, that hold a text, or with --all those of all other windows."""
    words = arguments.split(" ")
    everywhere = "--all" in (words[0], words[-1])
    typed = arguments.removeprefix("--all").removesuffix("--all").strip() if everywhere else arguments
    if not typed:
        raise Mistake("/lastlog needs a text to look for.")
    found = list(_found(client, _pattern(typed), everywhere))
    if found:
        _repeat(client, typed, sorted(found, key=lambda row: row.time))
    else:
        client.tell(f"No line {'anywhere' if everywhere else 'here'} holds {typed}.")


def _found(client: Client, pattern: Pattern, everywhere: bool) -> Iterator[_Found]:
    current = window(client)
    if current.kind == "wire" and not everywhere:
        for entry in server(client).wire.entries:
            if pattern.search(entry.text):
                yield _Found(entry.time, f"{'>>' if entry.outgoing else '<<'} {escape(entry.text)}")
        return
    for place in client.windows if everywhere else [current]:
        is_copy = place.kind == "mentions" and place is not current
        for line in () if is_copy else reversed(list(matches(place, pattern))):
            text = f"<{line.source}> {searched(line)}" if line.is_speech else searched(line)
            yield _Found(line.time, text, place.name if everywhere else "")


def _repeat(client: Client, typed: str, found: list[_Found]) -> None:
    more = f"; the last {MOST_SHOWN}:" if len(found) > MOST_SHOWN else ":"
    client.tell(f"-- {_count(len(found))} {typed}{more}")
    current = window(client)
    for row in found[-MOST_SHOWN:]:
        text = f"{row.where}: {row.text}" if row.where and not client.full_screen else row.text
        client.add(current, replace(client.line("info", text, row.time), where=row.where))
    client.tell("-- end")


def _count(count: int) -> str:
    return "1 line holds" if count == 1 else f"{count} lines hold"


def _pattern(typed: str) -> Pattern:
    try:
        return pattern_of(typed)
    except BadPattern as error:
        raise Mistake(str(error)) from error


def _begin(client: Client, new: Search) -> None:
    end(client)
    if not new.step(0):
        raise Mistake(f"No line here holds {new.typed}.")
    client.search = new
    client.changed()


def go_on(client: Client, by: int) -> None:
    """Go to the next match of the search: further up (1) or down (-1). Nothing when there is none."""
    if client.search is not None and client.search.window is client.windows.current:
        client.search.step(by)
        client.changed()


def end(client: Client) -> None:
    """End the search: nothing is marked any more, and the window follows what comes in."""
    if client.search is not None:
        client.search.window.hold(None)
        client.search = None
        client.changed()
