"""What all tests share: a server, and property tests without a deadline, for the machine may be busy."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.harness import ServerUnderTest

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture
def server() -> Iterator[ServerUnderTest]:
    """A server with the built-in defaults, on an empty data folder and a free port."""
    with ServerUnderTest() as running:
        yield running
