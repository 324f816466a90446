"""The line that helps while one types, the preview of cuts, and secrets in typed lines."""

import pytest

from terminal.commands.registry import COMMANDS, Command
from terminal.writing import preview, sending
from terminal.writing.tooltips import NOW, tooltip
from terminal.writing.typed_secrets import missing_secret, secret_start, with_secret
from tests.terminal_core import Core, a_client
from tests.test_terminal_completion import on_study


@pytest.fixture
def core() -> Core:
    return on_study()[0]


def tip(core: Core, text: str) -> str:
    return "".join(part for _, part in tooltip(core.client, text, len(text)))


def test_the_usage_and_help_of_a_command_are_those_of_the_table(core: Core) -> None:
    assert tip(core, "/topic new") == f"{COMMANDS['/topic'].usage}  {COMMANDS['/topic'].help}"


def test_the_argument_at_the_cursor_is_emphasised(core: Core) -> None:
    def emphasised(text: str, cursor: int) -> list[str]:
        return [part for style, part in tooltip(core.client, text, cursor) if style == NOW]

    assert emphasised("/kick bob because", 8) == ["<nick>"]
    assert emphasised("/kick bob because of this", 20) == ["[reason]"]
    assert emphasised("/kick", 5) == []


def test_an_unknown_command_suggests_the_nearest_while_it_is_typed(core: Core) -> None:
    assert tip(core, "/jion") == "There is no command /jion. Did you mean /join? (Tab)"
    assert tip(core, "/jion #x") == "There is no command /jion. Did you mean /join? (Tab)"
    assert tip(core, "/qqqqqq") == "There is no command /qqqqqq. /help lists all."


def test_the_beginning_of_several_commands_names_them(core: Core) -> None:
    assert tip(core, "/no").startswith("/notice")
    assert "/names" in tip(core, "/n") and "/nick" in tip(core, "/n")


def test_plain_text_needs_no_help(core: Core) -> None:
    assert tip(core, "hello") == tip(core, "") == tip(core, "//hello") == ""


def test_lines_that_wait_to_be_sent_are_counted() -> None:
    core = a_client(pacing_burst=1, pacing_interval=1)
    session, _ = core.online()
    core.pass_time(60)  # what registering has cost is paid
    core.type("/raw PING one", "/raw PING two", "/raw PING three", "/raw PING four")
    assert tip(core, "") == tip(core, "hello") == "3 lines wait to be sent; Ctrl-G throws them away"
    core.pass_time(1)
    assert tip(core, "") == ""
    assert session.outbox.throw_away() == 2


def test_a_text_that_is_too_long_says_how_many_messages_it_makes_and_where_it_is_cut(core: Core) -> None:
    text = "word " * 150
    cuts = preview.cuts(core.client, text)
    pieces = core.client.session.dialect.pieces("#study", text) if core.client.session else []
    assert len(pieces) == 2 and cuts == [len(pieces[0])]
    assert tip(core, text) == "2 messages: the text is longer than one can be"
    assert preview.cuts(core.client, "short") == []


def test_the_cut_counts_from_where_the_text_begins_in_a_command(core: Core) -> None:
    text = "x" * 600
    plain = preview.cuts(core.client, text)[0]
    assert preview.cuts(core.client, f"/msg #study {text}") == [plain + len("/msg #study ")]
    assert preview.cuts(core.client, f"//{text}")[0] == plain + 1
    assert preview.cuts(core.client, f"/me {text}")[0] < plain + len("/me ")  # ACTION takes room of its own
    assert preview.cuts(core.client, f"/topic {text}") == []


def test_several_lines_count_one_message_each_where_the_server_has_no_multiline(core: Core) -> None:
    assert tip(core, "one\ntwo\n\nthree") == "4 lines, 3 messages; Enter sends"
    assert preview.messages(core.client, "one\n" + "x" * 600) == 3


def test_lines_of_a_text_come_without_blank_ends() -> None:
    assert sending.lines_of("\r\none\r\n\r\ntwo\r\n\n") == ["one", "", "two"]
    assert sending.lines_of("") == sending.lines_of("\n\n") == []


def test_several_lines_are_text_even_when_they_begin_with_a_slash() -> None:
    core, peer = on_study()
    peer.take()
    sending.send(core.client, "/quit\n/part\nend")
    assert peer.take() == ["PRIVMSG #study :/quit", "PRIVMSG #study :/part", "PRIVMSG #study :end"]


def test_one_line_with_a_line_break_behind_it_is_a_command() -> None:
    core, peer = on_study()
    peer.take()
    sending.send(core.client, "/topic\n")
    assert peer.take() == ["TOPIC #study"]


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("/msg NickServ IDENTIFY hunter2", "hunter2"),
        ("/m nickserv identify account hunter2", "account hunter2"),
        ("/query NickServ register hunter2 a@b", "hunter2 a@b"),
        ("/raw OPER root hunter2", "hunter2"),
        ("/quote PASS hunter2", "hunter2"),
        ("/raw PRIVMSG NickServ :IDENTIFY x", "x"),
        ("/show msg NickServ IDENTIFY x", "x"),
        ("/join #study key", "key"),
        ("/j study,key", "key"),
        ("/mode +k key", "key"),
        ("/group limit=20 key=123", "123"),
        ("/connect ircs://irc.test/#study?key", "key"),
        ("/connect irc://alice:hunter2@irc.test", "alice:hunter2@irc.test"),
        ("/set theme dark", None),
        ("/join #study,#lab", None),
        ("/mode +m", None),
        ("/msg NickServ help register", None),
        ("/msg bob my password is hunter2", None),
        ("/raw JOIN #study", None),
        ("my password", None),
        ("//msg NickServ IDENTIFY x", None),
    ],
)
def test_a_secret_is_found_where_it_begins(line: str, secret: str | None) -> None:
    start = secret_start(line)
    assert (None if start is None else line[start:]) == secret


def test_what_is_told_to_a_service_in_its_own_window_is_secret_behind_the_command() -> None:
    assert secret_start("IDENTIFY hunter2", "NickServ") == len("IDENTIFY ")
    assert secret_start("help", "NickServ") is None


@pytest.fixture
def secretive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two commands that take a password."""
    for usage, required in (("/oper <name> [password]", 1), ("/login [account] [password]", 0)):
        name = usage.split(" ")[0]
        row = Command(name, usage, "Help.", lambda client, arguments: None, required, True, "people")
        monkeypatch.setitem(COMMANDS, name, row)


@pytest.mark.usefixtures("secretive")
def test_a_command_that_takes_a_password_and_has_none_is_to_be_asked_for_it() -> None:
    assert missing_secret("/oper root") == "root"
    assert missing_secret("/oper root hunter2") is missing_secret("/oper") is missing_secret("/join #study") is None
    assert missing_secret("/login") == "your account"
    assert missing_secret("/login ada") == "ada"
    assert missing_secret("//oper root") is missing_secret("oper root") is None


@pytest.mark.usefixtures("secretive")
def test_the_password_that_was_asked_for_goes_to_its_place() -> None:
    assert with_secret("/oper root", "alice", "hunter2") == "/oper root hunter2"
    assert with_secret("/login", "alice", "hunter2") == "/login alice hunter2"
    assert with_secret("/login ada", "alice", "hunter2") == "/login ada hunter2"


@pytest.mark.usefixtures("secretive")
def test_the_password_of_a_command_is_dots() -> None:
    assert secret_start("/oper root hunter2") == len("/oper root ")
    assert secret_start("/oper root") is None
