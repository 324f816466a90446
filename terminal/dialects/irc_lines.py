"""What the lines of an IRC server mean: verbs -> events. Numerics are in `irc_numerics`.

Owns: these meanings. Must not: send what no line asks for, or change state for a line that tells of the past.
"""

from collections.abc import Callable

from protocol.message import Message, format_message
from terminal.dialects.base import CTCP
from terminal.dialects.irc_actions import IrcActions
from terminal.dialects.irc_core import nick_of, server_time
from terminal.dialects.stamps import moment
from terminal.events import (
    AccountIs,
    Answer,
    AwayIs,
    ChannelRenamed,
    Closing,
    Event,
    HistoryEnd,
    Invited,
    Joined,
    JoinForwarded,
    JoinRefused,
    Left,
    MarkerIs,
    ModeChanged,
    NickRefused,
    Notice,
    Problem,
    Ranked,
    Redacted,
    Renamed,
    Step,
    Synchronised,
    Talks,
    TopicIs,
    Typing,
)

CLIENT = "Parley, a terminal client"
_KNOWN_CTCP = "ACTION CLIENTINFO PING TIME VERSION"
_ASKED = {
    "CLIENTINFO": "asks what your client can answer", "PING": "asks whether your client answers",
    "TIME": "asks what time it is at your place", "VERSION": "asks which client you use",
}  # fmt: skip
Handler = Callable[[IrcActions, Message], Step]


def told(*events: Event) -> Step:
    """A step that only tells."""
    return Step([], list(events))


def past(irc: IrcActions, message: Message) -> list[Event]:
    """What a line of the history tells; nothing that is over and done with."""
    params = message.params
    nick = nick_of(message)
    own = irc.is_own(nick)
    match message.command.upper():
        case "PRIVMSG" | "NOTICE" as command:
            return [irc.said(message, params[0], params[1], command == "NOTICE", history=True)]
        case "JOIN":
            return [_joined(irc, message, history=True)]
        case "PART":
            return [Left(nick, params[0], " ".join(params[1:]), own=own, history=True)]
        case "QUIT":
            return [Left(nick, "", " ".join(params), "quit", own=own, history=True)]
        case "KICK":
            return [Left(params[1], params[0], " ".join(params[2:]), "kicked", nick, irc.is_own(params[1]), True)]
        case "NICK":
            return [Renamed(nick, params[0], own, history=True)]
        case "TOPIC":
            return [TopicIs(params[0], params[1], nick, history=True)]
        case "MODE":
            return [ModeChanged(params[0], " ".join(params[1:]), nick, history=True)]
        case "REDACT":
            return [Redacted(params[0], params[1], nick, " ".join(params[2:]))]
    return []


def _text(irc: IrcActions, message: Message) -> Step:
    target, text = message.params[0], message.params[1]
    notice = message.command.upper() == "NOTICE"
    if notice and "!" not in (message.source or "") and not irc.is_channel(target):
        return told(Notice(text))  # the server itself
    is_ctcp = text.startswith(CTCP) and not text.upper().startswith(f"{CTCP}ACTION")
    if is_ctcp and irc.is_own(nick_of(message)):
        return Step()  # it was told when we asked, or answered
    if is_ctcp and not irc.is_channel(target):
        kind, _, rest = text.strip(CTCP).partition(" ")
        if notice:
            return told(Answer("", f"{nick_of(message)} answers {kind.upper()} (CTCP): {rest}"))
        if kind.upper() in _KNOWN_CTCP.split()[1:]:
            return _ctcp(irc, message, kind.upper(), rest)
    return told(irc.said(message, target, text, notice))


def _ctcp(irc: IrcActions, message: Message, kind: str, text: str) -> Step:
    """A question to our program."""
    nick, time = nick_of(message), server_time(message)
    answer = {
        "VERSION": CLIENT,
        "CLIENTINFO": _KNOWN_CTCP,
        "PING": text[:100],
        "TIME": f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else "",
    }[kind]
    if not answer or CTCP in answer or not irc.answers(message.source or ""):
        return told(Notice(f"{nick} {_ASKED[kind]} (CTCP {kind}), and gets no answer.", nick))
    notice = Notice(f"{nick} {_ASKED[kind]} (CTCP {kind}).", nick)
    return Step([f"NOTICE {nick} :{CTCP}{kind} {answer}{CTCP}"], [notice])


