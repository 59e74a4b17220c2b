"""Episodes in DuckDB: the truth that the search index is built from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mem.errors import NotFound
from mem.records import Episode, EpisodeKind, Event, Origin
from mem.stores.database import Connection, Database, from_db, log_event, next_id, next_value, to_db

SELECT = """
select e.id, e.seq, e.kind, e.text, e.happened_at, coalesce(m.text, ''), e.session, e.turn, e.tags, e.origin
from episode e left join message m on m.turn = e.turn and m.role = 'assistant' and m.tool_calls = '[]' and e.kind = 'turn'
"""


class EpisodeRows:
    """What happened: turns, filed texts, summaries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def file(
        self,
        text: str,
        *,
        kind: EpisodeKind = "archival",
        origin: Origin = "user_said",
        actor: str = "user",
        tags: Sequence[str] = (),
        session: str = "",
        happened_at: datetime | None = None,
        learn: bool = False,
        filed_in: str = "",
    ) -> Episode:
        """A new episode that is not a turn; durable when this returns. `learn`: facts are to be read from it too.

        `filed_in`: the turn in which the model filed it; forgetting that turn forgets it too.
        """
        now = self._database.now()
        happened_at = happened_at or now
        with self._database.write() as connection:
            id = next_id(connection, "e")
            seq = next_value(connection, "seq")
            # A text filed by hand is its own turn for the writer's journal, so that facts can point to where they came from.
            turn = next_id(connection, "t") if learn else ""
            connection.execute(
                "insert into episode values (?, ?, ?, ?, ?, ?, ?, [], ?, ?, ?)",
                [id, seq, kind, text, to_db(happened_at), session, turn, list(tags), origin, to_db(now)],
            )
            if learn:
                connection.execute(
                    "insert into pending values (?, ?, 'facts', 0, '', ?)", [next_value(connection, "p"), turn, to_db(now)]
                )
            log_event(connection, now, actor, "remember" if kind == "archival" else kind, id, turn=turn or filed_in)
        return Episode(id, seq, kind, text, happened_at, session=session, turn=turn, tags=tuple(tags), origin=origin)

    def get(self, id: str) -> Episode:
        """One episode, or NotFound."""
        if found := self.get_many([id]):
            return found[0]
        raise NotFound(f"there is no memory {id[:40]!r}; see what there is with: mem inspect")

    def get_many(self, ids: Sequence[str]) -> list[Episode]:
        """The episodes that exist among `ids`, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(f"{SELECT} where list_contains(?, e.id) order by e.seq", [list(ids)]).fetchall()
        return [_episode(row) for row in rows]

    def of_turn(self, turn: str) -> Episode | None:
        """The episode that a turn became, or None where it was forgotten."""
        with self._database.read() as connection:
            row = connection.execute(f"{SELECT} where e.turn = ?", [turn]).fetchone()
        return _episode(row) if row else None

    def newest(self, *, limit: int, kind: str | None = None) -> list[Episode]:
        """The newest episodes first, of one kind or of all."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"{SELECT} where e.kind = coalesce(?, e.kind) order by e.seq desc limit ?", [kind, limit]
            ).fetchall()
        return [_episode(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many there are of everything a user may count."""
        with self._database.read() as connection:
            return {
                "sessions": _count(connection, "select count(*) from session"),
                "turns": _count(connection, "select count(*) from episode where kind = 'turn'"),
                "filed": _count(connection, "select count(*) from episode where kind <> 'turn'"),
                "facts": _count(connection, "select count(*) from fact where invalid_at is null and expired_at is null"),
                "facts_superseded": _count(connection, "select count(*) from fact") - _count(
                    connection, "select count(*) from fact where invalid_at is null and expired_at is null"
                ),
                "pending": _count(connection, "select count(*) from pending"),
            }

    def events(self, *, item: str | None = None, limit: int = 50) -> list[Event]:
        """The newest lines of the log of changes first, of one item or of all."""
        with self._database.read() as connection:
            rows = connection.execute(
                "select seq, happened_at, actor, action, item, turn from event "
                "where item = coalesce(?, item) order by seq desc limit ?",
                [item, limit],
            ).fetchall()
        return [Event(seq, from_db(at), actor, action, item, turn) for seq, at, actor, action, item, turn in rows]


def _count(connection: Connection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _episode(row: Sequence[Any]) -> Episode:
    id, seq, kind, text, happened_at, answer, session, turn, tags, origin = row
    return Episode(id, seq, kind, text, from_db(happened_at), answer, session, turn, tuple(tags), origin)
