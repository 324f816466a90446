"""What server-wide bans do to those who are on: only what has changed is looked at, and no ban stops the server."""

import json
from pathlib import Path

import pytest

from chat.state import ban_index
from chat.storage import passwords
from chat.storage.bans import BanKind, ServerBan
from chat.storage.passwords import Secret
from tests.harness import ServerUnderTest, hashed, response
from tests.operators import CONFIG, boss

HOST = "127.0.0.1"
BANNED = "You are banned from this server"


def write(folder: Path, *bans: dict[str, str]) -> None:
    """As an editor does: a new file in place of the old one."""
    (folder / "new").write_text(json.dumps({"bans": list(bans)}))
    (folder / "new").replace(folder / "bans.json")


# --- nicks that the server gives -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", ["Guest*", "g*"])
def test_an_owner_gets_its_nick_although_all_guest_nicks_are_reserved(mask: str) -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren = boss(server), server.irc("wren")
        server.add_account("wren")
        client.ask(f"RESV {mask} :no")
        owner = server.member("wren")
        assert wren.sync()[-1] == f":wren!~wren@{HOST} NICK Guest1"
        assert owner.sync() == []


def test_everybody_gets_a_nick_when_all_are_reserved() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        clients = [server.irc("wren"), server.irc("rook")]
        client.ask("RESV FORCE *")
        assert {one.sync()[-1].partition(" NICK ")[2] for one in clients} == {"Guest1", "Guest2"}
        assert client.sync() == []


def test_whoever_has_a_guest_nick_when_they_are_reserved_gets_the_next_one() -> None:
    with ServerUnderTest(CONFIG) as server:
        client = boss(server)
        clients = [server.irc(nick) for nick in ("Guest1", "Guest3", "robin")]
        client.ask("RESV guest* :x", "RESV robin :x")
        assert [one.sync()[-1].partition(" NICK ")[2] for one in clients] == ["Guest2", "Guest4", "Guest5"]


def test_a_nick_that_is_given_away_is_looked_for_once_only() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren = boss(server), server.irc("wren")
        for number in range(1, 4):
            client.ask("RESV wren")
            assert wren.sync()[-1].endswith(f" NICK Guest{number}")
            client.ask("UNRESV wren")
            wren.ask("NICK wren")


# --- only what has changed -----------------------------------------------------------------------------------------


