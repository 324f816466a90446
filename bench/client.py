"""`python -m bench.client`: a flood of lines through the terminal client, and whether one can still type.

Owns: a server that pours lines as fast as they are read, and a client in a real terminal. Reported are lines per
second, the time from a key to its sign on the screen (quiet, and under the flood), and the client's memory. Nothing is
asserted: the figures of one machine are compared with those of the same machine before.
"""

import argparse
import os
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

from tests.terminal_screen import Terminal

CHANNEL, NICK = "#soak", "alice"
BATCH = 500
QUIET_KEYS = 30
MIB = 1 << 20
_WORDS = ("chat", "line", "after", "line", "of", "quite", "ordinary", "length") * 3


class Flood:
    """A server for one client: welcomes it, lets it into the channel, and pours when told to."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._joined = threading.Event()
        self._poured = 0
        self._client: socket.socket | None = None
        threading.Thread(target=self._serve, name="flood", daemon=True).start()

    def _serve(self) -> None:
        self._client, _ = self._listener.accept()
        with suppress(ConnectionError):
            self._answer()

    def _answer(self) -> None:
        assert self._client is not None
        for raw in self._client.makefile("rb"):
            verb, _, rest = raw.decode().strip().partition(" ")
            if verb == "USER":
                self._send(f":s 001 {NICK} :Welcome", f":s 005 {NICK} CHANTYPES=# PREFIX=(ov)@+ :are supported")
            elif verb == "JOIN":
                self._send(
                    f":{NICK}!a@h JOIN {CHANNEL}", f":s 353 {NICK} = {CHANNEL} :{NICK}", f":s 366 {NICK} {CHANNEL} :End"
                )
                self._joined.set()
            elif verb == "PING":
                self._send(f":s PONG s {rest}")

    def _send(self, *lines: str) -> None:
        assert self._client is not None
        self._client.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def pour(self, count: int) -> None:
        """`count` lines of fifty people; returns when the client has taken the last of them off the wire."""
        self._joined.wait()
        first, self._poured = self._poured, self._poured + count
        for start in range(first, first + count, BATCH):
            numbers = range(start, min(start + BATCH, first + count))
            self._send(*(f":n{n % 50}!u@h PRIVMSG {CHANNEL} :{n} {' '.join(_WORDS[: 4 + n % 15])}" for n in numbers))


def key_seconds(terminal: Terminal, letter: str) -> float:
    """From a key to its sign in the last row; the sign is taken away again."""
    began = time.perf_counter()
    terminal.send(letter)
    terminal.wait_for(lambda: terminal.display[-1].rstrip().endswith(letter))
    took = time.perf_counter() - began
    terminal.key("Backspace")
    terminal.wait_for(lambda: not terminal.display[-1].rstrip().endswith(letter))
    return took


def shown(seconds: list[float]) -> str:
    """Median, 99th percentile and worst, in milliseconds."""
    ordered = sorted(seconds)
    worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return (
        f"p50 {statistics.median(ordered) * 1000:.0f} ms, p99 {worst * 1000:.0f} ms, worst {ordered[-1] * 1000:.0f} ms"
    )


def memory(terminal: Terminal) -> float:
    """What the client holds, in MiB."""
    return float(psutil.Process(terminal.process_id).memory_info().rss) / MIB


def soak(lines: int, width: int, height: int) -> None:
    """Run it, and print the figures."""
    flood = Flood()
    with tempfile.TemporaryDirectory() as home:
        options = (f"127.0.0.1:{flood.port}", "--name", NICK, "--join", CHANNEL)
        with Terminal(*options, home=Path(home), width=width, height=height) as terminal:
            terminal.wait_for(f"[{CHANNEL}]")
            quiet = [key_seconds(terminal, "x") for _ in range(QUIET_KEYS)]
            print(f"quiet           key to screen {shown(quiet)}; {memory(terminal):.0f} MiB")
            for part in range(1, 6):
                last = f"| {part * (lines // 5) - 1} "
                pouring = threading.Thread(target=flood.pour, args=(lines // 5,), daemon=True)
                began, pressed = time.perf_counter(), []
                pouring.start()
                while pouring.is_alive() or last not in terminal.text.replace("│", "|"):
                    pressed.append(key_seconds(terminal, "x"))
                rate = lines // 5 / (time.perf_counter() - began)
                held = memory(terminal)
                figures = f"key to screen {shown(pressed)}; {rate:,.0f} lines/s; {held:.0f} MiB"
                print(f"{part * lines // 5:>7,} lines   {figures}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.client", description=__doc__.split("\n")[0])
    parser.add_argument("--lines", type=int, default=100_000, help="how many lines are poured (default 100,000)")
    parser.add_argument("--width", type=int, default=120)
    parser.add_argument("--height", type=int, default=40)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ.pop("NO_COLOR", None)
    try:
        soak(options.lines, options.width, options.height)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
