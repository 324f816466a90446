"""A channel with members on Parley and on a real ngIRCd: what is done on one side, as the other side is told it."""

from collections.abc import Iterator

import pytest

from protocol.modes import parse_changes
from tests.harness import TIMEOUT
from tests.networks import across, across_to_json, until_reached
from tests.ngircd import ANN, BOB, CHANNEL, People, linked_with_ngircd


@pytest.fixture
def people() -> Iterator[People]:
    """Two operators of one channel."""
    with linked_with_ngircd() as pair:
        yield People(pair)


def modes(people: People) -> tuple[str, set[str]]:
    """The channel's modes: as bob's server has them, and the letters that ann's has."""
    ours, theirs = people.bob.ask(f"MODE {CHANNEL}"), people.ann.ask(f"MODE {CHANNEL}")
    letters = next(line.split()[4] for line in theirs if " 324 " in line)
    return next(line.partition(f" {CHANNEL} ")[2] for line in ours if " 324 " in line), set(letters[1:])


def changed(lines: list[str]) -> list[str]:
    """MODE lines with their changes one by one, in alphabetical order."""
    shown = []
    for line in lines:
        head, _, *words = line.split(" ")[0:1] + line.split(" ")[2:]
        changes = parse_changes(words)
        each = (f"{'-+'[change.adding]}{change.letter} {change.parameter or ''}".strip() for change in changes)
        shown.append(" ".join((head, *sorted(each))))
    return shown


def test_messages(people: People) -> None:
    assert people.by_ann(
        f"PRIVMSG {CHANNEL} :hello", f"NOTICE {CHANNEL} :note", f"PRIVMSG {CHANNEL} :\x01ACTION waves\x01"
    ) == [
        f"{ANN} PRIVMSG {CHANNEL} :hello",
        f"{ANN} NOTICE {CHANNEL} :note",
        f"{ANN} PRIVMSG {CHANNEL} :\x01ACTION waves\x01",
    ]
    assert people.by_bob(f"PRIVMSG {CHANNEL} :hellö ✓", f"NOTICE {CHANNEL} :note", f"PRIVMSG {CHANNEL} ::)") == [
        f"{BOB} PRIVMSG {CHANNEL} :hellö ✓",
        f"{BOB} NOTICE {CHANNEL} :note",
        f"{BOB} PRIVMSG {CHANNEL} ::)",
    ]


def test_private_messages(people: People) -> None:
    assert people.by_ann("PRIVMSG bob :just you", "NOTICE bob :note") == [
        f"{ANN} PRIVMSG bob :just you",
        f"{ANN} NOTICE bob :note",
    ]
    assert people.by_bob("PRIVMSG ann :just you", "NOTICE ann :note") == [
        f"{BOB} PRIVMSG ann :just you",
        f"{BOB} NOTICE ann :note",
    ]


def test_a_text_that_is_no_utf8_is_read_as_latin1(people: People) -> None:
    people.ann.send_bytes(f"PRIVMSG {CHANNEL} :caf\u00e9\r\n".encode("latin-1"))
    assert across(people.ann, people.bob) == [f"{ANN} PRIVMSG {CHANNEL} :caf\u00e9"]


def test_joining_and_leaving(people: People) -> None:
    cat, dan = people.pair.ngircd.irc("cat"), people.pair.parley.irc("dan")
    until_reached(cat, dan)
    until_reached(dan, cat)
    cat.ask(f"JOIN {CHANNEL}", f"PART {CHANNEL} :bye")
    assert across(cat, people.bob) == [
        f":cat!~cat@127.0.0.1 JOIN {CHANNEL}",
        f":cat!~cat@127.0.0.1 PART {CHANNEL} :bye",
    ]
    people.ann.sync()
    dan.ask(f"JOIN {CHANNEL}", f"PART {CHANNEL} :bye")
    assert across(dan, people.ann) == [
        f":dan!~dan@127.0.0.1 JOIN :{CHANNEL}",
        f":dan!~dan@127.0.0.1 PART {CHANNEL} :bye",
    ]
    cat.ask(f"JOIN {CHANNEL}", "JOIN 0")
    assert f":cat!~cat@127.0.0.1 PART {CHANNEL} :cat" in across(cat, people.bob)


def test_a_channel_that_is_new_on_one_side_is_there_on_the_other(people: People) -> None:
    people.by_ann("JOIN #theirs")
    assert ":parley.test 353 bob = #theirs :@ann" in people.bob.ask("NAMES #theirs")
    people.by_bob("JOIN #ours")
    assert ":ngircd.test 353 ann = #ours :@bob" in people.ann.ask("NAMES #ours")
    assert ":ngircd.test 324 ann #ours +nt" in people.ann.ask("MODE #ours")
    people.by_bob("PART #ours")
    assert not any("#ours" in line for line in people.ann.ask("LIST"))
    people.by_ann("PART #theirs")
    assert not any("#theirs" in line for line in people.bob.ask("LIST"))


