"""Lab IRC, the networking-course subset: how it is recognised, its messages, and its numerics to the letter."""

import pytest

from tests.harness import LabClient, ServerUnderTest, response


def room(server: ServerUnderTest, *nicks: str) -> list[LabClient]:
    """Lab clients that are all on #room."""
    clients = [server.lab(nick) for nick in nicks]
    for client in clients:
        client.ask("JOIN #room")
    return clients


# --- recognition ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["parley.test", "PARLEY.Test"])
def test_a_first_line_user_that_names_this_server_is_lab(server: ServerUnderTest, name: str) -> None:
    client = server.connect()
    client.send(f"USER rook pc1 {name} :A Student")
    assert client.line() == ":parley.test 001 :Welcome to the Internet Relay Network rook!rook@pc1"


@pytest.mark.parametrize(
    "lines",
    [
        ["USER rook pc1 other.test :A Student", "NICK rook"],
        ["USER rook 0 * :A Student", "NICK rook"],
        ["NICK rook", "USER rook pc1 parley.test :A Student"],
        ["PASS secret", "USER rook pc1 parley.test :A Student", "NICK rook"],
        ["CAP LIST", "USER rook pc1 parley.test :A Student", "NICK rook"],
        ["AUTHENTICATE PLAIN", "USER rook pc1 parley.test :A Student", "NICK rook"],
        ["PING before", "USER rook pc1 parley.test :A Student", "NICK rook"],
        ["USER rook pc1 parley.test a student", "NICK rook"],
    ],
    ids=lambda lines: " ".join(lines[0].split()[:4]),
)
def test_everybody_else_is_modern(server: ServerUnderTest, lines: list[str]) -> None:
    client = server.connect()
    client.send(*lines)
    welcome = client.lines_until(lambda line: " 422 " in line)
    assert ":parley.test 001 rook :Welcome to the Parley Network, rook!~rook@127.0.0.1" in welcome


def test_lines_may_come_in_pieces_and_end_in_a_bare_newline(server: ServerUnderTest) -> None:
    client = server.connect()
    for piece in (b"\n\nUSER rook pc1 par", b"ley.test :A Student", b"\nNAMES #-none", b"\nTOPIC #x\r\n"):
        client.send_bytes(piece)
    assert [client.line() for _ in range(3)] == [
        ":parley.test 001 :Welcome to the Internet Relay Network rook!rook@pc1",
        ":parley.test 403 #-none :No such channel",
        ":parley.test 403 #x :No such channel",
    ]


def test_a_host_that_would_break_a_source_is_replaced_by_the_address(server: ServerUnderTest) -> None:
    assert server.lab("rook", "a!b@c").welcome == [
        ":parley.test 001 :Welcome to the Internet Relay Network rook!rook@127.0.0.1"
    ]


# --- nicks ---------------------------------------------------------------------------------------------------------


def test_a_nick_in_use_is_a_collision_and_another_one_may_be_tried(server: ServerUnderTest) -> None:
    server.lab("rook", "pc1")
    server.irc("wren")
    second = server.connect()
    for nick, holder in (("rook", "rook@pc1"), ("ROOK", "rook@pc1"), ("wren", "~wren@127.0.0.1")):
        second.send(f"USER {nick} pc2 parley.test :Another")
        assert second.line() == f":parley.test 436 {nick} :Nickname collision KILL from {holder}"
    second.send("JOIN #room", "USER jay pc2 parley.test :Another")
    assert [second.line(), second.line()] == [
        ":parley.test 451 :You have not registered",
        ":parley.test 001 :Welcome to the Internet Relay Network jay!jay@pc2",
    ]


def test_the_nick_of_an_account_is_refused(server: ServerUnderTest) -> None:
    server.add_account("alice")
    client = server.connect()
    client.send("USER Alice pc1 parley.test :Not Alice")
    assert client.line().startswith(":parley.test 436 Alice :Nickname collision KILL from ")


