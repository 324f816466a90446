"""Scripts of the client against a small server: what each instruction does, and what its failure says."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.script.language import INSTRUCTIONS, filled, pattern, read
from tests.test_terminal_client import CLIENT, ENVIRONMENT, SECONDS, FakeServer, Serve, irc_server, serving

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    yield from serving()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a script against a server."""

    def start(
        server: FakeServer | int, text: str, *options: str, name: str = "try.script"
    ) -> "subprocess.CompletedProcess[str]":
        path = tmp_path / "try.script"
        path.write_text(text, "utf-8")
        port = server if isinstance(server, int) else server.port
        file = str(path) if name != "-" else "-"
        return subprocess.run(
            [*CLIENT, f"127.0.0.1:{port}", "--name", "bob", "--script", file, *options],
            input=text if name == "-" else "", capture_output=True, text=True, timeout=3 * SECONDS, check=False,
            env=ENVIRONMENT,
        )  # fmt: skip

    return start


def test_a_script_that_finds_everything_as_expected(serve: Serve, run: Run) -> None:
    server = serve(irc_server)
    done = run(
        server,
        "# a comment\n\n"
        "expect-wire ^:s 001\n"
        "join #x\n"
        'expect "#x: members: @bob"\n'
        "set word hello\n"
        "send ${word} to $channel from $nick for $$1\n"
        "expect <(?P<who>\\w+)> hello to #x from bob for $$1$\n"
        "echo $who on $server\n"
        "raw PING :x\n"
        "expect-wire PONG\n"
        "refuse kicked\n"
        "sync\n"
        "send /quit bye\n"
        "expect-close\n",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-3:] == [
        "#x <bob> hello to #x from bob for $1",
        f"bob on 127.0.0.1:{server.port}",
        "- try.script: 5 expectations met.",
    ]
    assert "PRIVMSG #x :hello to #x from bob for $1" in server.heard and server.heard[-1] == "QUIT :bye"


def test_a_script_from_standard_input_and_its_end_leaves_the_server(serve: Serve, run: Run) -> None:
    server = serve(irc_server)
    done = run(server, "join #x\nsend hi\n", name="-")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "- script: 0 expectations met."
    assert server.heard[-2:] == ["PRIVMSG #x :hi", "QUIT"]


def test_the_wire_is_shown_when_one_asks_for_it(serve: Serve, run: Run) -> None:
    done = run(serve(irc_server), "join #x\n", "--wire")
    assert ">> JOIN #x" in done.stdout.splitlines() and "<< :bob!b@h JOIN #x" in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'timeout 0.2\njoin #x\nexpect "welcome home"\n',
            'try.script:3: expected "welcome home", but it did not come within 0.2 seconds.\n'
            "The last lines were:\n    - *** hello\n    - Connected as bob. Welcome\n    - none\n"
            "    #x: bob joined\n    #x: members: @bob\n",
        ),
        (
            "timeout 0.2\nexpect joined\njoin #x\n",
            "try.script:2: expected joined, but it did not come within 0.2 seconds.\n",
        ),
        (
            "timeout 0.2\njoin #x\nexpect members\nexpect joined\n",
            "try.script:4: expected joined, but it did not come within 0.2 seconds.\n",
        ),
        (
            "timeout 0.2\nsync\nexpect-wire ^:s 999\n",
            "try.script:3: expected ^:s 999, but it did not come within 0.2 seconds.\n",
        ),
        ("refuse ^#x: bob joined\njoin #x\nexpect members\n", "try.script:3: ^#x: bob joined of line 1 was refused"),
        ("refuse-wire JOIN\njoin #x\nsync\n", "try.script:3: JOIN of line 1 was refused, but it came:\n    :bob!b@h"),
        ("join #x\nrefuse joined\n", "try.script:2: joined of line 2 was refused, but it came:\n    #x: bob joined\n"),
        ("join #banned\n", "try.script:1: #banned was not entered.\n"),
        ("send /quit\nexpect hello again\n", "try.script:2: expected hello again, but the connection ended.\n"),
        ("send /quit\nexpect-close\nsend hi\n", "try.script:3: there is no connection.\n"),
        ("timeout 0.2\nexpect-close\n", "try.script:2: expected the end of the connection, but it did not come within"),
    ],
)
def test_what_is_not_as_expected_is_exit_code_5_and_says_where(serve: Serve, run: Run, text: str, said: str) -> None:
    done = run(serve(irc_server), text)
    assert done.returncode == 5
    assert done.stderr.startswith(said), done.stderr


@pytest.mark.parametrize("text", ["timeout 0.2\nexpect \x1b]boo\n", "\x1b[2Jboo\n"], ids=["not met", "a mistake"])
def test_what_is_said_of_a_script_steers_no_terminal(serve: Serve, run: Run, text: str) -> None:
    done = run(serve(irc_server), text)
    assert done.returncode in (2, 5) and "boo" in done.stderr and "\x1b" not in done.stderr


def test_what_came_before_the_instruction_counts_and_order_matters(serve: Serve, run: Run) -> None:
    text = "join #x\nsync\nexpect joined\nexpect members\nexpect-wire 001\nexpect-wire JOIN\n"
    assert run(serve(irc_server), text).returncode == 0


def test_a_refusal_ends_when_the_next_expectation_is_met(serve: Serve, run: Run) -> None:
    text = "refuse waves\njoin #x\nexpect members\nsend /me waves\nexpect waves\n"
    assert run(serve(irc_server), text).returncode == 0


