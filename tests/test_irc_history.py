"""CHATHISTORY over the wire: who may read what, in which form, and what is wrong with a request."""

import re
from collections.abc import Iterator

import pytest

from tests.harness import IrcClient, ServerUnderTest, bare, tags_of

CAPABILITIES = ("draft/chathistory", "batch", "server-time", "message-tags", "echo-message")
ALL_TIME = "timestamp=1970-01-01T00:00:00.000Z timestamp=2262-01-01T00:00:00.000Z"


def reader(server: ServerUnderTest, nick: str, *more: str) -> IrcClient:
    """A client that can ask for history."""
    return server.irc(nick, *CAPABILITIES, *more)


def history(client: IrcClient, *asked: str) -> list[str]:
    """The lines of the one batch that a request gives, without BATCH and tags."""
    lines = client.ask(*asked)
    assert " BATCH +" in lines[0] and " BATCH -" in lines[-1], lines
    reference = re.search(r"BATCH \+(\S+)", lines[0])
    assert reference is not None
    assert all(tags_of(line)["batch"] == reference[1] for line in lines[1:-1])
    return bare(lines[1:-1])


def texts(client: IrcClient, *asked: str) -> list[str]:
    """The texts of the messages that a request gives."""
    return [line.rpartition(" :")[2] for line in history(client, *asked)]


@pytest.fixture
def wren(server: ServerUnderTest) -> Iterator[IrcClient]:
    """A member of #study, where rook said one to five."""
    client = reader(server, "wren")
    client.ask("JOIN #study")
    rook = server.irc("rook", *CAPABILITIES)
    rook.ask("JOIN #study", *(f"PRIVMSG #study :{text}" for text in ("one", "two", "three", "four", "five")))
    yield client


def echoes(client: IrcClient) -> list[str]:
    """The messages that have come, with their tags."""
    return [line for line in client.sync() if " PRIVMSG " in line]


# --- forms ---------------------------------------------------------------------------------------------------------


def test_what_was_said_comes_as_one_batch_with_its_own_times_and_ids(wren: IrcClient) -> None:
    said = echoes(wren)
    lines = wren.ask("CHATHISTORY LATEST #STUDY * 10")
    assert bare(lines)[0].split(" ")[1:3] == ["BATCH", lines[0].split(" BATCH ")[1].split(" ")[0]]
    assert lines[0].endswith(" chathistory #study")
    assert bare(lines[1:-1]) == bare(said)
    for line, before in zip(lines[1:-1], said, strict=True):
        tags, old = tags_of(line), tags_of(before)
        assert (tags["time"], tags["msgid"]) == (old["time"], old["msgid"])


def test_a_label_is_on_the_start_of_the_batch(server: ServerUnderTest, wren: IrcClient) -> None:
    other = reader(server, "crow", "labeled-response")
    other.ask("JOIN #study")
    lines = other.ask("@label=x CHATHISTORY LATEST #study * 2")
    assert tags_of(lines[0])["label"] == "x"
    assert [("label" in tags_of(line)) for line in lines] == [True, False, False, False]
    assert bare(lines)[-1].endswith(lines[0].split("+")[1].split(" ")[0])
    lines = other.ask("@label=y CHATHISTORY LATEST #nowhere * 2")
    assert [tags_of(line).get("label") for line in lines] == ["y"]


def test_nothing_there_is_an_empty_batch(server: ServerUnderTest) -> None:
    client = reader(server, "wren")
    client.ask("JOIN #empty")
    assert history(client, "CHATHISTORY LATEST #empty * 10") == []
    assert history(client, "CHATHISTORY BEFORE #empty timestamp=1990-01-01T00:00:00.000Z 10") == []


def test_without_batch_the_lines_come_bare(server: ServerUnderTest, wren: IrcClient) -> None:
    client = server.irc("crow", "draft/chathistory")
    client.ask("JOIN #study")
    assert client.ask("CHATHISTORY LATEST #study * 2") == [
        ":rook!~rook@127.0.0.1 PRIVMSG #study :four",
        ":rook!~rook@127.0.0.1 PRIVMSG #study :five",
    ]