def test_a_nick_that_is_none_and_a_second_user(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("USER #rook pc1 parley.test :A Student")
    assert client.line().startswith(":parley.test 432 #rook :")
    client.send("USER rook pc1 parley.test :A Student")
    client.line()
    client.send("USER jay pc1 parley.test :A Student")
    assert client.line() == ":parley.test 462 :You may not reregister"


# --- JOIN and PART -------------------------------------------------------------------------------------------------


def test_join_answers_with_the_topic_and_nothing_else(server: ServerUnderTest) -> None:
    rook, wren = server.lab("rook"), server.lab("wren")
    assert rook.ask("JOIN #room") == [":parley.test 331 #room :No topic is set"]
    rook.ask("TOPIC #room :Exam on Friday")
    assert wren.ask("JOIN #Room") == [":parley.test 332 #room :Exam on Friday"]
    assert rook.sync() == []
    assert wren.ask("JOIN #room") == []  # already there


def test_part_is_silent_for_lab_members(server: ServerUnderTest) -> None:
    rook, wren = room(server, "rook", "wren")
    assert rook.ask("PART #room") == []
    assert wren.sync() == []
    assert wren.ask("NAMES #room") == [":parley.test 353 #room :wren", ":parley.test 366 :End of /NAMES list"]


def test_a_channel_whose_last_member_left_is_gone(server: ServerUnderTest) -> None:
    rook, wren = room(server, "rook", "wren")
    rook.ask("TOPIC #room :old", "PART #room")
    wren.send("QUIT")
    wren.lines_until_closed()
    gone = [":parley.test 403 #room :No such channel"]
    assert rook.ask("PART #room") == rook.ask("TOPIC #room") == rook.ask("NAMES #room") == gone
    assert rook.ask("JOIN #room") == [":parley.test 331 #room :No topic is set"]


def test_part_of_what_is_not_there_or_not_joined(server: ServerUnderTest) -> None:
    room(server, "rook")
    assert server.lab("wren").ask("PART #none", "PART #room", "PART") == [
        ":parley.test 403 #none :No such channel",
        ":parley.test 442 #room :You're not on that channel",
        ":parley.test 461 PART :Not enough parameters",
    ]


def test_the_key_given_at_creation_is_needed_from_then_on(server: ServerUnderTest) -> None:
    rook, wren, modern = server.lab("rook"), server.lab("wren"), server.irc("alice")
    assert rook.ask("JOIN #secret sesame") == [":parley.test 331 #secret :No topic is set"]
    refusal = ":parley.test 475 #secret :Cannot join channel (+k)"
    assert wren.ask("JOIN #secret", "JOIN #secret wrong") == [refusal, refusal]
    assert modern.ask("JOIN #secret") == [":parley.test 475 alice #secret :Cannot join channel (+k)"]
    assert wren.ask("JOIN #secret sesame") == [":parley.test 331 #secret :No topic is set"]
    assert wren.ask("NAMES #secret")[0] == ":parley.test 353 #secret :rook wren"


def test_a_key_that_is_none_makes_no_channel(server: ServerUnderTest) -> None:
    rule = "A key has 1 to 32 bytes, no space, comma or control character, no colon in front"
    assert server.lab("rook").ask("JOIN #secret a\x02b", "NAMES #secret") == [
        f":parley.test 696 #secret k a\x02b :{rule}",
        ":parley.test 403 #secret :No such channel",
    ]


def test_a_key_for_a_channel_that_has_none_does_no_harm(server: ServerUnderTest) -> None:
    room(server, "rook")
    wren = server.lab("wren")
    assert wren.ask("JOIN #room whatever") == [":parley.test 331 #room :No topic is set"]
    assert server.lab("jay").ask("JOIN #room") == [":parley.test 331 #room :No topic is set"]


def test_join_of_no_channel(server: ServerUnderTest) -> None:
    assert server.lab("rook").ask("JOIN", "JOIN room") == [
        ":parley.test 461 JOIN :Not enough parameters",
        ":parley.test 403 room :No such channel",
    ]


# --- TOPIC ---------------------------------------------------------------------------------------------------------


def test_a_new_topic_is_told_to_every_member_the_setter_included(server: ServerUnderTest) -> None:
    rook, wren = room(server, "rook", "wren")
    line = ":wren TOPIC #room :Exam: on Friday"
    assert wren.ask("TOPIC #room :Exam: on Friday") == [line]  # every member may, not only the one who came first
    assert rook.sync() == [line]
    assert rook.ask("TOPIC #room") == [":parley.test 332 #room :Exam: on Friday"]
    assert rook.ask("TOPIC #room :") == [":rook TOPIC #room :"]
    assert rook.ask("TOPIC #room") == [":parley.test 331 #room :No topic is set"]


def test_quotation_marks_around_a_topic_are_taken_off(server: ServerUnderTest) -> None:
    (rook,) = room(server, "rook")
    assert rook.ask('TOPIC #room :"in quotes"', 'TOPIC #room "word"', 'TOPIC #room :say "no"', 'TOPIC #room :"') == [
        ":rook TOPIC #room :in quotes",
        ":rook TOPIC #room :word",
        ':rook TOPIC #room :say "no"',
        ':rook TOPIC #room :"',
    ]


def test_topic_of_what_is_not_there_or_not_joined(server: ServerUnderTest) -> None:
    (rook,) = room(server, "rook")
    wren = server.lab("wren")
    assert wren.ask("TOPIC #none", "TOPIC #none :x", "TOPIC #room", "TOPIC #room :x", "TOPIC") == [
        ":parley.test 403 #none :No such channel",
        ":parley.test 403 #none :No such channel",
        ":parley.test 442 #room :You're not on that channel",
        ":parley.test 442 #room :You're not on that channel",
        ":parley.test 461 TOPIC :Not enough parameters",
    ]
    assert rook.sync() == []


# --- NAMES ---------------------------------------------------------------------------------------------------------


def test_names_of_everything_ends_with_those_in_no_channel(server: ServerUnderTest) -> None:
    rook, wren = room(server, "rook", "wren")
    rook.ask("JOIN #other")
    server.lab("jay")
    server.irc("alice")
    assert wren.ask("NAMES") == [
        ":parley.test 353 #room :rook wren",
        ":parley.test 353 #other :rook",
        ":parley.test 353 * :jay alice",
        ":parley.test 366 :End of /NAMES list",
    ]


def test_names_of_one_channel(server: ServerUnderTest) -> None:
    rook, *_ = room(server, "rook", "wren")
    modern = server.irc("alice")
    modern.ask("JOIN #room")
    assert rook.ask("NAMES #ROOM", "NAMES #none") == [
        ":parley.test 353 #room :rook wren alice",
        ":parley.test 366 :End of /NAMES list",
        ":parley.test 403 #none :No such channel",
    ]
    assert modern.ask("NAMES #room")[0] == ":parley.test 353 alice = #room :@rook wren alice"


# --- PRIVMSG -------------------------------------------------------------------------------------------------------


def test_messages_carry_a_bare_nick(server: ServerUnderTest) -> None:
    rook, wren = room(server, "rook", "wren")
    assert rook.ask("PRIVMSG wren :to you", "PRIVMSG #room :to all", "PRIVMSG rook :to me") == [
        ":rook PRIVMSG rook :to me"
    ]
    assert wren.sync() == [":rook PRIVMSG wren :to you", ":rook PRIVMSG #room :to all"]


def test_messages_that_cannot_be_sent(server: ServerUnderTest) -> None:
    (rook,) = room(server, "rook")
    wren = server.lab("wren")
    assert wren.ask("PRIVMSG nobody :x", "PRIVMSG #none :x", "PRIVMSG #room :x") == [
        ":parley.test 401 nobody :No such nick",
        ":parley.test 403 #none :No such channel",
        ":parley.test 404 #room :Cannot send to channel",
    ]
    assert rook.sync() == []


@pytest.mark.parametrize(
    "line",
    ["PRIVMSG", "PRIVMSG rook", "PRIVMSG rook :", "PRIVMSG ,, :x", "TOPIC", "JOIN", "PART", "KICK", "KICK #room",
     "NICK", "WHOIS", "INVITE rook"],
)  # fmt: skip
def test_too_few_parameters_are_always_461(server: ServerUnderTest, line: str) -> None:
    """Lab IRC has no 411, 412 and 431."""
    (rook,) = room(server, "rook")
    assert rook.ask(line) == [f":parley.test 461 {line.split()[0]} :Not enough parameters"]


def test_what_is_said_to_the_operators_of_a_channel_arrives_as_said_in_the_channel(server: ServerUnderTest) -> None:
    (rook,) = room(server, "rook")
    alice = server.irc("alice")
    alice.ask("JOIN #room", "PRIVMSG @#room :to operators", "NOTICE @#room :too")
    assert rook.sync() == [":alice PRIVMSG #room :to operators", ":alice PRIVMSG #room :too"]


def test_a_long_line_passes_whole_and_only_what_no_line_holds_is_refused(server: ServerUnderTest) -> None:
    rook, wren = room(server, "rook", "wren")
    text = "x" * (4606 - len("PRIVMSG #room :"))
    assert rook.ask(f"PRIVMSG #room :{text}") == []
    assert wren.sync() == [f":rook PRIVMSG #room :{text}"]
    assert rook.ask(f"PRIVMSG #room :{text}xxx") == [":parley.test 417 :Input line was too long"]
    assert wren.sync() == []


# --- QUIT ----------------------------------------------------------------------------------------------------------


def test_a_quit_with_text_is_told_once_to_those_who_share_a_channel(server: ServerUnderTest) -> None:
    rook, wren = room(server, "rook", "wren")
    rook.ask("JOIN #other")
    wren.ask("JOIN #other")
    stranger = server.lab("jay")
    rook.send("QUIT :Gone to lunch")
    assert rook.lines_until_closed() == []
    assert wren.sync() == [":rook QUIT :Gone to lunch"]
    assert stranger.sync() == []


@pytest.mark.parametrize("line", ["QUIT", "QUIT :", None])
def test_a_quit_without_text_and_a_lost_connection_are_silent(server: ServerUnderTest, line: str | None) -> None:
    rook, wren = room(server, "rook", "wren")
    modern = server.irc("alice")
    modern.ask("JOIN #room")
    if line is None:
        rook.close()
    else:
        rook.send(line)
    assert modern.line() == f":rook!rook@pc1 QUIT :{'Connection closed' if line is None else 'Quit: '}"
    assert wren.ask("NAMES #room")[0] == ":parley.test 353 #room :wren alice"


# --- the rest ------------------------------------------------------------------------------------------------------


def test_a_kicked_lab_user_is_told(server: ServerUnderTest) -> None:
    rook, wren = room(server, "rook", "wren")
    line = ":rook KICK #room wren :be nice"
    assert rook.ask("KICK #room wren :be nice") == [line]
    assert wren.sync() == [line]
    assert wren.ask("PART #room", "KICK #room rook") == [":parley.test 442 #room :You're not on that channel"] * 2


def test_numerics_outside_the_table_have_no_target_either(server: ServerUnderTest) -> None:
    modern, rook = server.irc("alice"), server.lab("rook")
    modern.ask("JOIN #modern", "AWAY :gone")
    assert rook.ask("JOIN #modern", "TOPIC #modern :x", "PRIVMSG alice :hi", "MODE rook", "FROB x", "LUSERS")[:6] == [
        ":parley.test 331 #modern :No topic is set",
        ":parley.test 482 #modern :You're not channel operator",
        ":parley.test 301 alice :gone",
        ":parley.test 221 +",
        ":parley.test 421 FROB :Unknown command",
        ":parley.test 251 :There are 2 users and 0 invisible on 1 servers",
    ]


def test_a_channel_made_by_a_lab_user_is_open_to_topics_and_closed_to_outsiders(server: ServerUnderTest) -> None:
    (rook,) = room(server, "rook")
    modern = server.irc("alice")
    assert rook.ask("MODE #room")[0] == ":parley.test 324 #room +n"
    assert modern.ask("PRIVMSG #room :x") == [":parley.test 404 alice #room :Cannot send to channel"]
    assert modern.ask("JOIN #room", "TOPIC #room :mine")[-1] == ":alice!~alice@127.0.0.1 TOPIC #room :mine"
    assert rook.sync() == [":alice TOPIC #room :mine"]


def test_a_silent_lab_or_json_client_is_not_pinged_and_stays(server: ServerUnderTest) -> None:
    rook, alice, carol = server.lab("rook"), server.irc("alice"), server.user("carol")
    for seconds in (130, 400, 100_000):
        server.look_after(seconds)
    assert rook.sync() == []
    assert carol.ask("LIST") == response("240", "There are currently no groups", "", username="carol")
    assert alice.line() == "PING :parley.test"
    assert alice.lines_until_closed() == ["ERROR :Closing Link: 127.0.0.1 (Ping timeout: 120 seconds)"]


def test_modern_notices_arrive_as_messages_and_the_servers_own_words_do_not(server: ServerUnderTest) -> None:
    (rook,) = room(server, "rook")
    modern = server.irc("alice")
    modern.ask("JOIN #room", "NOTICE rook :psst", "NOTICE #room :all", "MODE alice +w", "NICK jay", "PART #room")
    assert rook.sync() == [":alice PRIVMSG rook :psst", ":alice PRIVMSG #room :all"]
