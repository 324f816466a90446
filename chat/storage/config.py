"""The configuration: built-in defaults, under the file `server.toml`, under the options of the command line.

Owns: the order of precedence of what sets a value, and the checks that a schema cannot express.
Must not: keep a configuration anywhere (the caller does); open sockets or look at certificates.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chat.storage import checking, entrances, link_blocks, operator_blocks
from chat.storage.errors import ConfigError
from chat.storage.settings import (
    DEFAULT_HOST,
    AccountsConfig,
    CloakConfig,
    Config,
    Listen,
)
from protocol import names
from protocol.addresses import network_of
from protocol.limits import CLOAK_AFFIX_BYTES, CLOAK_SECRET_CHARACTERS, HistoryLimits, Limits

DEFAULT_FILE = "server.toml"
_TOP_KEYS = ("name", "network", "info", "password", "icon", "client_tag_deny")


def load_config(path: Path | None, data: Path, overrides: Mapping[str, object]) -> Config:
    """The configuration in `path`, or in `data`/server.toml when there is one, under the given options.

    `overrides` holds the options that were given, of `host`, `port`, `servername`, `info`, `open_links`,
    `i_know_anyone_can_link`, `connect_to_host` and `connect_to_port`; None counts as not given.
    ConfigError, with one sentence that names the file or the option, when something is not as it must be.
    """
    if path is None and (data / DEFAULT_FILE).exists():
        path = data / DEFAULT_FILE
    config = Config(data=data) if path is None else _from_file(path, data)
    config = _with_options(config, {key: value for key, value in overrides.items() if value is not None})
    _check_listeners(config)
    link_blocks.check(config, bool(overrides.get(link_blocks.ANYONE_KEY)))
    return config


def doubts(config: Config) -> list[str]:
    """What is allowed and may not be meant, one sentence each, for who starts the server."""
    return entrances.doubts(config) + link_blocks.doubts(config)


def _from_file(path: Path, data: Path) -> Config:
    document = _read_toml(path)
    problem = checking.first_problem("server", document) or _deeper_problem(document)
    if problem is not None:
        raise ConfigError(f"{path}: {problem}")
    return _from_document(document, data, path)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line}: is not UTF-8 text") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:  # its text ends with the line and the column
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested too deeply") from error


def _from_document(document: dict[str, Any], data: Path, path: Path) -> Config:
    """The configuration in a document that the schema holds for."""
    simple: dict[str, Any] = {key: document[key] for key in _TOP_KEYS if key in document}
    if "listen" in document:
        simple["listen"] = tuple(Listen(**block) for block in document["listen"])
    admin = document.get("admin", {})
    return Config(
        **simple,
        data=data,
        file=path,
        operators=operator_blocks.blocks_from(document),
        accounts=AccountsConfig(**document.get("accounts", {})),
        limits=_limits(document.get("limits", {})),
        history=HistoryLimits(**document.get("history", {})),
        links=link_blocks.links_from(document),
        **entrances.values_from(document, path.parent, data),
        cloak=CloakConfig(**document.get("cloak", {})),
        admin=(admin.get("place", ""), admin.get("who", ""), admin.get("mail", "")),
    )


def _limits(table: dict[str, Any]) -> Limits:
    return Limits(**{**table, "exempt": tuple(table.get("exempt", ()))})


def _deeper_problem(document: dict[str, Any]) -> checking.Problem | None:
    """What is wrong with a document that the schema holds for."""
    return (
        entrances.problem(document)
        or link_blocks.name_problem("name", document.get("name", "parley.local"))
        or operator_blocks.password_problem("password", document.get("password", ""))
        or operator_blocks.problem(document)
        or link_blocks.problem(document)
        or _exempt_problem(document.get("limits", {}).get("exempt", ()))
        or _cloak_problem(document.get("cloak", {}))
    )


def _exempt_problem(exempt: Sequence[str]) -> checking.Problem | None:
    for index, text in enumerate(exempt):
        if network_of(text) is None:
            return checking.Problem(f"limits.exempt[{index}]", f'"{text}" is no address and no network like 10.0.0.0/8')
    return None


def _cloak_problem(cloak: Mapping[str, Any]) -> checking.Problem | None:
    for key in ("prefix", "suffix"):
        text = cloak.get(key, "")
        if text and not names.is_visible_host(text, CLOAK_AFFIX_BYTES):
            allowed = f"letters, digits and . - _ : /, at most {CLOAK_AFFIX_BYTES} of them"
            return checking.Problem(f"cloak.{key}", f'"{text}" cannot be part of a host; allowed are {allowed}')
    if 0 < len(cloak.get("secret", "")) < CLOAK_SECRET_CHARACTERS:
        least = f"it needs at least {CLOAK_SECRET_CHARACTERS} characters; leave it out to have one made"
        return checking.Problem("cloak.secret", f"is too short to keep hosts hidden: {least}")
    return None


def _with_options(config: Config, options: Mapping[str, object]) -> Config:
    """`config` with what the command line says on top."""
    if "servername" in options:
        problem = link_blocks.name_problem("--servername", options["servername"])
        if problem is not None:
            raise ConfigError(str(problem))
        config = replace(config, name=str(options["servername"]))
    if "info" in options:
        info = str(options["info"])
        if any(char in info for char in "\r\n\0") or not info.isprintable():
            raise ConfigError("--info: holds a line break or another character that cannot be shown")
        config = replace(config, info=info)
    config = replace(config, links=link_blocks.with_options(config.links, options))
    return replace(config, listen=_listeners(config.listen, options))


def _listeners(listen: tuple[Listen, ...], options: Mapping[str, object]) -> tuple[Listen, ...]:
    """With a port, that one only; with a host alone, the ports there are, on that host."""
    host = str(options.get("host", DEFAULT_HOST))
    if not host or " " in host:
        raise ConfigError(f'--host: "{host}" is no address')
    if "port" in options:
        port = options["port"]
        if type(port) is not int or not 0 <= port <= 65535:
            raise ConfigError(f"--port: found {port}, allowed is a whole number from 0 to 65535")
        return (Listen(host, port),)
    if "host" in options:
        return tuple(dict.fromkeys(replace(block, host=host) for block in listen))
    return listen


def _check_listeners(config: Config) -> None:
    seen: set[tuple[str, int]] = set()
    for block in config.listen:
        if block.port and (block.host, block.port) in seen:
            raise ConfigError(f"{config.file}: listen: {block.host} port {block.port} is there twice")
        seen.add((block.host, block.port))
