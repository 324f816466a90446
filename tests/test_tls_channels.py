"""Channels for TLS only (+z) and the further connections of those who are in them."""

from tests.harness import IrcClient, JsonClient, ServerUnderTest
from tests.scram import plain


def secure_member(server: ServerUnderTest, *lines: str) -> IrcClient:
    """Wren, logged in by TLS as it seems, in #lab."""
    server.add_account("wren")
    wren = server.member("wren")
    with server.network.lock:
        user = server.network.find_user("wren")
        assert user is not None
        user.sessions[0].is_secure = True
    wren.ask("JOIN #lab", *lines)
    return wren


def plain_login(server: ServerUnderTest, *capabilities: str) -> list[str]:
    """The lines of a login in plain text, until it is closed."""
    client = server.connect()
    client.send("CAP LS 302", f"CAP REQ :sasl {' '.join(capabilities)}", "AUTHENTICATE PLAIN")
    client.send(f"AUTHENTICATE {plain('wren')}", "NICK wren2", "USER wren 0 * :Wren", "CAP END")
    return client.lines_until_closed()


def test_a_connection_in_plain_text_does_not_join_a_user_who_is_in_one(server: ServerUnderTest) -> None:
    wren = secure_member(server, "MODE #lab +z")
    assert plain_login(server, "standard-replies")[-2:] == [
        ":parley.test FAIL * TLS_REQUIRED :Your account is in channels that need TLS (+z), so connect by TLS",
        "ERROR :Closing Link: 127.0.0.1 (Connect by TLS)",
    ]
    assert plain_login(server)[-1] == "ERROR :Closing Link: 127.0.0.1 (Connect by TLS)"
    assert wren.sync() == []
    with server.network.lock:
        user = server.network.find_user("wren")
        assert user is not None and len(user.sessions) == 1
    assert "wren2" not in server.network.reserved_nicks


def test_nor_does_one_in_json_which_may_come_back_later(server: ServerUnderTest) -> None:
    wren = secure_member(server, "MODE #lab +z")
    alice: JsonClient = server.json()
    alice.name = "wren"
    refused = alice.ask("AUTH", password="secret")
    assert refused["response_code"] == "200"
    assert refused["payload"] == "Your account is in groups that need TLS, so connect by TLS"
    wren.ask("MODE #lab -z")
    assert alice.ask_all("AUTH", password="secret")[0]["response_code"] == "110"


def test_who_has_a_plain_connection_already_may_have_more(server: ServerUnderTest) -> None:
    wren = secure_member(server)
    server.member("wren")
    wren.ask("MODE #lab +z")
    assert any(" 001 " in line for line in server.member("wren").welcome)
