"""An episode that is no turn, as the log keeps it: its row, to be put back as it was."""

from __future__ import annotations

import json
from datetime import datetime

from mem.records import Episode
from mem.stores.database import Connection, from_db, next_value
from mem.stores.row_images import as_text, insert_rows, read_rows


def read_episode(connection: Connection, id: str) -> str | None:
    """The episode as it is now; None where there is none. Its `seq` is left out: the index knows a text by it."""
    rows = read_rows(connection, "episode", "id = ? and kind <> 'turn'", [id])
    return as_text({name: value for name, value in rows[0].items() if name != "seq"}) if rows else None


def put_episode(connection: Connection, id: str, state: str | None) -> None:
    """Makes the episode what it was, or removes it. It gets a new `seq`, so that the index takes its text as a new one."""
    connection.execute("delete from episode where id = ? and kind <> 'turn'", [id])
    if state is not None:
        insert_rows(connection, "episode", [{**json.loads(state), "seq": next_value(connection, "seq")}])


def episode_of_state(state: str) -> Episode:
    """The episode that a state tells of."""
    row = json.loads(state)
    happened_at = from_db(datetime.fromisoformat(row["happened_at"]))
    return Episode(
        row["id"], 0, row["kind"], row["text"], happened_at, "", row["session"], row["turn"], tuple(row["tags"]), row["origin"]
    )


def read_from(connection: Connection, id: str) -> str:
    """A fact that was read from this episode, which is gone; empty where it is there, or nothing was read from it."""
    row = connection.execute(
        "select fact from fact_evidence where episode = $1 and $1 not in (select id from episode) limit 1", [id]
    ).fetchone()
    return str(row[0]) if row else ""