def _tags_only(irc: IrcActions, message: Message) -> Step:
    state = message.tags.get("+typing") or message.tags.get("+draft/typing")
    nick = nick_of(message)
    if not state or irc.is_own(nick):
        return Step()
    return told(Typing(nick, irc.bare_channel(message.params[0]), state == "active"))


def _joined(irc: IrcActions, message: Message, history: bool = False) -> Joined:
    """JOIN, with account and realname by extended-join; `*` is no account."""
    params, nick = message.params, nick_of(message)
    account = params[1] if len(params) > 2 and params[1] != "*" else message.tags.get("account", "")
    return Joined(nick, params[0], irc.is_own(nick), account, params[2] if len(params) > 2 else "", history)


def _join(irc: IrcActions, message: Message) -> Step:
    event = _joined(irc, message)
    if not event.own:
        return told(event)
    irc.prefix_bytes = len(f":{message.source} ".encode())
    if not irc.supported.may_enter(event.channel):  # it would be sent back after a loss, and mean something else
        return told(Notice(f"The server says that we are on {event.channel}, which is no name of a channel."))
    if irc.answered_join(event.channel):
        return told(event)
    asked = _short_name(irc, event.channel)
    return told(JoinForwarded(asked, event.channel), event) if irc.answered_join(asked) else told(event)


def _short_name(irc: IrcActions, channel: str) -> str:
    """The name by which a safe channel was asked for: of `!ABCDEname`, `!name` or `!!name` (RFC 2811 3); else ""."""
    short = irc.fold(channel[6:]) if channel.startswith("!") else ""
    return next((name for name in irc.joining if short and irc.fold(name.lstrip("!")) == short), "")


def _part(irc: IrcActions, message: Message) -> Step:
    nick, text = nick_of(message), " ".join(message.params[1:])
    return told(Left(nick, message.params[0], text, own=irc.is_own(nick)))


def _quit(irc: IrcActions, message: Message) -> Step:
    nick, text = nick_of(message), " ".join(message.params)
    left = Left(nick, "", text, "quit", own=irc.is_own(nick))
    return Step(_wanted_is_free(irc, nick).lines, [left])


def _wanted_is_free(irc: IrcActions, nick: str) -> Step:
    """Somebody has given up a nick: ask for it, if it is the one that we wanted."""
    return irc.nick_wanted() if irc.wanted and irc.fold(nick) == irc.fold(irc.wanted) else Step()


def _kick(irc: IrcActions, message: Message) -> Step:
    channel, nick, text = message.params[0], message.params[1], " ".join(message.params[2:])
    return told(Left(nick, channel, text, "kicked", nick_of(message), irc.is_own(nick)))


def _kill(irc: IrcActions, message: Message) -> Step:
    return told(Notice(f"{nick_of(message)} ends the connection of {message.params[0]}: {message.params[-1]}"))


def _rename(irc: IrcActions, message: Message) -> Step:
    old, new = nick_of(message), message.params[0]
    own = irc.is_own(old)
    if not own:
        return Step(_wanted_is_free(irc, old).lines, [Renamed(old, new)])
    irc.nick = new
    irc.prefix_bytes += max(0, len(new.encode()) - len(old.encode()))
    lines: list[str] = []
    if irc.wanted and irc.fold(new) == irc.fold(irc.wanted):
        if irc.supported.monitor:
            lines = list(irc.monitor(remove=[irc.wanted]).lines)
        irc.wanted = ""
    return Step(lines, [Renamed(old, new, own=True)])


def _topic(irc: IrcActions, message: Message) -> Step:
    return told(TopicIs(message.params[0], message.params[1], nick_of(message)))


def _mode(irc: IrcActions, message: Message) -> Step:
    target, words, by = message.params[0], message.params[1:], nick_of(message)
    changed = ModeChanged(target, " ".join(words), by, flags=irc.supported.flags(target, words))
    if not irc.is_channel(target):
        return told(changed)
    ranks = irc.supported.ranks
    ranked = [
        Ranked(target, change.parameter, ranks[change.letter], change.adding, by)
        for change in irc.supported.changes(words)
        if change.letter in ranks and change.parameter
    ]
    return told(*ranked, changed)


def _invite(irc: IrcActions, message: Message) -> Step:
    nick, channel, by = message.params[0], message.params[1], nick_of(message)
    if irc.is_own(by):
        return Step()  # 341 has told
    return told(Invited(nick, channel, by, irc.is_own(nick)))


def _away(irc: IrcActions, message: Message) -> Step:
    nick, text = nick_of(message), " ".join(message.params)
    return told(AwayIs(nick, text or None, irc.is_own(nick)))


