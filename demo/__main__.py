"""`make demo`: three linked servers, three bots in three dialects, and what to type to look around. Ctrl-C ends it and
leaves nothing behind.

Owns: the order of things, and what is printed. Must not: know a protocol (`bots`), or a process (`servers`).
"""

import argparse
import signal
import sys
import threading
from functools import partial

from demo.bots import KINDS, Bot, turns
from demo.servers import CHANNEL, NAMES, DemoFailed, Servers

_PAUSE_SECONDS = 5.0


def _guide(servers: Servers) -> str:
    north, middle, south = (servers.ports[name] for name in NAMES)
    request = '{"version": 1.0, "command": "NWUA", "parameters": {"username": "json-you", "password": "pick one"}, '
    join = '{"version": 1.0, "command": "JOIN", "parameters": {"username": "json-you", "chat_name": "lobby"}, '
    rest = '"channel": "CC", "payload": ""}'
    return "\n".join(
        (
            f"Three servers are linked in a row: {' - '.join(f'{name} ({servers.ports[name]})' for name in NAMES)}",
            f"A bot of each dialect sits in {CHANNEL}. Join them from any side, each in a terminal of its own:",
            f"  python client.py 127.0.0.1:{north} --join '{CHANNEL}'   modern IRC; then /links, /whois irc-bot",
            f"  nc 127.0.0.1 {middle}   lab IRC; type   USER lab-you pc1 middle.demo :A Student   and   JOIN {CHANNEL}",
            f"  nc 127.0.0.1 {south}      JSON; type   {request}{rest}",
            f"                          and then   {join}{rest}",
            "What the bots are sent follows: one sentence in three dialects. Ctrl-C stops everything.",
        )
    )


def _show(dialect: str, line: str) -> None:
    sys.stdout.write(f"{dialect:4} < {line}\n")  # whole, as three threads do this
    sys.stdout.flush()


def _run(servers: Servers, ended: threading.Event, pause: float) -> None:
    bots: list[Bot] = []
    try:
        for kind, name in zip(KINDS, NAMES, strict=True):
            bots.append(kind(name, servers.ports[name], CHANNEL, partial(_show, kind.dialect)))
        print(_guide(servers), flush=True)
        for bot in turns(bots):
            bot.speak()
            if ended.wait(pause):
                return
    finally:
        for bot in bots:
            bot.close()


def main() -> int:
    """The process; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="three linked servers and three bots")
    parser.add_argument("--pause", type=float, default=_PAUSE_SECONDS, metavar="SECONDS", help="between two sentences")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        with Servers() as servers:
            _run(servers, ended, options.pause)
    except (DemoFailed, OSError) as problem:
        print(f"demo: {problem}", file=sys.stderr)
        return 1
    print("Stopped; nothing is left behind.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