def test_client_tags_notices_and_ones_own_messages_are_there(server: ServerUnderTest) -> None:
    client = reader(server, "wren")
    client.ask("JOIN #study", "@+reply=m1 PRIVMSG #study :with a tag", "NOTICE #study :noticed")
    lines = client.ask("CHATHISTORY LATEST #study * 10")[1:-1]
    assert bare(lines) == [
        ":wren!~wren@127.0.0.1 PRIVMSG #study :with a tag",
        ":wren!~wren@127.0.0.1 NOTICE #study :noticed",
    ]
    assert tags_of(lines[0])["+reply"] == "m1"


def test_what_lab_and_json_members_said_is_there(server: ServerUnderTest) -> None:
    client = reader(server, "wren")
    client.ask("JOIN #study")
    alice = server.user("alice", 1.1)
    alice.request("JOIN", chat_name="study")
    alice.sync()
    alice.ask_all("MSSG", "x" * 600, chat_name="study")
    server.lab("rook").ask("JOIN #study", "PRIVMSG #study :from the lab")
    client.sync()
    found = texts(client, "CHATHISTORY LATEST #study * 10")
    assert "".join(found[:-1]) == "x" * 600
    assert found[-1] == "from the lab"


def test_server_modes_and_accounts_are_as_they_were(server: ServerUnderTest) -> None:
    server.add_account("alice")
    alice = server.member("alice", *CAPABILITIES, "account-tag")
    alice.ask("MODE alice +B", "JOIN #study", "PRIVMSG #study :hi")
    tags = tags_of(alice.ask("CHATHISTORY LATEST #study * 1")[1])
    assert tags["account"] == "alice" and tags["bot"] == ""


# --- selections ----------------------------------------------------------------------------------------------------


def test_each_subcommand_gives_its_part(wren: IrcClient) -> None:
    ids = [tags_of(line)["msgid"] for line in echoes(wren)]
    times = f"timestamp={tags_of(wren.ask('CHATHISTORY LATEST #study * 1')[1])['time']}"
    one, three, five = (f"msgid={ids[place]}" for place in (0, 2, 4))
    assert texts(wren, "CHATHISTORY LATEST #study * 2") == ["four", "five"]
    assert texts(wren, f"CHATHISTORY LATEST #study {three} 9") == ["four", "five"]
    assert texts(wren, f"CHATHISTORY LATEST #study {one} 2") == ["four", "five"]
    assert texts(wren, f"CHATHISTORY BEFORE #study {three} 1") == ["two"]
    assert texts(wren, f"CHATHISTORY AFTER #study {three} 1") == ["four"]
    assert texts(wren, f"CHATHISTORY AROUND #study {three} 1") == ["three"]
    assert texts(wren, f"CHATHISTORY AROUND #study {three} 3") == ["two", "three", "four"]
    assert texts(wren, f"CHATHISTORY BETWEEN #study {one} {five} 2") == ["two", "three"]
    assert texts(wren, f"CHATHISTORY BETWEEN #study {five} {one} 2") == ["three", "four"]
    assert texts(wren, f"CHATHISTORY BETWEEN #study {one} {one} 2") == []
    assert texts(wren, f"CHATHISTORY AFTER #study {times} 9") == []
    assert "five" in texts(wren, f"CHATHISTORY AROUND #study {times} 9")
    assert texts(wren, "chathistory latest #study * 1") == ["five"]


def test_a_limit_beyond_the_greatest_is_the_greatest(wren: IrcClient) -> None:
    wren.sync()
    assert len(texts(wren, "CHATHISTORY LATEST #study * 99999999999999999999")) == 5
    tokens = " ".join(line for line in wren.welcome if " 005 " in line).split(" ")
    assert {"CHATHISTORY=1000", "MSGREFTYPES=msgid,timestamp"} <= set(tokens)


