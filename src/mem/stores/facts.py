"""Facts in DuckDB: what is true now, what used to be, and the user's words that each came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from mem.errors import NotFound
from mem.records import Decision, Episode, Evidence, Fact, FactCandidate, SavedFact, to_json
from mem.stores.database import Connection, Database, from_db, from_db_or_none, log_event, next_id, next_value, to_db

Decide = Callable[[FactCandidate, Sequence[Fact], datetime], tuple[Decision, Fact | None]]
SELECT = """
select id, subject, predicate, value, cardinality, created_at, valid_at, invalid_at, expired_at, confidence, origin
from fact
"""
EVIDENCE = """
select v.fact, v.quote, v.episode, v.message, v.said_at, coalesce(e.turn, '')
from fact_evidence v left join episode e on e.id = v.episode
where list_contains(?, v.fact)
order by v.said_at, v.rowid
"""
# The fact that took the place of an ended one after it, when it began, and the turn that told it.
SUCCESSOR = """
select coalesce(o.valid_at, v.said_at), coalesce(e.turn, '')
from fact f
join fact o on o.id <> f.id and lower(o.subject) = lower(f.subject) and o.predicate = f.predicate
    and ((o.cardinality = 'one' and f.cardinality = 'one') or lower(o.value) = lower(f.value))
    and (o.seq > f.seq or (o.invalid_at is null and o.expired_at is null))
left join fact_evidence v on v.fact = o.id
left join episode e on e.id = v.episode
where f.id = ?
order by o.seq, v.said_at
limit 1
"""
CURRENT = "invalid_at is null and expired_at is null"


class FactStore:
    """Subject, predicate, value; with the times it is true in the world and the times it is believed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._everything: list[Fact] = []
        self._read_at: tuple[object, ...] = ()

    def save(
        self, candidates: Sequence[FactCandidate], episode: Episode, *, work: int, decide: Decide, next_step: str = ""
    ) -> list[SavedFact]:
        """Decides about each candidate against what is held true, and stores the outcome, in one transaction.

        `decide` gets the candidate, the current facts of its subject, and when it was said. `work` leaves the writer's
        journal with it (or goes on as `next_step`); when it has left already, another process did it and nothing is saved.
        """
        with self._database.write() as connection:
            taken = connection.execute("delete from pending where id = ? returning turn", [work]).fetchone()
            if taken is None:
                return []
            if next_step:
                connection.execute(
                    "insert into pending values (?, ?, ?, 0, '', ?)",
                    [next_value(connection, "p"), episode.turn, next_step, to_db(self._database.now())],
                )
            row = connection.execute("select id from message where turn = ? and role = 'user'", [episode.turn]).fetchone()
            message = row[0] if row else ""
            saved = [self._save_one(connection, candidate, episode, message, decide) for candidate in candidates]
        return [outcome for outcome in saved if outcome is not None]

    def current(self) -> list[Fact]:
        """What is held true now, oldest first."""
        return self._facts(f"where {CURRENT} order by seq")

    def all(self) -> list[Fact]:
        """Everything ever held true and not forgotten, oldest first; read once until something is written."""
        with self._database.glance() as glance:
            if glance.token != self._read_at:
                self._everything = read_facts(glance.connection, "order by seq", [])
                self._read_at = glance.token
            return list(self._everything)

    def get(self, id: str) -> Fact:
        """One fact with its evidence, or NotFound."""
        if found := self._facts("where id = ?", [id]):
            return found[0]
        raise NotFound(f"there is no fact {id[:40]!r}; see them with: mem inspect facts")

    def of_episodes(self, episodes: Sequence[str]) -> list[Fact]:
        """Facts that any of the episodes is evidence for."""
        clause = "where id in (select fact from fact_evidence where list_contains(?, episode)) order by seq"
        return self._facts(clause, [list(episodes)])

    def _facts(self, clause: str, parameters: Sequence[Any] = ()) -> list[Fact]:
        with self._database.read() as connection:
            return read_facts(connection, clause, parameters)

    def _save_one(
        self, connection: Connection, candidate: FactCandidate, episode: Episode, message: str, decide: Decide
    ) -> SavedFact | None:
        now = self._database.now()
        known = read_facts(connection, f"where {CURRENT} and lower(subject) = lower(?) order by seq", [candidate.subject])
        decision, other = decide(candidate, known, episode.happened_at)
        if decision == "none":
            if other is not None:
                self._add_evidence(connection, other.id, candidate, episode, message)
                return SavedFact("none", other)
            return None
        if other is not None:
            invalid_at = candidate.valid_at or episode.happened_at
            connection.execute("update fact set invalid_at = ? where id = ?", [to_db(invalid_at), other.id])
            log_event(connection, now, "writer", "invalidate", other.id, turn=episode.turn, before=_json(other))
        if decision == "invalidate":
            assert other is not None
            return SavedFact("invalidate", read_facts(connection, "where id = ?", [other.id])[0])
        fact = self._insert(connection, candidate, episode, message, now)
        log_event(connection, now, "writer", decision, fact.id, turn=episode.turn, after=_json(fact))
        return SavedFact(decision, fact, other)

    def _insert(
        self, connection: Connection, candidate: FactCandidate, episode: Episode, message: str, now: datetime
    ) -> Fact:
        id = next_id(connection, "f")
        connection.execute(
            "insert into fact values (?, ?, ?, ?, ?, ?, ?, null, ?, null, ?, ?)",
            [
                id, next_value(connection, "seq"), candidate.subject, candidate.predicate, candidate.value,
                candidate.cardinality, to_db(candidate.valid_at), to_db(now),
                1.0 if candidate.found_by == "pattern" else 0.9, episode.origin,
            ],
        )  # fmt: skip
        self._add_evidence(connection, id, candidate, episode, message)
        return read_facts(connection, "where id = ?", [id])[0]

    @staticmethod
    def _add_evidence(
        connection: Connection, fact: str, candidate: FactCandidate, episode: Episode, message: str
    ) -> None:
        # The same words are one piece of evidence, also when a killed run is done again.
        connection.execute(
            "delete from fact_evidence where fact = ? and episode = ? and quote = ?", [fact, episode.id, candidate.quote]
        )
        connection.execute(
            "insert into fact_evidence values (?, ?, ?, ?, ?)",
            [fact, episode.id, message, candidate.quote, to_db(episode.happened_at)],
        )


