"""`python -m reference [FILE ...]`: the pages that are made from tables of the code, written to each FILE by its name
(`docs/irc.md`, `docs/client.md`), or the reference of IRC shown.

Owns: where a page goes. Must not: know what is on it (`reference.irc`, `reference.client`).
"""

import sys
from pathlib import Path

from reference import client, irc

PAGES = {"irc.md": irc.page, "client.md": client.page}


def main(arguments: list[str]) -> None:
    """Writes the pages to the files that are named, if any are."""
    unknown = [name for name in arguments if Path(name).name not in PAGES]
    if unknown:
        sys.exit(f"There is no page {', '.join(unknown)}; there are {', '.join(PAGES)}.")
    for name in arguments:
        Path(name).write_text(PAGES[Path(name).name](), "utf-8")
    if not arguments:
        sys.stdout.write(irc.page())


if __name__ == "__main__":
    main(sys.argv[1:])
