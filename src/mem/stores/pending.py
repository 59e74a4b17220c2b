"""The memory writer's journal: work that is owed, with the error that stopped it."""

from __future__ import annotations

from mem.records import Pending
from mem.stores.database import Database, from_db


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
