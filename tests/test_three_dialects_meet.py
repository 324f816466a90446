"""All three dialects in one channel, and the exact bytes that each of them sees."""

from tests.harness import ServerUnderTest


def test_a_message_from_each_dialect_reaches_the_other_two(server: ServerUnderTest) -> None:
    carol = server.user("carol")
    assert carol.ask("CHAT", chat_name="study")["response_code"] == "170"
    wren = server.irc("wren")
    wren.ask("JOIN #study")
    rook = server.lab("rook")
    assert rook.ask("JOIN #study") == [":parley.test 331 #study :No topic is set"]
    assert [o["payload"] for o in carol.sync()] == ["wren has joined the group", "rook has joined the group"]
    assert wren.sync() == [":rook!rook@pc1 JOIN #study"]

    wren.ask("PRIVMSG #study :from irc")
    assert carol.sync()[0]["payload"] == "(wren) from irc"
    assert rook.sync() == [":wren PRIVMSG #study :from irc"]
    rook.ask("PRIVMSG #study :from lab")
    assert carol.sync()[0]["payload"] == "(rook) from lab"
    assert wren.sync() == [":rook!rook@pc1 PRIVMSG #study :from lab"]
    carol.ask("MSSG", "(carol) from json", chat_name="study")
    assert wren.sync() == [":carol!carol@127.0.0.1 PRIVMSG #study :from json"]
    assert rook.sync() == [":carol PRIVMSG #study :from json"]
