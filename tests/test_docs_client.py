"""docs/client.md and its pictures are what the code says and what a terminal shows; the README's part as well.

Owns: that. Must not: test the client (the other tests do).
"""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

import pytest

from docs.pictures.cells import Cell, Picture
from docs.pictures.draw import FOLDER, main
from docs.pictures.scenes import SCENES, TITLES, Pictures
from docs.pictures.svg import svg
from reference.__main__ import main as write_pages
from terminal.commands.registry import ALIASES, COMMANDS
from terminal.screen.keys import table
from terminal.settings.servers import ROWS as SERVER_ROWS
from terminal.settings.table import ROWS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "client.md").read_text("utf-8")
TEMPLATE = (ROOT / "reference" / "client.md").read_text("utf-8")
SVG = "{http://www.w3.org/2000/svg}"
LINK = re.compile(r"\]\(([^)#:]+)\)|`(docs/[\w./-]+)`")


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("play", [play for _, play in SCENES], ids=["+".join(names) for names, _ in SCENES])
def test_a_terminal_shows_what_the_picture_shows(play: Callable[[], Pictures]) -> None:
    for view in play():
        kept, drawn = text_of(view.name), (FOLDER / f"{view.name}.svg").read_text("utf-8")
        try:
            view.terminal.wait_for(lambda: svg(view.taken(), TITLES[view.name]) == drawn)  # noqa: B023
        except AssertionError:
            changes = unified_diff(kept.splitlines(), view.taken().text.splitlines(), n=0, lineterm="")
            told = "\n".join(changes) or "other colours"
            pytest.fail(f"{view.name} is another picture now; run `make pictures`:\n{told}")
        assert view.taken().text == kept


def test_every_picture_has_a_scene_a_text_and_a_drawing_of_the_same() -> None:
    assert sorted(name for names, _ in SCENES for name in names) == sorted(TITLES)
    for ending in ("txt", "svg"):
        assert sorted(path.stem for path in FOLDER.glob(f"*.{ending}")) == sorted(TITLES)
    for name, title in TITLES.items():
        drawing = ElementTree.fromstring((FOLDER / f"{name}.svg").read_text("utf-8"))
        assert drawing.findtext(f"{SVG}title") == title
        drawn = ["".join(row.itertext()).replace(" ", "") for row in drawing.iter(f"{SVG}text") if not row.get("class")]
        rows = [row.replace(" ", "") for row in text_of(name).splitlines()]
        assert drawn == [row for row in rows if row], name


def test_a_drawing_loads_nothing_and_is_small() -> None:
    for name in TITLES:
        drawing = (FOLDER / f"{name}.svg").read_text("utf-8")
        assert len(drawing) < 64_000
        assert not re.search(r"<image|<script|@import|url\(|href|https?://(?!www\.w3\.org/2000/svg)", drawing), name


def test_what_stands_in_a_cell_is_drawn_in_its_place() -> None:
    cells = (Cell("a", "ff0000", bold=True), Cell("日"), Cell(""), Cell("&"), Cell("│"), Cell("␍"))
    drawing = ElementTree.fromstring(svg(Picture((cells,), (0, 0)), "<title>"))
    spans = [(span.text, span.get("x")) for span in drawing.iter(f"{SVG}tspan")]
    assert spans == [("a", "10"), ("日", "18.4"), ("&", "35.2"), ("│", "43.6"), ("␍", "52")]
    assert [path.get("d") for path in drawing.iter(f"{SVG}path")] == ["M47.8 10V28"]
    assert drawing.findtext(f"{SVG}title") == "<title>"


def test_a_picture_is_steadied_within_its_pane() -> None:
    def row(text: str) -> Picture:
        return Picture((tuple(map(Cell, text)),), (0, 0))

    shorter, longer = row("at 127.0.0.1:34567 it is │ here"), row("lag 2 ms │ here")
    assert shorter.steadied([(r":\d{5}", ":6667")]).text == "at 127.0.0.1:6667 it is  │ here\n"
    assert longer.steadied([(r"lag \d", "lag 123")]).text == "lag 123 m│ here\n"


def test_a_picture_that_is_unknown_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert capsys.readouterr().err.startswith("There is no picture nothing; there are first-run, ")


def test_the_page_is_up_to_date(tmp_path: Path) -> None:
    write_pages([str(tmp_path / "client.md")])
    made = (tmp_path / "client.md").read_text("utf-8")
    changes = list(unified_diff(PAGE.splitlines(), made.splitlines(), n=0, lineterm=""))
    assert not changes, "run `make docs`:\n" + "\n".join(changes)


def test_a_page_that_is_unknown_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"^There is no page x\.md; there are irc\.md, client\.md\.$"):
        write_pages(["x.md"])


def test_every_fenced_picture_is_its_file() -> None:
    pictures = re.findall(r"<!-- picture ([\w-]+) -->\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert len(pictures) == len(re.findall("<!-- picture ", TEMPLATE)) > 5
    assert [name for name, text in pictures if text != text_of(name)] == []


def test_the_page_names_every_key_command_and_setting() -> None:
    rows = ["\n| `" + row.name.replace(", ", "`, `") + "` |" for row in table()]
    rows += ["\n| `" + row.usage.replace("|", "\\|") + "` |" for row in COMMANDS.values()]
    rows += [f"\n| `{name}` |" for name in (*ROWS, *SERVER_ROWS)]
    assert [row for row in rows if row not in PAGE] == []
    assert [short for short in ALIASES if f"`{short}`" not in PAGE] == []


def test_what_is_written_by_hand_speaks_of_commands_and_settings_that_are_there() -> None:
    named = set(re.findall(r"`(/[a-z]+)", TEMPLATE)) - {"/text"}
    assert named <= set(COMMANDS) | set(ALIASES)
    set_so = set(re.findall(r"`([a-z_]+) = ", TEMPLATE)) | set(re.findall(r"^([a-z_]+) = ", TEMPLATE, re.MULTILINE))
    assert set_so <= set(ROWS) | set(SERVER_ROWS)


def test_files_that_the_pages_name_are_there() -> None:
    for page in ("README.md", "docs/client.md"):
        text = (ROOT / page).read_text("utf-8")
        for link, path in LINK.findall(text):
            assert (ROOT / page).parent.joinpath(link).exists() if link else (ROOT / path).exists(), (page, link, path)
