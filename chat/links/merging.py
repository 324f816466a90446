"""Which of two channels of one name counts, when a fact of another server is about one of them.

The one that was made earlier counts, everywhere. Who hears of an earlier one forgets what was set in its own; who hears
of a later one says that there is an earlier one, for the other may not have been told: it may have lost its members,
and been made anew, while that was on its way. A channel that ended here lives on elsewhere when somebody entered it
meanwhile: what is known of it is kept for a while, and told to those who might not have heard all of it.
Owns: that decision, and what has to be asked and told for it. Must not: change members or registers otherwise.
"""

from collections.abc import Iterable

from chat.links.base import LinkError
from chat.links.inbound import Inbound
from chat.state import announcing, channel_modes, permanent, registers
from chat.state.channel import Channel
from protocol import facts
from protocol.facts import Register
from protocol.limits import NETWORK_CHANNELS


class Meeting:
    """A channel here, and the one of that name that was made at `created`, of which a fact tells. `counts`: they are
    one and the same, now."""

    def __init__(self, inbound: Inbound, channel: Channel, is_new: bool, name: str, created: int) -> None:
        network = inbound.network
        self.inbound = inbound
        self.channel = channel
        self.view = channel_modes.View(network, channel)
        self.is_new = is_new
        self.is_adopted = is_new or created < channel.created  # what is set in it is not all known
        self._kept: list[Register] = []  # what was known of it when it ended here
        if self.is_adopted:
            self._adopt(name, created)
            if not is_new:
                inbound.tree.answer(inbound.peer, _hint(channel))
        elif created > channel.created:
            inbound.tree.afterwards.append(_hint(channel))
        elif name < channel.name:  # made at the same moment
            channel.name = name
        self.counts = created == channel.created

    def _adopt(self, name: str, created: int) -> None:
        network, channel = self.inbound.network, self.channel
        registers.clear(channel)
        ended = self.inbound.tree.ended_channel(name, created)
        channel.name, channel.created_at = min(name, ended.name if ended is not None else name), created / 1000
        if ended is not None:
            self._kept = registers.of(network, ended)
            for register in self._kept:
                registers.write(network, channel, register)

    def settle(self) -> None:
        """What has become of the channel so far is made effective, and known to who keeps something of it."""
        network, channel = self.inbound.network, self.channel
        registers.prune(network, channel)
        channel.lists_changed()
        permanent.remember(network, channel)
        if not channel.is_permanent:
            permanent.forget(network, channel)
        network.history.restrict(channel.folded, channel.is_restricted)

    def end(self, told: Iterable[Register] = (), is_all: bool = False) -> None:
        """The fact is applied. `told`: the registers in it; `is_all`: there are no others, as far as the other side
        knows."""
        inbound, channel = self.inbound, self.channel
        inbound.network.forget_channel_if_empty(channel)
        is_there = inbound.network.channels.get(channel.folded) is channel
        if self._kept:
            known = {register.key: register for register in told}
            missed = [
                kept
                for kept in self._kept
                if (is_there or kept.key in known) and registers.is_newer(kept, known.get(kept.key))
            ]
            for state in announcing.parts(channel, missed):
                inbound.tree.speak(state)
        elif self.is_adopted and is_there and not is_all:
            inbound.tree.answer(inbound.peer, facts.StateAsked(channel.name))


def meet(inbound: Inbound, name: str, created: int, makes: bool) -> Meeting | None:
    """The meeting with a channel that a fact is about. `makes`: where there is none here, one is made; else None,
    unless one has ended here lately."""
    network = inbound.network
    network.witness(created)
    channel = network.find_channel(name)
    if channel is not None:
        return Meeting(inbound, channel, False, name, created)
    if len(network.channels) >= NETWORK_CHANNELS:
        raise LinkError(f"there are {NETWORK_CHANNELS} channels already")
    if makes or inbound.tree.ended_channel(name, created) is not None:
        return Meeting(inbound, network.create_channel(name, ""), True, name, created)
    return None


def _hint(channel: Channel) -> facts.ChannelState:
    """Tells that there is an earlier channel: to who may know only of a later one."""
    return facts.ChannelState(channel.name, channel.created, (), ())


def confirm_ranks(inbound: Inbound, told: facts.ModesChanged, channel: Channel) -> None:
    """A server of which users were given or have lost ranks has the last word on those: it says again what it accepted.
    A server that has been without them for a moment, for links were made anew, may have lost the change with them."""
    own: list[facts.Change] = []
    for change in told.changes:
        user = inbound.network.users_by_id.get(change.parameter or "") if change.joined else None
        member = channel.members.get(user) if user is not None else None
        if member is None or member.joined != change.joined or not inbound.tree.is_ruled_here(member.user):
            continue
        if member.stamps.get(change.letter) == told.at:
            own.append(change)
    if own:
        by, moment = inbound.network.name, told.moment
        inbound.tree.speak(facts.ModesChanged(by, channel.name, channel.created, told.at, tuple(own), moment))
