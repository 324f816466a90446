"""The input: a text for each window, its history, what is asked before much is sent, and the row that helps.

Owns: the life of a typed text until it is sent. Must not: know a command, or which key does what (`input_keys`).
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from typing import Any

from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer, CompletionState
from prompt_toolkit.completion import Completion
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import BufferControl, ConditionalContainer, FormattedTextControl, HSplit, Window
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.widgets import SearchToolbar

from terminal import commands
from terminal.client import Client
from terminal.keeping.input_history import InputHistory
from terminal.mishaps import Parameters, Result, guarded
from terminal.model import window as model
from terminal.model.composing import Composing
from terminal.screen.input_view import AsShown, mend_text
from terminal.screen.look import shortened, stacked
from terminal.screen.questions import Questions
from terminal.text.clean import plain
from terminal.text.formatting import MARKERS
from terminal.text.wrap import wrap
from terminal.writing import preview, sending, slips
from terminal.writing.completion import completions
from terminal.writing.tooltips import TIP, tooltip
from terminal.writing.typed_secrets import missing_secret, secret_start, with_secret

LONG_PASTE = 5_000  # characters that are much to send even when they are one line
TWICE_SECONDS = 2.0
TIP_ROWS = 2
SEND, AS_ONE, EDIT, THROW_AWAY = "y", "m", "e", "n"


class WindowHistory(History):
    """What was typed into one window, for prompt_toolkit. The window's name may change meanwhile."""

    def __init__(self, kept: InputHistory, window: model.Window | None) -> None:
        super().__init__()
        self._kept = kept
        self._window = window

    @property
    def _key(self) -> tuple[str, str]:
        return (self._window.server, self._window.name) if self._window is not None else ("", "")

    async def load(self) -> AsyncGenerator[str, None]:
        """The newest first; asked anew each time, as another window may have the same name."""
        for line in self.load_history_strings():
            yield line

    def get_strings(self) -> list[str]:
        """The oldest first."""
        return self._kept.lines(*self._key)

    def load_history_strings(self) -> Iterable[str]:
        """The newest first."""
        return reversed(self.get_strings())

    def append_string(self, string: str) -> None:
        """Keep a line."""
        self.store_string(string)

    def store_string(self, string: str) -> None:
        """Keep a line, unless it holds a secret."""
        self._kept.add(*self._key, string)


