"""The values that travel between the codecs and the rest: Request in, Reply, Answer and Event out, Refused when not.

Owns: their shapes. Must not: know how any of them looks on a wire (`irc`, `lab`, `csp`), nor what any of them does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

# --- what a connection is ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """One way of speaking. The traits say where a dialect's users expect something else than a modern IRC client."""

    name: str  # "irc", "lab" or "csp"
    new_channel_modes: str = "nt"  # a lab channel starts without +t: there, every member sets the topic
    key_creates: bool = False  # the key of a JOIN that creates the channel becomes its key
    sends_names_on_join: bool = True
    names_what_is_missing: bool = True  # no recipient 411, no text 412, no nick 431; elsewhere all are 461
    names_of_everything: bool = False  # NAMES without a parameter lists all channels and the users in none
    is_pinged: bool = True  # has PING, so silence can be told from death
    is_modern: bool = False  # knows 002 to 005 and the MOTD, capabilities, server masks as targets, server MODE lines
    has_states: bool = False  # a client is told in which state it is, and what is allowed there
    has_groups: bool = False  # channels are called by their group names
    confirms_quit: bool = True  # who quits gets an ERROR
    has_answers: bool = False  # each request has one answer, in the form its command gives it, with the request's id
    has_whole_identity: bool = False  # USER says nick, user name and host at once; there is no NICK
    shows_ranks: bool = True  # prefixes in NAMES, setter and time of a topic
    shows_topic_outside: bool = True  # TOPIC without a text is for all; elsewhere its answer says that one has joined
    needs_account: bool = False  # a user without an account does not exist there
    per_channel: bool = False  # quits and nick changes are told once for each shared channel
    echoes_messages: bool = False  # the sender of a channel message always gets it back
    has_long_lines: bool = False  # its texts may be longer than an IRC line, and are split for IRC receivers
    login_patience: int = 1  # times registration_seconds: people type their password while already connected
    refuses_floods: bool = False  # answers a flood instead of slowing it down


IRC = Dialect("irc", is_modern=True)
LAB = Dialect(
    "lab",
    new_channel_modes="n",
    key_creates=True,
    sends_names_on_join=False,
    names_what_is_missing=False,
    names_of_everything=True,
    is_pinged=False,
    has_long_lines=True,
    confirms_quit=False,
    has_whole_identity=True,
    shows_ranks=False,
    shows_topic_outside=False,
)
CSP = Dialect(
    "csp",
    is_pinged=False,
    has_states=True,
    has_groups=True,
    has_answers=True,
    confirms_quit=False,
    needs_account=True,
    per_channel=True,
    echoes_messages=True,
    has_long_lines=True,
    login_patience=10,
    refuses_floods=True,
)


class Flavour:
    """What decides the bytes of an event: a dialect and the capabilities a session enabled. One object for each set,
    so that sessions with equal wishes share one encoding. For CSP the only "capability" is its version, `1.1`."""

    __slots__ = (
        "account_tag", "batches", "capabilities", "dialect", "message_tags", "operator_tag", "server_time", "tagged",
    )  # fmt: skip

    def __init__(self, dialect: Dialect, capabilities: frozenset[str]) -> None:
        self.dialect = dialect
        self.capabilities = capabilities
        self.server_time = "server-time" in capabilities
        self.message_tags = "message-tags" in capabilities
        self.account_tag = "account-tag" in capabilities
        self.operator_tag = "draft/oper-tag" in capabilities
        self.batches = "batch" in capabilities
        self.tagged = self.server_time or self.message_tags or self.account_tag or self.operator_tag

    def __contains__(self, capability: str) -> bool:
        return capability in self.capabilities


@lru_cache(maxsize=4096)
def flavour_of(dialect: Dialect, capabilities: frozenset[str] = frozenset()) -> Flavour:
    """The one Flavour object of a dialect and a set of enabled capabilities."""
    return Flavour(dialect, capabilities)


CSP_1_0 = flavour_of(CSP)
CSP_1_1 = flavour_of(CSP, frozenset({"1.1"}))


# --- in ------------------------------------------------------------------------------------------------------------


class Request(NamedTuple):
    """What a client asks. `verb` in upper case; `params` in order (IRC) or by name (CSP); `tags` client tags or None;
    `label` is echoed in the response (IRC label, CSP id); `problem` set means that the line could not be decoded."""

    verb: str
    params: Any
    tags: dict[str, str] | None = None
    label: Any = None
    problem: "Refused | None" = None
    flavour: Flavour | None = None  # CSP: the version that this request is to be answered in


IN_BATCH = "in a batch"  # the verb of a line that carries a batch tag; no client can send it as one: it is lower case


class BatchLine(NamedTuple):
    """A line of a client's batch, the one parameter of a request with the verb IN_BATCH: `request` is the line without
    the batch; `tags` are all of its tags."""

    reference: str
    request: Request
    tags: Mapping[str, str]


# --- out -----------------------------------------------------------------------------------------------------------


