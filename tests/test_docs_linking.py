"""The page on links keeps its word: its exchanges are typed again, and every fact is on it.

Owns: that. Must not: test links (the other tests do).
"""

import json
import re
import time
from pathlib import Path
from typing import Any, get_args

import pytest

from chat.state.servers import id_of
from protocol import link
from protocol.facts import Fact
from tests.harness import Client, IrcClient, ServerUnderTest

PAGE = (Path(__file__).parent.parent / "docs" / "linking.md").read_text("utf-8")
CONFIG = 'info = "Home of the group"\n[links]\nopen = true\n'
_LINE = re.compile(r"^(irc|lab|north|ngircd)([<>]) (.+)$", re.MULTILINE)
_CHANGING = (
    (re.compile(rf"{id_of('parley.example')}[0-9A-Z]{{6}}"), "uid"),
    (re.compile(r"^[0-9a-f]{8,}-\d+$"), "message id"),
)


def exchange(title: str) -> list[tuple[str, str, str]]:
    """The lines of a section: who, < or >, and the line."""
    section = PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return _LINE.findall(section)


def timeless(value: Any) -> Any:
    """JSON without what is another one each time: ids, and numbers that are times."""
    if isinstance(value, dict):
        return {key: timeless(each) for key, each in value.items()}
    if isinstance(value, list):
        return [timeless(each) for each in value]
    if isinstance(value, int | float) and value > 1_000_000_000:
        return "a time"
    if isinstance(value, str):
        for pattern, name in _CHANGING:
            value = pattern.sub(name, value)
    return value


def comparable(line: str) -> Any:
    """A line as it is compared: a fact or a hello without what changes, anything else as it is."""
    if line.startswith(f"{link.UPGRADE} "):
        return timeless(json.loads(line.partition(" ")[2]))
    return timeless(json.loads(line)) if line.startswith("{") else line


class Retold:
    """The page's ids and times as they are this time: what the server has said tells, and times go along with now."""

    def __init__(self) -> None:
        self._now: dict[Any, Any] = {}
        self._later = 0.0  # seconds between the page and now

    def hear(self, told: str, page: str) -> None:
        """The server has said what stands on the page as `page`."""
        if page.startswith("{"):
            self._learn(json.loads(page), json.loads(told))

    def _learn(self, page: Any, told: Any) -> None:
        if isinstance(page, dict):
            for key, value in page.items():
                self._learn(value, told[key])
        elif isinstance(page, list):
            for value, other in zip(page, told, strict=True):
                self._learn(value, other)
        elif isinstance(page, str) or (type(page) in (int, float) and page > 1_000_000_000):
            self._now[page] = told

    def retell(self, line: str) -> str:
        """A line of the page as it is sent now."""
        if line.startswith(f"{link.UPGRADE} "):
            hello = json.loads(line.partition(" ")[2])
            self._later = time.time() - hello["time"]
            return f"{link.UPGRADE} {json.dumps(hello | {'time': time.time()})}"
        return json.dumps(self._renewed(json.loads(line))) if line.startswith("{") else line

    def _renewed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._renewed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._renewed(each) for each in value]
        if value in self._now:
            return self._now[value]
        if isinstance(value, int) and value > 1_000_000_000_000:
            return value + round(self._later * 1000)
        return value + self._later if isinstance(value, float) and value > 1_000_000_000 else value


@pytest.mark.parametrize("title", ["Lab links", "Parley links", "RFC 2813: ngIRCd"])
def test_the_exchange_on_the_page_happens_as_it_stands_there(title: str) -> None:
    lines = exchange(title)
    assert len(lines) > 15
    retold = Retold()
    with ServerUnderTest(CONFIG, name="parley.example") as server:
        clients: dict[str, Client] = {name: server.connect() for name in ("lab", "north", "ngircd")}
        clients["irc"] = server.irc("alice")
        clients["ngircd"] = server.connect()
        for who, direction, line in lines:
            client = clients[who]
            if direction == "<":
                said = client.line()
                assert comparable(said) == comparable(line)
                retold.hear(said, line)
                continue
            client.send(retold.retell(line))
            if who == "irc" and isinstance(client, IrcClient) and not line.startswith("QUIT"):
                client.sync()


def test_the_page_tells_every_fact() -> None:
    kinds = [kind.__name__ for kind in get_args(Fact)]
    assert [kind for kind in kinds if f"| `{kind}` |" not in PAGE] == []
    for kind in get_args(Fact):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{kind.__name__}` |"))
        assert [name for name in kind._fields if f"`{name}`" not in row] == []


def test_the_page_tells_the_longest_line() -> None:
    assert f"at most {link.LINE_LIMIT} bytes" in PAGE.replace("\n", " ")
