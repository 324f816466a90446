"""What went over the wire, kept: the log, its colours, record and replay, exports, and `/show`."""

from terminal.wire.annotation import annotated, visible_end
from terminal.wire.log import WireEntry, WireLog, decode

__all__ = ["WireEntry", "WireLog", "annotated", "decode", "visible_end"]
