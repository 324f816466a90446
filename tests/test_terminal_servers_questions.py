"""Commands that ask a server something, or are about an account: what each sends, and what it says when it cannot."""

import pytest

from terminal.keeping.secret_lines import may_keep
from tests.terminal_core import Core, a_client, texts


def on_x() -> Core:
    """alice on #x of an IRC server."""
    core = a_client(pacing_interval=0.0)
    _, peer = core.online(joins=["#x"])
    peer.feed(":alice!a@h JOIN #x")
    peer.take()
    return core


def sent(core: Core, line: str) -> list[str]:
    """What a typed line sends."""
    core.type(line)
    return core.network.connection.take()


def last(core: Core) -> str:
    """The last line one looks at."""
    window = core.client.windows.current
    assert window is not None
    return texts(window)[-1]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("/motd", "MOTD"),
        ("/version", "VERSION"),
        ("/version irc.test", "VERSION irc.test"),
        ("/time", "TIME"),
        ("/admin", "ADMIN"),
        ("/info", "INFO"),
        ("/lusers", "LUSERS"),
        ("/links", "LINKS"),
        ("/stats u", "STATS u"),
        ("/who #x", "WHO #x"),
        ("/whowas bob", "WHOWAS bob"),
        ("/ctcp bob version", "PRIVMSG bob :\x01VERSION\x01"),
        ("/ctcp bob ping 12 34", "PRIVMSG bob :\x01PING 12 34\x01"),
        ("/knock #secret please", "KNOCK #secret please"),
        ("/knock secret let me in", "KNOCK #secret :let me in"),
        ("/rename #y it is about y", "RENAME #x #y :it is about y"),
        ("/setname Alice Liddell", "SETNAME :Alice Liddell"),
        ("/oper alice hunter2", "OPER alice hunter2"),
        ("/mode +m", "MODE #x +m"),
        ("/mode #x", "MODE #x"),
        ("/mode alice +i", "MODE alice +i"),
        ("/msg NickServ identify hunter2", "PRIVMSG NickServ :identify hunter2"),
        ("/nick wren", "NICK wren"),
    ],
)
def test_each_sends_its_line(typed: str, line: str) -> None:
    assert sent(on_x(), typed) == [line]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/oper alice", "Usage: /oper <name> [password]; the password is needed."),
        ("/login alice", "Usage: /login <account> [password]; the password is needed."),
        ("/password a b c", "Usage: /password <password> <new password>; a password holds no space here."),
        ("/password a b", "IRC has no /password."),
        ("/group moderated=yes", "IRC has no /group."),
        ("/searchserver words", "IRC has no /searchserver."),
        ("/ctcp bob", "Usage: /ctcp <nick> <query> [text]"),
    ],
)
def test_what_cannot_be_done_is_said_and_sends_nothing(typed: str, said: str) -> None:
    core = on_x()
    assert sent(core, typed) == [] and last(core) == said


@pytest.mark.parametrize("line", ["/oper alice hunter2", "/login alice hunter2", "/password old new"])
def test_lines_with_a_password_are_kept_in_no_file(line: str) -> None:
    assert not may_keep(line)


def test_a_login_at_run_time_makes_the_connection_anew_with_it() -> None:
    core = on_x()
    session = core.client.sessions["net"]
    assert sent(core, "/login wonderland hunter2") == ["QUIT"]
    assert (session.identity.account, session.identity.password) == ("wonderland", "hunter2")
    core.network.connection.lose("closed")
    core.network.connection.accept()
    assert "NICK alice" in core.network.connection.take()
    assert not any("hunter2" in text for window in core.client.windows for text in texts(window))


def test_settings_of_a_group_in_json() -> None:
    core = a_client(pacing_interval=0.0)
    session = core.session(dialect="json")
    session.connect()
    peer = core.network.connection
    peer.accept()
    peer.feed('{"version": 1.1, "id": 1, "response_code": "110", "parameters": {}, "channel": "CC", "payload": ""}')
    core.type("/create study")
    peer.feed(
        '{"version": 1.1, "id": 2, "response_code": "170", "parameters": {"username": "alice", "chat_name": "study"}, '
        '"channel": "CC", "payload": ""}'
    )
    peer.take()
    (line,) = sent(core, "/group moderated=yes limit=20 key=123")
    assert '"settings": {"moderated": true, "limit": 20, "key": "123"}' in line
    sent(core, "/group colour=red")
    assert last(core).startswith("A group has no setting colour with such a value; there are ")
