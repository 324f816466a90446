"""What is secret in lines and texts: THE table, for the logs of the server and all that the client shows or keeps.

Owns: where in a request a secret begins. Must not: fail on any line. In doubt something counts as secret.
"""

import json
import re
from collections.abc import Callable
from typing import Any

MASK = "****"

_Place = Callable[[str, list[str]], int | None]  # from the source and the parameters to where the secret begins
_MODES = re.compile(r"[A-Za-z+-]+")
_MECHANISM = re.compile(r"[+*]|PLAIN|EXTERNAL|SCRAM-[A-Z0-9-]+", re.I)


def _in_authenticate(source: str, words: list[str]) -> int:
    return 1 if words and _MECHANISM.fullmatch(words[0]) else 0


def _in_join(source: str, words: list[str]) -> int | None:
    return None if "!" in source else 1  # a server tells of an account there, not of a key


def _in_mode(source: str, words: list[str]) -> int | None:
    """Behind letters with a k, the key of a channel."""
    for place, word in enumerate(words):
        letters = _MODES.match(word)
        if letters and "k" in letters[0] and (place == 1 or word[0] in "+-"):
            return place + 1
    return None


def _in_set(source: str, words: list[str]) -> int | None:
    return 1 if words and words[0].lower().startswith("pass") else None


# How many words stand before the secret, whether or not a colon is in front of them; commands of IRC, and those that
# are called so where one types.
_SECRETS: dict[str, int | _Place] = {
    "PASS": 0, "WEBIRC": 0, "AUTH": 0, "SASL": 0, "IDENTIFY": 0, "ID": 0, "LOGIN": 0, "OPER": 1, "VERIFY": 1,
    "REGISTER": 2, "AUTHENTICATE": _in_authenticate, "JOIN": _in_join, "J": _in_join, "MODE": _in_mode,
    "324": _in_mode, "SET": _in_set,
}  # fmt: skip
LOGIN_COMMANDS = frozenset(name for name, place in _SECRETS.items() if isinstance(place, int))
_TALK = frozenset({"PRIVMSG", "NOTICE", "SQUERY", "CPRIVMSG", "CNOTICE", "MSG", "M", "QUERY", "Q"})
_SERVICES = {"NS": "NickServ", "CS": "ChanServ", "OS": "OperServ", "MS": "MemoServ", "BS": "BotServ", "HS": "HostServ"}
_ACCOUNTS = ("nickserv", "authserv", "userserv", "sasl")  # in the names of services that know passwords
_HARMLESS = frozenset({"help", "info", "status", "list", "acc", "logout"})  # what those are asked without one
_VERBS = frozenset({"identify", "id", "sidentify", "login", "auth", "register", "verify", "confirm", "oper"})
_SECRET_KEY = re.compile(r"pass|pwd|secret|^key$", re.I)
_LINK_SECRETS = {"Asked": "params", "Answered": "replies"}  # of facts: a question may be whether a password is right
_SUSPICIOUS = re.compile(r"pass|pwd|secret|\"key\"|serv\b|\"fact\"|[@*]|\\u", re.I)
# What is no whole JSON object may be part of one, such as a line of an indented one: hidden from a suspicious key on.
_CUT = re.compile(r"(?:pass|pwd|secret|\\u).*", re.I | re.S)
# In an address that is typed: who one is, with a password; the key of a channel, which in JSON follows a comma.
_TYPED = re.compile(
    r"(?:\bircs?://|/(?:connect|server)\s+)(?:([^\s/?#]{1,300})@|[^\s?]{0,300}\?(\S+))|^\s*/j(?:oin)?\s[^,]*,\s*([^\s#&+!].*)"
    r"|^\s*/group\s.*\bkey=(\S+)",
    re.I | re.S,
)
_HEAD = re.compile(r"[^\w@:]*(?:@[^ ]* +)?(?::([^ ]*) +)?([^ ]+)")
_WORD = re.compile("[^ ]+")


def masked(line: bytes) -> str:
    """One line, without its end, as it may be shown in a log: secrets as `****`, control characters escaped."""
    text = line.decode(errors="replace")
    shown = hidden(text)
    if '"' in shown and not text.lstrip().startswith("{"):
        shown = _CUT.sub(MASK, shown, count=1)
    return escaped(shown.rstrip("\r"))


def escaped(text: str) -> str:
    """Text that others have written, with nothing in it that a log or a terminal would obey."""
    return text.encode("unicode_escape").decode()


def hidden(line: str) -> str:
    """A line of any dialect and either direction, with `****` from where its secret begins; the same when it has none.
    In JSON only the secret values are hidden, unless the object is broken."""
    if line.lstrip()[:1] == "{":
        return _hidden_json(line)
    start = secret_start(line)
    return line if start is None else line[:start] + MASK


