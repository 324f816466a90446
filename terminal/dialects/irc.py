"""Modern IRC, with any server: actions -> lines, lines -> events.

Owns: the way of a received line to what it means, and what a batch means as a whole. The actions are in `irc_actions`,
the meanings in `irc_lines` and `irc_numerics`. Must not: touch the socket or decide how an event looks.
"""

from protocol.message import Message
from protocol.multiline import CAPABILITY as MULTILINE
from terminal.dialects.base import together
from terminal.dialects.irc_actions import IrcActions
from terminal.dialects.irc_batches import HISTORY, TALKS, Batch
from terminal.dialects.irc_core import mask_of, nick_of, server_time
from terminal.dialects.irc_lines import VERBS, Handler, past, told
from terminal.dialects.irc_numerics import NUMERICS, other
from terminal.dialects.parsing import parsed
from terminal.dialects.stamps import moment
from terminal.events import Event, Fatal, HistoryEnd, Notice, Step, Talks

HANDLERS: dict[str, Handler] = VERBS | NUMERICS


class Irc(IrcActions):
    """One IRC connection as the client sees it."""

    def receive(self, line: str) -> Step:
        """One line of any IRC server, known or not."""
        if line.startswith("{") and not self.ready:
            return self._noted(told(Fatal("The server speaks JSON here; try --dialect json.")))
        message = parsed(line)
        step = self._noted(self._meaning(message))
        return step._replace(time=server_time(message), msgid=message.tags.get("msgid", ""), mask=mask_of(message))

    def _meaning(self, message: Message) -> Step:
        command = message.command.upper()
        try:
            if command == "BATCH":
                return self._batch_line(message)
            if self.batches.keep(message):
                return Step()
            return self._alone(command, message)
        except IndexError:  # fewer parameters than this line must have: show it as it is
            text = " ".join((nick_of(message), command, *message.params))
            return told(Notice(text)) if text.strip() else Step()

    def _alone(self, command: str, message: Message) -> Step:
        handler = HANDLERS.get(command)
        if handler is not None:
            return handler(self, message)
        if len(command) == 3 and command.isascii() and command.isdigit():
            return other(self, message)
        raise IndexError(command)

    def _batch_line(self, message: Message) -> Step:
        if message.params[0].startswith("+"):
            self.batches.start(message)
            return Step()
        batch = self.batches.end(message)
        if batch is None or batch.keeper is not batch:
            return Step()
        step = self._whole(batch)
        keeper = batch.outer.keeper if batch.outer is not None else None
        if keeper is None:
            return step
        self.batches.keep_inner(batch, step.events)
        return Step(step.lines)

    def _whole(self, batch: Batch) -> Step:
        """What a batch means whose lines were kept."""
        if batch.kind == MULTILINE:
            text = batch.text()
            said = self.said(batch.opening, batch.params[0], text, batch.is_notice, batch.is_history)
            return told(said) if text else Step()
        if batch.kind == HISTORY:
            target = batch.params[0]
            self.history_asked.pop(target, None)
            events = [event for item in batch.items for event in self._past(item)]
            end = HistoryEnd(target, len(events), is_latest=self.latest_asked.pop(target, False))
            return Step([], [*events, end], told_again=target)
        if batch.kind == TALKS:
            self.talks_asked = False
            rows = [item.params[1:3] for item in batch.items if isinstance(item, Message) and len(item.params) > 2]
            return told(Talks(tuple((name, moment(time)) for name, time in rows)))
        return together([self._meaning(item) for item in batch.items if isinstance(item, Message)])

    def _past(self, item: Message | Event) -> list[Event]:
        if not isinstance(item, Message):
            return [item]
        try:
            return past(self, item)
        except IndexError:
            return []
