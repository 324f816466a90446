"""What a window says of itself: no channel is named in its own window, and a problem is told once."""

import pytest

from terminal.model.window import Window
from terminal.plain.printing import worded
from terminal.screen.look import look_of
from terminal.screen.panes import member_rows
from terminal.screen.talk import Talk
from terminal.text.paint import Paint
from tests.terminal_core import Core, a_client, on_channels, texts
from tests.terminal_scenes import channel, picture

NO_OPERATOR = ":irc.test 482 alice #study :You're not channel operator"


def shown(core: Core, window: Window) -> list[str]:
    """The rows of the talk, without times."""
    placed = Talk().view(window, 80, 8, look_of(core.settings))
    return ["".join(text for _, text in one.row)[6:].strip() for one in placed if one.line is not None]


def test_who_may_not_ban_is_told_so_once_although_two_lines_are_sent() -> None:
    core = a_client()
    _, peer = on_channels(core, "#study")
    window = core.client.windows.current
    assert window is not None
    core.type("/ban wren")
    assert [line.split()[0] for line in peer.take()] == ["MODE", "KICK"]
    peer.feed(NO_OPERATOR, NO_OPERATOR)
    assert [text for text in texts(window) if "operator" in text] == ["#study: You're not channel operator"]


def test_the_same_problem_of_the_next_action_is_told_again() -> None:
    core = a_client()
    _, peer = on_channels(core, "#study")
    window = core.client.windows.current
    assert window is not None
    for _ in range(2):
        core.type("/ban wren")
        peer.feed(NO_OPERATOR, NO_OPERATOR)
        core.pass_time(20)
    assert len([text for text in texts(window) if "operator" in text]) == 2


def test_a_channel_is_not_named_in_its_own_window_but_elsewhere_and_in_plain_lines() -> None:
    core = a_client()
    session, peer = on_channels(core, "#study")
    window = core.client.windows.find("net", "#study")
    assert window is not None
    core.type("/ban wren")
    peer.feed(NO_OPERATOR)
    assert shown(core, window)[-1] == "! │ You're not channel operator"
    problem = window.lines[-1]
    assert worded(problem, window, Paint(False)) == "! #study: You're not channel operator"
    core.client.add(session.window, problem)
    assert shown(core, session.window)[-1] == "! │ #study: You're not channel operator"


def test_what_people_say_keeps_a_name_in_front() -> None:
    core = a_client()
    _, peer = on_channels(core, "#study")
    window = core.client.windows.find("net", "#study")
    assert window is not None
    peer.feed(":wren!w@h PRIVMSG #study :#study: a fine channel")
    assert shown(core, window)[-1].endswith("#study: a fine channel")


@pytest.mark.parametrize("nick", ["alice", "ALICE"])
def test_the_own_nick_stands_in_the_list_of_members_as_in_the_talk(nick: str) -> None:
    core = a_client()
    core.online()
    window = channel(core, "net", "#study", f"@{nick}", "wren")
    cells = [(style, text.strip()) for row in picture(core, 110, 10) for style, text in row]
    own = [style for style, text in cells if text == nick and "memberlist" in style]
    assert own == ["class:memberlist class:nick.own"]
    others = member_rows(window.ranked_members(), 12, 5, look_of(core.settings))
    assert "class:nick.own" not in "".join(style for row in others for style, _ in row)
