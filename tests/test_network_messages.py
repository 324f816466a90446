"""What is said goes to everybody who is meant, on every server, with one id and time; and so into every history."""

from collections.abc import Iterator

import pytest

from protocol.message import parse_message
from tests.harness import IrcClient, LabClient, bare, tags_of
from tests.networks import Linked, across, across_to_json, chain, linked, settle

A, B, C = "a.example", "b.example", "c.example"
EVERYTHING = (
    "message-tags", "server-time", "account-tag", "echo-message", "batch", "draft/multiline", "draft/chathistory",
    "draft/message-redaction", "invite-notify",
)  # fmt: skip


@pytest.fixture
def network() -> Iterator[Linked]:
    with linked(chain(A, B, C)) as servers:
        yield servers


def client(network: Linked, name: str, nick: str) -> IrcClient:
    return network.here(name).irc(nick, *EVERYTHING)


def met(first: IrcClient, *others: IrcClient, channel: str = "#study") -> None:
    """All are in the channel, of which the first is operator, and know it."""
    settle(first, *others)
    first.ask(f"JOIN {channel}")
    for other in others:
        across(first, other)
        other.ask(f"JOIN {channel}")
    settle(first, *others)


def say(who: IrcClient, line: str) -> str:
    """Says something; the msgid."""
    return tags_of(who.ask(line)[-1])["msgid"]


def seen(sender: IrcClient | LabClient, receiver: IrcClient | LabClient) -> list[str]:
    """What a receiver got by all that the sender said before, without the tokens that carry it."""
    return [line for line in across(sender, receiver) if " :token" not in line]


def messages(who: IrcClient, asked: str) -> list[tuple[str, str, str]]:
    """Id, time and text of the messages in the history."""
    lines = who.ask(asked)
    found = [(tags_of(line), parse_message(line)) for line in lines if " PRIVMSG " in line or " NOTICE " in line]
    found = [(tags, message) for tags, message in found if not message.params[-1].startswith("token")]
    return [(tags["msgid"], tags["time"], message.params[-1]) for tags, message in found]


# --- the history ---------------------------------------------------------------------------------------------------


def test_the_history_of_a_channel_is_the_same_on_every_server(network: Linked) -> None:
    ann, bob, cat = client(network, A, "ann"), client(network, B, "bob"), client(network, C, "cat")
    met(ann, bob, cat)
    for number, speaker in enumerate((ann, bob, cat, ann)):
        say(speaker, f"PRIVMSG #study :{number}")
        settle(ann, bob, cat)
    kept = [messages(each, "CHATHISTORY LATEST #study * 10") for each in (ann, bob, cat)]
    assert [text for _, _, text in kept[0]] == ["0", "1", "2", "3"]
    assert kept[0] == kept[1] == kept[2]


def test_a_private_talk_is_kept_on_both_sides(network: Linked) -> None:
    for name, account in ((A, "ann"), (C, "cat")):
        network.here(name).add_account(account)
    ann = network.here(A).member("ann", *EVERYTHING)
    cat = network.here(C).member("cat", *EVERYTHING)
    settle(ann, cat)
    marker = say(ann, "PRIVMSG cat :hello")
    across(ann, cat)
    say(cat, "NOTICE ann :well")
    across(cat, ann)
    at_ann, at_cat = (
        messages(who, f"CHATHISTORY AFTER {other} msgid={marker} 50") for who, other in ((ann, "cat"), (cat, "ann"))
    )
    assert [text for _, _, text in at_ann] == ["well"]
    assert at_ann == at_cat


def test_the_talk_with_an_account_of_another_server_is_found_when_it_is_gone(network: Linked) -> None:
    for name, account in ((A, "ann"), (C, "cat")):
        network.here(name).add_account(account)
    ann, runner = network.here(A).member("ann", *EVERYTHING), network.here(C).irc("runner")
    cat = network.here(C).member("cat", *EVERYTHING, nick="kitten")
    settle(ann, cat)
    settle(ann, runner)
    say(ann, "PRIVMSG kitten :hello")
    cat.send("QUIT")
    cat.lines_until_closed()
    across(runner, ann)
    assert [text for *_, text in messages(ann, "CHATHISTORY LATEST cat@c.example * 50")][-1] == "hello"
    targets = ann.ask("CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2200-01-01T00:00:00.000Z 9")
    assert any(" TARGETS cat@c.example " in line for line in targets)
    assert not network.here(A).reload()
    network.here(A).network.history.expire(network.here(A).network.may_be_account)
    assert [text for *_, text in messages(ann, "CHATHISTORY LATEST cat@c.example * 50")][-1] == "hello"


# --- taking back ---------------------------------------------------------------------------------------------------


