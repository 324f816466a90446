"""The table of replies: every row fills in every dialect, and the lab texts are the course's to the letter."""

import pytest

from protocol import csp, irc, lab, replies
from protocol.replies import TABLE, fill, payload_of
from protocol.values import CSP_1_0, IRC, LAB, Refused, Reply, ReplyRow, flavour_of

ROWS = list(TABLE.values())
IRC_FLAVOUR = flavour_of(IRC, frozenset({"standard-replies"}))
OWN_CODES = (
    "ERASED", "GROUP_EXISTS", "NOT_IN_A_GROUP", "NOT_SAVED", "NO_GROUPS", "REFUSED", "TLS_REQUIRED", "TRY_AGAIN",
    "VERSION", "WRONG_STATE",
)  # fmt: skip
STANDARD_REPLIES = ("FAIL", "WARN", "NOTE")
LAB_FLAVOUR = flavour_of(LAB)


def dummies(row: ReplyRow) -> tuple[str, ...]:
    return tuple(f"<{field}>" for field in row.fields)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_fills_in_every_dialect(row: ReplyRow) -> None:
    arguments = dummies(row)
    texts = [fill(form, arguments) for form in (row.irc, row.lab, row.csp)]
    assert all(argument in texts[0] for argument in arguments)
    assert not any("%" in text or "\n" in text for text in texts)
    reply = Reply(row, arguments)
    modern = irc.encode(reply, "server", "nick", IRC_FLAVOUR).decode()
    course = lab.encode(reply, "server", "nick", LAB_FLAVOUR).decode()
    target = "" if row.code in STANDARD_REPLIES else "nick "
    assert modern == f":server {row.code} {target}{texts[0]}\r\n"
    assert course == f":server {row.code} {texts[1]}\r\n"
    assert csp.encode(reply, "server", "nick", CSP_1_0) == b""
    assert payload_of(reply) == texts[2]


@pytest.mark.parametrize("row", [row for row in ROWS if row.code in STANDARD_REPLIES], ids=lambda row: row.name)
def test_who_has_no_standard_replies_gets_only_those_that_a_specification_defines(row: ReplyRow) -> None:
    code = row.irc.template.split(" ")[1]
    assert row.is_own == (code in OWN_CODES)
    line = irc.encode(Reply(row, dummies(row)), "server", "nick", flavour_of(IRC)).decode().split(" ")
    told = "400" if row.code == "FAIL" else "NOTICE"
    assert line[:3] == ([":server", told, "nick"] if row.is_own else [":server", row.code, line[2]])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_has_a_code_of_its_kind(row: ReplyRow) -> None:
    assert row.code in ("FAIL", "WARN", "NOTE") or (len(row.code) == 3 and row.code.isdigit())
    assert row.csp_code in ("300", "310", "320", "330", "340")
    assert row.is_error or not row.name.startswith(("ERR_", "FAIL_"))
    assert not row.is_error or not row.name.startswith("RPL_")


def test_no_two_rows_share_a_name_and_the_table_holds_them_all() -> None:
    constants = {name: row for name, row in vars(replies).items() if isinstance(row, ReplyRow) and name[0] != "_"}
    assert constants == TABLE
    assert len(set(map(id, constants.values()))) == len(constants)
    assert all(row.name == name for name, row in TABLE.items())


def test_rows_that_share_a_numeric_are_meant_to() -> None:
    numerics = [row.code for row in ROWS if row.code.isdigit()]
    shared = {code for code in numerics if numerics.count(code) > 1}
    assert shared == {"211", "404", "433", "482"}  # each with its reason


