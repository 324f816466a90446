"""The command line of the server. Owns: which options there are, and doing what those for accounts ask. Must not: know
what the others do (`server`), or check their values (`config`)."""

import argparse
from pathlib import Path
from typing import Any, NoReturn

from chat.storage import account_tool

_OVERRIDES = (
    "host", "port", "servername", "info", "open_links", "i_know_anyone_can_link", "connect_to_host", "connect_to_port",
)  # fmt: skip


class OneSentenceParser(argparse.ArgumentParser):
    """Tells of a mistake in the options in one sentence, without the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        """Ends the process with exit code 2."""
        self.exit(2, f"parley: {message}; --help shows the options\n")


def parser(version: str) -> argparse.ArgumentParser:
    """The command line of a server of this version. Every long option may be written with `-` or `_`."""
    result = OneSentenceParser(
        prog="server.py",
        description="Parley: a chat server that speaks modern IRC, lab IRC and a JSON protocol on one port.",
        epilog="examples:\n  python server.py\n  python server.py --port 7000 --servername chat.example.org\n"
        "  python server.py --port 7001 --servername chat.two --connect_to_host 127.0.0.1 --connect_to_port 7000\n"
        "  python server.py --add-account alice\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

    def add(group: Any, name: str, **settings: Any) -> None:
        names = dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}", f"--{name.replace('-', '_')}"))
        group.add_argument(*names, dest=name.replace("-", "_"), **settings)

    files = result.add_argument_group("files")
    add(files, "config", metavar="FILE", type=Path, help="configuration (default: server.toml in the data folder)")
    add(files, "data", metavar="DIR", type=Path, help="accounts, channels, message of the day (default: data)")
    add(files, "make-certificate", metavar="HOST", nargs="*", help="make a certificate for these names, and stop")
    add(files, "check-config", action="store_true", help="check configuration and files, and stop")
    network = result.add_argument_group("network")
    add(network, "host", metavar="H", help="address to listen on (default: 127.0.0.1)")
    add(network, "port", metavar="P", type=int, help="the only port to listen on (default: 6667 and 12345)")
    add(network, "servername", metavar="N", help="this server's name")
    add(network, "info", metavar="TEXT", help="what LINKS and WHOIS show of the server")
    links = result.add_argument_group("server links")
    add(links, "connect_to_host", metavar="H", help="the server to link to, again and again when it is away")
    add(links, "connect_to_port", metavar="P", type=int, help="its port")
    add(links, "open-links", action="store_true", default=None, help="accept links without a password")
    add(
        links,
        "i-know-anyone-can-link",
        action="store_true",
        default=None,
        help="with open links: listen for other machines, too",
    )
    logs = result.add_argument_group("log")
    add(logs, "verbose", action="store_true", help="log connections and reloads")
    add(logs, "debug", action="store_true", help="log every line, with secrets masked")
    add(logs, "log-file", metavar="F", type=Path, help="log to a file instead of the terminal")
    accounts = result.add_argument_group("accounts (whether the server runs or not)")
    add(accounts, "add-account", metavar="NAME", help="make an account; asks for the password, or reads it from a pipe")
    add(accounts, "set-password", metavar="NAME", help="change a password")
    add(accounts, "remove-account", metavar="NAME", help="remove an account")
    add(accounts, "list-accounts", action="store_true", help="list the accounts")
    add(accounts, "hash-password", action="store_true", help="print the hash of a password, for server.toml")
    result.add_argument("--version", action="version", version=version)
    return result


def overrides_of(options: argparse.Namespace) -> dict[str, Any]:
    """The options that beat the configuration, as `load_config` takes them: those that were given."""
    return {name: getattr(options, name) for name in _OVERRIDES if getattr(options, name) is not None}


def manage_accounts(options: argparse.Namespace, data: Path) -> str | None:
    """Does what an account option asks; the sentence to print, or None when none was given."""
    if options.add_account:
        return account_tool.add_account(data, options.add_account)
    if options.set_password:
        return account_tool.set_password(data, options.set_password)
    if options.remove_account:
        return account_tool.remove_account(data, options.remove_account)
    if options.list_accounts:
        return account_tool.list_accounts(data)
    if options.hash_password:
        return account_tool.hashed_password()
    return None
