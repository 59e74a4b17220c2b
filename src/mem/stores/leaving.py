"""What is to be forgotten later (`mem forget --grace`): which ids, and from when on. Until then it is kept, but not found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mem.stores.database import LEAVING, Connection, Database, get_meta, set_meta
from mem.stores.glances import Token


@dataclass(frozen=True, slots=True)
class Leaving:
    """A forget that waits until `due`."""

    ids: tuple[str, ...]
    due: datetime
    actor: str = "user"


class LeavingStore:
    """The forgets that wait, oldest first."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: tuple[Token, frozenset[str]] | None = None

    def list(self) -> list[Leaving]:
        """All that wait."""
        with self._database.read() as connection:
            return read_leaving(connection)

    def ids(self) -> frozenset[str]:
        """The ids that are on their way out; read again only after a commit."""
        with self._database.glance() as glance:
            if self._seen is None or self._seen[0] != glance.token:
                found = read_leaving(glance.connection)
                self._seen = glance.token, frozenset(id for one in found for id in one.ids)
            return self._seen[1]

    def add(self, leaving: Leaving) -> None:
        """One more."""
        with self._database.write() as connection:
            _put(connection, [*read_leaving(connection), leaving])

    def remove(self, leaving: Leaving) -> None:
        """It waits no longer: it is done, or called off."""
        with self._database.write() as connection:
            _put(connection, [one for one in read_leaving(connection) if one != leaving])


def read_leaving(connection: Connection) -> list[Leaving]:
    """All that wait, oldest first."""
    noted = json.loads(get_meta(connection, LEAVING) or "[]")
    return [Leaving(tuple(one["ids"]), datetime.fromisoformat(one["due"]), one["actor"]) for one in noted]


def _put(connection: Connection, waiting: Sequence[Leaving]) -> None:
    noted = [{"ids": one.ids, "due": one.due.isoformat(), "actor": one.actor} for one in waiting]
    set_meta(connection, LEAVING, json.dumps(noted) if noted else "")
