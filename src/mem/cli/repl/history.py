"""What was typed, in a file that several terminals append to at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from prompt_toolkit.history import History

from mem.errors import StoreError
from mem.input_history import append_entry, entries
from mem.redaction import mask

READ_BYTES = 2_000_000
ENTRY_CHARS = 100_000


class SharedHistory(History):
    """The format of prompt_toolkit's FileHistory, for its owner only; each entry is one locked append.

    A history that cannot be read or written is no reason to stop a conversation: `on_trouble` is told once. Where lines were
    taken out of the file since, which replaces it, it is read again.
    """

    def __init__(self, path: Path, *, on_trouble: Callable[[str], None]) -> None:
        super().__init__()
        self._path = path
        self._on_trouble = on_trouble
        self._said = False
        self._file = 0  # whose entries were read

    async def load(self) -> AsyncGenerator[str, None]:
        """The newest first, for each line that is to be typed."""
        if self._loaded and self._inode() != self._file:
            self._loaded = False
        async for entry in super().load():
            yield entry

    def load_history_strings(self) -> Iterable[str]:
        """The newest first."""
        self._file = self._inode()
        try:
            raw = self._read()
        except FileNotFoundError:
            return []
        except OSError as error:
            self._tell(error.strerror)
            return []
        return entries(raw.decode("utf-8", "replace"))[::-1]

    def store_string(self, string: str) -> None:
        string = mask(string).text
        if len(string) > ENTRY_CHARS:
            return
        lines = "".join(f"+{line}\n" for line in string.split("\n"))
        entry = f"\n# {datetime.now(UTC).isoformat()}\n{lines}".encode("utf-8", "replace")
        try:
            append_entry(self._path, entry)
        except (OSError, StoreError) as error:
            self._tell(error.strerror if isinstance(error, OSError) else str(error))

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            file.seek(max(0, self._path.stat().st_size - READ_BYTES))
            raw = file.read()
        return raw if len(raw) < READ_BYTES else raw[raw.find(b"\n#") + 1 :]  # not from the middle of an entry

    def _inode(self) -> int:
        try:
            return self._path.stat().st_ino
        except OSError:
            return 0

    def _tell(self, reason: str | None) -> None:
        if not self._said:
            self._said = True
            self._on_trouble(f"what you type is not kept in {self._path}: {reason}; everything else works")