# --- what is wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("LATEST #study", "INVALID_PARAMS LATEST :Insufficient parameters"),
        ("LATEST #study *", "INVALID_PARAMS LATEST :Insufficient parameters"),
        ("BETWEEN #study msgid=a 5", "INVALID_PARAMS BETWEEN :Insufficient parameters"),
        ("TARGETS timestamp=2020-01-01T00:00:00.000Z 5", "INVALID_PARAMS TARGETS :Insufficient parameters"),
        ("NEWEST #study * 5", "INVALID_PARAMS NEWEST :There is no such subcommand"),
        ("LATEST #study * 0", "INVALID_PARAMS LATEST 0 :Invalid parameter: a limit is a positive number"),
        ("LATEST #study * -3", "INVALID_PARAMS LATEST -3 :Invalid parameter: a limit is a positive number"),
        ("LATEST #study * many", "INVALID_PARAMS LATEST many :Invalid parameter: a limit is a positive number"),
        (
            "BEFORE #study timestamp=yesterday 5",
            "INVALID_PARAMS BEFORE timestamp=yesterday :Invalid parameter: give timestamp=YYYY-MM-DDThh:mm:ss.sssZ",
        ),
        (
            "BEFORE #study timestamp=2020-13-01T00:00:00.000Z 5",
            "INVALID_PARAMS BEFORE timestamp=2020-13-01T00:00:00.000Z "
            ":Invalid parameter: give timestamp=YYYY-MM-DDThh:mm:ss.sssZ",
        ),
        ("BEFORE #study * 5", "INVALID_MSGREFTYPE BEFORE #study * :Use timestamp= or msgid="),
        ("BEFORE #study msgid= 5", "INVALID_MSGREFTYPE BEFORE #study msgid= :Use timestamp= or msgid="),
        ("BEFORE #study line=3 5", "INVALID_MSGREFTYPE BEFORE #study line=3 :Use timestamp= or msgid="),
        ("BEFORE #study msgid=none 5", "MESSAGE_ERROR BEFORE #study :There is no message none there"),
        ("LATEST #nowhere * 5", "INVALID_TARGET LATEST #nowhere :Messages could not be retrieved"),
        ("LATEST nobody * 5", "INVALID_TARGET LATEST nobody :Messages could not be retrieved"),
        ("LATEST #other * 5", "INVALID_TARGET LATEST #other :Messages could not be retrieved"),
        (
            "TARGETS msgid=a msgid=b 5",
            "INVALID_PARAMS TARGETS msgid=a :Invalid parameter: give timestamp=YYYY-MM-DDThh:mm:ss.sssZ",
        ),
    ],
)
def test_a_mistake_is_told(server: ServerUnderTest, asked: str, answer: str) -> None:
    server.irc("rook").ask("JOIN #other")
    client = server.irc("wren", "draft/chathistory", "standard-replies", "batch")
    client.ask("JOIN #study")
    assert client.ask(f"CHATHISTORY {asked}") == [f":parley.test FAIL CHATHISTORY {answer}"]


def test_without_the_capability_there_is_no_such_command(server: ServerUnderTest) -> None:
    assert server.irc("wren").ask("CHATHISTORY LATEST #c * 1") == [":parley.test 421 wren CHATHISTORY :Unknown command"]
    assert server.irc("rook", "draft/chathistory").ask("CHATHISTORY") == [
        ":parley.test 461 rook CHATHISTORY :Not enough parameters"
    ]


# --- who may read --------------------------------------------------------------------------------------------------


def test_a_channel_is_read_by_its_members_only(server: ServerUnderTest, wren: IrcClient) -> None:
    outsider = reader(server, "crow", "standard-replies")
    refusal = [":parley.test FAIL CHATHISTORY INVALID_TARGET LATEST #study :Messages could not be retrieved"]
    assert bare(outsider.ask("CHATHISTORY LATEST #study * 5")) == refusal
    outsider.ask("JOIN #study")
    assert len(history(outsider, "CHATHISTORY LATEST #study * 5")) == 5
    assert bare(outsider.ask("PART #study", "CHATHISTORY LATEST #study * 5"))[-1:] == refusal


def test_a_talk_covers_both_directions(server: ServerUnderTest) -> None:
    wren, rook = reader(server, "wren"), reader(server, "rook")
    wren.ask("PRIVMSG rook :hello")
    rook.ask("PRIVMSG wren :hello yourself")
    wren.ask("NOTICE ROOK :bye")
    wren.sync()
    rook.sync()
    expected = [
        ":wren!~wren@127.0.0.1 PRIVMSG rook :hello",
        ":rook!~rook@127.0.0.1 PRIVMSG wren :hello yourself",
        ":wren!~wren@127.0.0.1 NOTICE rook :bye",
    ]
    assert history(wren, "CHATHISTORY LATEST ROOK * 5") == expected
    assert history(rook, "CHATHISTORY LATEST wren * 5") == expected
    assert wren.ask("CHATHISTORY LATEST ROOK * 5")[0].endswith(" chathistory rook")


