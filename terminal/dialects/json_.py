"""CSP, the JSON dialect, in its versions 1.1 and 1.0: objects -> events.

Owns: what each response code means, and the way of a received line to that. What is asked is in `json_requests`, how
rows of information read in `json_rows`. Must not: touch the socket or word what is shown.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from protocol import names
from terminal.dialects import json_rows
from terminal.dialects.base import Identity
from terminal.dialects.json_requests import NEWEST, OLDEST, PARTS, Asked, JsonRequests
from terminal.dialects.json_rows import Response
from terminal.dialects.parts import Parts
from terminal.dialects.stamps import moment
from terminal.events import (
    AwayIs,
    ChannelRenamed,
    Channels,
    Closing,
    Event,
    Fatal,
    HistoryEnd,
    Invited,
    Joined,
    JoinRefused,
    Left,
    MarkerIs,
    Members,
    Notice,
    PasswordChanged,
    Present,
    Problem,
    Ready,
    Redacted,
    Renamed,
    Said,
    Step,
    Synchronised,
    TopicIs,
)
from terminal.states import ENTERED, LEFT, LEFT_LAST, LOGGED_IN, Machine

_MISSING = re.compile(r"\bno (such )?group\b|not exist|CHAT", re.IGNORECASE)  # how servers say that 240 means this
# What a code answers when the server sends no ids: then the oldest request of these commands is meant.
_ANSWERED = {
    "100": ("REDY",), "101": ("PING",), "110": ("AUTH", "NWUA"), "130": ("LIST",), "131": ("WHOS",),
    "132": ("LIST",), "170": ("CHAT",),
    "200": ("AUTH", "NWUA"), "230": ("CHAT",), "240": ("JOIN", "LIST"),
}  # fmt: skip


class Json(JsonRequests):
    """One JSON connection as the client sees it."""

    def __init__(self, identity: Identity, machine: Machine | None = None) -> None:
        super().__init__(identity, machine)
        self._groups_so_far: Parts[tuple[str, str, str]] = Parts()  # of an answer in parts
        self._members_so_far: Parts[tuple[Present, list[Event]]] = Parts()
        self._last_away: AwayIs | None = None

    def receive(self, line: str) -> Step:
        """One line of a CSP server."""
        if not line.strip():
            return Step()
        try:
            response = self._read(json.loads(line), len(line))
        except (ValueError, RecursionError):
            if self.ready:
                return _told(Problem(f"The server sent something that is not JSON: {line}"))
            return self._noted(_told(Fatal("The server does not answer in JSON; try --dialect irc.")))
        step = self._noted(_HANDLERS.get(response.code, Json._other)(self, response))
        parameters = response.parameters
        return step._replace(time=moment(parameters.get("time", "")), msgid=parameters.get("msgid", ""))

    def _read(self, data: Any, size: int) -> Response:
        if not isinstance(data, dict):
            raise ValueError("not an object")
        version = data.get("version")
        self.is_new = self.is_new or (isinstance(version, float) and version >= NEWEST)
        code = str(data.get("response_code", ""))
        parameters = data.get("parameters")
        raw = parameters if isinstance(parameters, dict) else {}
        asked = self.asked.pop(str(data["id"]), None) if "id" in data else self._oldest(code, raw)
        return Response(code, raw, data.get("payload", ""), asked, size)

    def _oldest(self, code: str, parameters: dict[str, Any]) -> Asked | None:
        """The request that a response without id answers, as answers come in order."""
        commands = _ANSWERED.get(code, ())
        if code == "240":  # which says the group when it is about one
            commands = ("JOIN",) if "chat_name" in parameters else ("LIST",)
        key = next((key for key, asked in self.asked.items() if asked.command in commands), "")
        return self.asked.pop(key, None)

    def _channel(self, response: Response) -> str:
        """The group of a response. In 1.0 many do not say it, but one is in only one there."""
        return response.channel or (next(iter(self.inside.values())) if len(self.inside) == 1 else "")

    # Login

    def _logged_in(self, response: Response) -> Step:
        self.machine.fire(LOGGED_IN)
        if not self.is_new:  # it passes over what it does not know, the version too
            self.version = OLDEST
        return _told(Ready(self.nick, response.text))

    def _login_refused(self, response: Response) -> Step:
        if response.asked and response.asked.command == "PSWD":
            return _told(Problem("The password was not changed: the present one is another."))
        if self.identity.register:
            why = response.text or "the name is taken"
            return _told(Fatal(f"The account {self.nick} was not created: {why}.", "identity"))
        return _told(Fatal(f"The server refused the login of {self.nick}: wrong name or password.", "identity"))

    def _other_version(self, response: Response) -> Step:
        if not self.ready and self.asked and self.version == NEWEST:
            return Step(self.older().lines, [Notice("The server knows version 1.0 only; going on with that.")])
        return _told(Fatal(f"The server does not speak version {self.version} of the JSON protocol: {response.text}"))

    # Groups

    def _groups(self, response: Response) -> Step:
        """130 and 132, perhaps in parts."""
        self._groups_so_far.add("", json_rows.groups(response.rows), response.size)
        more = self._next_part(response)
        if more is not None:
            return more
        return _told(Channels(tuple(self._groups_so_far.take(""))))

    def _next_part(self, response: Response) -> Step | None:
        """The request for the next part of an answer; None when this was the last one, or nobody has asked, or the
        server goes round in circles."""
        following, asked = response.parameters.get("next", ""), response.asked
        if not following or not response.rows or asked is None or following == asked.after or asked.part >= PARTS:
            return None
        return self.next_part(asked, following)

    def _members(self, response: Response) -> Step:
        channel = response.channel
        people = json_rows.people(response.rows, self.is_own)
        self._members_so_far.add(self.fold(channel), people, response.size)
        more = self._next_part(response)
        if more is not None:
            return more
        found = self._members_so_far.take(self.fold(channel))
        shown = Members(channel, tuple(person for person, _ in found))
        return Step([], [shown, *(event for _, events in found for event in events)])

    def _not_in(self, response: Response) -> Step:
        """230 and 240: no group of that name made, or entered; 240 also answers LIST when there is none."""
        text = response.text or "refused"
        if response.asked and response.asked.command == "LIST":
            return _told(Notice(text))
        if self.answered_join(response.channel):
            missing = response.code == "240" and _MISSING.search(text) is not None
            return _told(JoinRefused(response.channel, text, missing))
        return _told(Problem(text, response.channel))

    def _entered(self, response: Response) -> Step:
        """170 (made and entered) and 180."""
        user = response.user if response.code == "180" else self.nick
        events: list[Event] = []
        if response.asked and response.asked.command == "JOIN" and user and not self.is_own(user):
            events.append(Renamed(self.nick, user, own=True))  # how others see an account that is in use elsewhere
            self.nick = user
        own, channel = self.is_own(user), response.channel
        events.append(Joined(user, channel, own))
        if not own:
            return Step([], events)
        self.inside[self.fold(channel)] = channel
        self.machine.fire(ENTERED)
        asks = self.answered_join(channel) and self.version == NEWEST
        return Step(self.members(channel).lines if asks else [], events)

    def _left(self, response: Response) -> Step:
        kicked = response.parameters.get("kicked_user", "")
        banned = response.parameters.get("banned_user", "")
        nick, channel = kicked or banned or response.user, self._channel(response)
        by = response.user if (kicked or banned) and response.user != nick else ""
        own = self.is_own(nick)
        if own and self.fold(channel) in self.inside:
            del self.inside[self.fold(channel)]
            self.machine.fire(LEFT if self.inside else LEFT_LAST)
        return _told(Left(nick, channel, "", "kicked" if kicked else "banned" if banned else "left", by, own))

    def _topic(self, response: Response) -> Step:
        """A change has a time and an author; an answer to the question has none."""
        by = response.user if "time" in response.parameters else ""
        return _told(TopicIs(self._channel(response), response.text, by))

    def _renamed(self, response: Response) -> Step:
        old, new = response.channel, names.channel_of_group(response.parameters.get("new_name", ""))
        if self.inside.pop(self.fold(old), ""):
            self.inside[self.fold(new)] = new
        return _told(ChannelRenamed(old, new, response.user, response.text))

    def _settings(self, response: Response) -> Step:
        return Step([], json_rows.settings(response.channel, response.raw.get("settings")))

    def _invited(self, response: Response) -> Step:
        nick, by = response.parameters.get("invited_user", ""), response.user
        if not nick or self.is_own(by):
            return _told(Notice(response.text, response.channel)) if response.text else Step()
        return _told(Invited(nick, response.channel, by, self.is_own(nick)))

    # Texts

    def _message(self, response: Response) -> Step:
        group = response.parameters.get("invited_to", "")
        if group:
            return _told(Invited(self.nick, names.channel_of_group(group), response.user, own=True))
        return _told(self._said(response.raw, response.payload, response.asked))

    def _said(self, raw: dict[str, Any], payload: Any, asked: Asked | None = None, history: bool = False) -> Said:
        parameters = json_rows.texts(raw)
        text = payload if isinstance(payload, str) else json.dumps(payload)
        source = parameters.get("username", "")
        bracketed = re.match(r"\(([^()\s]+)\) ?", text)
        if bracketed and source in ("", bracketed[1]):  # version 1.0 says the sender only here
            source, text = bracketed[1], text[bracketed.end() :]
        group, recipient = parameters.get("chat_name", ""), parameters.get("recipient", "")
        target = names.channel_of_group(group) if group else recipient or (asked.about if asked else "")
        if not target and len(self.inside) == 1:
            target = next(iter(self.inside.values()))
        action = text.startswith("* ")
        return Said(
            source=source,
            target=target,
            text=text[2:] if action else text,
            manner="action" if action else "message",
            own=self.is_own(source),
            private=not self.is_channel(target),
            time=moment(parameters.get("time", "")),
            msgid=parameters.get("msgid", ""),
            history=history,
        )

    def _kept(self, response: Response) -> list[Said]:
        """The whole 140 objects of 160 and 161."""
        items = [item for item in response.rows if isinstance(item.get("parameters"), dict)]
        return [self._said(item["parameters"], item.get("payload", ""), response.asked, True) for item in items]

    def _history(self, response: Response) -> Step:
        said = self._kept(response)
        return Step([], [*said, HistoryEnd(response.place, len(said))], told_again=response.place)

    def _found(self, response: Response) -> Step:
        return Step([], json_rows.found(self._kept(response)))

    def _taken_back(self, response: Response) -> Step:
        msgid = response.parameters.get("redacted", "")
        return _told(Redacted(response.place, msgid, response.user, response.text))

    def _marker(self, response: Response) -> Step:
        return _told(MarkerIs(response.place, moment(response.parameters.get("read_until", ""))))

    # People

    def _away(self, response: Response) -> Step:
        """181, which comes once for each group that we share."""
        is_away = response.raw.get("away", bool(response.text)) is True
        away = AwayIs(response.user, response.text if is_away else None, self.is_own(response.user))
        if away == self._last_away:
            return Step()
        self._last_away = away
        return _told(away)

    def _about(self, response: Response) -> Step:
        return Step([], [row for person in response.rows for row in json_rows.whois(person)])

    # Answers

    def _synchronised(self, response: Response) -> Step:
        """100 and 101."""
        if response.asked and response.asked.about:
            return _told(Synchronised(response.asked.about))
        return _told(Notice(response.text or "Ready")) if response.code == "100" else Step()

    def _told_already(self, response: Response) -> Step:
        return _told(Notice(response.text, response.channel)) if response.text else Step()

    def _password(self, response: Response) -> Step:
        new = response.asked.secret if response.asked else ""
        self.identity = replace(self.identity, password=new or self.identity.password)
        return _told(Notice("The password is changed."), PasswordChanged())

    def _closing(self, response: Response) -> Step:
        return _told(Closing(response.text))

    def _other(self, response: Response) -> Step:
        """300 to 340, refusals of commands, and codes of a later version."""
        text = response.text or json.dumps(response.payload, ensure_ascii=False)
        asked = response.asked
        if not self.ready and (asked and asked.command in ("AUTH", "NWUA")):
            return _told(Fatal(f"The server refused the login of {self.nick}: {text}", "identity"))
        if response.code[:1] not in ("2", "3"):
            return _told(Notice(f"[{response.code}] {text}"))
        if asked and asked.command in ("JOIN", "CHAT") and self.answered_join(asked.about):
            return _told(JoinRefused(asked.about, text))
        about = asked.about if asked and asked.command not in ("PING", "REDY", "SRCH") else ""
        if asked and asked.command == "HIST":
            return _told(HistoryEnd(about, 0, f"{about}: {text}"))
        if asked and asked.command in ("PING", "REDY"):
            return _told(Problem(text), Synchronised(asked.about))
        return _told(Problem(text, about))


def _told(*events: Event) -> Step:
    return Step([], list(events))


_HANDLERS: dict[str, Callable[[Json, Response], Step]] = {
    "100": Json._synchronised, "101": Json._synchronised, "110": Json._logged_in, "111": Json._password,
    "130": Json._groups, "131": Json._members, "132": Json._groups, "133": Json._about, "140": Json._message,
    "141": Json._taken_back, "150": Json._topic, "151": Json._renamed, "152": Json._settings, "160": Json._history,
    "161": Json._found, "162": Json._marker, "170": Json._entered, "180": Json._entered, "181": Json._away,
    "182": Json._invited, "190": Json._left, "191": Json._left, "192": Json._left, "193": Json._told_already,
    "200": Json._login_refused, "230": Json._not_in, "240": Json._not_in, "330": Json._other_version,
    "350": Json._closing,
}  # fmt: skip
