"""The server's entry: options -> configuration -> storage, state, listeners; signals; orderly stop.

Owns: the order of start and stop, and what the process says to a person. Must not: know a command or a protocol.
"""

import sys

try:
    import argon2  # noqa: F401
    import filelock  # noqa: F401
    import jsonschema  # noqa: F401
    import OpenSSL  # noqa: F401
    import websockets  # noqa: F401
except ModuleNotFoundError as missing:
    sys.exit(f"The package {missing.name} is missing: run `make run`, or `pip install -e .` in a virtual environment.")

import errno
import logging
import os
import queue
import signal
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from chat.commands import registry, routing
from chat.links.dialer import Dialer
from chat.links.tree import Tree
from chat.state import permanent, reloading
from chat.state.history_thread import HistoryThread
from chat.state.housekeeping import Housekeeping
from chat.state.network import VERSION, Network
from chat.storage import link_blocks
from chat.storage.cloak_key import with_key
from chat.storage.config import doubts, load_config
from chat.storage.errors import SaveFailed, StorageError
from chat.storage.folder import DataFolder
from chat.storage.history import open_history
from chat.storage.history_file import check_history
from chat.storage.history_reading import HistoryFailed
from chat.storage.legacy import convert_legacy
from chat.storage.logs import set_up_logging
from chat.storage.motd import read_motd
from chat.storage.options import manage_accounts, overrides_of, parser
from chat.storage.settings import Config, LinkPeer, Listen
from chat.storage.stores import open_accounts, open_bans, open_channels
from chat.transport.certificates import Certificates, load_context, make_certificate
from chat.transport.errors import CertificateError
from protocol.limits import STOP_SECONDS
from protocol.names import fold
from request_handler import LinkHandler, RequestHandler

HERE = Path(__file__).resolve().parent
log = logging.getLogger("parley")
_RESTART = -1  # among the signals: the server is to start anew
THREAD_STACK_BYTES = 256 * 1024  # ten thousand threads: what is never touched costs nothing, but must be addressable


class Listener(socketserver.ThreadingTCPServer):
    """One listening socket; a thread for each of its connections."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = sys.platform != "win32"  # there it would let two servers share a port
    request_queue_size = 4096

    def __init__(self, place: Listen, network: Network, controls: "Controls") -> None:
        self.address_family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
        self.is_tls_only = place.tls
        self.network = network
        self.controls = controls
        super().__init__((place.host, place.port), RequestHandler)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accepts; when descriptors have run out, waits a little, or the loop would spin."""
        try:
            return super().get_request()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS):
                log.error("cannot accept a connection: %s", error.strerror)
                time.sleep(0.2)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """As in the base class, but the socket is left to the writer, which may still have something to send."""
        try:
            self.finish_request(request, client_address)
        except Exception:
            log.exception("the connection from %s failed", client_address[0])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """An accepted connection for which no thread could be started."""
        log.exception("could not serve %s", client_address[0])

    def stop(self) -> None:
        """Accepts nobody any more, and frees the port."""
        with suppress(OSError):  # wakes the loop at once; where a system refuses that, it looks soon by itself
            self.socket.shutdown(socket.SHUT_RDWR)
        self.shutdown()
        self.server_close()


class Controls:
    """What the process can do, for commands and signals. `end` has the server stop, or (True) stop and start anew."""

    end: Callable[[bool], None]

    def __init__(self, config_file: Path | None, overrides: dict[str, Any]) -> None:
        self.network: Network
        self.tree: Tree
        self.dialer: Dialer
        self.certificates = Certificates()
        self._config_file = config_file
        self._overrides = overrides

    def start_problem(self) -> str | None:
        """Why a start with the files as they are now would fail, as far as the configuration goes."""
        try:
            load_config(self._config_file, self.network.data, self._overrides)
        except StorageError as problem:
            return str(problem)
        return None

    def reload(self) -> list[str]:
        """Reads configuration, accounts, channels and message of the day again, without the state lock. What cannot be
        read stays as it was; the problems are returned, logged and told to the operators."""
        network, problems = self.network, []
        try:
            fresh = with_key(load_config(self._config_file, network.data, self._overrides))
            link_blocks.check_open(fresh, network.places, bool(self._overrides.get(link_blocks.ANYONE_KEY)))
            motd = read_motd(network.data)
            if fresh.links.accounts != network.config.links.accounts:  # everybody would be somebody else
                problems.append("[links] accounts changes with a restart only; what was configured before holds")
                fresh = replace(fresh, links=replace(fresh.links, accounts=network.config.links.accounts))
        except StorageError as problem:
            problems.append(str(problem))
            fresh, motd = network.config, network.motd
        try:
            self.certificates.load(fresh.tls.certificate, fresh.tls.key)
        except CertificateError as certificate_problem:
            problems.append(f"{certificate_problem}; the old certificate stays in use")
        for store in network.stores:
            try:
                store.reload()
            except StorageError as problem:
                problems.append(f"{problem}; the old contents stay in force")
        with network.lock:
            reloading.take_over(network, fresh, motd)
            self.dialer.update(fresh.links)
            for problem_text in problems:
                network.notice_operators(problem_text)
        network.writer.wake()
        for problem_text in problems:
            log.error("%s", problem_text)
        for doubt in doubts(fresh):
            log.warning("%s", doubt)
        if not problems:
            log.info("reloaded configuration, accounts, channels and message of the day")
        return problems


