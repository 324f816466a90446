"""Messages of several lines over the wire: BATCH from clients, who gets them in which form, and every way to fail
(IRCv3 client-batch and multiline)."""

import pytest

from protocol.limits import CLIENT_BATCH_SECONDS, MULTILINE_BYTES, MULTILINE_LINES
from tests.harness import IrcClient, ServerUnderTest, bare, tags_of, timeless

MULTILINE = ("draft/multiline", "batch")
EVERYTHING = (*MULTILINE, "message-tags", "server-time", "account-tag", "echo-message", "labeled-response")


def fail(*words: str) -> str:
    return f":parley.test FAIL BATCH {' '.join(words)} :"


def two_lines(reference: str = "x", target: str = "#c", verb: str = "PRIVMSG") -> list[str]:
    return [
        f"BATCH +{reference} draft/multiline {target}",
        f"@batch={reference} {verb} {target} :one",
        f"@batch={reference} {verb} {target} :two",
        f"BATCH -{reference}",
    ]


@pytest.fixture
def wren(server: ServerUnderTest) -> IrcClient:
    client = server.irc("wren", *MULTILINE)
    client.ask("JOIN #c")
    return client


@pytest.fixture
def rook(server: ServerUnderTest, wren: IrcClient) -> IrcClient:
    """A member without multiline."""
    client = server.irc("rook")
    client.ask("JOIN #c")
    wren.sync()
    return client


def test_the_limits_stand_in_the_value_of_the_capability(server: ServerUnderTest) -> None:
    client = server.connect()
    client.send("CAP LS 302", "CAP END", "NICK wren", "USER w 0 * :w")
    listed = " ".join(client.lines_until(lambda line: " 001 " in line))
    assert f"draft/multiline=max-bytes={MULTILINE_BYTES},max-lines={MULTILINE_LINES}" in listed


def test_everybody_gets_the_form_that_was_negotiated(server: ServerUnderTest) -> None:
    wren, rook, jay = (
        server.irc("wren", *EVERYTHING),
        server.irc("rook", *EVERYTHING),
        server.irc("jay", "message-tags"),
    )
    lark, lab, json = server.irc("lark"), server.lab("lab"), server.user("jason", 1.1)
    wren.ask("JOIN #c")
    for client in (rook, jay, lark, lab):
        client.ask("JOIN #c")
    json.ask_all("JOIN", chat_name="c")
    for client in (wren, rook, jay, lark, lab, json):
        client.sync()
    echo = wren.ask(
        "@label=7;+reply=m1;secret=1 BATCH +x draft/multiline #c",
        "@batch=x PRIVMSG #c :one",
        "@batch=x PRIVMSG #c :",
        "@batch=x PRIVMSG #c :tw",
        "@batch=x;draft/multiline-concat PRIVMSG #c :o",
        "BATCH -x",
    )
    tags = tags_of(echo[0])
    msgid, time = tags["msgid"], tags["time"]
    assert tags == {"label": "7", "msgid": msgid, "time": time, "+reply": "m1"}
    wren_is = server.network.users["wren"].source.prefix
    assert bare(echo[:1]) == [f":{wren_is} BATCH +{msgid} draft/multiline #c"]
    assert echo[-1] == f":{wren_is} BATCH -{msgid}"
    inner = [
        f"@batch={msgid} :{wren_is} PRIVMSG #c :one",
        f"@batch={msgid} :{wren_is} PRIVMSG #c :",
        f"@batch={msgid} :{wren_is} PRIVMSG #c :tw",
        f"@batch={msgid};draft/multiline-concat :{wren_is} PRIVMSG #c :o",
    ]
    assert echo[1:-1] == inner
    got = rook.sync()
    assert tags_of(got[0]) == {"msgid": msgid, "time": time, "+reply": "m1"}
    assert got[1:] == echo[1:]
    assert jay.sync() == [
        f"@msgid={msgid};+reply=m1 :{wren_is} PRIVMSG #c :one",
        f":{wren_is} PRIVMSG #c :tw",
        f":{wren_is} PRIVMSG #c :o",
    ]
    assert lark.sync() == [f":{wren_is} PRIVMSG #c :{text}" for text in ("one", "tw", "o")]
    assert lab.sync() == [":wren PRIVMSG #c :one", ":wren PRIVMSG #c :two"]
    shown = json.sync()
    assert [whole["parameters"]["msgid"] for whole in shown] == [msgid, msgid]
    assert [timeless(whole)["payload"] for whole in shown] == ["(wren) one", "(wren) two"]


