"""What the numerics of an IRC server mean: numerics -> events. How information reads is in `numerics`.

Owns: which numerics change something, and the nick at registration. Must not: word a row of information.
"""

from protocol.limits import USERNAME_BYTES
from protocol.message import Message
from terminal.dialects import numerics
from terminal.dialects.base import ANOTHER_NAME
from terminal.dialects.irc_actions import WHO_TOKEN, IrcActions
from terminal.dialects.irc_lines import Handler, told
from terminal.dialects.ranks import present
from terminal.events import (
    AccountIs,
    Answer,
    AwayIs,
    Channels,
    Fatal,
    JoinForwarded,
    JoinRefused,
    Members,
    ModeChanged,
    NickRefused,
    Notice,
    Problem,
    Ready,
    Step,
    TopicIs,
)
from terminal.states import NICK_TAKEN

NICK_ATTEMPTS = 5  # a server that cuts long nicks would refuse `nick_` for ever
_NO_SUCH_NICK = frozenset({"401", "406"})


def other(irc: IrcActions, message: Message) -> Step:
    """A numeric without a handler of its own."""
    code, rest = message.command, message.params[1:]
    if not irc.welcomed:
        step = _before_the_welcome(irc, message)
        if step is not None:
            return step
    if numerics.is_error(code):
        return _refused(irc, code, rest, message.params[-1])
    if code in numerics.QUIET or not rest:
        return Step()
    answer = numerics.answer(code, rest)
    if answer is not None:
        return told(Answer(*answer))
    return told(Notice(numerics.information(code, rest), rest[0] if irc.is_channel(rest[0]) else ""))


def _before_the_welcome(irc: IrcActions, message: Message) -> Step | None:
    code, params = message.command, message.params
    if code in numerics.NAME_TAKEN:
        return _nick_taken(irc, params)
    if code in numerics.NAME_REFUSED:
        return told(Fatal(f"The server refused the name {irc.nick}: {params[-1]}.", "identity"))
    if code in numerics.TURNED_AWAY:
        return told(Fatal(f"The server turned us away: {params[-1]}.", "identity"))
    if code in ("421", "451", "410") and "CAP" in (word.upper() for word in params):
        irc.registration.unknown()
        return Step()
    return None


def _nick_taken(irc: IrcActions, params: list[str]) -> Step:
    irc.machine.fire(NICK_TAKEN)
    irc.refused_nicks += 1
    taken = irc.nick
    irc.wanted = irc.wanted or irc.identity.nick
    if not irc.identity.another_nick or irc.refused_nicks >= NICK_ATTEMPTS:
        return told(Fatal(f"The name {taken} is not free: {params[-1]}.", "identity", advice=ANOTHER_NAME))
    irc.nick = taken + "_"
    return Step([f"NICK {irc.nick}"], [Notice(f"The name {taken} is not free; trying {irc.nick}.")])


def _refused(irc: IrcActions, code: str, rest: list[str], text: str) -> Step:
    channel = rest[0] if rest else ""
    if irc.answered_join(channel):
        return told(JoinRefused(channel, text))
    if code in numerics.NICK_REFUSED and not irc.is_channel(channel):
        return told(NickRefused(numerics.sentence(rest)))
    about = channel if irc.is_channel(channel) or code in _NO_SUCH_NICK else ""
    return told(Problem(numerics.sentence(rest), about))


def _welcome(irc: IrcActions, message: Message) -> Step:
    irc.nick, irc.welcomed = message.params[0], True
    step = irc.registration.welcomed()
    if any(isinstance(event, Fatal) for event in step.events):
        return step
    return Step(step.lines, [*step.events, Ready(irc.nick, message.params[-1])])


def _supported(irc: IrcActions, message: Message) -> Step:
    irc.supported.read(message.params[1:-1])
    return Step()


def _motd_end(irc: IrcActions, message: Message) -> Step:
    """The welcome is over, and what is supported is known: have the nick that we wanted watched."""
    if not irc.wanted or not irc.ready or not irc.supported.monitor:
        return Step()
    return irc.monitor(add=[irc.wanted])


def _no_motd(irc: IrcActions, message: Message) -> Step:
    return Step(_motd_end(irc, message).lines, [Notice(numerics.sentence(message.params[1:]))])


def _topic_is(irc: IrcActions, message: Message) -> Step:
    return told(TopicIs(message.params[1], message.params[-1] if message.command == "332" else ""))


def _topic_set_by(irc: IrcActions, message: Message) -> Step:
    channel, by = message.params[1], message.params[2].partition("!")[0]
    moment = numerics.when(message.params[3]) if len(message.params) > 3 else ""
    return told(Notice(f"{channel}: topic set by {by}" + (f" on {moment}" if moment else ""), channel))


def _names(irc: IrcActions, message: Message) -> Step:
    channel, names = message.params[-2], message.params[-1]
    people = (present(name.partition("!")[0], irc.rank_signs) for name in names.split())  # userhost-in-names
    irc.members_so_far.add(irc.fold(channel), filter(None, people), len(channel) + len(names))
    return Step()


