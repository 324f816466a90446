"""`python -m bench.client`: a flood of lines through the terminal client, and whether one can still type.

Owns: a server that pours lines as fast as they are read, in a process of its own, and a client in a real terminal.
Reported are lines per second, the time from a key to its sign on the screen (quiet, and under the flood), pictures and
bytes per second, and the client's memory and processor time. Nothing is asserted: the figures of one machine are
compared with those of the same machine before.

What the client writes is not drawn, as that would take more time than the client does: each key is a letter that was
not on the screen before, so that it shows as itself among the bytes.
"""

import argparse
import multiprocessing
import os
import select
import signal
import socket
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import pexpect
import psutil

from tests.terminal_screen import ROOT, environment_of

CHANNEL, NICK = "#soak", "alice"
BATCH, PARTS = 500, 5
QUIET_KEYS, KEY_PAUSE = 30, 0.02
QUIET_SECONDS = 5.0
TIMEOUT = 120.0
MIB = 1 << 20
_LETTERS = [chr(code) for code in range(0x410, 0x410 + 37)]  # Cyrillic: no word of the flood and no frame has them
_TYPED = 16  # letters until the input is cleared; then others come at the same places, so that each is drawn
_ENDS = "αβγδε"  # in the last line of each part
_PICTURE = b"\x1b[?25h"  # the cursor is shown again: a picture is complete
_CLEAR = b"\x15"  # Ctrl-U
_WORDS = ("chat", "line", "after", "line", "of", "quite", "ordinary", "length") * 3


def serve(parts: Connection) -> None:
    """A server for one client: welcomes it, lets it into the channel, and pours so many lines as `parts` tells."""
    listener = socket.create_server(("127.0.0.1", 0))
    parts.send(listener.getsockname()[1])
    client, _ = listener.accept()
    with suppress(ConnectionError, EOFError), client:
        poured = 0
        while True:
            ready, _, _ = select.select([client.fileno(), parts.fileno()], [], [])
            if client.fileno() in ready:
                _answer(client)
            if parts.fileno() in ready:
                count = parts.recv()
                _pour(client, poured, count)
                poured += count


def _answer(client: socket.socket) -> None:
    data = client.recv(65536)
    if not data:
        raise EOFError
    for line in data.decode().splitlines():
        verb, _, rest = line.partition(" ")
        if verb == "USER":
            _send(client, f":s 001 {NICK} :Welcome", f":s 005 {NICK} CHANTYPES=# PREFIX=(ov)@+ :are supported")
        elif verb == "JOIN":
            names = " ".join([NICK, *(f"n{number}" for number in range(50))])
            _send(client, f":{NICK}!a@h JOIN {CHANNEL}", f":s 353 {NICK} = {CHANNEL} :{names}")
            _send(client, f":s 366 {NICK} {CHANNEL} :End")
        elif verb == "PING":
            _send(client, f":s PONG s {rest}")


def _send(client: socket.socket, *lines: str) -> None:
    client.sendall("".join(f"{line}\r\n" for line in lines).encode())


def _pour(client: socket.socket, first: int, count: int) -> None:
    """So many lines of fifty people; the last one says which part it ends."""
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        _send(client, *(f":n{n % 50}!u@h PRIVMSG {CHANNEL} :{n} {' '.join(_WORDS[: 4 + n % 15])}" for n in numbers))
    _send(client, f":n0!u@h PRIVMSG {CHANNEL} :{_ENDS[first // count % PARTS]}")


