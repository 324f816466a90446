"""What the server says about the connection, and answers that belong to no channel.

Owns: these events. Must not: decide what becomes of the connection; the session does.
"""

from dataclasses import replace

from terminal import wording
from terminal.events import Answer, Closing, Fatal, NickRefused, Notice, PasswordChanged, Problem, Ready, Synchronised
from terminal.routing.base import Handlers, Routing


def _ready(router: Routing, event: Ready) -> None:
    router.was_ready = True
    router.say(None, "info", wording.ready(event))
    router.session.welcomed()


def _notice(router: Routing, event: Notice) -> None:
    if event.about and router.step.mask and router.ignored(event.about):
        return
    router.say(router.near(event.about) if event.about else None, "info", event.text)


def _answer(router: Routing, event: Answer) -> None:
    router.say(router.near(""), "info", f"{event.about}: {event.text}" if event.about else event.text)


def _problem(router: Routing, event: Problem) -> None:
    router.host.refused = True
    _refuse_pending(router, event.about)
    if not router.was_told(event.about, event.text):
        router.say(router.near(event.about), "problem", event.text)


def _nick_refused(router: Routing, event: NickRefused) -> None:
    router.session.renaming.refused()
    _problem(router, Problem(event.text))


def _password_changed(router: Routing, event: PasswordChanged) -> None:
    session = router.session
    session.identity = replace(session.identity, password=session.dialect.identity.password, register=False)


def _refuse_pending(router: Routing, about: str) -> None:
    """What was said and is refused waits for no echo. Without labels the first text in this window is meant."""
    if not router.exchange:
        return
    for window in router.windows():
        window.settle(router.exchange)
    known = router.known(about) if about and "labels" not in router.session.dialect.features else None
    if known is not None and known.oldest_pending is not None:
        known.settle(known.oldest_pending.exchange)


def _closing(router: Routing, event: Closing) -> None:
    router.session.closing(event.text)
    if not router.session.quitting:
        router.say(None, "info", wording.closing(event))


def _fatal(router: Routing, event: Fatal) -> None:
    router.session.fatal(event)


def _synchronised(router: Routing, event: Synchronised) -> None:
    router.session.answered(event.token)
    router.host.changed()


HANDLERS: Handlers = {
    Ready: _ready, Notice: _notice, Answer: _answer, Problem: _problem, NickRefused: _nick_refused, Closing: _closing,
    Fatal: _fatal, PasswordChanged: _password_changed, Synchronised: _synchronised,
}  # fmt: skip
