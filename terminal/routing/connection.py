"""What the server says about the connection, and answers that belong to no channel.

Owns: these events. Must not: decide what becomes of the connection; the session does.
"""

from terminal import wording
from terminal.events import Answer, Closing, Fatal, Notice, Problem, Ready, Synchronised
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
    router.say(router.near(event.about), "problem", event.text)


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
    Ready: _ready, Notice: _notice, Answer: _answer, Problem: _problem, Closing: _closing, Fatal: _fatal,
    Synchronised: _synchronised,
}  # fmt: skip
