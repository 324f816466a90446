"""A conversation as one HTML file: a sequence diagram of client and server that needs nothing but a browser.

Owns: this form. Must not: write a file, refer to anything outside, or let a line of the wire become markup.
"""

from collections.abc import Iterator, Sequence
from html import escape as html_escape
from itertools import groupby

from terminal.text.clean import escape
from terminal.wire.annotation import annotated, grammar
from terminal.wire.export_markdown import clock
from terminal.wire.log import WireEntry

_ENDS = {"\r\n": "CR LF", "\n": "LF"}  # in words: few fonts have the signs
_STYLE = """
:root { color-scheme: light dark; --text: #1b1f24; --back: #ffffff; --soft: #57606a; --line: #c4cbd3;
  --out: #0a5ccf; --in: #9a3412; --bar: #eef1f5; --name: #6b21a8; --value: #166534; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ed; --back: #14171b; --soft: #9aa4af; --line: #444c56;
  --out: #79b8ff; --in: #ffab70; --bar: #22272e; --name: #d2a8ff; --value: #7ee2a0; } }
body { margin: 0 auto; max-width: 75rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
header.sides, .line { display: grid; grid-template-columns: 7rem 1fr; }
.sides div { display: flex; justify-content: space-between; font-weight: bold; }
.sides { position: sticky; top: 0; background: var(--back); border-bottom: 1px solid var(--line); padding: .3rem 0; }
h2 { margin: .6rem 0 .2rem; padding: .1rem .6rem; background: var(--bar); border-left: .4rem solid var(--name);
  font-size: .9rem; }
time { color: var(--soft); font-size: .8rem; padding-top: .2rem; }
.way { border: solid var(--line); border-width: 0 2px; padding: .15rem 0; }
.way p { margin: 0; padding: 0 1rem; overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: .85rem; }
.shaft { position: relative; height: .5rem; margin: 0 .2rem; border-bottom: 2px solid var(--arrow); }
.shaft::after { content: ""; position: absolute; bottom: -6px; border: 5px solid transparent; }
.out { --arrow: var(--out); } .in { --arrow: var(--in); }
.out .shaft::after { right: 0; border-left: 8px solid var(--out); border-right: 0; }
.in .shaft::after { left: 0; border-right: 8px solid var(--in); border-left: 0; }
.in p { text-align: right; }
summary { padding-left: 7rem; color: var(--soft); font-size: .85rem; cursor: pointer; }
.end, .size, .tags, .source { color: var(--soft); } .end, .size { font-size: .75rem; }
.end { border: 1px solid var(--line); border-radius: .2rem; padding: 0 .2rem; }
.command { color: var(--arrow); font-weight: bold; } .key { color: var(--name); }
.string, .trailing { color: var(--value); }
"""
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
"""


def page(entries: Sequence[WireEntry], title: str, server: str, nick: str) -> str:
    """The HTML text; times are UTC. server -- `host:port`."""
    return "\n".join(
        [
            f"{_HEAD}<title>{_safe(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            f"<h1>{_safe(title)}</h1>",
            "<p>Times are UTC; secrets are hidden; CR and LF are the bytes 13 and 10.</p>",
            f'<header class="sides"><span></span><div><span>{_safe(nick)}</span><span>{_safe(server)}</span></div>'
            "</header>",
            "<main>",
            *_sections(entries),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _sections(entries: Sequence[WireEntry]) -> Iterator[str]:
    """A part for each stretch of time in one state."""
    for (connection, day, state), group in groupby(entries, _place):
        yield "<section>"
        yield f"<h2>{_safe(state)} <small>{day}, connection {connection}</small></h2>"
        for keepalive, lines in groupby(group, lambda entry: entry.keepalive):
            rows = [_line(entry) for entry in lines]
            if keepalive:
                count = "1 line that keeps" if len(rows) == 1 else f"{len(rows)} lines that keep"
                rows = [f"<details><summary>{count} the connection alive</summary>", *rows, "</details>"]
            yield from rows
        yield "</section>"


def _place(entry: WireEntry) -> tuple[int, str, str]:
    return entry.connection, f"{entry.time:%Y-%m-%d}", entry.state


def _line(entry: WireEntry) -> str:
    parts = "".join(
        f'<span class="{kind}">{_safe(part)}</span>' for kind, part in annotated(entry.text, grammar(entry.text))
    )
    end = f' <span class="end">{_ENDS[entry.end]}</span>' if entry.end else ""
    size = f'<span class="size">{entry.size} {"byte" if entry.size == 1 else "bytes"}</span>'
    direction, words = ("out", "sent") if entry.outgoing else ("in", "received")
    return (
        f'<div class="line {direction}"><time datetime="{entry.time.isoformat()}">{clock(entry)}</time>'
        f'<div class="way" title="{words}, exchange {entry.exchange}"><p>{parts}{end} {size}</p>'
        '<div class="shaft"></div></div></div>'
    )


def _safe(text: str) -> str:
    return html_escape(escape(text))
