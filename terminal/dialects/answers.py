"""Which IRC lines without labels answer which request: by what the request was about.

Owns: keys that are the same for both. Must not: change a line. A guess, as IRC has no better sign: the last request
about a channel or nick is taken for the one that a line about it answers.
"""

from collections.abc import Callable

from protocol.message import Message, split_source

MOST_ASKED = 1_000
_BY_COMMAND = {  # requests that are about nothing in particular, and those that open a connection
    "USER": "welcome", "MOTD": "welcome", "LUSERS": "welcome", "NICK": "nick", "CAP": "cap", "AUTHENTICATE": "login",
    "LIST": "list", "AWAY": "away", "QUIT": "end", "OPER": "oper",
}  # fmt: skip
_BY_ANSWER = {
    **dict.fromkeys(("001", "002", "003", "004", "005", "251", "252", "253", "254", "255", "265", "266"), "welcome"),
    **dict.fromkeys(("372", "375", "376", "422"), "welcome"), **dict.fromkeys(("431", "432", "433", "436"), "nick"),
    **dict.fromkeys(("900", "901", "902", "903", "904", "905", "906", "907", "908", "AUTHENTICATE"), "login"),
    **dict.fromkeys(("321", "322", "323"), "list"), **dict.fromkeys(("305", "306"), "away"),
    **dict.fromkeys(("381", "491", "464"), "oper"), "CAP": "cap", "410": "cap", "ERROR": "end",
}  # fmt: skip
_ABOUT = frozenset({
    "JOIN", "PART", "TOPIC", "NAMES", "MODE", "KICK", "INVITE", "WHOIS", "WHOWAS", "WHO", "PRIVMSG", "NOTICE",
})  # fmt: skip
_CONFIRMED = frozenset({"JOIN", "PART", "TOPIC", "KICK", "MODE", "INVITE"})  # by the same command, from ourselves


class Answers:
    """What one connection has asked about. has_target -- whether numerics name us first: not in the lab dialect."""

    def __init__(self, has_target: bool = True) -> None:
        self._first = 1 if has_target else 0
        self._asked: dict[str, str] = {}  # folded name -> key, oldest first
        self._listed = ""  # the key of the last 353

    def key(self, message: Message, outgoing: bool, nick: str, fold: Callable[[str], str]) -> str:
        """The key of a line, or "". nick -- the own one."""
        command = message.command.upper()
        if outgoing:
            return self._request(command, message.params, fold)
        if command in _BY_ANSWER:
            return _BY_ANSWER[command]
        is_own = fold(split_source(message.source or "")[0]) == fold(nick)
        if command == "NICK" and is_own:
            return "nick"
        if command.isdigit():
            about = message.params[self._first :]
        else:
            about = message.params[:1] if is_own and command in _CONFIRMED else []
        key = next((self._asked[fold(name)] for name in about if fold(name) in self._asked), "")
        if command == "366" and not self._first:  # the lab dialect's does not say what it ends
            key, self._listed = self._listed, ""
        elif command == "353":
            self._listed = key
        return key

    def _request(self, command: str, params: list[str], fold: Callable[[str], str]) -> str:
        if command not in _ABOUT or not params:
            return _BY_COMMAND.get(command, "")
        key = f"about {fold(params[0])}"
        for name in map(fold, params[0].split(",")):
            self._asked.pop(name, None)
            self._asked[name] = key
        while len(self._asked) > MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        return key
