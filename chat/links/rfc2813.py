"""Links to IRC servers of RFC 2813 that speak IRC+, which is ngIRCd.

    PASS, SERVER          from both sides; the flags in PASS say what each understands
    005, 376              limits, then the end of the greeting: the server is there now
    its burst, PING       all that it knows; this side waits for that, so that it can bring both views together
    our burst, PING       what is on this side of the link, and what the channels of both have become

Owns: the greeting, and what is remembered about a link. Must not: know a command (`rfc2813_in`) or the form of a line
that goes out (`rfc2813_out`).
"""

import logging

from chat.links import rfc2813_in, rfc2813_in_channels, rfc2813_questions  # noqa: F401  (they register commands)
from chat.links.base import LinkError
from chat.links.peer import Peer
from chat.links.remembered import Remembered
from chat.links.rfc2813_out import Telling
from chat.state import operators
from chat.state.servers import Server
from chat.state.user import User
from protocol import facts, rfc2813
from protocol.facts import Fact, Register
from protocol.masking import escaped
from protocol.names import cut
from protocol.reply_forms import fill
from protocol.rfc2813 import Line

log = logging.getLogger("parley.links")
_NEEDED = frozenset("CHMX")
_NICK_LENGTH = "NICKLEN="


class Rfc2813Link(Telling):
    """A link to such a server. It is set up once the other side has said 376."""

    name = "rfc2813"

    def __init__(self, peer: Peer, name: str, info: str) -> None:
        super().__init__(peer)
        self.their_name = name
        self._info = info
        self.tokens: dict[str, Server] = {}  # by which the other side names servers in NICK
        self.cloaked: set[str] = set()  # uids of users with +x
        self.cloaks: dict[str, str] = {}  # by uid: the host that is shown then
        self.hosts: dict[str, str] = {}  # by uid: the host that is shown else, of those who have changed it
        self.announced: Remembered[str, tuple[Register, ...]] = (
            Remembered()
        )  # of CHANINFO, by channel, until the members come
        self.revived: Remembered[str, None] = Remembered()  # uids of users introduced twice because of a collision

    def greet(self) -> None:
        """After PASS and SERVER of both sides. Raises LinkError for a server that understands too little."""
        hello = rfc2813.decode_pass(Line("", "PASS", [self.peer.password, *self.peer.offer]))
        missing = "".join(sorted(_NEEDED - hello.flags))
        if missing:
            raise LinkError(f"IRC+ without {missing} is not enough for a link; ngIRCd 20 and later have it")
        log.info("%s runs %s", escaped(self.their_name), escaped(hello.software))

    def receive(self, line: bytes) -> None:
        """One line; before 376 the rest of the greeting."""
        said = rfc2813.decode(line)
        if said is None:
            return
        if self.peer.server is not None:
            rfc2813_in.handle(self, said)
        elif said.verb == "005":
            found = (word.removeprefix(_NICK_LENGTH) for word in said.params if word.startswith(_NICK_LENGTH))
            self.nick_length = next(
                (int(text) for text in found if text.isascii() and text.isdigit()), self.nick_length
            )
        elif said.verb == "376":
            self._establish()
        elif said.verb == "ERROR":
            raise LinkError(f"the other side says: {escaped(' '.join(said.params))}")

    def _establish(self) -> None:
        """The other side insists on its own length of nicks, and then takes longer ones all the same."""
        own, their = self.network.name, self.their_name
        limits = f"{_NICK_LENGTH}{self.nick_length}", "CHANTYPES=#"
        self.send(own, "005", their, *limits, text="are supported on this server")
        self.send(own, "376", their, text="End of MOTD command")
        self.tree.established(self.peer, their, self._info)
        self.take(facts.BurstStart(their))
        if self.peer.server is not None:
            self.tokens["1"] = self.peer.server

    def take(self, fact: Fact) -> None:
        """A fact that a line has become."""
        self.tree.take(fact, self.peer)

    def forget(self, user: User) -> None:
        """The user is gone."""
        self.forget_alias(user)
        self.cloaked.discard(user.uid)
        self.cloaks.pop(user.uid, None)
        self.hosts.pop(user.uid, None)

    def ask_to_kill(self, user: User, by: str, reason: str) -> None:
        """Somebody of the other side has killed a user of this one, who is gone there already."""
        if user.server is not None:
            self.network.relay.ask(user.server, "KILL", user.uid, reason, by=by)
            return
        killer, server = self.network.users_by_id.get(by), self.network.servers.find(by)
        source = killer.source if killer is not None else server.source if server is not None else self.network.source
        operators.kill(self.network, source, user, reason)

    def answer(self, user: User, verb: str, params: list[str]) -> None:
        """Replies to a command of a user of the other side."""
        told = facts.Asked(0, user.uid, self.network.name, verb, tuple(params))
        for reply in self.tree.desk.answerer(told, user):
            if reply.row.code.isdigit():
                body = f":{self.network.name} {reply.row.code} {self.name_of(user)} {fill(reply.row.irc, reply.args)}"
                self.peer.send_line(cut(body, rfc2813.BODY_BYTES))

    def pass_on(self, line: Line) -> None:
        """What a server says to a user of this one: the answer to a question, or IRC clients are told as it is."""
        if rfc2813_questions.is_answer(self, line):
            return
        server = self.network.servers.find(line.prefix or self.their_name)
        target = rfc2813_in.find(self, line.params[0])
        if server is None or server.link is not self.peer or target is None:
            return
        data = rfc2813.encode(server.name, line.verb, target.nick, *line.params[1:-1], text=line.params[-1])
        for session in target.sessions:
            if session.codec.dialect.is_modern:
                session.push(data)
