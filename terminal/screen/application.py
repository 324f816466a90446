"""The full screen on a terminal: canvas, input, keys, mouse, in one prompt_toolkit Application.

Owns: the life of the Application. Must not: draw by itself, or know a command.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.input import Input
from prompt_toolkit.layout import Float, FloatContainer, HSplit, Layout, UIContent, UIControl, Window
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.mouse_events import MouseButton, MouseEvent, MouseEventType
from prompt_toolkit.output import Output
from prompt_toolkit.styles import DynamicStyle

from terminal.client import Client
from terminal.keeping.input_history import InputHistory
from terminal.mishaps import guarded
from terminal.model import window as model
from terminal.screen.asking import Asking
from terminal.screen.canvas import Canvas
from terminal.screen.input import InputLine
from terminal.screen.keys import bindings, table
from terminal.screen.look import Look, Row, look_of
from terminal.screen.pace import Pace
from terminal.screen.protocol_view import ProtocolView
from terminal.screen.questions import Questions
from terminal.screen.styles import style_of
from terminal.screen.welcome import failure_rows

if TYPE_CHECKING:
    from prompt_toolkit.key_binding.key_bindings import NotImplementedOrNone

WHEEL_ROWS = 3
TICK_SECONDS = 1.0  # between two looks at what goes on by itself: clock, lag and countdown
ESCAPE_SECONDS = 0.05  # what may lie between the bytes of one key, of an Alt too: after that Esc was meant
CHORD_SECONDS = 0.0  # a key pressed after Esc is one of its own: an Alt would swallow what one types on
_RESIZE_SECONDS = None if hasattr(signal, "SIGWINCH") else 0.5  # where no signal tells of another size, one looks


class Picture(UIControl):
    """The canvas as a control of prompt_toolkit."""

    def __init__(self, screen: "Screen") -> None:
        self._screen = screen
        self._size = 0, 0
        self._rows: list[Row] = []

    def create_content(self, width: int, height: int) -> UIContent:
        """The rows of the canvas, as many as there is room for."""
        self._size = width, height
        rows = self._rows = self._drawn(width, height)
        return UIContent(get_line=lambda index: rows[index], line_count=len(rows), show_cursor=False)  # type: ignore[arg-type,return-value]

    def is_outdated(self) -> bool:
        """Whether it would look different now."""
        return self._drawn(*self._size) != self._rows

    def _drawn(self, width: int, height: int) -> list[Row]:
        try:
            return self._screen.canvas.rows(width, height, self._screen.look)
        except Exception as error:
            self._screen.client.mishap("drawing", error)
            return failure_rows(error, width, height)

    def mouse_handler(self, mouse_event: MouseEvent) -> "NotImplementedOrNone":
        """Wheel and clicks."""
        try:
            self._screen.mouse(mouse_event)
        except Exception as error:
            self._screen.client.mishap("doing what the mouse asks for", error)
        return None


class Screen:
    """The client on a terminal. `done` ends it. colours -- False leaves only bold and the like."""

    def __init__(
        self,
        client: Client,
        colours: bool = True,
        terminal_input: Input | None = None,
        terminal_output: Output | None = None,
        history: InputHistory | None = None,
    ) -> None:
        self.client = client
        self.canvas = Canvas(client)
        self.protocol = ProtocolView(client, self.canvas)
        self._colours = colours
        self.questions = Questions(self._focus_question)
        self.input = InputLine(client, self.questions, history or InputHistory(Path(), 0), self.start)
        self.asking = Asking(client, self.questions, self.start, self.input.tell)
        self.input.on_empty = self.asking.empty_line
        self._picture = Picture(self)
        menu = CompletionsMenu(max_height=8, scroll_offset=1)  # above the row that helps
        picture = FloatContainer(
            Window(self._picture), [Float(menu, bottom=0, xcursor=True, attach_to_window=self.input.window)]
        )
        root = HSplit([picture, self.input.container], style="class:screen")
        self.application: Application[None] = Application(
            layout=Layout(root, focused_element=self.input.window),
            key_bindings=bindings(self),
            style=DynamicStyle(lambda: style_of(self.look)),
            full_screen=True,
            max_render_postpone_time=None,  # what is typed is drawn at once, whatever else is to be done
            terminal_size_polling_interval=_RESIZE_SECONDS,
            mouse_support=Condition(lambda: client.settings.mouse),
            input=terminal_input,
            output=terminal_output,
        )
        self.application.ttimeoutlen, self.application.timeoutlen = ESCAPE_SECONDS, CHORD_SECONDS
        self._pace = Pace(client.loop, self.application.invalidate)
        self.application.after_render += lambda _: self._pace.drawn()
        self.application.key_processor.before_key_press += lambda _: client.touched()
        client.full_screen = True
        client.key_help = [(row.name, row.help) for row in table()]
        client.on_bell.append(self._ring)
        client.on_change.append(self.refresh)
        client.on_over.append(self.done)
        client.windows.on_switch.append(self._switched)

    @property
    def look(self) -> Look:
        """How things look now."""
        search, current = self.client.search, self.client.windows.current
        found = search.pattern if search is not None and search.window is current else None
        return look_of(self.client.settings, self._colours, found)

    def refresh(self) -> None:
        """Draw again, soon."""
        self._pace.ask()

    async def run(self, begin: Callable[[], None]) -> None:
        """Show the screen until the client ends. `begin` is called once the screen is there."""

        def first() -> None:
            self.start(self._tick())
            guarded(begin, None, lambda error: self.client.mishap("starting", error))()

        await self.application.run_async(pre_run=first, set_exception_handler=False)  # else it leaves the screen

    async def _tick(self) -> None:
        """A quiet client draws nothing but what goes on by itself."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self._picture.is_outdated():
                self.refresh()

    def done(self) -> None:
        """End."""
        if self.application.is_running and self.application.future and not self.application.future.done():
            self.application.exit()

    def toggle_side(self, name: str) -> None:
        """Show the wire or the states in the right half, or the talk alone."""
        self.canvas.split = "" if self.canvas.split == name else name

    def toggle_members(self) -> None:
        """Show or hide the members; again: as the setting says."""
        if self.canvas.show_members is None:
            self.canvas.show_members = not (self.canvas.regions and self.canvas.regions.members)
        else:
            self.canvas.show_members = None

    def escaped_slash(self) -> None:
        """Esc, and so fast a slash that it looks like Alt with it: the command that begins is to stay one."""
        if self.questions.current is not None:
            self.questions.escape()
        self.input.insert("/")

    def mouse(self, event: MouseEvent) -> None:
        """The wheel scrolls the pane below it; a click is for what stands there."""
        x, y = event.position.x, event.position.y
        if event.event_type == MouseEventType.SCROLL_UP:
            self._wheel(x, y, WHEEL_ROWS)
        elif event.event_type == MouseEventType.SCROLL_DOWN:
            self._wheel(x, y, -WHEEL_ROWS)
        elif event.event_type == MouseEventType.MOUSE_UP:
            self._clicked(x, y, event.button)

    def _wheel(self, x: int, y: int, by: int) -> None:
        if self.protocol.holds(x, y):
            self.protocol.scroll(by)
        else:
            self.canvas.wheel(x, y, by, self.look)

    def _clicked(self, x: int, y: int, button: MouseButton) -> None:
        """A window is shown; a nick is put into the input, or talked to with another button than the left one; of a
        line the exchange is marked; at the status line the newest lines are shown."""
        window, nick, line = self.canvas.window_at(x, y), self.canvas.member_at(x, y), self.canvas.line_at(x, y)
        if window is not None:
            self.client.windows.show(window)
        elif nick and button == MouseButton.LEFT:
            self._mention(nick)
        elif nick and self.client.session is not None:
            self.client.window("private", self.client.session.name, nick, show=True)
        elif line is not None or self.protocol.holds(x, y):
            self.protocol.click(x, y)
        elif self.canvas.is_status(x, y) and self.client.windows.current is not None:
            self.client.windows.current.hold(None)

    def _mention(self, nick: str) -> None:
        at_start = not self.input.buffer.document.text_before_cursor
        self.input.insert(f"{nick}: " if at_start else f"{nick} ")

    def start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run something in the background, until the screen ends."""
        self.application.create_background_task(coroutine)

    def _focus_question(self, is_asking: bool) -> None:
        self.application.layout.focus(self.questions.control if is_asking else self.input.control)
        self.refresh()

    def _switched(self, old: model.Window | None, new: model.Window) -> None:
        self.canvas.show_lists_from_start()

    def _ring(self) -> None:
        self.application.output.bell()
        self.application.output.flush()
