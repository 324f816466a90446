"""A window keeps its number: what Alt and a digit mean does not change while one works."""

from terminal.model.window import Window, WindowKind
from terminal.model.windows import Windows
from tests.terminal_core import a_client, on_channels


def numbers(windows: Windows) -> list[tuple[int, str]]:
    return [(number, window.name) for number, window in windows.items()]


def add(windows: Windows, kind: WindowKind, server: str, name: str) -> Window:
    return windows.add(Window(kind, server, name))


def test_what_comes_beside_it_changes_no_number() -> None:
    windows = Windows()
    add(windows, "server", "net", "net")
    study, mentions = add(windows, "channel", "net", "#study"), add(windows, "mentions", "", "mentions")
    add(windows, "private", "net", "wren")
    add(windows, "channel", "net", "#garden")
    assert numbers(windows) == [(1, "net"), (2, "#study"), (5, "#garden"), (4, "wren"), (3, "mentions")]
    assert windows.numbered(2) is study and windows.numbered(3) is mentions
    assert windows.number_of(mentions) == 3


def test_what_is_closed_leaves_its_number_to_the_next_one() -> None:
    windows = Windows()
    add(windows, "server", "net", "net")
    study = add(windows, "channel", "net", "#study")
    garden = add(windows, "channel", "net", "#garden")
    windows.remove(study)
    assert windows.numbered(2) is None and windows.numbered(3) is garden
    add(windows, "private", "net", "wren")
    assert numbers(windows) == [(1, "net"), (3, "#garden"), (2, "wren")]


def test_the_window_of_the_first_server_takes_over_that_of_the_time_before() -> None:
    core = a_client()
    core.client.tell("before any server")
    core.session()
    assert numbers(core.client.windows) == [(1, "net")]


def test_the_list_of_windows_tells_the_numbers_and_a_wrong_one_is_refused() -> None:
    core = a_client()
    on_channels(core, "#study", "#garden")
    core.type("/window 2", "/close", "/window 1", "/window", "/window 2", "/window 3")
    told = [line.text for line in core.client.sessions["net"].window.lines]
    assert told[-3:] == [
        "1 net: server, current", "3 #garden: 1 member, 0 unread", "There is no window 2: /window lists them.",
    ]  # fmt: skip
    assert core.client.windows.current is core.client.windows.numbered(3)