def test_topics(people: People) -> None:
    assert people.by_ann(f"TOPIC {CHANNEL} :by ann") == [f"{ANN} TOPIC {CHANNEL} :by ann"]
    assert f":parley.test 332 bob {CHANNEL} :by ann" in people.bob.ask(f"TOPIC {CHANNEL}")
    assert people.by_bob(f"TOPIC {CHANNEL} :by bob") == [f"{BOB} TOPIC {CHANNEL} :by bob"]
    assert f":ngircd.test 332 ann {CHANNEL} :by bob" in people.ann.ask(f"TOPIC {CHANNEL}")
    assert people.by_ann(f"TOPIC {CHANNEL} :") == [f"{ANN} TOPIC {CHANNEL} :"]
    assert f":parley.test 331 bob {CHANNEL} :No topic is set" in people.bob.ask(f"TOPIC {CHANNEL}")


def test_modes_that_both_know(people: People) -> None:
    assert changed(people.by_ann(f"MODE {CHANNEL} +imkl key 9", f"MODE {CHANNEL} -t+sN")) == [
        f"{ANN} +i +k key +l 9 +m",
        f"{ANN} +N +s -t",
    ]
    assert modes(people) == ("+Nimnskl key 9", set("Nimnskl"))
    assert people.by_ann(f"MODE {CHANNEL} -k key", f"MODE {CHANNEL} -l") == [
        f"{ANN} MODE {CHANNEL} -k key",
        f"{ANN} MODE {CHANNEL} -l",
    ]
    assert modes(people) == ("+Nimns", set("Nimns"))
    assert people.by_bob(f"MODE {CHANNEL} -is+klQ word 5") == [f"{BOB} MODE {CHANNEL} -is+klQ word 5"]
    assert modes(people) == ("+NQmnkl word 5", set("NQmnkl"))
    assert people.by_bob(f"MODE {CHANNEL} -kl *") == [f"{BOB} MODE {CHANNEL} -kl *"]
    assert modes(people) == ("+NQmn", set("NQmn"))


def test_modes_that_one_side_lacks_stay_on_the_other(people: People) -> None:
    assert people.by_bob(f"MODE {CHANNEL} +CUfm 5:10") == [f"{BOB} MODE {CHANNEL} +m"]
    assert people.by_ann(f"MODE {CHANNEL} +Vi", f"MODE {CHANNEL} +O") == [f"{ANN} MODE {CHANNEL} +i"]
    assert modes(people) == ("+CUimntf 5:10", set("OVimnt"))


def test_ranks(people: People) -> None:
    assert people.by_bob(f"MODE {CHANNEL} +v-o ann ann") == [f"{BOB} MODE {CHANNEL} +v-o ann ann"]
    assert f":ngircd.test 353 ann = {CHANNEL} :+ann @bob" in people.ann.ask(f"NAMES {CHANNEL}")
    assert people.by_bob(f"MODE {CHANNEL} +oh ann ann") == [f"{BOB} MODE {CHANNEL} +oh ann ann"]
    assert changed(people.by_ann(f"MODE {CHANNEL} +qa ann ann", f"MODE {CHANNEL} -o+v bob bob")) == [
        f"{ANN} +a ann +q ann",
        f"{ANN} +v bob -o bob",
    ]
    assert f":parley.test 353 bob = {CHANNEL} :+bob ~ann" in people.bob.ask(f"NAMES {CHANNEL}")


@pytest.mark.parametrize(("letter", "code"), [("b", "367"), ("e", "348"), ("I", "346")])
def test_lists(people: People, letter: str, code: str) -> None:
    assert people.by_ann(f"MODE {CHANNEL} +{letter} bad") == [f"{ANN} MODE {CHANNEL} +{letter} bad!*@*"]
    assert people.by_bob(f"MODE {CHANNEL} +{letter} *!*@worse") == [f"{BOB} MODE {CHANNEL} +{letter} *!*@worse"]
    for client in (people.ann, people.bob):
        listed = [line.split()[4] for line in client.ask(f"MODE {CHANNEL} {letter}") if f" {code} " in line]
        assert sorted(listed) == ["*!*@worse", "bad!*@*"]
    assert people.by_bob(f"MODE {CHANNEL} -{letter} BAD") == [f"{BOB} MODE {CHANNEL} -{letter} bad!*@*"]
    assert people.by_ann(f"MODE {CHANNEL} -{letter} *!*@worse") == [f"{ANN} MODE {CHANNEL} -{letter} *!*@worse"]
    for client in (people.ann, people.bob):
        assert not any(f" {code} " in line for line in client.ask(f"MODE {CHANNEL} {letter}"))


