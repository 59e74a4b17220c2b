"""What the user said about answers: good or bad. An answer of known worth makes a probe of `mem eval self`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mem.errors import NotFound
from mem.redaction import mask
from mem.stores.database import Connection, Database, from_db, to_db
from mem.stores.probes import Probe, insert_probe

Worth = Literal["good", "bad"]
RECENT = """
select v.turn, v.verdict, v.note, v.happened_at, coalesce(r.query, ''), coalesce(p.id, ''), coalesce(p.expected, [])
from verdict v left join retrieval r on r.id = v.retrieval left join probe p on p.turn = v.turn and p.origin <> 'self'
where v.happened_at >= coalesce(?, v.happened_at)
order by v.happened_at desc, v.turn
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The user's last word on the answer to a turn. `probe`: the id of what was made of it, with the memories expected."""

    turn: str
    verdict: Worth
    note: str
    at: datetime
    question: str = ""
    probe: str = ""
    expected: tuple[str, ...] = ()


class VerdictStore:
    """Verdicts, one a turn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, turn: str, verdict: Worth, *, note: str = "", right: Sequence[str] = ()) -> Verdict:
        """Keeps a verdict in the place of an earlier one on the same turn. NotFound where there is no answer to judge.

        A good answer makes a probe: its question, and what was in the prompt. A bad one does where `right` names what
        would have answered it.
        """
        now, note = self._database.now(), mask(note).text
        with self._database.write() as connection:
            retrieval, question = _answered(connection, turn)
            _check_known(connection, right)
            connection.execute(
                "insert or replace into verdict values (?, ?, ?, ?, ?)", [turn, retrieval, verdict, note, to_db(now)]
            )
            connection.execute("delete from probe where turn = ?", [turn])
            items = list(right) or (_injected(connection, retrieval) if verdict == "good" else [])
            expected = tuple(_with_sources(connection, items))
            probe = insert_probe(connection, Probe(question, expected, verdict, turn), now) if expected else ""
        return Verdict(turn, verdict, note, now, question, probe, expected)

    def recent(self, *, since: datetime | None = None) -> list[Verdict]:
        """The newest verdicts first."""
        with self._database.read() as connection:
            rows = connection.execute(RECENT, [to_db(since)]).fetchall()
        return [
            Verdict(turn, verdict, note, from_db(at), question, probe, tuple(expected))
            for turn, verdict, note, at, question, probe, expected in rows
        ]


def _answered(connection: Connection, turn: str) -> tuple[str, str]:
    """The search that an answer was made from: its id and its text."""
    row = connection.execute(
        "select r.id, r.query from retrieval r where r.turn = $1 and exists("
        "select 1 from message where turn = $1 and role = 'assistant' and text <> '') order by r.seq desc limit 1",
        [turn],
    ).fetchone()
    if row is None:
        raise NotFound("there is no answer here to judge; ask something first")
    return str(row[0]), str(row[1])


def _check_known(connection: Connection, items: Sequence[str]) -> None:
    known = "select id from (select id from episode union all select id from fact) where list_contains(?, id)"
    missing = set(items) - {id for (id,) in connection.execute(known, [list(items)]).fetchall()}
    if missing:
        raise NotFound(f"there is no memory {min(missing)[:40]!r}; nothing was noted: find the right one with: mem recall")


def _injected(connection: Connection, retrieval: str) -> list[str]:
    """What was in the prompt and is still there."""
    rows = connection.execute(
        "select item from retrieval_hit where retrieval = ? and injected "
        "and item in (select id from episode union all select id from fact) order by place",
        [retrieval],
    ).fetchall()
    return [str(item) for (item,) in rows]


def _with_sources(connection: Connection, items: Sequence[str]) -> list[str]:
    """The items, and the episodes that facts among them were read from: either answers."""
    sources = connection.execute("select episode from fact_evidence where list_contains(?, fact) order by rowid", [list(items)])
    return list(dict.fromkeys([*items, *(str(episode) for (episode,) in sources.fetchall())]))
