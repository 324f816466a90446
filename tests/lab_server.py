"""A lab server, as a student of a networking course writes it: lab clients, lab links, and nothing else.

    python tests/lab_server.py --servername N --port P --info TEXT [--connect_to_host H --connect_to_port P]

Owns: a second, independent reading of lab IRC, against which Parley's lab links are tested. It is strict: a line that
it does not know, or that cannot be true, ends the process with exit code 1 and a sentence on standard error, so that no
test overlooks a wrong byte. Must not: import anything of the project, or forgive.
"""

import argparse
import contextlib
import selectors
import socket
import sys
from dataclasses import dataclass, field

NO_TOPIC = "No topic is set"
NUMERICS = {
    "001": ":Welcome to the Internet Relay Network {}!{}@{}",
    "331": "{} :" + NO_TOPIC,
    "332": "{} :{}",
    "353": "{} :{}",
    "366": ":End of /NAMES list",
    "401": "{} :No such nick",
    "403": "{} :No such channel",
    "404": "{} :Cannot send to channel",
    "436": "{} :Nickname collision KILL from {}@{}",
    "442": "{} :You're not on that channel",
    "461": "{} :Not enough parameters",
    "475": "{} :Cannot join channel (+k)",
}
NEEDED_OF_CLIENT = {"USER": 4, "QUIT": 0, "JOIN": 1, "PART": 1, "TOPIC": 1, "NAMES": 0, "PRIVMSG": 2}
COUNT_ON_LINK = {
    "SERVER": (3, 3), "USER": (4, 4), "QUIT": (0, 1), "JOIN": (1, 2), "PART": (1, 1), "TOPIC": (2, 2),
    "PRIVMSG": (2, 2), "331": (2, 2), "332": (2, 2), "353": (2, 2),
}  # fmt: skip


class Strange(Exception):
    """A line that this server does not understand, or that contradicts what it knows."""


@dataclass(eq=False)
class Connection:
    """A socket, and who is behind it: a client (`nick`), a server (`server`), or somebody who has not said yet."""

    socket: socket.socket
    nick: str = ""
    server: str = ""
    is_dialled: bool = False
    received: bytes = b""


@dataclass
class Server:  # another one; `link` leads there
    name: str
    hops: int
    info: str
    link: Connection


@dataclass
class User:  # on whatever server; `link` is the own connection, or leads there
    nick: str
    host: str
    server: str
    realname: str
    link: Connection


@dataclass
class Channel:  # its members are folded nicks
    name: str
    key: str = ""
    topic: str = ""
    members: list[str] = field(default_factory=list)


def parse(line: str) -> tuple[str, str, list[str]]:
    """Prefix, verb and parameters of a line."""
    prefix = ""
    if line.startswith(":"):
        prefix, _, line = line[1:].partition(" ")
    head, colon, last = line.partition(" :")
    verb, *params = head.split() or [""]
    return prefix, verb.upper(), params + ([last] if colon else [])


