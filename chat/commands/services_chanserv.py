"""ChanServ: channels that stay, and who has which rank there. Owns: its rows. Must not: decide who may do what by the
access list (`ranks`)."""

import hmac
import secrets

from chat.commands.call import Call
from chat.commands.services import Say, refusal, service_command
from chat.state import ban_policy, channel_modes, domain, extbans, membership, ownership, policy, ranks
from chat.state.channel import Channel
from chat.state.services import CHANSERV
from chat.state.user import User
from chat.storage.records import time_text
from protocol import events
from protocol.modes import CHANNEL_MODES, PREFIXES, RANKS, ModeChange
from protocol.names import cut, fold
from protocol.values import Refused

_RANK_NAMES = {"protected": "a", "op": "o", "halfop": "h", "voice": "v"} | {letter: letter for letter in "aohv"}
_CODE_SECRET = secrets.token_bytes(16)
_CODE_CHARACTERS = 8


def _registered(call: Call, name: str) -> Channel:
    policy.require_legal_channel(call.network, name)
    channel = call.network.find_channel(name)
    if channel is None or not channel.founder or not policy.may_see_channel(call.user, channel):
        raise refusal(f"{name} is not registered")
    return channel


def _keep(call: Call) -> None:
    """Waits until it is on disk. It is in force already, for the members were told."""
    try:
        call.save(call.network.channel_store, lambda: None)
    except Refused as refused:
        raise refusal(f"In force, but not on disk yet: {refused.args_[1]}") from None


# --- the channel ---------------------------------------------------------------------------------------------------


@service_command(CHANSERV, "REGISTER", "<channel>", needs_login=True)
def register(call: Call, say: Say, name: str) -> None:
    """makes a channel yours that you are operator of: it stays when it is empty, and you have every rank in it"""
    channel = call.existing_channel(name)
    policy.require_operator(call.user, channel)
    policy.require_permanence(call.user, channel)
    if channel.founder:
        raise refusal(f"{channel.name} is registered already")
    ownership.found(call.network, call.session, channel, call.user.account)
    _keep(call)
    say(f"{channel.name} belongs to {call.user.account}")


@service_command(CHANSERV, "DROP", "<channel>", "[code]", needs_login=True)
def drop(call: Call, say: Say, name: str, given: str | None) -> None:
    """gives your channel up: nobody has a rank there by being known, and it goes with its last member"""
    channel = _registered(call, name)
    ranks.require_founder(call.user, channel)
    subject = f"{channel.folded} {channel.founder} {channel.created_at}"
    code = hmac.digest(_CODE_SECRET, subject.encode(), "sha256").hex()[:_CODE_CHARACTERS]
    if given is None or not hmac.compare_digest(given.encode(), code.encode()):
        raise refusal(f"To give {channel.name} up for good: DROP {channel.name} {code}")
    ownership.give_up(call.network, call.session, channel)
    _keep(call)
    say(f"{channel.name} belongs to nobody any more")


@service_command(CHANSERV, "INFO", "<channel>")
def info(call: Call, say: Say, name: str) -> None:
    """tells whom a channel belongs to, and since when it is there"""
    channel = _registered(call, name)
    say(f"{channel.name}: founder {_spelled(call, channel.founder)}, made {time_text(channel.created_at)}")
    say(f"{len(channel.access)} accounts have a rank there, {len(channel.lists['b'])} masks are banned")


@service_command(CHANSERV, "SET FOUNDER", "<channel>", "<account>", needs_login=True)
def set_founder(call: Call, say: Say, name: str, account: str) -> None:
    """gives your channel to another account"""
    channel = _registered(call, name)
    ranks.require_founder(call.user, channel)
    owner = _existing_account(call, account)
    ownership.set_founder(call.network, call.session, channel, owner)
    _keep(call)
    say(f"{channel.name} belongs to {owner}")


def _existing_account(call: Call, name: str) -> str:
    """The name of an account, of this server or, with its home server, of another; raises for none."""
    local = domain.localized(call.network, name)
    account = call.network.find_account(local)
    if account is None and not call.network.may_be_account(local):
        hint = f"; one of another server is {name}@<its server>" if call.network.relay.is_linked else ""
        raise refusal(f"There is no account {name}{hint}")
    return account.name if account is not None else local


def _spelled(call: Call, folded: str) -> str:
    account = call.network.find_account(folded)
    return account.name if account is not None else folded


# --- ranks ---------------------------------------------------------------------------------------------------------


