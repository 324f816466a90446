"""What tests of CSP 1.1 share: its responses, and a group with its members. Must not: hold a test."""

from typing import Any

from tests.harness import JsonClient, ServerUnderTest, response


def answer(code: str, payload: Any = "", channel: str = "CC", id: Any = None, **parameters: Any) -> dict[str, Any]:
    """A response of version 1.1."""
    return response(code, payload, channel, 1.1, id, **parameters)


def group_of(server: ServerUnderTest, *names: str) -> list[JsonClient]:
    """Clients of 1.1 that are all in the group `study`; the first is its admin."""
    clients = [server.user(name, 1.1) for name in names]
    clients[0].ask("CHAT", chat_name="study")
    for client in clients[1:]:
        client.ask("JOIN", chat_name="study")
    for client in clients:
        client.sync()
    return clients
