"""`python -m bench`: runs the scenarios against the server and the yardstick in turns, and says how they compare.

Owns the order of a run. Both servers of a scenario are started together and loaded one after the other, round by round,
so that both see the same moods of the machine. Must not touch a socket.
"""

import argparse
import json
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.processes import Driver, ProcessError, Server, raise_descriptor_limit
from bench.report import CONTENDERS, Column, as_json, judge, table
from bench.scenarios import BY_NAME, SCENARIOS, Scenario

PYTHON = shlex.quote(sys.executable)
SERVER = f"{PYTHON} server.py --port {{port}} --data {{data}}"
YARDSTICK = f"{PYTHON} -m bench.yardstick --port {{port}}"
SETTLING_SECONDS = 0.5
"""Between the last connection and the look at the memory."""
MIB = 1 << 20


def main() -> int:
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    commands = dict(zip(CONTENDERS, (options.server, YARDSTICK), strict=True))
    columns: list[Column] = []
    began = time.monotonic()
    try:
        for scenario in options.only:
            users = raise_descriptor_limit(scenario.users)
            users -= users % scenario.groups
            column = Column(scenario.name, users)
            columns.append(column)
            try:
                if scenario.kind == "idle":
                    measure_idle(column, scenario, commands)
                else:
                    measure_rounds(column, scenario, commands, options.rounds, options.seconds)
            except ProcessError as failure:
                column.failure = str(failure)
                progress(f"{scenario.name}: failed")
    except KeyboardInterrupt:
        progress("stopped")
        return 130
    verdicts, passed = judge(columns)
    print(table(columns), *verdicts, f"({time.monotonic() - began:.0f} s)", sep="\n")
    if options.json:
        options.json.write_text(json.dumps(as_json(columns), indent=2) + "\n", encoding="utf-8")
    return 0 if passed else 1


def parse(words: Sequence[str]) -> argparse.Namespace:
    names = ", ".join(BY_NAME)
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--only", type=chosen, default=SCENARIOS, metavar="NAME,...", help=f"these columns alone, of: {names}"
    )
    parser.add_argument("--seconds", type=seconds, default=2.0, help="length of a round (default 2)")
    parser.add_argument("--rounds", type=rounds, default=5, help="rounds for each server (default 5)")
    parser.add_argument(
        "--server", default=SERVER, metavar="COMMAND", help="another server to measure; {port} and {data} are filled in"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to this file")
    return parser.parse_args(words)


def chosen(names: str) -> list[Scenario]:
    unknown = [name for name in names.split(",") if name not in BY_NAME]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such column: {', '.join(unknown)}")
    return [BY_NAME[name] for name in names.split(",")]


def seconds(word: str) -> float:
    if not 0.1 <= float(word) <= 30:
        raise argparse.ArgumentTypeError("between 0.1 and 30")  # a longer round would meet the server's own PINGs
    return float(word)


def rounds(word: str) -> int:
    if not 1 <= int(word) <= 100:
        raise argparse.ArgumentTypeError("between 1 and 100")
    return int(word)


def measure_rounds(column: Column, scenario: Scenario, commands: dict[str, str], rounds: int, seconds: float) -> None:
    """Play the rounds of one scenario, server and yardstick in turns."""
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Server(name, command)) for name, command in commands.items()}
        drivers = {}
        for name, server in servers.items():
            progress(f"{scenario.name}: {column.users:,} users connect to the {name}")
            drivers[name] = stack.enter_context(driver(server, scenario, column.users))
            drivers[name].answer()
        for number in range(rounds):
            for name in CONTENDERS:
                measures = drivers[name].round(seconds)
                measures["resident_mib"] = servers[name].resident() / MIB
                column.rounds[name].append(measures)
                progress(
                    f"{scenario.name}: round {number + 1} of {rounds}, {name}: "
                    f"{measures['deliveries_per_second']:,.0f} deliveries per second"
                )


def measure_idle(column: Column, scenario: Scenario, commands: dict[str, str]) -> None:
    """Connect everybody to one server, then to the other, and see what they weigh."""
    for name, command in commands.items():
        progress(f"{scenario.name}: {column.users:,} users connect to the {name}")
        with Server(name, command) as server:
            before = server.resident()
            with driver(server, scenario, column.users) as users:
                answer = users.answer()
                time.sleep(SETTLING_SECONDS)
                resident = server.resident()
                server.check()
        column.rounds[name].append(
            {
                "resident_mib": resident / MIB,
                "kib_per_connection": (resident - before) / 1024 / answer["connections"],
                "connect_seconds": answer["connect_seconds"],
            }
        )


def driver(server: Server, scenario: Scenario, users: int) -> Driver:
    dialect = scenario.dialect if server.name == "server" else "irc"
    return Driver(server, scenario.name, dialect, users)


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
