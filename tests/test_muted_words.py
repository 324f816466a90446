"""SHUN: no words of somebody who is muted reach others, by whatever command."""

from collections.abc import Iterator

import pytest

from tests.harness import IrcClient, ServerUnderTest

CONFIG = '[[operator]]\nname = "root"\npassword = "rootpass"\n'
HOST = "127.0.0.1"
WHY = "You are muted on this server: quiet"
MUTED = f":parley.test 404 wren {{}} :{WHY}"
WREN = f":wren!~wren@{HOST}"


class Scene:
    """wren, muted, is an operator of #one, where bob and carol (JSON) are; dan is in #one to be kicked."""

    def __init__(self, server: ServerUnderTest) -> None:
        self.server = server
        server.add_account("wren")
        self.boss = server.irc("boss")
        self.boss.ask("OPER root rootpass")
        self.wren = server.member("wren", "draft/metadata-2", "draft/message-redaction", "message-tags")
        self.bob = server.irc(
            "bob", "away-notify", "setname", "draft/metadata-2", "draft/message-redaction", "draft/channel-rename"
        )
        self.dan = server.irc("dan")
        self.carol = server.user("carol", 1.1)
        self.wren.ask("JOIN #one", "MODE #one -t")
        for one in (self.bob, self.dan):
            one.ask("JOIN #one")
        self.carol.ask_all("JOIN", chat_name="one")
        self.bob.ask("METADATA * SUB avatar")
        self.wren.sync()
        self.everybody: list[IrcClient] = [self.bob, self.dan]

    def mute(self) -> None:
        self.boss.ask("SHUN wren@* :quiet")
        for one in self.everybody:
            one.sync()
        self.carol.sync()

    def nobody_was_told(self) -> bool:
        return not any(one.sync() for one in self.everybody) and not self.carol.sync()


@pytest.fixture
def scene() -> Iterator[Scene]:
    with ServerUnderTest(CONFIG) as server:
        yield Scene(server)


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("AWAY :rude words", "wren"),
        ("SETNAME :rude words", "wren"),
        ("METADATA * SET avatar :rude", "wren"),
        ("METADATA #one SET avatar :rude", "#one"),
        ("NICK rude", "wren"),
        ("MODE #one +b rude!*@*", "#one"),
        ("MODE #one +e ~r:rude", "#one"),
        ("MODE #one +I rude!*@*", "#one"),
        ("MODE #one +k rude", "#one"),
        ("RENAME #one #rude :rude", "#one"),
        ("KNOCK #two :rude", "#two"),
    ],
)
def test_what_others_would_read_is_refused(scene: Scene, line: str, target: str) -> None:
    scene.bob.ask("JOIN #two", "MODE #two +i")
    scene.mute()
    assert scene.wren.ask(line) == [MUTED.format(target)]
    assert scene.nobody_was_told()
    scene.boss.ask("UNSHUN wren@*")
    assert MUTED.format(target) not in scene.wren.ask(line)


def test_what_carries_no_words_is_done(scene: Scene) -> None:
    scene.wren.ask("AWAY :before", "MODE #one +k key", "METADATA * SET avatar :before")
    scene.mute()
    done = scene.wren.ask("AWAY", "MODE #one -k *", "MODE #one +m", "MODE #one +v bob", "METADATA * SET avatar")
    assert not any(" 404 " in line for line in done)
    assert [line.partition(" ")[2] for line in scene.dan.sync()] == [
        "MODE #one -k key",
        "MODE #one +m",
        "MODE #one +v bob",
    ]


def test_the_reason_of_a_kick_is_left_out(scene: Scene) -> None:
    scene.mute()
    scene.wren.ask("KICK #one dan :rude words")
    assert scene.dan.sync() == [f"{WREN} KICK #one dan :wren"]


def test_the_reason_of_a_redaction_is_left_out(scene: Scene) -> None:
    scene.wren.ask("CAP REQ :echo-message")
    (echo,) = scene.wren.ask("PRIVMSG #one :oops")
    msgid = echo.partition("msgid=")[2].split(";")[0].split(" ")[0]
    scene.mute()
    scene.wren.ask(f"REDACT #one {msgid} :rude words")
    (line,) = scene.bob.sync()
    assert line.startswith(f"{WREN} REDACT #one {msgid}") and "rude" not in line
    assert not any("rude" in str(event) for event in scene.carol.sync())


def test_chanserv_passes_on_no_words_either(scene: Scene) -> None:
    scene.wren.ask("PRIVMSG ChanServ :REGISTER #one")
    scene.mute()
    said = scene.wren.ask("PRIVMSG ChanServ :TOPIC #one rude words", "PRIVMSG ChanServ :AKICK ADD #one rude!*@* rude")
    assert len(said) == 2 and all(WHY in line for line in said), said
    assert scene.nobody_was_told()
    scene.wren.ask("PRIVMSG ChanServ :KICK #one dan rude words")
    assert scene.dan.sync()[-1].endswith(" KICK #one dan :wren")


def test_no_account_is_made_whose_name_others_would_be_shown(scene: Scene) -> None:
    dan = scene.dan
    scene.boss.ask("SHUN dan@* :quiet")
    dan.ask("CAP REQ :draft/account-registration")
    assert dan.ask("REGISTER rude * secret-enough") == [f":parley.test 404 dan rude :{WHY}"]
    assert scene.server.network.find_account("rude") is None


def test_json_users_are_muted_likewise(scene: Scene) -> None:
    carol = scene.carol
    carol.ask_all("CHAT", chat_name="hers")
    scene.boss.ask("SHUN carol@* :quiet")
    for verb, payload, parameters in (
        ("AWAY", "rude words", {}),
        ("RNAM", "rude words", {"chat_name": "hers", "new_name": "rude"}),
    ):
        answer = carol.ask(verb, payload, **parameters)
        assert (answer["response_code"], answer["payload"]) == ("320", WHY), answer
    (refusal, *_) = carol.ask_all("SETT", chat_name="hers", settings={"key": "rude"})
    assert refusal["payload"] == WHY
    assert scene.server.channel("#hers").key == ""
    assert carol.ask("AWAY")["response_code"] == "181"


def test_what_was_said_before_one_is_complete_is_not_shown_either(scene: Scene) -> None:
    scene.boss.ask("SHUN eve@* :quiet", "JOIN #two")
    eve = scene.server.connect()
    eve.send("CAP REQ :draft/pre-away draft/metadata-2", "AWAY :rude", "METADATA * SET avatar :rude")
    eve.send("NICK eve", "USER eve 0 * :x", "CAP END")
    eve.lines_until(lambda line: " 422 " in line or " 376 " in line)
    user = scene.server.network.find_user("eve")
    assert user is not None and user.away is None and not user.metadata
    other = scene.server.connect()
    other.send("CAP REQ :draft/pre-away", "AWAY *", "NICK eve2", "USER eve 0 * :x", "CAP END")
    other.lines_until(lambda line: " 422 " in line or " 376 " in line)
    assert scene.server.network.users["eve2"].away == "*"
