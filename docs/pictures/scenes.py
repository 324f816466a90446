"""The pictures: what is done for each, and what it is called.

Owns: the table of pictures. Must not: write a file.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from docs.pictures.scene import Scene, View
from tests.harness import IrcClient, JsonClient, LabClient
from tests.terminal_screen import Terminal

RECORD = Path(__file__).parent.parent / "examples" / "three-dialects.record"
Pictures = Iterator[View]
SCENES: list[tuple[tuple[str, ...], Callable[[], Pictures]]] = []  # the pictures of each, and how they come about
TITLES = {
    "first-run": "The first start: the client asks where to, as whom and in which dialect",
    "three-dialects": "A channel with alice in modern IRC, rook in JSON and wren in lab IRC",
    "wire": "F2: the talk on the left, the wire that made it on the right",
    "states": "F3: the states of the connection",
    "completion": "The commands that begin with /t, and the line of help for one of them",
    "paste": "The guard asks before a text of several lines is sent",
    "unread": "What is new: unread windows, a mention, and the line below which nothing was read",
    "small": "40 columns, 10 rows",
    "wide": "200 columns",
    "light": "The light theme",
    "colour-blind": "The theme for the colour-blind",
    "show": "/show: one action in three dialects",
    "reconnect": "The connection is lost, and made again after a pause",
    "replay": "A recording, played line by line",
}


def scene(*names: str) -> Callable[[Callable[[], Pictures]], None]:
    """Put the function into the table; it takes these pictures."""
    return lambda play: SCENES.append((names, play))


@scene("first-run")
def first_run() -> Pictures:
    with Scene() as stage:
        terminal = stage.client(width=80, height=20, server="")
        terminal.wait_for("Server [127.0.0.1]").key("Enter")
        terminal.wait_for("Name [alice]").key("Enter")
        terminal.wait_for("What to speak?")
        yield View("first-run", terminal)


class Class:
    """rook, wren and ada on #study and #lab, before alice comes."""

    def __init__(self, stage: Scene) -> None:
        self.stage = stage
        self.rook: JsonClient = stage.rook()
        self.rook.ask_all("CHAT", chat_name="study")
        self.rook.ask_all("TOPC", "Sockets, select and asyncio", chat_name="study")
        self.ada: IrcClient = stage.ada()
        self.ada.ask("JOIN #lab", "TOPIC #lab :Bring your own cable")
        self.wren: LabClient = stage.wren()
        stage.at("09:31")
        self.wren.ask("JOIN #study")

    def alice(self, *options: str, width: int, height: int) -> Terminal:
        """alice comes."""
        self.stage.at("09:32")
        joins = ("--join", "#study", "--join", "#lab", "--pacing-interval", "0")
        terminal = self.stage.client(*joins, *options, width=width, height=height)
        terminal.wait_for(re.compile(r"#lab")).wait_for("ada")
        terminal.key("Alt-2")
        return terminal.wait_for("[#study]").wait_for("alice joined")

    def talk(self, terminal: Terminal) -> None:
        """A few words in three dialects."""
        self.stage.at("09:33")
        self.wren.ask("PRIVMSG #study :good morning! does select work on Windows?")
        terminal.wait_for("on Windows?")
        self.stage.say(self.rook, "study", "alice: with sockets only, doesn't it?")
        terminal.wait_for("doesn't it?")
        terminal.enter("yes: sockets, and nothing else")
        terminal.wait_for(re.compile("alice.*yes: sockets"))
        terminal.wait_gone("else …")  # the server has it

    def more(self, terminal: Terminal) -> None:
        """An action, a ban that is refused, people who come and go, other scripts."""
        self.stage.at("09:34")
        terminal.enter("/me looks it up")
        terminal.wait_for("alice looks it up")
        terminal.wait_gone("looks it up …")
        terminal.enter("/kick wren")
        terminal.wait_for("not channel operator")
        self.stage.at("09:35")
        for nick in ("finn", "grace", "hal"):
            person = self.stage.server.irc(nick)
            person.ask("JOIN #study")
            if nick != "grace":
                person.ask("PART #study")
        terminal.wait_for(re.compile("hal .*left"))
        self.wren.ask("PRIVMSG #study :日本語 and ελληνικά line up, too")
        terminal.wait_for("line up, too")

    def elsewhere(self, terminal: Terminal) -> None:
        """What happens where alice does not look."""
        self.ada.ask("PRIVMSG #lab :the room is booked until two")
        self.ada.ask("PRIVMSG #lab :alice: do you have the key?")
        self.ada.ask("PRIVMSG alice :a word in private?")
        terminal.wait_for(re.compile(r"act:.*\b5\b"))