def secret_start(line: str) -> int | None:
    """Where the secret begins in a line of IRC, or in a typed one of the same form; None when there is none."""
    head = _HEAD.match(line)
    if head is None:
        return None
    command = head[2].upper()
    if command in _TALK:
        target = _WORD.search(line, head.end())
        return _start_in_talk(target[0].lstrip(":"), line, target.end()) if target else None
    service = _SERVICES.get(command) or (command if command.endswith("SERV") else "")
    if service:
        return _start_in_talk(service, line, head.end())
    place = _SECRETS.get(command)
    return None if place is None else _start_at(place, head[1] or "", line, head.end())


def _start_at(place: int | _Place, source: str, line: str, end: int) -> int | None:
    """The secret's begin behind a command; where there are too few words, the last one may be it."""
    words = list(_WORD.finditer(line, end))
    if not words:
        return None
    if isinstance(place, int):
        return words[min(place, len(words) - 1)].start()
    found = place(source, [word[0].lstrip(":") for word in words])
    return words[found].start() if found is not None and found < len(words) else None


def _start_in_talk(target: str, line: str, end: int) -> int | None:
    text = line[end:].lstrip(" ").removeprefix(":")
    start = told_secret(target, text)
    return None if start is None else len(line) - len(text) + start


def typed_secret(text: str) -> int | None:
    """Where the secret begins in an address, or in the name of a channel with its key, that is typed behind a command;
    None when there is none."""
    found = _TYPED.search(text)
    return found.start(found.lastindex) if found and found.lastindex else None


def keeps_accounts(name: str) -> bool:
    """Whether one tells passwords to who is called so; `name` may be several targets with commas between them."""
    return any(word in one.lower() for one in name.split(",") if not one.startswith("#") for word in _ACCOUNTS)


def told_secret(target: str, text: str) -> int | None:
    """Where the secret begins in a text for `target`; None when there is none, or `target` is no service."""
    if target.startswith("#") and "," not in target:  # nearly all of what is said, and asked of every line
        return None
    words = [word.start() for word in re.finditer(r"\S+", text)]
    if not words:
        return None
    verb = text.split(None, 1)[0].lower()
    if keeps_accounts(target):
        if verb not in _HARMLESS and verb not in _VERBS and len(words) == 1:
            return words[0]
        is_secret = verb not in _HARMLESS
    else:
        is_secret = _is_service(target) and (verb in _VERBS or "pass" in text.lower())
    return words[1] if is_secret and len(words) > 1 else None


def without_told(target: str, text: str) -> str:
    """A text for `target` as it may be shown and kept."""
    start = told_secret(target, text)
    return text if start is None else text[:start] + MASK


def _is_service(target: str) -> bool:
    """ChanServ and its like, Q@CServe.quakenet.org, *controlpanel of a bouncer."""
    return any(
        name.lower().endswith("serv") or name.startswith("*") or "@" in name
        for name in (one.lstrip("~&@%+!") for one in target.split(","))
        if not name.startswith("#")
    )


# JSON


def _hidden_json(line: str) -> str:
    if not _SUSPICIOUS.search(line):
        return line
    doubles: list[bool] = []  # keys that are there twice, of which the data holds the last only

    def noting(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        doubles.append(len(dict(pairs)) < len(pairs))
        return dict(pairs)

    try:
        data = json.loads(line, object_pairs_hook=noting)
        shown = _without_secrets(_without_payload(data))
        if shown == data and not any(doubles):
            return line
        return json.dumps(shown, ensure_ascii="\\ud" in line.lower())  # half a character can be shown no other way
    except (ValueError, RecursionError):
        return MASK


def _without_payload(data: Any) -> Any:
    """Without what a service is told, and what a fact of a link asks or answers."""
    if not isinstance(data, dict):
        return data
    fact = _LINK_SECRETS.get(str(data.get("fact")))
    if fact in data:
        data = {**data, fact: MASK}
    names, payload = data.get("parameters"), data.get("payload")
    if not isinstance(names, dict) or keeps_accounts(str(names.get("username", ""))):
        return data
    for target in (str(names.get("recipient", "")), str(names.get("chat_name", ""))):
        if isinstance(payload, str):
            payload = without_told(target, payload)
        elif payload is not None and keeps_accounts(target):
            payload = MASK
    return {**data, "payload": payload} if "payload" in data else data


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: MASK if _is_secret(key, one) else _without_secrets(one) for key, one in value.items()}
    return [_without_secrets(one) for one in value] if isinstance(value, list) else value


def _is_secret(key: str, value: Any) -> bool:
    """Yes and no tell no secret: a group may be `secret`."""
    return not isinstance(value, bool | None) and _SECRET_KEY.search(key) is not None
