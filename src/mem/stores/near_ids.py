"""Ids that look like one that is not there: what a person may have meant."""

from __future__ import annotations

from mem.stores.database import Database

# By the letter that an id begins with: what there is of that kind.
KNOWN = {
    "s": "select id from session",
    "t": "select distinct turn as id from message",
    "m": "select id from message",
    "e": "select id from episode",
    "f": "select id from fact",
    "r": "select id from retrieval",
    "c": "select distinct change as id from event",
    "w": "select id from review",
    "x": "select id from tombstone",
}
NEAREST = """
select id from ({known}) where regexp_full_match(id, '[a-z][0-9]+') and id <> $1
order by damerau_levenshtein(id, $1), abs(cast(id[2:] as hugeint) - cast($1[2:] as hugeint))
limit $2
"""


def near_ids(database: Database, id: str, *, limit: int = 2) -> list[str]:
    """The ids of the same kind that are most like `id`: a digit changed or two of them exchanged, else the nearest number."""
    if id[0] not in KNOWN:
        return []
    with database.read() as connection:
        rows = connection.execute(NEAREST.format(known=KNOWN[id[0]]), [id, limit]).fetchall()
    return [str(row[0]) for row in rows]
