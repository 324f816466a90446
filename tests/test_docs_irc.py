"""docs/irc.md is what the tables of the code say."""

from difflib import unified_diff
from pathlib import Path

import pytest

from chat.commands.registry import IRC_COMMANDS
from protocol import capabilities, isupport, modes, replies
from protocol.limits import Limits
from reference import irc
from reference.__main__ import main

FILE = Path(__file__).parent.parent / "docs" / "irc.md"


def test_the_page_is_up_to_date() -> None:
    kept, made = FILE.read_text("utf-8").splitlines(), irc.page().splitlines()
    changes = [line for line in unified_diff(kept, made, n=0, lineterm="") if line[:2] not in ("--", "++", "@@")]
    assert not changes, "run `make docs`"


def test_the_command_writes_the_page_or_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path / "irc.md")])
    main([])
    assert (tmp_path / "irc.md").read_text("utf-8") == capsys.readouterr().out == irc.page()


def test_the_page_tells_every_row() -> None:
    page = irc.page()
    for verb in IRC_COMMANDS:
        assert f"\n| `{verb}" in page
    rows = [f"| `{name}` |" for name in (*capabilities.TABLE, *modes.CHANNEL_MODES, *modes.USER_MODES)]
    rows += [f"| `{row.code}` | `{name}` |" for name, row in replies.TABLE.items() if row.code.isdigit()]
    assert [row for row in rows if row not in page] == []


def test_every_line_of_a_table_has_as_many_cells_as_its_head() -> None:
    cells = 0
    for line in irc.page().splitlines():
        here = line.replace("\\|", "").count("|") if line.startswith("|") else 0
        assert not here or not cells or here == cells, line
        cells = here


def test_a_token_without_a_meaning_is_refused() -> None:
    with pytest.raises(RuntimeError, match=r"^tokens without a row in MEANINGS: DANCE$"):
        isupport.tokens(Limits(), "Parley", {"DANCE": 1})
