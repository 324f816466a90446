"""Bytes as they come -> lines. Owns: where a line ends, and how long it may be. Must not: look into a line."""


class LineTooLong:
    """Stands in the place of a line that passed the limit; its bytes up to the line end are dropped."""


TOO_LONG = LineTooLong()


class LineFramer:
    """Cuts a stream at LF. The result does not depend on how the stream was split into pieces.

    limit -- longest line in bytes, LF not counted; what is longer gives TOO_LONG once and is skipped.
    """

    __slots__ = ("_partial", "_skipping", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._partial = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes | LineTooLong]:
        """The lines that `data` completes, without LF; a CR before it is left for the codec."""
        if self._partial:
            data = self._partial + data
        pieces = data.split(b"\n")
        rest = pieces.pop()
        lines: list[bytes | LineTooLong] = pieces  # type: ignore[assignment]
        if self._skipping and pieces:
            del pieces[0]
            self._skipping = False
        if len(data) > self.limit:
            lines = [piece if len(piece) <= self.limit else TOO_LONG for piece in pieces]
        if self._skipping:
            rest = b""
        elif len(rest) > self.limit:
            lines.append(TOO_LONG)
            self._skipping = True
            rest = b""
        self._partial = rest
        return lines
