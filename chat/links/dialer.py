"""Outgoing links: who is dialled when, again and again, and what is told when it does not work.

Owns: the attempts, each in a thread of its own, and one thread that plans them and waits for nothing but its inbox, so
that whoever holds the state lock may ask for an attempt. Must not: know what is said on a link (`serve` does), or cut
one.
"""

import errno
import logging
import queue
import random
import socket
import threading
import time
from collections.abc import Callable
from functools import partial

from chat.state.network import Network
from chat.storage.settings import Config, LinkPeer, LinksConfig
from chat.transport.layers import Layers
from protocol.addresses import canonical
from protocol.limits import (
    LINK_CONNECT_SECONDS,
    LINK_LOOK_SECONDS,
    LINK_RETRY_LONGEST_SECONDS,
    LINK_RETRY_SECONDS,
    LINK_STEADY_SECONDS,
)
from protocol.names import fold

log = logging.getLogger("parley.links")
_NOTICES = "s"  # the subject of server notices
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL)


class Backoff:
    """When to try again: soon, and twice as long after each failure, so that a server that is away for long is not
    bothered, with jitter, so that not all servers come at once to one that has just started. `randomness` gives numbers
    from 0 to 1; `due`: monotonic seconds."""

    def __init__(self, randomness: Callable[[], float]) -> None:
        self.due = 0.0
        self._randomness = randomness
        self._seconds = LINK_RETRY_SECONDS

    def over(self, now: float, lasted: float) -> float:
        """An attempt is over, with a connection that lasted so many seconds (0: none). The seconds until the next."""
        if lasted >= LINK_STEADY_SECONDS:
            self._seconds = LINK_RETRY_SECONDS
        wait = self._seconds * (1 - self._randomness() / 2)
        self._seconds = min(2 * self._seconds, LINK_RETRY_LONGEST_SECONDS)
        self.due = now + wait
        return wait

    def look_again(self, now: float) -> None:
        """There is nothing to try at the moment."""
        self.due = now + LINK_LOOK_SECONDS


class _Plan:
    """A server that is to be linked all the time. `failure`: what was told last; `is_resting`: not for now."""

    def __init__(self, peer: LinkPeer, backoff: Backoff) -> None:
        self.peer = peer
        self.backoff = backoff
        self.failure = ""
        self.is_resting = False


