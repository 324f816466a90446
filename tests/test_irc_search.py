"""SEARCH finds messages by words, author and time, and only where one may read."""

import time

import pytest

from tests.harness import IrcClient, ServerUnderTest, bare, tags_of

CAPABILITIES = ("batch", "server-time", "message-tags", "standard-replies", "labeled-response")


def found(client: IrcClient, asked: str) -> list[str]:
    """The texts that a search gives, in its one batch."""
    lines = client.ask(f"SEARCH :{asked}")
    assert lines[0].endswith(" parley/search") and " BATCH -" in lines[-1], lines
    return [line.rpartition(" :")[2] for line in lines[1:-1]]


def millisecond_passes() -> None:
    """Afterwards it is another millisecond: messages of one and the same are in no order across places."""
    began = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == began:
        pass


@pytest.fixture
def wren(server: ServerUnderTest) -> IrcClient:
    """In #study, but not in #other, where others have talked too."""
    wren, rook = server.irc("wren", *CAPABILITIES), server.irc("rook", *CAPABILITIES)
    wren.ask("JOIN #study")
    rook.ask("JOIN #study,#other", "PRIVMSG #study :Hay is for horses", "PRIVMSG #other :Hay is hidden")
    millisecond_passes()
    rook.ask("PRIVMSG wren :private hay", "NOTICE #study :no horse, no cart", 'PRIVMSG #study :"quoted" -- OR NEAR(')
    millisecond_passes()
    wren.ask("PRIVMSG #study :my own hay", "PRIVMSG rook :naïve Café")
    wren.sync()
    return wren


def test_words_are_found_by_their_beginnings_in_any_case(wren: IrcClient) -> None:
    assert found(wren, "text=hay") == ["Hay is for horses", "private hay", "my own hay"]
    assert found(wren, "text=HORSE") == ["Hay is for horses", "no horse, no cart"]
    assert found(wren, "text=for hay") == ["Hay is for horses"]
    assert found(wren, "text=for\\shay") == ["Hay is for horses"]
    assert found(wren, "text=cafe naive") == ["naïve Café"]
    assert found(wren, "text=orses") == []


def test_what_looks_like_a_query_is_only_words(wren: IrcClient) -> None:
    assert found(wren, 'text="quoted" OR near') == ['"quoted" -- OR NEAR(']
    assert found(wren, "text=horses OR private") == []
    assert found(wren, "text=text:hay*") == []


def test_a_search_may_name_place_author_time_and_number(wren: IrcClient) -> None:
    assert found(wren, "in=#STUDY;text=hay") == ["Hay is for horses", "my own hay"]
    assert found(wren, "in=rook;text=hay") == ["private hay"]
    assert found(wren, "from=WREN") == ["my own hay", "naïve Café"]
    assert found(wren, "from=wren;text=hay;limit=1") == ["my own hay"]
    assert found(wren, "text=hay;limit=2") == ["private hay", "my own hay"]
    lines = wren.ask("SEARCH :text=own hay")
    moment = tags_of(lines[1])["time"]
    assert "my own hay" not in found(wren, f"text=hay;before={moment}")
    assert found(wren, f"text=hay;after={moment}") == []
    assert "my own hay" in found(wren, "text=hay;after=timestamp=2001-01-01T00:00:00.000Z")


def test_the_answer_is_one_batch_of_the_messages_as_they_were(wren: IrcClient) -> None:
    lines = wren.ask("@label=s SEARCH text=private")
    assert tags_of(lines[0])["label"] == "s"
    assert bare(lines[1:-1]) == [":rook!~rook@127.0.0.1 PRIVMSG wren :private hay"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("colour=red", "INVALID_PARAMS colour :Use in, from, text, after, before, limit, with semicolons between them"),
        ("in=#study", "INVALID_PARAMS text :Give text= or from="),
        ("text=---", "INVALID_PARAMS text :Give text= or from="),
        ("text=a;limit=0", "INVALID_PARAMS limit :A limit is a positive number"),
        ("text=a;after=noon", "INVALID_PARAMS after :Give YYYY-MM-DDThh:mm:ss.sssZ"),
        ("in=#other;text=hay", "INVALID_TARGET #other :There is nothing you may search"),
        ("in=#nowhere;text=hay", "INVALID_TARGET #nowhere :There is nothing you may search"),
        ("in=nobody;text=hay", "INVALID_TARGET nobody :There is nothing you may search"),
    ],
)
def test_a_mistake_is_told(wren: IrcClient, asked: str, answer: str) -> None:
    assert bare(wren.ask(f"SEARCH :{asked}")) == [f":parley.test FAIL SEARCH {answer}"]


def test_whoever_is_nowhere_finds_nothing(server: ServerUnderTest, wren: IrcClient) -> None:
    assert found(server.irc("crow", *CAPABILITIES), "text=hay") == []
    assert bare(wren.ask("SEARCH")) == [":parley.test 461 wren SEARCH :Not enough parameters"]


def test_in_a_channel_with_mode_h_only_what_was_said_since_one_joined_is_found(server: ServerUnderTest) -> None:
    wren, rook = server.irc("wren", *CAPABILITIES), server.irc("rook", *CAPABILITIES)
    wren.ask("JOIN #study", "MODE #study +H", "PRIVMSG #study :hay before")
    while not found(wren, "text=hay"):  # in the millisecond of the JOIN nothing is shown yet
        wren.ask("PRIVMSG #study :hay before")
    rook.ask("JOIN #study,#else", "PRIVMSG #else :hay elsewhere")
    assert found(rook, "text=hay") == ["hay elsewhere"]
    assert found(rook, "in=#study;text=hay") == []
    wren.sync()
    assert set(found(wren, "text=hay")) == {"hay before"}
