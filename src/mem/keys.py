"""Keys of remote models: in the system's keyring where there is one, else in a file for its owner only.

The file beside the config file names every key and where it is; it holds those that no keyring took. A key is never in the
database, in the settings or in a backup.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol, cast

from mem.errors import ConfigError, InputError, NotFound, StoreError
from mem.paths import Paths, make_private

KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:\[\]-]{0,99}")
MOST_KEY_CHARS = 8192
LEAST_PRIORITY = 1  # below it, `keyring` has a backend that keeps nothing, or keeps it in the open

Kept = Literal["keyring", "file"]


class Keyring(Protocol):
    """What is asked of the system's keyring."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


@dataclass(frozen=True, slots=True)
class StoredKey:
    """That there is a key of this name, and where it is; never the key."""

    name: str
    place: Kept


def system_keyring() -> Keyring | None:
    """The keyring of this system; None where there is none that keeps a secret."""
    # Imported where a key is written, or read from it: it takes a tenth of a second.
    backend = import_module("keyring").get_keyring()
    return cast("Keyring", backend) if backend.priority >= LEAST_PRIORITY else None


class KeyStore:
    """The keys of one installation, by name: a provider, the host of a server, or a name of the user's own."""

    def __init__(self, paths: Paths, *, open_keyring: Callable[[], Keyring | None] = system_keyring) -> None:
        self.file = paths.config_file.with_name("keys.json")
        self._open_keyring = open_keyring
        self._service = f"mem {paths.config_file.parent}"  # of one MEM_HOME; another has keys of its own

    def list(self) -> list[StoredKey]:
        """Every key by name."""
        return [StoredKey(name, "file" if "key" in entry else "keyring") for name, entry in sorted(self._read().items())]

    def get(self, name: str) -> str | None:
        """The key of this name, or None where there is none; StoreError where the keyring cannot be read."""
        entry = self._read().get(name)
        if entry is None or "key" in entry:
            return None if entry is None else entry["key"]
        found = self._ask(lambda keyring: keyring.get_password(self._service, name))
        if found is None:
            raise StoreError(f"the keyring has no key {name!r} any more; put it there again: mem keys set {name}")
        return str(found)

    def set(self, name: str, key: str, *, in_file: bool = False) -> Kept:
        """Keeps a key in the place of an earlier one, in the keyring unless there is none or `in_file`; where it is now."""
        if not KEY_NAME.fullmatch(name):
            raise InputError(f"{name[:40]!r} cannot name a key: use a provider such as openai, a host, or letters and digits")
        key = _checked(key)
        entries = self._read()
        place: Kept = "file" if in_file or not self._put_into_keyring(name, key) else "keyring"
        if place == "file" and "key" not in entries.get(name, {"key": ""}):
            self._ask(lambda keyring: keyring.delete_password(self._service, name))
        self._write({**entries, name: {"key": key} if place == "file" else {"in": "keyring"}})
        return place

    def remove(self, name: str) -> Kept:
        """Takes a key out of where it was, which is told; NotFound where there is none."""
        entries = self._read()
        if name not in entries:
            known = ", ".join(sorted(entries)) or "none yet"
            raise NotFound(f"there is no key {name[:40]!r} (known: {known}); see them with: mem keys")
        place: Kept = "file" if "key" in entries[name] else "keyring"
        if place == "keyring":
            self._ask(lambda keyring: keyring.delete_password(self._service, name))
        self._write({other: entry for other, entry in entries.items() if other != name})
        return place

    def _put_into_keyring(self, name: str, key: str) -> bool:
        """False where there is none, or where it is locked and stays so."""
        keyring = self._open_keyring()
        if keyring is None:
            return False
        try:
            keyring.set_password(self._service, name, key)
        except self._errors():
            return False
        return True

    def _ask(self, action: Callable[[Keyring], str | None]) -> str | None:
        keyring = self._open_keyring()
        if keyring is None:
            raise StoreError("the key is in a keyring that cannot be reached now; unlock it, or set the key in the environment")
        try:
            return action(keyring)
        except self._errors() as error:
            raise StoreError(f"the keyring refused ({type(error).__name__}); unlock it and try again") from error

    @staticmethod
    def _errors() -> tuple[type[Exception], ...]:
        return (import_module("keyring.errors").KeyringError, OSError)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            if self.file.is_symlink():
                raise StoreError(f"{self.file} is a symbolic link; mem reads keys only from a real file")
            read: Any = json.loads(self.file.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise ConfigError(f"{self.file} is damaged; remove it, and set your keys again: mem keys set NAME") from error
        except OSError as error:
            raise StoreError(f"cannot read {self.file}: {error.strerror}") from error
        if not isinstance(read, dict) or not all(isinstance(entry, dict) for entry in read.values()):
            raise ConfigError(f"{self.file} is damaged; remove it, and set your keys again: mem keys set NAME")
        return read

    def _write(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        """The file holds `entries`, or after a failure what it held before."""
        folder = make_private(self.file.parent)
        try:
            descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".keys-")  # 0600 from its first moment
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(entries, file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.file)
        except OSError as error:
            raise StoreError(f"cannot write {self.file}: {error.strerror}; it holds what it held before") from error


def _checked(key: str) -> str:
    """The key without what a terminal or an editor put around it; InputError where it can be none."""
    key = key.strip()
    if not key:
        raise InputError("the key is empty; nothing was stored")
    if len(key) > MOST_KEY_CHARS or not key.isascii() or not key.isprintable() or " " in key:
        raise InputError("that is no key: it has spaces, line breaks or characters that keys do not have; nothing was stored")
    return key
