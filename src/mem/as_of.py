"""What was known at another time: a search for it looks among the facts as they were then, and memories told by then. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from mem.records import Fact, TimeRange


def facts_at(facts: Iterable[Fact], moment: datetime | None) -> list[Fact]:
    """The facts as they were at `moment`, as far as is known now, whenever they were told; as they are, for None.

    What ended later had not ended then, and what began later was not there. What was taken back since stays so: it never was.
    """
    if moment is None:
        return list(facts)
    begun = (fact for fact in facts if fact.began_at <= moment)
    return [
        replace(fact, invalid_at=None) if fact.invalid_at is not None and fact.invalid_at > moment else fact for fact in begun
    ]


def told_by(moment: datetime | None, inside: TimeRange | None = None) -> TimeRange | None:
    """The part of the time `inside`, or of all time, that lies before `moment` or at it; None for all of all time."""
    if moment is None:
        return inside
    after = moment + timedelta(microseconds=1)
    start, end = (inside.start, inside.end) if inside else (None, None)
    return TimeRange(start, after if end is None else min(end, after))
