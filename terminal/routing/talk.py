"""What people say: which window it belongs to, what was taken back, who types, how far one has read.

Owns: these events. Must not: word anything but speech.
"""

from dataclasses import replace

from protocol.masking import without_told
from terminal import wording
from terminal.events import HistoryEnd, MarkerIs, Redacted, Said, Talks, Typing
from terminal.model.composing import BELIEVED_SECONDS
from terminal.model.window import Window
from terminal.routing.base import Handlers, Routing

MOST_STRANGERS = 200  # windows of private talks of one server in which one has said nothing


def said(router: Routing, event: Said) -> None:
    """Put a text into its window."""
    if not event.own and router.ignored(event.source, event.mask):
        return
    if event.own:
        event = replace(event, text=without_told(event.target, event.text))
    window = _window_of(router, event)
    if window is None:
        return
    if event.own and not event.pending:
        window.settle(router.exchange, event.text)
    window.answered = window.answered or event.own
    folded = router.fold(event.source)
    member = window.members.get(folded)
    if not event.own and not event.history:
        window.spoke(folded)
        window.types(event.source, None)
    router.say(
        window,
        event.manner,
        event.text,
        source=event.source,
        own=event.own,
        mention=_is_mention(router, event, window),
        rank=member.ranks[:1] if member else "",
        account="" if router.fold(event.account or event.source) == folded else event.account,
        msgid=event.msgid or router.step.msgid or "",
        time=event.time,
        history=event.history,
        where=event.target if _is_elsewhere(router, event, window) else "",
        pending=event.pending,
    )
    if event.own and not event.history and not event.pending and window is router.host.windows.current:
        router.session.reading.look()


def _is_mention(router: Routing, event: Said, window: Window) -> bool:
    if event.own or window.kind == "server":
        return False
    return router.host.is_mention(event.text, router.session.dialect.nick)


def _is_elsewhere(router: Routing, event: Said, window: Window) -> bool:
    return not event.private and router.known(event.target) is not window


def _window_of(router: Routing, event: Said) -> Window | None:
    """None: it is shown nowhere, as what was asked for a window that was closed meanwhile. Only a private text opens a
    window: it is news, while one who closed the window of a channel does not want it back for a line."""
    session = router.session
    other = event.target if event.own or not event.private else event.source
    known = router.known(other)
    if known is not None:
        return known
    if (event.history and session.history.is_forgotten(other)) or (event.pending and not event.private):
        return None
    if not event.private and session.sees_joins:
        return router.near("") if event.own and not event.history else session.window
    if not event.private:
        return router.host.window("channel", session.name, other)
    if event.manner == "notice" or (not event.own and _are_too_many(router)):
        return session.window
    window = router.host.window("private", session.name, other)
    if not event.history and not event.pending:
        session.history.opened(window)
    return window


def _are_too_many(router: Routing) -> bool:
    """Whether so many talks of strangers are unanswered that further ones get no window of their own."""
    unanswered = sum(window.kind == "private" and not window.answered for window in router.windows())
    if unanswered >= MOST_STRANGERS and not router.is_crowded:
        text = f"{unanswered} private talks are unanswered: what further strangers say is shown here; /close ends one."
        router.say(None, "info", text, msgid="")
    router.is_crowded = unanswered >= MOST_STRANGERS
    return router.is_crowded


def _redacted(router: Routing, event: Redacted) -> None:
    window = router.known(event.target)
    if window is not None:
        text = wording.redacted(event)
        line = window.replace_line(event.msgid, lambda line: replace(line, kind="redacted", text=text, mention=False))
        if line is not None:
            router.host.edited(window, line)


def _marker(router: Routing, event: MarkerIs) -> None:
    router.session.reading.told(event)


def _history_end(router: Routing, event: HistoryEnd) -> None:
    if router.session.history.ended(event) and event.refused:
        router.host.refused = True
        router.say(router.near(event.target), "problem", event.refused)


def _talks(router: Routing, event: Talks) -> None:
    if not router.session.history.talks(event):  # somebody has asked by hand
        for name, time in event.rows:
            router.say(router.near(""), "info", wording.last_talk(name, time))


def _typing(router: Routing, event: Typing) -> None:
    if not router.host.settings.typing or router.ignored(event.nick):
        return
    window = router.known(event.target if router.session.dialect.is_channel(event.target) else event.nick)
    if window is not None:
        window.types(event.nick, router.host.loop.time() + BELIEVED_SECONDS if event.active else None)
        _await_end(router)
        router.host.changed()


def _await_end(router: Routing) -> None:
    """Show it when those who typed are no longer believed to; one timer for all of them, as they may be many."""
    if router.is_typing_awaited:
        return
    now = router.host.loop.time()
    ends = [end for window in router.windows() if (end := window.typing_end(now)) is not None]
    if ends:
        router.is_typing_awaited = True
        router.host.loop.call_later(min(ends) - now, lambda: _typing_over(router))


def _typing_over(router: Routing) -> None:
    router.is_typing_awaited = False
    router.host.changed()
    _await_end(router)


HANDLERS: Handlers = {
    Said: said, Redacted: _redacted, MarkerIs: _marker, HistoryEnd: _history_end, Talks: _talks, Typing: _typing,
}  # fmt: skip
