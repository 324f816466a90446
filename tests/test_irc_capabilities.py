"""CAP: what LS, LIST, REQ and END answer in every variant, and what holds a registration up (IRCv3 1.2)."""

import pytest

from chat.state import offers
from protocol.capabilities import TABLE
from tests.harness import IrcClient, ServerUnderTest, bare

DRAFT = "draft/"


def starts_welcome(client: IrcClient) -> bool:
    """Whether the next line is the first of the welcome."""
    return " 001 " in client.line()


# --- LS and LIST ---------------------------------------------------------------------------------------------------


def offered(server: ServerUnderTest) -> dict[str, str]:
    """What a connection is offered, with its values."""
    with server.network.lock:
        return offers.capabilities(server.network, next(iter(server.network.sessions)))


def names_in(lines: list[str]) -> list[str]:
    """The names of CAP lines, which fit and have a `*` before the names in all but the last."""
    assert all(len(line.encode()) <= 510 for line in lines)
    heads = [line.partition(" :")[0].split(" ")[4:] for line in lines]
    assert heads == [["*"]] * (len(lines) - 1) + [[]]
    return " ".join(line.partition(" :")[2] for line in lines).split(" ")


@pytest.mark.parametrize("line", ["CAP LS 302", "CAP LS 304", "cap ls 302", "CAP ls :302"])
def test_from_version_302_on_ls_lists_everything_with_values(server: ServerUnderTest, line: str) -> None:
    client = server.connect()
    lines = client.ask(line)
    assert all(text.startswith(":parley.test CAP * LS ") for text in lines)
    expected = [f"{name}={value}" if value else name for name, value in offered(server).items()]
    assert names_in(lines) == expected
    assert any(item.startswith("sasl=PLAIN") for item in expected)
    assert {name for name in TABLE if not name.startswith(DRAFT)} - {"sts"} <= offered(server).keys()


@pytest.mark.parametrize("line", ["CAP LS", "CAP LS 301", "CAP LS nonsense", "CAP LS -302", "CAP LS 302x"])
def test_below_it_lists_names_on_one_line_and_leaves_out_drafts_that_do_not_fit(
    server: ServerUnderTest, line: str
) -> None:
    client = server.connect()
    (text,) = client.ask(line)
    assert len(text.encode()) <= 510
    assert text.startswith(":parley.test CAP * LS :")
    names = text.partition(" :")[2].split(" ")
    assert names in (list(offered(server)), [name for name in offered(server) if not name.startswith(DRAFT)])


