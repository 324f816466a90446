"""VERSION TIME ADMIN MOTD STATS WHOIS and their like, asked of another server, and what comes of odd answers."""

import re
from collections.abc import Iterator

import pytest

from chat.state.servers import id_of
from protocol import facts
from tests.harness import IrcClient, ServerUnderTest
from tests.networks import Linked, chain, linked, settle
from tests.operators import CONFIG, SMALL
from tests.parley_peer import ParleyPeer

A, B, C, LAB = "a.example", "b.example", "c.example", "lab.example"
OPEN = "[links]\nopen = true\n"


@pytest.fixture(scope="module")
def network() -> Iterator[Linked]:
    """Three servers in a row."""
    with linked(chain(A, B, C), config=CONFIG + SMALL) as found:
        yield found


@pytest.fixture(scope="module")
def ann(network: Linked) -> IrcClient:
    """Somebody on the first of them, who labels what she asks."""
    return network.irc(A, "ann", "labeled-response", "batch")


@pytest.fixture(scope="module")
def bob(network: Linked, ann: IrcClient) -> IrcClient:
    """Somebody on the last of them."""
    client = network.irc(C, "bob")
    settle(ann, client)
    return client


# --- another server answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [C, "C.Example", "c.*", "bob"])
def test_a_server_is_named_by_its_name_a_mask_or_a_user(ann: IrcClient, bob: IrcClient, target: str) -> None:
    assert ann.ask(f"VERSION {target}") == [f":{C} 351 ann parley-1.0 {C} :modern IRC, lab IRC, CSP 1.0 and 1.1"]


def test_of_several_servers_that_fit_the_nearest_answers(ann: IrcClient) -> None:
    assert ann.ask("VERSION *.example")[0].startswith(f":{A} 351 ")
    assert ann.ask("VERSION ?.e*")[0].startswith(f":{A} 351 ")
    assert ann.ask("VERSION [bc].example") == [f":{A} 402 ann [bc].example :No such server"]
    assert ann.ask("ADMIN nowhere.example") == [f":{A} 402 ann nowhere.example :No such server"]


def test_each_command_that_takes_a_server(ann: IrcClient, bob: IrcClient) -> None:
    assert re.fullmatch(rf":{C} 391 ann {C} \d+ -?\d+ :.+", *ann.ask(f"TIME {C}"))
    assert ann.ask(f"ADMIN {C}")[0] == f":{C} 256 ann {C} :Administrative info"
    assert ann.ask(f"INFO {C}")[-1] == f":{C} 374 ann :End of INFO list"
    assert ann.ask(f"MOTD {C}") == [f":{C} 422 ann :MOTD File is missing"]
    assert ann.ask(f"LUSERS * {C}")[0].startswith(f":{C} 251 ann :There are ")
    assert re.fullmatch(rf":{C} 242 ann :Server Up 0 days 0:\d\d:\d\d", ann.ask(f"STATS u {C}")[0])
    assert ann.ask(f"LINKS {C} a.*") == [
        f":{C} 364 ann {A} {B} :2 a Parley chat server",
        f":{C} 365 ann * :End of /LINKS list",
    ]


def test_whois_at_the_server_of_the_user_tells_how_long_it_has_said_nothing(ann: IrcClient, bob: IrcClient) -> None:
    for target in (C, "bob"):
        answer = ann.ask(f"WHOIS {target} bob,nobody")
        assert answer[0] == f":{C} 311 ann bob ~bob 127.0.0.1 * :bob the tester"
        assert re.fullmatch(rf":{C} 317 ann bob \d+ \d+ :seconds idle, signon time", answer[2])
        assert answer[3:] == [
            f":{C} 401 ann nobody :No such nick/channel",
            f":{C} 318 ann bob,nobody :End of /WHOIS list",
        ]


def test_a_label_is_on_the_whole_answer(ann: IrcClient, bob: IrcClient) -> None:
    one = ann.ask(f"@label=x VERSION {C}")
    assert one == [f"@label=x :{C} 351 ann parley-1.0 {C} :modern IRC, lab IRC, CSP 1.0 and 1.1"]
    start, first, last, end = ann.ask("@label=y STATS u bob")
    reference = start.rpartition("+")[2].split()[0]
    assert start == f"@label=y :{A} BATCH +{reference} labeled-response"
    assert first.startswith(f"@batch={reference} :{C} 242 ann ")
    assert last == f"@batch={reference} :{C} 219 ann u :End of /STATS report"
    assert end == f":{A} BATCH -{reference}"
    assert ann.ask("@label=z TIME no.example") == [f"@label=z :{A} 402 ann no.example :No such server"]


