"""Passwords of links: who needs which, wrong ones, and that they are nowhere written down."""

import logging
from collections.abc import Iterator

import pytest

from chat.storage.passwords import hash_password
from protocol.masking import masked
from tests.fake_peer import BOTH, raw_link, refusal
from tests.harness import ServerUnderTest
from tests.networks import until_reached
from tests.process import ServerProcess, run, until

NEAR = "near.test"
NEEDED = "links need a password here, sent by PASS before SERVER"


@pytest.fixture(scope="module")
def guarded() -> Iterator[ServerUnderTest]:
    """A server with a password for all, in plain, and two of their own."""
    config = f"""[links]
password = "common"
accept = [
    {{name = "hashed.test", password = "{hash_password("sesame").argon2}"}},
    {{name = "plain.test", password = "poppy"}},
    {{name = "tls.test", password = "poppy", tls_only = true}},
    {{name = "elsewhere.test", password = "poppy", hosts = ["192.0.2.0/24"]}},
]
connect = [{{name = "plain.test", host = "127.0.0.1", port = 1, password = "reply", autoconnect = false}}]
[limits]
exempt = ["127.0.0.1"]
"""
    with ServerUnderTest(config, name=NEAR) as server:
        yield server


# --- passwords ------------------------------------------------------------------------------------------------------


def test_without_a_password_the_refusal_says_what_is_needed(guarded: ServerUnderTest) -> None:
    assert refusal(guarded, "SERVER new.test 1 :x") == NEEDED
    assert refusal(guarded, "SERVER hashed.test 1 :x") == NEEDED
    assert refusal(guarded, "PASS *", "SERVER hashed.test 1 :x") == NEEDED
    with ServerUnderTest(name=NEAR) as closed:
        assert refusal(closed, "SERVER new.test 1 :x") == NEEDED
        assert refusal(closed, "PASS anything", "SERVER new.test 1 :x") == NEEDED


@pytest.mark.parametrize(
    ("name", "password"),
    [("hashed.test", "sesame"), ("HASHED.test", "sesame"), ("plain.test", "poppy"), ("new.test", "common")],
)
def test_the_right_password_opens(guarded: ServerUnderTest, name: str, password: str) -> None:
    client = raw_link(guarded.port)
    client.send(f"PASS {password}", f"SERVER {name} 1 :x")
    assert client.line().startswith(":near.test SERVER near.test 1 :")
    client.close()
    until(lambda: guarded.network.servers.find(name) is None)


@pytest.mark.parametrize(
    ("name", "password"),
    [("hashed.test", "poppy"), ("hashed.test", "common"), ("plain.test", "common"), ("new.test", "poppy")],
)
def test_a_wrong_password_is_logged_with_its_address_and_not_itself(
    guarded: ServerUnderTest, name: str, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert refusal(guarded, f"PASS {password}", f"SERVER {name} 1 :x") == f"wrong password for {name}"
    text = f"link to {name} (127.0.0.1) cut: wrong password for {name}"
    assert text in [record.getMessage() for record in caplog.records]
    assert password not in caplog.text


def test_a_hash_is_no_password(guarded: ServerUnderTest) -> None:
    (entry, *_) = guarded.network.config.links.accept
    assert refusal(guarded, f"PASS {entry.password}", "SERVER hashed.test 1 :x") == "wrong password for hashed.test"


def test_an_entry_may_say_how_and_from_where(guarded: ServerUnderTest) -> None:
    assert refusal(guarded, "PASS poppy", "SERVER tls.test 1 :x") == "tls.test has to connect by TLS"
    reason = "elsewhere.test may not connect from 127.0.0.1"
    assert refusal(guarded, "PASS poppy", "SERVER elsewhere.test 1 :x") == reason


def test_guessing_is_slowed_down_and_does_not_keep_others_out() -> None:
    with ServerUnderTest('[links]\naccept = [{name="a.test", password="p"}, {name="b.test", password="q"}]') as server:
        reasons = [refusal(server, f"PASS {number}", "SERVER a.test 1 :x") for number in range(12)]
        assert (
            reasons
            == ["wrong password for a.test"] * 10 + ["there were too many wrong passwords lately; wait a minute"] * 2
        )
        client = raw_link(server.port)
        client.send("PASS q", "SERVER b.test 1 :x")
        assert " SERVER parley.test 1 " in client.line()
        client.close()


def test_the_own_password_is_given_only_to_a_server_that_has_shown_who_it_is(guarded: ServerUnderTest) -> None:
    """Somebody who knows the common password could call itself anything."""
    for name, password, back in (
        ("plain.test", "poppy", "reply"),
        ("hashed.test", "sesame", "*"),
        ("x.test", "common", "*"),
    ):
        client = raw_link(guarded.port)
        client.send(f"PASS {password} 0210-IRC+ parley|1:CHLMX", f"SERVER {name} 1 :x")
        assert client.line().split()[:2] == ["PASS", back]
        client.close()


# --- nothing secret in what is written down -------------------------------------------------------------------------


def test_what_may_be_secret_in_a_fact_is_masked_in_traces() -> None:
    asked = b'{"fact":"Asked","number":1,"by":"x","to":"y","verb":"LOGIN","params":["ann","sesame"]}'
    answered = b'{"fact":"Answered","number":1,"by":"x","to":"y","replies":[["sesame"]],"is_last":true}'
    login = b'{"fact":"LoginAsked","number":1,"by":"x","to":"y","account":"ann","password":"sesame"}'
    for line in (asked, answered, login, b":near.test PASS sesame 0210-IRC+ x", b"PASS sesame 0210-IRC+ x"):
        assert "sesame" not in masked(line) and "****" in masked(line)


def test_no_trace_holds_a_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    accept = '[links]\naccept = [{name = "near.test", password = "ours"}]\n'
    back = 'connect = [{name = "near.test", host = "127.0.0.1", port = 1, password = "theirs", autoconnect = false}]\n'
    with (
        ServerUnderTest(accept + back, name="far.test") as far,
        ServerUnderTest(BOTH.replace("PORT", str(far.port)), name=NEAR) as near,
    ):
        until(lambda: near.network.servers.find("far.test") and far.network.servers.find(NEAR))
        ann, bob = near.irc("ann"), far.irc("bob")
        until_reached(ann, bob)
    assert "> PASS ****" in caplog.text
    assert "ours" not in caplog.text and "theirs" not in caplog.text


# --- open links -----------------------------------------------------------------------------------------------------


def test_open_links_warn_and_are_refused_where_others_could_come(tmp_path_factory: pytest.TempPathFactory) -> None:
    folders = [tmp_path_factory.mktemp("data") for _ in range(2)]
    done = run("--data", str(folders[0]), "--port", "0", "--host", "0.0.0.0", "--open-links")
    assert done.returncode == 1 and done.stderr.startswith(
        "parley: links are open, so that they need no password, and 0"
    )
    with ServerProcess(folders[1], "--host", "0.0.0.0", "--open-links", "--i-know-anyone-can-link") as server:
        assert any(line.startswith("Warning: links are open") for line in server.greeting)
        link = raw_link(server.port, "SERVER far.test 1 :x")
        assert " SERVER parley.test 1 :" in link.line()
        link.close()
