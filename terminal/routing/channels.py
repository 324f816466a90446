"""What becomes of channels: topics, modes, names, the list of them, and those that do not let us in.

Owns: these events. Must not: know who is on a channel.
"""

from terminal import wording
from terminal.events import ChannelRenamed, Channels, JoinForwarded, JoinRefused, ModeChanged, TopicIs
from terminal.model.window import with_changes
from terminal.routing.base import Handlers, Routing


def _join_refused(router: Routing, event: JoinRefused) -> None:
    session = router.session
    if event.missing and session.create_missing:
        router.say(None, "info", f"There is no group {event.channel} yet; creating it.")
        session.do(session.dialect.create(event.channel))
        return
    router.host.refused = True
    session.leaving.left(event.channel)
    session.wanted.drop(event.channel)
    router.say(router.near(event.channel), "problem", wording.join_refused(event))


def _join_forwarded(router: Routing, event: JoinForwarded) -> None:
    router.session.wanted.rename(event.asked, event.given)
    if router.to_show.pop(event.asked, False):
        router.show_when_joined(event.given)


def _renamed(router: Routing, event: ChannelRenamed) -> None:
    window = router.known(event.old)
    if window is not None:
        router.host.windows.rename(window, event.new)
        router.session.wanted.rename(event.old, event.new)
        router.say(window, "info", f"{event.old} is called {event.new} now.")


def _topic(router: Routing, event: TopicIs) -> None:
    window = router.known(event.channel)
    if window is not None and not event.history:
        window.topic = event.text
        window.version += 1
    router.say(window or router.near(event.channel), "topic", wording.topic(event), history=event.history)


def _mode(router: Routing, event: ModeChanged) -> None:
    text = f"sets mode {event.text}" if event.by else f"mode {event.text}"
    if not router.session.dialect.is_channel(event.target):
        text += f" on {event.target}"
    window = router.known(event.target)
    if window is not None and not event.history:
        if not event.by or window.modes is not None:
            window.modes = with_changes((event.by and window.modes) or "", event.flags)
    elif router.session.dialect.is_own(event.target) and not event.history:
        router.modes = with_changes("" if not event.by else router.modes, event.flags)
    router.say(window or router.near(event.target), "mode", text, source=event.by, history=event.history)


def _list(router: Routing, event: Channels) -> None:
    router.session.channel_rows = event.rows
    tell, router.channels_asked = router.channels_asked, None
    if tell is not None:
        tell()
        return
    window = router.near("")
    for name, count, topic in event.rows:
        router.say(window, "list", " ".join(part for part in (name, count, topic) if part))
    if not event.rows:
        router.say(window, "info", "There are no channels.")


HANDLERS: Handlers = {
    JoinRefused: _join_refused, JoinForwarded: _join_forwarded, ChannelRenamed: _renamed, TopicIs: _topic,
    ModeChanged: _mode, Channels: _list,
}  # fmt: skip
