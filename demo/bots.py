"""The bots of the demonstration: one in each dialect, on three servers, in one channel, speaking in turn.

Owns: the few lines of each dialect that a bot needs, written out, because they are there to be read. Must not: start a
server, or use the code of this project: a student's client begins like this.
"""

import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator

_CONNECT_SECONDS = 10.0
_LINK_TRIES, _LINK_PAUSE_SECONDS = 100, 0.1


class Bot:
    """One connection. `heard` is called with each line that says something in the channel."""

    nick = ""
    dialect = ""
    says: tuple[str, ...] = ()

    def __init__(self, server: str, port: int, channel: str, heard: Callable[[str], None]) -> None:
        self.server = server
        self.channel = channel
        self._heard = heard
        self._turn = 0
        self._socket = socket.create_connection(("127.0.0.1", port), _CONNECT_SECONDS)
        self._socket.settimeout(None)
        self._lines = self._socket.makefile("r", encoding="utf-8", newline="\n")
        self._greet()
        threading.Thread(target=self._listen, name=self.nick, daemon=True).start()

    def _send(self, line: str) -> None:
        self._socket.sendall(f"{line}\r\n".encode())

    def _await(self, mark: str, counting: str = "") -> int:
        """Reads until a line holds `mark`; how many lines before it held `counting`."""
        count = 0
        for line in self._lines:
            if line.startswith("PING"):
                self._send(line.replace("PING", "PONG", 1).strip())
            if mark in line:
                return count
            count += bool(counting) and counting in line
        raise ConnectionError(f"{self.nick}: {self.server} ended the connection")

    def _listen(self) -> None:
        try:
            for line in self._lines:
                if line.startswith("PING"):
                    self._send(line.replace("PING", "PONG", 1).strip())
                elif self._is_speech(line):
                    self._heard(line.strip())
        except (OSError, ValueError):
            pass  # the demonstration is over

    def speak(self) -> None:
        """Says the next of its sentences."""
        text = self.says[self._turn % len(self.says)]
        self._turn += 1
        self._say(text)

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()

    def _greet(self) -> None:
        raise NotImplementedError

    def _say(self, text: str) -> None:
        raise NotImplementedError

    def _is_speech(self, line: str) -> bool:
        return " PRIVMSG " in line


class IrcBot(Bot):
    """Modern IRC."""

    nick = "irc-bot"
    dialect = "irc"
    says = (
        "I speak modern IRC on north.demo. My next line, this one, crosses two links to reach json-bot.",
        "In my dialect you see who joins, who parts, and who has which rank.",
        "Type /LINKS or /MAP to see the three servers.",
    )

    def _greet(self) -> None:
        self._send(f"NICK {self.nick}")
        self._send(f"USER {self.nick} 0 * :The modern bot")
        for _ in range(_LINK_TRIES):
            if self._linked() == len(KINDS):
                break
            time.sleep(_LINK_PAUSE_SECONDS)
        self._send(f"JOIN {self.channel}")
        self._await(" 366 ")

    def _linked(self) -> int:
        """How many servers there are: the first to come waits for the network."""
        self._send("LINKS")
        return self._await(" 365 ", counting=" 364 ")

    def _say(self, text: str) -> None:
        self._send(f"PRIVMSG {self.channel} :{text}")


class LabBot(Bot):
    """Lab IRC."""

    nick = "lab-bot"
    dialect = "lab"
    says = (
        "I speak lab IRC on middle.demo: eight messages and twelve numerics are all I know.",
        "Nobody tells me of a JOIN or a PART. I ask with NAMES.",
        "My whole identity went in one line: USER, nick, host, server, real name.",
    )

    def _greet(self) -> None:
        self._send(f"USER {self.nick} demo {self.server} :The lab bot")
        self._send(f"JOIN {self.channel}")
        self._await(f" {self.channel} :")

    def _say(self, text: str) -> None:
        self._send(f"PRIVMSG {self.channel} :{text}")


class JsonBot(Bot):
    """CSP, version 1.0."""

    nick = "json-bot"
    dialect = "json"
    says = (
        "I write JSON on south.demo. To me this channel is a group, and I see no links at all.",
        "A message reaches me as code 140, a JOIN as 180, a PART as 190.",
        "I logged in with a password before anybody would listen; the others just came.",
    )

    def _greet(self) -> None:
        self._request("NWUA", password=secrets.token_hex(8))
        self._await('"110"')
        self._request("JOIN", chat_name=self._group)
        self._await('"180"')

    @property
    def _group(self) -> str:
        return self.channel.removeprefix("#")

    def _request(self, command: str, channel: str = "CC", payload: str = "", **parameters: str) -> None:
        whole = {"username": self.nick, **parameters}
        request = {"version": 1.0, "command": command, "parameters": whole, "channel": channel, "payload": payload}
        self._send(json.dumps(request))

    def _say(self, text: str) -> None:
        self._request("MSSG", "DC", text, chat_name=self._group)

    def _is_speech(self, line: str) -> bool:
        return '"140"' in line


KINDS: tuple[type[Bot], ...] = (IrcBot, LabBot, JsonBot)


def turns(bots: list[Bot]) -> Iterator[Bot]:
    """Who speaks, for ever."""
    while True:
        yield from bots