class Server:
    """The running server: `start`, `wait` for a signal, `stop`."""

    def __init__(self, config: Config, controls: Controls, folder: DataFolder) -> None:
        self.config = config
        self._folder = folder
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        accounts, channels, bans = open_accounts(config.data), open_channels(config.data), open_bans(config.data)
        permanent_channels = [fold(record.name) for record in channels.records()]
        history = open_history(config.data, config.history.persistent, permanent_channels)
        self.network = Network(with_key(config), accounts, channels, bans, history)
        self.network.motd = read_motd(config.data)
        permanent.load_channels(self.network)
        controls.network = self.network
        controls.tree = Tree(self.network)
        controls.tree.desk.answerer = partial(routing.answer, self.network, controls)
        controls.dialer = Dialer(self.network, self._link, self._is_linked)
        controls.end = lambda is_restart: self._signals.put(_RESTART if is_restart else signal.SIGTERM)
        self._controls = controls
        controls.certificates.load(config.tls.certificate, config.tls.key)
        self.listeners = [self._listen(place) for place in config.listen]
        for_tls = [listener for listener in self.listeners if listener.is_tls_only] or self.listeners
        self.network.tls_port = for_tls[0].server_address[1]
        ports = [listener.server_address[1] for listener in self.listeners]
        self.network.places = [replace(at, port=port) for at, port in zip(config.listen, ports, strict=True)]
        self._housekeeping = Housekeeping(self.network, controls.reload)
        self._history = HistoryThread(self.network.history, self.network.tell_operators, self.network.may_be_account)

    def _listen(self, place: Listen) -> Listener:
        try:
            return Listener(place, self.network, self._controls)
        except OSError as error:
            hints = {
                errno.EADDRINUSE: "another program uses it; stop that one, or choose another port with --port",
                errno.EACCES: "ports below 1024 need special rights; choose another with --port",
                errno.EADDRNOTAVAIL: "this machine has no such address; choose another with --host",
            }
            why = hints.get(error.errno or 0, error.strerror or str(error))
            raise StorageError(f"Cannot listen on {place.host} port {place.port}: {why}.") from error

    def _link(self, connection: socket.socket, address: str, place: LinkPeer) -> str:
        """Serves a connection that the dialer has opened, until it is over: why it never was a link, or nothing."""
        return LinkHandler(connection, address, place, self.listeners[0]).failure

    def _is_linked(self, name: str) -> bool:
        with self.network.lock:
            return self.network.servers.find(name) is not None

    def on_signal(self, number: int, frame: object) -> None:
        """Only notes the signal; `wait` acts on it."""
        self._signals.put(number)

    def start(self) -> None:
        """Serves from now on, in threads of its own."""
        for doubt in doubts(self.config):
            log.warning("%s", doubt)
        self.network.writer.start()
        self._housekeeping.start()
        self._history.start()
        for listener in self.listeners:
            threading.Thread(target=listener.serve_forever, args=(0.1,), name="listener", daemon=True).start()
        self._controls.dialer.start()

    def wait(self) -> bool:
        """Returns after SIGTERM, Ctrl-C, DIE, or RESTART: whether to start anew. SIGHUP reloads."""
        while True:
            try:
                number = self._signals.get(timeout=1.0)
            except queue.Empty:
                continue
            if number != getattr(signal, "SIGHUP", None):
                return number == _RESTART
            self._controls.reload()

    def stop(self, why: str = "The server is stopping") -> None:
        """Tells the clients why, sends what waits, saves the files."""
        network = self.network
        self._controls.dialer.stop()
        with network.lock:
            network.is_stopping = True
            for session in list(network.sessions):
                session.close(why, tell=session.peer is None or session.peer.knows_error)
        network.writer.wake()
        for listener in self.listeners:
            listener.stop()
        network.writer.drain(STOP_SECONDS)
        self._housekeeping.stop()
        self._history.stop()
        network.writer.stop()
        try:
            network.flush()
        except SaveFailed as failed:
            print(f"Stopped, but not everything could be saved: {failed}", file=sys.stderr)
        try:
            network.history.close()
        except HistoryFailed as failed:
            print(f"Stopped, but without the last of the history: {failed}", file=sys.stderr)
        self._folder.close()


