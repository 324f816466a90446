"""The requests of CSP, the JSON dialect: actions -> objects.

Owns: which request an action is, the ids, and what was asked and has no answer. Must not: know what an answer means.
A group `study` is shown, and may be typed, as `#study`; a space in its name is U+00A0 there, as in IRC.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from protocol import names
from protocol.limits import CSP_TEXT_BYTES
from terminal.dialects.base import CTCP, HISTORY_LIMIT, Dialect, Identity, Unsupported
from terminal.dialects.login import in_the_clear
from terminal.dialects.stamps import stamp
from terminal.events import Manner, Said, Step
from terminal.states import Machine

NEWEST, OLDEST = 1.1, 1.0  # the versions of the protocol
OPEN_REQUESTS = 10_000  # remembered; a server that does not send ids back must not fill the memory
LIST_LIMIT = 500  # groups or members asked for at once
PARTS = 200  # of one answer; a server that always says that there is more is not asked for ever
_CONTROL, _DATA, _ADMINISTRATION = "CC", "DC", "AC"
_FEATURES = frozenset({"echo", "labels", "history", "markers", "redaction", "away-notify"})
_SETTINGS: dict[str, type] = {
    "key": str,
    "limit": int,
    "invitation_only": bool,
    "moderated": bool,
    "secret": bool,
    "topic_by_admins": bool,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has no answer yet: its command, the channel, nick or token that it was about; of an answer in
    parts which one it asks for, and behind what; of one for a new password what it is."""

    command: str
    about: str = ""
    part: int = 1
    after: str = ""
    secret: str = field(default="", repr=False)


