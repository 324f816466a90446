"""CSP 1.1 against a server: what is done about a group: invitations, another name, settings, bans taken back."""

from typing import Any

from tests.groups import answer, group_of
from tests.harness import ServerUnderTest, response, timeless

# --- INVT ----------------------------------------------------------------------------------------------------------


def test_an_invitation_opens_a_group_that_is_by_invitation_only(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    carol, wren = server.user("carol", 1.1), server.irc("wren", "invite-notify")
    server.user("dave")
    wren.ask("JOIN #study")
    server.member("alice").ask("MODE #study +i")
    for client in (alice, bob):
        client.sync()
    assert carol.ask("JOIN", chat_name="study")["response_code"] == "240"
    invited = {"username": "alice", "chat_name": "study", "invited_user": "carol"}
    text = "carol has been invited to the group"
    assert alice.ask("INVT", id=1, chat_name="study", invited_user="CAROL") == answer("182", text, id=1, **invited)
    assert timeless(bob.object()) == answer("182", text, **invited)
    assert wren.sync()[-1] == ":alice!alice@127.0.0.1 INVITE carol #study"
    assert timeless(carol.object()) == answer(
        "140",
        "(alice) invites you to the group study",
        "DC",
        username="alice",
        chat_name="",
        invited_to="study",
        recipient="carol",
    )
    assert carol.ask("JOIN", chat_name="study")["response_code"] == "180"


def test_an_invitation_reaches_a_1_0_user_as_before(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    bob.version = 1.0
    bob.sync()
    carol = server.user("carol")
    alice.ask("INVT", chat_name="study", invited_user="carol")
    private: dict[str, Any] = {"username": "alice", "recipient": "carol", "chat_name": ""}
    assert carol.sync() == [response("140", "(alice) invites you to the group study", "DC", **private)]
    assert bob.sync() == []


def test_invitations_that_cannot_be_made(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    carol = server.user("carol", 1.1)
    carol.ask("CHAT", chat_name="other")
    for who, group, nick, code, why in (
        (alice, "study", "nobody", "300", "parameters.invited_user: nobody is not here"),
        (alice, "none", "carol", "300", "There is no group none; CHAT makes one"),
        (alice, "study", "bob", "320", "bob is in the group study already"),
        (carol, "study", "alice", "320", "You are not in the group study"),
    ):
        assert who.ask("INVT", chat_name=group, invited_user=nick) == answer(code, why)
    server.member("alice").ask("MODE #study +i")
    bob.sync()
    assert bob.ask("INVT", chat_name="study", invited_user="carol") == answer(
        "320", "You are not the admin of this group"
    )


# --- RNAM ----------------------------------------------------------------------------------------------------------


def test_a_group_gets_another_name_and_stays_the_same(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    old, wren = server.user("carol"), server.irc("wren", "draft/channel-rename")
    old.ask("JOIN", chat_name="study")
    wren.ask("JOIN #study")
    (said,) = [alice.ask_all("MSSG", "before", chat_name="study")[-1]]
    for client in (bob, old, wren):
        client.sync()
    renamed = alice.ask("RNAM", "why not", id=1, chat_name="study", new_name="study group")
    names = {"username": "alice", "chat_name": "study", "new_name": "study group"}
    assert timeless(renamed) == answer("151", "why not", id=1, **names)
    assert [timeless(event) for event in bob.sync()] == [answer("151", "why not", **names)]
    assert old.sync() == [
        response("190", "carol has left the chat room", "", username="carol"),
        response("180", "carol has joined the group", username="carol", chat_name="study group"),
    ]
    assert wren.sync() == [":alice!alice@127.0.0.1 RENAME #study #study\u00a0group :why not"]
    assert bob.ask("HIST", chat_name="study group")["payload"][0]["payload"] == said["payload"]
    assert old.ask("MSSG", "x", chat_name="study group")["response_code"] == "140"
    alice.sync()
    assert alice.ask("MSSG", "x", chat_name="study") == answer("300", "There is no group study; CHAT makes one")


def test_names_that_a_group_cannot_get(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    bob.ask("CHAT", chat_name="other")
    assert alice.ask("RNAM", chat_name="study", new_name="Other") == answer(
        "320", "There is a group of that name already"
    )
    assert alice.ask("RNAM", chat_name="study", new_name="a,b")["response_code"] == "320"
    assert bob.ask("RNAM", chat_name="study", new_name="mine") == answer("320", "You are not the admin of this group")
    assert alice.ask("RNAM", chat_name="none", new_name="mine")["response_code"] == "300"


# --- SETT, UNBN ----------------------------------------------------------------------------------------------------

SETTINGS = {
    "key": "",
    "limit": 0,
    "invitation_only": False,
    "moderated": False,
    "secret": False,
    "topic_by_admins": True,
    "banned": [],
}


def test_settings_are_asked_for_and_changed(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    wren = server.irc("wren")
    wren.ask("JOIN #study")
    for client in (alice, bob):
        client.sync()
    where = {"username": "alice", "chat_name": "study"}
    assert alice.ask("SETT", id=1, chat_name="study") == answer("152", id=1, **where, settings=SETTINGS)
    wanted = {"key": "sesame", "limit": 5, "secret": True, "topic_by_admins": False}
    changed = alice.ask("SETT", chat_name="study", settings=wanted)
    assert changed == answer("152", **where, settings=SETTINGS | wanted)
    assert wren.sync() == [":alice!alice@127.0.0.1 MODE #study +kls-t sesame 5"]
    assert bob.sync() == []
    carol = server.user("carol", 1.1)
    assert carol.ask("LIST")["response_code"] == "240"
    assert carol.ask("JOIN", chat_name="study")["payload"] == "The group has a key; give it in parameters.key"
    off = {"key": "", "limit": 0, "secret": False, "topic_by_admins": True}
    assert alice.ask("SETT", chat_name="study", settings=off)["parameters"]["settings"] == SETTINGS
    assert wren.sync() == [":alice!alice@127.0.0.1 MODE #study -kls+t sesame"]
    assert alice.ask("SETT", chat_name="study", settings=off)["parameters"]["settings"] == SETTINGS
    assert wren.sync() == []


def test_settings_that_cannot_be_made(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    carol = server.user("carol", 1.1)
    carol.ask("CHAT", chat_name="other")
    not_admin = answer("320", "You are not the admin of this group")
    assert bob.ask("SETT", chat_name="study", settings={"secret": True}) == not_admin
    assert carol.ask("SETT", chat_name="study") == answer("320", "You are not in the group study")
    for settings in ({"key": "a b"}, {"key": "x" * 40}, {"limit": -1}, {"secret": "yes"}, {"key": 7}, []):
        refused = alice.ask("SETT", chat_name="study", settings=settings)
        assert refused["response_code"] == "300" and refused["payload"].startswith("parameters.settings"), refused
    assert alice.ask("SETT", chat_name="study")["parameters"]["settings"] == SETTINGS


def test_who_was_banned_may_come_back(server: ServerUnderTest) -> None:
    alice, bob = group_of(server, "alice", "bob")
    wren = server.irc("wren")
    wren.ask("JOIN #study")
    alice.sync()
    alice.ask_all("BANN", chat_name="study", banned_user="Bob")
    assert alice.ask("SETT", chat_name="study")["parameters"]["settings"]["banned"] == ["bob"]
    bob.sync()
    assert bob.ask("JOIN", chat_name="study")["response_code"] == "240"
    wren.sync()
    where = {"username": "alice", "chat_name": "study", "banned_user": "bob"}
    assert alice.ask("UNBN", id=1, chat_name="study", banned_user="bob") == answer(
        "193", "bob may come back", id=1, **where
    )
    assert wren.sync() == [":alice!alice@127.0.0.1 MODE #study -b ~a:bob"]
    assert bob.ask("JOIN", chat_name="study")["response_code"] == "180"
    alice.sync()
    gone = answer("300", "parameters.banned_user: bob is not banned")
    assert alice.ask("UNBN", chat_name="study", banned_user="bob") == gone
    not_admin = answer("320", "You are not the admin of this group")
    assert bob.ask("UNBN", chat_name="study", banned_user="alice") == not_admin
