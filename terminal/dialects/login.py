"""The client's side of a SASL login: which mechanism, and what it answers (IRCv3 SASL 3.2).

Owns: the choice, and the conversation of each mechanism. Must not: know capabilities, or when the server asks.
"""

import secrets

from protocol import sasl
from protocol.sasl import Exchange, PayloadTooLong, SaslError, ScramClient
from terminal.dialects.base import Identity
from terminal.events import Fatal, Step

EXTERNAL, SCRAM, PLAIN = "EXTERNAL", "SCRAM-SHA-256", "PLAIN"


def is_wanted(identity: Identity) -> bool:
    """Whether a login is to be tried at all."""
    return bool(identity.login) and (is_needed(identity) or identity.certificate)


def is_needed(identity: Identity) -> bool:
    """Whether nothing can go on without the login: who gives a password, or says EXTERNAL, means it."""
    return bool(identity.login) and (bool(identity.password) or identity.login == "external")


def mechanisms(identity: Identity, offered: str) -> list[str]:
    """What to try, in order. `offered` is the value of the capability, "" when the server does not say."""
    has_password = bool(identity.password)
    match identity.login:
        case "external":
            wanted = [EXTERNAL]
        case "scram":
            wanted = [SCRAM] * has_password
        case "plain":
            wanted = [PLAIN] * has_password
        case _ if offered:
            wanted = [EXTERNAL] * identity.certificate + [SCRAM, PLAIN] * has_password
        case _:  # an older server, which would count a mechanism that it does not know as a failure
            wanted = [PLAIN] if has_password else [EXTERNAL]
    known = offered.upper().split(",")
    return [name for name in wanted if not offered or name in known]


class Login:
    """One login. `account` is whose, `is_proved` whether the server has proved itself as far as the mechanism asks."""

    def __init__(self, identity: Identity, nonce: str = "") -> None:
        self.account = identity.account or identity.nick
        self.mechanism = ""
        self._identity = identity
        self._nonce = nonce
        self._left: list[str] = []
        self._exchange = Exchange("")
        self._scram: ScramClient | None = None

    @property
    def is_proved(self) -> bool:
        """False while a SCRAM server still owes its signature."""
        return self._scram is None or self._scram.is_verified

    def begin(self, offered: str) -> Step:
        """`AUTHENTICATE` with the best mechanism, or a Fatal that says why there is none."""
        self._left = mechanisms(self._identity, offered)
        return self.go_on() or Step([], [self._none(offered)])

    def known(self, offered: str) -> None:
        """908 came: try no other mechanisms than these."""
        self._left = [name for name in self._left if name in offered.upper().split(",")]

    def go_on(self) -> Step | None:
        """The next mechanism; None when there is none left."""
        if not self._left:
            return None
        self.mechanism = self._left.pop(0)
        self._exchange, self._scram = Exchange(self.mechanism), None
        refused = in_the_clear(self._identity, self.account, ", or use SCRAM") if self.mechanism == PLAIN else None
        if refused is not None:
            return Step([], [refused])
        return Step([f"AUTHENTICATE {self.mechanism}"])

    def _none(self, offered: str) -> Fatal:
        wanted = {"external": EXTERNAL, "scram": SCRAM, "plain": PLAIN}.get(self._identity.login, f"{SCRAM}, {PLAIN}")
        if self._identity.login != "external" and not self._identity.password:
            return Fatal("A login needs a password.", "identity")
        has = f"; it offers {offered.replace(',', ', ')}" if offered else ""
        by = "your certificate" if self._identity.login == "external" else "a password"
        return Fatal(f"This server offers no login with {by} (SASL {wanted}){has}.", "identity")

    def receive(self, argument: str) -> Step:
        """What the server's AUTHENTICATE is answered with; nothing while more of its message must come."""
        try:
            message = self._exchange.feed(argument)
            answer = b"" if message is None else self._answer(message)
        except (SaslError, PayloadTooLong) as wrong:
            what = str(wrong) or "too much"
            text = f"The server could not prove that it knows the password of {self.account}: it sent {what}."
            return Step([f"AUTHENTICATE {sasl.ABORT}"], [Fatal(text, "identity")])
        return Step() if message is None else Step([f"AUTHENTICATE {piece}" for piece in sasl.pieces(answer)])

    def _answer(self, message: bytes) -> bytes:
        if self.mechanism == EXTERNAL:
            return self._identity.account.encode()
        password = self._identity.password
        if self.mechanism == PLAIN:
            return sasl.plain(self.account, password)
        if self._scram is None:
            self._scram = ScramClient(self.account, password, self._nonce or secrets.token_urlsafe(24))
            return self._scram.first
        if message.startswith((b"v=", b"e=")):
            self._scram.verify(message)
            return b""
        return self._scram.final(message)


def in_the_clear(identity: Identity, whose: str, safer: str = "") -> Fatal | None:
    """Why a password is not sent, as it could be read on its way; None when it may be. safer -- what else there is."""
    if not identity.clear_to or identity.plain_over_clear:
        return None
    text = (
        f"The password of {whose} was not sent: without TLS everybody on the way to {identity.clear_to} could read it. "
        f"Connect with TLS{safer}; plain_over_clear sends it all the same."
    )
    return Fatal(text, "identity")