class Source(NamedTuple):
    """Who an event comes from, as of when it happened. `prefix` is `nick!user@host`, or a server's name."""

    nick: str
    prefix: str
    account: str = ""
    is_bot: bool = False
    is_operator: bool = False  # of the network
    identity: str = ""  # whom what it said belongs to in the history


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """A template such as `<channel> :No such channel`, ready to fill from the row's arguments."""

    template: str  # with %s in place of the <names>
    indices: tuple[int, ...]  # which argument fills which %s
    middles: tuple[int, ...]  # which %s stand before the trailing text, where a space would break the line


@dataclass(frozen=True, slots=True, eq=False)
class ReplyRow:
    """A row of the reply table: numeric or standard reply, and its form in each dialect."""

    name: str
    code: str
    fields: tuple[str, ...]
    irc: ReplyForm
    lab: ReplyForm
    csp: ReplyForm  # the payload
    csp_code: str
    general: bool  # in CSP under `csp_code` whatever the command was
    is_error: bool
    is_own: bool = False  # a standard reply with a code of this server's own


@dataclass(frozen=True, slots=True, eq=False)
class AnswerRow:
    """A row of the CSP answer table: code, the parameters it carries, its logical channel, a payload unless given."""

    code: str
    parameters: tuple[str, ...] = ()
    channel: str = ""
    payload: str = ""


class Reply(NamedTuple):
    """An answer to one request in the IRC dialects, and a refusal in any. `server`: who answers, "" for this server."""

    row: ReplyRow
    args: tuple[str, ...]
    server: str = ""


class Answer(NamedTuple):
    """An answer to one request in CSP. `payload` is JSON data; `parameters` overrides what the row derives."""

    row: AnswerRow
    parameters: Mapping[str, Any]
    payload: Any = None


class Raw(NamedTuple):
    """A line that belongs to no table, such as `AUTHENTICATE +`, without source, tags or line end. `has_text`: the last
    parameter always has its colon, on which some clients rely (CAP)."""

    command: str
    params: tuple[str, ...] = ()
    from_server: bool = True
    has_text: bool = False


Payload: TypeAlias = dict[str, Any]  # one CSP object


@dataclass(frozen=True, slots=True, eq=False)
class EventRow:
    """A row of the event table: which capability one must have enabled to see it, and its form in each dialect.

    `irc` gives the line without tags and line end, `lab` the same, `csp` the objects; empty means "not shown".
    `is_monitored`: who monitors the user is told as well, without a shared channel (IRCv3 extended-monitor)."""

    name: str
    irc: "Callable[[Event, Flavour], str]"
    lab: "Callable[[Event], str]"
    csp: "Callable[[Event, Flavour], list[Payload]]"
    capability: str = ""
    is_monitored: bool = False


class Event:
    """A fact told to many. `target` is the channel or nick it concerns, as delivered; `text` the free text; `detail`
    what only this kind of event has (see its row); `time` Unix seconds; `tags` client-only tags to relay."""

    __slots__ = ("detail", "is_long", "msgid", "row", "source", "tags", "target", "text", "time", "wire")

    def __init__(
        self,
        row: EventRow,
        source: Source,
        target: str = "",
        text: str = "",
        detail: Any = None,
        time: float = 0.0,
        msgid: str = "",
        tags: dict[str, str] | None = None,
        is_long: bool = False,
    ) -> None:
        self.row = row
        self.source = source
        self.target = target
        self.text = text
        self.detail = detail
        self.time = time
        self.msgid = msgid
        self.tags = tags
        self.is_long = is_long  # too long for one IRC line: split it rather than cut it
        self.wire: dict[Flavour, bytes] = {}  # encoded once for each flavour

    def about(self, target: str) -> "Event":
        """The same fact as seen in one channel, for dialects that tell it per channel."""
        return Event(self.row, self.source, target, self.text, self.detail, self.time, self.msgid, self.tags)


class Batch:
    """Items that belong together: between `BATCH +reference kind parameters` and `BATCH -reference` for receivers with
    `batch`, bare for all others (IRCv3 batch). `items` may hold batches, which are nested then."""

    __slots__ = ("items", "kind", "params", "reference")

    def __init__(self, reference: str, kind: str, params: tuple[str, ...] = ()) -> None:
        self.reference = reference
        self.kind = kind
        self.params = params
        self.items: list[Sendable] = []


Sendable: TypeAlias = Reply | Answer | Raw | Event | Batch


@dataclass(eq=False)
class Refused(Exception):
    """Raised where a request cannot be granted: the reply to give. `where` names a CSP parameter (for code 300);
    `code` overrides the CSP code that the command's and reply's rows give."""

    row: ReplyRow
    args_: tuple[str, ...] = field(default=())
    where: str = ""
    code: str = ""

    def __init__(self, row: ReplyRow, *args: str, where: str = "", code: str = "") -> None:
        super().__init__(row.name, *args)
        self.row = row
        self.args_ = args
        self.where = where
        self.code = code

    @property
    def reply(self) -> Reply:
        """The refusal as a reply."""
        return Reply(self.row, self.args_)
