"""What servers of one network tell one another: a fact each, frozen, the same for every link protocol.

Users go by their unique id (`uid`), servers and channels by name, accounts with their home server (`alice@a.example`).
Owns: the shapes. Must not: know how a fact looks on a wire (`link`), or what it changes (`chat.links`).
"""

from typing import NamedTuple

Stamp = tuple[int, str]  # milliseconds of a clock that never goes back, and the id of the server: who is later wins
Moment = tuple[float, str]  # Unix seconds, and the message id


class Register(NamedTuple):
    """One thing of a channel that can be set: the last who wrote it wins. `key`: a mode's letter, `b <mask>`, `topic`,
    `founder`, `admin <account>`, `access <account>`, `metadata <key>`; `value` None: not set."""

    key: str
    value: str | None
    at: Stamp
    setter: str = ""
    time: float = 0.0


class Rank(NamedTuple):
    """One rank that a member has, or had until `at`."""

    letter: str
    is_held: bool
    at: Stamp


class Member(NamedTuple):
    """A membership: `joined` is given by the user's home server, and is another one after each JOIN."""

    uid: str
    joined: int
    ranks: tuple[Rank, ...] = ()


class Change(NamedTuple):
    """One step of a mode change. Of a rank, `parameter` is the uid, and `joined` says which membership."""

    is_added: bool
    letter: str
    parameter: str | None = None
    joined: int = 0


# --- servers -------------------------------------------------------------------------------------------------------


class ServerUp(NamedTuple):
    """A server is there, `behind` the one that is nearer to the teller."""

    name: str
    sid: str
    info: str
    behind: str


class ServerDown(NamedTuple):
    """A server is gone, with everything behind it."""

    name: str
    reason: str


class BurstStart(NamedTuple):
    """A server was linked, and will tell all that it knows."""

    server: str


class BurstEnd(NamedTuple):
    """A server has told all that it knew when it was linked."""

    server: str


class StateAsked(NamedTuple):
    """The other end of the link is asked for the whole state of a channel."""

    channel: str


# --- users ---------------------------------------------------------------------------------------------------------


class UserUp(NamedTuple):
    """A user is there. `stamp`: since when it has its nick; `away` None: it is here."""

    uid: str
    nick: str
    stamp: int
    server: str
    username: str
    host: str
    real_host: str
    address: str
    realname: str
    account: str
    modes: str
    operator: str
    away: str | None
    signed_on: float
    is_secure: bool
    metadata: dict[str, str]


class NickChange(NamedTuple):
    """A user has another nick, since `stamp`."""

    uid: str
    nick: str
    stamp: int
    moment: Moment


class UserGone(NamedTuple):
    """A user has left. `text` is shown; `given` is what it wrote itself."""

    uid: str
    text: str
    given: str
    moment: Moment


class AwaySet(NamedTuple):
    """Why somebody is away; None: it is back."""

    uid: str
    text: str | None


class RealnameSet(NamedTuple):
    """A user has another realname."""

    uid: str
    realname: str


class AccountSet(NamedTuple):
    """A user has logged in, or out (an empty name)."""

    uid: str
    account: str


class HostSet(NamedTuple):
    """A user has another user name and visible host."""

    uid: str
    username: str
    host: str


class UserModesSet(NamedTuple):
    """The modes of a user, and, of an operator, the name of its block."""

    uid: str
    modes: str
    operator: str


class UserMetadataSet(NamedTuple):
    """What a user tells about itself under a key; None: nothing any more."""

    uid: str
    key: str
    value: str | None


# --- channels ------------------------------------------------------------------------------------------------------


class ChannelState(NamedTuple):
    """A channel as a server knows it, or a part of that. `created` in milliseconds: the older channel wins."""

    channel: str
    created: int
    registers: tuple[Register, ...]
    members: tuple[Member, ...]


class Joined(NamedTuple):
    """A user has entered a channel that is there already."""

    uid: str
    channel: str
    created: int
    joined: int
    moment: Moment


class Parted(NamedTuple):
    """A user has left a channel."""

    uid: str
    channel: str
    joined: int
    text: str
    moment: Moment


class Kicked(NamedTuple):
    """`by`, a user or server, has removed somebody; `is_ban`: as part of a ban."""

    by: str
    uid: str
    channel: str
    joined: int
    text: str
    is_ban: bool
    moment: Moment