class Dialer:
    """Keeps trying the servers of [links] connect.

    serve     -- takes over a connected socket: (connection, the other side's address, whom it was meant for). It runs
                 in the thread of the attempt, closes the socket, and returns when that connection is over: why it
                 never was a link, or nothing when it was one.
    is_linked -- whether the server of that name is in the network already, by whatever way. Called without the state
                 lock, from the planning thread. A peer without a name is never asked for.
    """

    def __init__(
        self,
        network: Network,
        serve: Callable[[socket.socket, str, LinkPeer], str],
        is_linked: Callable[[str], bool],
        randomness: Callable[[], float] = random.random,
    ) -> None:
        self._network = network
        self._serve = serve
        self._is_linked = is_linked
        self._randomness = randomness
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dialer", daemon=True)
        # Used by the planning thread alone, so there is no lock:
        self._plans: dict[str, _Plan] = {}
        self._running: set[str] = set()

    def start(self) -> None:
        """Dials the servers of the configuration from now on."""
        self.update(self._network.config.links)
        self._thread.start()

    def stop(self) -> None:
        """Dials nobody any more. Connections that are there are left to who closes the sessions; what is on its way to
        be one is closed when it arrives. Call without the state lock."""
        self._stopping.set()
        self._inbox.put(_nothing)
        if self._thread.is_alive():
            self._thread.join(1.0)

    def update(self, links: LinksConfig) -> None:
        """Goes by this configuration from now on: new and changed servers are dialled at once, the others stay as they
        are. May be called under the state lock."""
        self._inbox.put(partial(self._take_over, links))

    def connect(self, peer: LinkPeer) -> None:
        """Dials a server once, now, also one that is not for `autoconnect`. How it went is told to the operators. May
        be called under the state lock."""
        self._inbox.put(partial(self._connect, peer))

    def rest(self, peer: LinkPeer) -> None:
        """Does not dial a server by itself any more, until `connect` is asked to or its entry in the configuration
        changes. May be called under the state lock."""
        self._inbox.put(partial(self._rest, peer))

    # --- the planning thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._next_message()()
                if not self._stopping.is_set():
                    self._dial_due()
            except Exception:
                log.exception("the dialler failed once and goes on")

    def _next_message(self) -> Callable[[], None]:
        dues = [
            plan.backoff.due for key, plan in self._plans.items() if key not in self._running and not plan.is_resting
        ]
        try:
            return self._inbox.get(timeout=max(0.0, min(dues) - time.monotonic()) if dues else None)
        except queue.Empty:
            return _nothing

    def _take_over(self, links: LinksConfig) -> None:
        wanted = {_key(peer): peer for peer in links.connect if peer.autoconnect}
        for key in [key for key in self._plans if key not in wanted]:
            del self._plans[key]
        for key, peer in wanted.items():
            if key not in self._plans or self._plans[key].peer != peer:
                self._plans[key] = _Plan(peer, Backoff(self._randomness))

    def _connect(self, peer: LinkPeer) -> None:
        plan = self._plans.get(_key(peer))
        if plan is not None:
            plan.is_resting = False
        self._start_attempt(peer, True)

    def _rest(self, peer: LinkPeer) -> None:
        plan = self._plans.get(_key(peer))
        if plan is not None:
            plan.is_resting = True

    def _dial_due(self) -> None:
        now = time.monotonic()
        for key, plan in self._plans.items():
            if key in self._running or plan.is_resting or plan.backoff.due > now:
                continue
            if plan.peer.name and self._is_linked(plan.peer.name):
                plan.backoff.look_again(now)
                plan.failure = ""
            else:
                self._start_attempt(plan.peer, False)

    def _start_attempt(self, peer: LinkPeer, is_asked: bool) -> None:
        """`is_asked`: an operator waits for it."""
        if _key(peer) in self._running:
            self._tell(f"{_shown(peer)} is being dialled already, or linked")
            return
        self._running.add(_key(peer))
        try:
            threading.Thread(target=self._attempt, args=(peer, is_asked), name="link", daemon=True).start()
        except RuntimeError as error:
            self._over(peer, is_asked, str(error), 0.0)

    def _over(self, peer: LinkPeer, is_asked: bool, failure: str, lasted: float) -> None:
        """An attempt is over: it failed for that reason, or its connection ended."""
        self._running.discard(_key(peer))
        plan = self._plans.get(_key(peer))
        then = "" if plan is None else f"; next try in {plan.backoff.over(time.monotonic(), lasted):.0f} s"
        if plan is not None and plan.is_resting:
            then = "; it is not dialled again before CONNECT"
        if not failure:
            log.info("the connection to %s is over%s", _shown(peer), then)
        elif plan is not None and plan.failure == failure and not is_asked:
            log.info("cannot link to %s: still the same%s", _shown(peer), then)
        else:
            self._tell(f"cannot link to {_shown(peer)}: {failure}{then}", peer.name)
        if plan is not None:
            plan.failure = failure

    def _tell(self, text: str, missed: str = "") -> None:
        """`missed`: the server that could not be linked."""
        log.warning("%s", text)
        with self._network.lock:
            if missed:
                self._network.servers.miss(missed)
            self._network.notice_operators(text, _NOTICES)
        self._network.writer.wake()

    # --- the thread of an attempt ------------------------------------------------------------------------------

    def _attempt(self, peer: LinkPeer, is_asked: bool) -> None:
        failure, lasted = "", 0.0
        try:
            connection, address = _open(peer)
        except (OSError, UnicodeError) as error:
            failure = _reason(error)
        else:
            began = time.monotonic()
            failure = self._use(connection, address, peer)
            lasted = time.monotonic() - began
        self._inbox.put(partial(self._over, peer, is_asked, failure, lasted))

    def _use(self, connection: socket.socket, address: str, peer: LinkPeer) -> str:
        if self._stopping.is_set():
            connection.close()
            return ""
        log.info("connected to %s", _shown(peer))
        try:
            return self._serve(connection, address, peer)
        except Exception:
            log.exception("the link to %s failed", _shown(peer))
            return ""


def layers_to(peer: LinkPeer, config: Config) -> Layers | None:
    """The transport of a connection that was made to `peer`; None for lines as they are. Reads the files of the own
    certificate; raises TransportError when they cannot be used."""
    if not peer.tls:
        return None
    return Layers.to_server(peer.host, peer.fingerprint, config.tls.certificate, config.tls.key)


def _nothing() -> None:
    """Only wakes the planning thread."""


def _key(peer: LinkPeer) -> str:
    return fold(peer.name) or f"{peer.host} {peer.port}"


def _shown(peer: LinkPeer) -> str:
    place = f"{peer.host} port {peer.port}"
    return f"{peer.name} ({place})" if peer.name else place


def _open(peer: LinkPeer) -> tuple[socket.socket, str]:
    """A connection to `peer`, and its address. Raises OSError, and UnicodeError for a host that is no name."""
    connection = socket.create_connection((peer.host, peer.port), LINK_CONNECT_SECONDS)
    try:
        # While nobody listens on a port of this machine, the system may give it to the very socket that dials it.
        if connection.getsockname() == connection.getpeername():
            raise ConnectionRefusedError
        connection.settimeout(None)
        return connection, canonical(connection.getpeername()[0])
    except OSError:
        connection.close()
        raise


def _reason(error: Exception) -> str:
    """Why a server could not be reached, for a person who can do something about it."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused; is it running, and is the port right?"
    if isinstance(error, TimeoutError):
        return f"no answer in {LINK_CONNECT_SECONDS:.0f} seconds; is a firewall in between?"
    if isinstance(error, UnicodeError) or (isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN):
        return "there is no such host; is its name right?"
    if isinstance(error, socket.gaierror):
        return "the name of the host cannot be looked up at the moment"
    if isinstance(error, OSError) and error.errno in _UNREACHABLE:
        return "there is no way to that address from here"
    return str(getattr(error, "strerror", None) or error)
