"""What one types, the lines that it becomes, and what the server answers are one exchange; in the talk, too."""

import asyncio
from collections.abc import Callable

import pytest

from terminal import commands
from terminal.client import Client
from terminal.dialects import DIALECTS, Identity, Irc, Lab
from terminal.sessions.session import Session
from terminal.settings.table import ServerSettings, Settings
from terminal.waiting import Waiting
from tests.harness import SERVER_NAME, TIMEOUT, ServerUnderTest
from tests.terminal_core import a_client


async def settled(waiting: Waiting, session: Session) -> None:
    """Wait until the server has answered everything."""
    token = session.synchronise()
    assert await waiting.until(lambda: token in session.synchronised, TIMEOUT)


def talked(server: ServerUnderTest, dialect: str, *lines: str) -> tuple[Client, Session]:
    """A client that has joined #study on a real server, and typed these lines there."""

    async def talk() -> tuple[Client, Session]:
        client = Client(Settings(pacing_interval=0.0), asyncio.get_running_loop())
        waiting = Waiting(client)
        secret = "correct horse" if dialect == "json" else ""
        identity = Identity("alice", password=secret, register=bool(secret), servername=SERVER_NAME)
        where = ServerSettings(address=f"127.0.0.1:{server.port}", nick="alice", dialect=dialect)
        session = client.add_session("net", where, identity)
        session.connect()
        assert await waiting.until(lambda: session.dialect.ready, TIMEOUT)
        for line in ("/join #study", *lines):
            commands.run(client, line)
            assert await waiting.until(lambda: not session.dialect.joining, TIMEOUT)
            await settled(waiting, session)
        session.quit()
        assert await waiting.until(lambda: session.over, TIMEOUT)
        return client, session

    return asyncio.run(talk())


def of_line(client: Client, session: Session, is_wanted: Callable[[str], bool]) -> list[tuple[bool, str]]:
    """Direction and text of the wire lines of the exchange of the first line on #study whose text is wanted."""
    window = client.windows.find("net", "#study")
    assert window is not None
    exchange = next(line.exchange for line in window.lines if is_wanted(line.text))
    assert exchange
    return [(entry.outgoing, entry.text) for entry in session.wire.entries if entry.exchange == exchange]


@pytest.mark.parametrize("dialect", ["irc", "json"])
def test_what_is_said_belongs_to_the_line_sent_and_to_its_echo(server: ServerUnderTest, dialect: str) -> None:
    server.irc("wren").ask("JOIN #study")
    client, session = talked(server, dialect, "hello there")
    sent, *answers = of_line(client, session, lambda text: text == "hello there")
    assert sent[0] and "hello there" in sent[1]
    assert answers and not any(outgoing for outgoing, _ in answers)


def test_in_the_lab_dialect_what_is_said_is_the_line_sent(server: ServerUnderTest) -> None:
    server.irc("wren").ask("JOIN #study")
    client, session = talked(server, "lab", "hello there", "/names")
    assert of_line(client, session, lambda text: text == "hello there") == [(True, "PRIVMSG #study :hello there")]
    assert [text.split()[0:2] for _, text in of_line(client, session, lambda text: "members:" in text)] == [
        ["NAMES", "#study"],
        [f":{SERVER_NAME}", "353"],
        [f":{SERVER_NAME}", "366"],
    ]


@pytest.mark.parametrize("dialect", list(DIALECTS))
def test_a_join_belongs_to_the_request_and_so_does_what_is_asked_because_of_it(
    server: ServerUnderTest, dialect: str
) -> None:
    server.irc("wren").ask("JOIN #study", "PRIVMSG #study :before you came")
    client, session = talked(server, dialect)
    lines = of_line(client, session, lambda text: text == "joined")
    assert lines[0][0]
    assert not lines[1][0]
    if dialect == "irc":
        assert sum(outgoing and "CHATHISTORY" in text for outgoing, text in lines) == 1
        assert any("before you came" in text for _, text in lines)


def test_a_login_is_one_exchange_up_to_the_welcome(server: ServerUnderTest) -> None:
    for dialect, first, last in (("irc", "CAP LS", " 422 "), ("lab", "USER", " 001 "), ("json", '{"version"', '"110"')):
        _, session = talked(server, dialect)
        login = [entry.text for entry in session.wire.entries if entry.exchange == 1]
        assert login[0].startswith(first)
        assert any(last in text for text in login), login


def test_without_labels_an_answer_is_known_by_what_it_is_about() -> None:
    core = a_client()
    session, peer = core.online(joins=["#study"])
    peer.feed(":alice!a@h JOIN #study", ":irc.test 353 alice = #study :@alice", ":irc.test 366 alice #study :End")
    core.type("/topic Sockets")
    peer.feed(":alice!a@h TOPIC #study :Sockets")
    core.type("/whois wren")
    peer.feed(":wren!w@h PRIVMSG #study :hi", ":irc.test 401 alice wren :No such nick", ":wren!w@h JOIN #study")
    kinds: dict[int, list[str]] = {}
    for entry in session.wire.entries:
        kinds.setdefault(entry.exchange, []).append(entry.text.removeprefix(":irc.test ").split(" :")[0])
    asked = [lines for lines in kinds.values() if len(lines) > 1][1:]  # the first one is the login
    assert asked == [
        ["JOIN #study", ":alice!a@h JOIN #study", "353 alice = #study", "366 alice #study"],
        ["TOPIC #study", ":alice!a@h TOPIC #study"],
        ["WHOIS wren", "401 alice wren"],
    ]


def test_keys_of_lines_that_answer_nothing_are_empty() -> None:
    irc, lab = Irc(Identity("bob")), Lab(Identity("bob"))
    for line in (":s 353 bob = #x :bob", ":bob!b@h JOIN #x", ":al!a@h JOIN #x", ":s 999 bob", ""):
        assert irc.exchange_key(line, False) == lab.exchange_key(line, False) == ""
    for number in range(2_000):
        lab.exchange_key(f"JOIN #{number}", True)
    assert lab.exchange_key("332 #0 :Sockets", False) == ""
    assert lab.exchange_key("332 #1999 :Sockets", False) == "about #1999"
    assert lab.exchange_key("353 #1999 :ada", False) == lab.exchange_key("366 :End", False) == "about #1999"
    assert lab.exchange_key("366 :End", False) == ""
