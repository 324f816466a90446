"""The nicks of the services, which are no users: NickServ and ChanServ are in no table of users, and nobody can have
their nicks.

Owns: their names and how they look. Must not: know what they do (`chat.commands.services`).
"""

from dataclasses import dataclass

from chat.state.network import Network
from chat.state.session import Session
from protocol import events
from protocol.names import fold, looks_of, split_text
from protocol.values import Source

_TEXT_BYTES = 380  # of one NOTICE


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `does` is its realname in WHOIS; `verbs`: the commands that are short for a message to it."""

    name: str
    does: str
    verbs: tuple[str, str]

    @property
    def nick(self) -> str:
        """Its name, as for users."""
        return self.name

    def source(self, network: Network) -> Source:
        """Whom its notices come from."""
        return Source(self.name, f"{self.name}!{self.name}@{network.name}", is_bot=True)


NICKSERV = Service("NickServ", "accounts and nicks: /msg NickServ HELP", ("NICKSERV", "NS"))
CHANSERV = Service("ChanServ", "channels that stay: /msg ChanServ HELP", ("CHANSERV", "CS"))
_BY_NICK = {fold(service.name): service for service in (NICKSERV, CHANSERV)}


def find(network: Network, target: str) -> Service | None:
    """The service meant by `target`: its nick, or `NickServ@<this server>`."""
    nick, at, server = target.partition("@")
    return None if at and fold(server) != fold(network.name) else _BY_NICK.get(fold(nick))


def is_reserved(nick: str) -> bool:
    """Whether `nick` is a service's, or looks like it."""
    return looks_of(nick) in _BY_NICK


def say(network: Network, session: Session, service: Service, text: str) -> None:
    """A NOTICE of `service` to one session, in as many lines as it takes."""
    for line in split_text(text, _TEXT_BYTES):
        session.send(network.event(events.NOTICE, service.source(network), session.nick, line))
