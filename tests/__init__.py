"""The tests; see harness.py for how they talk to a server."""
