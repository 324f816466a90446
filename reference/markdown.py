"""Tables in Markdown. Owns: cells, and what must be escaped in them. Must not: know what is in a table."""

import re
from collections.abc import Iterable


def code(text: object) -> str:
    """Text as code in a cell of a table; nothing when there is none."""
    shown = str(text).replace("|", "\\|")
    if not shown:
        return ""
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


def plain(text: str) -> str:
    """Text of a row in a cell of a table, in which these characters would be taken for something else."""
    return re.sub(r"[|<*]", r"\\\g<0>", text)


def table(heads: str, rows: Iterable[Iterable[str]]) -> str:
    """A table; `heads` are the names of its columns, with `|` between them."""
    names = heads.split("|")
    lines = [names, ["---"] * len(names), *map(list, rows)]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)
