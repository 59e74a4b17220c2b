"""The append-only log of changes: written in the transaction of each change, read by `mem log`, `inspect` and `undo`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from mem.stores.database import Connection, next_value, next_values, to_db


def log_event(
    connection: Connection,
    now: datetime,
    actor: str,
    action: str,
    item: str,
    *,
    turn: str = "",
    before: str | None = None,
    after: str | None = None,
    undoes: str = "",
    episodes: Sequence[str] = (),
) -> None:
    """One line in the append-only log, in the transaction of the change it tells of; see `mem.undoing` for the states
    `before` and `after`, which quote `episodes`. `undoes`: the change that this one takes back."""
    change, seq = _change_and_seq(connection)
    connection.execute(
        "insert into event (seq, happened_at, actor, action, item, turn, before, after, change, undoes, episodes) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [seq, to_db(now), actor, action, item, turn, before, after, change, undoes, [*episodes]],
    )


def log_items(
    connection: Connection, now: datetime, actor: str, action: str, items: Mapping[str, str | None]
) -> None:
    """A line for each of these items, given with its `after`: many at once, as each by itself takes milliseconds."""
    if not items:
        return
    row = connection.execute("update counter set value = value + ? where kind = 'seq' returning value", [len(items)]).fetchone()
    assert row is not None
    seqs = [int(row[0]) - len(items) + place for place in range(1, len(items) + 1)]
    connection.execute(
        "insert into event (seq, happened_at, actor, action, item, turn, after, change, undoes, episodes) "
        "select unnest(?::bigint[]), ?, ?, ?, unnest(?::varchar[]), '', unnest(?::varchar[]), ?, '', []",
        [seqs, to_db(now), actor, action, list(items), list(items.values()), change_id(connection)],
    )


def change_id(connection: Connection) -> str:
    """The change that this transaction is, the same for all its events: `Database.write` opens a connection for each."""
    return _known_change(connection) or _begin_change(connection, next_value(connection, "c"))


def _change_and_seq(connection: Connection) -> tuple[str, int]:
    if known := _known_change(connection):
        return known, next_value(connection, "seq")
    number, seq = next_values(connection, "c", "seq")
    return _begin_change(connection, number), seq


def _known_change(connection: Connection) -> str:
    row = connection.execute("select getvariable('change')").fetchone()
    return str(row[0] or "") if row else ""


def _begin_change(connection: Connection, number: int) -> str:
    connection.execute(f"set variable change = 'c{number:d}'")
    return f"c{number}"
