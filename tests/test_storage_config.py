"""The configuration: precedence of defaults, file and options, and the sentence for every mistake."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from chat.storage.config import load_config
from chat.storage.errors import ConfigError
from chat.storage.settings import Config, Listen, OperatorBlock
from protocol.limits import HistoryLimits, Limits

SCHEMA = Path(__file__).parent.parent / "chat/storage/schemas/server.json"


def load(folder: Path, text: str | None, **options: object) -> Config:
    if text is not None:
        (folder / "server.toml").write_text(text, encoding="utf-8")
    return load_config(None, folder, options)


def mistake(folder: Path, text: str | None, **options: object) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, **options)
    return str(caught.value)


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    config = load(tmp_path, None)
    assert config == Config(data=tmp_path)
    assert (config.name, config.network, config.info) == ("parley.local", "Parley", "a Parley chat server")
    assert config.listen == (Listen("127.0.0.1", 6667), Listen("127.0.0.1", 12345))
    assert (config.limits, config.history, config.file) == (Limits(), HistoryLimits(), None)


def test_the_file_in_the_data_folder_is_found_and_beats_the_defaults(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        """
        name = "theshire.nz"
        info = "second breakfast"
        password = "friend"
        listen = [{ port = 0 }, { host = "::1", port = 0 }, { port = 0 }]
        operator = [{ name = "root", password = "secret" }]
        accounts = { registration = false }
        admin = { place = "Bag End", mail = "bilbo@theshire.nz" }
        [limits]
        nick = 9
        [history]
        persistent = false
        """,
    )
    assert (config.name, config.network, config.password) == ("theshire.nz", "Parley", "friend")
    assert config.listen == (Listen(), Listen("::1", 0), Listen())
    assert config.operators == (OperatorBlock("root", "secret"),)
    assert (config.accounts.registration, config.accounts.protect_nicks) == (False, True)
    assert config.admin == ("Bag End", "", "bilbo@theshire.nz")
    assert (config.limits, config.history) == (Limits(nick=9), HistoryLimits(persistent=False))
    assert config.file == tmp_path / "server.toml"


def test_a_file_that_is_named_is_taken_also_by_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text('name = "barad-dur.nz"')
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("other.toml"), Path("data"), {})
    assert (config.name, config.file, config.data) == ("barad-dur.nz", Path("other.toml"), Path("data"))


def test_options_beat_the_file(tmp_path: Path) -> None:
    text = 'name = "a.b"\ninfo = "x"\n[[listen]]\nport = 1\n[[listen]]\nport = 2'
    config = load(tmp_path, text, servername="c.d", info="y", port=0, open_links=True, host=None)
    assert (config.name, config.info, config.listen, config.links.open) == ("c.d", "y", (Listen(),), True)


def test_a_host_alone_moves_the_listeners_and_with_a_port_it_is_the_only_one(tmp_path: Path) -> None:
    assert load(tmp_path, None, host="0.0.0.0").listen == (Listen("0.0.0.0", 6667), Listen("0.0.0.0", 12345))
    assert load(tmp_path, None, host="::1", port=7000).listen == (Listen("::1", 7000),)


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_bytes(b'\xef\xbb\xbfname = "a.b"\r\ninfo = "x"\r\n')
    assert load_config(None, tmp_path, {}).name == "a.b"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nmae = 'x'", 'unknown key "nmae"; did you mean "name"?'),
        ("[limits]\nnicks = 3", 'limits: unknown key "nicks"; did you mean "nick"?'),
        ("[accounts]\nzzz = 3", 'accounts: unknown key "zzz"; known here: password_characters, protect_nicks, regis'),
        ("[limits]\npassword = ''", 'limits: unknown key "password"; it belongs at the top of the file'),
        ("[[listen]]\nprt = 1", 'listen[0]: unknown key "prt"; did you mean "port"?'),
        ("[[listen]]\nhost = '::1'", 'listen[0]: the key "port" is missing'),
        ("[limits]\nnick = '9'", 'limits.nick: found the text "9", allowed is a whole number from 1 to 64'),
        ("[limits]\nnick = 32.0", "limits.nick: found 32.0, allowed is a whole number from 1 to 64"),
        ("[limits]\nnick = true", "limits.nick: found true, allowed is a whole number from 1 to 64"),
        ("[limits]\nburst = -1", "limits.burst: found -1, allowed is a whole number from 0 to"),
        ("listen = 6667", "listen: found 6667, allowed is a list"),
        ("[[listen]]\nport = 65536", "listen[0].port: found 65536, allowed is a whole number from 0 to 65535"),
        ("accounts = true", "accounts: found true, allowed is a table of keys and values"),
        ("accounts.registration = 1", "accounts.registration: found 1, allowed is true or false"),
        ("info = 2026-11-21", "info: found 2026-11-21, allowed is a text"),
        ("password = 1234", "password: found something else, allowed is a text"),
        ("info = 'a\\u000d'\nname = 7", "name: found 7, allowed is a text"),
        ('info = "a\\nKILL b"', "info: holds a line break"),
        ("network = 'two words'", 'network: found the text "two words", allowed is one word'),
        ("name = 'two words'", 'name: "two words" is no name for a server'),
        ("name = ''", "name: is empty"),
        ("name = 'a.b.'", 'name: "a.b." is no name for a server'),
        (f"name = '{'a.' * 40}b'", "is no name for a server"),
        ("[[operator]]\nname = 'root'\npassword = ''", "operator[0].password: is empty"),
        ("[[operator]]\nname = 'r'\npassword = '$argon2id$v=19'", "operator[0].password: starts like an argon2 hash"),
        ("operator = [{name='r', password='x'}, {name='R', password='x'}]", 'the operator "R" is there twice'),
        ("listen = [{port=7}, {port=7}]", "listen: 127.0.0.1 port 7 is there twice"),
        ("listen = []", "listen"),
        ("[[listen]]\nport = 1\ntls = true", "listen[0].tls: [tls] needs a certificate for that; `server.py --make-"),
        ("[tls]\nkey = 'a.pem'", "tls.key: a key is of no use without tls.certificate"),
        ("[sts]\nport = 6697", "sts: [tls] needs a certificate for that"),
        ("[sts]\nduration = -1", "sts.duration: found -1"),
        ("[proxy]\nfrom = ['nowhere']", 'proxy.from[0]: "nowhere" is no address and no network like 192.0.2.0/24'),
        ("[[webirc]]\npassword = 'x'\nfrom = ['1.2.3.4/33']", 'webirc[0].from[0]: "1.2.3.4/33" is no address'),
        ("[[webirc]]\npassword = 'x'", "webirc[0]"),
        ("[[webirc]]\npassword = '$argon2id$v=19'\nfrom = ['::1']", "webirc[0].password: starts like an argon2 hash"),
        ("[websocket]\norigins = ['https://a.b/c']", 'websocket.origins[0]: "https://a.b/c" is none; an origin looks'),
        ("[websocket]\norigins = ['chat.example.org']", "websocket.origins[0]"),
        ("name = 'a'\nname 7", "is not TOML: Expected '=' after a key in a key/value pair (at line 2, column"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    message = mistake(tmp_path, text)
    assert message.startswith(str(tmp_path / "server.toml"))
    assert sentence in message


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("port", 65536, "--port: found 65536, allowed is a whole number from 0 to 65535"),
        ("port", -1, "--port: found -1"),
        ("host", "", '--host: "" is no address'),
        ("servername", "two words", '--servername: "two words" is no name for a server'),
        ("info", "a\r\nb", "--info: holds a line break"),
        ("connect_to_host", "localhost", "--connect_to_host: needs --connect_to_port beside it"),
        ("connect_to_port", 7, "--connect_to_port: needs --connect_to_host beside it"),
    ],
)
def test_a_mistake_in_an_option_is_told_by_its_name(tmp_path: Path, option: str, value: object, sentence: str) -> None:
    assert sentence in mistake(tmp_path, None, **{option: value})


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load_config(tmp_path / "none.toml", tmp_path, {})
    (tmp_path / "server.toml").write_bytes(b'name = "a"\ninfo = "\xff"')
    with pytest.raises(ConfigError, match=r"server\.toml: line 2: is not UTF-8 text"):
        load_config(None, tmp_path, {})


@pytest.mark.parametrize(("table", "values"), [("limits", Limits()), ("history", HistoryLimits())])
def test_the_schema_has_every_limit_with_its_default(table: str, values: Limits | HistoryLimits) -> None:
    properties = json.loads(SCHEMA.read_text())["properties"][table]["properties"]
    assert {key: row["default"] for key, row in properties.items()} == json.loads(json.dumps(asdict(values)))
    assert all(row["description"] for row in properties.values())
