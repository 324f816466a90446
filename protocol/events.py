"""THE table of events: what many are told, one row each, with its form in every dialect.

Owns: the shape of each event per dialect. Must not: decide who is told, add tags or line ends (the codecs do).
Fields of an Event: `source` who did it, `target` the channel or nick as delivered, `text`; `detail` is said per row.
"""

import time as _time
from collections.abc import Callable

from protocol.limits import CSP_TEXT_BYTES, IRC_LINE_BYTES
from protocol.modes import PREFIXES
from protocol.multiline import shown_lines
from protocol.names import group_of_channel, is_channel_type
from protocol.values import CSP_1_1, Event, EventRow, Flavour, Payload

ACTION = "\x01ACTION "
_STATUS_PREFIXES = "".join(PREFIXES.values())
TABLE: dict[str, EventRow] = {}


def rfc3339(moment: float) -> str:
    """`moment` (Unix seconds) as `YYYY-MM-DDThh:mm:ss.sssZ`, UTC (server-time; CSP `time`)."""
    whole = int(moment)
    return _time.strftime("%Y-%m-%dT%H:%M:%S", _time.gmtime(whole)) + f".{int((moment - whole) * 1000):03d}Z"


# --- helpers of the rows -------------------------------------------------------------------------------------------


def _no_lab(event: Event) -> str:
    return ""


def _no_csp(event: Event, flavour: Flavour) -> list[Payload]:
    return []


def _place(event: Event) -> str:
    """The target without its status prefix: `@#study`, to the operators of the channel, is shown there as `#study`."""
    return event.target.lstrip(_STATUS_PREFIXES)


def csp_object(
    code: str, event: Event, flavour: Flavour, minimal: Payload, channel: str, payload: str, **more: str
) -> Payload:
    """One CSP event: 1.0 carries just the `minimal` parameters; 1.1 always says who, where, when and which."""
    parameters: Payload = dict(minimal)
    if flavour is CSP_1_1:
        channel_name = _place(event)
        group = group_of_channel(channel_name) if is_channel_type(channel_name) else ""
        parameters = {"username": event.source.nick, "chat_name": group, **more, **parameters}
        parameters |= {"time": rfc3339(event.time), "msgid": event.msgid}
    return {"response_code": code, "parameters": parameters, "channel": channel, "payload": payload}


def _newest(form: Callable[[Event], Payload]) -> Callable[[Event, Flavour], list[Payload]]:
    """The form of an event that version 1.0 does not know, and is not shown."""
    return lambda event, flavour: [form(event)] if flavour is CSP_1_1 else []


def _row(
    name: str,
    irc: Callable[[Event, Flavour], str],
    lab: Callable[[Event], str] = _no_lab,
    csp: Callable[[Event, Flavour], list[Payload]] = _no_csp,
    capability: str = "",
    is_monitored: bool = False,
) -> EventRow:
    row = EventRow(name, irc, lab, csp, capability, is_monitored)
    TABLE[name] = row
    return row


def _with_text(line: str, text: str) -> str:
    return f"{line} :{text}" if text else line


# --- messages ------------------------------------------------------------------------------------------------------


def _message(command: str) -> Callable[[Event, Flavour], str]:
    return lambda event, flavour: f":{event.source.prefix} {command} {event.target} :{event.text}"


def _message_lab(event: Event) -> str:
    """Lab IRC has no NOTICE, so one arrives as PRIVMSG; what a server says by NOTICE is not shown."""
    if "!" not in event.source.prefix:
        return ""
    head = f":{event.source.nick} PRIVMSG {_place(event)} :"
    if event.detail is None:
        return head + event.text
    return "\r\n".join(head + line for line in shown_lines(event.detail, IRC_LINE_BYTES - 2 - len(head.encode())))


def message_text(event: Event) -> str | None:
    """The text of a message as JSON members see it, without `(sender) `; None for what is no display text (CTCP)."""
    text: str = event.text
    if text.startswith("\x01"):
        if not text.startswith(ACTION):
            return None
        return "* " + text[len(ACTION) :].rstrip("\x01")
    return text


def _message_csp(event: Event, flavour: Flavour) -> list[Payload]:
    """One object for a message; of several lines, one for each that is not blank, all with the same time and id."""
    text = message_text(event)
    if text is None or "!" not in event.source.prefix:
        return []
    if event.detail is not None:
        return _lines_csp(event, flavour)
    sender = event.source.nick
    payload = f"({sender}) {text}"
    if is_channel_type(_place(event)):
        return [csp_object("140", event, flavour, {}, "DC", payload)]
    private = {"username": sender, "recipient": event.target, "chat_name": ""}
    return [csp_object("140", event, flavour, private, "DC", payload)]


