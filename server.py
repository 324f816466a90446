"""The server's entry: options -> configuration -> storage, state, listeners; signals; orderly stop.

Owns: the order of start and stop, and what the process says to a person. Must not: know a command or a protocol.
"""

import sys

try:
    import argon2  # noqa: F401
    import filelock  # noqa: F401
    import jsonschema  # noqa: F401
except ModuleNotFoundError as missing:
    sys.exit(f"The package {missing.name} is missing: run `make run`, or `pip install -e .` in a virtual environment.")

import argparse
import errno
import logging
import queue
import signal
import socket
import socketserver
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from chat.commands import registry
from chat.state import permanent, reloading
from chat.state.admission import Admission
from chat.state.housekeeping import Housekeeping
from chat.state.network import VERSION, Network
from chat.storage import account_tool
from chat.storage.config import load_config
from chat.storage.errors import BrokenFile, SaveFailed, StorageError
from chat.storage.folder import DataFolder
from chat.storage.legacy import convert_legacy
from chat.storage.logs import set_up_logging
from chat.storage.motd import read_motd
from chat.storage.settings import Config
from chat.storage.stores import open_accounts, open_channels
from protocol.limits import STOP_SECONDS
from request_handler import RequestHandler

HERE = Path(__file__).resolve().parent
log = logging.getLogger("parley")
THREAD_STACK_BYTES = 256 * 1024  # ten thousand threads: what is never touched costs nothing, but must be addressable


