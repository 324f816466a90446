"""Messages of several lines, without a server: joining and splitting, and their form for every kind of receiver."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from chat.state.client_batches import ClientBatch, ClientBatches
from protocol import events
from protocol.codecs import wire
from protocol.irc import encode_event
from protocol.limits import CSP_TEXT_BYTES, IRC_LINE_BYTES
from protocol.message import parse_message
from protocol.multiline import Lines, fitted, on_one_line, paragraphs, shown_lines
from protocol.values import (
    CSP_1_0,
    CSP_1_1,
    IRC,
    LAB,
    BatchLine,
    Event,
    Flavour,
    Refused,
    Request,
    Source,
    flavour_of,
)

SENDER = Source("wren", "wren!~w@pc1", "wrenacct")
NEW = flavour_of(IRC, frozenset({"draft/multiline", "batch", "message-tags", "server-time", "account-tag"}))
OLD = flavour_of(IRC, frozenset({"message-tags", "server-time", "account-tag"}))
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=40)
LINES = st.lists(st.tuples(TEXT, st.booleans()), min_size=1, max_size=12).filter(lambda lines: any(t for t, _ in lines))
SHORT = [("one", False), ("", False), ("tw", False), ("o", True)]


def message(lines: Lines, tags: dict[str, str] | None = None) -> Event:
    return Event(events.PRIVMSG, SENDER, "#c", on_one_line(lines), lines, 0.0, "m-1", tags)


def wire_lines(event: Event, flavour: Flavour) -> list[str]:
    data = wire(event, flavour)
    assert data.endswith(b"\n")
    return data.decode().replace("\r\n", "\n").removesuffix("\n").split("\n")


def test_lines_are_joined_with_line_ends_and_continued_ones_with_nothing() -> None:
    assert paragraphs(SHORT) == ["one", "", "two"]
    assert on_one_line(SHORT) == "one two"
    assert shown_lines(SHORT, 100) == ["one", "two"]
    assert paragraphs([["a", True], ["b", True]]) == ["ab"]


def test_a_receiver_with_multiline_gets_a_batch_named_for_the_message() -> None:
    assert wire_lines(message(SHORT, {"+reply": "m0"}), NEW) == [
        "@time=1970-01-01T00:00:00.000Z;account=wrenacct;msgid=m-1;+reply=m0 "
        ":wren!~w@pc1 BATCH +m-1 draft/multiline #c",
        "@batch=m-1 :wren!~w@pc1 PRIVMSG #c :one",
        "@batch=m-1 :wren!~w@pc1 PRIVMSG #c :",
        "@batch=m-1 :wren!~w@pc1 PRIVMSG #c :tw",
        "@batch=m-1;draft/multiline-concat :wren!~w@pc1 PRIVMSG #c :o",
        ":wren!~w@pc1 BATCH -m-1",
    ]


def test_a_receiver_without_it_gets_the_lines_without_blank_ones_and_the_id_on_the_first() -> None:
    lines = [("", False), *SHORT]
    assert wire_lines(message(lines, {"+reply": "m0"}), OLD) == [
        "@time=1970-01-01T00:00:00.000Z;account=wrenacct;msgid=m-1;+reply=m0 :wren!~w@pc1 PRIVMSG #c :one",
        "@time=1970-01-01T00:00:00.000Z;account=wrenacct :wren!~w@pc1 PRIVMSG #c :tw",
        "@time=1970-01-01T00:00:00.000Z;account=wrenacct :wren!~w@pc1 PRIVMSG #c :o",
    ]


def test_multiline_without_batch_or_batch_without_multiline_is_not_enough() -> None:
    for capability in ("draft/multiline", "batch"):
        lines = wire_lines(message(SHORT), flavour_of(IRC, frozenset({capability})))
        assert lines == [f":wren!~w@pc1 PRIVMSG #c :{text}" for text in ("one", "tw", "o")]


def test_a_batch_inside_of_another_one_says_so_on_its_first_and_last_line() -> None:
    nested = encode_event(message([("a", False)]), flavour_of(IRC, frozenset({"draft/multiline", "batch"})), "batch=h")
    assert nested.decode().split("\r\n") == [
        "@batch=h :wren!~w@pc1 BATCH +m-1 draft/multiline #c",
        "@batch=m-1 :wren!~w@pc1 PRIVMSG #c :a",
        "@batch=h :wren!~w@pc1 BATCH -m-1",
        "",
    ]
    bare = encode_event(message(SHORT), flavour_of(IRC, frozenset({"batch"})), "batch=h")
    assert bare.decode().count("@batch=h ") == 3


def test_lab_and_json_members_get_each_line_put_together() -> None:
    assert wire_lines(message(SHORT), flavour_of(LAB)) == [":wren PRIVMSG #c :one", ":wren PRIVMSG #c :two"]
    shown = [json.loads(line) for line in wire_lines(message(SHORT), CSP_1_1)]
    assert [whole["payload"] for whole in shown] == ["(wren) one", "(wren) two"]
    assert {whole["parameters"]["msgid"] for whole in shown} == {"m-1"}
    assert wire(message(SHORT), CSP_1_0).count(b'"140"') == 2


def test_an_action_of_several_lines_is_shown_to_json_members_and_another_ctcp_is_not() -> None:
    action = message([("\x01ACTION waves", False), ("", False), ("and goes\x01", False)])
    assert [json.loads(line)["payload"] for line in wire_lines(action, CSP_1_0)] == [
        "(wren) * waves",
        "(wren) and goes",
    ]
    assert wire(message([("\x01VERSION", False), ("x\x01", False)]), CSP_1_0) == b""


@given(LINES)
def test_splitting_loses_nothing_and_every_line_fits(lines: list[tuple[str, bool]]) -> None:
    pieces = list(fitted(lines, 16))
    assert paragraphs(pieces) == paragraphs(lines)
    assert all(len(text.encode()) <= 16 for text, _ in pieces)


@given(LINES)
def test_what_is_delivered_can_be_put_together_again(lines: list[tuple[str, bool]]) -> None:
    start, *middle, end = (parse_message(line) for line in wire_lines(message(lines), NEW))
    assert (start.command, end.command) == ("BATCH", "BATCH")
    got = [(line.params[1], "draft/multiline-concat" in line.tags) for line in middle]
    assert paragraphs(got) == paragraphs(lines)
    bare = [parse_message(line).params[1] for line in wire_lines(message(lines), OLD)]
    assert "".join(bare) == "".join(text for text, _ in lines)
    assert "" not in bare


@given(st.lists(st.tuples(st.text("abc äöü", min_size=1, max_size=3000), st.booleans()), min_size=1, max_size=4))
def test_no_line_is_ever_longer_than_its_dialect_allows(lines: list[tuple[str, bool]]) -> None:
    for flavour in (NEW, OLD, flavour_of(LAB)):
        for line in wire_lines(message(lines), flavour):
            body = line.partition(" ")[2] if line.startswith("@") else line
            assert len(body.encode()) <= IRC_LINE_BYTES - 2
    for line in wire_lines(message(lines), CSP_1_1):
        assert len(json.loads(line)["payload"].encode()) <= CSP_TEXT_BYTES + len("(wren) ")


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["start", "line", "end"]), st.sampled_from(["a", "b", "c", "_"]), TEXT, st.booleans()),
    max_size=60,
)


@given(OPERATIONS)
def test_whatever_a_client_sends_at_most_one_batch_is_open_and_little_is_remembered(
    operations: list[tuple[str, str, str, bool]],
) -> None:
    batches = ClientBatches()
    for what, reference, text, is_odd in operations:
        with suppress(Refused):
            if what == "start":
                batches.start(reference, "draft/multiline" if not is_odd else text, "#c", Request("BATCH", []))
            elif what == "end":
                batches.end(reference)
            elif (found := batches.find(reference)) is not None:
                tags = {"batch": reference, "draft/multiline-concat": ""} if is_odd else {"batch": reference}
                found.add(BatchLine(reference, Request("PRIVMSG", ["#c", text]), tags))
        assert len(batches.dropped) == len(set(batches.dropped)) <= 8
        assert batches.open is None or batches.open.reference not in batches.dropped


@given(st.lists(TEXT, min_size=1, max_size=20))
def test_the_size_of_a_message_is_that_of_its_text_with_line_ends(texts: list[str]) -> None:
    batch = ClientBatch("x", "#c", Request("BATCH", []))
    for text in texts:
        batch.add(BatchLine("x", Request("PRIVMSG", ["#c", text]), {"batch": "x"}))
    assert batch.size == len("\n".join(texts).encode())
