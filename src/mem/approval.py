"""The user's yes or no to what waits. Only a person comes here, from the command line: no tool of a model leads to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mem.deciding import decide
from mem.errors import InputError
from mem.fact_table import cardinality
from mem.records import FactCandidate, SavedFact
from mem.stores.database import Database
from mem.stores.episode_rows import EpisodeRows
from mem.stores.facts import FactStore
from mem.stores.reviews import Review, ReviewStore, take_out


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a yes. `saved` is None where it changes nothing: something else was said since."""

    review: Review
    saved: SavedFact | None


class Approval:
    """What waits becomes a fact of the user's own, or nothing."""

    def __init__(self, database: Database, reviews: ReviewStore, facts: FactStore, rows: EpisodeRows) -> None:
        self._database = database
        self._reviews = reviews
        self._facts = facts
        self._rows = rows

    def waiting(self) -> list[Review]:
        """What the user is asked about, oldest first."""
        return self._reviews.waiting()

    def all(self) -> list[Review]:
        """Also what was rejected, which can still be accepted."""
        return self._reviews.all()

    def count(self) -> int:
        """How many wait."""
        return self._reviews.count()

    def get(self, id: str) -> Review:
        """One that waits or was rejected, or NotFound."""
        return self._reviews.get(id)

    def accept(self, id: str, *, edited: FactCandidate | None = None) -> Accepted:
        """Saves it as the user's own word, in their own version where they `edited` it."""
        review = self._reviews.get(id)
        episode = replace(self._rows.get(review.episode), origin="user_confirmed")
        with self._database.write() as connection:
            if not take_out(connection, id, self._database.now(), review.episode):
                return Accepted(review, None)  # another process was first
            candidate = edited or review.candidate
            return Accepted(review, self._facts.save_approved(connection, candidate, episode, decide=decide))

    def reject(self, id: str) -> Review:
        """It becomes no fact, and is not asked again for the same words."""
        return self._reviews.reject(id)

    @staticmethod
    def rewritten(review: Review, *, subject: str, predicate: str, value: str) -> FactCandidate:
        """The claim as the user rewrote it, on the same words of theirs; InputError where something is missing."""
        subject, predicate, value = (" ".join(part.split()) for part in (subject, predicate, value))
        if not (subject and predicate and value):
            raise InputError("a fact needs a subject, a predicate and a value; nothing was changed")
        kept = review.candidate.cardinality if predicate == review.candidate.predicate else cardinality(predicate)
        return replace(review.candidate, subject=subject, predicate=predicate, value=value, cardinality=kept)