def _names_end(irc: IrcActions, message: Message) -> Step:
    channel = message.params[1]
    return told(Members(channel, tuple(irc.members_so_far.take(irc.fold(channel)))))


def _list_row(irc: IrcActions, message: Message) -> Step:
    row = message.params[1], message.params[2], " ".join(message.params[3:])
    irc.rows_so_far.add("", [row], sum(map(len, row)))
    return Step()


def _list_end(irc: IrcActions, message: Message) -> Step:
    return told(Channels(tuple(irc.rows_so_far.take(""))))


def _forwarded(irc: IrcActions, message: Message) -> Step:
    """470: another channel than the one asked for."""
    asked, given = message.params[1], message.params[2]
    shown = Notice(numerics.sentence(message.params[1:]), asked)
    if not irc.supported.may_enter(given) or not irc.answered_join(asked):
        return told(shown)
    irc.joining[given] = given
    return told(JoinForwarded(asked, given), shown)


def _modes_are(irc: IrcActions, message: Message) -> Step:
    """221 and 324."""
    if message.command == "221":
        target, words = irc.nick, message.params[1:]
    else:
        target, words = message.params[1], message.params[2:]
    return told(ModeChanged(target, " ".join(words), flags=irc.supported.flags(target, words)))


def _is_away(irc: IrcActions, message: Message) -> Step:
    nick, text = message.params[1], message.params[-1]
    if irc.whois_about == irc.fold(nick):
        return told(Answer(nick, f"away: {text}"))
    return told(AwayIs(nick, text, irc.is_own(nick)))


def _own_away(irc: IrcActions, message: Message) -> Step:
    return told(AwayIs(irc.nick, irc.away_text if message.command == "306" else None, own=True))


def _whois_begins(irc: IrcActions, message: Message) -> Step:
    irc.whois_about = irc.fold(message.params[1])
    return other(irc, message)


def _whois_ends(irc: IrcActions, message: Message) -> Step:
    irc.whois_about = ""
    return Step()


def _who_row(irc: IrcActions, message: Message) -> Step:
    """354: what `refresh` asked for, or what somebody typed."""
    params = message.params
    if params[1] != WHO_TOKEN or len(params) != 6:
        return told(Answer("", " ".join(params[1:])))
    nick, flags, account = params[3:]
    away = AwayIs(nick, "" if flags.startswith("G") else None, irc.is_own(nick), news=False)
    return told(away, AccountIs(nick, "" if account == "0" else account, news=False))


def _invited(irc: IrcActions, message: Message) -> Step:
    nick, channel = message.params[1], message.params[2]
    return told(Notice(f"{nick} is invited to {channel}", channel))


def _knock(irc: IrcActions, message: Message) -> Step:
    """710: somebody asks the members of a channel to be let in."""
    channel, nick = message.params[1], message.params[2].partition("!")[0]
    return told(Notice(f"{nick} asks to be let into {channel}: /invite {nick} {channel}", channel))


def _comes(irc: IrcActions, message: Message) -> Step:
    """730 and 731: those whom we monitor."""
    nicks = [nick.partition("!")[0] for nick in message.params[1].split(",")]
    there = message.command == "730"
    others = [nick for nick in nicks if not irc.wanted or irc.fold(nick) != irc.fold(irc.wanted)]
    lines = irc.nick_wanted().lines if not there and len(others) < len(nicks) else []
    state = "is there" if there else "is not there"
    return Step(lines, [Notice(f"{nick} {state}", nick) for nick in others if nick and not irc.is_own(nick)])


def _visible_host(irc: IrcActions, message: Message) -> Step:
    """396. The user name is not told, so room is left for the longest."""
    host = message.params[1].rpartition("@")[2]
    irc.prefix_bytes = max(irc.prefix_bytes, len(f":{irc.nick}!@{host} ".encode()) + USERNAME_BYTES)
    return told(Notice(f"{message.params[1]} {message.params[-1]}"))


def _is_on(irc: IrcActions, message: Message) -> Step:
    """303: who is there of those that ISON named."""
    if not irc.looks_for_nick:
        return other(irc, message)
    irc.looks_for_nick = False
    is_there = irc.fold(irc.wanted) in {irc.fold(nick) for nick in message.params[-1].split()}
    return Step() if is_there else Step(irc.nick_wanted().lines)


def _login(irc: IrcActions, message: Message) -> Step:
    return irc.registration.numeric(message)


NUMERICS: dict[str, Handler] = {
    "001": _welcome, "005": _supported, "221": _modes_are, "301": _is_away, "305": _own_away, "306": _own_away,
    "303": _is_on, "311": _whois_begins, "318": _whois_ends, "322": _list_row, "323": _list_end, "324": _modes_are,
    "331": _topic_is, "332": _topic_is, "333": _topic_set_by, "341": _invited, "353": _names, "354": _who_row,
    "366": _names_end, "376": _motd_end, "396": _visible_host, "422": _no_motd, "470": _forwarded, "710": _knock,
    "730": _comes, "731": _comes, **dict.fromkeys(map(str, range(900, 909)), _login),
}  # fmt: skip