@service_command(CHANSERV, "ACCESS ADD", "<channel>", "<account>", "<protected|op|halfop|voice>", needs_login=True)
def access_add(call: Call, say: Say, name: str, account: str, rank_name: str) -> None:
    """gives an account a rank whenever it is there; you may give those below your own"""
    channel = _registered(call, name)
    owner, rank = _existing_account(call, account), _RANK_NAMES.get(rank_name.lower())
    if rank is None:
        raise refusal("A rank is one of protected, op, halfop and voice")
    _require_over(call, channel, owner, rank)
    if fold(owner) not in channel.access and len(channel.access) >= call.network.limits.list_modes:
        raise refusal(f"The list holds at most {call.network.limits.list_modes} accounts")
    ownership.set_access(call.network, call.session, channel, owner, rank)
    _keep(call)
    say(f"{owner} has {PREFIXES[rank]} in {channel.name}")


@service_command(CHANSERV, "ACCESS DEL", "<channel>", "<account>", needs_login=True)
def access_del(call: Call, say: Say, name: str, account: str) -> None:
    """takes an account's rank away"""
    channel, account = _registered(call, name), domain.localized(call.network, account)
    if fold(account) not in channel.access:
        raise refusal(f"{account} is not on the list of {channel.name}")
    if fold(account) != fold(call.user.account):
        _require_over(call, channel, account, channel.access[fold(account)])
    ownership.set_access(call.network, call.session, channel, account, "")
    _keep(call)
    say(f"{account} has no rank in {channel.name}")


@service_command(CHANSERV, "ACCESS LIST", "<channel>", needs_login=True)
def access_list(call: Call, say: Say, name: str) -> None:
    """lists who has which rank whenever it is there"""
    channel = _registered(call, name)
    ranks.require_due_rank(call.user, channel, "v")
    say(f"~ {_spelled(call, channel.founder)}")
    for account, rank in sorted(channel.access.items(), key=lambda entry: (RANKS.index(entry[1]), entry[0])):
        say(f"{PREFIXES[rank]} {_spelled(call, account)}")
    say(f"End of the list of {channel.name}")


def _require_over(call: Call, channel: Channel, account: str, rank: str) -> None:
    """Who manages the list has a higher rank by it than the one it is about has, or gets."""
    if fold(account) == channel.founder:
        raise refusal(f"{account} is the founder of {channel.name}")
    for wanted in {rank, channel.access.get(fold(account), rank)}:
        ranks.require_due_rank(call.user, channel, RANKS[max(0, min(RANKS.index(wanted), RANKS.index("h")) - 1)])


def _change_rank(call: Call, say: Say, name: str, nick: str | None, change: ModeChange) -> None:
    channel = _registered(call, name)
    target = call.existing_user(nick) if nick is not None else call.user
    member = policy.require_target_member(target, channel)
    if target is not call.user or change.adding:
        ranks.require_due_rank(call.user, channel, CHANNEL_MODES[change.letter].by)
    if not change.adding and target is not call.user and change.letter in member.ranks:
        ranks.require_power_over(call.user, channel, target)
    if ownership.set_rank(call.network, call.session, channel, target, change):
        say(f"{target.nick}: {'+' if change.adding else '-'}{change.letter} in {channel.name}")
    else:
        raise refusal(f"Nothing to change for {target.nick} in {channel.name}")


@service_command(CHANSERV, "OP", "<channel>", "[nick]", needs_login=True)
def op(call: Call, say: Say, name: str, nick: str | None) -> None:
    """makes you, or somebody, operator"""
    _change_rank(call, say, name, nick, ModeChange(True, "o"))


@service_command(CHANSERV, "DEOP", "<channel>", "[nick]", needs_login=True)
def deop(call: Call, say: Say, name: str, nick: str | None) -> None:
    """takes the rank of operator"""
    _change_rank(call, say, name, nick, ModeChange(False, "o"))


@service_command(CHANSERV, "HALFOP", "<channel>", "[nick]", needs_login=True)
def halfop(call: Call, say: Say, name: str, nick: str | None) -> None:
    """makes you, or somebody, half-operator"""
    _change_rank(call, say, name, nick, ModeChange(True, "h"))


@service_command(CHANSERV, "DEHALFOP", "<channel>", "[nick]", needs_login=True)
def dehalfop(call: Call, say: Say, name: str, nick: str | None) -> None:
    """takes the rank of half-operator"""
    _change_rank(call, say, name, nick, ModeChange(False, "h"))


