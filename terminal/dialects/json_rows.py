"""What the lists and objects inside responses of the JSON dialect hold, whatever a server sent in their place.

Owns: reading these payloads, and how rows of information read. Must not: keep state.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from protocol import names
from terminal.dialects.json_requests import Asked
from terminal.dialects.numerics import duration
from terminal.dialects.ranks import USUAL
from terminal.dialects.stamps import moment
from terminal.events import AccountIs, Answer, AwayIs, Event, Present, Said

_FORM = "%Y-%m-%d %H:%M"


def texts(parameters: dict[str, Any]) -> dict[str, str]:
    """Those parameters that are texts."""
    return {key: value for key, value in parameters.items() if isinstance(value, str)}


@dataclass(frozen=True, slots=True)
class Response:
    """One response: its code, its parameters as they came, the payload, the request that it answers, if it says, and
    how many characters all that came in."""

    code: str
    raw: dict[str, Any]
    payload: Any
    asked: Asked | None
    size: int = 0

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters that are texts."""
        return texts(self.raw)

    @property
    def text(self) -> str:
        """The payload, when it is a text."""
        return self.payload if isinstance(self.payload, str) else ""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects in the payload, when it is a list; a bare name becomes one with that name."""
        items = self.payload if isinstance(self.payload, list) else []
        rows = [{"chat_name": item, "username": item} if isinstance(item, str) else item for item in items]
        return [row for row in rows if isinstance(row, dict)]

    @property
    def user(self) -> str:
        """`parameters.username`."""
        return self.parameters.get("username", "")

    @property
    def channel(self) -> str:
        """The channel of `parameters.chat_name`, else the one that was asked for, else ""."""
        group = self.parameters.get("chat_name", "")
        return names.channel_of_group(group) if group else self.asked.about if self.asked else ""

    @property
    def place(self) -> str:
        """The channel or the person whose talk it is."""
        return self.parameters.get("recipient", "") or self.channel


def groups(rows: Iterable[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Name, number of members or "", topic or "" of each group."""
    return [
        (names.channel_of_group(name), _number(row.get("members")), _text(row.get("topic")))
        for row in rows
        if (name := _text(row.get("chat_name")))
    ]


def people(rows: Iterable[dict[str, Any]], is_own: Callable[[str], bool]) -> Iterator[tuple[Present, list[Event]]]:
    """Those rows that say a name, each with whether that one is away, and under which account, as far as the server
    tells."""
    for row in rows:
        if _text(row.get("username")):
            yield present(row), about(row, is_own)


def present(person: dict[str, Any]) -> Present:
    """The name, and the signs of the ranks; an administrator has at least that of an operator."""
    letters = _text(person.get("ranks"))
    signs = "".join(sign for letter, sign in USUAL.items() if letter in letters)
    return Present(_text(person.get("username")), signs or (USUAL["o"] if person.get("admin") is True else ""))


def about(person: dict[str, Any], is_own: Callable[[str], bool]) -> list[Event]:
    """Whether somebody is away, and under which account."""
    name = _text(person.get("username"))
    events: list[Event] = []
    if isinstance(person.get("away"), bool):
        text = _text(person.get("away_text")) if person["away"] else None
        events.append(AwayIs(name, text, is_own(name), news=False))
    if isinstance(person.get("account"), str):
        events.append(AccountIs(name, person["account"], news=False))
    return events


def whois(person: dict[str, Any]) -> list[Event]:
    """The rows about one user (133)."""
    name = _text(person.get("username"))
    group_list = person.get("groups")
    groups_in = group_list if isinstance(group_list, list) else []
    since = moment(_text(person.get("signed_on")))
    idle = person.get("idle")
    rows = [
        _text(person.get("realname")),
        f"account: {_text(person.get('account'))}" if _text(person.get("account")) else "",
        f"away: {_text(person.get('away_text'))}" if person.get("away") is True else "",
        "is an operator of the server" if person.get("operator") is True else "",
        "is a bot" if person.get("bot") is True else "",
        "groups: " + " ".join(names.channel_of_group(group) for group in groups_in if isinstance(group, str)),
        f"server: {_text(person.get('server'))}" if _text(person.get("server")) else "",
        f"here since {since.astimezone():{_FORM}}" if since else "",
        f"idle for {duration(idle)}" if isinstance(idle, int) and 0 <= idle < 10**9 else "",
    ]
    return [Answer(name, row) for row in rows if row and row != "groups: "]


def settings(channel: str, values: Any) -> list[Event]:
    """The rows about the settings of a group (152)."""
    if not isinstance(values, dict):
        return []
    shown: list[Event] = []
    for name, value in values.items():
        text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
        if isinstance(text, list):
            text = ", ".join(item for item in text if isinstance(item, str))
        shown.append(Answer(channel, f"{name.replace('_', ' ')}: {'none' if text in ('', 0) else text}"))
    return shown


def found(said: Iterable[Said]) -> list[Event]:
    """Messages that a search has found, a row each."""
    rows: list[Event] = []
    for event in said:
        when = f"{event.time.astimezone():{_FORM}} " if event.time else ""
        rows.append(Answer(event.target, f"{when}<{event.source}> {event.text}"))
    return rows or [Answer("", "Nothing was found.")]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else ""
