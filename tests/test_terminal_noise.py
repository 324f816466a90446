"""Who comes and goes: shown, folded or hidden, for all windows and for one."""

from terminal.model.window import Window
from terminal.screen.look import look_of
from terminal.screen.talk import Talk
from tests.terminal_core import Core, a_client


def busy(**settings: object) -> tuple[Core, Window]:
    """#study, where three have come and one has gone."""
    core = a_client(**settings)
    core.online()
    window = core.client.window("channel", "net", "#study", show=True)
    for nick in ("wren", "rook", "ada"):
        core.say(window, nick, "joined", "join")
    core.say(window, "rook", "left", "part")
    return core, window


def rows(core: Core, window: Window) -> list[str]:
    """What the window shows, without times, blanks and answers to commands."""
    shown = Talk().view(window, 80, 8, look_of(core.settings))
    said = (placed for placed in shown if placed.line is not None and placed.line.kind != "info")
    return ["".join(text for _, text in placed.row).partition("│ ")[2].rstrip() for placed in said]


def test_noise_is_folded_hidden_or_shown_as_the_setting_says() -> None:
    core, window = busy()
    assert len(rows(core, window)) == 1
    core.client.change_setting("noise", "hide")
    assert rows(core, window) == []
    core.client.change_setting("noise", "show")
    assert rows(core, window) == ["wren joined", "rook joined", "ada joined", "rook left"]


def test_one_window_may_differ_from_the_others() -> None:
    core, window = busy(noise="show", noise_in={"#STUDY": "hide"})
    assert rows(core, window) == []
    core.type("/filter default")
    assert len(rows(core, window)) == 4


def test_the_filter_of_one_window_leaves_the_others_alone() -> None:
    core, window = busy(noise="show")
    other = core.client.window("channel", "net", "#other")
    core.say(other, "wren", "joined", "join")
    core.type("/filter hide")
    assert (rows(core, window), rows(core, other)) == ([], ["wren joined"])


def test_hidden_noise_is_back_when_it_is_to_be_shown() -> None:
    core, window = busy(noise="hide")
    core.say(window, "wren", "hello")
    assert rows(core, window) == ["hello"]
    core.type("/filter show")
    assert rows(core, window) == ["wren joined", "rook joined", "ada joined", "rook left", "hello"]
