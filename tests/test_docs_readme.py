"""The README is true: its transcript is what a server says, its map names what is there."""

import re
from pathlib import Path

from tests.harness import Client, ServerUnderTest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
WELCOME_AFTER_001 = re.compile(r":parley\.local (00[2-5]|25[1-5]|26[56]|422) ")


def transcript() -> list[tuple[str, str, str]]:
    """The lines of the README's transcript as (connection, direction, text)."""
    block = re.search(r"```text\n(.*?)```", README, re.DOTALL)
    assert block is not None
    found = [re.fullmatch(r"(\w+)\s+([<>]) (.*)", line) for line in block[1].splitlines()]
    assert all(found), "a line of the transcript does not say whose it is"
    return [(line[1], line[2], line[3]) for line in found if line is not None]


def next_line(client: Client) -> str:
    """The next line that the transcript shows."""
    line = client.line()
    while WELCOME_AFTER_001.match(line):
        line = client.line()
    return line


def test_the_transcript_is_what_the_server_says() -> None:
    lines = transcript()
    assert {name for name, _, _ in lines} == {"irc", "lab", "json"}
    with ServerUnderTest(name="parley.local") as running:
        clients: dict[str, Client] = {name: running.connect() for name in ("irc", "lab", "json")}
        for name, direction, text in lines:
            if direction == ">":
                clients[name].send(text)
            else:
                assert next_line(clients[name]) == text


def test_the_map_names_every_folder_and_nothing_that_is_not_there() -> None:
    table = README.split("## The map")[1].split("## Where do I add")[0]
    named = set(
        re.findall(r"`([\w./-]+)`", "\n".join(line.split("|")[1] for line in table.splitlines() if "|" in line))
    )
    for name in named - {"where"}:
        assert (ROOT / name).exists(), name
    hidden_or_made = re.compile(r"\.|__pycache__|build$|.*\.egg-info$")
    folders = {f"{path.name}/" for path in ROOT.iterdir() if path.is_dir() and not hidden_or_made.match(path.name)}
    mentioned = {name.split("/")[0] + "/" for name in named if "/" in name}
    assert folders <= mentioned, folders - mentioned
