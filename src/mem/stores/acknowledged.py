"""How far a database had come when its last change was acknowledged: a small file beside it.

DuckDB cuts a log that ends too early at its last whole transaction, and takes one of zeros for empty, without a word. What is
missing then is seen here. The file never runs ahead of the disk: it is written after the commit, and holds no text.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mem.errors import StoreDamaged
from mem.stores.quarantine import keep_log

if TYPE_CHECKING:
    from mem.stores.database import Connection

NAME = "acknowledged"
# What a counter's numbers are given to, in the words of a person; the others count what is not missed.
COUNTED = {"m": "message", "e": "memory", "f": "fact", "s": "session"}
PLURALS = {"memory": "memories"}
COUNT_COMMIT = "update meta set value = (value::bigint + 1)::varchar where key = 'commits' returning true"
FIRST_COMMIT = "insert into meta values ('commits', '1')"


@dataclass(frozen=True, slots=True)
class Mark:
    """Of which database, after how many commits, and how far each counter was."""

    profile: str
    commits: int
    counters: Mapping[str, int]


def read_mark(directory: Path) -> Mark | None:
    """What was noted last; None where nothing was, or where it cannot be trusted."""
    try:
        check, _, body = (directory / NAME).read_text("utf-8").partition(" ")
        if check != _check(body):
            return None
        return Mark(**json.loads(body))
    except (OSError, ValueError, TypeError):
        return None


def write_mark(directory: Path, mark: Mark) -> None:
    """Notes it, whole or not at all. Where that cannot be, the older one stays, which is true as well."""
    body = json.dumps({"profile": mark.profile, "commits": mark.commits, "counters": dict(mark.counters)})
    fresh = directory / f"{NAME}.new"
    with suppress(OSError):
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.write(descriptor, f"{_check(body)} {body}".encode())
        finally:
            os.close(descriptor)
        fresh.replace(directory / NAME)


def missing(noted: Mark | None, found: Mark) -> str:
    """What was acknowledged and is not in the database that was found, in words; empty where nothing is missing."""
    if noted is None or (noted.profile == found.profile and noted.commits <= found.commits):
        return ""
    if noted.profile != found.profile:
        return "everything since: it is not the database that was here"
    changes = noted.commits - found.commits
    fewer = {name: noted.counters.get(kind, 0) - found.counters.get(kind, 0) for kind, name in COUNTED.items()}
    parts = [_number(count, name) for name, count in fewer.items() if count > 0]
    told = _number(changes, "change")
    return f"{told} ({', '.join(parts)})" if parts else told


def tell_missing(database: Path, mark: Mark, *, notify: Callable[[str], None], may_write: bool) -> Mark | None:
    """How far the database was, where that was further than `mark` says it is now; one line tells so."""
    noted = read_mark(database.parent)
    lost = missing(noted, mark)
    if not lost:
        return None
    kept = keep_log(database) if may_write else None
    log = f"; its log, as it was found, is kept as {kept}" if kept else ""
    notify(
        f"WARNING: {database} is older than what was acknowledged: missing is {lost}{log}; all from before is there, "
        "a backup that has more can be brought back with: mem restore FILE"
    )
    return noted


def refuse_to_begin_anew(database: Path, remedy: str) -> None:
    """StoreDamaged where there was a database: an empty one must not take its place."""
    there = [name for name in ("index", NAME) if (database.parent / name).exists()]
    if there:
        raise StoreDamaged(
            f"{database} is missing, but {database.parent / there[0]} is there: nothing was changed; put the database back "
            f"({remedy}), or remove {' and '.join(there)} to begin anew"
        )


def _number(count: int, name: str) -> str:
    return f"{count} {name if count == 1 else PLURALS.get(name, f'{name}s')}"


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:32]


def count_commit(connection: Connection) -> Mark:
    """How far the database is with the transaction of this connection, which counts as one more commit."""
    if not connection.execute(COUNT_COMMIT).fetchone():
        connection.execute(FIRST_COMMIT)
    return how_far(connection)


def how_far(connection: Connection) -> Mark:
    """How far the database is."""
    noted = dict(connection.execute("select key, value from meta").fetchall())
    counters = dict(connection.execute("select kind, value from counter").fetchall())
    return Mark(noted.get("profile_id", ""), int(noted.get("commits", "0")), counters)


def go_on_without(connection: Connection, lost: Mark) -> None:
    """After a loss: no number that was given away is given away again, and the search index is made from what there is."""
    for kind, value in lost.counters.items():
        connection.execute("update counter set value = greatest(value, ?) where kind = ?", [value, kind])
    connection.execute("update meta set value = '0' where key in ('index_generation', 'indexed_seq')")
    connection.execute("delete from index_file")