class JsonRequests(Dialect):
    """One connection as far as it asks. `version` is the one that is spoken, `is_new` whether the server has shown that
    it knows 1.1, `inside` the groups we are in: folded name -> name, `asked` what has no answer yet, by id."""

    name = "json"
    title = "The JSON dialect"
    default_port = 12345
    line_end = "\n"
    group_settings = _SETTINGS
    longest_line = 16 * 1024 * 1024  # a whole history

    def __init__(self, identity: Identity, machine: Machine | None = None) -> None:
        super().__init__(identity, machine)
        self.version = NEWEST
        self.is_new = False
        self.inside: dict[str, str] = {}
        self.asked: dict[str, Asked] = {}
        self._count = 0

    @property
    def features(self) -> set[str]:
        """Those of version 1.1, once the server has shown that it speaks it."""
        return set(_FEATURES) if self.is_new else {"echo"}

    @property
    def account(self) -> str:
        """Everybody has one."""
        return self.nick if self.ready else ""

    def exchange_key(self, line: str, outgoing: bool) -> str:
        """By id."""
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            return ""
        return f"id {data['id']}" if isinstance(data, dict) and isinstance(data.get("id"), (str, int)) else ""

    def replayed(self, line: str) -> Step:
        """What was asked for is awaited again, under the id of then; the server sends everything else back."""
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            return Step()
        if not isinstance(data, dict) or not isinstance(data.get("command"), str):
            return Step()
        parameters = data.get("parameters")
        texts = parameters if isinstance(parameters, dict) else {}
        group, others = texts.get("chat_name"), (texts.get("recipient"), texts.get("user"))
        about = next((name for name in others if isinstance(name, str)), "")
        if isinstance(group, str) and group:
            about = names.channel_of_group(group)
        self._replay(data["command"], about, data.get("id"))
        return Step()

    def _replay(self, command: str, about: str, number: Any) -> None:
        if isinstance(number, int):
            self._count = number  # what the dialect asks by itself goes on from here, as it did then
        elif number is None:
            self._count, number = self._count + 1, self._count + 1
        self._await(str(number), Asked(command, about))
        if command in ("JOIN", "CHAT"):
            self._asked_to_join(about)

    def channel_name(self, text: str) -> str:
        """`study` and `#study` are the same group; spaces belong to the name."""
        return names.channel_of_group(text.removeprefix("#"))

    def join_targets(self, text: str) -> list[tuple[str, str]]:
        """One group per line, as its name may hold spaces; a key follows after a comma, which no name can hold."""
        group, _, key = text.partition(",")
        return [(self.channel_name(group.strip()), key.strip())] if group.strip() else []

    # Requests

    def _request(
        self, command: str, about: str = "", channel: str = _CONTROL, payload: str = "", **parameters: Any
    ) -> str:
        self._count += 1
        self._await(str(self._count), Asked(command, about))
        body: dict[str, Any] = {
            "version": self.version,
            "id": self._count,
            "command": command,
            "parameters": {"username": self.nick, "chat_name": "", **parameters},
            "channel": channel,
            "payload": payload,
        }
        if self.version < NEWEST:
            del body["id"]
        return json.dumps(body, ensure_ascii=False)

    def _await(self, key: str, asked: Asked) -> None:
        self.asked[key] = asked
        if len(self.asked) > OPEN_REQUESTS:
            del self.asked[next(iter(self.asked))]

    def _newer(self, what: str) -> None:
        """Unsupported, when version 1.0 has no such command."""
        if self.version < NEWEST:
            raise Unsupported(f"This server speaks version {OLDEST} of the JSON protocol, which has no {what}.")

    def _about_group(self, command: str, name: str, channel: str = _CONTROL, **more: Any) -> Step:
        return Step([self._request(command, name, channel, chat_name=names.group_of_channel(name), **more)])

    def _place(self, target: str) -> dict[str, str]:
        """The parameter that names a group, or a person."""
        if self.is_channel(target):
            return {"chat_name": names.group_of_channel(target)}
        return {"recipient": target}

    def start(self) -> Step:
        """AUTH, or NWUA for a new account."""
        refused = in_the_clear(self.identity, self.nick) if self.identity.password else None
        if refused is not None:
            return Step([], [refused])
        command = "NWUA" if self.identity.register else "AUTH"
        return Step([self._request(command, self.nick, password=self.identity.password)])

    def older(self) -> Step:
        """The same again in version 1.0, for a server that knows no other."""
        self.version = OLDEST
        self.asked.clear()
        return self.start()

    def quit(self, text: str = "") -> Step:
        """QUIT, which 1.0 does not have; the payload says goodbye."""
        self._leaving()
        return Step([self._request("QUIT", "", _CONTROL, text)])

    def synchronise(self, token: str) -> Step:
        """PING; in 1.0 REDY, which is answered just so."""
        return Step([self._request("PING" if self.version == NEWEST else "REDY", token)])

    # Groups

    def join(self, channel: str, key: str = "") -> Step:
        """JOIN."""
        self._asked_to_join(channel)
        return self._about_group("JOIN", channel, **({"key": key} if key else {}))

    def create(self, channel: str) -> Step:
        """CHAT."""
        self._asked_to_join(channel)
        return self._about_group("CHAT", channel)

    def part(self, channel: str, text: str = "") -> Step:
        """LEVE, which has no place for a text."""
        return self._about_group("LEVE", channel)

    def topic(self, channel: str, text: str | None = None) -> Step:
        """TOPC; without the parameter `topic` it asks."""
        self._newer("topics")
        return self._about_group("TOPC", channel, **({} if text is None else {"topic": text}))

    def members(self, channel: str) -> Step:
        """WHOS."""
        self._newer("lists of members")
        return self._about_group("WHOS", channel, details=True, limit=LIST_LIMIT)

    def channels(self) -> Step:
        """LIST."""
        if self.version < NEWEST:
            return Step([self._request("LIST")])
        return Step([self._request("LIST", details=True, limit=LIST_LIMIT)])

    def next_part(self, asked: Asked, after: str) -> Step:
        """LIST or WHOS again, for what comes behind `after`."""
        group = {"chat_name": names.group_of_channel(asked.about)} if asked.about else {}
        line = self._request(asked.command, asked.about, details=True, limit=LIST_LIMIT, after=after, **group)
        self._await(str(self._count), Asked(asked.command, asked.about, asked.part + 1, after))
        return Step([line])

    def kick(self, channel: str, nick: str, text: str = "") -> Step:
        """KICK, which has no place for a reason."""
        return self._about_group("KICK", channel, _ADMINISTRATION, kicked_user=nick)

    def ban(self, channel: str, nick: str) -> Step:
        """BANN, which also removes."""
        return self._about_group("BANN", channel, _ADMINISTRATION, banned_user=nick)

    def unban(self, channel: str, nick: str) -> Step:
        """UNBN."""
        self._newer("/unban")
        return self._about_group("UNBN", channel, _ADMINISTRATION, banned_user=nick)

    def invite(self, channel: str, nick: str) -> Step:
        """INVT."""
        self._newer("invitations")
        return self._about_group("INVT", channel, invited_user=nick)

    def rename_channel(self, channel: str, new: str, text: str = "") -> Step:
        """RNAM."""
        self._newer("new names for groups")
        group, name = names.group_of_channel(channel), names.group_of_channel(self.channel_name(new))
        return Step([self._request("RNAM", channel, _ADMINISTRATION, text, chat_name=group, new_name=name)])

    def settings(self, channel: str, **changes: str | int | bool) -> Step:
        """SETT."""
        self._newer("settings")
        for name, value in changes.items():
            wanted = _SETTINGS.get(name)
            if wanted is None or type(value) is not wanted:
                raise Unsupported(f"A group has no setting {name} with such a value; there are {', '.join(_SETTINGS)}.")
        return self._about_group("SETT", channel, _ADMINISTRATION, **({"settings": changes} if changes else {}))

    # Texts

    def pieces(self, target: str, text: str, action: bool = False) -> list[str]:
        """By the limit of CSP for a text."""
        return names.split_text(text, CSP_TEXT_BYTES - (len(f"{CTCP}ACTION {CTCP}") if action else 0))

    def say(self, target: str, text: str) -> Step:
        """MSSG, to a group or (1.1) to one user; the server sends both back to us."""
        pieces = list(self.pieces(target, text))
        return Step([self._message_to(target, piece) for piece in pieces], self._pending(target, pieces, "message"))

    def act(self, target: str, text: str) -> Step:
        """The IRC form, which the server shows to JSON members as `* text`."""
        pieces = list(self.pieces(target, text, action=True))
        lines = [self._message_to(target, f"{CTCP}ACTION {piece}{CTCP}") for piece in pieces]
        return Step(lines, self._pending(target, pieces, "action"))

    def _pending(self, target: str, pieces: Sequence[str], manner: Manner) -> list[Said]:
        private = not self.is_channel(target)
        return [Said(self.nick, target, text, manner, own=True, private=private, pending=True) for text in pieces]

    def _message_to(self, target: str, text: str) -> str:
        if not self.is_channel(target):
            self._newer("private messages")
        return self._request("MSSG", target, _DATA, text, **self._place(target))

    # What 1.1 adds

    def away(self, text: str | None) -> Step:
        """AWAY; without a text one is back."""
        self._newer("/away")
        return Step([self._request("AWAY", "", _CONTROL, "" if text is None else text or "Away")])

    def whois(self, nick: str) -> Step:
        """WHOI."""
        self._newer("/whois")
        return Step([self._request("WHOI", nick, user=nick)])

    def history(
        self, target: str, after_msgid: str = "", after_time: datetime | None = None, limit: int = HISTORY_LIMIT
    ) -> Step:
        """HIST."""
        self._newer("history")
        after = after_msgid or (stamp(after_time) if after_time else "")
        return Step(
            [self._request("HIST", target, limit=limit, **self._place(target), **({"after": after} if after else {}))]
        )

    def earlier(self, target: str, msgid: str = "", time: datetime | None = None, limit: int = HISTORY_LIMIT) -> Step:
        """HIST."""
        self._newer("history")
        before = msgid or (stamp(time) if time else "")
        more = {"before": before} if before else {}
        return Step([self._request("HIST", target, limit=limit, **self._place(target), **more)])

    def search(self, words: str, target: str = "") -> Step:
        """SRCH."""
        self._newer("search")
        return Step([self._request("SRCH", target, _CONTROL, words, **(self._place(target) if target else {}))])

    def mark_read(self, target: str, time: datetime | None = None) -> Step:
        """MARK."""
        if "markers" not in self.features:
            return Step()
        until = {"read_until": stamp(time)} if time else {}
        return Step([self._request("MARK", target, **self._place(target), **until)])

    def redact(self, target: str, msgid: str, text: str = "") -> Step:
        """DELE."""
        self._newer("/redact")
        return Step([self._request("DELE", target, _DATA, text, msgid=msgid, **self._place(target))])

    def password(self, old: str, new: str) -> Step:
        """PSWD."""
        self._newer("/password")
        line = self._request("PSWD", "", password=old, new_password=new)
        self._await(str(self._count), Asked("PSWD", secret=new))
        return Step([line])
