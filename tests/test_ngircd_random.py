"""Random actions on both sides of a link with a real ngIRCd, all at once: in the end both see the same channels."""

import random

import pytest

from protocol.modes import PREFIXES, RANKS
from protocol.rfc2813 import SHARED_FLAGS
from tests.harness import IrcClient, ServerUnderTest
from tests.networks import until_reached
from tests.ngircd import OPERATOR, linked_with_ngircd

CHANNELS = ("#a", "#b", "#c")
STEPS = 200
View = tuple[list[str], set[str], str, set[str]]  # members with their highest rank, modes, topic, masks


def action(chance: random.Random, number: int, clients: list[IrcClient], client: IrcClient) -> str:
    """A line that a client might send."""
    channel, target, sign = chance.choice(CHANNELS), chance.choice(clients).nick, chance.choice("+-")
    return chance.choice(
        (
            f"JOIN {channel}",
            f"JOIN {channel}",
            f"PART {channel} :x",
            f"TOPIC {channel} :topic {number}",
            f"KICK {channel} {target} :x",
            f"MODE {channel} {sign}{chance.choice('imnstMNQRz')}",
            f"MODE {channel} {sign}{chance.choice('ohv')} {target}",
            f"MODE {channel} +o {client.nick}",
            f"MODE {channel} {sign}{chance.choice('beI')} m{chance.randrange(3)}!*@*",
            f"MODE {channel} +k key{number}",
            f"MODE {channel} -k *",
            f"MODE {channel} {'+l 9' if sign == '+' else '-l'}",
        )
    )


def rename(client: IrcClient, nick: str) -> None:
    """A change of nick, whether it is granted or not."""
    if any(line.endswith((f" NICK {nick}", f" NICK :{nick}")) for line in client.ask(f"NICK {nick}")):
        client.nick = nick


def seen_there(client: IrcClient, channel: str) -> View | None:
    """A channel as ngIRCd shows it to an operator; None for one that is not there, and for one that hides its masks."""
    lines = client.ask(
        f"NAMES {channel}", f"MODE {channel}", f"TOPIC {channel}", *(f"MODE {channel} {x}" for x in "beI")
    )
    members = sorted(word for line in lines if " 353 " in line for word in line.rpartition(":")[2].split())
    if client.nick not in [name.lstrip("~&@%+") for name in members]:
        return None
    modes = next(line.split()[4] for line in lines if " 324 " in line)
    topic = next((line.partition(f" {channel} :")[2] for line in lines if " 332 " in line), "")
    masks = {line.split()[4] for line in lines if line.split()[1] in ("367", "348", "346")}
    return members, set(modes[1:]), topic, masks


def seen_here(parley: ServerUnderTest, name: str) -> View:
    """A channel as Parley has it, as far as ngIRCd has it."""
    channel = parley.channel(name)
    highest = {
        m: next((PREFIXES[letter] for letter in RANKS if letter in m.ranks), "") for m in channel.members.values()
    }
    letters = {*(SHARED_FLAGS & channel.modes), *("k" if channel.key else ""), *("l" if channel.limit else "")}
    masks = {entry.mask for entries in channel.lists.values() for entry in entries.values()}
    return sorted(rank + m.user.nick for m, rank in highest.items()), letters, channel.topic.text, masks


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_sides_end_with_one_view(seed: int) -> None:
    chance = random.Random(seed)
    with linked_with_ngircd() as pair:
        theirs: list[IrcClient] = [pair.ngircd.operator(f"t{number}") for number in range(3)]
        ours = [pair.parley.irc(f"o{number}") for number in range(3)]
        clients = [*theirs, *ours]
        for client in ours:
            client.ask(f"OPER {OPERATOR[0]} {OPERATOR[1]}")
        for number in range(STEPS):
            client = chance.choice(clients)
            if chance.random() < 0.1:
                rename(client, f"n{number}")
            else:
                client.send(action(chance, number, clients, client))
        for client in clients:
            client.sync()
        for _ in range(2):  # what crossed is put right by what comes after
            for left in theirs:
                for right in ours:
                    until_reached(left, right)
                    until_reached(right, left)
        for name in CHANNELS:
            views = (seen_there(client, name) for client in theirs)
            for view in (found for found in views if found is not None):
                assert seen_here(pair.parley, name) == view