@service_command(CHANSERV, "VOICE", "<channel>", "[nick]", needs_login=True)
def voice(call: Call, say: Say, name: str, nick: str | None) -> None:
    """gives you, or somebody, a voice"""
    _change_rank(call, say, name, nick, ModeChange(True, "v"))


@service_command(CHANSERV, "DEVOICE", "<channel>", "[nick]", needs_login=True)
def devoice(call: Call, say: Say, name: str, nick: str | None) -> None:
    """takes the voice"""
    _change_rank(call, say, name, nick, ModeChange(False, "v"))


# --- what operators do ---------------------------------------------------------------------------------------------


@service_command(CHANSERV, "TOPIC", "<channel>", "[topic...]", needs_login=True)
def topic(call: Call, say: Say, name: str, wanted: str | None) -> None:
    """sets the topic, or clears it; you need not be there"""
    channel = _registered(call, name)
    ranks.require_due_rank(call.user, channel, "h")
    ban_policy.require_unmuted(call.user, channel.name)
    membership.set_topic(call.network, call.session, channel, wanted or "")
    _keep(call)
    say(f"The topic of {channel.name} was {'set' if wanted else 'cleared'}")


@service_command(CHANSERV, "KICK", "<channel>", "<nick>", "[reason...]", needs_login=True)
def kick(call: Call, say: Say, name: str, nick: str, reason: str | None) -> None:
    """removes somebody; you need not be there"""
    channel = _registered(call, name)
    ranks.require_due_rank(call.user, channel, "h")
    target = call.existing_user(nick)
    ranks.require_kick(call.user, channel, target)
    shown = cut(ban_policy.last_words(call.user, reason or "") or call.user.nick, call.network.limits.kick)
    membership.kick(call.network, call.session, channel, target, shown)
    say(f"{target.nick} was removed from {channel.name}")


@service_command(CHANSERV, "AKICK ADD", "<channel>", "<mask or nick>", "[reason...]", needs_login=True)
def akick_add(call: Call, say: Say, name: str, mask: str, reason: str | None) -> None:
    """bans a mask, such as nick!user@host or ~a:account, and removes whom it means"""
    channel = _registered(call, name)
    ranks.require_due_rank(call.user, channel, "h")
    setter = channel_modes.Setter(call.network, call.session, channel)
    made = channel_modes.apply(setter, ModeChange(True, "b", mask))
    if made is None or made.parameter is None:
        raise refusal(f"{mask} is on the list of {channel.name} already")
    channel_modes.publish(setter, [made], CHANSERV.source(call.network))
    shown = cut(reason or "banned", call.network.limits.kick)
    for target in list(channel.members):
        if _is_meant(channel, made.parameter, target) and _may_remove(call, channel, target):
            membership.kick(call.network, call.session, channel, target, shown, events.KICK_BANNED)
    _keep(call)
    say(f"{made.parameter} is kept out of {channel.name}")


def _is_meant(channel: Channel, mask: str, target: User) -> bool:
    """Whether a ban keeps `target` out, and no exception lets it in."""
    return not extbans.is_mute(mask) and extbans.mask_covers(mask, target) and policy.is_banned(channel, target)


def _may_remove(call: Call, channel: Channel, target: User) -> bool:
    if target is call.user:
        return False
    try:
        ranks.require_kick(call.user, channel, target)
    except Refused:
        return False
    return True


@service_command(CHANSERV, "AKICK DEL", "<channel>", "<mask>", needs_login=True)
def akick_del(call: Call, say: Say, name: str, mask: str) -> None:
    """takes a ban away"""
    channel = _registered(call, name)
    ranks.require_due_rank(call.user, channel, "h")
    setter = channel_modes.Setter(call.network, call.session, channel)
    made = channel_modes.apply(setter, ModeChange(False, "b", mask))
    if made is None:
        raise refusal(f"{mask} is not on the list of {channel.name}")
    channel_modes.publish(setter, [made], CHANSERV.source(call.network))
    _keep(call)
    say(f"{made.parameter} is not kept out of {channel.name} any more")


@service_command(CHANSERV, "AKICK LIST", "<channel>", needs_login=True)
def akick_list(call: Call, say: Say, name: str) -> None:
    """lists the bans"""
    channel = _registered(call, name)
    ranks.require_due_rank(call.user, channel, "v")
    for entry in list(channel.lists["b"].values()):
        say(f"{entry.mask} by {entry.setter or '*'} {time_text(entry.time)}".rstrip())
    say(f"End of the list of {channel.name}")