def test_what_somebody_may_see_elsewhere_is_decided_by_its_own_operator_block(network: Linked, ann: IrcClient) -> None:
    refused = f":{C} 481 ann :Permission Denied- You're not an IRC operator"
    end = f":{C} 219 ann o :End of /STATS report"
    assert ann.ask(f"STATS o {C}") == [refused, end]
    ann.ask("OPER small rootpass")
    assert ann.ask(f"STATS o {C}") == [f":{C} 723 ann stats :Insufficient oper privileges.", end]
    ann.ask("OPER root rootpass")
    assert ann.ask(f"STATS o {C}") == [f":{C} 243 ann O *@* * root", f":{C} 243 ann O *@* * small", end]
    ann.ask("MODE ann -o")
    assert ann.ask(f"STATS o {C}") == [refused, end]


def test_a_long_answer_comes_whole(network: Linked, ann: IrcClient, bob: IrcClient) -> None:
    node = network.here(C)
    node.network.motd = [f"line {number}" for number in range(173)]
    lines = ann.ask(f"MOTD {C}")
    assert lines[0] == f":{C} 375 ann :- {C} Message of the day - "
    assert lines[1:-1] == [f":{C} 372 ann :- line {number}" for number in range(173)]
    assert lines[-1] == f":{C} 376 ann :End of /MOTD command."
    node.network.motd = []


def test_lab_and_json_are_what_they_were(network: Linked) -> None:
    rook = network.lab(A, "rook")
    assert rook.ask(f"VERSION {C}") == [f":{C} 351 parley-1.0 {C} :modern IRC, lab IRC, CSP 1.0 and 1.1"]


def test_a_lab_server_cannot_be_asked_and_its_users_are_told_about_by_the_last_parley() -> None:
    with linked(chain(A, B, LAB), lab=[LAB]) as network:
        ann, rook = network.irc(A, "ann"), network.lab(LAB, "rook")
        settle(ann, rook)
        why = f"{LAB} is reached by a link that carries no questions"
        assert ann.ask(f"VERSION {LAB}") == [f":{B} 400 ann VERSION :{why}"]
        assert network.irc(B, "bea").ask(f"TIME {LAB}") == [f":{B} 400 bea TIME :{why}"]
        assert ann.ask("WHOIS rook rook") == [
            f":{B} 311 ann rook rook pc1 * :rook of the lab",
            f":{B} 312 ann rook {LAB} :one of several",
            f":{B} 318 ann rook :End of /WHOIS list",
        ]


# --- servers that answer oddly -------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[ServerUnderTest]:
    """A server that takes every link."""
    with ServerUnderTest(OPEN, name=A) as running:
        yield running


def asked(client: IrcClient, peer: ParleyPeer, line: str) -> facts.Asked:
    """Has somebody ask, and the peer be asked."""
    client.send(line)
    return peer.fact(facts.Asked)


def test_a_question_as_it_goes_over_the_link(server: ServerUnderTest) -> None:
    client, peer = server.irc("ann"), ParleyPeer(server, B)
    question = asked(client, peer, f"STATS u {B}")
    user = server.network.find_user("ann")
    assert user is not None
    assert question == facts.Asked(question.number, user.uid, B, "STATS", ("u", B), ())
    peer.tell(facts.Answered(question.number, B, A, (("RPL_INFO", "one"),), False))
    peer.tell(facts.Answered(question.number, B, A, (("RPL_INFO", "two"),), True))
    assert client.sync() == [f":{B} 371 ann :one", f":{B} 371 ann :two"]


def test_a_server_that_goes_before_it_answers_is_no_such_server(server: ServerUnderTest) -> None:
    client, peer = server.irc("ann"), ParleyPeer(server, B)
    number = asked(client, peer, f"INFO {B}").number
    peer.tell(facts.Answered(number, B, A, (("RPL_INFO", "one"),), False))
    peer.close()
    assert client.sync() == [f":{B} 371 ann :one", f":{A} 402 ann {B} :No such server"]


