"""The architecture of the client, checked: which of its packages may import which, and who knows prompt_toolkit."""

from pathlib import Path

import pytest

from tests.test_layers import ROOT, imports_of, name_of

FILES = sorted((ROOT / "terminal").rglob("*.py"))
# From the top to the bottom; what stands on one row does not import one another, but for the pairs below.
ROWS = (
    {"run"},
    {"screen", "plain", "script"},
    {"writing"},
    {"commands"},
    {"connecting", "recording", "replaying", "waiting"},
    {"client"},
    {"in_force", "logs", "mishaps", "remembering", "signals"},
    {"sessions"},
    {"routing"},
    {"wire", "identity"},
    {"keeping", "settings"},
    {"dialects", "options", "network"},
    {"wording"},
    {"events", "states", "loop", "model"},
    {"text"},
)
PAIRS = {("script", "plain"), ("settings", "keeping")}
HEIGHTS = {part: len(ROWS) - row for row, parts in enumerate(ROWS) for part in parts}


def part_of(module: str) -> str | None:
    """`screen` of `terminal.screen.keys`; None for what is not the client's."""
    parts = module.split(".")
    return parts[1] if parts[0] == "terminal" and len(parts) > 1 else None


def may_import(importer: str, imported: str) -> bool:
    return importer == imported or (importer, imported) in PAIRS or HEIGHTS[importer] > HEIGHTS[imported]


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_packages_of_the_client_import_downwards_only(file: Path) -> None:
    importer = part_of(".".join(file.relative_to(ROOT).with_suffix("").parts))
    for module in imports_of(file):
        imported = part_of(module)
        if imported is not None and importer not in (None, "__init__"):
            assert importer is not None
            assert may_import(importer, imported), f"{name_of(file)} must not import {module}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_only_the_screen_knows_prompt_toolkit(file: Path) -> None:
    known = any(module.split(".")[0] == "prompt_toolkit" for module in imports_of(file))
    assert not known or "screen" in file.parts or file.name == "run.py"


def test_the_check_itself_sees_an_import_that_runs_upwards() -> None:
    assert may_import("screen", "text") and may_import("script", "plain")
    assert not may_import("model", "sessions") and not may_import("plain", "script")
