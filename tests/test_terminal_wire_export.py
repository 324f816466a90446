"""Exports: Markdown, HTML and pcap, the last one read with scapy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.packet import Packet
from scapy.utils import PcapReader

from terminal.wire import WireEntry, annotated
from terminal.wire.export import export
from terminal.wire.export_html import page
from terminal.wire.export_markdown import transcript
from terminal.wire.export_pcap import SEGMENT_BYTES, capture, port_of
from terminal.wire.files import CannotWrite

START = datetime(2026, 1, 2, 23, 59, 59, 250_000, tzinfo=UTC)


def entry(
    number: int, text: str, outgoing: bool = True, state: str = "welcomed", connection: int = 1, keepalive: bool = False
) -> WireEntry:
    size = len(text.encode()) + 2
    time = START + timedelta(seconds=number - 1)
    return WireEntry(number, time, outgoing, text, "\r\n", size, state, number, keepalive, connection=connection)


@pytest.mark.parametrize(("year", "seconds"), [(1960, 0), (2200, 2**32 - 1)])
def test_a_moment_that_a_capture_cannot_hold_is_the_nearest_that_it_can(year: int, seconds: int) -> None:
    line = replace(entry(1, "NICK bob"), time=datetime(year, 1, 1, tzinfo=UTC))
    data = capture([line], "irc.test:6667")
    assert int.from_bytes(data[24:28], "little") == seconds


TALK = [
    entry(1, "NICK bob", state="registering"),
    entry(2, ":s 001 bob :Welcome <b>&amp;</b>", outgoing=False),
    entry(3, "PING :x", outgoing=False, keepalive=True),
    entry(4, "PONG :x", keepalive=True),
    entry(5, "QUIT :\x1b[2Jbye", connection=2),
]


def test_markdown_shows_times_directions_states_and_the_end_of_each_line() -> None:
    assert transcript(TALK, "A *talk* <b>", "irc.example:6667", "bob").splitlines() == [
        r"# A \*talk\* \<b\>",
        "",
        r"bob (`>>` sent) and irc.example:6667 (`<<` received); times are UTC, secrets are hidden, `␍␊` ends a line.",
        "",
        "```text",
        "------------ 2026-01-02",
        "------------ connection 1",
        "------------ state: registering",
        "23:59:59.250 >> NICK bob␍␊",
        "------------ 2026-01-03",
        "------------ state: welcomed",
        "00:00:00.250 << :s 001 bob :Welcome <b>&amp;</b>␍␊",
        "00:00:01.250 << PING :x␍␊",
        "00:00:02.250 >> PONG :x␍␊",
        "------------ connection 2",
        r"00:00:03.250 >> QUIT :\x1b[2Jbye␍␊",
        "```",
    ]


class Reader(HTMLParser):
    """The tags and the text of a page."""

    VOID = ("meta",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data if self.open[-1:] != ["style"] else ""


def test_html_holds_every_line_and_folds_what_keeps_the_connection_alive() -> None:
    read = Reader(page(TALK, "A <b>talk</b>", "irc.example:6667", "bob"))
    assert read.open == [] and read.tags.count("details") == 1 and read.tags.count("section") == 3
    for line in (
        "NICK bob CR LF",
        ":s 001 bob :Welcome <b>&amp;</b> CR LF",
        r"QUIT :\x1b[2Jbye CR LF",
        "A <b>talk</b>",
    ):
        assert line in read.text
    assert "2 lines that keep the connection alive" in read.text
    assert "registering 2026-01-02, connection 1" in read.text and "10 bytes" in read.text


def test_html_needs_nothing_from_outside_and_runs_nothing() -> None:
    text = page(TALK, "A talk", "irc.example:6667", "bob")
    read = Reader(text)
    assert not {"script", "link", "img", "iframe", "object", "b"} & set(read.tags)
    assert not {"src", "href", "onclick"} & {name for name, _ in read.attributes}
    assert "url(" not in text and "@import" not in text and "prefers-color-scheme: dark" in text


_WIRE_TEXTS = st.text(st.characters(exclude_characters="\r\n"), max_size=60) | st.sampled_from(
    ["</style><script>alert(1)</script>", "PRIVMSG #x :<img src=x onerror=alert(1)>", '{"a": "</span>"}', '" onclick="']
)


@given(_WIRE_TEXTS, _WIRE_TEXTS)
def test_no_line_title_or_nick_becomes_markup(text: str, other: str) -> None:
    plain, odd = (Reader(page([entry(1, "PING")], *words)) for words in (("a", "b", "c"), (other, text, other)))
    assert plain.tags == odd.tags
    lines = Reader(page([entry(1, text, state=other)], "a", "b", "c"))
    assert lines.tags.count("span") == len(annotated(text, "json" if text.lstrip().startswith("{") else "irc")) + 5


def packets(tmp_path: Path, entries: list[WireEntry], server: str = "irc.example:6697") -> list[Packet]:
    path = tmp_path / "talk.pcap"
    path.write_bytes(capture(entries, server))
    with PcapReader(str(path)) as reader:
        return list(reader)


def checked(packet: Packet) -> Packet:
    """The packet, after its lengths and checksums were found to be what scapy computes by itself."""
    again = packet.copy()
    for layer, name in ((IP, "chksum"), (IP, "len"), (TCP, "chksum")):
        delattr(again[layer], name)
    assert bytes(again) == bytes(packet)
    return packet


def streams(found: list[Packet]) -> dict[int, list[Packet]]:
    by_port: dict[int, list[Packet]] = {}
    for packet in map(checked, found):
        tcp = packet[TCP]
        by_port.setdefault(max(tcp.sport, tcp.dport), []).append(packet)
    return by_port


def test_each_connection_is_a_tcp_stream_with_handshake_data_and_end(tmp_path: Path) -> None:
    first, second = streams(packets(tmp_path, TALK)).values()
    flags = [str(packet[TCP].flags) for packet in first]
    assert flags[:3] == ["S", "SA", "A"] and flags[3:-4] == ["PA", "A"] * 4 and flags[-4:] == ["FA", "A", "FA", "A"]
    assert [bytes(packet[TCP].payload) for packet in second if packet[TCP].flags == "PA"] == [b"QUIT :\x1b[2Jbye\r\n"]
    ports = {(packet[TCP].sport, packet[TCP].dport) for packet in first if packet[TCP].flags == "S"}
    assert [port for _, port in ports] == [6697]


def test_packets_have_the_times_of_the_lines(tmp_path: Path) -> None:
    found = packets(tmp_path, TALK)
    times = [datetime.fromtimestamp(float(packet.time), UTC) for packet in found if packet[TCP].flags == "PA"]
    assert times == [each.time for each in TALK]
    assert all(earlier.time <= later.time for earlier, later in pairwise(found))


_LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.sampled_from(["x" * 1458, "é" * 1500])


@given(st.lists(st.tuples(_LINES, st.booleans(), st.integers(1, 2)), min_size=1, max_size=8))
def test_sequence_numbers_and_acknowledgements_are_what_tcp_would_have(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, bool, int]]
) -> None:
    entries = [entry(i, text, outgoing, connection=number) for i, (text, outgoing, number) in enumerate(lines, 1)]
    found = streams(packets(tmp_path_factory.mktemp("pcap"), entries))
    assert len(found) == len({each.connection for each in entries})
    for number, stream in zip(dict.fromkeys(each.connection for each in entries), found.values(), strict=True):
        sent = {True: b"", False: b""}
        due: dict[bool, int] = {}
        for packet in stream:
            tcp, data = packet[TCP], bytes(packet[TCP].payload)
            outgoing = tcp.sport != 6697
            assert tcp.seq == due.get(outgoing, tcp.seq) and len(data) <= SEGMENT_BYTES
            if "A" in tcp.flags:
                assert tcp.ack == due[not outgoing]
            due[outgoing] = tcp.seq + len(data) + ("S" in tcp.flags) + ("F" in tcp.flags)
            sent[outgoing] += data
        for outgoing in (True, False):
            mine = [each.data for each in entries if each.connection == number and each.outgoing is outgoing]
            assert sent[outgoing] == b"".join(mine)


@pytest.mark.parametrize(
    ("server", "port"),
    [("irc.example:6697", 6697), ("[::1]:7000", 7000), ("irc.example", 6667), ("h:0", 6667), ("h:65536", 6667)],
)
def test_the_port_of_the_server_is_the_real_one_where_it_is_known(server: str, port: int) -> None:
    assert port_of(server) == port


@pytest.mark.parametrize(("name", "format", "start"), [
    ("talk.md", "", b"# "), ("talk.HTML", "", b"<!DOCTYPE html>"), ("talk.pcap", "", b"\xd4\xc3\xb2\xa1"),
    ("talk.txt", "md", b"# "), ("talk", ".pcap", b"\xd4\xc3\xb2\xa1"),
])  # fmt: skip
def test_the_name_of_the_file_or_the_format_decides(tmp_path: Path, name: str, format: str, start: bytes) -> None:
    path = tmp_path / name
    export(TALK, path, "A talk", "irc.example:6667", "bob", format)
    assert path.read_bytes().startswith(start) and path.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_exported_is_said_and_nothing_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "talk.md"
    path.write_text("mine")
    for target, entries, reason in (
        (path, TALK, "exists already"),
        (tmp_path / "talk.txt", TALK, r"the name must end with \.md, \.html or \.pcap"),
        (tmp_path / "new.md", [], "There is nothing to export yet"),
    ):
        with pytest.raises(CannotWrite, match=reason):
            export(entries, target, "A talk", "irc.example:6667", "bob")
    assert path.read_text() == "mine" and [each.name for each in tmp_path.iterdir()] == ["talk.md"]


def test_bytes_that_are_no_utf8_stay_what_they_were_in_a_capture(tmp_path: Path) -> None:
    odd = WireEntry(1, START, False, "NOTICE bob :café", "\r\n", 18, "welcomed", 1, False, utf8=False)
    data = b"".join(bytes(packet[TCP].payload) for packet in packets(tmp_path, [odd]))
    assert data == b"NOTICE bob :caf\xe9\r\n"
    assert ":café" in Reader(page([odd], "a", "b", "c")).text
