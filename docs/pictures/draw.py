"""`python -m docs.pictures.draw [NAME ...]`: takes the pictures of the client, all or those named.

Owns: the files NAME.txt, exactly what is on the screen, and NAME.svg, the same with colours. Must not: know what is on
a picture (`docs.pictures.scenes`).
"""

import sys
import time
from pathlib import Path

from docs.pictures.cells import Picture
from docs.pictures.scene import View
from docs.pictures.scenes import SCENES, TITLES
from docs.pictures.svg import svg

FOLDER = Path(__file__).parent
STILL_SECONDS = 0.4


def main(names: list[str]) -> int:
    """Take and write them; the exit code."""
    unknown = sorted(set(names) - set(TITLES))
    if unknown:
        print(f"There is no picture {', '.join(unknown)}; there are {', '.join(TITLES)}.", file=sys.stderr)
        return 2
    for names_of_scene, play in SCENES:
        for view in play() if not names or set(names) & set(names_of_scene) else ():
            if not names or view.name in names:
                write(view.name, settled(view))
    return 0


def settled(view: View) -> Picture:
    """The picture, once nothing has changed for a while."""
    picture, before = view.taken(), None
    while picture != before:
        time.sleep(STILL_SECONDS)
        picture, before = view.taken(), picture
    return picture


def write(name: str, picture: Picture) -> None:
    """The two files of a picture."""
    (FOLDER / f"{name}.txt").write_text(picture.text, "utf-8")
    (FOLDER / f"{name}.svg").write_text(svg(picture, TITLES[name]), "utf-8")
    print(f"{name}: {len(picture.rows[0])} x {len(picture.rows)}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
