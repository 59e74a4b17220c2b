"""The memory writer's journal: work that is owed, with the error that stopped it."""

from __future__ import annotations

from datetime import date, datetime

from mem.records import Pending
from mem.stores.database import Connection, Database, from_db


class PendingStore:
    """Work is entered in the transaction of the message it is about, and leaves in the transaction of its outcome."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> list[Pending]:
        """Oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "select id, turn, step, attempts, last_error, created_at from pending order by id"
            ).fetchall()
        return [Pending(id, turn, step, attempts, error, from_db(at)) for id, turn, step, attempts, error, at in rows]

    def failed(self, id: int, error: str) -> None:
        """One more attempt that came to nothing."""
        with self._database.write() as connection:
            connection.execute("update pending set attempts = attempts + 1, last_error = ? where id = ?", [error, id])

    def done(self, id: int) -> None:
        """Takes the work off the list: there is nothing left to do it on."""
        with self._database.write() as connection:
            connection.execute("delete from pending where id = ?", [id])

    def add_tokens(self, tokens: int) -> None:
        """Counts what a remote model was asked for by the writer, on the user's day."""
        with self._database.write() as connection:
            connection.execute(
                "insert into writer_tokens values (?, ?) on conflict do update set tokens = tokens + excluded.tokens",
                [_day(self._database.now()), tokens],
            )

    def tokens_today(self) -> int:
        """What `add_tokens` has counted today."""
        with self._database.read() as connection:
            return tokens_of_day(connection, self._database.now())


def tokens_of_day(connection: Connection, moment: datetime) -> int:
    """`PendingStore.tokens_today`, inside another transaction."""
    row = connection.execute("select tokens from writer_tokens where day = ?", [_day(moment)]).fetchone()
    return int(row[0]) if row else 0


def _day(moment: datetime) -> date:
    return moment.astimezone().date()