def check_files(config: Config) -> str:
    """Reads every file as a start would; raises StorageError or CertificateError on the first problem."""
    accounts, channels = open_accounts(config.data), open_channels(config.data)
    open_bans(config.data)
    if config.history.persistent:
        check_history(config.data)
    if config.tls.certificate:
        load_context(Path(config.tls.certificate), Path(config.tls.key))
    source = config.file if config.file is not None else "built-in defaults"
    return f"Fine: {source}, {len(accounts.names())} accounts and {len(channels.names())} channels in {config.data}."


def greeting(server: Server) -> str:
    """What a start prints: where it listens, which files it uses, what to type next."""
    config = server.config
    listening = ", ".join(f"{_place(listener)}{' (TLS)' * listener.is_tls_only}" for listener in server.listeners)
    return "\n".join(
        (
            f"Parley {config.name} is listening on {listening}; every port speaks every dialect.",
            f"Files: {config.file or 'no server.toml, built-in defaults'}; accounts, channels, motd: {config.data}",
            *(f"Warning: {doubt}." for doubt in link_blocks.doubts(config)),
            "Try it, each in a terminal of its own:",
            *_examples(server),
            "Ctrl-C stops.",
        )
    )


def _place(listener: Listener, separator: str = ":") -> str:
    host, port = listener.server_address[:2]
    return f"{host!s}{separator}{port}"


def _reached_at(listener: Listener, separator: str = ":") -> str:
    """What to type on this machine: all of its addresses are none that one can connect to."""
    return _place(listener, separator).replace("0.0.0.0", "127.0.0.1")


def _examples(server: Server) -> list[str]:
    plain = [listener for listener in server.listeners if not listener.is_tls_only]
    if not plain:
        return [f"  openssl s_client -quiet -crlf -connect {_reached_at(server.listeners[0])}"]
    request = '{"version": 1.0, "command": "REDY", "parameters": {"username": ""}, "channel": "CC", "payload": ""}'
    return [
        f"  python client.py {_reached_at(plain[0])} --join '#lobby'",
        f"  nc {_reached_at(plain[-1], ' ')}      and type  {request}",
        f"  nc {_reached_at(plain[0], ' ')}       and type  USER student pc1 {server.config.name} :A Student",
    ]


def raise_descriptor_limit() -> None:
    """A connection is a descriptor: allow as many as the system lets us."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def serve(config: Config, controls: Controls) -> bool:
    """Starts, serves until it is told to end, and stops; whether to start anew."""
    raise_descriptor_limit()
    threading.stack_size(THREAD_STACK_BYTES)
    folder = DataFolder.open(config.data)
    try:
        for message in convert_legacy(config.data):
            print(message)
        server = Server(config, controls, folder)
    except BaseException:
        folder.close()
        raise
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), server.on_signal)
    print(greeting(server), flush=True)
    server.start()
    is_restart = server.wait()
    server.stop("The server is restarting" if is_restart else "The server is stopping")
    print("Starting anew." if is_restart else "Stopped.", flush=True)
    return is_restart


def main() -> int:
    """The process; the exit code."""
    options = parser(VERSION).parse_args()
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the server is ready to reload
    overrides = overrides_of(options)
    data = options.data or (options.config.resolve().parent if options.config else HERE / "data")
    try:
        level = logging.DEBUG if options.debug else logging.INFO if options.verbose else logging.WARNING
        log_listener = set_up_logging(level, options.log_file)
        done = manage_accounts(options, data)
        if done is not None:
            print(done)
            return 0
        if options.make_certificate is not None:
            hosts = options.make_certificate or [load_config(options.config, data, overrides).name]
            print(make_certificate(data, hosts))
            return 0
        registry.load()
        config = load_config(options.config, data, overrides)
        if options.check_config:
            print(check_files(config))
            return 0
        if serve(config, Controls(options.config, overrides)):
            log_listener.stop()
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    except (StorageError, CertificateError) as problem:
        print(f"parley: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