def test_what_is_left_out_of_the_line_can_be_requested_all_the_same(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("CAP LS", "CAP REQ draft/pre-away")[1:] == [":parley.test CAP * ACK :draft/pre-away"]


def test_a_later_ls_without_version_is_answered_in_the_old_style(server: ServerUnderTest) -> None:
    client = server.connect()
    client.ask("CAP LS 302")
    (old_style,) = client.ask("CAP LS")
    assert "=" not in old_style
    assert client.ask("CAP REQ -cap-notify") == [":parley.test CAP * NAK :-cap-notify"]


@pytest.mark.parametrize("name", ["parley.test", "a-server-with-a-long-name.in-a-far.away.place.example.org"])
def test_every_listing_fits_into_its_lines(name: str) -> None:
    with ServerUnderTest(name=name) as server:
        client = server.irc("\U0001f426" * 32)
        (one_line,) = client.ask("CAP LS")
        assert len(one_line.encode()) <= 510
        assert set(names_in([one_line])) <= offered(server).keys()
        assert [item.partition("=")[0] for item in names_in(client.ask("CAP LS 302"))] == list(offered(server))
        wanted = [item for item in offered(server) if item != "server-time"]
        for start in range(0, len(wanted), 8):
            client.ask(f"CAP REQ :{' '.join(wanted[start : start + 8])}")
        assert names_in(bare(client.ask("CAP LIST"))) == sorted(wanted)


def test_replies_name_the_nick_once_there_is_one(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("NICK wren", "CAP LIST", "CAP REQ sasl") == [
        ":parley.test CAP wren LIST :",
        ":parley.test CAP wren ACK :sasl",
    ]


def test_list_shows_what_is_enabled_without_values(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("CAP LIST", "CAP REQ :sasl batch", "CAP LIST") == [
        ":parley.test CAP * LIST :",
        ":parley.test CAP * ACK :sasl batch",
        ":parley.test CAP * LIST :batch sasl",
    ]


def test_version_302_implies_cap_notify(server: ServerUnderTest) -> None:
    client = server.connect()
    client.ask("CAP LS 302")
    assert client.ask("CAP LIST", "CAP REQ cap-notify") == [
        ":parley.test CAP * LIST :cap-notify",
        ":parley.test CAP * ACK :cap-notify",
    ]


def test_below_302_cap_notify_goes_on_and_off(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("CAP LS", "CAP REQ cap-notify", "CAP REQ -cap-notify", "CAP LIST")[1:] == [
        ":parley.test CAP * ACK :cap-notify",
        ":parley.test CAP * ACK :-cap-notify",
        ":parley.test CAP * LIST :",
    ]


# --- REQ -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "answer", "enabled"),
    [
        ("batch chghost", "ACK :batch chghost", ":batch chghost"),
        ("batch no-such-thing", "NAK :batch no-such-thing", ":"),
        ("Batch", "NAK :Batch", ":"),
        ("sasl=PLAIN", "NAK :sasl=PLAIN", ":"),
        ("sts", "NAK :sts", ":"),
        ("-batch", "ACK :-batch", ":"),
        ("batch batch", "ACK :batch batch", ":batch"),
        ("batch -batch", "ACK :batch -batch", ":"),
        ("-batch batch", "ACK :-batch batch", ":batch"),
        ("batch   ", "ACK :batch", ":batch"),
        ("", "ACK :", ":"),
        ("labeled-response", "ACK :labeled-response", ":labeled-response"),
    ],
)
def test_req_is_all_or_nothing(server: ServerUnderTest, asked: str, answer: str, enabled: str) -> None:
    client = server.connect()
    assert client.ask(f"CAP REQ :{asked}", "CAP LIST") == [
        f":parley.test CAP * {answer}",
        f":parley.test CAP * LIST {enabled}",
    ]


def test_a_refused_request_changes_nothing_of_what_was_enabled(server: ServerUnderTest) -> None:
    client = server.connect()
    assert client.ask("CAP REQ batch", "CAP REQ :-batch sasl nonsense", "CAP LIST")[1:] == [
        ":parley.test CAP * NAK :-batch sasl nonsense",
        ":parley.test CAP * LIST :batch",
    ]


def test_an_ack_too_long_for_one_line_is_split(server: ServerUnderTest) -> None:
    client = server.connect()
    names = ["account-notify", "extended-join"] * 17
    answers = client.ask(f"CAP REQ :{' '.join(names)}")
    assert len(answers) == 2
    assert all(answer.startswith(":parley.test CAP * ACK :") and len(answer) <= 510 for answer in answers)
    assert " ".join(answer.partition(" :")[2] for answer in answers).split() == names


def test_the_ack_of_server_time_has_no_time_yet_and_that_of_its_end_still_has_one(server: ServerUnderTest) -> None:
    client = server.irc("wren")
    first, middle, last = client.ask("CAP REQ server-time", "CAP LIST", "CAP REQ -server-time")
    assert first == ":parley.test CAP wren ACK :server-time"
    assert middle.startswith("@time=")
    assert middle.endswith(" :parley.test CAP wren LIST :server-time")
    assert last.startswith("@time=")
    assert last.endswith(" :parley.test CAP wren ACK :-server-time")


def test_a_labelled_req_is_answered_in_the_form_that_held_before_it(server: ServerUnderTest) -> None:
    client = server.irc("wren")
    assert client.ask("@label=1 CAP REQ :labeled-response batch") == [
        ":parley.test CAP wren ACK :labeled-response batch"
    ]
    assert client.ask("@label=2 CAP REQ server-time") == ["@label=2 :parley.test CAP wren ACK :server-time"]
    client.ask("CAP REQ -server-time")
    assert client.ask("@label=3 CAP REQ -batch") == ["@label=3 :parley.test CAP wren ACK :-batch"]
    assert client.ask("@label=4 CAP LIST") == [":parley.test CAP wren LIST :labeled-response"]


@pytest.mark.parametrize("subcommand", ["FOO", "CLEAR", "ACK", "NAK", "NEW", "DEL", "list!"])
def test_other_subcommands_are_refused_as_they_were_sent(server: ServerUnderTest, subcommand: str) -> None:
    answer = [f":parley.test 410 * {subcommand} :Invalid CAP command"]
    assert server.connect().ask(f"CAP {subcommand} :batch") == answer


# --- registration and END ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["CAP LS", "CAP LS 302", "CAP REQ batch", "CAP REQ nonsense"])
def test_ls_and_req_hold_the_registration_up_until_end(server: ServerUnderTest, line: str) -> None:
    client = server.connect()
    assert all(" CAP " in answer for answer in client.ask(line, "NICK wren", "USER w 0 * :W"))
    client.send("CAP END")
    assert starts_welcome(client)


def test_list_holds_nothing_up(server: ServerUnderTest) -> None:
    client = server.connect()
    client.ask("CAP LIST")
    client.send("NICK wren", "USER w 0 * :W")
    assert starts_welcome(client)


@pytest.mark.parametrize("last", ["USER w 0 * :W", "NICK wren"])
def test_after_end_the_registration_completes_as_soon_as_the_rest_is_there(server: ServerUnderTest, last: str) -> None:
    client = server.connect()
    first = "NICK wren" if last.startswith("USER") else "USER w 0 * :W"
    assert all(" CAP " in answer for answer in client.ask("CAP LS 302", "CAP END", first))
    client.send(last)
    assert starts_welcome(client)


def test_a_negotiation_may_be_opened_again_before_registration_completes(server: ServerUnderTest) -> None:
    client = server.connect()
    assert len(client.ask("CAP LS", "CAP END", "NICK wren", "CAP REQ batch", "USER w 0 * :W")) == 2
    client.send("CAP END")
    assert starts_welcome(client)


def test_after_registration_ls_req_and_list_work_and_end_is_ignored(server: ServerUnderTest) -> None:
    client = server.irc("wren")
    assert client.ask("CAP END", "CAP REQ multi-prefix", "CAP LIST", "CAP END", "JOIN #lab")[:3] == [
        ":parley.test CAP wren ACK :multi-prefix",
        ":parley.test CAP wren LIST :multi-prefix",
        ":wren!~wren@127.0.0.1 JOIN #lab",
    ]
    assert names_in(client.ask("CAP LS 302"))


def test_what_is_switched_off_stops_at_once(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren", "echo-message", "extended-join"), server.irc("rook")
    wren.ask("JOIN #lab", "CAP REQ :-echo-message -extended-join")
    assert wren.ask("PRIVMSG #lab :hi") == []
    rook.ask("JOIN #lab")
    assert wren.sync() == [":rook!~rook@127.0.0.1 JOIN #lab"]
