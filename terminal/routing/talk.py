"""What people say: which window it belongs to, what was taken back, who types, how far one has read.

Owns: these events. Must not: word anything but speech.
"""

from dataclasses import replace

from terminal import wording
from terminal.events import HistoryEnd, MarkerIs, Redacted, Said, Typing
from terminal.model.composing import BELIEVED_SECONDS
from terminal.model.window import Window
from terminal.routing.base import RANK_SIGNS, Handlers, Routing


def said(router: Routing, event: Said) -> None:
    """Put a text into its window."""
    if not event.own and router.ignored(event.source, event.mask):
        return
    window = _window_of(router, event)
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
    )
    if event.own and not event.history and window is router.host.windows.current:
        router.session.mark_read(window)


def _is_mention(router: Routing, event: Said, window: Window) -> bool:
    if event.own or window.kind == "server":
        return False
    return router.host.is_mention(event.text, router.session.dialect.nick)


def _window_of(router: Routing, event: Said) -> Window:
    session = router.session
    if not event.private:
        known = router.known(event.target)
        if known is not None and known.kind == "channel":
            return known
        return router.host.window("channel", session.name, event.target if known else event.target.lstrip(RANK_SIGNS))
    other = event.target if event.own else event.source
    known = router.known(other)
    if known is not None:
        return known
    if event.manner == "notice":
        return session.window
    window = router.host.window("private", session.name, other)
    if not event.own and not event.history:
        session.reading.ask(window)
    return window


def _redacted(router: Routing, event: Redacted) -> None:
    window = router.known(event.target)
    if window is not None:
        text = wording.redacted(event)
        window.replace_line(event.msgid, lambda line: replace(line, kind="redacted", text=text, mention=False))
        router.host.changed()


def _marker(router: Routing, event: MarkerIs) -> None:
    router.session.reading.told(event)


def _history_end(router: Routing, event: HistoryEnd) -> None:
    router.session.history.ended(event)


def _typing(router: Routing, event: Typing) -> None:
    if not router.host.settings.typing or router.ignored(event.nick):
        return
    window = router.known(event.target if router.session.dialect.is_channel(event.target) else event.nick)
    if window is not None:
        window.types(event.nick, router.host.loop.time() + BELIEVED_SECONDS if event.active else None)
        router.host.loop.call_later(BELIEVED_SECONDS, router.host.changed)
        router.host.changed()


HANDLERS: Handlers = {Said: said, Redacted: _redacted, MarkerIs: _marker, HistoryEnd: _history_end, Typing: _typing}
