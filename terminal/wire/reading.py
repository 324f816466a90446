"""Reads a record: JSON lines -> checked values, or one sentence with the line that is wrong.

Owns: what a record may hold. Must not: trust a line of the file; records are passed on by mail.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from protocol import moments
from terminal.dialects import DIALECTS
from terminal.wire.files import reason
from terminal.wire.log import WireEntry, decode, is_utf8, keeps_alive, line_end
from terminal.wire.record import EPOCH, FORMAT, VERSION

LINE_BYTES = 64 * 1024 * 1024  # four times the longest line that a connection takes, for what JSON escapes
DIRECTIONS = {"in": False, "out": True}


class BadRecord(Exception):
    """The file is no record; the text is a sentence that says where and why."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A connection of `session` begins. server -- `host:port`; dialect -- its name, such as `irc`."""

    session: str
    server: str
    dialect: str
    nick: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """A wire line of `session`; `entry.number` counts all lines of the record."""

    session: str
    entry: WireEntry

    @property
    def time(self) -> datetime:
        """When it was sent or came."""
        return self.entry.time


Item = Opening | Recorded


def read_record(path: Path) -> list[Item]:
    """What the record holds, in its order; BadRecord when it is none. A last line cut short is left out: a record that
    ended with a full disk or a lost battery is still a record."""
    reader = _Reader()
    try:
        with path.open("rb") as file:
            return list(reader.items(iter(lambda: file.readline(LINE_BYTES), b"")))
    except FileNotFoundError:
        raise BadRecord(f"There is no file {path}.") from None
    except OSError as error:
        raise BadRecord(f"{path} cannot be read: {reason(error)}.") from None
    except _Wrong as error:
        raise BadRecord(f"{path}, line {reader.number}: {error}.") from None


class _Wrong(Exception):
    """What is wrong with a line."""


class _Reader:
    def __init__(self) -> None:
        self.number = 0
        self._connections: dict[str, int] = {}
        self._entries = 0

    def items(self, lines: Iterator[bytes]) -> Iterator[Item]:
        for line in lines:
            self.number += 1
            try:
                data = _object(line)
            except _Wrong:
                if self.number > 1 and not line.endswith(b"\n") and len(line) < LINE_BYTES:
                    return
                raise
            if self.number == 1:
                _check_head(data)
            yield self._opening(data) if "server" in data else self._recorded(data)
        if not self.number:
            self.number = 1
            raise _Wrong("the file is empty")

    def _opening(self, data: dict[str, Any]) -> Opening:
        session = _text(data, "session")
        self._connections[session] = self._connections.get(session, 0) + 1
        server, dialect, nick = _text(data, "server"), _text(data, "dialect"), _text(data, "nick")
        if dialect not in DIALECTS:
            raise _Wrong(f'"dialect" must be one of {", ".join(DIALECTS)}, not {dialect!r}')
        return Opening(session, server, dialect, nick, _moment(data, "started"))

    def _recorded(self, data: dict[str, Any]) -> Recorded:
        session, direction = _text(data, "session"), _text(data, "direction")
        if session not in self._connections:
            raise _Wrong(f"the session {session!r} has not been opened by a line with its server, dialect and nick")
        if direction not in DIRECTIONS:
            raise _Wrong(f'"direction" must be "in" or "out", not {direction!r}')
        raw = _raw(data)
        end = line_end(raw)
        bare = raw[: len(raw) - len(end)]
        text = decode(bare)
        self._entries += 1
        entry = WireEntry(
            number=self._entries,
            time=_moment(data, "time"),
            outgoing=DIRECTIONS[direction],
            text=text,
            end=end,
            size=_count(data, "size", len(raw)),
            state=_text(data, "state"),
            exchange=_count(data, "exchange", 0),
            keepalive=keeps_alive(text),
            utf8=is_utf8(bare),
            connection=self._connections[session],
        )
        return Recorded(session, entry)


def _object(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except RecursionError:
        raise _Wrong("the JSON is nested too deeply") from None
    except ValueError:
        raise _Wrong("this is not a JSON object") from None
    if not isinstance(data, dict):
        raise _Wrong("this is not a JSON object")
    return data


def _check_head(data: dict[str, Any]) -> None:
    if data.get("format") != FORMAT:
        raise _Wrong(f'this is no record: it does not begin with {{"format": "{FORMAT}"}}')
    if data.get("version") != VERSION or isinstance(data.get("version"), bool):
        raise _Wrong(f'"version" is {json.dumps(data.get("version"))}; this client reads version {VERSION}')
    if "server" not in data:
        raise _Wrong('"server" is missing')


def _text(data: dict[str, Any], key: str) -> str:
    if key not in data:
        raise _Wrong(f'"{key}" is missing')
    value = data[key]
    if not isinstance(value, str):
        raise _Wrong(f'"{key}" must be a text')
    return value


def _count(data: dict[str, Any], key: str, missing: int) -> int:
    value = data.get(key, missing)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _Wrong(f'"{key}" must be a whole number, 0 or more')
    return value


def _moment(data: dict[str, Any], key: str) -> datetime:
    text = _text(data, key)
    moment = moments.parse(text)
    if moment is None:
        raise _Wrong(f'"{key}" must be a moment such as 2026-01-02T03:04:05.678Z, not {text!r}')
    return EPOCH + timedelta(milliseconds=moment)


def _raw(data: dict[str, Any]) -> bytes:
    if "base64" not in data:
        raw = _text(data, "bytes").encode(errors="replace")
    else:
        try:
            raw = base64.b64decode(_text(data, "base64"), validate=True)
        except (binascii.Error, ValueError):
            raise _Wrong('"base64" is not base64') from None
    if b"\n" in raw[: len(raw) - len(line_end(raw))]:
        raise _Wrong("one line of a record holds one line of the wire, and this one holds several")
    return raw
