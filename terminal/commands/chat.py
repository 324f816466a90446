"""Commands that say something, or are about who says it. Owns: this family of the table. Must not: write a line of a
protocol; the dialects do."""

from terminal.client import Client
from terminal.commands.registry import COMMANDS, Mistake, command, online, talk
from terminal.keeping.secret_lines import may_keep
from terminal.sessions.session import Session
from terminal.states import SAY, SAY_TO_USER


@command("/msg <nick or channel> <text>", "talk", also=("/m",), action=SAY_TO_USER)
def message(client: Client, arguments: str) -> None:
    """Say something to one person, or on another channel."""
    target, _, text = arguments.partition(" ")
    if not text.strip():
        raise Mistake(f"Usage: {COMMANDS['/msg'].usage}")
    session = online(client)
    for one in _names(target):
        session.do(session.dialect.say(one, text.strip()))
        _show_here(client, session, one, text.strip())


@command("/query <nick> [text]", "talk", also=("/q",), action=SAY_TO_USER)
def query(client: Client, arguments: str) -> None:
    """Open a window for a private talk, and say something there."""
    nick, _, text = arguments.partition(" ")
    session = online(client)
    if "," in nick:
        raise Mistake(f"A private talk is with one person: /msg {nick} says something to several.")
    session.history.opened(client.window("private", session.name, nick, show=True))
    if text.strip():
        session.do(session.dialect.say(nick, text.strip()))


@command("/say <text>", "talk", action=SAY)
def say(client: Client, arguments: str) -> None:
    """Say something here, also what begins with a slash."""
    session, target = talk(client)
    session.do(session.dialect.say(target, arguments))


@command("/ns <text>", "talk", also=("/nickserv",), action=SAY_TO_USER)
def nickserv(client: Client, arguments: str) -> None:
    """Say something to NickServ, the service for nicks and accounts of many networks."""
    message(client, f"NickServ {arguments}")


@command("/cs <text>", "talk", also=("/chanserv",), action=SAY_TO_USER)
def chanserv(client: Client, arguments: str) -> None:
    """Say something to ChanServ, the service for channels of many networks."""
    message(client, f"ChanServ {arguments}")


@command("/me <action>", "talk", action=SAY)
def act(client: Client, arguments: str) -> None:
    """Say what you do: "/me waves"."""
    session, target = talk(client)
    session.do(session.dialect.act(target, arguments))


@command("/notice <nick or channel> <text>", "talk", action="notice")
def notice(client: Client, arguments: str) -> None:
    """Say something that no program answers by itself."""
    target, _, text = arguments.partition(" ")
    if not text.strip():
        raise Mistake(f"Usage: {COMMANDS['/notice'].usage}")
    session = online(client)
    for one in _names(target):
        session.do(session.dialect.notice(one, text.strip()))
        _show_here(client, session, one, text.strip())


def _show_here(client: Client, session: Session, target: str, text: str) -> None:
    """Who looks at another window sees that something was said; printed lines name their window anyway."""
    current = client.windows.current
    if client.full_screen and current is not client.windows.find(session.name, target, session.dialect.fold):
        client.tell(f"-> {target}: {text if may_keep(text, target) else '****'}")


def _names(text: str) -> list[str]:
    """`bob,wren` one by one: each has a window of their own."""
    return list(dict.fromkeys(name for name in text.split(",") if name)) or [text]


@command("/nick <name>", "people", action="nick")
def nick(client: Client, arguments: str) -> None:
    """Take another nick."""
    online(client).renaming.ask(arguments.split()[0])


@command("/away [text]", "people", action="away")
def away(client: Client, arguments: str) -> None:
    """Say that you are away, and why; without a text, that you are back."""
    session = online(client)
    session.do(session.dialect.away(arguments or None))


@command("/back", "people", action="away")
def back(client: Client, arguments: str) -> None:
    """Say that you are back."""
    session = online(client)
    session.do(session.dialect.away(None))


@command("/whois <nick>", "people", also=("/wi",), action="whois")
def whois(client: Client, arguments: str) -> None:
    """Show who somebody is."""
    session = online(client)
    session.do(session.dialect.whois(arguments.split()[0]))
