"""Rows of a table as JSON and back, whatever columns it has: what the log keeps so that a change can be taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mem.stores.database import Connection

Rows = list[dict[str, Any]]


def read_rows(connection: Connection, table: str, where: str, parameters: Sequence[Any]) -> Rows:
    """The rows of `table` that a constant clause selects, as JSON has them: times as ISO 8601 in UTC, without a zone."""
    found = connection.execute(f"select * from {table} where {where}", list(parameters))
    columns = [column[0] for column in found.description or ()]
    return [{name: _plain(value) for name, value in zip(columns, row, strict=True)} for row in found.fetchall()]


def insert_rows(connection: Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Puts rows back as they were read; columns that the table has got since keep their defaults."""
    for row in rows:
        places = ", ".join("?" for _ in row)
        connection.execute(f"insert into {table} ({', '.join(row)}) values ({places})", list(row.values()))


def update_row(connection: Connection, table: str, row: Mapping[str, Any]) -> None:
    """Makes the row of this id what it was."""
    columns = [name for name in row if name != "id"]
    changes = ", ".join(f"{name} = ?" for name in columns)
    connection.execute(f"update {table} set {changes} where id = ?", [*(row[name] for name in columns), row["id"]])


def as_text(state: Mapping[str, Any]) -> str:
    """A state as the log keeps it; equal states are equal texts."""
    return json.dumps(state, ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value
