"""The two ways to run the client: with a prompt on a terminal, or reading a script from standard input.

Owns: keyboard, standard streams, time limits and exit codes. Must not: know a dialect.
"""

import codecs
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress

import colorama
from prompt_toolkit import PromptSession
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout

from terminal.clean import plain
from terminal.commands import run
from terminal.completion import SessionCompleter
from terminal.connection import CannotConnect, Connection, dial
from terminal.dialects import Dialect
from terminal.display import Display
from terminal.events import Cause, Fatal
from terminal.options import is_dumb, is_interactive
from terminal.session import Session

EXIT_CODES: dict[Cause, int] = {"connection": 1, "identity": 3, "refused": 4}
INTERRUPTED = 130
GOODBYE_SECONDS = 3.0  # what a server gets to close after QUIT
BURST = 8  # lines sent without waiting for an answer: servers slow down, or throw out, who sends more at once
_INPUT_LINES = 1000  # read ahead of a script


def converse(
    dialect: Dialect, host: str, port: int, joins: list[str], wire: bool = False, timeout: float = 30.0
) -> int:
    """Connect, converse, and return the exit code. timeout -- seconds that the server may take for one answer."""
    interactive = is_interactive()
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and not is_dumb()
    display = Display(_out, None if interactive else _err, colour, times=interactive)
    session = Session(dialect, display, joins, create_missing=not interactive)
    session.wire = wire
    if colour:
        colorama.just_fix_windows_console()
    try:
        connection = Connection(dial(host, port, timeout), session.received, session.ended)
    except CannotConnect as error:
        _err(str(error))
        return EXIT_CODES["connection"]

    def begin() -> None:
        session.start(connection)
        connection.start()

    try:
        if interactive:
            _interactive(session, begin)
        else:
            begin()
            _scripted(session, timeout)
    except KeyboardInterrupt:
        session.quit()
        connection.close()
        return INTERRUPTED
    connection.close()
    if session.failure:
        _err(plain(session.failure.text))
        return EXIT_CODES[session.failure.cause]
    return EXIT_CODES["refused"] if session.refused and not interactive else 0


def _out(line: str) -> None:
    _print(line, "stdout")


def _err(line: str) -> None:
    _print(line, "stderr")


def _print(line: str, name: str) -> None:
    """Print at once. When nobody reads any more (`| head`) the conversation goes on without output."""
    stream = getattr(sys, name)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


# With a prompt


def _interactive(session: Session, begin: Callable[[], None]) -> None:
    """Read lines at a prompt that stays whole while others arrive above it.

    One application runs from beginning to end, with a line as an event in it: between two calls of `prompt` a line of
    the server would be printed behind a prompt that is half drawn.
    """
    prompt: PromptSession[None] = PromptSession(
        message=lambda: f"{plain(session.current)}> ",
        completer=SessionCompleter(session),
        complete_while_typing=False,  # a menu that opens by itself would hide arriving lines
        key_bindings=_keys(),
        erase_when_done=True,
        enable_suspend=True,
    )

    def entered(buffer: Buffer) -> bool:
        for line in buffer.text.splitlines():
            run(session, line)
        leave_when_over()
        return False  # the line is emptied; what was said is shown as the channel sees it

    def leave_when_over() -> None:
        application = prompt.app
        if (session.over or session.quitting) and application.future and not application.future.done():
            application.exit()

    def ended() -> None:
        loop = prompt.app.loop
        if loop:
            with suppress(RuntimeError):  # the loop has just been closed, so there is no prompt to end
                loop.call_soon_threadsafe(leave_when_over)

    prompt.default_buffer.accept_handler = entered
    session.on_end = ended
    with patch_stdout(raw=True):
        with suppress(EOFError):  # Ctrl-D
            prompt.prompt(pre_run=begin)
        _say_goodbye(session)


def _keys() -> KeyBindings:
    """Ctrl-C empties the line, as in a shell."""
    keys = KeyBindings()

    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.reset()

    return keys


def _say_goodbye(session: Session) -> None:
    if not session.over and not session.quitting:
        session.quit()
    session.wait(lambda: False, GOODBYE_SECONDS)


# Without


def _scripted(session: Session, timeout: float) -> None:
    """Do what standard input says, line by line, and leave when it ends."""
    if not session.wait(lambda: session.dialect.ready, timeout):
        _give_up(session, f"The server did not welcome us within {timeout:g} seconds. {session.dialect.hint}".rstrip())
        return
    if not session.wait(lambda: not session.dialect.joining, timeout):
        _give_up(session, f"The server did not answer the join within {timeout:g} seconds.")
    _synchronise(session, timeout)  # so that what the join brings is printed before what is said
    if session.refused and not session.current:
        _say_goodbye(session)  # the text has nowhere to go
        return
    unanswered = 0
    for line in Script(session.lock, lambda: session.over).lines():
        run(session, line)
        if session.over or session.quitting:
            break
        unanswered += 1
        if line.startswith("/") or unanswered >= BURST:
            unanswered = 0
            _synchronise(session, timeout)
    if not session.quitting:
        _synchronise(session, timeout)
    _say_goodbye(session)


def _synchronise(session: Session, timeout: float) -> None:
    if not session.over and not session.synchronise(timeout):
        _give_up(session, f"The server did not answer within {timeout:g} seconds.")


def _give_up(session: Session, text: str) -> None:
    with session.lock:
        if not session.over:
            session.failure = session.failure or Fatal(text)
            session.over = True


class Script:
    """Standard input in lines, read by a thread of its own, so that the end of the connection is noticed meanwhile.

    changed -- the condition to wait on; stopped -- asked under it whether to read no more.
    """

    def __init__(self, changed: threading.Condition, stopped: Callable[[], bool], descriptor: int = 0) -> None:
        self._changed = changed
        self._stopped = stopped
        self._descriptor = descriptor
        self._waiting: deque[str] = deque()
        self._finished = False
        threading.Thread(target=self._read, name="script", daemon=True).start()

    def lines(self) -> Iterator[str]:
        """Every line without its end, until the input or the connection ends."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._finished or self._stopped())
                if self._stopped() or not self._waiting:
                    return
                line = self._waiting.popleft()
                self._changed.notify_all()
            yield line

    def _read(self) -> None:
        """os.read rather than sys.stdin: a thread that waits inside sys.stdin breaks the interpreter's exit."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        rest = ""
        while not self._stopped():
            try:
                data = os.read(self._descriptor, 65536)
            except OSError:
                data = b""
            *complete, rest = (rest + decoder.decode(data, final=not data)).split("\n")
            if not data and rest:
                complete.append(rest)
            self._hand_on([line.removesuffix("\r") for line in complete])
            if not data:
                break
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def _hand_on(self, lines: list[str]) -> None:
        for line in lines:
            with self._changed:
                self._changed.wait_for(lambda: len(self._waiting) < _INPUT_LINES or self._stopped())
                self._waiting.append(line)
                self._changed.notify_all()
