"""The loads that are measured, and the numbers that must be reached. Tables only: no sockets, no processes.

A load is a closed loop: every talker has at most `window` lines on their way and sends the next one when an earlier one
has been delivered to everybody it is meant for, so a slow server is asked for less and nothing piles up in front of it.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["groups", "pairs", "idle"]
Dialect = Literal["irc", "json"]

TEXT_BYTES = 64
"""Length of every message text, in bytes."""


@dataclass(frozen=True)
class Scenario:
    """One column of the table."""

    name: str
    about: str
    kind: Kind
    users: int
    groups: int = 1
    """Channels, with `users / groups` members each; or pairs of two."""
    talkers: int = 0
    """How many members of each channel talk; in a pair both do."""
    window: int = 0
    """Lines on their way, for each talker of a channel or for each pair."""
    dialect: Dialect = "irc"
    """What the server is spoken to in. The yardstick only knows IRC and is given the same load in IRC."""


@dataclass(frozen=True)
class Target:
    """What a column must reach. `measure` is `ratio`, or one of the measures of the server alone."""

    scenario: str
    measure: str
    bound: float
    at_least: bool


SCENARIOS = (
    Scenario("fan-out", "100 users in one channel, 10 talk, 4 lines in flight each", "groups", 100, 1, 10, 4),
    Scenario(
        "channels", "1,000 users in 50 channels, 2 talk in each, 4 lines in flight each", "groups", 1000, 50, 2, 4
    ),
    Scenario("ping-pong", "50 pairs, one private message in flight per pair", "pairs", 100, 50, 2, 1),
    Scenario("idle", "10,000 connections that registered and say nothing", "idle", 10_000),
    Scenario("pairs-20", "50 pairs, 20 private messages in flight per pair", "pairs", 100, 50, 2, 20),
    Scenario("json", "100 users in one JSON group, 10 talk, 4 lines in flight each", "groups", 100, 1, 10, 4, "json"),
)

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}

TARGETS = (
    Target("fan-out", "ratio", 0.5, at_least=True),
    Target("ping-pong", "ratio", 0.5, at_least=True),
    Target("pairs-20", "ratio", 0.15, at_least=True),
    Target("idle", "kib_per_connection", 40.0, at_least=False),
)
