"""Who gets an answer from our program (CTCP): asked without end, it must not flood anybody.

Owns: how many answers a time bears. Must not: word one.
"""

from terminal.sessions.host import Host

AT_ONCE = 3
SECONDS_EACH = 20.0  # until one more may be given


class Answering:
    """The answers of one session; what its connections gave counts together."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._paid_at = 0.0  # the moment at which the answers given so far are paid for

    def may_answer(self, source: str) -> bool:
        """Whether a question of somebody (`nick!user@host`) is answered; if so, this counts as an answer."""
        if not self._host.settings.ctcp or self._host.ignores(source):
            return False
        now = self._host.loop.time()
        paid_at = max(self._paid_at, now) + SECONDS_EACH
        if paid_at > now + AT_ONCE * SECONDS_EACH:
            return False
        self._paid_at = paid_at
        return True
