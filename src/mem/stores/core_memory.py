"""Core memory: a few named texts that are in every prompt, each with an enforced limit in characters."""

from __future__ import annotations

import re
from dataclasses import replace

from mem.errors import InputError, NotFound, ToolError
from mem.records import CoreBlock, Origin
from mem.redaction import mask
from mem.stores.database import Connection, Database
from mem.stores.events import log_event

SELECT = "select label, description, value, char_limit, read_only from core_block"


class CoreMemoryStore:
    """The core blocks. What cannot be done is refused with a text that says what to do instead, fit for a model to read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def blocks(self) -> list[CoreBlock]:
        """All blocks, by label."""
        with self._database.read() as connection:
            return [CoreBlock(*row) for row in connection.execute(f"{SELECT} order by label").fetchall()]

    def append(self, label: str, content: str, *, actor: str, turn: str = "", origin: Origin = "user_said") -> str:
        """Adds a line to a block and returns the block's new value. `origin`: whose words it is; only the user's are taken."""
        _check_users_own(origin)
        with self._database.write() as connection:
            block = self._block(connection, label)
            return self._save(connection, block, f"{block.value}\n{content}".strip(), actor=actor, turn=turn)

    def replace(self, label: str, old_content: str, new_content: str, *, actor: str, turn: str = "") -> str:
        """Replaces text that stands in a block exactly once, and returns the block's new value; empty new text deletes."""
        with self._database.write() as connection:
            block = self._block(connection, label)
            matches = block.value.count(old_content) if old_content else 0
            if matches != 1:
                raise ToolError(_not_once(block, old_content, matches))
            value = block.value.replace(old_content, new_content)
            return self._save(connection, block, "\n".join(filter(str.strip, value.splitlines())), actor=actor, turn=turn)

    def write(self, label: str, value: str, *, actor: str) -> CoreBlock:
        """Gives a block this value, whatever it was; NotFound where there is no such block."""
        with self._database.write() as connection:
            if label not in (labels := _labels(connection)):
                raise NotFound(f"there is no fact, memory or block {label[:40]!r}; the blocks are: {', '.join(labels)}")
            block = self._block(connection, label)
            return replace(block, value=self._save(connection, block, value.strip(), actor=actor, turn=""))

    def _block(self, connection: Connection, label: str) -> CoreBlock:
        row = connection.execute(f"{SELECT} where label = ?", [label]).fetchone()
        if row is None:
            raise ToolError(f"there is no core memory block {label!r}; the blocks are: {', '.join(_labels(connection))}")
        block = CoreBlock(*row)
        if block.read_only:
            raise ToolError(f"block {label!r} is read-only")
        return block

    def _save(self, connection: Connection, block: CoreBlock, value: str, *, actor: str, turn: str) -> str:
        value = mask(value).text
        if len(value) > block.limit:
            over = f"block {block.label!r} would be {len(value) - block.limit} characters over its limit of {block.limit}; "
            if actor == "user":
                raise InputError(f"{over}nothing was changed: shorten it, or file the rest with: mem remember TEXT")
            raise ToolError(f"{over}shorten it with core_memory_replace, or file the text with archival_memory_insert")
        origin = "user_confirmed" if actor == "user" else "user_said"
        connection.execute("update core_block set value = ?, origin = ? where label = ?", [value, origin, block.label])
        log_event(
            connection, self._database.now(), actor, "core", f"core:{block.label}", turn=turn, before=block.value, after=value
        )
        return value


def _check_users_own(origin: Origin) -> None:
    if origin not in ("user_said", "user_confirmed"):
        raise ToolError(
            f"core memory takes only what the user said or confirmed, and this is {origin}; nothing was changed: ask the user, "
            "or file it with archival_memory_insert"
        )


def _labels(connection: Connection) -> list[str]:
    return [label for (label,) in connection.execute("select label from core_block order by label").fetchall()]


def read_block(connection: Connection, item: str) -> str | None:
    """The value of the block `core:label`, as events keep it."""
    row = connection.execute("select value from core_block where label = ?", [item.partition(":")[2]]).fetchone()
    return str(row[0]) if row else None


def put_block(connection: Connection, item: str, value: str | None) -> None:
    """Makes the block what it was."""
    connection.execute("update core_block set value = ? where label = ?", [value or "", item.partition(":")[2]])


def _not_once(block: CoreBlock, old_content: str, matches: int) -> str:
    if not matches:
        return f"{old_content!r} does not stand in block {block.label!r}, whose value is: {block.value!r}"
    starts = [match.start() for match in re.finditer(re.escape(old_content), block.value)]
    lines = ", ".join(dict.fromkeys(str(block.value.count("\n", 0, start) + 1) for start in starts))
    return f"{old_content!r} stands {matches} times in block {block.label!r} (lines {lines}); give more of the text"
