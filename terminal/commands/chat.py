"""Commands that say something, or are about who says it. Owns: this family of the table. Must not: write a line of a
protocol; the dialects do."""

from terminal.client import Client
from terminal.commands.registry import COMMANDS, Mistake, command, online, talk


@command("/msg <nick or channel> <text>", "talk", also=("/m",))
def message(client: Client, arguments: str) -> None:
    """Say something to one person, or on another channel."""
    target, _, text = arguments.partition(" ")
    if not text.strip():
        raise Mistake(f"Usage: {COMMANDS['/msg'].usage}")
    session = online(client)
    session.do(session.dialect.say(target, text.strip()))


@command("/query <nick> [text]", "talk", also=("/q",))
def query(client: Client, arguments: str) -> None:
    """Open a window for a private talk, and say something there."""
    nick, _, text = arguments.partition(" ")
    session = online(client)
    client.window("private", session.name, nick, show=True)
    if text.strip():
        session.do(session.dialect.say(nick, text.strip()))


@command("/me <action>", "talk")
def act(client: Client, arguments: str) -> None:
    """Say what you do: "/me waves"."""
    session, target = talk(client)
    session.do(session.dialect.act(target, arguments))


@command("/notice <nick or channel> <text>", "talk")
def notice(client: Client, arguments: str) -> None:
    """Say something that no program answers by itself."""
    target, _, text = arguments.partition(" ")
    if not text.strip():
        raise Mistake(f"Usage: {COMMANDS['/notice'].usage}")
    session = online(client)
    session.do(session.dialect.notice(target, text.strip()))


@command("/nick <name>", "people")
def nick(client: Client, arguments: str) -> None:
    """Take another nick."""
    online(client).rename(arguments.split()[0])


@command("/away [text]", "people")
def away(client: Client, arguments: str) -> None:
    """Say that you are away, and why; without a text, that you are back."""
    session = online(client)
    session.do(session.dialect.away(arguments or None))


@command("/back", "people")
def back(client: Client, arguments: str) -> None:
    """Say that you are back."""
    session = online(client)
    session.do(session.dialect.away(None))


@command("/whois <nick>", "people", also=("/wi",))
def whois(client: Client, arguments: str) -> None:
    """Show who somebody is."""
    session = online(client)
    session.do(session.dialect.whois(arguments.split()[0]))