def test_a_value_in_a_pattern_stands_for_itself(serve: Serve, run: Run) -> None:
    text = "timeout 0.2\nset dots ...\njoin #x\nsend abc\nexpect <bob> $dots\n"
    assert "expected <bob> \\.\\.\\., but" in run(serve(irc_server), text).stderr
    assert run(serve(irc_server), text.replace("$dots", "...")).returncode == 0


def test_a_script_chooses_its_exit_code_and_leaves_in_order(serve: Serve, run: Run) -> None:
    server = serve(irc_server)
    done = run(server, "join #x\nexit 7\nexpect never\n")
    assert done.returncode == 7 and server.heard[-1] == "QUIT"


def test_a_wait_holds_the_next_instruction_back(serve: Serve, run: Run) -> None:
    assert run(serve(irc_server), "wait 0.01\nexpect hello\n").returncode == 0


def test_many_texts_are_sent_in_step(serve: Serve, run: Run) -> None:
    server = serve(irc_server)
    assert run(server, "join #x\n" + "send hi\n" * 50).returncode == 0
    assert sum(line.startswith("PRIVMSG") for line in server.heard) == 50
    assert sum(line.startswith("PING") for line in server.heard) == 6


@pytest.mark.parametrize(
    "text", ["", "join #x\n", "expect hello\n", "raw LIST\n"], ids=["empty", "join", "wait", "raw"]
)
def test_no_server_is_told_once_and_is_exit_code_1(run: Run, text: str) -> None:
    done = run(1, text)
    assert done.returncode == 1 and done.stderr.count("Nobody answers at 127.0.0.1:1") == 1


def test_a_server_that_never_welcomes_us_is_exit_code_5(serve: Serve, run: Run) -> None:
    done = run(serve(lambda line: [":s NOTICE * :wait"]), "timeout 0.2\njoin #x\n")
    assert done.returncode == 5
    assert done.stderr.startswith("try.script:2: there is no connection. The server did not welcome us within 0.2 seco")


def test_every_mistake_is_told_before_anything_is_sent(run: Run) -> None:
    done = run(
        1,
        "join #x\nsned hi\nexpect (\ntimeout soon\nexit 256\nset nick rob\nexpect $who\nsync now\nsend\nas two words\n"
        "flood\nwait 0\nset 1 2\n",
    )
    assert done.returncode == 2 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert [line.split(" ")[0] for line in lines] == [f"try.script:{number}:" for number in range(2, 14)] + [
        "--script-help"
    ]
    assert lines[0].startswith('try.script:2: there is no instruction "sned". Did you mean send? There are: send, join')
    assert lines[1].startswith("try.script:3: expect is no regular expression: missing )")
    assert lines[2:9] == [
        "try.script:4: timeout needs a number of seconds above 0, at most 3600; it is written: timeout SECONDS",
        "try.script:5: exit needs a number from 0 to 255; it is written: exit CODE",
        "try.script:6: set cannot change $nick: the client says what it is; it is written: set NAME VALUE",
        "try.script:7: $who has no value yet. There are: $channel, $name, $nick, $server.",
        "try.script:8: sync takes nothing behind it; it is written: sync",
        "try.script:9: send needs something behind it; it is written: send TEXT",
        "try.script:10: as needs a nick: letters, digits, _ [ ] { } \\ | ` ^ and no space; it is written: as NICK",
    ]


def test_a_script_that_is_not_there_is_exit_code_2() -> None:
    done = subprocess.run(
        [*CLIENT, "--script", "/no/such.script"], capture_output=True, text=True, timeout=SECONDS, check=False,
        env=ENVIRONMENT,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.endswith("error: The script /no/such.script cannot be read: No such file or directory.\n")


WORDS = st.sampled_from([*INSTRUCTIONS, "flood", "#", ""])
LINES = st.lists(
    st.builds(" ".join, st.tuples(WORDS, st.text('ab1.$"\\({}?P<n> #', max_size=12))) | st.text(max_size=20)
)


@given(LINES)
def test_whatever_is_written_is_read_or_told_with_its_line(lines: list[str]) -> None:
    text = "\n".join(lines)
    steps, problems = read(text, "s")
    kept = {step.line for step in steps}
    told = {int(problem.split(":")[1]) for problem in problems}
    assert len(kept) == len(steps) and not kept & told
    meant = {
        number for number, line in enumerate(text.splitlines(), 1) if line.strip() and not line.strip().startswith("#")
    }
    assert kept | told == meant


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_value_is_found_as_it_is_whatever_it_holds(value: str, around: str) -> None:
    for written in ('"$value"', "$value", "${value}"):
        assert pattern(written, {"value": value}).find(f"{around}{value}{around}") is not None


@pytest.mark.parametrize(
    ("text", "filled_in"),
    [("$a", "1"), ("${a}b", "1b"), ("$$a", "$a"), ("$", "$"), ("$1", "$1"), ("a$", "a$"), ("$a$b", "12"), ("", "")],
)
def test_variables_are_filled_in(text: str, filled_in: str) -> None:
    assert filled(text, {"a": "1", "b": "2"}) == filled_in


def test_a_text_in_quotes_stands_for_itself_and_groups_have_names() -> None:
    assert pattern('"a.b"', {}).find("axb") is None and pattern('"a.b"', {}).find("xa.bx") == {}
    assert pattern("id=(?P<id>\\d+)", {}).find("id=7 ") == {"id": "7"}
    assert pattern("a(?P<x>b)?", {}).find("a") == {"x": ""}
