"""The server's check of its own command tables at start, and the help that every command has."""

from collections.abc import Iterator

import pytest

from chat.commands import registry
from chat.commands.registry import CSP_COMMANDS, IRC_COMMANDS, command
from protocol import csp
from protocol.names import fold
from tests.harness import ServerUnderTest, load_commands

load_commands()


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tables as copies, which a test may spoil."""
    monkeypatch.setattr(registry, "IRC_COMMANDS", dict(IRC_COMMANDS))
    monkeypatch.setattr(registry, "CSP_COMMANDS", dict(CSP_COMMANDS))
    yield


@pytest.mark.usefixtures("tables")
def test_a_verb_that_is_defined_twice_stops_the_start() -> None:
    def handler(call: object) -> None:
        """TOPIC: again."""

    with pytest.raises(RuntimeError, match=r"^the command TOPIC is defined twice$"):
        command("TOPIC")(handler)
    with pytest.raises(RuntimeError, match=r"^the command CHAT is defined twice$"):
        command(csp_verb="CHAT")(handler)


@pytest.mark.usefixtures("tables")
def test_a_handler_without_help_stops_the_start() -> None:
    def handler(call: object) -> None:
        pass

    with pytest.raises(RuntimeError, match=r"^the command DANCE has no help: give its handler a docstring$"):
        command("DANCE")(handler)


@pytest.mark.usefixtures("tables")
def test_a_json_command_without_a_schema_stops_the_start() -> None:
    def handler(call: object) -> None:
        """DANC: dances."""

    command(csp_verb="DANC")(handler)
    with pytest.raises(RuntimeError, match=r"^CSP commands and schemas differ: DANC$"):
        registry.load()


@pytest.mark.usefixtures("tables")
def test_a_schema_without_a_command_stops_the_start() -> None:
    del registry.CSP_COMMANDS["KICK"]
    with pytest.raises(RuntimeError, match=r"^CSP commands and schemas differ: KICK$"):
        registry.load()


def test_the_tables_as_they_are_pass_the_check() -> None:
    registry.load()
    assert set(CSP_COMMANDS) == set(csp.validators())
    for verb, row in (IRC_COMMANDS | CSP_COMMANDS).items():
        assert row.help.startswith(verb) or row.help.startswith(row.verb), verb
        assert row.cost >= 0


def test_every_irc_command_has_help(server: ServerUnderTest) -> None:
    wren = server.irc("wren")
    listed = " ".join(line.rpartition(" :")[2] for line in wren.ask("HELP") if " 705 " in line).split()
    assert listed == sorted(IRC_COMMANDS)
    for verb in IRC_COMMANDS:
        lines = wren.ask(f"HELP {verb}")
        assert f" 704 wren {verb} :" in lines[0], lines
        assert fold(verb) in fold(lines[0].partition(f" {verb} :")[2])
        assert f" 706 wren {verb} :" in lines[-1], lines
        assert all(len(line.encode()) <= 510 for line in lines)
    assert wren.ask("HELP dance") == [":parley.test 524 wren dance :No help available on this topic"]