def test_hist_shows_the_lines_in_their_order(server: ServerUnderTest, wren: IrcClient) -> None:
    jason = server.user("jason", 1.1)
    jason.ask_all("JOIN", chat_name="c")
    wren.ask(*two_lines(), "PRIVMSG #c :three")
    jason.sync()
    answer = jason.ask("HIST", chat_name="c")
    assert [whole["payload"] for whole in answer["payload"]] == ["(wren) one", "(wren) two", "(wren) three"]


def test_in_chat_history_it_is_one_message_in_the_form_of_each_reader(server: ServerUnderTest, wren: IrcClient) -> None:
    wren.ask(*two_lines(), "PRIVMSG #c :three")
    rook = server.irc("rook", *EVERYTHING, "draft/chathistory")
    rook.ask("JOIN #c")
    outer, start, first, second, end, three, last = rook.ask("CHATHISTORY LATEST #c * 2")
    reference, msgid = outer.split(" BATCH +")[1].split(" ")[0], tags_of(start)["msgid"]
    assert [tags_of(line)["batch"] for line in (start, first, second, end, three)] == [
        reference, msgid, msgid, reference, reference
    ]  # fmt: skip
    assert last.endswith(f" BATCH -{reference}")
    jay = server.irc("jay", "batch", "draft/chathistory")
    jay.ask("JOIN #c")
    lines = jay.ask("CHATHISTORY LATEST #c * 2")[1:-1]
    assert [line.partition(" PRIVMSG ")[2] for line in lines] == ["#c :one", "#c :two", "#c :three"]
    assert len({tags_of(line)["batch"] for line in lines}) == 1


def test_nothing_is_delivered_before_the_end(wren: IrcClient, rook: IrcClient) -> None:
    assert wren.ask(*two_lines()[:-1]) == []
    assert rook.sync() == []
    assert wren.ask("BATCH -x") == []
    assert [line.partition(" :")[2] for line in rook.sync()] == ["one", "two"]


def test_other_commands_work_while_a_batch_is_open(wren: IrcClient, rook: IrcClient) -> None:
    wren.ask(*two_lines()[:2], "PRIVMSG #c :aside", *two_lines()[2:])
    assert [line.partition(" :")[2] for line in rook.sync()] == ["aside", "one", "two"]


def test_a_private_message_and_its_echo_to_another_session(server: ServerUnderTest) -> None:
    server.add_account("wren")
    first, second = server.member("wren", *EVERYTHING), server.member("wren", *EVERYTHING)
    rook = server.irc("rook", *EVERYTHING)
    echo = first.ask(*two_lines(target="rook"))
    assert " BATCH +" in echo[0] and echo[0].endswith(" draft/multiline rook")
    assert second.sync() == echo
    assert rook.sync() == echo
    assert tags_of(echo[0])["account"] == "wren"


def test_a_message_to_oneself_comes_as_delivery_and_as_labelled_echo(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *EVERYTHING)
    start, *rest = two_lines(target="wren")
    lines = wren.ask(f"@label=5 {start}", *rest)
    assert len(lines) == 8
    assert "label" not in tags_of(lines[0]) and tags_of(lines[4])["label"] == "5"
    assert lines[1:4] == lines[5:]


def test_a_message_to_the_operators_of_a_channel(server: ServerUnderTest, wren: IrcClient, rook: IrcClient) -> None:
    lark = server.irc("lark", *MULTILINE)
    lark.ask("JOIN #c")
    rook.sync()
    wren.sync()
    lark.ask(*two_lines(target="@#c"))
    assert [line.partition(" PRIVMSG ")[2] for line in wren.sync()[1:-1]] == ["@#c :one", "@#c :two"]
    assert rook.sync() == []


