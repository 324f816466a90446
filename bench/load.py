"""The driver: a process of its own that plays all users of one scenario against one server.

Started as `python -m bench.load --port N --scenario NAME --dialect D --users N`. It prints one JSON line when its users
are ready, then one for each number of seconds that it reads, and ends when its input ends. An error is a last line
`{"error": "..."}`. It owns that conversation and nothing else: what is said is in `connections`, what is measured in
`loops`.
"""

import argparse
import gc
import json
import sys
from collections.abc import Mapping

from bench.connections import LoadError, register
from bench.loops import Groups, Load, Pairs
from bench.processes import raise_descriptor_limit
from bench.scenarios import BY_NAME


def say(answer: Mapping[str, object]) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--scenario", choices=BY_NAME, required=True)
    parser.add_argument("--dialect", choices=("irc", "json"), required=True)
    parser.add_argument("--users", type=int, required=True)
    options = parser.parse_args()
    scenario = BY_NAME[options.scenario]
    raise_descriptor_limit(options.users)
    try:
        connections, seconds = register(options.port, options.users, options.dialect)
        load: Load | None = None
        if scenario.kind == "groups":
            load = Groups(connections, scenario, options.dialect)
        elif scenario.kind == "pairs":
            load = Pairs(connections, options.dialect, scenario.window)
        say({"connections": len(connections), "connect_seconds": seconds})
        gc.freeze()
        gc.disable()
        for line in sys.stdin:
            if load is not None:
                say(load.round(float(line)))
    except (LoadError, OSError) as failure:
        say({"error": str(failure) or repr(failure)})
        sys.exit(1)


if __name__ == "__main__":
    main()
