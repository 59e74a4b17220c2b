"""Facts in DuckDB: what is true now, what used to be, and the user's words that each came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mem.errors import InputError, NotFound
from mem.records import Decision, Episode, Evidence, Fact, FactCandidate, SavedFact
from mem.redaction import mask
from mem.stores.changes import undone_changes
from mem.stores.database import Connection, Database, from_db, from_db_or_none, next_id, next_value, to_db
from mem.stores.events import change_id, log_event
from mem.stores.fact_states import in_the_way, quoted, read_state
from mem.stores.past_facts import find_place
from mem.stores.tombstones import buried_facts

Decide = Callable[[FactCandidate, Sequence[Fact], datetime], tuple[Decision, Fact | None]]
# Keeps, in the transaction of the save, a claim that only the user can decide about; with the fact that it is about.
Hold = Callable[[Connection, FactCandidate, Episode, Fact | None], None]
SELECT = """
select id, subject, predicate, value, cardinality, created_at, valid_at, invalid_at, expired_at, confidence, origin, pinned
from fact
"""
EVIDENCE = """
select v.fact, v.quote, v.episode, v.message, v.said_at, coalesce(e.turn, '')
from fact_evidence v left join episode e on e.id = v.episode
where list_contains(?, v.fact)
order by v.said_at, v.rowid
"""
# Of what was said before an episode the latest, where that is of here and now, and not brought in with a time of its own.
SAID_BEFORE = """
select max(v.said_at) from fact_evidence v join episode e on e.id = v.episode
where list_contains($1, v.fact) and e.seq < $2
and exists(select 1 from episode where id = $3 and happened_at = created_at)
"""
# The fact that took the place of an ended one after it, when it began, and the turn that told it.
SUCCESSOR = """
select coalesce(o.valid_at, v.said_at), coalesce(e.turn, '')
from fact f
join fact o on o.id <> f.id and lower(o.subject) = lower(f.subject) and o.predicate = f.predicate
    and ((o.cardinality = 'one' and f.cardinality = 'one') or lower(o.value) = lower(f.value))
    and o.expired_at is null and (o.seq > f.seq or o.invalid_at is null)
    and o.id not in (select item from event where action = 'past')
