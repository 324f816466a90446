"""What all tests share: a server, the client on a terminal, cheap hashes of passwords, and property tests that have no
deadline."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import argon2
import pytest
from hypothesis import HealthCheck, settings

from chat.storage import passwords
from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

os.environ["TZ"] = "UTC"  # times are shown as the clock of this place has them, wherever tests run
if hasattr(time, "tzset"):
    time.tzset()

DEAR_HASHER = passwords._hasher
passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # logging in is done a lot here


@pytest.fixture
def server() -> Iterator[ServerUnderTest]:
    """A server with the built-in defaults, on an empty data folder and a free port."""
    with ServerUnderTest() as running:
        yield running


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts the client on a terminal: `terminal(*options, width=80, height=24, environment={})`."""
    opened: list[Terminal] = []

    def start(*options: str, **keywords: Any) -> Terminal:
        opened.append(Terminal(*options, home=keywords.pop("home", tmp_path), **keywords))
        return opened[-1]

    yield start
    for one in opened:
        one.close()
