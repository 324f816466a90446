"""CSP, the JSON dialect, in its version 1.1 with ids: actions -> objects, objects -> events.

Owns: which request an action is and what each response code means. Must not: touch the socket or word what is shown.
A group `study` is shown, and may be typed, as `#study`; a space in its name is U+00A0 there, as in IRC.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from protocol import names
from protocol.limits import CSP_TEXT_BYTES
from terminal.dialects.base import CTCP, Dialect, Identity
from terminal.dialects.secrets import mask_json
from terminal.events import (
    Channels,
    Closing,
    Event,
    Fatal,
    Joined,
    JoinRefused,
    Left,
    Members,
    Notice,
    Problem,
    Ready,
    Said,
    Step,
    Synchronised,
    TopicIs,
)

VERSION = 1.1
OPEN_REQUESTS = 10_000  # remembered; a server that does not send ids back must not fill the memory
_CONTROL, _DATA, _ADMINISTRATION = "CC", "DC", "AC"
_MISSING = re.compile(r"\bno (such )?group\b|not exist|CHAT", re.IGNORECASE)  # how servers say that 240 means this


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has no answer yet: its command, and the channel, nick or token that it was about."""

    command: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One response with every key in the type it should have, whatever the server sent."""

    code: str
    parameters: dict[str, str]
    payload: Any
    asked: Asked | None

    @property
    def text(self) -> str:
        """The payload, when it is a text."""
        return self.payload if isinstance(self.payload, str) else ""

    @property
    def user(self) -> str:
        """`parameters.username`."""
        return self.parameters.get("username", "")

    @property
    def channel(self) -> str:
        """The channel of `parameters.chat_name`, else the one that was asked for, else ""."""
        group = self.parameters.get("chat_name", "")
        return names.channel_of_group(group) if group else self.asked.about if self.asked else ""


class Json(Dialect):
    """One JSON connection as the client sees it."""

    title = "The JSON dialect"
    default_port = 12345

    def __init__(self, identity: Identity) -> None:
        super().__init__(identity)
        self._count = 0
        self._asked: dict[str, Asked] = {}

    def masked(self, line: str) -> str:
        """Without the password of AUTH and NWUA."""
        return mask_json(line)

    def channel_name(self, text: str) -> str:
        """`study` and `#study` are the same group; spaces belong to the name."""
        return names.channel_of_group(text.removeprefix("#"))

    def join_targets(self, text: str) -> list[tuple[str, str]]:
        """One group per line, as its name may hold spaces; a key follows after a comma, which no name can hold."""
        group, _, key = text.partition(",")
        return [(self.channel_name(group.strip()), key.strip())] if group.strip() else []

    # What the user does

    def _request(
        self, command: str, about: str = "", channel: str = _CONTROL, payload: str = "", **parameters: str
    ) -> str:
        self._count += 1
        self._asked[str(self._count)] = Asked(command, about)
        if len(self._asked) > OPEN_REQUESTS:
            del self._asked[next(iter(self._asked))]
        body: dict[str, Any] = {
            "version": VERSION,
            "id": self._count,
            "command": command,
            "parameters": {"username": self.nick, "chat_name": "", **parameters},
            "channel": channel,
            "payload": payload,
        }
        return json.dumps(body, ensure_ascii=False)

    def _about_group(self, command: str, name: str, channel: str = _CONTROL, **more: str) -> str:
        return self._request(command, name, channel, chat_name=names.group_of_channel(name), **more)

    def start(self) -> Step:
        """AUTH, or NWUA for a new account."""
        command = "NWUA" if self.identity.register else "AUTH"
        return Step([self._request(command, self.nick, password=self.identity.password)])

    def join(self, channel: str, key: str = "") -> Step:
        """JOIN."""
        self._asked_to_join(channel)
        return Step([self._about_group("JOIN", channel, **({"key": key} if key else {}))])

    def create(self, channel: str) -> Step:
        """CHAT."""
        self._asked_to_join(channel)
        return Step([self._about_group("CHAT", channel)])

    def part(self, channel: str, text: str = "") -> Step:
        """LEVE."""
        return Step([self._about_group("LEVE", channel)])

    def say(self, target: str, text: str) -> Step:
        """MSSG, to a group or (1.1) to one user; the server sends both back to us."""
        where = "chat_name" if self.is_channel(target) else "recipient"
        name = names.group_of_channel(target) if self.is_channel(target) else target
        pieces = names.split_text(text, CSP_TEXT_BYTES)
        return Step([self._request("MSSG", target, _DATA, piece, **{where: name}) for piece in pieces])

    def act(self, target: str, text: str) -> Step:
        """The IRC form, which the server shows to JSON members as `* text`."""
        return self.say(target, f"{CTCP}ACTION {names.cut(text, CSP_TEXT_BYTES - 9)}{CTCP}")

    def topic(self, channel: str, text: str | None = None) -> Step:
        """TOPC; without a payload it asks."""
        group = names.group_of_channel(channel)
        return Step([self._request("TOPC", channel, _CONTROL, text or "", chat_name=group)])

    def members(self, channel: str) -> Step:
        """WHOS."""
        return Step([self._about_group("WHOS", channel)])

    def channels(self) -> Step:
        """LIST."""
        return Step([self._request("LIST")])

    def kick(self, channel: str, nick: str, text: str = "") -> Step:
        """KICK, which has no place for a reason."""
        return Step([self._about_group("KICK", channel, _ADMINISTRATION, kicked_user=nick)])

    def ban(self, channel: str, nick: str) -> Step:
        """BANN, which also removes."""
        return Step([self._about_group("BANN", channel, _ADMINISTRATION, banned_user=nick)])

    def quit(self, text: str = "") -> Step:
        """QUIT; the payload says goodbye."""
        return Step([self._request("QUIT", "", _CONTROL, text)])

    def synchronise(self, token: str) -> Step:
        """PING."""
        return Step([self._request("PING", token)])

    # What the server says

    def receive(self, line: str) -> Step:
        """One line of a CSP server."""
        if not line.strip():
            return Step()
        try:
            response = self._read(json.loads(line))
        except (ValueError, RecursionError):
            if self.ready:
                return _told(Problem(f"The server sent something that is not JSON: {line}"))
            return _told(Fatal("The server does not answer in JSON; try --dialect irc."))
        return _HANDLERS.get(response.code, Json._other)(self, response)

    def _read(self, data: Any) -> Response:
        if not isinstance(data, dict):
            raise ValueError("not an object")
        parameters = data.get("parameters")
        texts = {k: v for k, v in parameters.items() if isinstance(v, str)} if isinstance(parameters, dict) else {}
        asked = self._asked.pop(str(data.get("id")), None) if "id" in data else None
        return Response(str(data.get("response_code", "")), texts, data.get("payload", ""), asked)

    def _logged_in(self, response: Response) -> Step:
        self.ready = True
        return _told(Ready(self.nick, response.text))

    def _login_refused(self, response: Response) -> Step:
        if self.identity.register:
            why = response.text or "the name is taken"
            return _told(Fatal(f"The account {self.nick} was not created: {why}.", "identity"))
        return _told(Fatal(f"The server refused the login of {self.nick}: wrong name or password.", "identity"))

    def _groups(self, response: Response) -> Step:
        groups = response.payload if isinstance(response.payload, list) else []
        found = [names.channel_of_group(name) for name in groups if isinstance(name, str)]
        return _told(Channels(tuple((name, "", "") for name in found)))

    def _not_in(self, response: Response) -> Step:
        """230 and 240: no group of that name made, or entered; 240 also answers LIST when there is none."""
        text = response.text or "refused"
        if response.asked and response.asked.command == "LIST":
            return _told(Notice(text))
        if self._answered_join(response.channel):
            missing = response.code == "240" and _MISSING.search(text) is not None
            return _told(JoinRefused(response.channel, text, missing))
        return _told(Problem(text))

    def _entered(self, response: Response) -> Step:
        """170 (made and entered) and 180."""
        user = response.user if response.code == "180" else self.nick
        own = self.is_own(user)
        joined = Joined(user, response.channel, own)
        if own and self._answered_join(response.channel):
            return Step(self.members(response.channel).lines, [joined])
        return _told(joined)

    def _left(self, response: Response) -> Step:
        kicked = response.parameters.get("kicked_user", "")
        banned = response.parameters.get("banned_user", "")
        nick = kicked or banned or response.user
        by = response.user if (kicked or banned) and response.user != nick else ""
        how = "kicked" if kicked else "banned" if banned else "left"
        return _told(Left(nick, response.channel, "", how, by, self.is_own(nick)))  # type: ignore[arg-type]

    def _message(self, response: Response) -> Step:
        return _told(self._said(response.parameters, response.payload, response.asked))

    def _said(self, parameters: dict[str, str], payload: Any, asked: Asked | None = None) -> Said:
        text = payload if isinstance(payload, str) else json.dumps(payload)
        source = parameters.get("username", "")
        bracketed = re.match(r"\(([^()\s]+)\) ?", text)
        if bracketed and source in ("", bracketed[1]):  # version 1.0 says the sender only here
            source, text = bracketed[1], text[bracketed.end() :]
        group, recipient = parameters.get("chat_name", ""), parameters.get("recipient", "")
        target = names.channel_of_group(group) if group else recipient or (asked.about if asked else "")
        action = text.startswith("* ")
        return Said(
            source=source,
            target=target,
            text=text[2:] if action else text,
            manner="action" if action else "message",
            own=self.is_own(source),
            private=not self.is_channel(target),
            time=moment(parameters.get("time", "")),
        )

    def _history(self, response: Response) -> Step:
        items = response.payload if isinstance(response.payload, list) else []
        said: list[Event] = []
        for item in items:
            if isinstance(item, dict) and isinstance(item.get("parameters"), dict):
                texts = {k: v for k, v in item["parameters"].items() if isinstance(v, str)}
                said.append(self._said(texts, item.get("payload", "")))
        return Step([], said)

    def _members(self, response: Response) -> Step:
        items = response.payload if isinstance(response.payload, list) else []
        people = [item for item in items if isinstance(item, dict) and isinstance(item.get("username"), str)]
        shown = tuple(("@" if item.get("admin") is True else "") + item["username"] for item in people)
        return _told(Members(response.channel, shown))

    def _topic(self, response: Response) -> Step:
        """A change has a time and an author; an answer to the question has none."""
        by = response.user if "time" in response.parameters else ""
        return _told(TopicIs(response.channel, response.text, by))

    def _pong(self, response: Response) -> Step:
        """Without its id the oldest PING is meant, as answers come in order."""
        if response.asked:
            return _told(Synchronised(response.asked.about))
        for key, asked in self._asked.items():
            if asked.command == "PING":
                del self._asked[key]
                return _told(Synchronised(asked.about))
        return Step()

    def _away(self, response: Response) -> Step:
        how = f"away: {response.text}" if response.text else "back"
        return _told(Notice(f"{response.user} is {how} ({response.channel})"))

    def _taken_back(self, response: Response) -> Step:
        return _told(Notice(f"{response.user} has taken a message back. {response.text}".rstrip()))

    def _told_already(self, response: Response) -> Step:
        return _told(Notice(response.text)) if response.text else Step()

    def _other_version(self, response: Response) -> Step:
        return _told(Fatal(f"The server does not speak version {VERSION} of the JSON protocol: {response.text}"))

    def _closing(self, response: Response) -> Step:
        return _told(Closing(response.text))

    def _ready(self, response: Response) -> Step:
        return _told(Notice(response.text or "Ready"))

    def _other(self, response: Response) -> Step:
        """300 to 340, refusals of commands, and codes of a later version."""
        text = response.text or json.dumps(response.payload, ensure_ascii=False)
        asked = response.asked
        if not self.ready and (asked and asked.command in ("AUTH", "NWUA")):
            return _told(Fatal(f"The server refused the login of {self.nick}: {text}", "identity"))
        if response.code[:1] not in ("2", "3"):
            return _told(Notice(f"[{response.code}] {text}"))
        if asked and asked.command in ("JOIN", "CHAT") and self._answered_join(asked.about):
            return _told(JoinRefused(asked.about, text))
        return _told(Problem(text))


def moment(text: str) -> datetime | None:
    """An RFC 3339 time, or None."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _told(event: Event) -> Step:
    return Step([], [event])


_HANDLERS: dict[str, Callable[[Json, Response], Step]] = {
    "100": Json._ready, "101": Json._pong, "110": Json._logged_in, "130": Json._groups, "131": Json._members,
    "140": Json._message, "141": Json._taken_back, "162": Json._told_already, "181": Json._away,
    "182": Json._told_already, "150": Json._topic, "160": Json._history, "170": Json._entered, "180": Json._entered,
    "190": Json._left, "191": Json._left, "192": Json._left, "200": Json._login_refused, "230": Json._not_in,
    "240": Json._not_in, "330": Json._other_version, "350": Json._closing,
}  # fmt: skip
