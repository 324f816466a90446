"""A password is in no picture, record or export, whichever dialect took it to the server."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import ServerUnderTest
from tests.terminal_screen import Terminal

Start = Callable[..., Terminal]
PASSWORD = "correct horse battery"
SASL_PLAIN = base64.b64encode(b"\0alice\0" + PASSWORD.encode()).decode()
HIDDEN = {  # the line of the protocol that had the password, as it is shown
    "json": '"password": "****"',
    "irc": "AUTHENTICATE ****",
    "lab": "OPER alice ****",
}


def in_dialect(server: ServerUnderTest, terminal: Start, dialect: str, *options: str) -> Terminal:
    """alice, who has told the server her password; the wire is in sight."""
    where = f"127.0.0.1:{server.port}"
    screen = terminal(
        "--dialect", dialect, "--name", "alice", "--wire", *options, where, width=150, height=70,
        environment={"PARLEY_PASSWORD": PASSWORD},
    )  # fmt: skip
    screen.wait_for("Connected as alice")
    if dialect == "lab":
        screen.enter(f"/raw OPER alice {PASSWORD.replace(' ', '-')}")
    return screen.wait_for(HIDDEN[dialect])


@pytest.mark.parametrize(
    ("dialect", "options"),
    [
        ("json", ["--register"]),
        ("irc", ["--login=plain"]),
        ("irc", ["--login=scram"]),
        ("lab", ["--servername", "parley.test"]),
    ],
)
def test_a_password_is_shown_and_kept_nowhere(
    server: ServerUnderTest, terminal: Start, tmp_path: Path, dialect: str, options: list[str]
) -> None:
    if dialect == "irc":
        server.add_account("alice", PASSWORD)
    files = [tmp_path / f"lesson.{ending}" for ending in ("record", "md", "html", "pcap")]
    screen = in_dialect(server, terminal, dialect, *options, "--record", str(files[0]))
    for path in files[1:]:
        screen.enter(f"/export {path}")
        screen.wait_for(str(path.name) + ",")
    seen = screen.text
    screen.enter("/wire")
    screen.wait_for("[wire 127.0.0.1]")
    seen += screen.text
    screen.enter("/quit")
    assert screen.exit_code == 0
    for secret in (PASSWORD, PASSWORD.replace(" ", "-"), SASL_PLAIN, "horse"):
        assert secret not in seen
        assert all(secret.encode() not in path.read_bytes() for path in files)
    kept = files[0].read_text("utf-8").replace('\\"', '"')
    assert HIDDEN[dialect] in kept
    assert HIDDEN[dialect] in files[1].read_text("utf-8")
    assert HIDDEN[dialect].encode() in files[3].read_bytes()
