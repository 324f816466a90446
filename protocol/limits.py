"""Every number of the protocols and of the configuration's [limits] and [history], with its default.

Owns: the numbers. Must not: enforce any of them; the code that does reads them from here.
"""

from dataclasses import dataclass

IRC_LINE_BYTES = 512  # with CR LF, without tags (RFC 1459 2.3)
CLIENT_TAG_BYTES = 4096  # tags a client may send, with "@" and the space (IRCv3 message-tags)
CSP_LINE_BYTES = 16384  # one JSON object with its line end
CSP_TEXT_BYTES = 4096  # a payload of MSSG; IRC members get a long one in several lines
CSP_HISTORY_BYTES = 262144  # the payload of an answer to HIST, which is one line; never more than a quarter of sendq
CSP_ENTRIES = 1000  # of an answer to LIST, WHOS or HIST, at most
WEBSOCKET_BYTES = 2 * CSP_LINE_BYTES  # one message: a line that is somewhat too long still gets its dialect's answer
WEBSOCKET_HEAD_BYTES = 16384  # the HTTP request that opens a WebSocket, without a body
WEBSOCKET_FRAGMENTS = 128  # frames of one message
WEBSOCKET_CONTROLS = 20  # pings and pongs in one second: there is no use for more than a few in a minute
RECEIVE_BYTES = 65536  # one recv of a connection that sends much
IDLE_RECEIVE_BYTES = 4096  # of any other: ten thousand waiting calls hold ten thousand buffers
LINES_PER_BATCH = 256  # lines queued for the asker itself after which a batch ends early
REQUESTS_PER_BATCH = 64  # requests handled in one hold of the state lock
PENDING_PUBLISHES = 1000  # publishes that the writer has not looked at above which readers wait for it
CORKED_QUEUES = 4  # times `sendq` that may pile up for a client whose own change is being written to disk
LIST_COST = 100  # what the items of a comma list cost at most: no line silences its sender for minutes
EARLY_BYTES = 131072  # of a connection before its first line: the largest handshakes need less
IGNORED_LINES = 64  # lines without a command that cost as much flood credit as one with
WARNINGS_PER_MINUTE = 5  # in the log, because of one address
LABEL_BYTES = 64  # IRCv3 labeled-response
MULTILINE_BYTES = 40000  # of the texts of one message with several lines, a line end counting as one
MULTILINE_LINES = 100  # of one such message, blank ones and continued ones included
METADATA_SUBSCRIPTIONS = 100  # keys that one connection is told of
METADATA_KEYS = 50  # of one user or channel
METADATA_KEY_BYTES = 64  # with a value and the longest names of one channel and one user, what fits into a line
METADATA_VALUE_BYTES = 250
CLIENT_BATCH_SECONDS = 30  # that may pass between two lines of a client's batch
AUTHENTICATE_BYTES = 400  # one AUTHENTICATE payload line (IRCv3 SASL 3.1)
AUTHENTICATE_TOTAL_BYTES = 4096
PASSWORD_BYTES = 300
EMAIL_BYTES = 254  # of a mail address (RFC 5321 4.5.3.1.3)
LOGIN_FAILURES = 5  # after so many wrong logins a connection is closed
LOGIN_DELAY_SECONDS = 0.25  # by which the answer to each further wrong login comes later
WRONG_LOGINS_PER_ACCOUNT = 10  # in a minute; then those who had a part in them are not even checked
WRONG_LOGINS_PER_ADDRESS = 30  # in a minute, to whatever accounts; then those accounts are not from there
NEW_ACCOUNTS_PER_MINUTE = 60  # for each address, where [limits] connections_per_minute is set
HASHES_WAITING = 500  # passwords that wait to be hashed; then who comes is asked to try again
CERTIFICATES_PER_ACCOUNT = 10
HOST_BYTES = 63
USERNAME_BYTES = 18
REALNAME_BYTES = 150
KEY_BYTES = 32
BAN_MASK_BYTES = 200  # of a server-wide ban
BAN_REASON_BYTES = 200
LONGEST_BAN_DAYS = 3650
OPER_TRIES = 3  # wrong ones, after which a connection is closed
CLOAK_SECRET_CHARACTERS = 16  # of the shortest key of cloaked hosts
CLOAK_AFFIX_BYTES = 12  # of what stands before and after a cloaked host
MODES_PER_COMMAND = 20
AUDITORIUM_SWITCH = 200  # members without rank up to whom +u is set and unset: each of them is told of each
FORWARDS = 5  # channels that +F leads somebody through at most
KNOCKS, KNOCK_SECONDS = 3, 60  # so many on one channel in that time
LIST_REPLY_BYTES = 400  # payload of one line of a reply that lists things, so that the line stays below 512
TARGETS = {
    "PRIVMSG": 8,
    "NOTICE": 8,
    "TAGMSG": 8,
    "KICK": 8,
    "NAMES": 8,
    "WHOIS": 4,
    "WHOWAS": 4,
    "JOIN": None,
    "PART": None,
}
HISTORY_LINES = 1000  # messages that one CHATHISTORY gives at most
SEARCH_LINES = 100  # and one SEARCH
LAB_TEXT_BYTES = 1024  # of a topic, a reason or an info of a lab server, which know no bounds
LAB_NAMES_BYTES = 8000  # of the nicks in one 353 of a lab link
REMOVED_REGISTERS = 200  # masks and keys of a channel that were taken off, and are remembered to be off
ENDED_CHANNELS = 500  # that a linked server remembers, because others may not know yet that they are empty
NETWORK_CHANNEL_CHARACTERS = 200  # of a channel's name on other servers, whatever the limit is here
NETWORK_NICK_CHARACTERS = 100  # of a nick or an account there
NETWORK_HOST_CHARACTERS = 253  # of a user's host there
NETWORK_USERNAME_BYTES = 64
NETWORK_TEXT_BYTES = 4096  # of a topic, a reason, a realname, ... there
NETWORK_MASK_BYTES = 400  # of one entry of a channel's list there
NETWORK_SERVERS, NETWORK_USERS, NETWORK_CHANNELS = 500, 500_000, 500_000  # that links may bring
NETWORK_REGISTERS = 20_000  # of one channel: modes, masks, ranks of accounts, metadata
NETWORK_CHANGES = 500  # of a channel in one fact: what is set in it, or members
CLOCKS_APART_SECONDS = 43200  # between the clocks of two servers that are to be linked, at most;
STAMP_AHEAD_SECONDS = 2 * CLOCKS_APART_SECONDS  # and so far in the future may be what one tells of
LINK_SENDQ = 32 << 20  # bytes waiting for one server
LINK_LINES_PER_SECOND = 20000  # of a link, sustained,
LINK_BURST_LINES = 500_000  # and above that, as when two large networks meet
LINK_BURST_PART_BYTES = 65536  # of what this server tells another one of itself in one hold of the state lock
LINK_REMEMBERED = 10_000  # channels or nicks of which one line of a view link was heard and the other is awaited
LINK_REASON_BYTES = 300  # of why a link ends
LINK_CONNECT_SECONDS = 10.0  # to reach another server, at each of its addresses
LINK_RETRY_SECONDS = 1.0  # until it is dialled again; twice as long after each further failure
LINK_RETRY_LONGEST_SECONDS = 300.0  # but never longer than this
LINK_STEADY_SECONDS = 60.0  # a link that lasted so long was no failure
LINK_LOOK_SECONDS = 5.0  # until a server that is linked by another way is looked for again
NICK_PATIENCE_SECONDS = 0.5  # that a nick which somebody on another server has may still become free
ASKED_SECONDS = 5.0  # that somebody waits for the answer of another server
LOGIN_ASKED_SECONDS = 10.0  # and for another server to check a password;
LOGINS_ASKED = 100  # so many at once
ASKED_REPLIES = 10000  # lines of such an answer
ASKED_REPLIES_AT_ONCE = 50  # of one fact
LIFTED_BANS = 1000  # server-wide bans that were lifted, of which other servers may not know yet
STOP_SECONDS = 5.0  # what queues get to drain when the server stops


