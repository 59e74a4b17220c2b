"""What was typed, in a file that several terminals append to at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from prompt_toolkit.history import History

from mem.errors import StoreError
from mem.paths import make_private

READ_BYTES = 2_000_000
ENTRY_CHARS = 100_000


class SharedHistory(History):
    """The format of prompt_toolkit's FileHistory, for its owner only; each entry is one locked append.

    A history that cannot be read or written is no reason to stop a conversation: `on_trouble` is told once.
    """

    def __init__(self, path: Path, *, on_trouble: Callable[[str], None]) -> None:
        super().__init__()
        self._path = path
        self._on_trouble = on_trouble
        self._said = False

    def load_history_strings(self) -> Iterable[str]:
        """The newest first."""
        try:
            raw = self._read()
        except FileNotFoundError:
            return []
        except OSError as error:
            self._tell(error.strerror)
            return []
        return entries(raw.decode("utf-8", "replace"))[::-1]

    def store_string(self, string: str) -> None:
        if len(string) > ENTRY_CHARS:
            return
        lines = "".join(f"+{line}\n" for line in string.split("\n"))
        entry = f"\n# {datetime.now(UTC).isoformat()}\n{lines}".encode("utf-8", "replace")
        try:
            self._append(entry)
        except (OSError, StoreError) as error:
            self._tell(error.strerror if isinstance(error, OSError) else str(error))

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            file.seek(max(0, self._path.stat().st_size - READ_BYTES))
            raw = file.read()
        return raw if len(raw) < READ_BYTES else raw[raw.find(b"\n#") + 1 :]  # not from the middle of an entry

    def _append(self, entry: bytes) -> None:
        make_private(self._path.parent)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._path, flags, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            while entry:
                entry = entry[os.write(descriptor, entry) :]
        finally:
            os.close(descriptor)

    def _tell(self, reason: str | None) -> None:
        if not self._said:
            self._said = True
            self._on_trouble(f"what you type is not kept in {self._path}: {reason}; everything else works")


def entries(text: str) -> list[str]:
    """The entries of a history file, oldest first."""
    found: list[list[str]] = []
    fresh = True
    for line in text.split("\n"):
        if not line.startswith("+"):
            fresh = fresh or line.startswith("#")
        elif fresh:
            found.append([line[1:]])
            fresh = False
        elif found:
            found[-1].append(line[1:])
    return ["\n".join(lines) for lines in found]