class ModesChanged(NamedTuple):
    """`by`, a user or server, has changed modes, ranks or lists. `kicks_follow`: of all whom a ban among them means."""

    by: str
    channel: str
    created: int
    at: Stamp
    changes: tuple[Change, ...]
    moment: Moment
    kicks_follow: bool = False
    setter: str = ""  # as whom the lists name who set a mask


class TopicSet(NamedTuple):
    """`by`, a user or server, has set a topic."""

    by: str
    channel: str
    created: int
    at: Stamp
    text: str
    setter: str
    moment: Moment


class Invited(NamedTuple):
    """`by` has invited a user; `is_opening`: it may come in whatever keeps others out."""

    by: str
    uid: str
    channel: str
    is_opening: bool
    moment: Moment


class Knocked(NamedTuple):
    """A user asks to be let in."""

    uid: str
    channel: str
    text: str
    moment: Moment


# --- messages ------------------------------------------------------------------------------------------------------


class Said(NamedTuple):
    """A message: `kind` is PRIVMSG, NOTICE or TAGMSG; `target` a channel or a uid; `status`: only for members with that
    prefix; `lines`: of a message that has several, each with whether it goes on with the one before; `is_long`: split
    it for IRC clients rather than cut it."""

    by: str
    kind: str
    target: str
    status: str
    text: str
    lines: tuple[tuple[str, bool], ...] | None
    tags: dict[str, str] | None
    is_long: bool
    moment: Moment


class Redacted(NamedTuple):
    """`by` has taken back the message `msgid` in a channel, or from its talk with a user."""

    by: str
    target: str
    msgid: str
    reason: str
    moment: Moment


class Erased(NamedTuple):
    """`by` has all that an account said erased from every history; `with_former`: also what earlier accounts of that
    name said. `is_gone`: its home server tells that the account is no more, and keeps what it said in channels."""

    by: str
    account: str
    with_former: bool
    is_gone: bool = False


class Announced(NamedTuple):
    """`by` speaks to many users of the network: `kind` WALLOPS (who wears +w), GLOBOPS (operators), SNOTE (a server's
    notice to operators, about `subject`), or NOTICE and PRIVMSG to all on servers that fit `subject`. `asker`: the uid
    of the operator whose command a server's notice is about."""

    by: str
    kind: str
    subject: str
    text: str
    asker: str = ""
    moment: Moment | None = None


# --- the whole network ---------------------------------------------------------------------------------------------


class BanSet(NamedTuple):
    """A server-wide ban; `until` 0: without end."""

    kind: str
    mask: str
    reason: str
    setter: str
    set_at: float
    until: float


class BanLifted(NamedTuple):
    """A server-wide ban is no more; one that is set after `at` (Unix seconds) is another."""

    kind: str
    mask: str
    at: float


class Asked(NamedTuple):
    """`by`, a user or server, asks the server `to` for something that only that one can do. `number` is the asking
    server's, for the answer, or 0 when none is wanted; `privileges`: those that `by` has as an operator."""

    number: int
    by: str
    to: str
    verb: str
    params: tuple[str, ...]
    privileges: tuple[str, ...] = ()


class Answered(NamedTuple):
    """The answer to `Asked`, for the server `to`: rows of the reply table with their arguments; `is_last`."""

    number: int
    by: str
    to: str
    replies: tuple[tuple[str, ...], ...]
    is_last: bool


class LoginAsked(NamedTuple):
    """The server `by` asks the server `to`, where an account is at home, whether a password is right. Told over
    encrypted links only. `number` is the asking server's, for the answer; `address`: from where somebody logs in."""

    number: int
    by: str
    to: str
    account: str
    password: str
    address: str = ""


class LoginAnswered(NamedTuple):
    """The answer, for the server `to`: the account when the password is right, with what it tells about itself; "" when
    it is wrong, or was not looked at, because of a `problem`."""

    number: int
    by: str
    to: str
    account: str
    problem: str
    metadata: dict[str, str]


class Ping(NamedTuple):
    """The other end of the link is asked for a Pong with the same token."""

    token: str


class Pong(NamedTuple):
    """The answer to Ping."""

    token: str


Fact = (
    ServerUp | ServerDown | BurstStart | BurstEnd | StateAsked | UserUp | NickChange | UserGone | AwaySet
    | RealnameSet | AccountSet | HostSet | UserModesSet | UserMetadataSet | ChannelState | Joined | Parted
    | Kicked | ModesChanged | TopicSet | Invited | Knocked | Said | Redacted | Erased | Announced | BanSet
    | BanLifted | Asked | Answered | LoginAsked | LoginAnswered | Ping | Pong
)  # fmt: skip