def _lines_csp(event: Event, flavour: Flavour) -> list[Payload]:
    first, *others = shown_lines(event.detail, CSP_TEXT_BYTES)
    if first.startswith(ACTION) and others:
        others[-1] = others[-1].rstrip("\x01")
    objects: list[Payload] = []
    for line in (first, *others):
        one = Event(event.row, event.source, event.target, line, None, event.time, event.msgid)
        objects += _message_csp(one, flavour)
    return objects


def _redacted(event: Event) -> Payload:
    private = {} if is_channel_type(_place(event)) else {"recipient": event.target}
    return {**private, "redacted": event.detail}


# Both: `detail` is None, or the lines of a message that has several (`protocol.multiline`).
PRIVMSG = _row("PRIVMSG", _message("PRIVMSG"), _message_lab, _message_csp)
NOTICE = _row("NOTICE", _message("NOTICE"), _message_lab, _message_csp)
TAGMSG = _row(
    "TAGMSG", lambda event, flavour: f":{event.source.prefix} TAGMSG {event.target}", capability="message-tags"
)
REDACT = _row(  # detail: the msgid of the message that is taken back
    "REDACT",
    lambda event, flavour: _with_text(f":{event.source.prefix} REDACT {event.target} {event.detail}", event.text),
    csp=_newest(lambda event: csp_object("141", event, CSP_1_1, _redacted(event), "DC", event.text)),
    capability="draft/message-redaction",
)
WALLOPS = _row("WALLOPS", lambda event, flavour: f":{event.source.prefix} WALLOPS :{event.text}")


# --- who is where --------------------------------------------------------------------------------------------------


def _join_irc(event: Event, flavour: Flavour) -> str:
    """`detail` is the realname, for extended-join."""
    line = f":{event.source.prefix} JOIN {event.target}"
    return f"{line} {event.source.account or '*'} :{event.detail}" if "extended-join" in flavour else line


def joined_object(event: Event, flavour: Flavour, nick: str) -> Payload:
    """180 for `nick`: for a join, and as the second half of a nick change."""
    payload: str = f"{nick} has joined the group"
    where = {"username": nick, "chat_name": group_of_channel(event.target)}
    return csp_object("180", event, flavour, where, "CC", payload)


def _left_csp(event: Event, flavour: Flavour) -> list[Payload]:
    nick = event.source.nick
    return [csp_object("190", event, flavour, {"username": nick}, "", f"{nick} has left the chat room")]


def _kick_csp(event: Event, flavour: Flavour) -> list[Payload]:
    kicked = event.detail
    return [
        csp_object("192", event, flavour, {"kicked_user": kicked}, "CC", f"{kicked} has been kicked from the group")
    ]


def banned_object(event: Event, flavour: Flavour, name: str) -> Payload:
    """191 for the user or account `name`."""
    return csp_object("191", event, flavour, {"banned_user": name}, "CC", f"{name} has been banned from the group")


def invited_text(nick: str) -> str:
    """The payload of 182."""
    return f"{nick} has been invited to the group"


def _kick_irc(event: Event, flavour: Flavour) -> str:
    return f":{event.source.prefix} KICK {event.target} {event.detail} :{event.text}"


def _kick_lab(event: Event) -> str:
    return f":{event.source.nick} KICK {event.target} {event.detail} :{event.text}"


def _quit_lab(event: Event) -> str:
    """`detail` is what the user gave as text, or ""; lab members are told only when there was one."""
    return f":{event.source.nick} QUIT :{event.detail}" if event.detail else ""


JOIN = _row("JOIN", _join_irc, csp=lambda event, flavour: [joined_object(event, flavour, event.source.nick)])
PART = _row(
    "PART", lambda event, flavour: _with_text(f":{event.source.prefix} PART {event.target}", event.text), csp=_left_csp
)
QUIT = _row("QUIT", lambda event, flavour: f":{event.source.prefix} QUIT :{event.text}", _quit_lab, _left_csp)
KICK = _row("KICK", _kick_irc, _kick_lab, _kick_csp)  # detail: the nick that was kicked
KICK_BANNED = _row(  # the removal that belongs to a ban, which JSON members see as one fact; detail: the nick
    "KICK_BANNED", _kick_irc, _kick_lab, lambda event, flavour: [banned_object(event, flavour, event.detail)]
)
NICK = _row(  # detail: the new nick
    "NICK",
    lambda event, flavour: f":{event.source.prefix} NICK {event.detail}",
    csp=lambda event, flavour: [*_left_csp(event, flavour), joined_object(event, flavour, event.detail)],
)
INVITE = _row(  # target: the nick; detail: the channel
    "INVITE",
    lambda event, flavour: f":{event.source.prefix} INVITE {event.target} {event.detail}",
    csp=lambda event, flavour: [
        csp_object(
            "140",
            event,
            flavour,
            {"username": event.source.nick, "recipient": event.target, "chat_name": ""},
            "DC",
            f"({event.source.nick}) invites you to the group {group_of_channel(event.detail)}",
            invited_to=group_of_channel(event.detail),
        )
    ],
)
INVITED = _row(  # the same, for the members of the channel
    "INVITED",
    lambda event, flavour: f":{event.source.prefix} INVITE {event.detail} {event.target}",
    csp=_newest(
        lambda event: csp_object(
            "182", event, CSP_1_1, {"invited_user": event.detail}, "CC", invited_text(event.detail)
        ),
    ),
    capability="invite-notify",
)

