"""What Tab offers: commands, and for each argument what its word in the usage names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.client import Client
from terminal.commands.registry import COMMANDS
from terminal.writing.completion import Candidate, arguments_of, completions
from tests.terminal_core import Core, FakeConnection, a_client


def offered(client: Client, text: str, cursor: int | None = None) -> list[str]:
    """What would replace the word, in order."""
    return [one.text for one in completions(client, text, len(text) if cursor is None else cursor)]


@pytest.fixture
def core() -> Core:
    return on_study()[0]


def on_study() -> tuple[Core, FakeConnection]:
    """alice on #study with others, of whom rook and then ada have spoken."""
    core = a_client(pacing_interval=0)
    _, peer = core.online(features="CASEMAPPING=rfc1459")
    peer.feed(
        ":alice!a@h JOIN #study",
        ":irc.test 353 alice = #study :@alice wren rook Rory bob ada",
        ":irc.test 366 alice #study :End",
        ":rook!r@h PRIVMSG #study :hello",
        ":ada!r@h PRIVMSG #study :hello",
    )
    window = core.client.windows.find("net", "#study")
    assert window is not None
    core.client.windows.show(window)
    return core, peer


def test_a_command_is_completed_with_its_usage_and_help_beside_it(core: Core) -> None:
    row = COMMANDS["/join"]
    assert completions(core.client, "/joi", 4) == [Candidate("/join ", 0, row.usage, row.help)]


def test_every_command_is_offered_for_a_slash_and_its_help_is_that_of_the_table(core: Core) -> None:
    found = completions(core.client, "/", 1)
    assert [one.text.strip() for one in found] == list(COMMANDS)
    assert [one.help for one in found] == [row.help for row in COMMANDS.values()]


def test_a_command_without_arguments_is_completed_without_a_space(core: Core) -> None:
    assert offered(core.client, "/clea") == ["/clear"]


def test_a_short_form_is_completed_to_the_command_it_stands_for(core: Core) -> None:
    assert offered(core.client, "/wi")[0] == "/whois "


def test_a_mistyped_command_is_completed_to_the_nearest_one(core: Core) -> None:
    assert offered(core.client, "/jion") == ["/join "]
    assert offered(core.client, "/qqqqqq") == []


def test_who_spoke_last_is_offered_first_then_the_others_by_name_and_never_oneself(core: Core) -> None:
    assert offered(core.client, "/whois ") == ["ada ", "rook ", "bob ", "Rory ", "wren "]


def test_a_nick_is_addressed_with_a_colon_at_the_start_of_a_line_only(core: Core) -> None:
    assert offered(core.client, "r") == ["rook: ", "Rory: "]
    assert offered(core.client, "hello r") == ["rook ", "Rory "]
    assert offered(core.client, "first line\nr") == ["rook: ", "Rory: "]


def test_only_what_stands_before_the_cursor_is_completed(core: Core) -> None:
    assert completions(core.client, "ask wr now", 6) == [Candidate("wren ", 4, "wren")]


def test_somebody_who_has_left_is_offered_no_more(core: Core) -> None:
    core, peer = on_study()
    peer.feed(":ada!a@h PART #study")
    assert offered(core.client, "a") == []


def test_nicks_are_compared_as_the_server_does(core: Core) -> None:
    core, peer = on_study()
    peer.feed(":Ada[x]!a@h JOIN #study")
    assert "Ada[x] " in offered(core.client, "/whois ADA{")


def test_channels_are_those_one_is_on_and_those_that_were_listed(core: Core) -> None:
    core, peer = on_study()
    peer.feed(":irc.test 322 alice #staff 4 :the staff", ":irc.test 323 alice :End")
    found = completions(core.client, "/join #st", 9)
    assert [(one.text, one.help) for one in found] == [("#study ", ""), ("#staff ", "4 the staff")]
    assert offered(core.client, "/join sta") == ["#staff "]
    assert offered(core.client, "see #sta") == ["#staff "]


def test_a_second_word_of_an_argument_that_is_one_word_is_not_completed_as_it(core: Core) -> None:
    assert offered(core.client, "/join #study k") == []


def test_a_text_argument_offers_nicks_as_any_text_does(core: Core) -> None:
    assert offered(core.client, "/msg bob ask wr") == ["wren "]
    assert offered(core.client, "/me waves at wr") == ["wren "]


