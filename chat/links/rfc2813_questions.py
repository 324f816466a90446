"""Questions over a link of RFC 2813, both ways: VERSION of a server of the other side, and what its users ask of this.

There, a command that names a server is sent on as it is, and the numerics come back one by one, addressed to who asked.
Nothing says which is the last: a PING is sent behind the command, and its PONG comes behind them.
Owns: which numerics are an answer. Must not: answer anything itself (`Desk.answerer` does).
"""

from typing import TYPE_CHECKING

from chat.links.rfc2813_in import command, theirs
from protocol.names import fold
from protocol.reply_forms import reply_row
from protocol.rfc2813 import Line
from protocol.values import Reply

if TYPE_CHECKING:
    from chat.links.rfc2813 import Rfc2813Link


def is_answer(link: "Rfc2813Link", line: Line) -> bool:
    """Whether a numeric is a part of the answer to a question: it is what that server says next to who asked."""
    for question, server, asker in link.questions:
        if fold(server.name) == fold(line.prefix) and fold(asker) == fold(line.params[0]):
            text = line.params[-1]
            words = " ".join((*line.params[1:-1], f":{text}" if " " in text or not text else text))
            question.take([Reply(reply_row(line.verb, "<words...>"), (words,), server.name)], False)
            return True
    return False


@command("PONG", 1)
def pong(link: "Rfc2813Link", line: Line) -> None:
    """PONG <server> [:<token>]: what was told before is heard; or the oldest question to that server is answered."""
    link.crossings.settle(line.params[-1])
    for place in link.questions:
        is_token = place.question.uid in line.params or place.server is not link.peer.server
        if is_token and fold(place.server.name) == fold(line.prefix):
            place.question.take([], True)
            link.questions.remove(place)
            return


def _asked(link: "Rfc2813Link", line: Line) -> None:
    """A command of a user there that is meant for a server of this side, such as VERSION."""
    user = theirs(link, line.prefix)
    if user is not None:
        link.answer(user, line.verb, line.params)


for _verb in (
    "ADMIN",
    "INFO",
    "LINKS",
    "LUSERS",
    "MOTD",
    "NAMES",
    "LIST",
    "STATS",
    "TIME",
    "TRACE",
    "USERS",
    "VERSION",
):
    command(_verb, 0)(_asked)
for _verb in ("WHOIS", "WHOWAS"):
    command(_verb, 1)(_asked)
