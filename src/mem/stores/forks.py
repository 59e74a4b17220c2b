"""Sessions that begin with what was said in another: they hold the ids of its messages, never a copy of a word."""

from __future__ import annotations

from mem.records import Session
from mem.stores.database import Database, next_id, next_value, to_db

BEGIN_WITH = """
insert into forked
select $1, id, session from message
where session = $2 or id in (select message from forked where session = $2)
order by seq
"""
SET_ASIDE = "delete from forked where session = $1 and message in (select id from message where turn = $2)"


def fork(database: Database, session: Session) -> str:
    """A new session that begins with all that was said in `session` so far; its id."""
    with database.write() as connection:
        id = next_id(connection, "s")
        # Its title has no words of the other, which may be forgotten: who reads it puts the other's title there.
        connection.execute(
            "insert into session (id, seq, title, started_at) values (?, ?, ?, ?)",
            [id, next_value(connection, "seq"), f"fork of {session.id}", to_db(database.now())],
        )
        connection.execute(BEGIN_WITH, [id, session.id])
    return id