@pytest.mark.parametrize(
    ("row", "arguments", "line"),
    [
        (replies.RPL_WELCOME, ("Net", "a!u@h"), ":srv 001 :Welcome to the Internet Relay Network a!u@h"),
        (replies.RPL_NOTOPIC, ("#c",), ":srv 331 #c :No topic is set"),
        (replies.RPL_TOPIC, ("#c", "the topic"), ":srv 332 #c :the topic"),
        (replies.RPL_NAMREPLY, ("=", "#c", "nick1 nick2 nick3"), ":srv 353 #c :nick1 nick2 nick3"),
        (replies.RPL_NAMREPLY, ("*", "*", "nick1"), ":srv 353 * :nick1"),
        (replies.RPL_ENDOFNAMES, ("#c",), ":srv 366 :End of /NAMES list"),
        (replies.ERR_NOSUCHNICK, ("bob",), ":srv 401 bob :No such nick"),
        (replies.ERR_NOSUCHCHANNEL, ("#c",), ":srv 403 #c :No such channel"),
        (replies.ERR_CANNOTSENDTOCHAN, ("#c",), ":srv 404 #c :Cannot send to channel"),
        (replies.ERR_NICKCOLLISION, ("bob", "u@h"), ":srv 436 bob :Nickname collision KILL from u@h"),
        (replies.ERR_NOTONCHANNEL, ("#c",), ":srv 442 #c :You're not on that channel"),
        (replies.ERR_NEEDMOREPARAMS, ("JOIN",), ":srv 461 JOIN :Not enough parameters"),
        (replies.ERR_BADCHANNELKEY, ("#c",), ":srv 475 #c :Cannot join channel (+k)"),
        (replies.ERR_CHANOPRIVSNEEDED, ("#c",), ":srv 482 #c :You're not channel operator"),
    ],
    ids=lambda value: value.name if isinstance(value, ReplyRow) else "",
)
def test_the_lab_texts_to_the_letter(row: ReplyRow, arguments: tuple[str, ...], line: str) -> None:
    assert lab.encode(Reply(row, arguments), "srv", "nick", LAB_FLAVOUR) == line.encode() + b"\r\n"


@pytest.mark.parametrize(
    ("row", "arguments", "line"),
    [
        (replies.RPL_WELCOME, ("Net", "a!u@h"), ":srv 001 nick :Welcome to the Net Network, a!u@h"),
        (replies.RPL_NAMREPLY, ("=", "#c", "a b"), ":srv 353 nick = #c :a b"),
        (replies.RPL_ENDOFNAMES, ("#c",), ":srv 366 nick #c :End of /NAMES list"),
        (replies.ERR_NOSUCHNICK, ("bob",), ":srv 401 nick bob :No such nick/channel"),
        (replies.RPL_LOCALUSERS, ("3", "9"), ":srv 265 nick 3 9 :Current local users 3, max 9"),
        (replies.RPL_ISUPPORT, ("A B=1 C",), ":srv 005 nick A B=1 C :are supported by this server"),
        (replies.FAIL_STATE, ("LIST", "not now"), ":srv FAIL LIST WRONG_STATE :not now"),
    ],
    ids=lambda value: value.name if isinstance(value, ReplyRow) else "",
)
def test_the_modern_texts(row: ReplyRow, arguments: tuple[str, ...], line: str) -> None:
    assert irc.encode(Reply(row, arguments), "srv", "nick", IRC_FLAVOUR) == line.encode() + b"\r\n"


@pytest.mark.parametrize("word", ["", "two words", ":colon"])
def test_a_word_of_the_client_cannot_break_a_line(word: str) -> None:
    data = irc.encode(Reply(replies.ERR_NOSUCHNICK, (word,)), "srv", "nick", IRC_FLAVOUR)
    assert data == b":srv 401 nick * :No such nick/channel\r\n"


def test_a_percent_sign_in_an_argument_is_only_text() -> None:
    assert fill(replies.RPL_TOPIC.irc, ("#c", "100% %s %(x)d")) == "#c :100% %s %(x)d"


@pytest.mark.parametrize(
    ("row", "arguments", "payload"),
    [
        (replies.ERR_NOSUCHCHANNEL, ("#my\u00a0own",), "There is no group my own; CHAT makes one"),
        (replies.ERR_USERNOTINCHANNEL, ("bob", "#study"), "bob is not in the group study"),
        (replies.ERR_BADCHANMASK, ("#a,b", "a comma"), "parameters.chat_name: a comma"),
        (replies.ERR_UNKNOWNCOMMAND, ("two words",), 'There is no command "two words"'),
        (replies.FAIL_REQUEST, ("JOIN", "where: and why"), "where: and why"),
        (replies.ERR_BANNEDFROMCHAN, ("#study",), "You are banned from joining this group"),
        (replies.ERR_CHANOPRIVSNEEDED, ("#study",), "You are not the admin of this group"),
    ],
    ids=lambda value: value.name if isinstance(value, ReplyRow) else "",
)
def test_the_payload_of_a_refusal_is_plain_text_about_groups(
    row: ReplyRow, arguments: tuple[str, ...], payload: str
) -> None:
    assert payload_of(Reply(row, arguments)) == payload


def test_a_refusal_carries_its_reply() -> None:
    refused = Refused(replies.ERR_NOSUCHNICK, "bob", where="recipient", code="300")
    assert refused.reply == Reply(replies.ERR_NOSUCHNICK, ("bob",))
    assert (refused.where, refused.code) == ("recipient", "300")