def test_a_server_that_says_nothing_is_waited_for_in_vain(
    server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.state.asking.ASKED_SECONDS", 0.05)
    client, peer = server.irc("ann", "standard-replies"), ParleyPeer(server, B)
    number = asked(client, peer, f"INFO {B}").number
    assert client.sync() == [f":{A} FAIL INFO TRY_AGAIN :{B} does not answer"]
    peer.tell(facts.Answered(number, B, A, (("RPL_INFO", "late"),), True))
    peer.sync()
    assert client.sync() == []


def test_answers_that_nobody_waits_for_are_passed_over(server: ServerUnderTest) -> None:
    client, peer = server.irc("ann"), ParleyPeer(server, B)
    peer.tell(facts.ServerUp(C, id_of(C), "behind", B))
    number = asked(client, peer, f"INFO {B}").number
    peer.tell(facts.Answered(number + 1, B, A, (("RPL_INFO", "of another question"),), True))
    peer.tell(facts.Answered(number, C, A, (("RPL_INFO", "of another server"),), True))
    peer.tell(facts.Answered(number, B, "nowhere.example", (("RPL_INFO", "for somebody else"),), True))
    peer.tell(facts.Answered(number, B, C, (("RPL_INFO", "sent back where it comes from"),), True))
    peer.tell(facts.Answered(number, B, A, (("RPL_INFO", "this one"),), True))
    peer.tell(facts.Answered(number, B, A, (("RPL_INFO", "twice"),), True))
    peer.sync()
    assert client.sync() == [f":{B} 371 ann :this one"]
    assert peer.sync() == []


def test_who_answers_for_a_server_that_is_not_behind_it_is_cut(server: ServerUnderTest) -> None:
    peer = ParleyPeer(server, B)
    other = ParleyPeer(server, C)
    peer.tell(facts.Answered(1, C, A, (), True))
    assert peer.lines_until_closed()[-1] == f"ERROR :Closing Link: 127.0.0.1 ({C} is not behind you)"
    assert other.sync() == [facts.ServerDown(B, f"{C} is not behind you")]


def test_replies_that_there_are_not_are_left_out(server: ServerUnderTest) -> None:
    client, peer = server.irc("ann"), ParleyPeer(server, B)
    number = asked(client, peer, f"INFO {B}").number
    rows = (("RPL_NEW", "x"), ("RPL_INFO",), ("RPL_INFO", "a", "b"), (), ("RPL_VERSION", "a b", "", ":c"))
    peer.tell(facts.Answered(number, B, A, rows, True))
    assert client.sync() == [f":{B} 351 ann * * ::c"]


def test_an_answer_without_end_is_cut_off(server: ServerUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.state.asking.ASKED_REPLIES", 4)
    monkeypatch.setattr("chat.commands.routing.ASKED_REPLIES", 4)
    client, peer = server.irc("ann"), ParleyPeer(server, B)
    number = asked(client, peer, f"INFO {B}").number
    for _ in range(3):
        peer.tell(facts.Answered(number, B, A, (("RPL_INFO", "x"), ("RPL_INFO", "y")), False))
    assert client.sync() == [
        *[f":{B} 371 ann :x", f":{B} 371 ann :y"] * 2,
        f":{A} 400 ann INFO :{B} answers more than 4 lines",
    ]


def test_who_quits_while_it_waits_is_not_waited_for(server: ServerUnderTest) -> None:
    client, peer, other = server.irc("ann"), ParleyPeer(server, B), server.irc("bea")
    number = asked(client, peer, f"INFO {B}").number
    client.close()
    peer.tell(facts.Answered(number, B, A, (("RPL_INFO", "x"),), True))
    assert other.sync() == []
    assert peer.fact(facts.UserGone).text


@pytest.mark.parametrize("verb", ["NOTHING", "KLINE", "OPER", "DIE", "PRIVMSG", ""])
def test_what_other_servers_may_not_have_done_here_is_unknown(server: ServerUnderTest, verb: str) -> None:
    peer = ParleyPeer(server, B)
    uid = peer.introduce("bob", "o")
    peer.tell(facts.Asked(7, uid, A, verb, ("x@y", "z"), ("kline", "die")))
    assert peer.fact(facts.Answered) == facts.Answered(7, A, B, (("ERR_UNKNOWNCOMMAND", verb),), True)


def test_questions_that_cannot_be_answered_are_passed_over(server: ServerUnderTest) -> None:
    peer = ParleyPeer(server, B)
    uid = peer.introduce("bob")
    peer.tell(facts.Asked(1, uid, "nowhere.example", "INFO", ()))  # nobody of that name
    peer.tell(facts.Asked(2, uid, B, "INFO", ()))  # it asks itself
    peer.tell(facts.Asked(3, B, A, "INFO", ()))  # a server has no commands
    peer.tell(facts.Asked(4, user_gone(peer), A, "INFO", ()))
    peer.tell(facts.Asked(0, B, A, "EXPLODE", ("x", "y")))
    peer.tell(facts.Asked(0, B, A, "KILL", ()))
    assert peer.sync() == []


def user_gone(peer: ParleyPeer) -> str:
    """The uid of somebody who is here no more."""
    uid = peer.introduce("dove")
    peer.tell(facts.UserGone(uid, "x", "", (1.0, "x")))
    return uid


def test_who_asks_for_somebody_elsewhere_is_cut(server: ServerUnderTest) -> None:
    client, peer = server.irc("ann"), ParleyPeer(server, B)
    user = server.network.find_user("ann")
    assert user is not None
    peer.tell(facts.Asked(1, user.uid, A, "INFO", ()))
    assert peer.lines_until_closed()[-1] == "ERROR :Closing Link: 127.0.0.1 (ann is not behind you)"
    assert client.sync() == []
