"""The IRC grammar against the published parser tests (tests/vectors), and back and forth with made-up messages."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.message import (
    Message,
    escape_tag,
    format_message,
    format_tags,
    parse_message,
    parse_tags,
    split_source,
    unescape_tag,
)
from protocol.names import is_host, mask_matches

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other tests use the machine too
VECTORS = Path(__file__).parent / "vectors"


def cases(name: str) -> list[Any]:
    tests: list[Any] = yaml.safe_load((VECTORS / f"{name}.yaml").read_text("utf-8"))["tests"]
    assert tests
    return tests


@pytest.mark.parametrize("case", cases("msg-split"), ids=lambda case: case["input"])
def test_splitting_as_in_the_published_tests(case: dict[str, Any]) -> None:
    atoms = case["atoms"]
    message = parse_message(case["input"])
    assert message.tags == {key: "" if value in (True, None) else value for key, value in atoms.get("tags", {}).items()}
    assert message.source == atoms.get("source")
    assert message.command == atoms["verb"]
    assert message.params == atoms.get("params", [])


@pytest.mark.parametrize("case", cases("msg-join"), ids=lambda case: case["desc"])
def test_joining_as_in_the_published_tests(case: dict[str, Any]) -> None:
    atoms = case["atoms"]
    tags = {key: value or "" for key, value in (atoms.get("tags") or {}).items()}
    line = format_message(atoms["verb"], *(atoms.get("params") or []), source=atoms.get("source"), tags=tags)
    assert line in case["matches"]


@pytest.mark.parametrize("case", cases("userhost-split"), ids=lambda case: case["source"])
def test_sources_as_in_the_published_tests(case: dict[str, Any]) -> None:
    atoms = case["atoms"]
    assert split_source(case["source"]) == tuple(atoms.get(part, "") for part in ("nick", "user", "host"))


@pytest.mark.parametrize("case", cases("mask-match"), ids=lambda case: case["mask"])
def test_masks_as_in_the_published_tests(case: dict[str, Any]) -> None:
    assert [text for text in case["matches"] if not mask_matches(case["mask"], text)] == []
    assert [text for text in case["fails"] if mask_matches(case["mask"], text)] == []


@pytest.mark.parametrize("case", cases("validate-hostname"), ids=lambda case: case["host"])
def test_host_names_as_in_the_published_tests(case: dict[str, Any]) -> None:
    assert is_host(case["host"]) is case["valid"]


# --- back and forth ------------------------------------------------------------------------------------------------

CHARACTERS = st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])
WORDS = st.text(CHARACTERS.filter(lambda char: char != " "), min_size=1).filter(lambda word: word[0] not in ":@")
TRAILING = st.text(CHARACTERS)
TAG_KEYS = st.from_regex(r"\+?([a-z]+\.[a-z]+/)?[a-z0-9-]+", fullmatch=True)
TAGS = st.dictionaries(TAG_KEYS, st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5)


@unhurried
@given(
    st.builds(
        lambda tags, source, command, middles, last: Message(tags, source, command, middles + last),
        TAGS,
        st.none() | WORDS,
        st.from_regex(r"[A-Za-z]+|[0-9]{3}", fullmatch=True),
        st.lists(WORDS, max_size=5),
        st.lists(TRAILING, max_size=1),
    )
)
def test_a_formatted_message_parses_to_itself(message: Message) -> None:
    line = format_message(message.command, *message.params, source=message.source, tags=message.tags)
    assert parse_message(line) == message
    assert "\r" not in line
    assert "\n" not in line


@unhurried
@given(st.text())
def test_a_tag_value_survives_escaping(value: str) -> None:
    escaped = escape_tag(value)
    assert unescape_tag(escaped) == value
    assert not set(escaped) & set("; \r\n")


@unhurried
@given(TAGS)
def test_tags_survive_formatting(tags: dict[str, str]) -> None:
    text = format_tags(tags)
    assert parse_tags(text[1:-1]) == tags


@unhurried
@given(st.text())
def test_any_text_parses_to_something(line: str) -> None:
    message = parse_message(line)
    assert not any(" " in param for param in message.params[:-1])


@unhurried
@given(WORDS, WORDS, WORDS)
def test_a_source_splits_into_what_it_was_made_of(nick: str, user: str, host: str) -> None:
    nick, user = (part.replace("!", "").replace("@", "") for part in (nick, user))
    assert split_source(f"{nick}!{user}@{host}") == (nick, user, host)


@pytest.mark.parametrize(
    ("wire", "meaning"),
    [("\\", ""), ("a\\", "a"), ("\\b", "b"), ("\\\\\\:", "\\;"), ("\\s\\r\\n", " \r\n"), ("plain", "plain")],
)
def test_backslashes_in_tag_values(wire: str, meaning: str) -> None:
    assert unescape_tag(wire) == meaning


def test_of_equal_tags_the_last_counts() -> None:
    assert parse_tags("a=1;b;a=2;=x;") == {"a": "2", "b": ""}


def test_server_tags_come_before_client_only_ones() -> None:
    assert format_tags({"+typing": "active", "msgid": "x"}) == "@msgid=x;+typing=active "


def test_a_line_without_a_command() -> None:
    assert parse_message(":alice").command == ""
    assert parse_message("").params == []