def test_commands_are_offered_to_help_with_and_without_a_slash(core: Core) -> None:
    assert offered(core.client, "/help nam")[0].strip() == "names"
    assert offered(core.client, "/help /nam")[0].strip() == "/names"


def test_emoji_are_completed_by_name_where_the_setting_says_so(core: Core) -> None:
    assert offered(core.client, "well :thumbsu") == ["👍 "]
    assert offered(core.client, ":t") == []  # far too many
    core.settings.emoji = False
    assert offered(core.client, "well :thumbsu") == []


def test_what_people_call_an_emoji_comes_first(core: Core) -> None:
    found = completions(core.client, ":smile", 6)
    assert (found[0].text, found[0].display) == ("😄 ", "😄 :smile:")


def test_a_text_that_begins_with_two_slashes_is_no_command(core: Core) -> None:
    assert offered(core.client, "//jo") == []


def test_a_line_of_several_that_begins_with_a_slash_is_no_command(core: Core) -> None:
    assert offered(core.client, "one\n/jo") == []


def test_nothing_is_offered_without_a_server_but_commands() -> None:
    client = a_client().client
    assert offered(client, "r") == []
    assert offered(client, "/join #") == []
    assert offered(client, "/qui") == ["/quit "]


def test_the_arguments_of_a_command_are_read_from_its_usage() -> None:
    first, second = arguments_of(COMMANDS["/msg"])
    assert (first.shown, first.kinds, first.required) == ("<nick or channel>", ("nick", "channel"), True)
    assert (second.shown, second.kinds) == ("<text>", ("text",))


def test_words_that_a_usage_lists_are_offered(core: Core) -> None:
    assert offered(core.client, "/filter f") == ["fold"]
    assert offered(core.client, "/log ") == ["off", "text", "json", "where"]


def test_settings_are_offered_with_their_help_and_then_their_values(core: Core) -> None:
    (theme,) = completions(core.client, "/set them", 9)
    assert theme.text == "theme " and theme.help.endswith("(now dark)")
    values = completions(core.client, "/set theme ", 11)
    assert [(one.text, one.help) for one in values][:2] == [("dark", "in force now"), ("light", "")]
    assert offered(core.client, "/set emoji o") == ["on", "off"]
    assert offered(core.client, "/set scrollback ") == ["10000"]
    assert offered(core.client, "/set nonsense x") == []


def test_windows_are_offered_by_name(core: Core) -> None:
    assert offered(core.client, "/window st") == ["#study "]


def test_files_are_completed_below_the_folder_that_is_written(core: Core, tmp_path: Path) -> None:
    from terminal.writing.completion import _files

    (tmp_path / "talk.md").write_text("")
    (tmp_path / "tales").mkdir()
    (tmp_path / ".hidden").write_text("")
    found = [value for value, _ in _files(core.client, f"{tmp_path}/", "")]
    assert found == [f"{tmp_path}/tales/", f"{tmp_path}/talk.md"]
    assert [value for value, _ in _files(core.client, f"{tmp_path}/no/", "")] == []


@given(st.text("/ #:arnwms<\n", max_size=20), st.integers(0, 20))
def test_completing_anything_replaces_a_part_of_the_line_at_the_cursor(text: str, cursor: int) -> None:
    core, _ = _ONCE
    cursor = min(cursor, len(text))
    for one in completions(core.client, text, cursor):
        assert 0 <= one.start <= cursor
        assert "\n" not in text[one.start : cursor]


_ONCE = on_study()


def test_settings_of_a_group_are_offered_with_their_sign_of_equality_and_the_values_of_switches() -> None:
    core = a_client()
    core.session(dialect="json")
    assert offered(core.client, "/group ")[:3] == ["key=", "limit=", "invitation_only="]
    assert offered(core.client, "/group limit=3 mo") == ["moderated="]
    assert offered(core.client, "/group moderated=") == ["moderated=yes", "moderated=no"]
    assert offered(core.client, "/group secret=N") == ["secret=no"]
    assert offered(core.client, "/group limit=") == offered(core.client, "/group nothing=") == []


def test_where_channels_have_modes_no_settings_are_offered(core: Core) -> None:
    assert offered(core.client, "/group ") == []