def test_notices_are_delivered_as_notices_and_never_answered(wren: IrcClient, rook: IrcClient) -> None:
    assert wren.ask(*two_lines(verb="NOTICE"), *two_lines("y", "#none", "NOTICE")) == []
    assert [line.split(" ")[1] for line in rook.sync()] == ["NOTICE", "NOTICE"]


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("#none", "403 wren #none"),
        ("#shut", "404 wren #shut"),
        ("nobody", "401 wren nobody"),
        ("#a,#b", "403 wren #a,#b"),
    ],
)
def test_what_stands_in_the_way_is_told_once_with_the_label(server: ServerUnderTest, target: str, answer: str) -> None:
    server.irc("rook").ask("JOIN #shut")
    wren = server.irc("wren", *EVERYTHING)
    start, *rest = two_lines(target=target)
    (line,) = wren.ask(f"@label=9 {start}", *rest)
    assert tags_of(line)["label"] == "9"
    assert bare([line])[0].startswith(f":parley.test {answer} :")


def test_somebody_away_answers_once_and_the_echo_is_nested_in_the_response(server: ServerUnderTest) -> None:
    server.irc("rook").ask("AWAY :out")
    wren = server.irc("wren", *EVERYTHING)
    start, *rest = two_lines(target="rook")
    lines = wren.ask(f"@label=3 {start}", *rest)
    outer = lines[0].split("BATCH +")[1].split(" ")[0]
    assert lines[0].endswith(f"BATCH +{outer} labeled-response") and tags_of(lines[0])["label"] == "3"
    assert [tags_of(line).get("batch") for line in (lines[1], lines[4], lines[5])] == [outer] * 3
    assert "301 wren rook :out" in lines[5]
    assert lines[-1].endswith(f"BATCH -{outer}")


def test_without_an_echo_the_label_gets_an_ack_at_the_end(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *MULTILINE, "labeled-response")
    server.irc("rook")
    start, *rest = two_lines(target="rook")
    assert wren.ask(f"@label=1 {start}", *rest[:-1]) == []
    assert wren.ask(rest[-1]) == ["@label=1 :parley.test ACK"]


def test_labels_of_start_and_end_are_both_answered(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *EVERYTHING)
    start, *middle, end = two_lines(target="wren")
    lines = wren.ask(f"@label=1 {start}", *middle, f"@label=2 {end}")
    assert [tags_of(line).get("label") for line in lines if "label" in tags_of(line)] == ["1", "2"]
    assert bare([lines[-1]]) == [":parley.test ACK"]


def test_a_line_too_long_with_the_name_of_its_sender_is_continued(server: ServerUnderTest, wren: IrcClient) -> None:
    rook = server.irc("rook", *MULTILINE)
    text = "x" * 480
    wren.ask("BATCH +x draft/multiline rook", f"@batch=x PRIVMSG rook :{text}", "BATCH -x")
    first, second = rook.sync()[1:-1]
    assert "draft/multiline-concat" in tags_of(second)
    assert first.partition(" PRIVMSG rook :")[2] + second.partition(" PRIVMSG rook :")[2] == text


# --- failures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["BATCH x"], ("INVALID_REFTAG", "x")),
        (["BATCH + draft/multiline #c"], ("INVALID_REFTAG", "*")),
        (["BATCH +a_b draft/multiline #c", "@batch=a_b PRIVMSG #c :one", "BATCH -a_b"], ("INVALID_REFTAG", "a_b")),
        (["BATCH -x"], ("INVALID_REFTAG", "x")),
        (["@batch=x PRIVMSG #c :one", "@batch=x PRIVMSG #c :two", "BATCH -x"], ("INVALID_REFTAG", "x")),
        (["BATCH +x draft/multiline #c", *two_lines()], ("INVALID_REFTAG", "x")),
        (["BATCH +x chathistory #c", "@batch=x PRIVMSG #c :one", "BATCH -x"], ("UNKNOWN_TYPE", "x", "chathistory")),
        (["BATCH +x draft/multiline", "@batch=x PRIVMSG #c :one", "BATCH -x"], ("MULTILINE_INVALID",)),
        (["BATCH +x draft/multiline #c", "BATCH -x"], ("MULTILINE_INVALID",)),
        (["BATCH +x draft/multiline #c", "@batch=x PRIVMSG #c :", "BATCH -x"], ("MULTILINE_INVALID",)),
        (
            [*two_lines()[:2], "@batch=x;draft/multiline-concat PRIVMSG #c :", *two_lines()[2:]],
            ("MULTILINE_INVALID",),
        ),
        ([*two_lines()[:2], "@batch=x NOTICE #c :two", "BATCH -x"], ("MULTILINE_INVALID",)),
        ([*two_lines()[:2], "@batch=x TAGMSG #c", "BATCH -x"], ("MULTILINE_INVALID",)),
        ([*two_lines()[:2], "@batch=x JOIN #d", "BATCH -x"], ("MULTILINE_INVALID",)),
        ([*two_lines()[:2], "@batch=x PRIVMSG #c", "BATCH -x"], ("MULTILINE_INVALID",)),
        ([*two_lines()[:2], "@batch=x;+typing=done PRIVMSG #c :two", "BATCH -x"], ("MULTILINE_INVALID",)),
        ([*two_lines()[:2], "@batch=x;label=1 PRIVMSG #c :two", "BATCH -x"], ("MULTILINE_INVALID",)),
        ([*two_lines()[:2], "@batch=x PRIVMSG #d :two", "BATCH -x"], ("MULTILINE_INVALID_TARGET", "#c", "#d")),
    ],
)
def test_a_batch_that_breaks_a_rule_is_dropped_and_told_once(
    wren: IrcClient, rook: IrcClient, lines: list[str], words: tuple[str, ...]
) -> None:
    (answer,) = wren.ask(*lines)
    assert answer.startswith(fail(*words))
    assert rook.sync() == []