KNOCK = _row(  # to the operators of a channel; in IRC they get 710
    "KNOCK",
    lambda event, flavour: f":{event.source.prefix} KNOCK {event.target} :{event.text}",
    csp=lambda event, flavour: [
        csp_object(
            "140",
            event,
            flavour,
            {"username": event.source.nick, "chat_name": group_of_channel(event.target)},
            "DC",
            f"({event.source.nick}) asks to be let into the group {group_of_channel(event.target)}: {event.text}",
        )
    ],
)


# --- channels and modes --------------------------------------------------------------------------------------------

TOPIC = _row(
    "TOPIC",
    lambda event, flavour: f":{event.source.prefix} TOPIC {event.target} :{event.text}",
    lambda event: f":{event.source.nick} TOPIC {event.target} :{event.text}",
    lambda event, flavour: [
        csp_object(
            "150",
            event,
            flavour,
            {"username": event.source.nick, "chat_name": group_of_channel(event.target)},
            "CC",
            event.text,
        )
    ],
)


def _rename_lab(event: Event) -> str:
    """Lab IRC can only be told in words, in the channel that is called otherwise now."""
    why = f" ({event.text})" if event.text else ""
    return f":{event.source.nick} PRIVMSG {event.target} :This channel is called {event.detail} from now on{why}"


RENAME = _row(  # target: the old name; text: the reason; detail: the new name
    "RENAME",
    lambda event, flavour: f":{event.source.prefix} RENAME {event.target} {event.detail} :{event.text}",
    _rename_lab,
    _newest(
        lambda event: csp_object("151", event, CSP_1_1, {"new_name": group_of_channel(event.detail)}, "CC", event.text),
    ),
    capability="draft/channel-rename",
)
MODE = _row(  # text: the changes with their arguments; detail: the users and accounts that a +b in it concerns
    "MODE",
    lambda event, flavour: f":{event.source.prefix} MODE {event.target} {event.text}",
    csp=lambda event, flavour: [banned_object(event, flavour, name) for name in event.detail or ()],
)

# --- users ---------------------------------------------------------------------------------------------------------

AWAY = _row(  # text: why, "" for who is back
    "AWAY",
    lambda event, flavour: _with_text(f":{event.source.prefix} AWAY", event.text),
    csp=_newest(
        lambda event: csp_object("181", event, CSP_1_1, {"away": bool(event.text)}, "CC", event.text),
    ),
    capability="away-notify",
    is_monitored=True,
)
ACCOUNT = _row(
    "ACCOUNT",
    lambda event, flavour: f":{event.source.prefix} ACCOUNT {event.text or '*'}",
    capability="account-notify",
    is_monitored=True,
)
SETNAME = _row(
    "SETNAME",
    lambda event, flavour: f":{event.source.prefix} SETNAME :{event.text}",
    capability="setname",
    is_monitored=True,
)
CHGHOST = _row(  # source: as before the change; detail: the new user name and host
    "CHGHOST",
    lambda event, flavour: f":{event.source.prefix} CHGHOST {event.detail[0]} {event.detail[1]}",
    capability="chghost",
    is_monitored=True,
)
METADATA = _row(  # target: whose; text: the value; detail: the key, and whether it is set from now on
    "METADATA",
    lambda event, flavour: (
        f":{event.source.prefix} METADATA {event.target} {event.detail[0]} *"
        + (f" :{event.text}" if event.detail[1] else "")
    ),
    capability="draft/metadata-2",
)
KILL = _row("KILL", lambda event, flavour: f":{event.source.prefix} KILL {event.target} :{event.text}")
ERROR = _row(  # the last line before the server closes a connection
    "ERROR",
    lambda event, flavour: f"ERROR :{event.text}",
    lambda event: f"ERROR :{event.text}",
    lambda event, flavour: [{"response_code": "350", "parameters": {}, "channel": "CC", "payload": event.text}],
)
SERVER_PING = _row("SERVER_PING", lambda event, flavour: f"PING :{event.text}")
