"""Claims that wait for the user's yes: read in a text, but not saved as facts by themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mem.errors import NotFound
from mem.records import Fact, FactCandidate, to_json
from mem.stores.database import Connection, Database, from_db, next_id, next_value, to_db
from mem.stores.events import log_event
from mem.stores.row_images import as_text, insert_rows, read_rows
from mem.text import fold

TIMES = ("valid_at", "invalid_at")
SELECT = "select id, candidate, reason, episode, state, created_at from review "
# What was read in a memory that an undo took back is nowhere, until that is undone.
THERE = "episode in (select id from episode)"
WAITING = f"state = 'waiting' and {THERE}"
# The same claim waits once, however often it is told; one that was rejected is not asked again for the same words.
KNOWN = f"select 1 from review where claim = ? and (({WAITING}) or (state = 'rejected' and quote = ?))"


@dataclass(frozen=True, slots=True)
class Review:
    """A claim that waits, or that was rejected, with the words it was read in and why it was not saved at once."""

    id: str
    candidate: FactCandidate
    reason: str
    episode: str
    state: Literal["waiting", "rejected"]
    created_at: datetime

    @property
    def sentence(self) -> str:
        """What would be remembered, as it is said to the user."""
        claim = self.candidate
        said = Fact("", claim.subject, claim.predicate, claim.value, claim.cardinality, self.created_at).sentence
        return f"no longer true: {said}" if claim.retracted else said


class ReviewStore:
    """What waits, and what was rejected. What is accepted becomes a fact and leaves; see `mem.approval`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> list[Review]:
        """What the user is asked about, oldest first."""
        return self._reviews(f"where {WAITING} order by seq")

    def all(self) -> list[Review]:
        """Also what was rejected."""
        return self._reviews(f"where {THERE} order by seq")

    def count(self) -> int:
        """How many wait."""
        with self._database.read() as connection:
            row = connection.execute(f"select count(*) from review where {WAITING}").fetchone()
        return int(row[0]) if row else 0

    def get(self, id: str) -> Review:
        """One that waits or was rejected, or NotFound."""
        if found := self._reviews(f"where id = ? and {THERE}", [id]):
            return found[0]
        raise NotFound(f"nothing named {id[:40]!r} waits for review; see what does with: mem review")

    def reject(self, id: str) -> Review:
        """It becomes no fact, and is not asked again for the same words."""
        review = self.get(id)
        with self._database.write() as connection:
            before = read_review(connection, id)
            connection.execute("update review set state = 'rejected' where id = ?", [id])
            after = read_review(connection, id)
            log_event(
                connection, self._database.now(), "user", "reject", id, before=before, after=after, episodes=[review.episode]
            )
        return review

    def _reviews(self, clause: str, parameters: Sequence[Any] = ()) -> list[Review]:
        with self._database.read() as connection:
            rows = connection.execute(SELECT + clause, list(parameters)).fetchall()
        return [
            Review(id, _candidate(candidate), reason, episode, state, from_db(at))
            for id, candidate, reason, episode, state, at in rows
        ]


def enter(connection: Connection, candidate: FactCandidate, reason: str, episode: str, now: datetime) -> str:
    """Puts a claim before the user, in the transaction of the save that left it out; its id, "" where they know it already."""
    claim, quote = _claim(candidate), fold(candidate.quote)
    if connection.execute(KNOWN, [claim, quote]).fetchone():
        return ""
    id = next_id(connection, "w")
    connection.execute(
        "insert into review values (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)",
        [id, next_value(connection, "seq"), claim, quote, json.dumps(to_json(candidate)), reason, episode, to_db(now)],
    )
    return id


def take_out(connection: Connection, id: str, now: datetime, episode: str) -> bool:
    """Removes what the user said yes to, in the transaction in which it becomes a fact; False where it is gone already."""
    before = read_review(connection, id)
    if before is not None:
        connection.execute("delete from review where id = ?", [id])
        log_event(connection, now, "user", "accept", id, before=before, episodes=[episode])
    return before is not None


def read_review(connection: Connection, id: str) -> str | None:
    """The state of one for the log of changes."""
    rows = read_rows(connection, "review", "id = ?", [id])
    return as_text(rows[0]) if rows else None


def put_review(connection: Connection, id: str, state: str | None) -> None:
    """Makes it what the log says it was."""
    connection.execute("delete from review where id = ?", [id])
    if state is not None:
        insert_rows(connection, "review", [json.loads(state)])


def _claim(candidate: FactCandidate) -> str:
    ended = "no longer" if candidate.retracted else ""
    return " | ".join(fold(part) for part in (candidate.subject, candidate.predicate, candidate.value, ended))


def _candidate(text: str) -> FactCandidate:
    written = json.loads(text)
    times = {name: datetime.fromisoformat(written[name]) for name in TIMES if written.get(name)}
    return FactCandidate(**{**written, **times, "aliases": tuple(written.get("aliases", ()))})
