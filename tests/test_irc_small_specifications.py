"""The short IRCv3 specifications: extended-isupport, network icon, denied client tags, operator tags."""

import re

import pytest

from tests.harness import IrcClient, ServerUnderTest, bare, tags_of

OPERATOR = '[[operator]]\nname = "root"\npassword = "rootpass"\n'
ISUPPORT = ("batch", "draft/extended-isupport")


def batched(lines: list[str], nick: str) -> list[str]:
    """The 005 lines of the one draft/isupport batch in `lines`, without their tags; nothing else is in it."""
    starts = [line for line in lines if " BATCH +" in line]
    assert len(starts) == 1, lines
    reference, kind = starts[0].split(" BATCH +")[1].split(" ")
    assert kind == "draft/isupport"
    first, last = lines.index(starts[0]), lines.index(f":parley.test BATCH -{reference}")
    inside = lines[first + 1 : last]
    assert inside == [line for line in lines if " 005 " in line]
    assert all(line.startswith(f"@batch={reference} :parley.test 005 {nick} ") for line in inside)
    return bare(inside)


# --- extended-isupport ---------------------------------------------------------------------------------------------


def test_isupport_before_registration_needs_the_capability(server: ServerUnderTest) -> None:
    assert server.connect().ask("ISUPPORT") == [":parley.test 451 * :You have not registered"]


def test_isupport_is_answered_before_registration_as_it_will_be_after(server: ServerUnderTest) -> None:
    early = server.connect()
    _, *lines = early.ask("CAP REQ draft/extended-isupport", "ISUPPORT")
    plain = server.irc("wren")
    after = [line.replace(" 005 wren ", " 005 * ") for line in plain.welcome if " 005 " in line]
    assert lines == after
    assert [line.replace(" 005 wren ", " 005 * ") for line in plain.ask("ISUPPORT")] == after


def test_every_005_is_in_a_batch_of_nothing_else(server: ServerUnderTest) -> None:
    wren = server.irc("wren", *ISUPPORT)
    said = batched(wren.welcome, "wren")
    assert said
    assert batched(wren.ask("ISUPPORT"), "wren") == said
    assert batched(wren.ask("VERSION"), "wren") == said


def test_without_batch_or_without_the_capability_the_lines_are_bare(server: ServerUnderTest) -> None:
    for capabilities in (("batch",), ("draft/extended-isupport",)):
        wren = server.irc("wren", *capabilities)
        lines = wren.ask("ISUPPORT")
        assert lines
        assert all(line.startswith(":parley.test 005 wren ") for line in lines)
        wren.send("QUIT")
        wren.lines_until_closed()


def test_a_label_is_on_the_start_of_the_batch(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "labeled-response", *ISUPPORT)
    first, *_, last = wren.ask("@label=7 ISUPPORT")
    assert re.fullmatch(r"@label=7 :parley\.test BATCH \+\S+ draft/isupport", first)
    assert re.fullmatch(r":parley\.test BATCH -\S+", last)


def test_a_labelled_version_holds_the_batch_in_its_response(server: ServerUnderTest) -> None:
    wren = server.irc("wren", "labeled-response", *ISUPPORT)
    outer, version, inner, *lines, inner_end, outer_end = wren.ask("@label=7 VERSION")
    reference = outer.split(" ")[3][1:]
    assert outer == f"@label=7 :parley.test BATCH +{reference} labeled-response"
    assert version.startswith(f"@batch={reference} :parley.test 351 wren ")
    nested = inner.split(" ")[3][1:]
    assert inner == f"@batch={reference} :parley.test BATCH +{nested} draft/isupport"
    assert all(line.startswith(f"@batch={nested} :parley.test 005 wren ") for line in lines)
    assert inner_end == f"@batch={reference} :parley.test BATCH -{nested}"
    assert outer_end == f":parley.test BATCH -{reference}"


def test_a_reload_tells_what_changed_in_a_batch() -> None:
    with ServerUnderTest("[limits]\naway = 100\n") as server:
        wren, rook = server.irc("wren", *ISUPPORT), server.irc("rook")
        (server.data / "server.toml").write_text("[limits]\naway = 50\n")
        assert server.reload() == []
        assert batched(wren.sync(), "wren") == [":parley.test 005 wren AWAYLEN=50 :are supported by this server"]
        assert rook.sync() == [":parley.test 005 rook AWAYLEN=50 :are supported by this server"]


# --- icon and denied tags ------------------------------------------------------------------------------------------


def tokens_of(client: IrcClient) -> list[str]:
    """The ISUPPORT tokens of the welcome."""
    lines = [line for line in client.welcome if " 005 " in line]
    return [token for line in lines for token in line.partition(" :are")[0].split(" ")[3:]]


def test_the_icon_is_told_when_there_is_one(server: ServerUnderTest) -> None:
    assert not [token for token in tokens_of(server.irc("wren")) if token.startswith("draft/ICON")]
    with ServerUnderTest('icon = "https://example.org/a.png?size=big"\n') as other:
        assert "draft/ICON=https://example.org/a.png?size\\x3Dbig" in tokens_of(other.irc("wren"))


@pytest.mark.parametrize(
    ("deny", "relayed"),
    [
        ("", ["+draft/react", "+example.org/x", "+typing"]),
        ("typing", ["+draft/react", "+example.org/x"]),
        ("typing,example.org/x", ["+draft/react"]),
        ("*", []),
        ("*,-typing", ["+typing"]),
        ("*,-example.org/x,-draft/react", ["+draft/react", "+example.org/x"]),
    ],
)
def test_denied_client_tags_are_dropped_and_the_message_is_not(deny: str, relayed: list[str]) -> None:
    with ServerUnderTest(f'client_tag_deny = "{deny}"\n') as server:
        wren, rook = server.irc("wren", "message-tags"), server.irc("rook", "message-tags")
        assert [token for token in tokens_of(wren) if "TAGDENY" in token] == [f"CLIENTTAGDENY={deny}"][: len(deny)]
        for channel in (wren, rook):
            channel.ask("JOIN #lab")
        wren.ask("@+typing=active;+example.org/x=1;+draft/react=:) PRIVMSG #lab :hi")
        message = rook.sync()[-1]
        assert sorted(key for key in tags_of(message) if key.startswith("+")) == relayed
        assert bare([message]) == [":wren!~wren@127.0.0.1 PRIVMSG #lab :hi"]
        wren.ask("@+typing=active TAGMSG rook")
        assert bare(rook.sync()) == [":wren!~wren@127.0.0.1 TAGMSG rook"]


# --- oper-tag ------------------------------------------------------------------------------------------------------


def test_what_operators_cause_is_tagged_for_those_who_asked() -> None:
    with ServerUnderTest(OPERATOR) as server:
        wren, rook, kite = server.irc("wren"), server.irc("rook", "draft/oper-tag"), server.irc("kite", "message-tags")
        for client in (wren, rook, kite):
            client.ask("JOIN #lab")
        for client in (rook, kite):
            client.sync()
        wren.ask("PRIVMSG #lab :before", "OPER root rootpass", "PRIVMSG #lab :after", "TOPIC #lab :tea", "PART #lab")
        assert rook.sync() == [
            ":wren!~wren@127.0.0.1 PRIVMSG #lab :before",
            "@draft/oper :wren!~wren@127.0.0.1 PRIVMSG #lab :after",
            "@draft/oper :wren!~wren@127.0.0.1 TOPIC #lab :tea",
            "@draft/oper :wren!~wren@127.0.0.1 PART #lab",
        ]
        assert all("draft/oper" not in tags_of(line) for line in kite.sync())
