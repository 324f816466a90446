"""What all tests share: a server, cheap hashes of passwords, and property tests that have no deadline."""

from collections.abc import Iterator

import argon2
import pytest
from hypothesis import HealthCheck, settings

from chat.storage import passwords
from tests.harness import ServerUnderTest

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

DEAR_HASHER = passwords._hasher
passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # logging in is done a lot here


@pytest.fixture
def server() -> Iterator[ServerUnderTest]:
    """A server with the built-in defaults, on an empty data folder and a free port."""
    with ServerUnderTest() as running:
        yield running