def test_who_takes_a_nick_does_not_get_its_talks(server: ServerUnderTest) -> None:
    wren, rook = reader(server, "wren"), reader(server, "rook")
    rook.ask("PRIVMSG wren :a secret")
    wren.ask("NICK crow")
    thief = reader(server, "wren")
    assert history(thief, "CHATHISTORY LATEST rook * 5") == []
    assert history(rook, "CHATHISTORY LATEST wren * 5") == []
    assert texts(rook, "CHATHISTORY LATEST crow * 5") == ["a secret"]
    assert texts(wren, "CHATHISTORY LATEST rook * 5") == ["a secret"]
    wren.send("QUIT")
    wren.lines_until_closed()
    assert history(reader(server, "crow"), "CHATHISTORY LATEST rook * 5") == []


def test_an_accounts_talks_are_there_under_any_nick_and_while_it_is_away(server: ServerUnderTest) -> None:
    server.add_account("alice")
    server.add_account("bob")
    alice, bob = server.member("alice", *CAPABILITIES, nick="al"), server.member("bob", *CAPABILITIES)
    alice.ask("PRIVMSG bob :from al")
    alice.send("QUIT")
    alice.lines_until_closed()
    bob.sync()
    assert texts(bob, "CHATHISTORY LATEST alice * 5") == ["from al"]
    again = server.member("alice", *CAPABILITIES)
    assert texts(again, "CHATHISTORY LATEST bob * 5") == ["from al"]


def test_messages_to_a_rank_or_to_everybody_are_not_kept(server: ServerUnderTest) -> None:
    wren = reader(server, "wren")
    wren.ask("JOIN #study", "PRIVMSG @#study :for operators")
    assert history(wren, "CHATHISTORY LATEST #study * 5") == []


def test_with_mode_h_members_see_what_was_said_since_they_joined(server: ServerUnderTest) -> None:
    wren = reader(server, "wren")
    wren.ask("JOIN #study", "MODE #study +H", "PRIVMSG #study :before")
    while not texts(wren, "CHATHISTORY LATEST #study * 50"):
        wren.ask("PRIVMSG #study :before")
    rook = reader(server, "rook")
    rook.ask("JOIN #study")
    while not texts(rook, "CHATHISTORY LATEST #study * 50"):  # in the millisecond of the JOIN nothing is shown yet
        wren.ask("PRIVMSG #study :after")
        rook.sync()
    assert set(texts(rook, "CHATHISTORY LATEST #study * 50")) == {"after"}
    wren.sync()
    assert texts(wren, "CHATHISTORY LATEST #study * 50")[0] == "before"


# --- events --------------------------------------------------------------------------------------------------------


def test_with_event_playback_one_sees_who_came_and_went(server: ServerUnderTest) -> None:
    wren = reader(server, "wren", "draft/event-playback")
    plain = reader(server, "crow")
    rook = server.irc("rook", "message-tags")
    wren.ask("JOIN #study", "MODE #study -t")
    rook.ask("JOIN #study", "TOPIC #study :hay", "@+reply=m TAGMSG #study", "@+typing=active TAGMSG #study")
    rook.ask("NICK raven", "PART #study :later", "JOIN #study")
    wren.ask("KICK #study raven :out")
    rook.ask("JOIN #study")
    rook.send("QUIT :bye")
    rook.lines_until_closed()
    plain.ask("JOIN #study")
    wren.sync()
    shown = history(wren, "CHATHISTORY LATEST #study * 50")
    assert shown == [
        ":wren!~wren@127.0.0.1 JOIN #study",
        ":wren!~wren@127.0.0.1 MODE #study -t",
        ":rook!~rook@127.0.0.1 JOIN #study",
        ":rook!~rook@127.0.0.1 TOPIC #study :hay",
        ":rook!~rook@127.0.0.1 TAGMSG #study",
        ":rook!~rook@127.0.0.1 NICK raven",
        ":raven!~rook@127.0.0.1 PART #study :later",
        ":raven!~rook@127.0.0.1 JOIN #study",
        ":wren!~wren@127.0.0.1 KICK #study raven :out",
        ":raven!~rook@127.0.0.1 JOIN #study",
        ":raven!~rook@127.0.0.1 QUIT :Quit: bye",
        ":crow!~crow@127.0.0.1 JOIN #study",
    ]
    assert history(plain, "CHATHISTORY LATEST #study * 50") == []


