"""Passwords and keys of channels are secret wherever lines are shown or kept: one table, for every dialect."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.masking import MASK, hidden, masked, secret_start, told_secret, without_told
from tests.terminal_core import Core, a_client, texts


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("NS :IDENTIFY hunter2", "NS :IDENTIFY ****"),
        ("NICKSERV :IDENTIFY hunter2", "NICKSERV :IDENTIFY ****"),
        ("PRIVMSG NickServ :IDENTIFY alice hunter2", "PRIVMSG NickServ :IDENTIFY ****"),
        ("PRIVMSG #lab,NickServ :hunter2", "PRIVMSG #lab,NickServ :****"),
        ("PRIVMSG :NickServ IDENTIFY hunter2", "PRIVMSG :NickServ IDENTIFY ****"),
        ("SQUERY NickServ :IDENTIFY hunter2", "SQUERY NickServ :IDENTIFY ****"),
        ("PRIVMSG Q@CServe.quakenet.org :AUTH alice hunter2", "PRIVMSG Q@CServe.quakenet.org :AUTH ****"),
        ("PRIVMSG *controlpanel :set Password alice hunter2", "PRIVMSG *controlpanel :set ****"),
        ("CHANSERV IDENTIFY #x hunter2", "CHANSERV IDENTIFY ****"),
        ("USERSERV login alice hunter2", "USERSERV login ****"),
        ("IDENTIFY hunter2", "IDENTIFY ****"),
        ("LOGIN alice hunter2", "LOGIN ****"),
        ("WEBIRC hunter2 gw host 192.0.2.1", "WEBIRC ****"),
        ("SET PASSWORD hunter2", "SET PASSWORD ****"),
        ("OPER :root hunter2", "OPER :root ****"),
        ("  @a=b  :alice  oper  root  hunter2", "  @a=b  :alice  oper  root  ****"),
        ("JOIN #x hunter2", "JOIN #x ****"),
        ("JOIN #x,#y hunter2,hunter2", "JOIN #x,#y ****"),
        ("MODE #x +k hunter2", "MODE #x +k ****"),
        ("MODE #x +ok bob hunter2", "MODE #x +ok ****"),
        ("MODE #x +b a!*@* +k hunter2", "MODE #x +b a!*@* +k ****"),
        (":bob!b@h MODE #x -k hunter2", ":bob!b@h MODE #x -k ****"),
        (":irc.test 324 alice #x +nk hunter2", ":irc.test 324 alice #x +nk ****"),
        ('{"command": "AUTH", "parameters": {"password": "hunter2"}}', '"password": "****"'),
        (
            '{"command": "MSSG", "parameters": {"recipient": "NickServ"}, "payload": "IDENTIFY hunter2"}',
            "IDENTIFY ****",
        ),
        ('{"command": "JOIN", "parameters": {"chat_name": "x", "key": "hunter2"}}', '"key": "****"'),
        ('{"parameters": {"settings": {"secret": true, "key": "hunter2"}}}', '"secret": true, "key": "****"'),
        ('{"parameters": {"pwd": "hunter2"}}', '"pwd": "****"'),
        ('{"payload": "IDENTIFY hunter2", "parameters": {"recipient": "NickServ"', "****"),
    ],
)
def test_a_secret_is_hidden_in_lines_of_every_form(line: str, shown: str) -> None:
    assert shown in hidden(line) and "hunter2" not in hidden(line)
    assert "hunter2" not in masked(line.encode())


@pytest.mark.parametrize(
    "line",
    [
        ":alice!a@h JOIN #x wonderland :Alice Liddell",
        "JOIN #x,#y",
        "MODE alice +k",
        "MODE #x +b k!*@*",
        "PRIVMSG NickServ :help identify",
        "PRIVMSG ChanServ :op #x bob",
        "PRIVMSG #x :/msg NickServ IDENTIFY me",
        "PRIVMSG bob :my pass is none of yours",
        "AUTHENTICATE SCRAM-SHA-256",
        "SET theme dark",
        '{"parameters": {"settings": {"secret": true}}}',
        '{"parameters": {"chat_name": "study"}, "payload": "the server and its keys"}',
        '{"parameters": {"username": "NickServ", "recipient": "alice"}, "payload": "You are logged in"}',
        "",
        ":",
        "PRIVMSG",
    ],
)
def test_a_line_without_a_secret_is_shown_as_it_is(line: str) -> None:
    assert hidden(line) == line


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["NS", ":", "JOIN", "MODE", "+k", "@x", "OPER", " ", "{"])).map(" ".join)
)
def test_no_line_makes_it_fail_and_what_is_hidden_stays_so(line: str) -> None:
    masked(line.encode(errors="replace"))
    start = secret_start(line)
    assert start is None or 0 <= start < len(line)
    assert line.lstrip().startswith("{") or hidden(line) == (line if start is None else line[:start] + MASK)


def test_what_a_service_is_told_begins_with_a_word_that_may_be_seen() -> None:
    assert without_told("NickServ", "identify alice hunter2") == "identify ****"
    assert without_told("nickserv@services.test", "hunter2") == MASK
    assert without_told("NickServ", "info alice") == "info alice"
    assert told_secret("NickServ", "identify") is None and told_secret("bob", "identify hunter2") is None


@pytest.mark.parametrize("typed", ["/msg NickServ IDENTIFY hunter2", "/query NickServ IDENTIFY hunter2"])
def test_the_own_password_for_nickserv_is_not_in_its_window(typed: str) -> None:
    core = a_client()
    core.online()
    core.type(typed)
    window = core.client.windows.find("net", "NickServ")
    assert window is not None and texts(window) == ["alice IDENTIFY ****"]
    assert "PRIVMSG NickServ :IDENTIFY hunter2" in core.network.connection.lines
    assert not shown_anywhere(core, "hunter2")


def test_a_password_in_the_window_of_nickserv_is_hidden_when_it_comes_back_from_the_server() -> None:
    core = a_client()
    _, peer = core.online()
    core.type("/query NickServ")
    peer.feed(":alice!a@h PRIVMSG NickServ :identify hunter2")
    assert texts(core.client.windows.find("net", "NickServ") or core.client.windows.all[0]) == ["alice identify ****"]
    assert not shown_anywhere(core, "hunter2")


def test_json_tells_nickserv_a_password_that_no_log_of_the_wire_has() -> None:
    core = a_client(pacing_interval=0.0)
    session = core.session(dialect="json")
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed('{"version": 1.1, "id": 1, "response_code": "110", "parameters": {}, "payload": ""}', end="\n")
    peer.take()
    core.type("/msg NickServ IDENTIFY hunter2", "/join study,hunter2")
    sent = [json.loads(line) for line in peer.take()]
    assert sent[0]["payload"] == "IDENTIFY hunter2" and sent[1]["parameters"]["key"] == "hunter2"
    assert not shown_anywhere(core, "hunter2")


@pytest.mark.parametrize("dialect", ["irc", "lab", "json"])
def test_a_raw_line_of_another_dialect_is_hidden_too(dialect: str) -> None:
    dialect_of = a_client().session(dialect=dialect).dialect
    assert dialect_of.masked("OPER root hunter2") == "OPER root ****"
    assert "hunter2" not in dialect_of.masked('{"command": "AUTH", "parameters": {"password": "hunter2"}}')


def shown_anywhere(core: Core, secret: str) -> bool:
    """Whether a window or the wire has it."""
    return any(secret in text for window in core.client.windows for text in texts(window)) or any(
        secret in entry.text for session in core.client.sessions.values() for entry in session.wire.entries
    )
