"""What a new claim means for what is held true: decided by rules alone, so that the same words always do the same.

(subject, predicate) is a slot for one value or for many. Nothing is overwritten: what is no longer true ends, what never was
true is taken back, what was true once is kept as such.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from mem.records import Decision, Fact, FactCandidate
from mem.text import fold

Decided = tuple[Decision, Fact | None]
ARTICLE = re.compile(r"(?:an?|the|my|our) (?=\w)")
# How two are together; each takes the place of those before it where it is the same person.
STAGES = (
    frozenset(("girlfriend", "boyfriend", "partner")),
    frozenset(("fiancé", "fiancée", "engaged to")),
    frozenset(("wife", "husband", "spouse", "married to")),
)
OPPOSITES = {"likes": "dislikes", "dislikes": "likes"}
# What does not change in a life: another value means that the one before was never right.
UNCHANGING = frozenset(
    ("birthday", "birth year", "was born in", "is from", "grew up in", "blood type", "native language", "mother tongue",
     "first language", "maiden name", "mother", "mum", "mom", "mam", "father", "dad")
)  # fmt: skip
JUST_BEFORE = timedelta(minutes=30)
ONGOING = re.compile(r"\b(?:since|still|now|currently|these days|been|have lived|any ?more)\b", re.IGNORECASE)


def decide(candidate: FactCandidate, known: Sequence[Fact], said_at: datetime) -> Decided:
    """What becomes of a claim, and the fact that this concerns. `known`: the current facts of its subject, under any name.

    "none": it is known, or says nothing. "update": a new value ends the one held, "correct" takes it back. "invalidate": it
    ends. "past": true once. "review": it contradicts what the user pinned.
    """
    decision, concerned = _decide(candidate, known, said_at)
    if concerned is not None and concerned.pinned and decision in ("update", "correct", "invalidate"):
        return "review", concerned
    return decision, concerned


def _decide(candidate: FactCandidate, known: Sequence[Fact], said_at: datetime) -> Decided:
    slot = [fact for fact in known if fact.predicate == candidate.predicate]
    same = next((fact for fact in slot if is_same(fact.value, candidate.value)), None)
    wrong = next((fact for fact in slot if candidate.corrects and is_same(fact.value, candidate.corrects)), None)
    if candidate.retracted:
        return _retract(candidate, slot, same)
    if same is not None:
        return ("invalidate", wrong) if wrong is not None and wrong is not same else ("none", same)
    if wrong is not None:
        return "correct", wrong
    if candidate.cardinality == "one" and slot:
        return _replace(candidate, slot[-1], said_at)
    return _beside(candidate, known)


def is_same(one: str, other: str) -> bool:
    """Whether two values are the same but for case and article."""
    return ARTICLE.sub("", fold(one), count=1) == ARTICLE.sub("", fold(other), count=1)


def _retract(candidate: FactCandidate, slot: Sequence[Fact], same: Fact | None) -> Decided:
    """It is over, or was never so. What is held goes on where an earlier time is meant; what is not held was true once."""
    ended = same or (slot[0] if len(slot) == 1 and not candidate.value else None)
    if ended is not None:
        is_earlier = candidate.invalid_at is not None and candidate.invalid_at <= ended.began_at
        return ("none", None) if is_earlier else ("correct" if candidate.corrects else "invalidate", ended)
    if not candidate.value or candidate.corrects:  # nobody held it
        return "none", None
    return "past", None


def _replace(candidate: FactCandidate, held: Fact, said_at: datetime) -> Decided:
    """Another value for a slot that has room for one."""
    if held.evidence and held.evidence[-1].said_at > said_at:
        return "past", None  # read late: what is held was said since
    if candidate.predicate in UNCHANGING:
        return "correct", held
    began = candidate.valid_at
    last_told = held.evidence[-1].said_at if held.evidence else held.created_at
    if began is not None and began < (held.valid_at or last_told):
        # Told of a time before the one held: "I moved to Rome in 2019" is true, but not now, unless it says so.
        is_over = held.valid_at is not None or (last_told - began).days > 45
        if is_over and not ONGOING.search(candidate.quote):
            return "past", None
    return "update", held


def _beside(candidate: FactCandidate, known: Sequence[Fact]) -> Decided:
    """A value in a slot with room for it, which may still end a fact in another slot."""
    same_value = [fact for fact in known if is_same(fact.value, candidate.value)]
    stage = _stage(candidate.predicate)
    for fact in same_value:
        if OPPOSITES.get(candidate.predicate) == fact.predicate:
            return "update", fact
        held_stage = _stage(fact.predicate)
        if stage >= 0 and held_stage >= 0 and stage != held_stage:
            return ("update", fact) if stage > held_stage else ("none", fact)
    return "add", None


def _stage(predicate: str) -> int:
    return next((place for place, stage in enumerate(STAGES) if predicate in stage), -1)


def is_just_told(fact: Fact, said_at: datetime) -> bool:
    """Whether somebody who denies it now takes it back, and does not tell of a change."""
    latest = max((evidence.said_at for evidence in fact.evidence), default=None)
    return latest is not None and said_at - JUST_BEFORE <= latest <= said_at
