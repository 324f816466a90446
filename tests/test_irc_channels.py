"""JOIN PART TOPIC KICK INVITE of modern IRC: what they send, in which order, to whom, and every refusal."""

import pytest

from tests.harness import IrcClient, ServerUnderTest

WREN = ":wren!~wren@127.0.0.1"
ROOK = ":rook!~rook@127.0.0.1"
CHANNEL_RULE = "1 to 63 characters, without comma or control characters"


def on_lab(server: ServerUnderTest, *nicks: str) -> list[IrcClient]:
    """Clients that are all on #lab, the first as its operator."""
    clients = [server.irc(nick) for nick in nicks]
    for client in clients:
        client.ask("JOIN #lab")
    for client in clients:
        client.sync()
    return clients


# --- JOIN ----------------------------------------------------------------------------------------------------------


def test_who_creates_a_channel_becomes_its_operator_and_gets_no_topic(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    assert wren.ask("JOIN #Lab") == [
        f"{WREN} JOIN #Lab",
        ":parley.test 353 wren = #Lab :@wren",
        ":parley.test 366 wren #Lab :End of /NAMES list",
    ]
    created = int(server.channel("#lab").created_at)
    assert wren.ask("MODE #lab") == [":parley.test 324 wren #Lab +nt", f":parley.test 329 wren #Lab {created}"]


def test_a_join_shows_join_topic_and_names_in_this_order_and_the_stored_spelling(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    wren.ask("JOIN #Lab", "TOPIC #lab :tea at four")
    set_at = int(server.channel("#lab").topic.time)
    assert rook.ask("JOIN #LAB") == [
        f"{ROOK} JOIN #Lab",
        ":parley.test 332 rook #Lab :tea at four",
        f":parley.test 333 rook #Lab wren {set_at}",
        ":parley.test 353 rook = #Lab :@wren rook",
        ":parley.test 366 rook #Lab :End of /NAMES list",
    ]
    assert wren.sync() == [f"{ROOK} JOIN #Lab"]


def test_joining_where_one_is_already_is_silent(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    assert wren.ask("JOIN #LAB") == []


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("JOIN", "461 wren JOIN :Not enough parameters"),
        ("JOIN :", "461 wren JOIN :Not enough parameters"),
        ("JOIN lab", "403 wren lab :No such channel"),
        ("JOIN &lab", "403 wren &lab :No such channel"),
        ("JOIN #", f"476 wren # :Bad Channel Mask: {CHANNEL_RULE}"),
        ("JOIN #a\x07b", f"476 wren #a\x07b :Bad Channel Mask: {CHANNEL_RULE}"),
        ("JOIN :#a b", f"476 wren * :Bad Channel Mask: {CHANNEL_RULE}"),
        ("JOIN #" + "c" * 64, f"476 wren #{'c' * 64} :Bad Channel Mask: {CHANNEL_RULE}"),
    ],
)
def test_a_join_that_cannot_be_is_refused(server: ServerUnderTest, line: str, answer: str) -> None:
    assert server.irc("wren").ask(line) == [f":parley.test {answer}"]


def test_the_channels_of_a_list_are_joined_or_refused_each_by_itself(server: ServerUnderTest) -> None:
    answers = server.irc("wren").ask("JOIN #a,b,,#c")
    assert answers == [
        f"{WREN} JOIN #a",
        ":parley.test 353 wren = #a :@wren",
        ":parley.test 366 wren #a :End of /NAMES list",
        ":parley.test 403 wren b :No such channel",
        f"{WREN} JOIN #c",
        ":parley.test 353 wren = #c :@wren",
        ":parley.test 366 wren #c :End of /NAMES list",
    ]


def test_keys_belong_to_channels_by_their_places(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    for name, key in (("#a", "one"), ("#b", ""), ("#c", "three")):
        wren.ask(f"JOIN {name}", f"MODE {name} +k {key}" if key else "PONG")
    answers = rook.ask("JOIN #a,#a,#b,#c one,one,,three,surplus")
    assert [line for line in answers if " JOIN " in line] == [f"{ROOK} JOIN #a", f"{ROOK} JOIN #b", f"{ROOK} JOIN #c"]
    rook.ask("JOIN 0")
    refused = rook.ask("JOIN #a,#c three,one")
    assert refused == [
        ":parley.test 475 rook #a :Cannot join channel (+k)",
        ":parley.test 475 rook #c :Cannot join channel (+k)",
    ]


def test_a_key_given_for_a_new_channel_does_not_become_its_key(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren"), server.irc("rook")
    wren.ask("JOIN #lab tea")
    assert rook.ask("JOIN #lab")[0] == f"{ROOK} JOIN #lab"


def test_join_0_leaves_every_channel(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    rook.ask("JOIN #den")
    assert rook.ask("JOIN 0") == [f"{ROOK} PART #lab", f"{ROOK} PART #den"]
    assert wren.sync() == [f"{ROOK} PART #lab"]
    assert server.network.find_channel("#den") is None


# --- PART ----------------------------------------------------------------------------------------------------------


def test_a_part_is_told_with_its_reason_to_all(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    rook.ask("JOIN #den")
    assert rook.ask("PART #LAB,#den :time for bed") == [
        f"{ROOK} PART #lab :time for bed",
        f"{ROOK} PART #den :time for bed",
    ]
    assert wren.sync() == [f"{ROOK} PART #lab :time for bed"]
    assert wren.ask("PART #lab") == [f"{WREN} PART #lab"]


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("PART", ["461 rook PART :Not enough parameters"]),
        ("PART #none", ["403 rook #none :No such channel"]),
        ("PART #lab", ["442 rook #lab :You're not on that channel"]),
        ("PART ,,", ["461 rook PART :Not enough parameters"]),
        ("PART #none,#lab", ["403 rook #none :No such channel", "442 rook #lab :You're not on that channel"]),
    ],
)
def test_a_part_of_where_one_is_not_is_refused(server: ServerUnderTest, line: str, answers: list[str]) -> None:
    on_lab(server, "wren")
    assert server.irc("rook").ask(line) == [f":parley.test {answer}" for answer in answers]


def test_a_channel_is_gone_with_its_last_member(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    wren.ask("TOPIC #lab :old", "PART #lab")
    assert wren.ask("MODE #lab") == [":parley.test 403 wren #lab :No such channel"]
    assert wren.ask("JOIN #lab")[1] == ":parley.test 353 wren = #lab :@wren"


# --- TOPIC ---------------------------------------------------------------------------------------------------------


def test_a_topic_is_asked_for_set_and_cleared(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    assert rook.ask("TOPIC #LAB") == [":parley.test 331 rook #lab :No topic is set"]
    assert wren.ask("TOPIC #LAB :tea") == [f"{WREN} TOPIC #lab :tea"]
    set_at = int(server.channel("#lab").topic.time)
    assert rook.ask("TOPIC #lab") == [
        f"{WREN} TOPIC #lab :tea",
        ":parley.test 332 rook #lab :tea",
        f":parley.test 333 rook #lab wren {set_at}",
    ]
    assert wren.ask("TOPIC #lab :", "TOPIC #lab") == [
        f"{WREN} TOPIC #lab :",
        ":parley.test 331 wren #lab :No topic is set",
    ]


def test_an_outsider_may_ask_for_the_topic_unless_the_channel_is_secret(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    kite = server.irc("kite")
    assert kite.ask("TOPIC #lab") == [":parley.test 331 kite #lab :No topic is set"]
    wren.ask("MODE #lab +s")
    assert kite.ask("TOPIC #lab") == [":parley.test 442 kite #lab :You're not on that channel"]


@pytest.mark.parametrize(
    ("nick", "line", "answer"),
    [
        ("rook", "TOPIC", "461 rook TOPIC :Not enough parameters"),
        ("rook", "TOPIC #none :x", "403 rook #none :No such channel"),
        ("kite", "TOPIC #lab :x", "442 kite #lab :You're not on that channel"),
        ("rook", "TOPIC #lab :x", "482 rook #lab :You're not channel operator"),
    ],
)
def test_setting_a_topic_is_refused(server: ServerUnderTest, nick: str, line: str, answer: str) -> None:
    _, rook = on_lab(server, "wren", "rook")
    asking = rook if nick == "rook" else server.irc(nick)
    assert asking.ask(line) == [f":parley.test {answer}"]


def test_without_t_every_member_and_only_members_set_the_topic(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    wren.ask("MODE #lab -t")
    assert rook.ask("TOPIC #lab :mine")[-1] == f"{ROOK} TOPIC #lab :mine"
    assert server.irc("kite").ask("TOPIC #lab :x") == [":parley.test 442 kite #lab :You're not on that channel"]


# --- KICK ----------------------------------------------------------------------------------------------------------


def test_a_kick_is_told_to_all_with_one_line_for_each(server: ServerUnderTest) -> None:
    wren, rook, kite = on_lab(server, "wren", "rook", "kite")
    lines = [f"{WREN} KICK #lab rook :too loud", f"{WREN} KICK #lab kite :too loud"]
    assert wren.ask("KICK #LAB ROOK,kite :too loud") == lines
    assert rook.sync() == lines[:1]
    assert kite.sync() == lines
    assert rook.ask("PART #lab") == [":parley.test 442 rook #lab :You're not on that channel"]
    assert rook.ask("JOIN #lab")[0] == f"{ROOK} JOIN #lab"


@pytest.mark.parametrize("line", ["KICK #lab rook", "KICK #lab rook :"])
def test_without_a_reason_the_nick_of_the_kicker_stands_there(server: ServerUnderTest, line: str) -> None:
    wren, _ = on_lab(server, "wren", "rook")
    assert wren.ask(line) == [f"{WREN} KICK #lab rook :wren"]


@pytest.mark.parametrize(
    ("nick", "line", "answer"),
    [
        ("wren", "KICK #lab", "461 wren KICK :Not enough parameters"),
        ("wren", "KICK #none rook", "403 wren #none :No such channel"),
        ("kite", "KICK #lab wren", "442 kite #lab :You're not on that channel"),
        ("kite", "KICK #lab nobody", "442 kite #lab :You're not on that channel"),
        ("rook", "KICK #lab wren", "482 rook #lab :You're not channel operator"),
        ("wren", "KICK #lab kite", "441 wren kite #lab :They aren't on that channel"),
        ("wren", "KICK #lab nobody", "401 wren nobody :No such nick/channel"),
    ],
)
def test_a_kick_is_refused(server: ServerUnderTest, nick: str, line: str, answer: str) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    clients = {"wren": wren, "rook": rook, "kite": server.irc("kite")}
    assert clients[nick].ask(line) == [f":parley.test {answer}"]


def test_of_several_targets_those_that_can_be_kicked_are(server: ServerUnderTest) -> None:
    wren, _ = on_lab(server, "wren", "rook")
    assert wren.ask("KICK #lab nobody,rook") == [
        ":parley.test 401 wren nobody :No such nick/channel",
        f"{WREN} KICK #lab rook :wren",
    ]


# --- INVITE --------------------------------------------------------------------------------------------------------


def test_an_invitation_is_confirmed_and_delivered_and_nobody_else_is_told(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    kite = server.irc("kite")
    assert wren.ask("INVITE KITE #LAB") == [":parley.test 341 wren kite #lab"]
    assert kite.sync() == [f"{WREN} INVITE kite #lab"]
    assert rook.sync() == []


def test_who_invites_somebody_away_is_told(server: ServerUnderTest) -> None:
    (wren,) = on_lab(server, "wren")
    server.irc("kite").ask("AWAY :out for tea")
    assert wren.ask("INVITE kite #lab") == [
        ":parley.test 341 wren kite #lab",
        ":parley.test 301 wren kite :out for tea",
    ]


@pytest.mark.parametrize(
    ("nick", "line", "answer"),
    [
        ("wren", "INVITE kite", "461 wren INVITE :Not enough parameters"),
        ("wren", "INVITE nobody #lab", "401 wren nobody :No such nick/channel"),
        ("wren", "INVITE kite #none", "403 wren #none :No such channel"),
        ("kite", "INVITE rook #lab", "442 kite #lab :You're not on that channel"),
        ("rook", "INVITE kite #lab", "482 rook #lab :You're not channel operator"),
        ("wren", "INVITE rook #lab", "443 wren rook #lab :is already on channel"),
    ],
)
def test_an_invitation_is_refused(server: ServerUnderTest, nick: str, line: str, answer: str) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    wren.ask("MODE #lab +i")
    rook.sync()
    clients = {"wren": wren, "rook": rook, "kite": server.irc("kite")}
    assert clients[nick].ask(line) == [f":parley.test {answer}"]


def test_without_i_every_member_invites(server: ServerUnderTest) -> None:
    _, rook = on_lab(server, "wren", "rook")
    kite = server.irc("kite")
    assert rook.ask("INVITE kite #lab") == [":parley.test 341 rook kite #lab"]
    assert kite.sync() == [f"{ROOK} INVITE kite #lab"]


def test_ones_invitations_are_listed_until_used_or_void(server: ServerUnderTest) -> None:
    wren, rook = on_lab(server, "wren", "rook")
    kite = server.irc("kite")
    rook.ask("JOIN #den", "INVITE kite #den")
    wren.ask("INVITE kite #lab")
    end = ":parley.test 337 kite :End of /INVITE list"
    kite.sync()
    assert kite.ask("INVITE") == [":parley.test 336 kite #den", ":parley.test 336 kite #lab", end]
    kite.ask("JOIN #lab")
    assert kite.ask("INVITE") == [":parley.test 336 kite #den", end]
    rook.ask("PART #den")
    assert kite.ask("INVITE") == [end]
