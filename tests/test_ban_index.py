"""Finding the ban that means somebody among many: every form of a mask, and as many as one likes, found at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.state import ban_index
from chat.state.ban_index import BanIndex
from chat.storage.bans import BanKind, ServerBan, mask_problem
from protocol.addresses import user_host_covers
from protocol.names import mask_matches

MANY = 10_000
HOSTS = {"192.0.2.7", "gate.example.org"}


@pytest.mark.parametrize(
    ("mask", "is_meant"),
    [
        ("wren@192.0.2.7", True),
        ("~wren@192.0.2.7", True),
        ("WREN@GATE.example.org", True),
        ("rook@192.0.2.7", False),
        ("*@192.0.2.0/24", True),
        ("wr*@192.0.2.0/24", True),
        ("?ren@192.0.2.0/24", True),
        ("rook@192.0.2.0/24", False),
        ("*@192.0.3.0/24", False),
        ("*@::ffff:192.0.2.7", True),
        ("*@192.0.2.*", True),
        ("**@*.example.org", True),
        ("*@*ate.*.org", True),
        ("*@gate.example.org?", False),
        ("wren@*", True),
        ("*re*@*", True),
        ("*ro*@*", False),
        ("wren@*.org", True),
        (r"wr\*n@*", False),
        ("*@*", True),
        ("????@*", True),
        ("??@*", False),
    ],
)
def test_whom_a_mask_of_users_means(mask: str, is_meant: bool) -> None:
    bans = BanIndex([ServerBan(BanKind.USER, mask)])
    assert (bans.of_user(BanKind.USER, "~wren", HOSTS) is not None) is is_meant
    assert bans.of_user(BanKind.MUTE, "~wren", HOSTS) is None


WORDS = st.text("ab*?\\.", min_size=1, max_size=6)
NETWORKS = st.sampled_from(["192.0.2.7", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::1"])
PLACES = st.one_of(st.text("ab.", min_size=1, max_size=6), st.sampled_from(["192.0.2.7", "2001:db8::7", "0::1"]))


@given(st.lists(st.tuples(WORDS, WORDS | NETWORKS), max_size=5), st.text("~ab", min_size=1, max_size=4), PLACES)
def test_the_same_are_meant_as_when_each_ban_is_asked(masks: list[tuple[str, str]], username: str, place: str) -> None:
    bans = [ServerBan(BanKind.USER, f"{user}@{host}") for user, host in masks]
    expected = {ban for ban in bans if user_host_covers(ban.mask, username, [place])}
    found = BanIndex(bans).of_user(BanKind.USER, username, [place])
    assert (found in expected) if expected else found is None


@given(st.lists(WORDS, max_size=5), st.text("abAB.", max_size=6))
def test_the_same_names_are_reserved_as_when_each_ban_is_asked(masks: list[str], name: str) -> None:
    bans = [ServerBan(BanKind.NICK, mask) for mask in masks]
    expected = {ban for ban in bans if mask_matches(ban.mask, name)}
    found = BanIndex(bans).of_name(BanKind.NICK, name)
    assert (found in expected) if expected else found is None


class Changing(BanIndex):
    """One that can be changed from here."""

    def put(self, mask: str) -> None:
        self._include(ServerBan(BanKind.USER, mask))

    def take(self, mask: str) -> None:
        self._exclude(BanKind.USER, mask)


@pytest.mark.parametrize(
    "mask", ["wren@192.0.2.7", "*@192.0.2.0/24", "wren@*", "*@*.org", "*re*@g*e.*", "w*n@192.0.2.7"]
)
def test_a_ban_that_was_taken_out_means_nobody_and_leaves_the_others(mask: str) -> None:
    bans = Changing()
    for each in (mask, mask.upper(), "rook@*", f"x{mask}"):
        bans.put(each)
    assert bans.of_user(BanKind.USER, "~wren", HOSTS) == ServerBan(BanKind.USER, mask.upper())
    bans.take(mask)
    assert bans.of_user(BanKind.USER, "~wren", HOSTS) is None
    assert bans.of_user(BanKind.USER, "rook", HOSTS) is not None
    assert len(bans.of_kind(BanKind.USER)) == 2


def test_a_channel_may_hold_what_stands_between_user_and_host() -> None:
    bans = BanIndex([ServerBan(BanKind.CHANNEL, "#a@b")])
    assert bans.of_name(BanKind.CHANNEL, "#A@b") and bans.of_name(BanKind.CHANNEL, "#xb") is None


@pytest.mark.parametrize(
    "form",
    ["*@10.{a}.{b}.1", "*@10.{a}.{b}.0/24", "*@h{a}-{b}.example.org", "*@*.h{a}-{b}.org", "u{a}x{b}@*", "u{a}@h{b}"],
)
def test_ten_thousand_bans_of_the_usual_forms_are_not_asked_one_by_one(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bans = BanIndex(ServerBan(BanKind.USER, form.format(a=n // 100, b=n % 100)) for n in range(MANY))
    assert len(bans.of_kind(BanKind.USER)) == MANY

    def fail(mask: str, text: str) -> bool:
        raise AssertionError(f"{mask} was asked about {text}")

    monkeypatch.setattr(ban_index, "mask_matches", fail)
    assert bans.of_user(BanKind.USER, "~wren", HOSTS) is None
    assert (
        bans.of_user(BanKind.USER, "~u7x9", {"10.7.9.1", "h7-9.example.org", "a.h7-9.org"}) is not None
        or "u{a}@" in form
    )


def test_of_ten_thousand_masks_with_wildcards_inside_only_those_are_asked_whose_letters_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bans = BanIndex(ServerBan(BanKind.NICK, f"*bot{n:05}*") for n in range(MANY))
    asked: list[str] = []

    def note(mask: str, text: str) -> bool:
        asked.append(mask)
        return mask_matches(mask, text)

    monkeypatch.setattr(ban_index, "mask_matches", note)
    assert bans.of_name(BanKind.NICK, "a-Bot00042-z") == ServerBan(BanKind.NICK, "*bot00042*")
    assert asked == ["*bot00042*"]


def test_every_mask_that_may_be_banned_is_found_by_itself() -> None:
    for mask in ("a@b", "*@10.0.0.0/8", "*@::1", "a?@*"):
        assert mask_problem(BanKind.USER, mask) == ""
        assert len(BanIndex([ServerBan(BanKind.USER, mask)]).of_kind(BanKind.USER)) == 1
