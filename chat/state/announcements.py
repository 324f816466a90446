"""What is said to many users of the whole network: WALLOPS, GLOBOPS, notices of servers to operators, messages to all
users on servers that fit a mask.

Owns: telling the other servers, and who of this one hears it. Must not: check who may (`policy`), or parse a command.
Links that know no facts get WALLOPS, where they have it, and a private message to each user behind them for a mask.
"""

from chat.state import announcing
from chat.state.network import Network
from chat.state.session import Session
from chat.state.user import User
from protocol import events
from protocol.facts import Announced
from protocol.names import mask_matches
from protocol.values import Event, Source

WALLOPS, GLOBOPS, SNOTE = "WALLOPS", "GLOBOPS", "SNOTE"


def wallops(network: Network, user: User, text: str) -> None:
    """A user of this server speaks to those with mode +w."""
    event = network.event(events.WALLOPS, user.source, "", text)
    _tell(network, Announced(user.uid, WALLOPS, "", text, moment=announcing.moment_of(event)))
    show_wallops(network, event)


def show_wallops(network: Network, event: Event) -> None:
    """The users of this server with mode +w hear it, and links that know no facts."""
    network.relay.announce(event)
    for target in list(network.users.values()):
        if "w" in target.modes:
            network.tell_user(target, event)


def globops(network: Network, user: User, text: str) -> None:
    """A user of this server speaks to all IRC operators."""
    _tell(network, Announced(user.uid, GLOBOPS, "", text))
    show_globops(network, user.source, text)


def show_globops(network: Network, source: Source, text: str) -> None:
    """The operators of this server hear it."""
    network.notice_operators(f"{source.nick} says: {text}")


def notice(network: Network, text: str, subject: str, asker: User | None = None) -> None:
    """A word from this server to the IRC operators of the network who want notices of that subject; see
    `Network.notice_operators`."""
    network.notice_operators(text, subject, asker)
    _tell(network, Announced(network.name, SNOTE, subject, text, asker.uid if asker is not None else ""))


def to_servers(network: Network, event: Event, speaker: User, mask: str, origin: Session) -> None:
    """A message of a user of this server to everybody on servers that fit `mask`; `origin` is left out."""
    moment = announcing.moment_of(event)
    _tell(network, Announced(speaker.uid, event.row.name, mask, event.text, moment=moment))
    show_to_servers(network, event, mask, origin)


def show_to_servers(network: Network, event: Event, mask: str, origin: Session | None = None) -> None:
    """The users of this server hear it, if it is meant, and those behind links that know no facts."""
    is_here = mask_matches(mask, network.name)
    for target in list(network.users.values()):
        if target.server is None:
            for receiver in target.sessions if is_here else ():
                if receiver is not origin:  # dialects without server masks see that it is for them
                    receiver.send(event if receiver.codec.dialect.is_modern else event.about(target.nick))
        elif network.relay.is_ruled_here(target) and mask_matches(mask, target.server.name):
            speaker = network.find_user(event.source.nick)
            if speaker is not None:
                network.relay.say_to_user(event.about(target.nick), target, speaker)


def _tell(network: Network, fact: Announced) -> None:
    if network.relay.is_telling:
        network.relay.tell(fact)
