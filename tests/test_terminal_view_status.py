"""The status line: what it tells, and what it leaves out first."""

from dataclasses import replace

import pytest

from terminal.model.window import Anchor
from terminal.network.tls import Tls
from terminal.screen.bars import status_row
from terminal.screen.look import look_of
from terminal.text.width import cells
from tests.terminal_core import Core, a_client
from tests.terminal_scenes import add, channel

TLS = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384", "AB:CD", "irc.test", "irc.test", "2030-12-31", True)


def status(core: Core, width: int = 200) -> str:
    """The status line as one reads it."""
    row = status_row(core.client, width, core.loop.time(), core.clock, look_of(core.settings))
    text = "".join(text for _, text in row)
    assert cells(text) == width
    return text.rstrip()


def online(**settings: object) -> Core:
    core = a_client(times="", **settings)
    core.online()
    channel(core, "net", "#study", "alice")
    return core


def test_user_modes_and_channel_modes_are_shown_once_they_are_known() -> None:
    core = online()
    peer = core.network.connection
    assert status(core) == " alice │ 2:#study │ net irc │ welcomed"
    peer.feed(":alice MODE alice :+iw", ":ada MODE #study +m")
    assert status(core) == " alice (+iw) │ 2:#study │ net irc │ welcomed"
    peer.feed(
        ":irc.test 324 alice #study +ntk secret", ":ada MODE #study +ml-n+ob 20 alice *!*@bad", ":alice MODE alice -w"
    )
    assert status(core) == " alice (+i) │ 2:#study (+klmt) │ net irc │ welcomed"


def test_away_is_shown_until_one_is_back() -> None:
    core = online()
    peer = core.network.connection
    peer.feed(":irc.test 306 alice :You are away")
    assert status(core).startswith(" alice away │")
    peer.feed(":irc.test 305 alice :You are back")
    assert status(core).startswith(" alice │")


def test_tls_is_shown_and_stands_out_when_nobody_has_checked_the_certificate() -> None:
    core = online()
    session = core.client.sessions["net"]
    session.tls = TLS
    assert " net irc TLS │" in status(core)
    session.tls = replace(TLS, verified=False)
    assert " net irc TLS unchecked │" in status(core)


@pytest.mark.parametrize(
    ("lag", "shown"), [(0.0004, "lag 0ms"), (0.012, "lag 12ms"), (0.9994, "lag 999ms"), (12.34, "lag 12.3s")]
)
def test_lag_is_in_milliseconds_until_it_hurts(lag: float, shown: str) -> None:
    core = online()
    core.client.sessions["net"]._pulse.lag = lag
    assert f" {shown} │" in status(core)


def test_the_pause_before_the_next_attempt_is_counted_down() -> None:
    core = online()
    core.network.connection.lose()
    session = core.client.sessions["net"]
    assert session.retry_at is not None
    left = session.retry_at - core.loop.time()
    assert status(core).endswith(f"connecting again in {round(left)} s")
    core.loop.now += left - 0.4
    assert status(core).endswith("connecting again in 0 s")


def test_active_windows_are_numbered_and_mentions_marked() -> None:
    core = online()
    for number in range(3, 7):
        channel(core, "net", f"#room{number}", "alice", show=False)
    windows = {window.name: window for window in core.client.windows}
    add(core, windows["#room4"], "message", "wren", "hello")
    add(core, windows["#room6"], "message", "wren", "alice: hello", mention=True)
    add(core, windows["#room5"], "join", "wren", "joined")
    assert status(core).endswith("act: 4 6! 7")
    assert status(core, 30) == " alice │ 2:#study act: 4 6! 7"


def test_the_least_important_goes_first() -> None:
    core = online(noise="show")
    core.settings.times = "%H:%M"
    session = core.client.sessions["net"]
    session.tls, session._pulse.lag, session.router.away = TLS, 0.012, "lunch"
    session.router.modes = "i"
    core.client.windows.current.modes = "nt"  # type: ignore[union-attr]
    seen: list[str] = []
    for width in range(90, 8, -1):
        shown = " ".join(status(core, width).replace("│", " ").split())
        if not seen or seen[-1] != shown:
            seen.append(shown)
    assert seen == [
        "12:34 alice (+i) away 2:#study (+nt) net irc TLS lag 12ms welcomed",
        "12:34 alice away 2:#study (+nt) net irc TLS lag 12ms welcomed",
        "12:34 alice away 2:#study net irc TLS lag 12ms welcomed",
        "12:34 alice away 2:#study net TLS lag 12ms welcomed",
        "12:34 alice away 2:#study net TLS lag 12ms",
        "12:34 alice away 2:#study net TLS",
        "12:34 alice away 2:#study net",
        "12:34 alice away 2:#study",
        "12:34 alice 2:#study",
        "alice 2:#study",
        "alice",
    ]


def test_what_is_new_below_is_the_last_to_go() -> None:
    core = online()
    window = core.client.windows.current
    assert window is not None
    for number in range(50):
        add(core, window, "message", "wren", f"{number}")
    window.hold(Anchor(window.lines[10].number))
    assert status(core, 20).strip() == "alice  more below"
    core.settings.times = "%H:%M"
    assert status(core, 50).split() == ["12:34", "│", "alice", "│", "2:#study", "│", "net", "more", "below"]
    core.settings.times = ""
    add(core, window, "message", "wren", "news")
    assert status(core, 16).strip() == "1 new below"