class Asked:
    """Counts the look-ups in all indexes of bans."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.kinds: list[BanKind] = []
        self.sizes: list[int] = []
        real = ban_index.BanIndex._find

        def find(index: ban_index.BanIndex, kind: BanKind, *rest: object) -> ServerBan | None:
            self.kinds.append(kind)
            self.sizes.append(len(index.of_kind(kind)))
            return real(index, kind, *rest)  # type: ignore[arg-type]

        patched.setattr(ban_index.BanIndex, "_find", find)


def test_one_more_shun_is_the_only_one_that_everybody_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren, rook = boss(server), server.irc("wren"), server.irc("rook")
        client.ask(*(f"SHUN nobody{number}@*" for number in range(20)))
        asked = Asked(monkeypatch)
        client.ask("SHUN wren@* :quiet")
        assert asked.kinds and set(zip(asked.kinds, asked.sizes, strict=True)) <= {
            (BanKind.MUTE, 1),
            (BanKind.ADDRESS, 0),
        }
        assert wren.ask("PRIVMSG rook :x") == [":parley.test 404 wren rook :You are muted on this server: quiet"]
        asked.kinds.clear()
        client.ask("UNSHUN nobody3@*")
        assert asked.kinds == []
        client.ask("UNSHUN wren@*")
        assert asked.kinds == [BanKind.MUTE]
        assert wren.ask("PRIVMSG rook :x") == [] and rook.sync()


def test_who_is_muted_twice_stays_muted_when_one_is_lifted_and_a_shun_set_again_has_the_new_reason() -> None:
    with ServerUnderTest(CONFIG) as server:
        client, wren = boss(server), server.irc("wren")
        client.ask("SHUN wren@* :one", f"SHUN *wren@{HOST} :two", "SHUN WREN@* :three", f"UNSHUN *wren@{HOST}")
        assert wren.ask("PRIVMSG boss :x") == [":parley.test 404 wren boss :You are muted on this server: three"]
        client.ask("UNSHUN wren@*")
        assert wren.ask("PRIVMSG boss :x") == []


def test_reading_the_file_again_asks_nobody_about_what_was_there_before(monkeypatch: pytest.MonkeyPatch) -> None:
    with ServerUnderTest(CONFIG) as server:
        server.server._housekeeping.stop()
        client, wren, rook = boss(server), server.irc("wren"), server.irc("rook")
        old = [{"kind": kind, "mask": "nobody@*"} for kind in ("user", "mute")]
        write(server.data, *old, {"kind": "mute", "mask": "wren@*"})
        server.reload()
        client.ask("SHUN 1d nobody2@* :x")
        asked = Asked(monkeypatch)
        server.reload()
        assert asked.kinds == []
        write(server.data, *old, {"kind": "mute", "mask": "rook@*"})
        server.reload()
        assert wren.ask("PRIVMSG boss :heard") == []
        assert rook.ask("PRIVMSG boss :x") == [":parley.test 404 rook boss :You are muted on this server"]
        assert client.sync() == [f":wren!~wren@{HOST} PRIVMSG boss :heard"]


def test_what_was_typed_before_a_ban_was_set_holds_soon_for_those_who_are_on() -> None:
    with ServerUnderTest(CONFIG) as server:
        server.server._housekeeping.stop()
        client, wren = boss(server), server.irc("wren")
        write(server.data, {"kind": "user", "mask": "wren@*", "reason": "typed"})
        client.ask("KLINE rook@*")
        server.look_after(0)
        assert wren.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned: typed)"


def test_ten_thousand_typed_bans_hold_at_once_and_let_others_in() -> None:
    with ServerUnderTest(CONFIG) as server:
        server.server._housekeeping.stop()
        wren = server.irc("wren")
        many = [{"kind": "user", "mask": f"*@10.{n // 250}.{n % 250}.0/24"} for n in range(10_000)]
        write(server.data, *many, {"kind": "user", "mask": "wren@*"})
        server.reload()
        assert wren.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned)"
        assert server.irc("rook").sync() == []


# --- a ban that comes while a password is looked at ----------------------------------------------------------------


@pytest.mark.parametrize("verb", ["AUTH", "NWUA"])
def test_a_kline_set_while_the_password_is_looked_at_keeps_a_json_user_out(
    verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ServerUnderTest(CONFIG) as server:
        if verb == "AUTH":
            server.add_account("carol")
        client = boss(server)

        def while_busy() -> None:
            client.ask("KLINE carol@* :too late")

        def verify(stored: str, plain: str) -> bool:
            while_busy()
            return True

        def hash_it(plain: str) -> Secret:
            while_busy()
            return hashed("secret")

        monkeypatch.setattr(passwords, "verify_password", verify)
        monkeypatch.setattr(passwords, "hash_password", hash_it)
        carol = server.json()
        carol.request(verb, username="carol", password="secret")
        assert carol.object() == response("320", f"{BANNED}: too late")
        assert carol.object() == response("350", f"Closing Link: {HOST} (Banned: too late)")
        assert carol.lines_until_closed() == []
        assert server.network.find_user("carol") is None
        assert (server.network.find_account("carol") is not None) is (verb == "AUTH")


@pytest.mark.parametrize("way", ["PASS wren:secret", "AUTHENTICATE AHdyZW4Ac2VjcmV0"])
def test_a_kline_set_while_the_password_is_looked_at_keeps_an_irc_user_out(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ServerUnderTest(CONFIG) as server:
        server.add_account("wren")
        client = boss(server)

        def verify(stored: str, plain: str) -> bool:
            client.ask("KLINE wren@* :too late")
            return True

        monkeypatch.setattr(passwords, "verify_password", verify)
        wren = server.connect()
        wren.send("CAP REQ sasl", *(["AUTHENTICATE PLAIN"] if way.startswith("A") else []), way)
        wren.send("NICK wren", "USER wren 0 * :x", "CAP END")
        assert wren.lines_until_closed()[-1] == f"ERROR :Closing Link: {HOST} (Banned: too late)"
        assert server.network.find_user("wren") is None