def test_batch_without_a_type_lacks_a_parameter(wren: IrcClient) -> None:
    assert wren.ask("BATCH +x") == [":parley.test 461 wren BATCH :Not enough parameters"]


def test_the_target_may_be_spelled_in_another_case(wren: IrcClient, rook: IrcClient) -> None:
    wren.ask("BATCH +x draft/multiline #C", "@batch=x PRIVMSG #c :one", "BATCH -x")
    assert len(rook.sync()) == 1


def test_a_batch_inside_of_a_batch_is_refused_and_the_outer_one_goes_on(wren: IrcClient, rook: IrcClient) -> None:
    start, *rest = two_lines()
    (answer,) = wren.ask(start, *two_lines("y"), *rest)
    assert answer.startswith(fail("MULTILINE_INVALID"))
    assert [line.partition(" :")[2] for line in rook.sync()] == ["one", "two"]


def test_a_reference_can_be_used_again_after_its_batch(wren: IrcClient, rook: IrcClient) -> None:
    assert len(wren.ask("BATCH +x nonsense", *two_lines(), *two_lines())) == 1
    assert len(rook.sync()) == 4


def test_references_differ_by_case(wren: IrcClient) -> None:
    (answer,) = wren.ask("BATCH +x draft/multiline #c", "@batch=X PRIVMSG #c :one")
    assert answer.startswith(fail("INVALID_REFTAG", "X"))


def test_a_message_of_as_many_lines_as_may_be_goes_through_and_one_more_does_not(
    wren: IrcClient, rook: IrcClient
) -> None:
    lines = ["@batch=x PRIVMSG #c :one"] * MULTILINE_LINES
    assert wren.ask("BATCH +x draft/multiline #c", *lines, "BATCH -x") == []
    assert len(rook.sync()) == MULTILINE_LINES
    (answer,) = wren.ask("BATCH +x draft/multiline #c", *lines, lines[0], "BATCH -x")
    assert answer.startswith(fail("MULTILINE_MAX_LINES", str(MULTILINE_LINES)))
    assert rook.sync() == []


def test_bytes_are_counted_with_line_ends_and_without_tags(wren: IrcClient, rook: IrcClient) -> None:
    size = 449  # with the line end before it
    count = MULTILINE_BYTES // (size + 1)
    lines = ["@batch=x PRIVMSG #c :" + "x" * size] * count
    rest = MULTILINE_BYTES - count * (size + 1)  # the first line has no line end before it
    last = "@batch=x;draft/multiline-concat PRIVMSG #c :" + "y" * (rest + 1)
    assert wren.ask("BATCH +x draft/multiline #c", *lines, last, "BATCH -x") == []
    assert len(rook.sync()) >= count
    (answer,) = wren.ask("BATCH +x draft/multiline #c", *lines, last + "y", "BATCH -x")
    assert answer.startswith(fail("MULTILINE_MAX_BYTES", str(MULTILINE_BYTES)))


