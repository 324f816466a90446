"""The architecture, checked: who may import whom, how long a file is, what is documented."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_LINES = 400
# Each layer may import itself and what stands after it in the same tower.
TOWERS = (
    (
        "server", "request_handler", "chat.commands", "chat.links", "chat.state", "chat.storage", "chat.transport",
        "protocol",
    ),
    ("client", "terminal", "protocol"),
    ("reference", "chat.commands", "chat.links", "chat.state", "chat.storage", "chat.transport", "protocol"),
    ("reference", "client", "terminal", "protocol"),
)  # fmt: skip
SIBLINGS = {("chat.commands", "chat.links"), ("chat.storage", "chat.transport")}  # do not import one another
PACKAGES = ("protocol", "chat", "terminal", "reference")
FILES = [
    ROOT / "server.py",
    ROOT / "request_handler.py",
    ROOT / "client.py",
    *sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py")),
]
ALL_FILES = [*FILES, *sorted(file for folder in ("tests", "bench", "docs") for file in (ROOT / folder).rglob("*.py"))]


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str | None:
    """The layer that a module belongs to; None for one that is not the project's."""
    layers = {layer for tower in TOWERS for layer in tower}
    fitting = [layer for layer in layers if module == layer or module.startswith(layer + ".")]
    return max(fitting, key=len, default="chat" if module == "chat" else None)


def imports_of(file: Path) -> Iterator[str]:
    """Every module that `file` imports when it runs; what is imported for type checking only does not count."""
    tree = ast.parse(file.read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative imports hide the layer"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def may_import(importer: str, imported: str) -> bool:
    if importer == imported:
        return True
    pair = (importer, imported)
    if pair in SIBLINGS or pair[::-1] in SIBLINGS:
        return False
    return any(
        importer in tower and imported in tower and tower.index(importer) < tower.index(imported) for tower in TOWERS
    )


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_imports_run_downwards_only(file: Path) -> None:
    layer = layer_of(module_of(file))
    assert layer is not None, f"{file} belongs to no layer"
    for imported in imports_of(file):
        below = layer_of(imported)
        if below is not None and below != "chat":
            assert may_import(layer, below), f"{name_of(file)} ({layer}) must not import {imported} ({below})"
        elif imported.split(".")[0] in ("tests", "bench"):
            pytest.fail(f"{name_of(file)} must not import {imported}")


def test_the_check_itself_sees_an_import_that_runs_upwards(tmp_path: Path) -> None:
    assert may_import("server", "protocol") and may_import("client", "terminal")
    assert not may_import("protocol", "chat.state")
    assert not may_import("chat.state", "chat.commands")
    assert not may_import("chat.storage", "chat.transport")
    assert not may_import("terminal", "chat.storage")
    assert layer_of("chat.state.network.Network") == "chat.state"
    assert layer_of("chat.states") is None
    sample = tmp_path / "sample.py"
    sample.write_text("if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    from c import d\n")
    assert sorted(imports_of(sample)) == ["b", "c.d"]


@pytest.mark.parametrize("file", [f for f in FILES if "protocol" in f.parts], ids=name_of)
def test_the_protocol_knows_no_socket_thread_or_clock(file: Path) -> None:
    for imported in imports_of(file):
        assert imported.split(".")[0] not in ("socket", "socketserver", "select", "selectors", "threading", "asyncio")
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("time", "_time"):
            assert node.attr in ("strftime", "gmtime"), f"{name_of(file)} reads a clock: time.{node.attr}"
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) not in ("datetime.now", "datetime.utcnow", "datetime.datetime.now")


@pytest.mark.parametrize("file", ALL_FILES, ids=name_of)
def test_a_file_opens_by_saying_what_it_is_for_and_is_short(file: Path) -> None:
    text = file.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{name_of(file)} opens without a docstring"
    lines = text.count("\n")
    assert lines <= MOST_LINES, f"{name_of(file)} has {lines} lines: it is two ideas"


def undocumented(body: list[ast.stmt], where: str, overrides: frozenset[str]) -> Iterator[str]:
    """Public functions, classes and methods without a docstring. `overrides`: methods that the base class explains."""
    for node in body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        name = f"{where}.{node.name}"
        if not ast.get_docstring(node) and node.name not in overrides:
            yield name
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node.body, name, explained_by_base(node))


def explained_by_base(node: ast.ClassDef) -> frozenset[str]:
    """`run` of a thread is explained by `threading.Thread`; a Protocol's attributes by its own docstring."""
    bases = {ast.unparse(base) for base in node.bases}
    if "threading.Thread" in bases:
        return frozenset({"run"})
    return frozenset({"name"}) if "Protocol" in bases else frozenset()


@pytest.mark.parametrize("file", [f for f in FILES if set(PACKAGES) & set(f.parts)], ids=name_of)
def test_everything_public_is_documented(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    assert list(undocumented(tree.body, module_of(file), frozenset())) == []