left join fact_evidence v on v.fact = o.id
left join episode e on e.id = v.episode
where f.id = ?
order by o.seq, v.said_at
limit 1
"""
ENDED = "select item, action, change from event where action in ('invalidate', 'correct') and list_contains(?, turn)"
CURRENT = "invalid_at is null and expired_at is null"
BELIEVED = "expired_at is null"  # true now, or once
CHANGES_OTHER = ("update", "invalidate", "correct")


class FactStore:
    """Subject, predicate, value; with the times it is true in the world and the times it is believed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._everything: list[Fact] = []
        self._read_at: tuple[object, ...] = ()

    def save(
        self,
        candidates: Sequence[FactCandidate],
        episode: Episode,
        *,
        work: int,
        decide: Decide,
        next_step: str = "",
        hold: Hold | None = None,
    ) -> list[SavedFact]:
        """Decides about each candidate against what is held true, and stores the outcome, in one transaction: one change.

        `decide` gets the candidate, the current facts of its subject, and when it was said. "past" is stored as true once,
        "correct" takes back what was never true; "review", and whatever would change a pinned fact, goes to `hold`, or
        nowhere. `work` leaves the writer's journal with it (or goes on as `next_step`); when it has left already, another
        process did it and nothing is saved. What was forgotten since the episode was entered is not learned again.
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
            told = self._telling(connection, episode, "writer")
            buried = buried_facts(connection, candidates, episode)
            fresh = [candidate for candidate, tombstone in zip(candidates, buried, strict=True) if not tombstone]
            saved = [self._save_one(told, candidate, decide, hold) for candidate in fresh]
        for tombstone in dict.fromkeys(filter(None, buried)):
            self._database.notify(
                f"not learned again: what {episode.id} says was forgotten since; to allow it: mem forget --lift {tombstone}"
            )
        return [outcome for outcome in saved if outcome is not None]

    def save_approved(
        self, connection: Connection, candidate: FactCandidate, episode: Episode, *, decide: Decide
    ) -> SavedFact | None:
        """Stores a claim that the user approved, in the caller's transaction; a pinned fact gives way to it."""
        told = self._telling(connection, episode, "user")
        decision, other = decide(candidate, _known(connection, candidate), episode.happened_at)
        if decision == "review":
            decision = "add" if other is None else "update"
        return self._store(told, decision, candidate, other)

    def edit(self, id: str, value: str) -> Fact:
        """The user's own value for a fact, which keeps its id; what it was stays in the log."""
        value = mask(value).text
        with self._database.write() as connection:
            before, fact = read_state(connection, id), _one(connection, id)
            if not value.strip():
                raise InputError(f"{id} needs a value; nothing was changed. To end it for good: mem forget {id}")
            connection.execute(
                "update fact set value = ?, origin = 'user_confirmed', confidence = 1.0 where id = ?", [value.strip(), id]
            )
            # What the user types here is their word for it; it belongs to the memory that the fact was read from.
            source = fact.evidence[-1] if fact.evidence else Evidence("", "", "", self._database.now())
            connection.execute(
                "insert into fact_evidence values (?, ?, ?, ?, ?)",
                [id, source.episode, change_id(connection), value.strip(), to_db(self._database.now())],
            )
            if other := in_the_way(connection, id):
                raise InputError(f"{other} says that already; nothing was changed")
            self._log(connection, "user", "edit", id, before)
            return _one(connection, id)

    def pin(self, id: str, *, on: bool = True) -> Fact:
        """From now on only the user changes or ends the fact; or, not `on`, the writer may again."""
        with self._database.write() as connection:
            before, fact = read_state(connection, id), _one(connection, id)
            if fact.pinned != on:
                connection.execute("update fact set pinned = ? where id = ?", [on, id])
                self._log(connection, "user", "pin" if on else "unpin", id, before)
            return replace(fact, pinned=on)

    def current(self) -> list[Fact]:
        """What is held true now, oldest first."""
        return self._facts(f"where {CURRENT} order by seq")

    def as_of(self, moment: datetime) -> list[Fact]:
        """What was true in the world at `moment`, as far as is known now; oldest first."""
        return [fact for fact in self.all() if fact.held_at(moment)]

    def all(self) -> list[Fact]:
        """Everything ever held true and not forgotten, oldest first; read once until something is written."""
        with self._database.glance() as glance:
            if glance.token != self._read_at:
                self._everything = read_facts(glance.connection, "order by seq", [])
                self._read_at = glance.token
            return list(self._everything)

    def get(self, id: str) -> Fact:
        """One fact with its evidence, or NotFound."""
        with self._database.read() as connection:
            return _one(connection, id)

    def of_episodes(self, episodes: Sequence[str]) -> list[Fact]:
        """Facts that any of the episodes is evidence for."""
        clause = "where id in (select fact from fact_evidence where list_contains(?, episode)) order by seq"
        return self._facts(clause, [list(episodes)])

    def _facts(self, clause: str, parameters: Sequence[Any] = ()) -> list[Fact]:
        with self._database.read() as connection:
            return read_facts(connection, clause, parameters)

    def _telling(self, connection: Connection, episode: Episode, actor: str) -> _Telling:
        row = connection.execute("select id from message where turn = ? and role = 'user'", [episode.turn]).fetchone()
        return _Telling(connection, episode, row[0] if row else "", actor)

    def _save_one(self, told: _Telling, candidate: FactCandidate, decide: Decide, hold: Hold | None) -> SavedFact | None:
        known = _known(told.connection, candidate)
        decision, other = decide(candidate, known, _said_at(told, known))
        if other is not None and other.pinned and decision in CHANGES_OTHER:
            decision = "review"
        if decision != "review":
            return self._store(told, decision, candidate, other)
        if hold is not None:
            hold(told.connection, candidate, told.episode, other)
        return None

    def _store(
        self, told: _Telling, decision: Decision, candidate: FactCandidate, other: Fact | None
    ) -> SavedFact | None:
        if decision == "none":
            return self._heard_again(told, candidate, other) if other is not None else None
        if decision == "past":
            return self._store_past(told, candidate)
        if other is not None:
            ended_at = candidate.invalid_at if decision == "invalidate" else candidate.valid_at
            self._end(told, other, ended_at or candidate.valid_at or told.episode.happened_at, correct=decision == "correct")
        if candidate.retracted and other is not None:
            return SavedFact(decision, _one(told.connection, other.id))
        if decision == "correct" and other is not None:
            candidate = replace(candidate, valid_at=candidate.valid_at or other.valid_at)
        return SavedFact(decision, self._insert(told, candidate, decision), other)

    def _store_past(self, told: _Telling, candidate: FactCandidate) -> SavedFact:
        """A fact that was true once: between those before and after it in its slot, as far as they are known."""
        known = [fact for fact in _known(told.connection, candidate, BELIEVED) if fact.predicate == candidate.predicate]
        place = find_place(candidate, known, told.episode.happened_at)
        if place.same is not None:
            return self._heard_again(told, candidate, place.same)
        if place.before is not None:
            self._end(told, place.before, place.start or told.episode.happened_at)
        candidate = replace(candidate, valid_at=place.start, invalid_at=place.end)
        return SavedFact("past", self._insert(told, candidate, "past"))

    def _heard_again(self, told: _Telling, candidate: FactCandidate, fact: Fact) -> SavedFact:
        before = read_state(told.connection, fact.id)
        self._add_evidence(told, fact.id, candidate)
        if read_state(told.connection, fact.id) != before:
            self._log(told.connection, told.actor, "evidence", fact.id, before, turn=told.episode.turn)
        return SavedFact("none", fact)

    def _end(self, told: _Telling, fact: Fact, ended_at: datetime, *, correct: bool = False) -> None:
        """No longer true from `ended_at` on; where it is `correct`ed, no longer believed ever to have been."""
        before = read_state(told.connection, fact.id)
        column, moment = ("expired_at", self._database.now()) if correct else ("invalid_at", ended_at)
        told.connection.execute(f"update fact set {column} = ? where id = ?", [to_db(moment), fact.id])
        action = "correct" if correct else "invalidate"
        self._log(told.connection, told.actor, action, fact.id, before, turn=told.episode.turn)

    def _insert(self, told: _Telling, candidate: FactCandidate, action: str) -> Fact:
        id = next_id(told.connection, "f")
        told.connection.execute(
            "insert into fact (id, seq, subject, predicate, value, cardinality, valid_at, invalid_at, created_at, confidence, "
            "origin) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                id, next_value(told.connection, "seq"), candidate.subject, candidate.predicate, mask(candidate.value).text,
                candidate.cardinality, to_db(candidate.valid_at), to_db(candidate.invalid_at), to_db(self._database.now()),
                1.0 if candidate.found_by == "pattern" else 0.9, told.episode.origin,
            ],
        )  # fmt: skip
        self._add_evidence(told, id, candidate)
        self._log(told.connection, told.actor, action, id, None, turn=told.episode.turn)
        return _one(told.connection, id)

    @staticmethod
    def _add_evidence(told: _Telling, fact: str, candidate: FactCandidate) -> None:
        # The same words are one piece of evidence, also when a killed run is done again.
        told.connection.execute(
            "insert into fact_evidence select $1, $2, $3, $4, $5 "
            "where not exists (select 1 from fact_evidence where fact = $1 and episode = $2 and quote = $4)",
            [fact, told.episode.id, told.message, mask(candidate.quote).text, to_db(told.episode.happened_at)],
        )

    def _log(
        self, connection: Connection, actor: str, action: str, id: str, before: str | None, *, turn: str = ""
    ) -> None:
        """One event: the fact was `before`, and is what it is now."""
        after = read_state(connection, id)
        log_event(
            connection, self._database.now(), actor, action, id,
            turn=turn, before=before, after=after, episodes=quoted(before, after),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Telling:
    """The words that facts are being read from, and the transaction in which that is written."""

    connection: Connection
    episode: Episode
    message: str
    actor: str


def _said_at(told: _Telling, known: Sequence[Fact]) -> datetime:
    """When it was said. What was said here and now comes after all that was said before it, though the clock was put back."""
    said_at = told.episode.happened_at
    if all(evidence.said_at <= said_at for fact in known for evidence in fact.evidence):
        return said_at
    parameters = [[fact.id for fact in known], told.episode.seq, told.episode.id]
    row = told.connection.execute(SAID_BEFORE, parameters).fetchone()
    return max(said_at, from_db(row[0])) if row and row[0] else said_at


def _known(connection: Connection, candidate: FactCandidate, which: str = CURRENT) -> list[Fact]:
    names = [name.lower() for name in (candidate.subject, *candidate.aliases)]
    return read_facts(connection, f"where {which} and list_contains(?, lower(subject)) order by seq", [names])


def _one(connection: Connection, id: str) -> Fact:
    if found := read_facts(connection, "where id = ?", [id]):
        return found[0]
    raise NotFound(f"there is no fact {id[:40]!r}; see them with: mem inspect facts")


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
    ended, gone = connection.execute(ENDED, [list(turns)]).fetchall(), undone_changes(connection)
    for id, action in [(id, action) for id, action, change in ended if change not in gone]:
        column = "expired_at" if action == "correct" else "invalid_at"
        successor = connection.execute(SUCCESSOR, [id]).fetchone() if action == "invalidate" else None
        if successor:
            connection.execute("update fact set invalid_at = coalesce(?, invalid_at) where id = ?", [successor[0], id])
            connection.execute("update event set turn = ? where action = 'invalidate' and item = ?", [successor[1], id])
        else:
            connection.execute(f"update fact set {column} = null where id = ?", [id])
            connection.execute("delete from event where action = ? and item = ?", [action, id])


def _fact(row: Sequence[Any], evidence: tuple[Evidence, ...]) -> Fact:
    id, subject, predicate, value, cardinality, created_at, valid_at, invalid_at, expired_at, confidence, origin, pinned = row
    return Fact(
        id, subject, predicate, value, cardinality, from_db(created_at), from_db_or_none(valid_at), from_db_or_none(invalid_at),
        from_db_or_none(expired_at), confidence, origin, evidence, bool(pinned),
    )  # fmt: skip
