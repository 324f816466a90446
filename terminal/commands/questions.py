"""Commands that ask a server about itself or about people. Owns: this family of the table. Must not: write a line of a
protocol."""

from terminal.client import Client
from terminal.commands.registry import command, online


def _server_information(client: Client, what: str, arguments: str = "") -> None:
    session = online(client)
    session.do(session.dialect.server_information(f"{what} {arguments}".strip()))


@command("/motd [server]", "servers", action="ask the server")
def motd(client: Client, arguments: str) -> None:
    """Show the message of the day."""
    _server_information(client, "motd", arguments)


@command("/version [server]", "servers", action="ask the server")
def version(client: Client, arguments: str) -> None:
    """Show which program the server runs."""
    _server_information(client, "version", arguments)


@command("/time [server]", "servers", action="ask the server")
def time(client: Client, arguments: str) -> None:
    """Show what time it is at the server."""
    _server_information(client, "time", arguments)


@command("/admin [server]", "servers", action="ask the server")
def admin(client: Client, arguments: str) -> None:
    """Show who runs the server, and how to reach them."""
    _server_information(client, "admin", arguments)


@command("/info [server]", "servers", action="ask the server")
def info(client: Client, arguments: str) -> None:
    """Show what the server says about itself."""
    _server_information(client, "info", arguments)


@command("/lusers", "servers", action="ask the server")
def lusers(client: Client, arguments: str) -> None:
    """Show how many users and channels there are."""
    _server_information(client, "lusers")


@command("/links", "servers", action="ask the server")
def links(client: Client, arguments: str) -> None:
    """Show the servers of the network."""
    _server_information(client, "links")


@command("/stats [letter]", "servers", action="ask the server")
def stats(client: Client, arguments: str) -> None:
    """Show statistics of the server, one letter for each kind: "/stats u" tells since when it runs."""
    _server_information(client, "stats", arguments)


@command("/who <nick or channel>", "people", action="who")
def who(client: Client, arguments: str) -> None:
    """Show who is on a channel or fits a mask such as *.example.org, with what is known of each."""
    session = online(client)
    session.do(session.dialect.who(arguments.split()[0]))


@command("/whowas <nick>", "people", action="whowas")
def whowas(client: Client, arguments: str) -> None:
    """Show who had a nick that is gone."""
    session = online(client)
    session.do(session.dialect.whowas(arguments.split()[0]))


@command("/ctcp <nick> <query> [text]", "people", action="ctcp")
def ctcp(client: Client, arguments: str) -> None:
    """Ask somebody's program something: "/ctcp wren version", or ping, time, clientinfo."""
    nick, query, *rest = arguments.split(None, 2)
    session = online(client)
    session.do(session.dialect.ctcp(nick, query, " ".join(rest)))


@command("/ping <nick>", "people", action="ctcp")
def ping(client: Client, arguments: str) -> None:
    """Ask whether somebody's program is there: it answers."""
    session = online(client)
    session.do(session.dialect.ctcp(arguments.split()[0], "ping", ""))


@command("/searchserver <words>", "talk", action="search")
def search(client: Client, arguments: str) -> None:
    """Search what the server keeps, in the current channel or talk; /search looks at what is here."""
    session, window = online(client), client.windows.current
    is_talk = window is not None and window.kind in ("channel", "private")
    session.do(session.dialect.search(arguments, window.name if is_talk and window is not None else ""))