@scene("three-dialects", "completion", "paste", "light", "colour-blind")
def three_dialects() -> Pictures:
    with Scene() as stage:
        people = Class(stage)
        terminal = people.alice(width=110, height=22)
        people.talk(terminal)
        people.more(terminal)
        people.elsewhere(terminal)
        terminal.send("in Python, asyncio hides the difference")
        terminal.wait_for("hides the difference")
        yield View("three-dialects", terminal)
        terminal.key("Ctrl-C")
        terminal.send("/t")
        terminal.key("Tab")
        terminal.wait_for("/topic [text]   ")
        yield View("completion", terminal)
        terminal.key("Ctrl-C")
        terminal.wait_gone("/topic [text]   ")
        terminal.key("Ctrl-C")
        terminal.wait_gone("[#study] /topic")
        terminal.paste("def lines(data):\n    *whole, rest = data.split(b'\\n')\n    return whole, rest")
        terminal.wait_for("Send 3 lines")
        yield View("paste", terminal)
        terminal.send("n")
        terminal.wait_gone("Send 3 lines")
        for theme in ("light", "colour-blind"):
            terminal.enter(f"/set theme {theme}")
            terminal.wait_for(f"theme = {theme}")
            yield View(theme, terminal)


@scene("wide", "small")
def sizes() -> Pictures:
    with Scene() as stage:
        people = Class(stage)
        terminal = people.alice(width=200, height=16)
        people.talk(terminal)
        people.elsewhere(terminal)
        yield View("wide", terminal)
        terminal.resize(40, 10)
        terminal.wait_for(re.compile(r"^ (09:33 │ )?alice │ .{4,30}act:", re.MULTILINE))
        yield View("small", terminal)


@scene("unread")
def unread() -> Pictures:
    with Scene() as stage:
        people = Class(stage)
        terminal = people.alice(width=100, height=18)
        people.talk(terminal)
        people.elsewhere(terminal)
        stage.at("09:40")
        questions = ("Which calls block?", "Who closes the socket?", "What does 0 bytes mean?", "Why non-blocking?")
        for number, question in enumerate(questions * 4, 1):
            people.wren.ask(f"PRIVMSG #study :{number}. {question}")
        terminal.wait_for("16. Why")
        terminal.key("PgUp")
        terminal.wait_for("more below")
        people.wren.ask("PRIVMSG #study :alice: the last one is yours")
        terminal.wait_for("1 new below")
        yield View("unread", terminal)


@scene("wire", "states", "show")
def protocol() -> Pictures:
    with Scene() as stage:
        people = Class(stage)
        terminal = people.alice("--no-read-markers", width=140, height=20)
        people.talk(terminal)
        terminal.key("F2")
        terminal.wait_for("␍␊")
        yield View("wire", terminal)
        terminal.resize(140, 24)
        terminal.key("F3")
        terminal.wait_for("Allowed now")
        yield View("states", terminal)
        terminal.key("F3")
        terminal.wait_gone("Allowed now")
        terminal.resize(110, 18)
        terminal.enter("/clear")
        terminal.enter("/show say hello")
        terminal.wait_for("lab dialect")
        yield View("show", terminal)


@scene("reconnect")
def reconnect() -> Pictures:
    with Scene() as stage:
        people = Class(stage)
        terminal = people.alice(width=100, height=16)
        people.talk(terminal)
        stage.lose()
        terminal.wait_for("connecting again in")
        yield View("reconnect", terminal)


@scene("replay")
def replay() -> Pictures:
    with Scene() as stage:
        options = ("--replay", str(RECORD), "--speed", "step")
        terminal = stage.client(*options, width=140, height=26, server="")
        terminal.wait_for("paused")
        terminal.key("F2")
        for _ in range(58):
            terminal.key("Right")
        terminal.wait_for("rook> hello wren")
        yield View("replay", terminal)
