"""The message of the day, `motd.txt` in the data folder.

Owns: what of that file goes into a protocol line. Must not: fail, for nobody should be locked out by a greeting.
"""

import logging
from pathlib import Path

from protocol import names
from protocol.limits import LIST_REPLY_BYTES

MOTD_FILE = "motd.txt"

log = logging.getLogger(__name__)


def read_motd(data: Path) -> list[str]:
    """The lines of the message of the day, each at most 400 bytes; none when there is no file."""
    try:
        text = (data / MOTD_FILE).read_bytes().decode("utf-8-sig", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        log.warning("%s cannot be read: %s", data / MOTD_FILE, error.strerror)
        return []
    return [names.cut(line.replace("\0", ""), LIST_REPLY_BYTES) for line in text.splitlines()]