def test_a_message_is_taken_back_on_every_server(network: Linked) -> None:
    ann, bob, cat = client(network, A, "ann"), client(network, B, "bob"), client(network, C, "cat")
    met(ann, bob, cat)
    msgid = say(cat, "PRIVMSG #study :oops")
    across(cat, ann), across(cat, bob)
    cat.ask(f"REDACT #study {msgid} :typing is hard")
    told = f":cat!~cat@127.0.0.1 REDACT #study {msgid} :typing is hard"
    assert bare(seen(cat, ann)) == [told]
    assert bare(seen(cat, bob)) == [told]
    assert [messages(each, "CHATHISTORY LATEST #study * 10") for each in (ann, bob, cat)] == [[], [], []]


def test_an_operator_takes_back_what_somebody_on_another_server_said_and_others_do_not(network: Linked) -> None:
    ann, bob, cat = client(network, A, "ann"), client(network, B, "bob"), client(network, C, "cat")
    met(ann, bob, cat)
    msgid = say(cat, "PRIVMSG #study :oops")
    across(cat, ann), across(cat, bob)
    assert any(f" FAIL REDACT REDACT_FORBIDDEN #study {msgid} " in line for line in bob.ask(f"REDACT #study {msgid}"))
    ann.ask(f"REDACT #study {msgid}")
    assert bare(seen(ann, cat)) == [f":ann!~ann@127.0.0.1 REDACT #study {msgid}"]
    assert messages(cat, "CHATHISTORY LATEST #study * 10") == []


def test_a_private_message_is_taken_back_on_both_sides(network: Linked) -> None:
    ann, cat = client(network, A, "ann"), client(network, C, "cat")
    settle(ann, cat)
    msgid = say(ann, "PRIVMSG cat :oops")
    across(ann, cat)
    ann.ask(f"REDACT cat {msgid}")
    assert bare(seen(ann, cat)) == [f":ann!~ann@127.0.0.1 REDACT cat {msgid}"]
    assert "oops" not in [text for *_, text in messages(cat, "CHATHISTORY LATEST ann * 50")]


def test_what_was_said_to_an_account_that_left_is_taken_back_where_it_is_kept(network: Linked) -> None:
    for name, account in ((A, "ann"), (C, "cat")):
        network.here(name).add_account(account)
    ann, runner = network.here(A).member("ann", *EVERYTHING), network.here(C).irc("runner")
    cat = network.here(C).member("cat", *EVERYTHING, nick="kitten")
    settle(ann, cat)
    settle(ann, runner)
    msgid = say(ann, "PRIVMSG kitten :oops")
    say(ann, "PRIVMSG kitten :kept")
    across(ann, cat)
    cat.send("QUIT")
    cat.lines_until_closed()
    across(runner, ann)
    ann.ask(f"REDACT cat@c.example {msgid}")
    across(ann, runner)
    cat = network.here(C).member("cat", *EVERYTHING)
    assert [text for *_, text in messages(cat, "CHATHISTORY LATEST ann@a.example * 50")] == ["kept"]


def test_what_an_account_said_is_erased_on_every_server(network: Linked) -> None:
    network.here(A).add_account("ann")
    network.here(C).add_account("ann")
    ann, bob = network.here(A).member("ann", *EVERYTHING), client(network, B, "bob")
    other = network.here(C).member("ann", *EVERYTHING, nick="other")
    met(bob, ann, other)
    for speaker in (ann, bob, other):
        say(speaker, f"PRIVMSG #study :by {speaker.nick}")
        settle(ann, bob, other)
    ann.ask("FORGET ann")
    across(ann, bob)
    across(ann, other)
    for reader in (ann, bob, other):
        kept = [text for *_, text in messages(reader, "CHATHISTORY LATEST #study * 10")]
        assert kept == ["by bob", "by other"]


# --- forms ---------------------------------------------------------------------------------------------------------


def test_tags_ids_times_and_accounts_go_along(network: Linked) -> None:
    network.here(A).add_account("ann")
    ann = network.here(A).member("ann", *EVERYTHING)
    bob, plain = client(network, C, "bob"), network.here(C).irc("plain")
    met(ann, bob, plain)
    for line in ("@+reply=x;+draft/react=y PRIVMSG #study :hi", "@+typing=active TAGMSG #study", "NOTICE #study :n"):
        echo = ann.ask(line)[-1]
        received, *rest = seen(ann, bob)
        assert not rest
        sent, got = tags_of(echo), tags_of(received)
        assert bare([echo]) == bare([received])
        assert got == {**sent, "account": "ann@a.example"}
    assert [line.split()[1] for line in seen(ann, plain)] == ["PRIVMSG", "NOTICE"]


