"""Colours on a terminal that only prints. Owns: the few styles of plain output. Must not: print."""

import zlib

from colorama import Fore, Style

from protocol.names import fold
from terminal.text.clean import plain

_NICK_COLOURS = (
    Fore.GREEN,
    Fore.YELLOW,
    Fore.BLUE,
    Fore.MAGENTA,
    Fore.CYAN,
    Fore.LIGHTGREEN_EX,
    Fore.LIGHTYELLOW_EX,
    Fore.LIGHTBLUE_EX,
    Fore.LIGHTMAGENTA_EX,
    Fore.LIGHTCYAN_EX,
)  # fmt: skip -- no red, which means a problem


class Paint:
    """colour -- whether to use colours at all."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def quiet(self, text: str) -> str:
        """What matters less."""
        return self._put(text, Style.DIM)

    def strong(self, text: str) -> str:
        """Names of channels."""
        return self._put(text, Style.BRIGHT)

    def problem(self, text: str) -> str:
        """What went wrong."""
        return self._put(text, Fore.RED)

    def nick(self, nick: str, own: bool = False) -> str:
        """The nick in its colour: the same one every time and on every machine, bright for the own nick."""
        colour = _NICK_COLOURS[zlib.crc32(fold(nick).encode(errors="replace")) % len(_NICK_COLOURS)]
        return self._put(plain(nick), colour + (Style.BRIGHT if own else ""))

    def _put(self, text: str, style: str) -> str:
        return f"{style}{text}{Style.RESET_ALL}" if self._colour and text else text
