"""Rows that point nowhere, and counters that lag behind: what no use of mem leaves, and only damage or a bug can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mem.stores.database import Connection, next_value
from mem.stores.summaries import bring_back

# An undo of that undo brings a memory back that an undo took, and then its questions are asked again.
GONE_FOR_GOOD = (
    "episode not in (select id from episode) "
    "and episode not in (select item from event where action = 'undo' and before is not null and after is null)"
)
# What is told of it, which rows, and the statements that mend it. What the user said is never removed.
DANGLING = (
    (
        "{} messages of a session that is not there",
        "select session from message where session not in (select id from session) and origin <> 'imported'",
        "insert into session (id, seq, title, started_at) "
        "select session, min(seq), '(recovered)', min(created_at) from message "
        "where session not in (select id from session) and origin <> 'imported' group by session",
    ),
    (
        "{} quotes of a fact or a memory that is not there",
        "select fact from fact_evidence where fact not in (select id from fact) or episode not in (select id from episode)",
        "delete from fact_evidence where fact not in (select id from fact) or episode not in (select id from episode)",
    ),
    (
        "{} hits of a search that is not there",
        "select item from retrieval_hit where retrieval not in (select id from retrieval)",
        "delete from retrieval_hit where retrieval not in (select id from retrieval)",
    ),
    (
        "{} pieces of the writer's work on a turn that is not there",
        "select turn from pending where turn not in (select turn from message union all select turn from episode)",
        "delete from pending where turn not in (select turn from message union all select turn from episode)",
    ),
    (
        "{} questions about a memory that is not there",
        f"select id from review where {GONE_FOR_GOOD}",
        f"delete from review where {GONE_FOR_GOOD}",
    ),
    (
        "{} entries of the archive for a memory that is not there",
        "select episode from archived where episode not in (select id from episode)",
        "delete from archived where episode not in (select id from episode)",
    ),
)
SILENT = "select id from episode where kind = 'turn' and turn not in (select turn from message)"
HIDDEN = (
    "select episode from archived where stands_in not in (select id from episode) and episode in (select id from episode)"
)
# The numbers that each counter has given away: a new one must be higher than all of them.
NUMBERS = {
    "m": "select id from message",
    "e": "select id from episode",
    "f": "select id from fact",
    "s": "select id from session",
    "t": "select turn from message",
    "r": "select id from retrieval",
    "q": "select id from probe",
    "w": "select id from review",
    "x": "select id from tombstone",
    "seq": " union all ".join(
        f"select seq::varchar from {table}" for table in ("message", "episode", "fact", "event", "retrieval")
    ),
}


@dataclass(frozen=True, slots=True)
class Orphans:
    """What is not as it should be, each in a few words."""

    told: tuple[str, ...]


def find_orphans(connection: Connection) -> Orphans:
    """Changes nothing."""
    told = [what.format(count) for what, rows, _ in DANGLING if (count := _count(connection, rows))]
    if count := _count(connection, SILENT):
        told.append(f"{count} turns without what was said in them")
    if count := _count(connection, HIDDEN):
        told.append(f"{count} memories archived for a summary that is not there")
    told += [f"the counter of {kind} is behind: its numbers would be given away again" for kind, _ in _behind(connection)]
    return Orphans(tuple(told))


def mend_orphans(connection: Connection) -> Orphans:
    """Mends all of it; what that was."""
    found = find_orphans(connection)
    for kind, value in _behind(connection):
        connection.execute("update counter set value = ? where kind = ?", [value, kind])
    for _, rows, mend in DANGLING:
        if _count(connection, rows):
            connection.execute(mend)
    for (id,) in connection.execute(SILENT).fetchall():
        _say_again(connection, id)
    if hidden := [episode for (episode,) in connection.execute(HIDDEN).fetchall()]:
        bring_back(connection, hidden)
    return found


def _say_again(connection: Connection, episode: str) -> None:
    """The message of a turn, from what the memory of it says."""
    number, seq = next_value(connection, "m"), next_value(connection, "seq")
    connection.execute(
        "insert into message (id, seq, session, turn, role, text, created_at, origin) "
        "select ?, ?, session, turn, 'user', text, created_at, origin from episode where id = ?",
        [f"m{number}", seq, episode],
    )
    connection.execute("update episode set messages = [?] where id = ?", [f"m{number}", episode])


def _behind(connection: Connection) -> list[tuple[str, int]]:
    """The counters that are lower than a number in use, with that number."""
    values = dict(connection.execute("select kind, value from counter").fetchall())
    found = []
    for kind, numbers in NUMBERS.items():
        row = connection.execute(
            f"select max(try_cast(regexp_replace(id, '^[a-z]', '') as bigint)) from ({numbers}) as given(id)"
        ).fetchone()
        if row and row[0] is not None and row[0] > values.get(kind, 0):
            found.append((kind, int(row[0])))
    return found


def _count(connection: Connection, rows: str, parameters: Sequence[object] = ()) -> int:
    row = connection.execute(f"select count(*) from ({rows})", list(parameters)).fetchone()
    return int(row[0]) if row else 0