class Probe:
    """The client on a terminal of which nobody draws the picture."""

    def __init__(self, *options: str, home: Path, width: int, height: int) -> None:
        self._child = pexpect.spawn(
            sys.executable,
            [str(ROOT / "client.py"), *options],
            env=environment_of(home),
            cwd=str(home),
            dimensions=(height, width),
            echo=False,
        )
        self._child.delaybeforesend = None
        assert self._child.pid is not None
        self.process = psutil.Process(self._child.pid)
        self.bytes = self.pictures = self._keys = 0
        self._tail = b""

    def read(self, seconds: float) -> bytes:
        """What the client writes within so many seconds at most, behind the end of what it wrote before."""
        ready, _, _ = select.select([self._child.child_fd], [], [], max(0.0, seconds))
        data = os.read(self._child.child_fd, 65536) if ready else b""
        seen = self._tail + data
        self.bytes += len(data)
        self.pictures += seen.count(_PICTURE) - self._tail.count(_PICTURE)
        self._tail = seen[-16:]
        return seen if data else b""

    def wait_for(self, sign: bytes) -> None:
        """Until the client has written this."""
        end = time.monotonic() + TIMEOUT
        while sign not in self.read(end - time.monotonic()):
            if time.monotonic() >= end:
                raise TimeoutError(f"the client does not show {sign!r}")

    def press(self) -> bytes:
        """The next letter; it shows as what is returned."""
        letter = _LETTERS[self._keys % len(_LETTERS)].encode()
        if self._keys % _TYPED == 0:
            self._child.send(_CLEAR)
        self._keys += 1
        self._child.send(letter)
        return letter

    @property
    def memory(self) -> float:
        """What the client holds, in MiB."""
        return float(self.process.memory_info().rss) / MIB

    @property
    def processor_seconds(self) -> float:
        """What the client has taken of the processor."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def close(self) -> None:
        """End it."""
        self._child.close(force=True)


def presses(probe: Probe, count: int = 0, until: bytes = b"") -> list[float]:
    """Press a key, wait for its sign, rest, and again: `count` times, or until a sign shows; the seconds of each."""
    took: list[float] = []
    is_over = False
    while not is_over and (until or len(took) < count):
        sign, began = probe.press(), time.perf_counter()
        while True:
            seen = probe.read(TIMEOUT)
            is_over = is_over or bool(until and until in seen)
            if sign in seen:
                break
            if time.perf_counter() - began > TIMEOUT:
                raise TimeoutError("the client does not show what is typed")
        took.append(time.perf_counter() - began)
        rest = time.perf_counter() + KEY_PAUSE
        while not is_over and (left := rest - time.perf_counter()) > 0:
            is_over = bool(until and until in probe.read(left))
    return took


def shown(seconds: list[float]) -> str:
    """Median, 99th percentile and worst, in milliseconds."""
    ordered = sorted(seconds)
    worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return (
        f"p50 {statistics.median(ordered) * 1000:3.0f} ms, p99 {worst * 1000:3.0f} ms, "
        f"worst {ordered[-1] * 1000:3.0f} ms ({len(ordered)})"
    )


def soak(lines: int, width: int, height: int) -> None:
    """Run it, and print the figures."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    options = (f"127.0.0.1:{ours.recv()}", "--name", NICK, "--join", CHANNEL)
    with tempfile.TemporaryDirectory() as home:
        probe = Probe(*options, home=Path(home), width=width, height=height)
        try:
            _measure(probe, ours, lines // PARTS)
        finally:
            probe.close()
            server.kill()


def _measure(probe: Probe, server: Connection, lines: int) -> None:
    probe.wait_for(b"joined")
    _idle(probe)
    print(f"quiet           key to screen {shown(presses(probe, QUIET_KEYS))}; {probe.memory:.0f} MiB")
    for part in range(PARTS):
        began, used, pictures, written = time.perf_counter(), probe.processor_seconds, probe.pictures, probe.bytes
        server.send(lines)
        pressed = presses(probe, until=_ENDS[part].encode())
        seconds = time.perf_counter() - began
        used, pictures, written = probe.processor_seconds - used, probe.pictures - pictures, probe.bytes - written
        print(
            f"{(part + 1) * lines:>7,} lines   key to screen {shown(pressed)}; {lines / seconds:,.0f} lines/s, "
            f"{used / lines * 1e6:.0f} us of CPU each; "
            f"{pictures / seconds:.0f} pictures/s, {written / seconds / 1000:.0f} kB/s; "
            f"{probe.memory:.0f} MiB",
            flush=True,
        )
    _idle(probe)


def _idle(probe: Probe) -> None:
    """What the client does while nothing happens."""
    settled = time.monotonic() + 1.5
    while (left := settled - time.monotonic()) > 0:
        probe.read(left)
    used, pictures, switches = probe.processor_seconds, probe.pictures, probe.process.num_ctx_switches().voluntary
    end = time.monotonic() + QUIET_SECONDS
    while (left := end - time.monotonic()) > 0:
        probe.read(left)
    share = (probe.processor_seconds - used) / QUIET_SECONDS
    woken = (probe.process.num_ctx_switches().voluntary - switches) / QUIET_SECONDS
    print(
        f"idle            {share:.1%} of a processor, {woken:.1f} wake-ups/s, "
        f"{(probe.pictures - pictures) / QUIET_SECONDS:.1f} pictures/s"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.client", description=__doc__.split("\n")[0])
    parser.add_argument("--lines", type=int, default=100_000, help="how many lines are poured (default 100,000)")
    parser.add_argument("--width", type=int, default=120)
    parser.add_argument("--height", type=int, default=40)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        soak(options.lines, options.width, options.height)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
