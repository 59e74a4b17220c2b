"""In which turns a memory stood in the prompt: the ledger of searches, read the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mem.stores.database import Database, from_db

USES = """
select r.turn, max(r.created_at), arg_max(r.query, r.seq), count(*) over ()
from retrieval r join retrieval_hit h on h.retrieval = r.id
where r.turn <> '' and h.item = ? and h.injected
group by r.turn
order by max(r.seq) desc
limit ?
"""


@dataclass(frozen=True, slots=True)
class Use:
    """A turn in whose prompt a memory stood, and what was asked in it."""

    turn: str
    at: datetime
    question: str


@dataclass(frozen=True, slots=True)
class Uses:
    """The newest turns first, and how many there are in all."""

    total: int = 0
    newest: tuple[Use, ...] = ()


def read_uses(database: Database, item: str, *, limit: int) -> Uses:
    """Where a memory or a fact was used; a turn that was asked again counts once."""
    with database.read() as connection:
        rows = connection.execute(USES, [item, limit]).fetchall()
    uses = tuple(Use(turn, from_db(at), question) for turn, at, question, _ in rows)
    return Uses(int(rows[0][3]) if rows else 0, uses)
