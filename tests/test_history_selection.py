"""What the database of the history gives back, compared with a list: every subcommand, any times, any limit."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chat.state.history_selection import Reference, select
from chat.storage.history import End, HistoryStore, Redact, Rename, Restrict
from chat.storage.history_reading import LAST, Entry, Search, Stretch

MESSAGES = frozenset({"PRIVMSG", "NOTICE"})
PLACE = "#c"
KINDS = st.sampled_from(["PRIVMSG", "PRIVMSG", "NOTICE", "JOIN", "TAGMSG"])


@dataclass(frozen=True)
class Said:
    """One line of the model."""

    time: int
    number: int  # in the order in which they came
    kind: str

    @property
    def msgid(self) -> str:
        return f"m{self.number}"

    @property
    def entry(self) -> Entry:
        return Entry(self.time, 0, self.msgid, self.kind, "alice", "alice", "alice!a@h", "", PLACE, f"n{self.number}")


def stored(lines: list[Said], most: int = 1000) -> HistoryStore:
    store = HistoryStore(None)
    store.write([{PLACE: [line.entry for line in lines], "#other": [Said(1, 999, "PRIVMSG").entry]}], MESSAGES, most)
    return store


def point(lines: list[Said], reference: Reference) -> tuple[float, float, float, float]:
    """Where a reference begins and ends, in pairs of time and number."""
    if isinstance(reference, int):
        return reference, -1, reference, LAST
    line = next(line for line in lines if line.msgid == reference)
    return line.time, line.number, line.time, line.number


def expected(lines: list[Said], subcommand: str, references: list[Reference], most: int, since: int) -> list[str]:
    """The same as `select`, over a list."""
    shown = sorted((line.time, line.number, line.msgid) for line in lines if line.time >= since)

    def before(reference: Reference) -> list[Any]:
        return [line for line in shown if line[:2] < point(lines, reference)[:2]]

    def after(reference: Reference) -> list[Any]:
        return [line for line in shown if line[:2] > point(lines, reference)[2:]]

    first = references[0]
    if subcommand == "LATEST":
        found = (shown if first is None else after(first))[-most:]
    elif subcommand == "BEFORE":
        found = before(first)[-most:]
    elif subcommand == "AFTER":
        found = after(first)[:most]
    elif subcommand == "BETWEEN":
        one, other = point(lines, first), point(lines, references[1])
        found = (
            [line for line in after(first) if line in before(references[1])][:most]
            if one <= other
            else [line for line in after(references[1]) if line in before(first)][-most:]
        )
    else:
        earlier = before(first)
        later = shown[len(earlier) :]
        count = min(len(earlier), max(most // 2, most - len(later)))
        found = earlier[len(earlier) - count :] + later[: most - count]
    return [line[2] for line in found]


@given(st.data())
def test_every_selection_is_that_of_a_list(data: st.DataObject) -> None:
    drawn = data.draw(st.lists(st.tuples(st.integers(0, 9), KINDS), min_size=1, max_size=25))
    lines = [Said(time, number, kind) for number, (time, kind) in enumerate(drawn)]
    subcommand = data.draw(st.sampled_from(["LATEST", "BEFORE", "AFTER", "BETWEEN", "AROUND"]))
    reference: Any = st.one_of(st.integers(-1, 10), st.sampled_from([line.msgid for line in lines]))
    references = [data.draw(reference), data.draw(reference)][: 2 if subcommand == "BETWEEN" else 1]
    if subcommand == "LATEST" and data.draw(st.booleans()):
        references = [None]
    most, since = data.draw(st.integers(1, 30)), data.draw(st.integers(0, 4))
    with_events = data.draw(st.booleans())
    store = stored(lines)
    whole = Stretch(PLACE, most=most, since=since, with_events=with_events)
    found = [entry.msgid for entry in select(store.read, whole, subcommand, references)]
    store.close()
    visible = [line for line in lines if with_events or line.kind in MESSAGES]
    hidden = [line for line in lines if line not in visible]

    # A reference may be a line that is not shown: it is in the order all the same.
    by_list = expected(
        [*visible, *(Said(line.time, line.number, "") for line in hidden)], subcommand, references, 99, since
    )
    shown = {line.msgid for line in visible}
    if subcommand == "AROUND":
        assert len(found) == min(most, len([msgid for msgid in by_list if msgid in shown]))
        assert found == sorted(found, key=lambda msgid: point(lines, msgid))
        if not hidden:
            assert found == expected(lines, subcommand, references, most, since)
    else:
        forwards = subcommand == "AFTER" or (
            subcommand == "BETWEEN" and point(lines, references[0]) <= point(lines, references[1])
        )
        allowed = [msgid for msgid in by_list if msgid in shown]
        assert found == (allowed[:most] if forwards else allowed[-most:])


def said(*numbers: int, kind: str = "PRIVMSG", time: int = 100) -> list[Entry]:
    return [Said(time + number, number, kind).entry for number in numbers]


def msgids(store: HistoryStore, place: str = PLACE, with_events: bool = True) -> list[str]:
    return [entry.msgid for entry in store.read.select(Stretch(place, most=10_000, with_events=with_events))]


def test_the_oldest_messages_go_and_events_do_not_push_them_out() -> None:
    store = HistoryStore(None)
    store.write([{PLACE: said(*range(5))}], MESSAGES, 5)
    store.write([{PLACE: said(*range(100, 140), kind="JOIN", time=0)}], MESSAGES, 5)
    store.write([{PLACE: said(5, 6)}], MESSAGES, 5)
    assert msgids(store, with_events=False) == ["m2", "m3", "m4", "m5", "m6"]
    assert len(msgids(store)) == 10
    store.close()


def test_what_is_too_old_goes() -> None:
    store = HistoryStore(None)
    day = 86_400_000
    store.write([{PLACE: said(1, time=0) + said(2, time=40 * day), "#old": said(3, time=0)}], MESSAGES, 5)
    store.expire(30, 41 * 86_400)
    assert (msgids(store), msgids(store, "#old")) == (["m2"], [])
    store.expire(0, 1e9)
    assert msgids(store) == ["m2"]
    store.write([{"#old": said(4)}], MESSAGES, 5)
    assert msgids(store, "#old") == ["m4"]
    store.close()


def test_a_renamed_channel_keeps_its_history_behind_what_was_left_under_the_new_name() -> None:
    store = HistoryStore(None)
    store.write([{"#new": said(1), "#old": said(2)}, Rename("#old", "#new"), {"#old": said(3)}], MESSAGES, 5)
    assert (msgids(store, "#new"), msgids(store, "#old")) == (["m1", "m2"], ["m3"])
    assert [entry.msgid for _, entry in store.read.search(Search(("#new",), ("n2",)))] == ["m2"]
    store.close()


def test_a_restricted_channel_leaves_nothing() -> None:
    store = HistoryStore(None)
    store.write([Restrict(PLACE, True), {PLACE: said(1)}, End(PLACE), {PLACE: said(2)}], MESSAGES, 5)
    assert msgids(store) == ["m2"]
    assert store.read.search(Search((PLACE,), ("n1",))) == []
    store.close()


def test_a_redacted_message_keeps_its_place_but_nothing_else() -> None:
    store = HistoryStore(None)
    store.write([{PLACE: said(1, 2, 3)}, Redact(PLACE, "m2")], MESSAGES, 5)
    assert msgids(store) == ["m1", "m3"]
    left = store.read.find(PLACE, "m2")
    assert left is not None and (left.kind, left.text) == ("", "")
    assert store.read.search(Search((PLACE,), ("n2",))) == []
    assert [e.msgid for e in select(store.read, Stretch(PLACE), "BEFORE", ["m2"])] == ["m1"]
    store.close()


class Keeping(RuleBasedStateMachine):
    """Writing in any portions, erasing, renaming: the store holds the newest of what a dictionary of lists would."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.lines: dict[str, list[Said]] = {}
        self.uncut: set[str] = set()  # renamed places hold more until the next write

    @initialize(most=st.integers(1, 12))
    def open(self, most: int) -> None:
        self.most = most
        self.store = HistoryStore(None)

    def teardown(self) -> None:
        self.store.close()

    @rule(
        place=st.sampled_from(["#a", "#b"]),
        drawn=st.lists(st.tuples(st.integers(0, 50), KINDS), min_size=1, max_size=30),
    )
    def say(self, place: str, drawn: list[tuple[int, str]]) -> None:
        new = [Said(time, self.number + count, kind) for count, (time, kind) in enumerate(drawn)]
        self.number += len(new)
        self.store.write([{place: [line.entry for line in new]}], MESSAGES, self.most)
        self.uncut.discard(place)
        self.lines.setdefault(place, []).extend(new)

    @rule()
    def rename(self) -> None:
        self.uncut.add("#b")
        self.store.write([Rename("#a", "#b")], MESSAGES, self.most)
        self.lines.setdefault("#b", []).extend(self.lines.pop("#a", []))

    @rule()
    def erase(self) -> None:
        self.store.erase("alice")
        self.lines.clear()

    @invariant()
    def holds_the_newest_of_what_was_said(self) -> None:
        for place, lines in self.lines.items():
            in_order = sorted(lines, key=lambda line: (line.time, line.number))
            found = self.store.read.select(Stretch(place, most=10_000, with_events=True))
            for is_message in (True, False):
                wanted = [line.msgid for line in in_order if (line.kind in MESSAGES) is is_message]
                kept = [entry.msgid for entry in found if (entry.kind in MESSAGES) is is_message]
                assert kept[-self.most :] == wanted[-self.most :]
                assert set(kept) <= set(wanted)
                assert place in self.uncut or len(kept) <= self.most + self.most // 10


TestKeeping = Keeping.TestCase
TestKeeping.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
