"""The key of cloaked hosts. Owns: its file, `cloak.key`, which is made when a key is wanted and none is configured.
Must not: hash anything."""

import secrets
from dataclasses import replace

from chat.storage import files
from chat.storage.errors import ConfigError
from chat.storage.settings import Config

KEY_FILE = "cloak.key"
_KEY_BYTES = 32


def with_key(config: Config) -> Config:
    """The configuration with a key where it wants hosts to be cloaked and has none. ConfigError when the file that
    keeps it cannot be used."""
    if not config.cloak.enabled or config.cloak.secret:
        return config
    file = config.data / KEY_FILE
    try:
        try:
            key = file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            key = secrets.token_hex(_KEY_BYTES)
            files.write_atomically(file, f"{key}\n".encode(), private=True)
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is not UTF-8 text; remove it to have a new key made") from None
    except OSError as error:
        raise ConfigError(f"{file}: the key of cloaked hosts cannot be kept: {error.strerror}") from error
    if not key:
        raise ConfigError(f"{file}: is empty; remove it to have a new key made")
    return replace(config, cloak=replace(config.cloak, secret=key))
