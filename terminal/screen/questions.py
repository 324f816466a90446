"""One question at a time, in a row above the input: a text, a secret, one of some keys, or one of some options.

Owns: the row, its keys, and that a second question waits for the first. Must not: know what is asked for.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    FormattedTextControl,
    HSplit,
    UIContent,
    UIControl,
    Window,
)
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.processors import ConditionalProcessor, PasswordProcessor

from terminal.screen.input_view import mend_text
from terminal.screen.look import Row, shortened, stacked
from terminal.screen.menu import MOST_ROWS, Menu, Option
from terminal.text.clean import plain
from terminal.text.width import cells
from terminal.text.wrap import wrap

_LEAST_ANSWER = 4  # cells
BACK = "\x1b"  # the answer when one wants to go back to the question before


@dataclass(slots=True)
class Question:
    """keys -- the single keys that answer, and what each means; options -- rows to choose from, `free`: or another one;
    otherwise a text, `masked` when it is a secret. default -- what Enter alone means; help -- a row above.
    backwards -- Esc means BACK rather than no answer; about -- rows above, each cut to the width."""

    text: str
    default: str = ""
    help: str = ""
    masked: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    menu: Menu | None = None
    backwards: bool = False
    about: Sequence[str] = ()

    @property
    def shown(self) -> str:
        """The question with what one may answer."""
        if self.keys:
            return f" {self.text} {', '.join(f'{key} = {meaning}' for key, meaning in self.keys.items())} "
        return f" {self.text}{f' [{self.default}]' if self.default and not self.masked else ''}: "


class _MenuControl(UIControl):
    """The rows of the menu."""

    def __init__(self, questions: "Questions") -> None:
        self._questions = questions

    def create_content(self, width: int, height: int) -> UIContent:
        """The rows that fit what was typed."""
        question = self._questions.current
        rows = question.menu.rows(width, height) if question and question.menu else []
        return UIContent(get_line=lambda index: list(rows[index]), line_count=len(rows), show_cursor=False)


class Questions:
    """`focus` puts the cursor into the row (True) or back to where it was (False)."""

    def __init__(self, focus: Callable[[bool], None]) -> None:
        self.current: Question | None = None
        self.is_asking = Condition(lambda: self.current is not None)
        self._focus = focus
        self._turn = asyncio.Lock()
        self._answer: asyncio.Future[str | None] | None = None
        self.buffer = Buffer(multiline=False, on_text_changed=self._typed)
        self.control = BufferControl(
            self.buffer,
            input_processors=[ConditionalProcessor(PasswordProcessor("•"), Condition(self._is_masked))],
            key_bindings=self._bindings(),
        )
        self.container = ConditionalContainer(HSplit([self._help(), self._menu(), self._row()]), self.is_asking)

    # Asking

    async def ask(
        self, text: str, default: str = "", masked: bool = False, help: str = "", backwards: bool = False
    ) -> str | None:
        """A text; None when one does not want to answer."""
        return await self.put(Question(text, default, help, masked, backwards=backwards))

    async def choose_key(
        self, text: str, keys: Mapping[str, str], default: str = "", help: str = "", backwards: bool = False,
        about: Sequence[str] = (),
    ) -> str | None:  # fmt: skip
        """One of the keys. default -- the one that Enter means."""
        return await self.put(Question(text, default, help, keys=keys, backwards=backwards, about=about))

    async def choose(
        self, text: str, options: list[Option], default: str = "", free: bool = False, help: str = "",
        backwards: bool = False,
    ) -> str | None:  # fmt: skip
        """The value of one of the options; `free`: or another text."""
        values = [option.value for option in options]
        menu = Menu(options, free, values.index(default) if default in values else 0)
        return await self.put(Question(text, help=help, menu=menu, backwards=backwards))

    async def put(self, question: Question) -> str | None:
        """Ask it once those before are answered."""
        async with self._turn:
            self.current, self._answer = question, asyncio.get_running_loop().create_future()
            self.buffer.reset()
            self._focus(True)
            try:
                return await self._answer
            finally:
                self._end()

    def cancel(self) -> None:
        """The current question stays without an answer."""
        self._settle(None)

    def _settle(self, answer: str | None) -> None:
        """Done at once, not when whoever asked comes to it: the next key may be there already, and is for the input."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)
            self._end()

    def _end(self) -> None:
        if self.current is not None:
            self.current = None
            self.buffer.reset()
            self._focus(False)

    def _typed(self, buffer: Buffer) -> None:
        mend_text(buffer)
        if self.current is not None and self.current.menu is not None:
            self.current.menu.type(buffer.text)

    def _is_masked(self) -> bool:
        return self.current is not None and self.current.masked

    # What is shown

    def _help(self) -> ConditionalContainer:
        window = Window(FormattedTextControl(self._above), height=Dimension(min=1, max=8), dont_extend_height=True)
        return ConditionalContainer(window, Condition(lambda: bool(self._above())))

    def _above(self) -> StyleAndTextTuples:
        """What it is about, the help, and the question itself where it leaves no room for the answer: whole words."""
        if self.current is None:
            return []
        columns = get_app().output.get_size().columns
        parts = [("class:tooltip", f" {plain(self.current.help)}")] if self.current.help else []
        if self._is_wide():
            parts.append(("class:question", plain(self.current.shown).rstrip()))
        about: list[Row] = [[("class:message", f"   {plain(row)}")] for row in self.current.about]
        rows = [row for part in parts for row in wrap([part], columns, 1)]
        return [*stacked([*(shortened(row, columns) for row in about), *rows])]

    def _is_wide(self) -> bool:
        columns = get_app().output.get_size().columns
        return self.current is not None and cells(plain(self.current.shown)) > columns - _LEAST_ANSWER

    def _menu(self) -> ConditionalContainer:
        def height() -> Dimension:
            menu = self.current.menu if self.current else None
            return Dimension.exact(max(1, min(MOST_ROWS, len(menu.fitting) if menu else 0)))

        is_there = Condition(lambda: bool(self.current and self.current.menu and self.current.menu.fitting))
        return ConditionalContainer(Window(_MenuControl(self), height=height), is_there)

    def _row(self) -> Window:
        return Window(
            self.control,
            height=Dimension(min=1, max=3),
            dont_extend_height=True,
            wrap_lines=True,
            style="class:input",
            get_line_prefix=self._prefix,
        )

    def _prefix(self, line: int, wrapped: int) -> StyleAndTextTuples:
        if self.current is None or line or wrapped:
            return []
        return [("class:question", " " if self._is_wide() else plain(self.current.shown)), ("", " ")]

    # Keys

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()
        has_keys = Condition(lambda: self.current is not None and bool(self.current.keys))
        has_menu = Condition(lambda: self.current is not None and self.current.menu is not None)
        bindings.add("escape")(lambda event: self.escape())
        bindings.add("c-c")(lambda event: self.cancel())
        bindings.add("c-g")(lambda event: self.cancel())
        bindings.add("c-d")(lambda event: self.cancel() if not self.buffer.text else self.buffer.delete())
        bindings.add("enter")(lambda event: self._enter())
        bindings.add("c-j")(lambda event: self._enter())
        bindings.add("up")(lambda event: self._up())
        bindings.add("down")(lambda event: self._move(1))
        bindings.add("tab")(lambda event: self._move(1) if has_menu() else self._take_default())
        bindings.add("s-tab")(lambda event: self._move(-1))
        bindings.add(Keys.BracketedPaste)(self._pasted)
        bindings.add(Keys.Any, filter=has_keys)(self._key)
        return bindings

    def escape(self) -> None:
        """What Esc does: go back, or leave the question without an answer."""
        self._settle(BACK if self.current is not None and self.current.backwards else None)

    def _key(self, event: KeyPressEvent) -> None:
        if self.current is not None and event.data.lower() in self.current.keys:
            self._settle(event.data.lower())

    def _enter(self) -> None:
        question = self.current
        if question is None:
            return
        if question.menu is not None:
            answer = question.menu.answer()
            if answer is not None:
                self._settle(answer)
        elif not question.keys:
            self._settle(self.buffer.text if self.buffer.text.strip() else question.default)
        elif question.default:
            self._settle(question.default)

    def _up(self) -> None:
        if self.current is not None and self.current.menu is not None:
            self._move(-1)
        else:
            self._take_default()

    def _move(self, by: int) -> None:
        if self.current is not None and self.current.menu is not None:
            self.current.menu.move(by)

    def _take_default(self) -> None:
        """Into the row, to be changed there."""
        question = self.current
        if question is not None and not question.masked and not question.keys and not self.buffer.text:
            self.buffer.insert_text(question.default)

    def _pasted(self, event: KeyPressEvent) -> None:
        if self.current is not None and not self.current.keys:
            self.buffer.insert_text(event.data.replace("\r", "\n").split("\n")[0])