def _account(irc: IrcActions, message: Message) -> Step:
    account = message.params[0]
    return told(AccountIs(nick_of(message), "" if account == "*" else account))


def _other_host(irc: IrcActions, message: Message) -> Step:
    """CHGHOST. It only matters to how much fits into a line of ours."""
    if irc.is_own(nick_of(message)):
        user, host = message.params[0], message.params[1]
        irc.prefix_bytes = len(f":{irc.nick}!{user}@{host} ".encode())
    return Step()


def _realname(irc: IrcActions, message: Message) -> Step:
    nick = nick_of(message)
    return told(Notice(f"{nick} has the realname {message.params[-1]} now", nick))


def _channel_renamed(irc: IrcActions, message: Message) -> Step:
    params = message.params
    if not irc.supported.may_enter(params[1]):
        return told(Notice(f"The server calls {params[0]} {params[1]} now, which is no name of a channel."))
    return told(ChannelRenamed(params[0], params[1], nick_of(message), " ".join(params[2:])))


def _redacted(irc: IrcActions, message: Message) -> Step:
    return told(Redacted(message.params[0], message.params[1], nick_of(message), " ".join(message.params[2:])))


def _marker(irc: IrcActions, message: Message) -> Step:
    return told(MarkerIs(message.params[0], moment(message.params[1].removeprefix("timestamp="))))


def _standard_reply(irc: IrcActions, message: Message) -> Step:
    command, context, text = message.params[0].upper(), message.params[2:-1], message.params[-1]
    words = [word for word in (message.params[0] if command != "*" else "", *context) if word]
    sentence = f"{' '.join(words)}: {text}" if words else text
    about = next((word for word in context if irc.is_channel(word)), "")
    if message.command.upper() != "FAIL":
        return told(Notice(sentence, about))
    if command == "CHATHISTORY":
        return _history_refused(irc, context, Problem(sentence, about))
    if command == "JOIN" and context and irc.answered_join(context[0]):
        return told(JoinRefused(context[0], text))
    if command == "NICK":
        return told(NickRefused(sentence))
    return told(Problem(sentence, about))


def _history_refused(irc: IrcActions, context: list[str], problem: Problem) -> Step:
    """Ask in another way when there is one, else end the waiting."""
    if irc.talks_asked and context and context[0].upper() == "TARGETS":
        irc.talks_asked = False
        return told(Talks())
    target = next((word for word in context if word in irc.history_asked), "")
    if not target and len(irc.history_asked) == 1:
        target = next(iter(irc.history_asked))
    others = irc.history_asked.get(target, [])
    if others:
        request = others.pop(0)
        irc.latest_asked[target] = request.startswith("CHATHISTORY LATEST")
        return Step([irc.request(request)])
    if irc.history_asked.pop(target, None) is None:
        return told(problem)
    return told(HistoryEnd(target, 0, problem.text, irc.latest_asked.pop(target, False)))


def _pong(irc: IrcActions, message: Message) -> Step:
    return told(Synchronised(message.params[-1]))


def _ping(irc: IrcActions, message: Message) -> Step:
    return Step([format_message("PONG", *message.params)])


def _error(irc: IrcActions, message: Message) -> Step:
    return told(Closing(" ".join(message.params)))


def _capability(irc: IrcActions, message: Message) -> Step:
    return irc.registration.capability(message)


def _authenticate(irc: IrcActions, message: Message) -> Step:
    return irc.registration.authenticate(message)


def _nothing(irc: IrcActions, message: Message) -> Step:
    return Step()


VERBS: dict[str, Handler] = {
    "PING": _ping, "PONG": _pong, "ERROR": _error, "CAP": _capability, "AUTHENTICATE": _authenticate,
    "PRIVMSG": _text, "NOTICE": _text, "TAGMSG": _tags_only, "ACK": _nothing,
    "JOIN": _join, "PART": _part, "QUIT": _quit, "KICK": _kick, "KILL": _kill, "NICK": _rename,
    "TOPIC": _topic, "MODE": _mode, "INVITE": _invite, "AWAY": _away, "ACCOUNT": _account, "CHGHOST": _other_host,
    "SETNAME": _realname, "RENAME": _channel_renamed, "REDACT": _redacted, "MARKREAD": _marker,
    "FAIL": _standard_reply, "WARN": _standard_reply, "NOTE": _standard_reply,
}  # fmt: skip
