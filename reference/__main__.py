"""`python -m reference [FILE]`: the reference of IRC, written to FILE (`docs/irc.md`), or shown.

Owns: where the page goes. Must not: know what is on it (`reference.irc`).
"""

import sys
from pathlib import Path

from reference.irc import page


def main(arguments: list[str]) -> None:
    """Writes the page to the file that is named, if one is."""
    if arguments:
        Path(arguments[0]).write_text(page(), "utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main(sys.argv[1:])
