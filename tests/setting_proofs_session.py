"""Proofs that settings are honoured: those of attention, of the connection, and of what is kept."""

from terminal.keeping.input_history import InputHistory
from tests.setting_proofs import Stage, proof
from tests.terminal_core import FakeConnection, texts


@proof
def bell(stage: Stage) -> None:
    rings: list[str] = []
    stage.client.on_bell.append(lambda: rings.append("ring"))
    stage.join("#other")
    stage.client.windows.show(stage.client.window("channel", "net", "#other"))
    stage.set("bell", "off")
    stage.said("alice: look")
    assert rings == []
    stage.set("bell", "any")
    stage.said("hello")
    assert rings == ["ring"]


@proof
def highlights(stage: Stage) -> None:
    stage.set("highlights", ("exam",))
    stage.said("the exam")
    assert stage.window.lines[-1].mention


@proof
def ignore(stage: Stage) -> None:
    stage.set("ignore", ("wren",))
    stage.said("hello")
    assert texts(stage.window) == []


@proof
def noise(stage: Stage) -> None:
    stage.peer.feed(":wren!w@h JOIN #study", ":rook!w@h JOIN #study")
    stage.set("noise", "show")
    assert "wren joined" in stage.picture()
    stage.set("noise", "hide")
    assert "joined" not in stage.picture()


@proof
def noise_in(stage: Stage) -> None:
    stage.peer.feed(":wren!w@h JOIN #study")
    stage.set("noise_in", {"#study": "hide"})
    assert "joined" not in stage.picture()


# Connection


@proof
def reconnect(stage: Stage) -> None:
    session = stage.client.sessions["net"]
    stage.set("reconnect", False)
    stage.peer.lose()
    assert (session.over, session.retry_at) == (True, None)


@proof
def reconnect_longest(stage: Stage) -> None:
    stage.set("reconnect_longest", 1.0)
    for _ in range(5):
        stage.core.network.connection.lose()
        retry_at = stage.client.sessions["net"].retry_at
        assert retry_at is not None
        assert retry_at - stage.core.loop.time() <= 1
        stage.core.pass_time(1)


@proof
def timeout(stage: Stage) -> None:
    given: list[float] = []
    dial = stage.client.dialler
    stage.client.dialler = lambda endpoint, listener, post, timeout: (
        given.append(timeout) or dial(endpoint, listener, post, timeout)  # type: ignore[func-returns-value]
    )
    stage.set("timeout", 7.0)
    net = stage.client.sessions["net"]
    stage.client.add_session("other", net.server, net.identity).connect()
    assert given == [7.0]


@proof
def pacing_burst(stage: Stage) -> None:
    stage.set("pacing_burst", 1)
    stage.set("pacing_interval", 10.0)
    stage.core.type("one", "two", "three")
    assert "three" not in _spoken(stage.peer)
    stage.set("pacing_burst", 20)
    assert "three" in _spoken(stage.peer)


@proof
def pacing_interval(stage: Stage) -> None:
    stage.set("pacing_burst", 1)
    stage.set("pacing_interval", 10.0)
    stage.core.type("one", "two", "three")
    assert "three" not in _spoken(stage.peer)
    stage.set("pacing_interval", 0.0)
    assert "three" in _spoken(stage.peer)


def _spoken(peer: FakeConnection) -> list[str]:
    return [line.partition(" :")[2] for line in peer.take() if line.startswith("PRIVMSG")]


@proof
def history_lines(stage: Stage) -> None:
    stage.set("history_lines", 17)
    stage.join("#other")
    assert [line for line in stage.peer.take() if "CHATHISTORY" in line] == ["CHATHISTORY LATEST #other * 17"]
    stage.set("history_lines", 0)
    stage.join("#more")
    assert [line for line in stage.peer.take() if "CHATHISTORY" in line] == []


@proof
def rejoin(stage: Stage) -> None:
    def joined() -> list[str]:
        stage.peer.feed(":wren!w@h KICK #study alice :Out", ":irc.test 366 alice #study :End")
        stage.core.pass_time(30)
        asked = [line for line in stage.peer.take() if line.startswith("JOIN")]
        stage.peer.feed(":alice!a@h JOIN #study")
        return asked

    assert joined() == []
    stage.set("rejoin", True)
    assert joined() == ["JOIN #study"]


@proof
def read_markers(stage: Stage) -> None:
    def told() -> bool:
        stage.core.pass_time(60)
        stage.said("hello")
        stage.client.windows.show(stage.client.sessions["net"].window)
        stage.client.windows.show(stage.window)
        return any("MARKREAD" in line for line in stage.peer.take())

    assert told()
    stage.set("read_markers", False)
    assert not told()


@proof
def ctcp(stage: Stage) -> None:
    stage.peer.feed(":wren!w@h PRIVMSG alice :\x01PING 1\x01")
    assert stage.peer.take() == ["NOTICE wren :\x01PING 1\x01"]
    stage.set("ctcp", False)
    stage.peer.feed(":wren!w@h PRIVMSG alice :\x01PING 2\x01")
    assert stage.peer.take() == []
    assert texts(stage.window)[-1] == "wren asks whether your client answers (CTCP PING), and gets no answer."


@proof
def part_text(stage: Stage) -> None:
    stage.set("part_text", "bye all")
    stage.core.type("/part", "/part #study see you")
    assert stage.peer.take() == ["PART #study :bye all", "PART #study :see you"]


@proof
def quit_text(stage: Stage) -> None:
    stage.set("quit_text", "bye all")
    stage.core.type("/quit")
    assert stage.peer.take() == ["QUIT :bye all"]


# What is kept


@proof
def logs(stage: Stage) -> None:
    stage.said("before")
    stage.set("logs", "text")
    stage.said("after")
    logged = (stage.folder / "logs" / "net" / "#study.log").read_text()
    assert "after" in logged
    assert "before" not in logged


@proof
def log_folder(stage: Stage) -> None:
    stage.set("logs", "text")
    stage.set("log_folder", str(stage.folder / "elsewhere"))
    stage.said("hello")
    assert (stage.folder / "elsewhere" / "net" / "#study.log").exists()


@proof
def input_history(stage: Stage) -> None:
    path = stage.folder / "typed.jsonl"
    kept = stage.client.input_history = InputHistory(path, 10)
    kept.add("net", "#study", "one")
    before = path.read_bytes()
    stage.set("input_history", 0)
    kept.add("net", "#study", "two")
    assert path.read_bytes() == before
    assert kept.lines("net", "#study") == ["one", "two"]