def test_a_message_of_several_lines_stays_one(network: Linked) -> None:
    ann, bob, plain = client(network, A, "ann"), client(network, C, "bob"), network.here(C).irc("plain")
    met(ann, bob, plain)
    jay = network.here(C).user("jay", 1.1)
    jay.ask_all("JOIN", chat_name="study")
    settle(ann, bob, plain)
    jay.sync()
    ann.ask(
        "BATCH +x draft/multiline #study",
        "@batch=x PRIVMSG #study :one",
        "@batch=x PRIVMSG #study :two",
        "@batch=x;draft/multiline-concat PRIVMSG #study :2",
        "BATCH -x",
    )
    lines = bare(seen(ann, bob))
    assert [line.rpartition(" :")[2] for line in lines[1:-1]] == ["one", "two", "2"]
    assert " BATCH +" in lines[0] and lines[0].endswith(" draft/multiline #study")
    assert [line.rpartition(" :")[2] for line in seen(ann, plain)] == ["one", "two", "2"]
    assert [each["payload"] for each in across_to_json(ann, jay)] == ["(ann) one", "(ann) two2"]


def test_ctcp_status_messages_and_actions_reach_who_is_meant(network: Linked) -> None:
    ann, bob, cat = client(network, A, "ann"), client(network, B, "bob"), client(network, C, "cat")
    met(ann, bob, cat)
    ann.ask("MODE #study +v cat")
    settle(ann, bob, cat)
    bob.ask("PRIVMSG +#study :for voices", "PRIVMSG @#study :for operators", "PRIVMSG cat :\x01VERSION\x01")
    assert bare(seen(bob, ann)) == [
        ":bob!~bob@127.0.0.1 PRIVMSG +#study :for voices",
        ":bob!~bob@127.0.0.1 PRIVMSG @#study :for operators",
    ]
    assert bare(seen(bob, cat)) == [
        ":bob!~bob@127.0.0.1 PRIVMSG +#study :for voices",
        ":bob!~bob@127.0.0.1 PRIVMSG cat :\x01VERSION\x01",
    ]
    cat.ask("NOTICE bob :\x01VERSION mine\x01", "PRIVMSG #study :\x01ACTION waves\x01")
    assert bare(seen(cat, bob)) == [
        ":cat!~cat@127.0.0.1 NOTICE bob :\x01VERSION mine\x01",
        ":cat!~cat@127.0.0.1 PRIVMSG #study :\x01ACTION waves\x01",
    ]


def test_a_lab_member_of_another_server_hears_what_is_said(network: Linked) -> None:
    ann, lab = client(network, A, "ann"), network.here(C).lab("lab")
    settle(ann, lab)
    ann.ask("JOIN #study")
    across(ann, lab)
    lab.ask("JOIN #study")
    across(lab, ann)
    ann.ask("PRIVMSG #study :hi", "NOTICE lab :psst")
    assert seen(ann, lab) == [":ann PRIVMSG #study :hi", ":ann PRIVMSG lab :psst"]
    lab.ask("PRIVMSG #study :hello")
    assert bare(seen(lab, ann)) == [":lab!lab@pc1 PRIVMSG #study :hello"]


# --- invitations ---------------------------------------------------------------------------------------------------


def test_an_invitation_lets_somebody_in_on_another_server(network: Linked) -> None:
    ann, bob, cat = client(network, A, "ann"), client(network, B, "bob"), client(network, C, "cat")
    met(ann, bob)
    settle(ann, cat)
    ann.ask("MODE #study +i")
    across(ann, cat)
    assert any(" 473 cat #study " in line for line in cat.ask("JOIN #study"))
    cat.ask("KNOCK #study :please")
    assert [line for line in bare(seen(cat, ann)) if " 710 " in line] == [
        f":{A} 710 ann #study cat!~cat@127.0.0.1 :has asked for an invite: please"
    ]
    assert [line for line in bare(seen(cat, bob)) if " 710 " in line] == []
    ann.ask("INVITE cat #study")
    assert bare(seen(ann, cat)) == [":ann!~ann@127.0.0.1 INVITE cat #study"]
    assert bare(seen(ann, bob)) == [":ann!~ann@127.0.0.1 INVITE cat #study"]
    assert any(" JOIN #study" in line for line in cat.ask("JOIN #study"))


def test_a_json_user_is_invited_from_another_server_and_answers_in_private(network: Linked) -> None:
    ann, jay = client(network, A, "ann"), network.here(C).user("jay", 1.1)
    runner = network.here(C).irc("runner")
    settle(ann, runner)
    across(runner, ann)
    ann.ask("JOIN #study", "INVITE jay #study", "PRIVMSG jay :come")
    invited, said = across_to_json(ann, jay)
    assert (invited["parameters"]["invited_to"], said["payload"]) == ("study", "(ann) come")
    jay.ask("MSSG", "coming", recipient="ann")
    assert [line.rpartition(" :")[2] for line in seen(runner, ann)] == ["coming"]
