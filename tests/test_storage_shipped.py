"""The files that are shipped in data/, the schemas, and the message of the day."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from chat.storage.config import load_config
from chat.storage.motd import read_motd
from chat.storage.stores import open_accounts, open_channels

ROOT = Path(__file__).parent.parent
DATA = ROOT / "data"
SCHEMAS = sorted((ROOT / "chat/storage/schemas").glob("*.json"))


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
def test_every_schema_is_one(schema: Path) -> None:
    Draft202012Validator.check_schema(json.loads(schema.read_text()))


def test_the_shipped_configuration_is_valid_and_protects_from_floods() -> None:
    config = load_config(DATA / "server.toml", DATA, {})
    assert (config.limits.messages_per_second, config.limits.burst) == (5, 20)
    assert (config.limits.clients_per_address, config.limits.connections_per_minute) == (0, 0)


def test_the_shipped_configuration_names_every_key() -> None:
    text = (DATA / "server.toml").read_text()
    properties = json.loads((ROOT / "chat/storage/schemas/server.json").read_text())["properties"]
    for name, table in properties.items():
        keys = table.get("items", table).get("properties", {name: None})
        for key in keys:
            assert re.search(rf"^(# )?{key} = ", text, re.MULTILINE), f"{name}.{key}"


def test_the_shipped_stores_can_be_opened(tmp_path: Path) -> None:
    for name in ("accounts.json", "channels.json"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    assert open_accounts(tmp_path).records() == []
    assert open_channels(tmp_path).records() == []


def test_the_shipped_greeting_fits_into_protocol_lines() -> None:
    lines = read_motd(DATA)
    assert any("/join #lobby" in line for line in lines)
    assert lines == (DATA / "motd.txt").read_text().splitlines()


def test_a_greeting_of_any_bytes_becomes_lines(tmp_path: Path) -> None:
    assert read_motd(tmp_path) == []
    (tmp_path / "motd.txt").write_bytes(b"\xef\xbb\xbfone\r\n\r\ntw\xffo\0\n" + "é".encode() * 300)
    assert read_motd(tmp_path) == ["one", "", "tw\ufffdo", "é" * 200]
