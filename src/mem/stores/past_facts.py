"""Where something that was true once ("in 2019 I lived in Rome") stands among what is known of its slot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mem.records import Fact, FactCandidate
from mem.text import fold


@dataclass(frozen=True, slots=True)
class Place:
    """From when to when it was true; `before` is the fact that it ends, `same` the one that says so already."""

    start: datetime | None
    end: datetime
    before: Fact | None = None
    same: Fact | None = None


def find_place(candidate: FactCandidate, known: Sequence[Fact], said_at: datetime) -> Place:
    """The place of a past claim among the facts of its slot, ended ones too.

    It ends where that is told, else where the next known value begins, else with the year, month or day that it names. What
    holds now is never ended by it.
    """
    start = candidate.valid_at
    same = next((fact for fact in known if fold(fact.value) == fold(candidate.value) and _covers(fact, start)), None)
    rivals = [fact for fact in known if fact.cardinality == candidate.cardinality == "one"]
    if start is None:
        begun = [fact.valid_at for fact in rivals if fact.current and fact.valid_at is not None]
        since = [fact.began_at for fact in rivals if fact.began_at > said_at]  # it is read late: these were said after it
        return Place(None, candidate.invalid_at or min(since or [said_at, *begun]), same=same)
    later = [fact.valid_at for fact in rivals if fact.valid_at is not None and fact.valid_at > start]
    end = candidate.invalid_at or min(later, default=None) or min(_end_of_named(start), said_at)
    before = next((fact for fact in rivals if not fact.current and _covers(fact, start)), None)
    return Place(start, end, before if before and before.began_at < start else None, same)


def _covers(fact: Fact, moment: datetime | None) -> bool:
    return not fact.current if moment is None else fact.held_at(moment)


def _end_of_named(start: datetime) -> datetime:
    """A year and a month are kept as their first day."""
    if start.day > 1:
        return start + timedelta(days=1)
    if start.month > 1:
        return (start + timedelta(days=31)).replace(day=1)
    return start.replace(year=start.year + 1) if start.year < 9999 else start
