"""`python -m bench.links`: two servers that are linked, and what the link costs.

Owns: how long it takes until two servers know each other's users and channels, how long a client waits for an answer
meanwhile, and private messages in closed loops from one server to the other and back. There is no yardstick beside it.
"""

import argparse
import gc
import signal
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from bench.__main__ import SERVER, progress
from bench.connections import IRC_REFUSED, IRC_REGISTERED, Connection, exchange, settle
from bench.loops import Pairs
from bench.processes import ProcessError, Server, raise_descriptor_limit

CHANNELS, CHANNELS_OF_EACH = 200, 5
PAIRS, WINDOW = 50, 20
PATIENCE_SECONDS = 60.0


def main() -> int:
    options = parse(sys.argv[1:])
    raise_descriptor_limit(2 * options.users)
    try:
        with ExitStack() as stack:
            names = ("a.example", "b.example")
            servers = [stack.enter_context(Server(name, f"{SERVER} --servername {name}")) for name in names]
            link(servers, options.users)
            talk(servers, options.seconds, options.rounds)
    except ProcessError as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.links", description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, default=1000, help="on each server when they link (default 1000)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of messages (default 5)")
    return parser.parse_args(words)


def connect(port: int, names: list[str]) -> list[Connection]:
    """Registered users with these names."""
    users = [Connection(port, name) for name in names]
    exchange(users, [f"NICK {n}\r\nUSER {n} 0 * :{n}\r\n".encode() for n in names], IRC_REGISTERED, IRC_REFUSED)
    return users


def link(servers: list[Server], count: int) -> None:
    """Fills both servers, links them, and prints how long it took."""
    probes = [connect(server.port, [f"probe{number}"])[0] for number, server in enumerate(servers)]
    members: list[Connection] = []
    for server, letter in zip(servers, "ab", strict=True):
        progress(f"{count:,} users connect to {server.name}")
        for first in range(0, count, 250):
            users = connect(server.port, [f"{letter}{number:05}" for number in range(first, min(first + 250, count))])
            channels = [
                ",".join(f"#c{(number * 7 + place * 31) % CHANNELS}" for place in range(CHANNELS_OF_EACH))
                for number in range(first, first + len(users))
            ]
            settle(users, "irc", [f"JOIN {names}\r\n".encode() for names in channels])
            members += users
    for server in servers:
        configure(server, "[links]\nopen = true\n")
    answers: list[float] = []
    entry = f'{{name = "{servers[0].name}", host = "127.0.0.1", port = {servers[0].port}}}'
    began = time.perf_counter()
    configure(servers[1], f"[links]\nopen = true\nconnect = [{entry}]\n")
    everybody = b"There are %d users" % (2 * count + 2)
    while not all(everybody in probe.heard for probe in probes):
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise ProcessError(f"the servers are not linked within {PATIENCE_SECONDS:.0f} s{servers[1].said()}")
        asked = time.perf_counter()
        settle(probes, "irc", [b"LUSERS\r\n"] * 2)
        answers.append(time.perf_counter() - asked)
        time.sleep(0.001)
    took = time.perf_counter() - began
    print(f"link burst, {count:,} users in {CHANNELS} channels on each side: {took:.2f} s")
    print(f"the longest wait for an answer meanwhile: {max(answers) * 1000:.0f} ms, of {len(answers)}")
    for user in members:
        user.socket.close()


def configure(server: Server, text: str) -> None:
    """Has a server read another configuration."""
    (Path(server.folder.name) / "data" / "server.toml").write_text(text, encoding="utf-8")
    server.process.send_signal(signal.SIGHUP)


def talk(servers: list[Server], seconds: float, rounds: int) -> None:
    """Private messages between users of the two servers; prints how many were delivered."""
    here, there = (
        connect(server.port, [f"{letter}talker{number}" for number in range(PAIRS)])
        for server, letter in zip(servers, "ab", strict=True)
    )
    users = [user for pair in zip(here, there, strict=True) for user in pair]
    known = [f"ISON {partner.name}\r\n".encode() for partner in (users[place ^ 1] for place in range(len(users)))]
    while not all(users[place ^ 1].name.encode() in user.heard for place, user in enumerate(users)):
        settle(users, "irc", known)
    load = Pairs(users, "irc", WINDOW)
    gc.freeze()
    gc.disable()
    measures = [load.round(seconds) for _ in range(rounds)]
    middle = {name: statistics.median(measure[name] for measure in measures) for name in measures[0]}
    print(f"messages over a link per second, {PAIRS} pairs with {WINDOW} in flight each: ", end="")
    print(f"{middle['deliveries_per_second']:,.0f}, p50 {middle['p50_ms']:.1f} ms, p99 {middle['p99_ms']:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
