"""Start of the terminal client: the command line, and nothing else. The rest is in `terminal/`."""

import sys

try:
    import colorama  # noqa: F401
    import prompt_toolkit  # noqa: F401
except ModuleNotFoundError as missing:
    sys.exit(f"The package {missing.name} is missing: run `make client`, or `pip install -e .` in a virtualenv.")

import argparse

from terminal import options
from terminal.app import converse
from terminal.dialects import DIALECTS, Identity

EXAMPLES = """
examples:
  client.py                                       chat on this machine, under your login name
  client.py --join '#study' irc.example.org:6667  any IRC server
  client.py --login --name alice                  log in to an account first (IRC, SASL PLAIN)
  client.py --dialect json --register --name bob  make an account, and log in
  printf 'hello\\n' | client.py --join '#study'    say a line from a script, and leave

Commands start with a slash; /help lists them. Passwords are asked for without echo, or taken from the environment:
PARLEY_PASSWORD (account), PARLEY_SERVER_PASSWORD (server). NO_COLOR switches colours off.

exit codes: 0 well, 1 no connection or lost, 2 wrong options, 3 name or password refused,
4 something in the script was refused, 130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog="client.py",
        description="Chat in a terminal: modern IRC with any server, the JSON protocol, or lab IRC.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = result.add_argument
    add("address", nargs="?", default="", metavar="host[:port]", help="default: 127.0.0.1, 6667 or for JSON 12345")
    add("--dialect", choices=sorted(DIALECTS), default="irc", help="what to speak (default: irc)")
    add("--name", default="", help="nick, and in JSON the account (default: your login name)")
    add("--realname", default="", help="the name behind the nick, in IRC")
    add("--join", action="append", default=[], metavar="CHANNEL", help="enter a channel at once; may be repeated")
    add("--login", action="store_true", help="log in to the account called like the nick (IRC; JSON always does)")
    add("--register", action="store_true", help="make a new account first (JSON)")
    add("--server-password", action="store_true", help="the IRC server asks everybody for a password")
    add("--servername", default="parley.local", help="the server's own name, in lab IRC (default: %(default)s)")
    add("--wire", action="store_true", help="show the protocol from the start, as /wire does")
    add("--timeout", type=float, default=30.0, metavar="SECONDS", help="for connecting and for each answer to a script")
    return result


def identity(arguments: argparse.Namespace) -> Identity:
    """Who connects; asks for the passwords that are needed. Raises BadOption."""
    irc, json = arguments.dialect == "irc", arguments.dialect == "json"
    if arguments.register and not json:
        raise options.BadOption("--register needs --dialect json.")
    if (arguments.login or arguments.server_password) and not irc and not (json and arguments.login):
        raise options.BadOption(f"The {arguments.dialect} dialect has no such password.")
    if not arguments.timeout > 0:
        raise options.BadOption("--timeout must be more than 0 seconds.")
    name = options.check_nick(arguments.name) if arguments.name else options.legal_nick(options.login_name())
    server_password = options.ask_password("the server", options.SERVER_PASSWORD) if arguments.server_password else ""
    password = ""
    if json or arguments.login:
        password = options.ask_password(name, options.ACCOUNT_PASSWORD, twice=arguments.register)
    return Identity(
        nick=name,
        realname=" ".join(arguments.realname.split()),
        password=password,
        server_password=server_password,
        register=arguments.register,
        another_nick=options.is_interactive(),
        hostname=options.own_hostname(),
        servername="".join(arguments.servername.split()) or "*",
    )


def main() -> int:
    """Run the client; the result is the exit code."""
    line = parser()
    arguments = line.parse_args()
    dialect = DIALECTS[arguments.dialect]
    try:
        host, port = options.parse_address(arguments.address, dialect.default_port)
        who = identity(arguments)
    except options.BadOption as error:
        line.error(str(error))
    except (KeyboardInterrupt, EOFError):
        print(file=sys.stderr)
        return 130
    return converse(dialect(who), host, port, arguments.join, arguments.wire, arguments.timeout)


if __name__ == "__main__":
    sys.exit(main())
