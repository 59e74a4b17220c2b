"""The config file as `mem config` writes it: comments stay, private, replaced whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mem.config import parse_setting
from mem.errors import ConfigError, StoreError
from mem.paths import Paths, make_private
from mem.text import shorten


def save_setting(paths: Paths, name: str, raw: str) -> Any:
    """Sets `name` in the config file and returns the value as it was understood; ConfigError leaves the file as it was."""
    return save_settings(paths, {name: raw})[name]


def save_settings(paths: Paths, raw: Mapping[str, str]) -> dict[str, Any]:
    """The same for several at once: all of them are set, or none."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    values = {name: _accept(paths, name, text) for name, text in raw.items()}
    path = paths.config_file
    try:
        document = tomlkit.parse(path.read_text("utf-8")) if path.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}; nothing was changed: mend it with: mem config edit") from error
    for name, value in values.items():
        document[name] = value
    replace_file(path, tomlkit.dumps(document))
    return values


def _accept(paths: Paths, name: str, raw: str) -> Any:
    value = parse_setting(name, raw, source="mem config set")
    if name == "profile":
        paths.profile(value)
    if isinstance(value, str) and not _is_text(value):
        raise ConfigError(f"mem config set: {name} = {shorten(value, 80)!r} is not valid Unicode; nothing was changed")
    return value


def replace_file(path: Path, text: str) -> None:
    """`path` holds `text`, for its owner only; after a failure it holds what it held before."""
    folder = make_private(path.parent)
    if path.is_symlink():
        raise StoreError(f"{path} is a symbolic link; mem writes only real files: nothing was changed")
    try:
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".config-")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}; it holds what it held before") from error


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
