"""The language of scripts: THE table of instructions, and reading a script with a sentence for whatever is wrong.

Owns: the words and forms of instructions, variables, patterns. Must not: connect, wait or print.
One instruction stands on a line; blank lines and lines that start with # mean nothing.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from protocol import names
from terminal.text.numbers import whole

GIVEN = {
    "name": "the nick of the first connection, as it was asked for",
    "nick": "the nick of the connection that acts now",
    "channel": "the channel or nick that it talks to",
    "server": "its server, host:port",
}
_VARIABLE = re.compile(r"\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")
_NAME = re.compile(r"[A-Za-z_]\w*")
LONGEST_WAIT = 3600.0


class Mistake(Exception):
    """An instruction that cannot be; the text is the end of a sentence that says what is allowed."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """A row: `form` is the word and what follows it, `check` raises Mistake for what must not follow it."""

    word: str
    form: str
    help: str
    check: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a script: `line` counts from 1, `text` is what follows the word."""

    line: int
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """What an expectation waits for. A text in quotes stands for itself, any other is a regular expression."""

    text: str
    expression: re.Pattern[str]

    def find(self, line: str) -> dict[str, str] | None:
        """The named groups of the first place in `line` that fits; None when none does."""
        found = self.expression.search(line)
        return None if found is None else {name: value or "" for name, value in found.groupdict().items()}


def pattern(text: str, variables: Mapping[str, str]) -> Pattern:
    """The pattern that `text` writes, a variable standing for exactly its value. Raises Mistake."""
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    if quoted:
        wanted = filled(text[1:-1], variables)
        return Pattern(f'"{wanted}"', re.compile(re.escape(wanted)))
    wanted = filled(text, variables, re.escape)
    try:
        return Pattern(wanted, re.compile(wanted))
    except (re.error, RecursionError, OverflowError) as error:
        raise Mistake(f"is no regular expression: {error}; a text that stands for itself is put in quotes") from error


