"""Start of the terminal client: the command line, and nothing else. The rest is in `terminal/`."""

import sys
from importlib.util import find_spec

if missing := [  # looked for and not loaded: that would take time, and a pipe needs few of them
    name
    for name in ("colorama", "platformdirs", "prompt_toolkit", "re2", "tomlkit", "wcwidth")
    if find_spec(name) is None
]:
    sys.exit(f"The package {missing[0]} is missing: run `make client`, or `pip install -e .` in a virtualenv.")

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

from terminal import options, run
from terminal.client import Client
from terminal.identity import identity_of
from terminal.network.endpoint import DEFAULT_HOST, BadEndpoint
from terminal.plain.first import ask_first
from terminal.recording import begin as begin_recording
from terminal.replaying import BadSpeed, Replaying, parse_speed, settings_for
from terminal.script import language
from terminal.settings import file, flags
from terminal.settings.table import ServerSettings, Settings
from terminal.text.clean import escape
from terminal.wire.files import CannotWrite
from terminal.wire.reading import BadRecord, read_record

EXAMPLES = """
addresses: host, host:port, host:+port for TLS, [::1]:port, irc://host/#channel, ircs://host/#channel, or the name of a
server of the file of settings

examples:
  client.py                                       asks where to, and as whom
  client.py --join '#study' irc.example.org:+6697 any IRC server, by TLS
  client.py ircs://irc.example.org/#study         the same
  client.py --login --name alice                  log in to an account first (IRC, SASL)
  client.py --dialect json --register --name bob  make an account, and log in
  client.py --plain                               no full screen: lines one below the other, for screen readers
  printf 'hello\\n' | client.py --join '#study'    say a line from a pipe, and leave
  client.py --script homework.script --name bob   try a server by a script; --script-help explains the language

Commands start with a slash; /help lists them. Passwords are asked for without echo, or taken from the environment:
PARLEY_PASSWORD (account), PARLEY_SERVER_PASSWORD (server). NO_COLOR switches colours off. What is no terminal, and a
terminal that is dumb (TERM), gets plain lines by itself.

exit codes: 0 well, 1 no connection or lost, 2 wrong options or a mistake in the script, 3 name or password refused,
4 something that a pipe asked for was refused, 5 something was not as the script expects, 130 interrupted,
129 the terminal is gone (SIGHUP), 143 told to end (SIGTERM)
"""
UNATTENDED: dict[str, Any] = {
    "pacing_interval": 0.0,
    "history_lines": 0,
    "read_markers": False,
}  # unless the command line says more


