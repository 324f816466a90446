"""What a server's certificate says, as plain values and as parts of sentences.

Owns: these values. Must not: read a certificate (that is `x509`), or decide whether one is trusted.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

_NAMES_SHOWN = 5
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Certificate:
    """`fingerprint` is always right; the rest is what could be read: empty when the certificate is malformed."""

    fingerprint: str
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    begins: datetime = _EARLIEST
    ends: datetime = _LATEST

    @property
    def expires(self) -> str:
        """The last day, as `2030-12-31` (UTC), or ""."""
        return "" if self.ends == _LATEST else day(self.ends)

    @property
    def whom_it_is_for(self) -> str:
        """The names that it is for, the first few."""
        names = self.names or ((self.subject,) if self.subject else ())
        more = len(names) - _NAMES_SHOWN
        return (", ".join(names[:_NAMES_SHOWN]) or "nobody") + (f" and {more} more" if more > 0 else "")


def day(moment: datetime) -> str:
    """A date as it stands in a sentence."""
    return f"{moment:%Y-%m-%d}"