def filled(text: str, variables: Mapping[str, str], change: Callable[[str], str] = str) -> str:
    """`text` with the values of its variables, `$name` or `${name}`; `$$` is a dollar. Other dollars stay."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return change(variables[name]) if name else change("$")

    return _VARIABLE.sub(value, text)


def used(text: str) -> list[str]:
    """The names of the variables in a text."""
    return [found[1] or found[2] for found in _VARIABLE.finditer(text) if found[1] or found[2]]


def named(text: str) -> set[str]:
    """The variables that a pattern sets: its named groups."""
    try:
        return set(pattern(text, dict.fromkeys(used(text), "")).expression.groupindex)
    except Mistake:
        return set()


# What may follow the words


def _text(text: str) -> None:
    if not text:
        raise Mistake("needs something behind it")


def _pattern(text: str) -> None:
    _text(text)
    pattern(text, dict.fromkeys(used(text), "x"))


def _nothing(text: str) -> None:
    if text:
        raise Mistake("takes nothing behind it")


def _seconds(text: str) -> None:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds <= LONGEST_WAIT:
        raise Mistake(f"needs a number of seconds above 0, at most {LONGEST_WAIT:g}")


def _code(text: str) -> None:
    if (code := whole(text)) is None or code > 255:
        raise Mistake("needs a number from 0 to 255")


def _assignment(text: str) -> None:
    name, _, value = text.partition(" ")
    if not _NAME.fullmatch(name) or not value.strip():
        raise Mistake("needs a name of letters, digits and _, and a value")
    if name in GIVEN:
        raise Mistake(f"cannot change ${name}: the client says what it is")


def _nick(text: str) -> None:
    if not used(text) and not names.is_nick(text, 64):
        raise Mistake("needs a nick: letters, digits, _ [ ] { } \\ | ` ^ and no space")


_ROWS = (
    ("send", "TEXT", "Type TEXT, as a person does: a text for the current channel, or a /command.", _text),
    ("join", "CHANNEL [KEY]", "Enter a channel, and wait until the server lets us in.", _text),
    ("raw", "LINE", "Send a line of the protocol as it is.", _text),
    ("expect", "PATTERN", "Wait until a line is printed that fits.", _pattern),
    ("expect-wire", "PATTERN", "Wait until a line of the protocol comes that fits.", _pattern),
    ("expect-close", "", "Wait until the connection is closed.", _nothing),
    ("refuse", "PATTERN", "Fail if such a line is printed before the next expectation is met.", _pattern),
    ("refuse-wire", "PATTERN", "Fail if such a line of the protocol comes before that.", _pattern),
    ("sync", "", "Wait until the server has handled everything sent so far.", _nothing),
    ("timeout", "SECONDS", "How long each of what follows may take.", _seconds),
    ("wait", "SECONDS", "Do nothing for so long.", _seconds),
    ("set", "NAME VALUE", "Give $NAME a value.", _assignment),
    ("as", "NICK", "What follows is done by this nick, on a connection of its own.", _nick),
    ("echo", "TEXT", "Print TEXT.", _text),
    ("exit", "CODE", "Leave, with this exit code.", _code),
)
INSTRUCTIONS = {word: Instruction(word, f"{word} {form}".rstrip(), text, check) for word, form, text, check in _ROWS}


def read(text: str, name: str) -> tuple[list[Step], list[str]]:
    """The steps of a script and what is wrong with it, a sentence for each mistake. name -- of its file."""
    steps: list[Step] = []
    problems: list[str] = []
    known = set(GIVEN)
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        step = Step(number, word, rest.strip())
        try:
            _check(step, known)
        except Mistake as mistake:
            problems.append(f"{name}:{number}: {mistake}")
        else:
            steps.append(step)
        known |= _sets(step)
    return steps, problems


def _check(step: Step, known: set[str]) -> None:
    row = INSTRUCTIONS.get(step.word)
    if row is None:
        near = difflib.get_close_matches(step.word.lower(), INSTRUCTIONS, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise Mistake(f'there is no instruction "{step.word}".{meant} There are: {", ".join(INSTRUCTIONS)}.')
    try:
        row.check(step.text)
    except Mistake as mistake:
        raise Mistake(f"{step.word} {mistake}; it is written: {row.form}") from mistake
    for name in used(step.text):
        if name not in known:
            raise Mistake(f"${name} has no value yet. There are: {', '.join(f'${one}' for one in sorted(known))}.")


def _sets(step: Step) -> set[str]:
    if step.word == "set":
        return {step.text.partition(" ")[0]}
    return named(step.text) if step.word.startswith("expect") else set()


def explained() -> str:
    """All of the language, for `--script-help`."""
    width = max(len(row.form) for row in INSTRUCTIONS.values())
    rows = "\n".join(f"  {row.form:{width}}  {row.help}" for row in INSTRUCTIONS.values())
    given = "\n".join(f"  {'$' + name:{width}}  {what}" for name, what in GIVEN.items())
    return _EXPLAINED.format(rows=rows, given=given)


_EXPLAINED = """\
A script is a text with one instruction on a line; blank lines and lines that start with # mean nothing.

instructions:
{rows}

PATTERN is a regular expression that fits anywhere in the line, or a text in double quotes that stands for itself. Each
expectation looks at what came after the line that met the last one of its kind, so that order matters; what came before
the instruction was reached counts. What is printed has no times and no colours. (?P<name>...) in an expectation
sets $name.

variables ($$ is a dollar):
{given}

exit codes: 0 everything as expected, 1 no connection, 2 a mistake in the script, 3 name or password refused,
5 something was not as expected

example:
  join #study
  send hello, everybody
  expect "<$nick> hello, everybody"
  as wren
  join #study
  expect-wire " 353 "
  send hi
  as $name
  expect "#study <wren> hi"
"""
