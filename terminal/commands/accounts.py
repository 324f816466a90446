"""Commands about who one is: account, passwords, realname, operator. Owns: this family of the table. Must not: keep or
show a password."""

from dataclasses import replace

from terminal.client import Client
from terminal.commands.registry import COMMANDS, Mistake, command, online, server


@command("/login <account> [password]", "people", online=False, action="login")
def login(client: Client, arguments: str) -> None:
    """Log in to an account of the server; the connection is made anew."""
    session = server(client)
    account, password = _with_password("/login", arguments)
    known = session.identity
    if session.server.dialect == "lab":
        raise Mistake("The lab dialect has no accounts.")
    if session.server.dialect == "json":
        session.identity = replace(known, nick=account, password=password, register=False)
    else:
        session.identity = replace(known, account=account, password=password, login=known.login or "auto")
    session.reconnect()


@command("/oper <name> [password]", "people", action="oper")
def oper(client: Client, arguments: str) -> None:
    """Become an operator of the server."""
    session = online(client)
    session.do(session.dialect.oper(*_with_password("/oper", arguments)))


@command("/password <password> <new password>", "people", action="password")
def password(client: Client, arguments: str) -> None:
    """Change the password of the account: the present one, then the new one."""
    session = online(client)
    old, new, *rest = arguments.split()
    if rest:
        raise Mistake(f"Usage: {COMMANDS['/password'].usage}; a password holds no space here.")
    session.do(session.dialect.password(old, new))


@command("/setname <realname>", "people", action="realname")
def realname(client: Client, arguments: str) -> None:
    """Change the name that /whois shows behind the nick."""
    session = online(client)
    session.do(session.dialect.realname(arguments))


def _with_password(name: str, arguments: str) -> tuple[str, str]:
    account, _, secret = arguments.partition(" ")
    if not secret.strip():
        raise Mistake(f"Usage: {COMMANDS[name].usage}; the password is needed.")
    return account, secret.strip()
