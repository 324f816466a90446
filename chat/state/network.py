"""The network as this server sees it: users, channels, sessions, and telling them.

Owns: the tables and their keys, message ids, the publish operations. Must not: check permissions (`policy`), read or
write files (`chat.storage`), or know a command. Everything here is called under the state lock.
"""

import itertools
import secrets
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from chat.state.admission import Admission
from chat.state.bans import ServerBans
from chat.state.channel import Channel, Membership
from chat.state.cloaking import cloak_of
from chat.state.delivery import Writer
from chat.state.history import History
from chat.state.lock import StateLock
from chat.state.monitor import Monitors
from chat.state.relay import Relay
from chat.state.servers import Servers, id_of, user_id
from chat.state.session import Session
from chat.state.user import User
from chat.state.wrong_logins import WrongLogins
from chat.storage.bans import ServerBan
from chat.storage.errors import SaveFailed
from chat.storage.history import HistoryStore
from chat.storage.jsonstore import JsonStore
from chat.storage.records import Account, ChannelRecord
from chat.storage.settings import Config, Listen
from protocol.codecs import wire
from protocol.facts import Moment, Stamp
from protocol.limits import CLOCKS_APART_SECONDS
from protocol.names import fold
from protocol.notices import SUBJECTS
from protocol.values import Event, EventRow, Source

VERSION = "parley-1.0"


class PastUser(NamedTuple):
    """What WHOWAS remembers."""

    nick: str
    username: str
    host: str
    realname: str
    account: str
    left_at: float
    server: str = ""