class _Parser(argparse.ArgumentParser):
    """Says which option was probably meant."""

    def error(self, message: str) -> NoReturn:
        unknown = message.removeprefix("unrecognized arguments: ").split(" ")[0]
        if unknown != message.split(" ")[0]:
            near = difflib.get_close_matches(unknown, self._option_string_actions, 1)
            message += f". Did you mean {near[0]}?" if near else ". --help lists all options."
        super().error(message)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = _Parser(
        prog="client.py",
        usage="client.py [options] [address]",
        description="Chat in a terminal: modern IRC with any server, the JSON protocol, or lab IRC.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    flags.add_server_flags(result)
    add = result.add_argument_group("starting").add_argument
    add("--register", action="store_true", help="make a new account first (JSON)")
    add("--wire", action="store_true", help="show the protocol from the start, as F2 does")
    add("--record", type=Path, metavar="FILE", help="write what goes over the wire to a new file, passwords hidden")
    add("--replay", type=Path, metavar="FILE", help="play what --record wrote; nothing is sent")
    add("--speed", type=_speed, default=1.0, metavar="N", help="of a replay: 2 is twice as fast, 0 at once, or step")
    add("--config", type=Path, default=file.default_path(), metavar="FILE", help="the settings (default: %(default)s)")
    add("--script", metavar="FILE", help="do what a script says, and check what it expects; - for standard input")
    add("--script-help", action="version", version=language.explained(), help="explain the language of scripts")
    add("--version", action="version", version=f"Parley {_version()}", help="show the version")
    flags.add_flags(result)
    return result


def _speed(text: str) -> float | None:
    try:
        return parse_speed(text)
    except BadSpeed as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _version() -> str:
    try:
        return metadata.version("parley")
    except metadata.PackageNotFoundError:  # run from a folder that was never installed
        return "of this folder"


def main() -> int:
    """Run the client; the result is the exit code."""
    line = parser()
    arguments = flags.read_arguments(line, sys.argv[1:])
    try:
        return _start(arguments)
    except (options.BadOption, BadEndpoint, CannotWrite) as error:
        line.error(str(error))
    except (KeyboardInterrupt, EOFError):
        print(file=sys.stderr)
        return run.INTERRUPTED


def _start(arguments: argparse.Namespace) -> int:
    """Run what the command line asks for; the exit code. Raises BadOption, BadEndpoint and CannotWrite."""
    steps = _script(arguments.script) if arguments.script else []
    is_typed = sys.stdin.isatty() and not arguments.script
    loaded = file.load(arguments.config)
    settings = flags.from_flags(arguments, loaded.settings)
    if not is_typed:
        settings = _unattended(arguments, settings)
    is_screen = is_typed and options.is_interactive() and not settings.plain
    if arguments.replay:
        return _replay(arguments, settings, is_screen)

    def prepare(client: Client) -> None:
        if arguments.record:
            begin_recording(client, arguments.record)

    plan = replace(_plan(arguments, settings, loaded, is_typed, is_screen), prepare=prepare)
    if arguments.script:
        return run.script(plan, steps, Path(arguments.script).name if arguments.script != "-" else "script")
    return run.full_screen(plan) if is_screen else run.lines(plan, is_typed)


def _replay(arguments: argparse.Namespace, settings: Settings, is_screen: bool) -> int:
    """Play a record; the exit code, 2 when it is none."""
    try:
        items = read_record(arguments.replay)
    except BadRecord as error:
        print(error, file=sys.stderr)
        return 2
    replaying = Replaying(items, arguments.speed, arguments.replay)
    play = run.replay_on_screen if is_screen else run.replay_lines
    return play(replaying, settings_for(settings), arguments.wire)


def _script(path: str) -> Sequence[language.Step]:
    """The steps of a script. Raises BadOption with every mistake in it."""
    try:
        text = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        steps, problems = language.read(text.decode(), Path(path).name if path != "-" else "script")
    except OSError as error:
        raise options.BadOption(f"The script {path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise options.BadOption(f"The script {path} is no UTF-8 text: byte {error.start + 1} is wrong.") from error
    if problems:
        sys.exit(_mistakes(problems))
    return steps


def _mistakes(problems: Sequence[str]) -> int:
    """Tell what is wrong with a script; the exit code."""
    print(*map(escape, problems), "--script-help explains the language.", sep="\n", file=sys.stderr)
    return 2


def _unattended(arguments: argparse.Namespace, settings: Settings) -> Settings:
    """The settings for a pipe or a script."""
    return replace(settings, **{name: value for name, value in UNATTENDED.items() if getattr(arguments, name) is None})


def _plan(
    arguments: argparse.Namespace, settings: Settings, loaded: file.Loaded, is_typed: bool, is_screen: bool
) -> run.Plan:
    """What to begin with; what is not known is asked for here, before anything is shown."""
    servers = flags.servers_to_open(arguments, loaded.servers)
    if not servers and not is_screen:  # the screen asks by itself
        servers = ask_first(ServerSettings()) if is_typed else {DEFAULT_HOST: ServerSettings()}
    return run.Plan(
        settings,
        servers,
        {
            name: identity_of(server, arguments.register, is_typed, is_first=number == 0)
            for number, (name, server) in enumerate(servers.items())
        },
        loaded.problems,
        arguments.wire,
        _kept_in(arguments.config),
        loaded.servers,
    )


def _kept_in(path: Path) -> Path | None:
    """Where settings are kept that are changed: no folder is made but the platform's own."""
    return path if path == file.default_path() or path.parent.is_dir() else None


if __name__ == "__main__":
    sys.exit(main())