def read_facts(connection: Connection, clause: str, parameters: Sequence[Any] = ()) -> list[Fact]:
    """Facts selected by a constant clause with bound parameters, each with its evidence."""
    rows = connection.execute(SELECT + clause, list(parameters)).fetchall()
    evidence: dict[str, list[Evidence]] = {}
    for fact, quote, episode, message, said_at, turn in connection.execute(
        EVIDENCE,
        [[row[0] for row in rows]],
    ).fetchall():
        evidence.setdefault(fact, []).append(Evidence(quote, episode, message, from_db(said_at), turn))
    return [_fact(row, tuple(evidence.get(row[0], ()))) for row in rows]


def restore_ended(connection: Connection, turns: Sequence[str]) -> None:
    """Facts that one of these forgotten turns ended hold again, unless another has their place: then that one ended them."""
    ended = connection.execute("select item from event where action = 'invalidate' and list_contains(?, turn)", [list(turns)])
    for (id,) in ended.fetchall():
        successor = connection.execute(SUCCESSOR, [id]).fetchone()
        if successor:
            connection.execute("update fact set invalid_at = coalesce(?, invalid_at) where id = ?", [successor[0], id])
            connection.execute("update event set turn = ? where action = 'invalidate' and item = ?", [successor[1], id])
        else:
            connection.execute("update fact set invalid_at = null where id = ?", [id])
            connection.execute("delete from event where action = 'invalidate' and item = ?", [id])


def _fact(row: Sequence[Any], evidence: tuple[Evidence, ...]) -> Fact:
    id, subject, predicate, value, cardinality, created_at, valid_at, invalid_at, expired_at, confidence, origin = row
    return Fact(
        id, subject, predicate, value, cardinality, from_db(created_at), from_db_or_none(valid_at), from_db_or_none(invalid_at),
        from_db_or_none(expired_at), confidence, origin, evidence,
    )  # fmt: skip


def _json(fact: Fact) -> str:
    return json.dumps(to_json(fact), ensure_ascii=False)
