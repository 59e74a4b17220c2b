"""A fact as the log keeps it: its row and the rows of its evidence, to be put back exactly as they were."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mem.records import Evidence, Fact
from mem.stores.database import Connection, from_db
from mem.stores.row_images import as_text, insert_rows, read_rows, update_row

# Another current fact that says the same, or has the one place that there is.
IN_THE_WAY = """
select o.id
from fact f
join fact o on o.id <> f.id and lower(o.subject) = lower(f.subject) and o.predicate = f.predicate
    and ((o.cardinality = 'one' and f.cardinality = 'one') or lower(o.value) = lower(f.value))
    and o.invalid_at is null and o.expired_at is null
where f.id = ? and f.invalid_at is null and f.expired_at is null
limit 1
"""
TIMES = "created_at", "valid_at", "invalid_at", "expired_at"


def read_state(connection: Connection, id: str) -> str | None:
    """The fact as it is now; None where there is none."""
    rows = read_rows(connection, "fact", "id = ?", [id])
    if not rows:
        return None
    evidence = read_rows(connection, "fact_evidence", "fact = ? order by said_at, rowid", [id])
    return as_text({"fact": rows[0], "evidence": evidence})


def put_state(connection: Connection, id: str, state: str | None) -> None:
    """Makes the fact what it was, or removes it where it was not there."""
    connection.execute("delete from fact_evidence where fact = ?", [id])
    if state is None:
        connection.execute("delete from fact where id = ?", [id])
        return
    kept = json.loads(state)
    if connection.execute("select 1 from fact where id = ?", [id]).fetchone():
        update_row(connection, "fact", kept["fact"])
    else:
        insert_rows(connection, "fact", [kept["fact"]])
    insert_rows(connection, "fact_evidence", kept["evidence"])


def in_the_way(connection: Connection, id: str) -> str:
    """The id of another fact without which this one could be current; empty where nothing is in its way."""
    row = connection.execute(IN_THE_WAY, [id]).fetchone()
    return str(row[0]) if row else ""


def quoted(*states: str | None) -> list[str]:
    """The episodes whose words stand in the states."""
    evidence = [row for state in states if state is not None for row in json.loads(state)["evidence"]]
    return list(dict.fromkeys(row["episode"] for row in evidence))


def fact_of_state(state: str | None) -> Fact | None:
    """The fact that a state tells of; None for none. Also of events as the first version wrote them."""
    kept = json.loads(state) if state is not None else None
    if not isinstance(kept, dict):
        return None
    row = kept.get("fact", kept)
    times = {name: _moment(row.get(name)) for name in TIMES}
    evidence = tuple(_evidence(entry) for entry in kept.get("evidence", ()))
    if times["created_at"] is None:
        return None
    return Fact(
        row["id"], row["subject"], row["predicate"], row["value"], row["cardinality"], times["created_at"], times["valid_at"],
        times["invalid_at"], times["expired_at"], row["confidence"], row["origin"], evidence, bool(row.get("pinned")),
    )  # fmt: skip


def can_be_put(states: Sequence[str | None]) -> bool:
    """Whether these states are whole: those of the first version are not."""
    return all(state is None or "fact" in json.loads(state) for state in states)


def _evidence(row: dict[str, Any]) -> Evidence:
    said_at = _moment(row["said_at"])
    assert said_at is not None
    return Evidence(row["quote"], row["episode"], row["message"], said_at, row.get("turn", ""))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return from_db(moment) if moment.tzinfo is None else moment
