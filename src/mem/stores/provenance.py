"""Whose words a row is, and the least trust of all that it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mem.errors import NotFound
from mem.stores.database import Database

Trust = Literal[0, 1, 2, 3]
CONFIRMED: Trust = 3
USERS_OWN: Trust = 2  # from here on a text may enter core memory or become a fact unasked


@dataclass(frozen=True, slots=True)
class Provenance:
    """`origin` of the row itself; `trust`: 3 confirmed by the user, 2 said by them, 1 by the assistant, 0 by anybody else."""

    item: str
    origin: str
    trust: Trust

    @property
    def whose(self) -> str:
        """That in words."""
        if self.trust >= USERS_OWN:
            return "confirmed by you" if self.trust == CONFIRMED else "your own words"
        return "words of the assistant" if self.trust else f"not your words ({self.origin.replace('_', ' ')})"


def read_provenance(database: Database, item: str) -> Provenance:
    """Of a message, an episode, a fact, `core:LABEL` or `summary:SESSION`; NotFound where there is none."""
    with database.read() as connection:
        row = connection.execute("select item, origin, trust from provenance where item = ?", [item]).fetchone()
    if row is None:
        raise NotFound(f"there is no memory {item[:40]!r}; find it with: mem recall")
    return Provenance(*row)
