"""Lines that wait for their turn: only those that somebody typed are counted, and thrown away."""

from terminal.writing.tooltips import tooltip
from tests.terminal_core import Core, a_client, on_channels, texts


def tip(core: Core) -> str:
    return "".join(text for _, text in tooltip(core.client, "", 0))


def test_what_the_client_asks_by_itself_is_neither_counted_nor_thrown_away() -> None:
    core = a_client(pacing_burst=1)
    session, peer = on_channels(core, "#study")
    for number in range(5):
        core.type(f"line {number}")
    session.do(session.dialect.raw("CHATHISTORY LATEST #study * 100"))
    session.do(session.dialect.raw("MARKREAD #study"))
    assert (session.outbox.waiting, session.outbox.typed_waiting) == (6, 4)
    assert tip(core) == "4 lines wait to be sent; Ctrl-G throws them away"
    core.type("/unsend")
    assert session.outbox.typed_waiting == 0 and tip(core) == ""
    assert any(text.startswith("4 lines were thrown away") for text in texts(session.window) + current(core))
    core.pass_time(20)
    assert [line.split()[0] for line in peer.take()][:3] == ["PRIVMSG", "CHATHISTORY", "MARKREAD"]


def current(core: Core) -> list[str]:
    assert core.client.windows.current is not None
    return texts(core.client.windows.current)


def test_many_lines_of_the_client_alone_are_no_word_worth() -> None:
    core = a_client(pacing_burst=1)
    session, _ = on_channels(core, "#study")
    for _ in range(10):
        session.do(session.dialect.raw("MARKREAD #study"))
    assert session.outbox.waiting == 9 and tip(core) == ""