def test_thousands_of_lines_after_a_failure_are_ignored(wren: IrcClient, rook: IrcClient) -> None:
    answers = wren.ask("BATCH +x draft/multiline #c", *["@batch=x PRIVMSG #c :one"] * 3000, "BATCH -x")
    assert len(answers) == 1
    assert rook.sync() == []


def test_a_failure_answers_the_label_of_the_start(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *EVERYTHING)
    (answer,) = wren.ask("@label=1 BATCH +x draft/multiline #c", "@batch=x JOIN #c", "BATCH -x")
    assert tags_of(answer)["label"] == "1"
    again = wren.ask("@label=1 BATCH +x draft/multiline #c", "@label=2 BATCH +x draft/multiline #c", "BATCH -x")
    assert [tags_of(line)["label"] for line in again] == ["1", "2"]


@pytest.mark.parametrize("line", [b"@batch=x PRIVMSG #c :\xff\r\n", b"@batch=x PRIVMSG #c :" + b"x" * 600 + b"\r\n"])
def test_a_line_that_cannot_be_read_ends_the_batch(wren: IrcClient, rook: IrcClient, line: bytes) -> None:
    wren.send("BATCH +x draft/multiline #c")
    wren.send_bytes(line)
    first, second = wren.ask("@batch=x PRIVMSG #c :more", "BATCH -x")
    assert first.startswith(fail("MULTILINE_INVALID"))
    assert " 417 " in second or " INVALID_UTF8 " in second
    assert rook.sync() == []


def test_a_batch_that_does_not_end_times_out(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *EVERYTHING)
    wren.ask("@label=1 BATCH +x draft/multiline wren", "@batch=x PRIVMSG wren :one")
    server.look_after(CLIENT_BATCH_SECONDS / 2)
    assert wren.sync() == []
    server.look_after(CLIENT_BATCH_SECONDS + 1)
    (answer,) = wren.sync()
    assert tags_of(answer)["label"] == "1"
    assert bare([answer])[0].startswith(fail("TIMEOUT", "x"))
    assert wren.ask("@batch=x PRIVMSG wren :two", "BATCH -x") == []


def test_a_client_that_goes_in_the_middle_has_said_nothing(wren: IrcClient, rook: IrcClient) -> None:
    wren.send(*two_lines()[:-1], "QUIT")
    wren.lines_until_closed()
    (line,) = rook.sync()
    assert " QUIT " in line


def test_without_the_capability_batch_is_unknown_and_the_tag_means_nothing(server: ServerUnderTest) -> None:
    rook, jay = server.irc("rook", "batch"), server.irc("jay")
    (answer,) = rook.ask("BATCH +x draft/multiline jay")
    assert answer == ":parley.test 421 rook BATCH :Unknown command"
    rook.ask("@batch=x PRIVMSG jay :hello")
    assert [line.partition(" PRIVMSG ")[2] for line in jay.sync()] == ["jay :hello"]


def test_giving_the_capability_up_in_the_middle_does_not_send_the_lines(wren: IrcClient, rook: IrcClient) -> None:
    answers = wren.ask(*two_lines()[:2], "CAP REQ -draft/multiline", *two_lines()[2:])
    assert [line.split(" ")[1] for line in answers] == ["CAP", "421", "421"]
    assert rook.sync() == []


def test_lines_of_a_batch_cost_as_much_as_others() -> None:
    with ServerUnderTest("[limits]\nmessages_per_second = 1\nburst = 1000\n") as server:
        wren = server.irc("wren", *MULTILINE)
        wren.ask("BATCH +x draft/multiline wren", *["@batch=x PRIVMSG wren :one"] * 50)
        (session,) = server.network.users["wren"].sessions
        with server.network.lock:
            assert session.credit < 1001 - 30  # what came back since is less than the other twenty


def test_an_operator_says_several_lines_to_everybody(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren", *MULTILINE), server.irc("rook")
    with server.network.lock:
        server.network.users["wren"].set_modes(frozenset("o"))
        server.network.users["wren"].privileges = frozenset({"messages"})
    wren.ask(*two_lines(target="$*.test"))
    assert [line.partition(" PRIVMSG ")[2] for line in rook.sync()] == ["$*.test :one", "$*.test :two"]