class Listener(socketserver.ThreadingTCPServer):
    """One listening socket; a thread for each of its connections."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = sys.platform != "win32"  # there it would let two servers share a port
    request_queue_size = 4096

    def __init__(self, host: str, port: int, network: Network, admission: Admission, controls: "Controls") -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.network = network
        self.admission = admission
        self.controls = controls
        super().__init__((host, port), RequestHandler)

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


class Controls:
    """What the process can do, for commands and signals."""

    def __init__(self, config_file: Path | None, overrides: dict[str, Any]) -> None:
        self.network: Network
        self._config_file = config_file
        self._overrides = overrides

    def reload(self) -> list[str]:
        """Reads configuration, accounts, channels and message of the day again, without the state lock. What cannot be
        read stays as it was; the problems are returned, logged and told to the operators."""
        network, problems = self.network, []
        try:
            fresh = load_config(self._config_file, network.data, self._overrides)
            motd = read_motd(network.data)
        except StorageError as problem:
            problems.append(str(problem))
            fresh, motd = network.config, network.motd
        for store in (network.account_store, network.channel_store):
            try:
                store.reload()
            except StorageError as problem:
                problems.append(f"{problem}; the old contents stay in force")
        with network.lock:
            reloading.take_over(network, fresh, motd)
            for problem_text in problems:
                network.notice_operators(problem_text)
        network.writer.wake()
        for problem_text in problems:
            log.error("%s", problem_text)
        if not problems:
            log.info("reloaded configuration, accounts, channels and message of the day")
        return problems


class Server:
    """The running server: `start`, `wait` for a signal, `stop`."""

    def __init__(self, config: Config, controls: Controls, folder: DataFolder) -> None:
        self.config = config
        self._folder = folder
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.network = Network(config, open_accounts(config.data), open_channels(config.data))
        self.network.motd = read_motd(config.data)
        permanent.load_channels(self.network)
        controls.network = self.network
        self._controls = controls
        self._admission = Admission(self.network)
        self.listeners = [self._listen(entry.host, entry.port) for entry in config.listen]
        self._housekeeping = Housekeeping(self.network, controls.reload)

    def _listen(self, host: str, port: int) -> Listener:
        try:
            return Listener(host, port, self.network, self._admission, self._controls)
        except OSError as error:
            hints = {
                errno.EADDRINUSE: "another program uses it; stop that one, or choose another port with --port",
                errno.EACCES: "ports below 1024 need special rights; choose another with --port",
                errno.EADDRNOTAVAIL: "this machine has no such address; choose another with --host",
            }
            why = hints.get(error.errno or 0, error.strerror or str(error))
            raise StorageError(f"Cannot listen on {host} port {port}: {why}.") from error

    def on_signal(self, number: int, frame: object) -> None:
        """Only notes the signal; `wait` acts on it."""
        self._signals.put(number)

    def start(self) -> None:
        """Serves from now on, in threads of its own."""
        self.network.writer.start()
        self._housekeeping.start()
        for listener in self.listeners:
            threading.Thread(target=listener.serve_forever, args=(0.1,), name="listener", daemon=True).start()

    def wait(self) -> None:
        """Returns after SIGTERM or Ctrl-C; SIGHUP reloads."""
        while True:
            try:
                number = self._signals.get(timeout=1.0)
            except queue.Empty:
                continue
            if number != getattr(signal, "SIGHUP", None):
                return
            self._controls.reload()

    def stop(self) -> None:
        """Tells the clients, sends what waits, saves the files."""
        network = self.network
        with network.lock:
            network.is_stopping = True
            for session in list(network.sessions):
                session.close("The server is stopping")
        network.writer.wake()
        for listener in self.listeners:
            listener.shutdown()
            listener.server_close()
        network.writer.drain(STOP_SECONDS)
        self._housekeeping.stop()
        network.writer.stop()
        try:
            network.flush()
        except SaveFailed as failed:
            print(f"Stopped, but not everything could be saved: {failed}", file=sys.stderr)
        self._folder.close()


class OneSentenceParser(argparse.ArgumentParser):
    """Tells of a mistake in the options in one sentence, without the whole usage before it."""

    def error(self, message: str) -> NoReturn:
        """Ends the process with exit code 2."""
        self.exit(2, f"parley: {message}; --help shows the options\n")


def parser() -> argparse.ArgumentParser:
    """The command line. Every long option may be written with `-` or `_`."""
    result = OneSentenceParser(
        prog="server.py",
        description="Parley: a chat server that speaks modern IRC, lab IRC and a JSON protocol on one port.",
        epilog="examples:\n  python server.py\n  python server.py --port 7000 --servername chat.example.org\n"
        "  python server.py --add-account alice\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

    def add(group: Any, name: str, **settings: Any) -> None:
        names = dict.fromkeys((f"--{name}", f"--{name.replace('_', '-')}", f"--{name.replace('-', '_')}"))
        group.add_argument(*names, dest=name.replace("-", "_"), **settings)

    files = result.add_argument_group("files")
    add(files, "config", metavar="FILE", type=Path, help="configuration (default: server.toml in the data folder)")
    add(files, "data", metavar="DIR", type=Path, help="accounts, channels, message of the day (default: data)")
    add(files, "check-config", action="store_true", help="check configuration and files, and stop")
    network = result.add_argument_group("network")
    add(network, "host", metavar="H", help="address to listen on (default: 127.0.0.1)")
    add(network, "port", metavar="P", type=int, help="the only port to listen on (default: 6667 and 12345)")
    add(network, "servername", metavar="N", help="this server's name")
    add(network, "info", metavar="TEXT", help="what LINKS and WHOIS show of the server")
    links = result.add_argument_group("server links")
    add(links, "connect_to_host", metavar="H", help="the server to link to")
    add(links, "connect_to_port", metavar="P", type=int, help="its port")
    add(links, "open-links", action="store_true", default=None, help="accept links without a password")
    logs = result.add_argument_group("log")
    add(logs, "verbose", action="store_true", help="log connections and reloads")
    add(logs, "debug", action="store_true", help="log every line, with secrets masked")
    add(logs, "log-file", metavar="F", type=Path, help="log to a file instead of the terminal")
    accounts = result.add_argument_group("accounts (whether the server runs or not)")
    add(accounts, "add-account", metavar="NAME", help="make an account; asks for the password, or reads it from a pipe")
    add(accounts, "set-password", metavar="NAME", help="change a password")
    add(accounts, "remove-account", metavar="NAME", help="remove an account")
    add(accounts, "list-accounts", action="store_true", help="list the accounts")
    result.add_argument("--version", action="version", version=VERSION)
    return result


def manage_accounts(options: argparse.Namespace, data: Path) -> str | None:
    """Does what an account option asks; the sentence to print, or None when none was given."""
    if options.add_account:
        return account_tool.add_account(data, options.add_account)
    if options.set_password:
        return account_tool.set_password(data, options.set_password)
    if options.remove_account:
        return account_tool.remove_account(data, options.remove_account)
    if options.list_accounts:
        return account_tool.list_accounts(data)
    return None


def check_files(config: Config) -> str:
    """Reads every file as a start would; raises StorageError on the first problem."""
    accounts, channels = open_accounts(config.data), open_channels(config.data)
    source = config.file if config.file is not None else "built-in defaults"
    return f"Fine: {source}, {len(accounts.names())} accounts and {len(channels.names())} channels in {config.data}."


def greeting(server: Server) -> str:
    """What a start prints: where it listens, which files it uses, what to type next."""
    config = server.config
    places = [(listener.server_address[0], listener.server_address[1]) for listener in server.listeners]
    listening = ", ".join(f"{host!s}:{port}" for host, port in places)
    host, port = places[0]
    json_port = places[-1][1]
    return "\n".join(
        (
            f"Parley {config.name} is listening on {listening}; every port speaks every dialect.",
            f"Files: {config.file or 'no server.toml, built-in defaults'}; accounts, channels, motd: {config.data}",
            "Try it, each in a terminal of its own:",
            f"  python client.py {host!s}:{port} --join '#lobby'",
            f"  nc {host!s} {json_port}      and type  "
            '{"version": 1.0, "command": "REDY", "parameters": {"username": ""}, "channel": "CC", "payload": ""}',
            f"  nc {host!s} {port}       and type  USER student pc1 {config.name} :A Student",
            "Ctrl-C stops.",
        )
    )


def raise_descriptor_limit() -> None:
    """A connection is a descriptor: allow as many as the system lets us."""
    try:
        import resource
    except ImportError:  # Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def serve(config: Config, controls: Controls) -> None:
    """Starts, serves until a signal, and stops."""
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
    server.wait()
    server.stop()
    print("Stopped.")


def main() -> int:
    """The process; the exit code."""
    options = parser().parse_args()
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the server is ready to reload
    names = ("host", "port", "servername", "info", "open_links", "connect_to_host", "connect_to_port")
    overrides = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    data = options.data or (options.config.resolve().parent if options.config else HERE / "data")
    try:
        level = logging.DEBUG if options.debug else logging.INFO if options.verbose else logging.WARNING
        set_up_logging(level, options.log_file)
        done = manage_accounts(options, data)
        if done is not None:
            print(done)
            return 0
        registry.load()
        config = load_config(options.config, data, overrides)
        if options.check_config:
            print(check_files(config))
            return 0
        serve(config, Controls(options.config, overrides))
    except (StorageError, BrokenFile) as problem:
        print(f"parley: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
