"""Commands about channels and who is on them. Owns: this family of the table. Must not: write a line of a protocol."""

from terminal.client import Client
from terminal.commands.registry import Mistake, channel, channel_first, command, online, window
from terminal.text.numbers import whole


@command("/join [channel] [key]", "channels", also=("/j",), action="join")
def join(client: Client, arguments: str) -> None:
    """Enter a channel, or go back to one you are on; what you write goes there. Without a name: the one you look at."""
    session = online(client)
    session.enter(arguments or _looked_at(client))


@command("/rejoin [channel]", "channels", also=("/cycle",), action="join")
def rejoin(client: Client, arguments: str) -> None:
    """Leave a channel and enter it again at once."""
    session = online(client)
    name = arguments.split()[0] if arguments else _looked_at(client)
    known = client.windows.find(session.name, session.dialect.channel_name(name), session.dialect.fold)
    if known is None or not known.joined:
        session.enter(name)
        return
    key = dict(session.wanted.all()).get(known.name, "")
    session.do(session.dialect.part(known.name, client.settings.part_text))
    session.wanted.add(known.name, key)
    session.do(session.dialect.join(known.name, key))


def _looked_at(client: Client) -> str:
    current = window(client)
    if current.kind != "channel":
        raise Mistake("Which channel? /join #name enters one, /list shows all of the server.")
    return current.name


@command("/create <group>", "channels", action="create")
def create(client: Client, arguments: str) -> None:
    """Make a new group and enter it (JSON; in IRC /join does both)."""
    session = online(client)
    name = session.dialect.channel_name(arguments)
    session.router.show_when_joined(name)
    session.do(session.dialect.create(name))


@command("/part [channel] [text]", "channels", also=("/leave",), action="part")
def part(client: Client, arguments: str) -> None:
    """Leave the current channel, or the one named."""
    session, name, text = channel_first(client, arguments)
    if not session.leaving.leave(name, text or client.settings.part_text):
        client.tell(f"You are not on {name}, and will not be.")


@command("/topic [text]", "channels", also=("/t",), action="topic")
def topic(client: Client, arguments: str) -> None:
    """Show the topic of the current channel, or set it."""
    session, name = channel(client)
    session.do(session.dialect.topic(name, arguments or None))


@command("/names [channel]", "channels", action="names")
def members(client: Client, arguments: str) -> None:
    """Show who is on a channel."""
    session = online(client)
    name = session.dialect.channel_name(arguments) if arguments else channel(client)[1]
    session.router.ask_names(name)
    session.do(session.dialect.members(name))


@command("/list", "channels", action="list")
def channels(client: Client, arguments: str) -> None:
    """Show the channels of the server."""
    session = online(client)
    session.do(session.dialect.channels())


@command("/invite <nick> [channel]", "channels", action="invite")
def invite(client: Client, arguments: str) -> None:
    """Invite somebody to a channel."""
    nick, _, rest = arguments.partition(" ")
    session, name, _ = channel_first(client, rest)
    session.do(session.dialect.invite(name, nick))


@command("/mode [channel or nick] [changes]", "channels", action="mode")
def mode(client: Client, arguments: str) -> None:
    """Show the modes of a channel or of yourself, or change them: "/mode +t"."""
    session = online(client)
    word, _, rest = arguments.partition(" ")
    is_change = word.startswith(("+", "-"))  # a channel may be called +x on some servers, but has no modes then
    if word and not is_change and (session.dialect.is_channel(word) or session.dialect.is_own(word)):
        session.do(session.dialect.mode(word, rest.strip()))
    else:
        session.do(session.dialect.mode(channel(client)[1], arguments))


@command("/op <nick>", "channels", action="mode")
def op(client: Client, arguments: str) -> None:
    """Make somebody an operator of the current channel."""
    session, name = channel(client)
    session.do(session.dialect.mode(name, f"+o {arguments.split()[0]}"))


@command("/deop <nick>", "channels", action="mode")
def deop(client: Client, arguments: str) -> None:
    """Take the rank of operator from somebody."""
    session, name = channel(client)
    session.do(session.dialect.mode(name, f"-o {arguments.split()[0]}"))


@command("/voice <nick>", "channels", action="mode")
def voice(client: Client, arguments: str) -> None:
    """Let somebody speak on a moderated channel."""
    session, name = channel(client)
    session.do(session.dialect.mode(name, f"+v {arguments.split()[0]}"))


@command("/kick <nick> [reason]", "channels", action="kick")
def kick(client: Client, arguments: str) -> None:
    """Remove somebody from the current channel."""
    target, _, text = arguments.partition(" ")
    session, name = channel(client)
    session.do(session.dialect.kick(name, target, text.strip()))


@command("/ban <nick>", "channels", action="ban")
def ban(client: Client, arguments: str) -> None:
    """Remove somebody from the current channel and keep them out."""
    session, name = channel(client)
    session.do(session.dialect.ban(name, arguments.split()[0]))


@command("/unban <nick or mask>", "channels", action="ban")
def unban(client: Client, arguments: str) -> None:
    """Let somebody in again who was banned."""
    session, name = channel(client)
    session.do(session.dialect.unban(name, arguments.split()[0]))


@command("/knock <channel> [text]", "channels", action="knock")
def knock(client: Client, arguments: str) -> None:
    """Ask the members of a channel to let you in, where only the invited may enter."""
    session = online(client)
    name, _, text = arguments.partition(" ")
    session.do(session.dialect.knock(session.dialect.channel_name(name), text.strip()))


@command("/rename <name> [text]", "channels", action="rename")
def rename(client: Client, arguments: str) -> None:
    """Give the current channel another name; its members stay."""
    session, name = channel(client)
    new, _, text = arguments.partition(" ")
    session.do(session.dialect.rename_channel(name, session.dialect.channel_name(new), text.strip()))


@command("/group [setting=value]", "channels", action="settings")
def group(client: Client, arguments: str) -> None:
    """Show or change the settings of a group (JSON): "/group moderated=yes limit=20"."""
    session, name = channel(client)
    session.do(session.dialect.settings(name, **dict(map(_setting, arguments.split()))))


def _setting(text: str) -> tuple[str, str | int | bool]:
    name, _, value = text.partition("=")
    if value in ("yes", "on", "true") or value in ("no", "off", "false"):
        return name, value in ("yes", "on", "true")
    number = None if name == "key" else whole(value)
    return name, value if number is None else number