# --- targets -------------------------------------------------------------------------------------------------------


def targets(client: IrcClient, asked: str) -> list[str]:
    lines = client.ask(f"CHATHISTORY TARGETS {asked}")
    assert lines[0].endswith(" draft/chathistory-targets") and " BATCH -" in lines[-1]
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    found = [re.fullmatch(rf":parley\.test CHATHISTORY TARGETS (\S+) {moment}", line) for line in bare(lines[1:-1])]
    return [match[1] for match in found if match is not None]


def test_targets_are_what_one_may_read_ordered_by_their_newest_message(server: ServerUnderTest) -> None:
    wren, rook = reader(server, "wren"), reader(server, "rook")
    rook.ask("JOIN #study,#other", "PRIVMSG #other :unseen")
    wren.ask("JOIN #study,#quiet", "PRIVMSG #study :1")
    moment = tags_of(wren.ask("CHATHISTORY LATEST #study * 1")[1])["time"]
    while tags_of(wren.ask("PRIVMSG rook :2", "PING x")[-1])["time"] <= moment:
        pass
    assert targets(wren, f"{ALL_TIME} 5") == ["#study", "rook"]
    rook.sync()
    assert targets(rook, f"{ALL_TIME} 5") == ["#other", "#study", "wren"]
    earlier, later = ALL_TIME.split(" ")
    assert targets(wren, f"{earlier} {later} 1") == ["#study"]
    assert targets(wren, f"{later} {earlier} 1") == ["rook"]
    assert targets(wren, f"{later} {later} 5") == []


# --- joining -------------------------------------------------------------------------------------------------------


def test_playback_on_joining_is_for_who_cannot_ask() -> None:
    with ServerUnderTest("[history]\nplayback = 2\n") as server:
        rook = server.irc("rook")
        rook.ask("JOIN #study", "PRIVMSG #study :1", "PRIVMSG #study :2", "PRIVMSG #study :3")
        lines = server.irc("wren").ask("JOIN #study")
        assert lines[-3:] == [
            ":parley.test 366 wren #study :End of /NAMES list",
            ":rook!~rook@127.0.0.1 PRIVMSG #study :2",
            ":rook!~rook@127.0.0.1 PRIVMSG #study :3",
        ]
        lines = server.irc("crow", "batch").ask("JOIN #study")
        assert lines[-4].endswith(" chathistory #study") and " BATCH -" in lines[-1]
        assert " 366 " in reader(server, "jay").ask("JOIN #study")[-1]
        assert "PRIVMSG" not in "".join(server.lab("owl").ask("JOIN #study"))


def test_no_history_is_neither_offered_nor_kept() -> None:
    with ServerUnderTest("[history]\nmessages = 0\n") as server:
        client = server.connect()
        client.send("CAP LS 302")
        assert "chathistory" not in client.line()
        alice = server.user("alice", 1.1)
        alice.ask("CHAT", chat_name="study")
        alice.ask_all("MSSG", "hello", chat_name="study")
        assert alice.ask("HIST", chat_name="study")["payload"] == []
        assert "CHATHISTORY" not in "".join(server.irc("wren").welcome)


def test_a_message_of_several_lines_is_one_message_in_a_batch_of_its_own(server: ServerUnderTest) -> None:
    wren = reader(server, "wren", "draft/multiline", "labeled-response")
    wren.ask("JOIN #study", "BATCH +1 draft/multiline #study", "@batch=1 PRIVMSG #study :one")
    wren.ask("@batch=1 PRIVMSG #study :two", "BATCH -1")
    lines = wren.ask("@label=h CHATHISTORY LATEST #study * 5")
    outer, inner = (re.search(r"BATCH \+(\S+) ", lines[place])[1] for place in (0, 1))  # type: ignore[index]
    assert [tags_of(line).get("batch") for line in lines] == [None, outer, inner, inner, outer, None]
    assert [line.rpartition(" :")[2] for line in lines[2:4]] == ["one", "two"]
    plain = reader(server, "rook")
    plain.ask("JOIN #study")
    assert texts(plain, "CHATHISTORY LATEST #study * 5") == ["one", "two"]