def test_a_ban_on_an_account_stays_here(people: People) -> None:
    assert people.by_bob(f"MODE {CHANNEL} +bm ~a:somebody") == [f"{BOB} MODE {CHANNEL} +m"]


def test_kicks(people: People) -> None:
    assert people.by_bob(f"KICK {CHANNEL} ann :out") == [f"{BOB} KICK {CHANNEL} ann :out"]
    assert f":ngircd.test 442 ann {CHANNEL} :You are not on that channel" in people.ann.ask(f"PART {CHANNEL}")
    people.by_ann(f"JOIN {CHANNEL}")
    people.by_bob(f"MODE {CHANNEL} +o ann")
    assert people.by_ann(f"KICK {CHANNEL} bob :you too") == [f"{ANN} KICK {CHANNEL} bob :you too"]
    assert f":parley.test 442 bob {CHANNEL} :You're not on that channel" in people.bob.ask(f"PART {CHANNEL}")


def test_invitations(people: People) -> None:
    people.by_bob("JOIN #club", "MODE #club +i")
    assert people.by_bob("INVITE ann #club") == [f"{BOB} INVITE ann #club"]
    assert people.by_ann("JOIN #club") == [f"{ANN} JOIN #club"]
    people.by_bob("PART #club")
    people.by_ann("MODE #club +o ann")
    assert f"{ANN} INVITE bob #club" in people.by_ann("INVITE bob #club")
    assert f"{BOB} JOIN #club" in people.bob.ask("JOIN #club")


def test_a_channel_with_a_longer_name_stays_here(people: People) -> None:
    long, odd = "#" + "x" * 50, "#a:b"
    people.by_bob(f"JOIN {long}", f"JOIN {odd}", f"TOPIC {long} :mine", f"MODE {long} +m", f"PART {odd} :bye")
    assert not any(" 322 " in line and "#shared" not in line and "&" not in line for line in people.ann.ask("LIST"))
    assert people.by_bob("PRIVMSG ann :still here") == [f"{BOB} PRIVMSG ann :still here"]


def test_long_texts_arrive_in_pieces_that_fit(people: People) -> None:
    jane = people.pair.parley.user("jane", 1.1)
    jane.ask("JOIN", chat_name="shared")
    across(people.bob, people.ann)
    jane.ask("MSSG", "x" * 1000, chat_name="shared")
    heard = across(people.bob, people.ann)
    head = f":jane!jane@127.0.0.1 PRIVMSG {CHANNEL} :"
    assert "".join(line.removeprefix(head) for line in heard) == "x" * 1000
    topic = "y" * 380
    assert people.by_bob(f"TOPIC {CHANNEL} :{topic}") == [f"{BOB} TOPIC {CHANNEL} :{topic}"]


def test_a_json_user_here_and_an_irc_client_there_share_a_group(people: People) -> None:
    jane, ann = people.pair.parley.user("jane", 1.1), people.ann
    assert jane.ask("JOIN", chat_name="shared")["response_code"] == "180"
    assert across(people.bob, ann) == [f":jane!jane@127.0.0.1 JOIN :{CHANNEL}"]
    ann.ask(f"PRIVMSG {CHANNEL} :hello jane")
    assert [said["payload"] for said in across_to_json(ann, jane)] == ["(ann) hello jane"]
    jane.ask("MSSG", "hello ann", chat_name="shared")
    assert across(people.bob, ann) == [f":jane!jane@127.0.0.1 PRIVMSG {CHANNEL} :hello ann"]
    ann.ask(f"TOPIC {CHANNEL} :for both")
    assert [said["payload"] for said in across_to_json(ann, jane)] == ["for both"]
    ann.ask(f"KICK {CHANNEL} jane :out")
    assert [said["response_code"] for said in across_to_json(ann, jane)] == ["192"]
    jane.ask("JOIN", chat_name="shared")
    jane.ask("MSSG", "just you", recipient="ann")
    jane.quit()
    assert across(people.bob, ann) == [
        f":jane!jane@127.0.0.1 JOIN :{CHANNEL}",
        ":jane!jane@127.0.0.1 PRIVMSG ann :just you",
        ":jane!jane@127.0.0.1 QUIT :Quit:",
    ]


def test_a_group_made_in_json_is_a_channel_there(people: People) -> None:
    jane = people.pair.parley.user("jane", 1.1)
    assert jane.ask("CHAT", chat_name="study")["response_code"] == "170"
    across(people.bob, people.ann)
    people.ann.ask("JOIN #study", "PRIVMSG #study :may I?")
    told = across_to_json(people.ann, jane)
    assert [said["payload"] for said in told] == ["ann has joined the group", "(ann) may I?"]
    assert jane.ask("KICK", chat_name="study", kicked_user="ann")["response_code"] == "192"
    people.ann.socket.settimeout(TIMEOUT)
    assert people.ann.line().startswith(":jane!jane@127.0.0.1 KICK #study ann")
