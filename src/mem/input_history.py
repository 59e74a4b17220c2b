"""The file that keeps what was typed in a chat: several processes append to it, and forgetting takes entries out of it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mem.errors import StoreError
from mem.paths import make_private

FILE_NAME = "history"
ENTRY_MARK = "# "


def entries(text: str) -> list[str]:
    """The entries of a history file, oldest first."""
    return [typed for _, typed in _stamped(text)]


def append_entry(path: Path, entry: bytes) -> None:
    """Adds an entry, whole, while nobody else writes."""
    make_private(path.parent)
    with _locked(path) as descriptor:
        while entry:
            entry = entry[os.write(descriptor, entry) :]


def remove_entries(path: Path, goes: Callable[[str], bool]) -> int:
    """Takes out the entries that `goes` says yes to; how many. The file is written anew: no byte of them stays in it."""
    try:
        if not find_entries(path, goes):
            return 0
        with _locked(path):
            kept = [(stamp, typed) for stamp, typed in _stamped(_read(path)) if not goes(typed)]
            removed = len(entries(_read(path))) - len(kept)
            _replace(path, "".join(_written(stamp, typed) for stamp, typed in kept))
    except OSError as error:
        raise StoreError(f"cannot take lines out of {path}: {error.strerror}; nothing was forgotten: try again") from error
    return removed


def find_entries(path: Path, goes: Callable[[str], bool]) -> list[str]:
    """The entries that `remove_entries` would take out, oldest first."""
    return [typed for typed in entries(_read(path)) if goes(typed)]


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _stamped(text: str) -> list[tuple[str, str]]:
    """The line above each entry, which says when, and the entry."""
    found: list[tuple[str, list[str]]] = []
    stamp, fresh = "", True
    for line in text.split("\n"):
        if not line.startswith("+"):
            if line.startswith("#"):
                stamp, fresh = line, True
        elif fresh:
            found.append((stamp, [line[1:]]))
            fresh = False
        elif found:
            found[-1][1].append(line[1:])
    return [(stamp, "\n".join(lines)) for stamp, lines in found]


def _written(stamp: str, typed: str) -> str:
    return f"\n{stamp or ENTRY_MARK}\n" + "".join(f"+{line}\n" for line in typed.split("\n"))


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file, open to append to and locked; the one that is there now, should it have been replaced while waiting."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    while True:
        descriptor = os.open(path, flags, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
                yield descriptor
                return
        finally:
            os.close(descriptor)
