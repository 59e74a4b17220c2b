"""The newest ids of a profile, in a small file beside the database: what a shell completes with, which opens no database.

It holds ids and no text, and is written anew with a commit that made or removed any, so that what was forgotten leaves it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mem.stores.database import Connection

NAME = "recent_ids"
KEPT = 100  # of each kind; more of them nobody looks through
REACH = 5_000  # how far back they are looked for, so that no table is read whole (measured at 100,000 memories: 4 ms, not 40)
# By the counter that gives ids of a kind: their query. Of a memory also its turn; every change counts in `c`.
NEWEST = {
    "f": "select id from fact where seq > $1 order by seq desc limit $2",
    "e": "select unnest([id, turn]) from (select id, turn from episode where seq > $1 order by seq desc limit $2)",
    "s": "select id from session where seq > $1 order by seq desc limit $2",
    "w": "select id from review where state = 'waiting' and seq > $1 order by seq desc limit $2",
    "x": "select id from tombstone where seq > $1 order by seq desc limit $2",
    "c": "select change from event where seq > $1 group by change order by max(seq) desc limit $2",
}
MADE = set("efs")  # a commit that makes one of these removes at most what waits


class RecentIds:
    """The file of one profile."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._counted: dict[str, int] = {}
        self._commits = -2
        self._newest: dict[str, list[str]] = {}
        self._read = self._counted, self._commits, self._newest

    def read(self, connection: Connection, counters: Mapping[str, int], commits: int) -> list[str] | None:
        """The newest ids, by kind the newest first; None where none were made or removed since the last time."""
        counted = {kind: counters.get(kind, 0) for kind in NEWEST}
        moved = {kind for kind, count in counted.items() if count != self._counted.get(kind)}
        alone = commits == self._commits + 1  # whether no other process has written meanwhile
        self._read = counted, commits, self._newest
        if not moved:
            return None
        only_made = alone and moved & MADE and "x" not in moved
        above = counters.get("seq", 0) - REACH
        again = {
            kind: [id for (id,) in connection.execute(NEWEST[kind], [above, KEPT]).fetchall() if id]
            for kind in ({*moved, "w"} if only_made else NEWEST)
        }
        newest = self._newest | again
        self._read = counted, commits, newest
        return [id for kind in NEWEST for id in newest[kind]]

    def keep(self, ids: list[str] | None) -> None:
        """Once it is committed: puts what was read in the place of what was kept; where that cannot be, it is tried again with
        the next commit."""
        self._counted, self._commits, self._newest = self._read
        if ids is None:
            return
        fresh = self._directory / f"{NAME}.new"
        with suppress(OSError):
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                os.write(descriptor, "".join(f"{id}\n" for id in ids).encode())
            finally:
                os.close(descriptor)
            fresh.replace(self._directory / NAME)
            return
        self._counted, self._commits = {}, -2