@dataclass(frozen=True, slots=True)
class Limits:
    """The configuration's [limits]. Lengths in characters unless said otherwise; 0 in a rate means no limit."""

    nick: int = 32
    channel: int = 64
    topic: int = 390
    kick: int = 390
    away: int = 390
    channels_per_user: int = 100
    line: int = IRC_LINE_BYTES
    tags: int = CLIENT_TAG_BYTES
    clients: int = 20000
    clients_per_address: int = 0
    connections_per_minute: int = 0  # per address
    messages_per_second: int = 0  # per connection, sustained
    burst: int = 0  # messages above the sustained rate before slowing down
    sendq: int = 1_048_576  # bytes waiting for one client
    registration_seconds: int = 30
    ping_seconds: int = 120
    whowas: int = 1000
    monitor: int = 100
    list_modes: int = 100
    exempt: tuple[str, ...] = ()  # addresses and networks without limits on connections


@dataclass(frozen=True, slots=True)
class HistoryLimits:
    """The configuration's [history]: messages kept per channel or talk (0: no history at all), for how many days (0:
    for ever), how many a join plays back, and for how many hours a message may be redacted (0: always)."""

    messages: int = 1000
    days: int = 30
    persistent: bool = True
    playback: int = 0
    redact_hours: int = 0