class Network:
    """All chat state of one server. `lock` guards everything; `writer` sends."""

    def __init__(
        self,
        config: Config,
        accounts: JsonStore[Account],
        channels: JsonStore[ChannelRecord],
        bans: JsonStore[ServerBan],
        history: HistoryStore,
    ) -> None:
        self.config = config
        self.limits = config.limits
        self.name = config.name
        self.lock = StateLock()
        self.writer = Writer()
        self.account_store = accounts
        self.channel_store = channels
        self.stores: tuple[JsonStore[Any], ...] = (accounts, channels, bans)
        self.history = History(history, config.history, self.lock)
        self.bans = ServerBans(bans)
        self.cloak = cloak_of(config.cloak)
        self.users: dict[str, User] = {}
        self._users_by_account: dict[str, list[User]] = {}  # the first is whom further sessions join
        self.channels: dict[str, Channel] = {}
        self.sid = id_of(config.name)
        self.servers = Servers()
        self.users_by_id: dict[str, User] = {}
        self.relay = Relay()
        self._user_numbers = itertools.count(secrets.randbelow(1 << 30))  # no id comes again soon after a restart
        self._clock = 0
        self.sessions: set[Session] = set()
        self.registered_sessions = 0
        self.operators: set[User] = set()
        self.invisible: set[User] = set()
        self.claimed_nicks: dict[str, list[User]] = {}  # see `registration.lose_nick`
        self.reserved_nicks: dict[str, Session] = {}  # of sessions that have not completed registration
        self.guest_nicks = (f"Guest{number}" for number in itertools.count(1))  # each is given once
        self.monitors = Monitors()
        self.past_users: deque[PastUser] = deque(maxlen=config.limits.whowas)
        self.addresses: Counter[str] = Counter()
        self.admission = Admission(self)
        self.wrong_logins = WrongLogins()
        self.fetched_metadata: dict[str, Mapping[str, str]] = {}  # of accounts elsewhere, to which somebody logs in
        self.leaving_accounts: set[str] = set()  # folded names of accounts that are being removed
        self.places: list[Listen] = []  # where the server listens; set by who does
        self.tls_port = 0  # where TLS is spoken, for strict transport security; set by who listens
        self.command_counts: Counter[str] = Counter()
        self.started_at = time.time()
        self.most_users = self.most_local_users = 0
        self.motd: list[str] = []
        self.is_stopping = False
        self.source = Source(config.name, config.name)
        self._event_prefix = f"{time.time_ns() // 1_000_000:x}{secrets.token_hex(3)}-"
        self._event_numbers = itertools.count(1)
        self._batch_numbers = itertools.count(1)

    # --- finding -----------------------------------------------------------------------------------------------

    def find_user(self, nick: str) -> User | None:
        """The user with this nick, in any spelling."""
        return self.users.get(fold(nick))

    def find_channel(self, name: str) -> Channel | None:
        """The channel with this name, in any spelling."""
        return self.channels.get(fold(name))

    def find_account(self, name: str) -> Account | None:
        """The account with this name, in any spelling, if it is at home here."""
        return self.account_store.get(name) if not self.config.links.accounts else None

    def keeps_account(self, name: str) -> bool:
        """Whether this server's file decides if there is such an account: not for those of another server, nor where
        all logins are checked elsewhere."""
        return "@" not in name and not self.config.links.accounts

    def may_be_account(self, name: str) -> bool:
        """Whether there is such an account, or may be elsewhere."""
        return not self.keeps_account(name) or self.find_account(name) is not None

    def metadata_of(self, user: User) -> Mapping[str, str]:
        """What a user tells about itself: what is in the record of its account, where that is at home here."""
        account = self.find_account(user.account) if user.account else None
        return account.metadata if account is not None else user.metadata

    @property
    def local_users(self) -> int:
        """How many users are on this server."""
        return len(self.users) - sum(len(server.users) for server in self.servers)

    def count_arrival(self) -> None:
        """Call when a user has come, here or elsewhere."""
        self.most_users = max(self.most_users, len(self.users))
        self.most_local_users = max(self.most_local_users, self.local_users)

    def user_of_account(self, name: str) -> User | None:
        """The user of this server whom a further session of this account joins."""
        users = self._users_by_account.get(fold(name), ())
        return next((user for user in users if user.server is None), None)

    def users_of_account(self, name: str) -> list[User]:
        """Everybody, on any server, who is logged in to this account."""
        return list(self._users_by_account.get(fold(name), ()))

    def note_login(self, user: User) -> None:
        """Call after a user has logged in to its account."""
        self._users_by_account.setdefault(fold(user.account), []).append(user)

    def note_logout(self, user: User) -> None:
        """Call before a user is taken off its account."""
        users = self._users_by_account.get(fold(user.account), [])
        if user in users:
            users.remove(user)
        if not users:
            self._users_by_account.pop(fold(user.account), None)

    def new_batch(self) -> str:
        """A reference for a BATCH, never used before in this run."""
        return f"b{next(self._batch_numbers)}"

    def new_user_id(self) -> str:
        """A unique id for a user of this server, or of one behind it that has none."""
        return user_id(self.sid, next(self._user_numbers))

    # --- the clock of the network ------------------------------------------------------------------------------

    def wall(self) -> int:
        """What the clock of this machine shows, in milliseconds."""
        return time.time_ns() // 1_000_000

    def tick(self) -> int:
        """Milliseconds, later than whatever this server did, and what it heard of unless that is too far ahead."""
        self._clock = max(self._clock + 1, self.wall())
        return self._clock

    def stamp(self, after: int = 0) -> Stamp:
        """A stamp for what happens now, later than `after` (milliseconds), however far ahead that is."""
        return max(self.tick(), after + 1), self.sid

    def witness(self, moment: int) -> None:
        """Another server has done something at `moment` (milliseconds): what is done here is later. No server leads the
        clock of this one further ahead than its own may be."""
        if moment > self._clock:
            self._clock = max(self._clock, min(moment, self.wall() + CLOCKS_APART_SECONDS * 1000))

    # --- events ------------------------------------------------------------------------------------------------

    def event(
        self,
        row: EventRow,
        source: Source,
        target: str = "",
        text: str = "",
        detail: Any = None,
        moment: Moment | None = None,
    ) -> Event:
        """A new event, with its time and its id, which is unique over restarts; `moment`: those that it has on the
        server where it happened."""
        now, msgid = moment or (time.time(), f"{self._event_prefix}{next(self._event_numbers)}")
        return Event(row, source, target, text, detail, now, msgid)

    def message(
        self, row: EventRow, source: Source, target: str, text: str, tags: dict[str, str] | None, is_long: bool
    ) -> Event:
        """A new PRIVMSG, NOTICE or TAGMSG."""
        msgid = f"{self._event_prefix}{next(self._event_numbers)}"
        return Event(row, source, target, text, None, time.time(), msgid, tags, is_long)

    def tell_channel(self, channel: Channel, event: Event, origin: Session | None = None) -> None:
        """Queues `event` for every session of every member, except `origin`, which is told by its own response."""
        skipped = origin.outbox.append if origin is not None else None
        mark = self.writer.mark
        for flavour, outboxes, appends in channel.audiences():
            data = event.wire.get(flavour)
            if data is None:
                data = wire(event, flavour)
            if data:
                for append in appends:
                    if append is not skipped:
                        append(data)
                mark(outboxes)

    def tell_members(self, channel: Channel, event: Event, origin: Session | None) -> None:
        """As `tell_channel`, and `origin`, member or not, gets its copy as part of its response."""
        self.tell_channel(channel, event, origin)
        if origin is not None:
            origin.send(event)

    def tell_viewers(self, member: Membership, event: Event, origin: Session | None) -> None:
        """As `tell_members`, what happens to one member: in an auditorium, to those who are shown that it is there."""
        if not member.is_hidden:
            self.tell_members(member.channel, event, origin)
            return
        for viewer in member.channel.viewers(member):
            self.tell_user(viewer, event, origin)
        if origin is not None:
            origin.send(event)

    def tell_user(self, user: User, event: Event, origin: Session | None = None) -> None:
        """Sends `event` to all sessions of `user` but `origin`."""
        for session in user.sessions:
            if session is not origin:
                session.send(event)

    def tell_sessions(self, sessions: Iterable[Session], event: Event) -> None:
        """Sends `event` to each of `sessions`."""
        for session in sessions:
            session.send(event)

    def neighbours(self, user: User) -> set[User]:
        """Everybody who shares a channel with `user` and is shown there that `user` is in it, without `user`."""
        found: set[User] = set()
        for channel, member in user.memberships.items():
            found.update(channel.viewers(member) if channel.is_auditorium else channel.members)
        found.discard(user)
        return found

    def tell_neighbours(self, user: User, event: Event, include_self: bool = False) -> None:
        """Tells everybody who shares a channel with `user` once; dialects that live per channel, once for each. What is
        monitored goes to the watchers of `user` as well (IRCv3 extended-monitor)."""
        once = self.neighbours(user)
        if include_self:
            once.add(user)
        per_channel: list[Session] = []
        for other in once:
            for session in other.sessions:
                if session.codec.dialect.per_channel:
                    per_channel.append(session)
                else:
                    session.send(event)
        if event.row.is_monitored:
            for session in self.monitors.extended(user, once):
                session.send(event)
        if per_channel:
            self._tell_per_channel(user, event, per_channel)

    def _tell_per_channel(self, user: User, event: Event, sessions: list[Session]) -> None:
        for channel, member in user.memberships.items():
            about = event.about(channel.name)
            for session in sessions:
                if session.user is not None and channel.shows(member, session.user):
                    session.send(about)

    def notice(self, session: Session, text: str) -> None:
        """A word from the server to one session."""
        session.say("NOTICE", session.nick, text)

    def notice_operators(self, text: str, subject: str = "", asker: User | None = None, place: str = "") -> None:
        """A word from the server to the IRC operators who want those of this subject, a letter of `protocol.notices`;
        without one, to all. `asker`, whose command it tells of, gets it in any case. `place`: the server where it has
        happened, if that is another."""
        title = f"{SUBJECTS[subject].title}{f' at {place}' if place else ''}: " if subject else ""
        for user in self.operators:
            if not subject or subject in user.subjects or user is asker:
                for session in user.sessions:
                    self.notice(session, f"*** {title}{text}")

    def tell_operators(self, text: str, subject: str = "") -> None:
        """As `notice_operators`, for a thread that does not hold the lock."""
        with self.lock:
            self.notice_operators(text, subject)
        self.writer.wake()

    # --- channels ----------------------------------------------------------------------------------------------

    def create_channel(self, name: str, modes: str) -> Channel:
        """A new, empty channel in the table."""
        channel = Channel(name, modes, self.tick() / 1000)
        self.channels[channel.folded] = channel
        return channel

    def forget_channel_if_empty(self, channel: Channel) -> None:
        """A channel whose last member left is gone, unless it is permanent."""
        if not channel.members and not channel.is_permanent:
            self.channels.pop(channel.folded, None)
            self.history.end(channel.folded)
            if self.relay.is_linked:
                self.relay.channel_ended(channel)
            for user in channel.invited:
                user.invitations.pop(channel.folded, None)

    # --- files -------------------------------------------------------------------------------------------------

    @property
    def changes(self) -> int:
        """How many changes there were to what is kept on disk."""
        return sum(store.changes for store in self.stores)

    @property
    def has_unsaved(self) -> bool:
        """Whether something is in memory that is not on disk."""
        return any(store.dirty for store in self.stores)

    def flush(self) -> None:
        """Waits until all changes are on disk. Slow: called without the lock. Raises SaveFailed."""
        failures: list[SaveFailed] = []
        for store in self.stores:
            try:
                if store.dirty:
                    store.flush()
            except SaveFailed as failed:  # the other files may be fine
                failures.append(failed)
        if failures:
            raise failures[0]

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.config.data