class LabServer:
    """All that one server knows."""

    def __init__(self, name: str, info: str, port: int, quit_names_server: bool) -> None:
        self.name, self.info, self.quit_names_server = name, info, quit_names_server
        self.servers: dict[str, Server] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.links: list[Connection] = []
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def run(self) -> None:
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    self.add(self.listener.accept()[0])
                else:
                    self.receive(key.data)

    def add(self, new: socket.socket) -> Connection:
        connection = Connection(new)
        new.settimeout(10)
        new.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(new, selectors.EVENT_READ, connection)
        return connection

    def dial(self, host: str, port: int) -> None:
        link = self.add(socket.create_connection((host, port), 10))
        link.is_dialled = True
        self.send(link, f"SERVER {self.name} 1 :{self.info}")

    def send(self, to: Connection, line: str) -> None:
        """Sends a line, and waits until the socket has taken it; that somebody is gone is noticed when reading."""
        with contextlib.suppress(OSError):
            to.socket.sendall(f"{line}\r\n".encode())

    def numeric(self, to: Connection, code: str, *args: str) -> None:
        self.send(to, f":{self.name} {code} {NUMERICS[code].format(*args)}")

    def pass_on(self, line: str, source: Connection | None) -> None:
        """Sends a line to every link but the one that it came from."""
        for link in self.links:
            if link is not source:
                self.send(link, line)

    def say(self, channel: Channel, line: str, but: Connection | None = None) -> None:
        for link in [self.users[nick].link for nick in channel.members]:
            if link.nick and link is not but:
                self.send(link, line)

    def receive(self, source: Connection) -> None:
        """Reads, and handles every whole line."""
        data = b""
        with contextlib.suppress(OSError):
            data = source.socket.recv(65536)
        *lines, source.received = (source.received + data).split(b"\n")
        for line in lines:
            try:
                self.handle(source, line.decode().removesuffix("\r"))
            except (Strange, KeyError, TypeError, ValueError) as problem:
                raise Strange(f"{problem!r} in {line!r} from {source.server or source.nick or 'somebody'}") from problem
        if not data:
            self.lose(source)

    def lose(self, gone: Connection) -> None:
        """The connection is over; who was behind it quits without a word."""
        self.selector.unregister(gone.socket)
        gone.socket.close()
        self.links = [link for link in self.links if link is not gone]
        self.servers = {key: server for key, server in self.servers.items() if server.link is not gone}
        for user in [user for user in self.users.values() if user.link is gone]:
            self.remove(user, "")

    def handle(self, source: Connection, line: str) -> None:
        prefix, verb, params = parse(line)
        if source.server:
            self.from_link(source, line, prefix, verb, params)
        elif verb == "SERVER" and not source.nick:
            self.greet_server(source, prefix, params)
        elif prefix or verb not in NEEDED_OF_CLIENT or source.is_dialled:
            raise Strange("not a line of a lab client")
        elif len(params) < NEEDED_OF_CLIENT[verb]:
            self.numeric(source, "461", verb)
        elif bool(source.nick) == (verb == "USER"):
            raise Strange("USER is the first line, and the only one of its kind")
        else:
            getattr(self, f"client_{verb.lower()}")(source, *params)

    def client_user(self, source: Connection, nick: str, host: str, server: str, realname: str) -> None:
        """USER of somebody new here; the nick may be taken on any server."""
        holder = self.users.get(nick.lower())
        if holder is not None:
            self.numeric(source, "436", nick, holder.nick, holder.host)
            return
        source.nick = nick
        self.users[nick.lower()] = User(nick, host, self.name, realname, source)
        self.numeric(source, "001", nick, nick, host)
        self.pass_on(f":{self.name} USER {nick} {host} {self.name} :{realname}", source)

    def client_join(self, source: Connection, name: str, key: str = "") -> None:
        """JOIN: the one who makes a channel chooses its key."""
        channel = self.channels.get(name.lower())
        if channel is not None and source.nick.lower() in channel.members:
            return
        if channel is not None and channel.key not in ("", key):
            self.numeric(source, "475", name)
            return
        channel = self.join(source.nick, name, key)
        self.tell_topic(source, channel)
        self.pass_on(f":{source.nick} JOIN {channel.name}{key and ' ' + key}", source)

    def client_part(self, source: Connection, name: str) -> None:
        channel = self.joined(source, name)
        if channel is not None:
            self.leave(source.nick, channel)
            self.pass_on(f":{source.nick} PART {name}", source)

    def client_topic(self, source: Connection, name: str, text: str | None = None) -> None:
        channel = self.joined(source, name)
        if channel is not None and text is None:
            self.tell_topic(source, channel)
        elif channel is not None:
            channel.topic = text or ""
            line = f":{source.nick} TOPIC {channel.name} :{text}"
            self.say(channel, line)
            self.pass_on(line, source)

    def client_names(self, source: Connection, name: str = "") -> None:
        if name and name.lower() not in self.channels:
            self.numeric(source, "403", name)
            return
        for channel in [self.channels[name.lower()]] if name else self.channels.values():
            self.tell_names(source, channel)
        if not name:
            busy = {nick for channel in self.channels.values() for nick in channel.members}
            free = [user.nick for nick, user in self.users.items() if nick not in busy]
            if free:
                self.numeric(source, "353", "*", " ".join(free))
        self.numeric(source, "366")

    def client_privmsg(self, source: Connection, target: str, text: str) -> None:
        line = f":{source.nick} PRIVMSG {target} :{text}"
        channel = self.channels.get(target.lower())
        if channel is not None and source.nick.lower() in channel.members:
            self.say(channel, line, source)
            self.pass_on(line, source)
        elif target.startswith("#"):
            self.numeric(source, "404" if channel else "403", target)
        elif target.lower() in self.users:
            self.send(self.users[target.lower()].link, line)
        else:
            self.numeric(source, "401", target)

    def client_quit(self, source: Connection, text: str = "") -> None:
        """QUIT; what is left of the connection is removed when reading tells that it is over."""
        self.remove(self.users[source.nick.lower()], text)
        source.socket.shutdown(socket.SHUT_RDWR)

    def joined(self, source: Connection, name: str) -> Channel | None:
        """The channel, if the client is on it; if not, it is told so."""
        channel = self.channels.get(name.lower())
        if channel is not None and source.nick.lower() in channel.members:
            return channel
        self.numeric(source, "442" if channel else "403", name)
        return None

    def tell_topic(self, source: Connection, channel: Channel) -> None:
        self.numeric(source, "332" if channel.topic else "331", channel.name, channel.topic)

    def tell_names(self, to: Connection, channel: Channel) -> None:
        self.numeric(to, "353", channel.name, " ".join(self.users[nick].nick for nick in channel.members))

    def join(self, nick: str, name: str, key: str = "") -> Channel:
        """A user comes into a channel, which is made when there is none."""
        channel = self.channels.setdefault(name.lower(), Channel(name, key))
        if nick.lower() in channel.members:
            raise Strange(f"{nick} is a member already")
        channel.members.append(nick.lower())
        return channel

    def leave(self, nick: str, channel: Channel) -> None:
        """A user leaves a channel; an empty one is gone."""
        channel.members.remove(nick.lower())
        if not channel.members:
            del self.channels[channel.name.lower()]

    def remove(self, user: User, text: str) -> None:
        shared = [channel for channel in self.channels.values() if user.nick.lower() in channel.members]
        for link in {self.users[nick].link for channel in shared for nick in channel.members} - {user.link}:
            if link.nick and text:
                self.send(link, f":{user.nick} QUIT :{text}")
        for channel in shared:
            self.leave(user.nick, channel)
        del self.users[user.nick.lower()]
        prefix = f"{self.name},{user.nick}" if self.quit_names_server else user.nick
        self.pass_on(f":{prefix} QUIT{text and ' :' + text}", user.link)

    def greet_server(self, link: Connection, prefix: str, params: list[str]) -> None:
        """The first line of a server: it is answered if it dialled, and both sides then tell all they know."""
        name, hops, info = params
        if hops != "1" or prefix != (name if link.is_dialled else ""):
            raise Strange("not the first line of a server")
        if name.lower() in self.servers or name.lower() == self.name.lower():
            raise Strange("that server is in the network already")
        if not link.is_dialled:
            self.send(link, f":{self.name} SERVER {self.name} 1 :{self.info}")
        link.server = name
        self.tell_everything(link)
        self.links.append(link)
        self.servers[name.lower()] = Server(name, 1, info, link)
        self.pass_on(f":{self.name} SERVER {name} 2 :{info}", link)

    def tell_everything(self, link: Connection) -> None:
        for server in self.servers.values():
            self.send(link, f":{self.name} SERVER {server.name} {server.hops + 1} :{server.info}")
        for user in self.users.values():
            self.send(link, f":{self.name} USER {user.nick} {user.host} {user.server} :{user.realname}")
        for channel in self.channels.values():
            self.tell_topic(link, channel)
            self.tell_names(link, channel)

    def from_link(self, link: Connection, line: str, prefix: str, verb: str, params: list[str]) -> None:
        least, most = COUNT_ON_LINK.get(verb, (0, -1))
        if not least <= len(params) <= most:
            raise Strange("unknown, or the wrong number of parameters")
        if verb in ("SERVER", "USER", "331", "332", "353"):
            if prefix != link.server:
                raise Strange("the prefix is not the sender of this hop")
        elif self.users[prefix.rpartition(",")[2].lower()].link is not link and verb != "PART":
            raise Strange("that user is not behind this link")
        name = {"331": "topic", "332": "topic", "353": "names"}.get(verb, verb.lower())
        getattr(self, f"link_{name}")(link, line, prefix, *params)

    def link_server(self, link: Connection, line: str, prefix: str, name: str, hops: str, info: str) -> None:
        """A server behind the link; it may have come back after it was lost further away, for nobody tells that."""
        known = self.servers.get(name.lower())
        if int(hops) < 2 or name.lower() == self.name.lower() or (known is not None and known.link is not link):
            raise Strange("a loop")
        self.servers[name.lower()] = Server(name, int(hops), info, link)
        self.pass_on(f":{self.name} SERVER {name} {int(hops) + 1} :{info}", link)

    def link_user(self, link: Connection, line: str, prefix: str, nick: str, host: str, home: str, name: str) -> None:
        if nick.lower() in self.users or self.servers[home.lower()].link is not link or "!" in nick:
            raise Strange("that nick is taken, or that server is not behind this link")
        self.users[nick.lower()] = User(nick, host, home, name, link)
        self.pass_on(f":{self.name} USER {nick} {host} {home} :{name}", link)

    def link_topic(self, link: Connection, line: str, prefix: str, name: str, text: str) -> None:
        """A topic that somebody sets, or the one of a channel behind a new link, which yields to one that is here."""
        if parse(line)[1] == "TOPIC":
            self.channels[name.lower()].topic = text
            self.say(self.channels[name.lower()], line)
            self.pass_on(line, link)
            return
        channel = self.channels.setdefault(name.lower(), Channel(name))
        channel.topic = channel.topic or ("" if parse(line)[1] == "331" else text)
        self.pass_on(f":{self.name}{line[len(link.server) + 1 :]}", link)

    def link_names(self, link: Connection, line: str, prefix: str, name: str, nicks: str) -> None:
        for nick in nicks.split():
            if self.users[nick.lower()].link is not link:
                raise Strange(f"{nick} is not behind this link")
            self.join(nick, name)
        self.pass_on(f":{self.name}{line[len(link.server) + 1 :]}", link)

    def link_join(self, link: Connection, line: str, prefix: str, name: str, key: str = "") -> None:
        """Somebody joins; whether the key was right was decided there."""
        self.join(prefix, name, key)
        self.pass_on(line, link)

    def link_part(self, link: Connection, line: str, prefix: str, name: str) -> None:
        self.leave(prefix, self.channels[name.lower()])
        self.pass_on(line, link)

    def link_privmsg(self, link: Connection, line: str, prefix: str, target: str, text: str) -> None:
        """A message, to the members of a channel or towards one user, who may be gone by now."""
        if target.startswith("#"):
            if target.lower() in self.channels:
                self.say(self.channels[target.lower()], line)
            self.pass_on(line, link)
        elif target.lower() in self.users:
            self.send(self.users[target.lower()].link, line)

    def link_quit(self, link: Connection, line: str, prefix: str, text: str = "") -> None:
        self.remove(self.users[prefix.rpartition(",")[2].lower()], text)


def main() -> int:
    parser = argparse.ArgumentParser(description="A strict lab server.")
    parser.add_argument("--servername", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--info", default="a lab server")
    parser.add_argument("--connect_to_host", default="127.0.0.1")
    parser.add_argument("--connect_to_port", type=int)
    parser.add_argument("--quit_names_server", action="store_true", help="write a QUIT's prefix as :server,nick")
    options = parser.parse_args()
    server = LabServer(options.servername, options.info, options.port, options.quit_names_server)
    print(f"{server.name} is listening on 127.0.0.1:{server.listener.getsockname()[1]}", flush=True)
    try:
        if options.connect_to_port:
            server.dial(options.connect_to_host, options.connect_to_port)
        server.run()
    except Strange as strange:
        print(f"{server.name}: {strange}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