class InputLine:
    """`control` has the text of the current window. start -- runs a coroutine in the background; `on_empty` is called
    for Enter on an empty line."""

    def __init__(
        self,
        client: Client,
        questions: Questions,
        history: InputHistory,
        start: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self.client = client
        self.questions = questions
        self.on_empty: Callable[[], object] = lambda: None
        self.hint = ""  # said in the row below the talk until the next key
        self.formatting = False  # the next key is the letter of a formatting
        self._composing = Composing(client)
        self._history = history
        self._start = start
        self._tip = self._guarded(self._helping, [])
        self._interrupted = -TWICE_SECONDS
        self._buffers: dict[model.Window | None, Buffer] = {}
        self.search = SearchToolbar(
            backward_search_prompt=" search: ", forward_search_prompt=" search forward: ", ignore_case=True
        )
        self.search.search_buffer.on_text_changed += mend_text
        self.control = BufferControl(
            self._buffer_of(None),
            input_processors=[AsShown(self._guarded(self._cuts, []), self._guarded(self._secret, 0))],
            search_buffer_control=self.search.control,
            preview_search=True,
            focus_on_click=True,
            key_bindings=self._own_keys(),
        )
        self.is_typing = Condition(lambda: get_app().layout.has_focus(self.control))
        self.window = Window(
            self.control,
            height=lambda: Dimension(min=1, max=client.settings.input_rows),
            dont_extend_height=True,
            wrap_lines=True,
            style="class:input",
            get_line_prefix=self._guarded(self._prefix, []),
        )
        self.container = self._rows()
        client.windows.on_switch.append(self._switched)

    def _guarded(self, draw: Callable[Parameters, Result], otherwise: Result) -> Callable[Parameters, Result]:
        """A mistake in what is drawn with the text must not keep the text from being drawn."""
        return guarded(draw, otherwise, lambda error: self.client.mishap("drawing the input", error))

    def _rows(self) -> HSplit:
        """The row that helps, a question or the search, and the text; while something is asked that is all there is."""
        is_asking = self.questions.is_asking
        tip = Window(FormattedTextControl(self._tip), height=Dimension(min=1, max=TIP_ROWS), dont_extend_height=True)
        return HSplit(
            [
                ConditionalContainer(tip, Condition(lambda: bool(self._tip())) & ~is_asking),
                self.questions.container,
                self.search,
                ConditionalContainer(self.window, ~is_asking),
            ]
        )

    # The text

    @property
    def buffer(self) -> Buffer:
        """The text of the current window."""
        return self.control.buffer

    @property
    def text(self) -> str:
        """What is typed now."""
        return self.buffer.text

    def insert(self, text: str) -> None:
        """Put a text at the cursor."""
        self.buffer.insert_text(text)

    def tell(self, hint: str) -> None:
        """Say a word in the row below the talk, until the next key."""
        self.hint = hint

    def _buffer_of(self, window: model.Window | None) -> Buffer:
        if window not in self._buffers:
            known = {None, *self.client.windows}
            self._buffers = {other: buffer for other, buffer in self._buffers.items() if other in known}
            self._buffers[window] = Buffer(
                multiline=True, history=WindowHistory(self._history, window), on_text_changed=self._changed
            )
        return self._buffers[window]

    def _changed(self, buffer: Buffer) -> None:
        mend_text(buffer)
        self.hint = ""
        self._composing.changed(buffer.text)

    def _switched(self, old: model.Window | None, new: model.Window) -> None:
        if old is not None:
            old.draft = self.text
        self.hint, self.formatting = "", False
        self.control.buffer = self._buffer_of(new)

    # Sending

    def enter(self) -> None:
        """What Enter does: send, or ask before."""
        self.buffer.complete_state = None
        text = self.text
        if not text.strip():
            self.buffer.reset()
            self.on_empty()
        elif missing_secret(text) is not None:
            self._start(self._ask_secret(text))
        elif slips.meant(self.client, text) and preview.speech(self.client, "") is not None:
            self._start(self._ask_meant(text))
        elif self._is_much(text):
            self._start(self._ask_whether(text, ""))
        else:
            self._send(text)

    def _is_much(self, text: str) -> bool:
        settings, lines = self.client.settings, len(sending.lines_of(text))
        is_talk = preview.speech(self.client, "") is not None and (lines > 1 or not text.startswith("/"))
        return settings.paste_guard and is_talk and (lines >= settings.paste_lines or len(text) >= LONG_PASTE)

    def _send(self, text: str, as_one: bool | None = None, kept: str | None = None) -> None:
        """Send, and remember. kept -- what is remembered in place of the text."""
        buffer = self.buffer  # that of the window where it is sent: a command may show another one
        buffer.reset()
        self._composing.sent()
        kept = text if kept is None else kept
        buffer.history.append_string(kept)
        if not sending.send(self.client, text, as_one):
            self._keep(buffer, kept)

    def _keep(self, buffer: Buffer, text: str) -> None:
        """What could not be sent can be sent later, and must not stand before what is typed next."""
        if buffer.history.get_strings()[-1:] == [text]:
            self.hint = "Not sent: Up brings the text back."
        else:  # the history is off, or there is a secret in it
            buffer.text, buffer.cursor_position = text, len(text)

    async def _ask_secret(self, text: str) -> None:
        window, account = self.client.windows.current, self._own_account()
        secret = await self.questions.ask(f"Password of {missing_secret(text)}", masked=True)
        if secret and self._is_back_in(window):
            self._send(with_secret(text, account, secret), kept=text)

    def _is_back_in(self, window: model.Window | None) -> bool:
        """Show the window again for which something was asked: one may have gone to another, on another server even.
        False when it is not there any more."""
        if window is None:
            return self.client.windows.current is None
        if not any(one is window for one in self.client.windows):
            self.client.complain(f"Not sent: the window {window.name} is closed.")
            return False
        self.client.windows.show(window)
        return True

    async def _ask_meant(self, text: str) -> None:
        """Nothing brings back what everybody has read, such as a password."""
        window, buffer, command = self.client.windows.current, self.buffer, slips.meant(self.client, text)
        if window is None:
            return
        keys = {"c": f"do {command}", "s": f"say it to {plain(window.name)}", "e": "edit"}
        answer = await self.questions.choose_key(f"Is this a command, {command}?", keys)
        if answer == "s":
            self.client.windows.show(window)
            self._send(text)
        elif answer == "c":
            self.client.windows.show(window)
            buffer.text = slips.corrected(text)
            self.enter()

    def _own_account(self) -> str:
        session = self.client.session
        return "" if session is None else session.identity.account or session.identity.nick

    # Pasting

    def pasted(self, text: str) -> None:
        """What a terminal pastes: put into the line, or asked about first when it is much. Never sent by itself."""
        lines = sending.lines_of(text)
        text = "\n".join(lines) if len(lines) != 1 else lines[0]
        text = text.replace("\0", "")
        document = self.buffer.document
        whole = document.text_before_cursor + text + document.text_after_cursor
        if self._is_much(whole):
            self._start(self._ask_whether(whole, document.text))
        else:
            self.insert(text)

    async def _ask_whether(self, text: str, before: str) -> None:
        """before -- what was typed when the paste came: it stays when the paste is thrown away."""
        window, buffer = self.client.windows.current, self.buffer
        if window is None:
            return
        keys = {SEND: "send", EDIT: "edit", THROW_AWAY: "throw away"}
        if sending.as_one_message(self.client) and len(sending.lines_of(text)) > 1:
            keys = {SEND: "send", AS_ONE: "as one message", EDIT: "edit", THROW_AWAY: "throw away"}
        answer = await self.questions.choose_key(self._size(text, window), keys, about=sending.sample(text))
        if answer in (SEND, AS_ONE):
            if self._is_back_in(window):
                self._send(text, as_one=answer == AS_ONE)
        elif answer == THROW_AWAY:
            buffer.text, buffer.cursor_position = before, len(before)
        elif buffer.text != text:
            buffer.text, buffer.cursor_position = text, len(text)

    def _size(self, text: str, window: model.Window) -> str:
        lines = len(sending.lines_of(text))
        what = f"{lines:,} lines" if lines > 1 else f"{len(text):,} characters"
        return f"Send {what} to {window.name}?"

    # Helping

    def complete(self, by: int) -> None:
        """What Tab (1) and Shift-Tab (-1) do: complete the word, or go to the next candidate."""
        buffer = self.buffer
        if buffer.complete_state is not None:
            buffer.complete_next() if by > 0 else buffer.complete_previous()
            return
        found = completions(self.client, buffer.text, buffer.cursor_position)
        if not found:
            return
        rows = [
            Completion(one.text, one.start - buffer.cursor_position, plain(one.display), plain(one.help))
            for one in found
        ]
        buffer.complete_state = CompletionState(buffer.document, rows)
        buffer.go_to_completion(0 if by > 0 else len(rows) - 1)
        if len(rows) == 1:
            buffer.complete_state = None

    def _helping(self) -> StyleAndTextTuples:
        """The row that helps, or two: what matters most often stands at the end."""
        parts = [(style, plain(text)) for style, text in self._tip_parts()]
        columns = get_app().output.get_size().columns
        rows = wrap([(TIP, " "), *parts], columns, 1) if parts else []
        last = [part for row in rows[TIP_ROWS - 1 :] for part in row]
        rows = [*rows[: TIP_ROWS - 1], shortened(last, columns)] if len(rows) > TIP_ROWS else rows
        return [*stacked(rows)]

    def _tip_parts(self) -> list[tuple[str, str]]:
        buffer = self.buffer
        if self.formatting:
            return [(TIP, "  ".join(f"{marker.letter} {marker.name}" for marker in MARKERS))]
        if self.hint:
            return [(TIP, self.hint)]
        parts = tooltip(self.client, buffer.text, buffer.cursor_position)
        return parts if parts or buffer.text else self._first_steps()

    def _first_steps(self) -> list[tuple[str, str]]:
        current, session = self.client.windows.current, self.client.session
        if self.client.replaying is not None:
            return []
        if session is None:
            return [(TIP, "Enter: asks where to connect to; /quit leaves")]
        if current is None or current.kind != "server" or session is None or not session.dialect.ready:
            return []
        if any(window.joined for window in self.client.windows if window.server == session.name):
            return []
        return [(TIP, "F5, or Enter on an empty line: choose a channel")]

    def _cuts(self, line: str) -> list[int]:
        return preview.cuts(self.client, line)

    def _secret(self, line: str) -> int | None:
        current = self.client.windows.current
        return secret_start(line, current.name if current is not None and current.kind == "private" else "")

    def _prefix(self, line: int, wrapped: int) -> StyleAndTextTuples:
        if line or wrapped:
            return []
        current = self.client.windows.current
        return [("class:input.prompt", f"[{plain(current.name)}] " if current else "> ")]

    # What keys do beyond typing

    def interrupt(self) -> None:
        """What Ctrl-C does: empty the line (Ctrl-_ brings it back); twice on an empty line asks whether to leave."""
        now = self.client.loop.time()
        if self.buffer.text:
            self.buffer.save_to_undo_stack()
            self.buffer.text = ""
        elif now - self._interrupted < TWICE_SECONDS:
            self._interrupted = -TWICE_SECONDS
            self._start(self._ask_leave())
        else:
            self._interrupted = now
            self.hint = "Ctrl-C again leaves; Ctrl-D leaves at once"

    async def _ask_leave(self) -> None:
        if await self.questions.choose_key("Leave?", {"y": "yes", "n": "no"}, default="y") == "y":
            self.client.quit(self.client.settings.quit_text)

    def throw_away(self) -> None:
        """What Ctrl-G does: forget the lines that wait to be sent."""
        session = self.client.session
        if session is not None and session.outbox.typed_waiting:
            commands.run(self.client, "/unsend")

    def _own_keys(self) -> KeyBindings:
        """Keys that no table lists: a paste, and the letter behind Ctrl-O."""
        bindings = KeyBindings()
        bindings.add(Keys.BracketedPaste)(lambda event: self.pasted(event.data))
        bindings.add(Keys.Any, filter=Condition(lambda: self.formatting), eager=True)(self._format)
        return bindings

    def _format(self, event: KeyPressEvent) -> None:
        self.formatting = False
        marker = next((marker for marker in MARKERS if marker.letter == event.data.lower()), None)
        if marker is not None:
            self.insert(marker.byte)
            self.hint = f"{marker.name}: {marker.hint}" if marker.hint else ""
        elif event.data.isprintable():
            self.insert(event.data)  # no letter that one types is swallowed
