"""What a message of the user tells, by patterns alone: new facts, what has ended, what was wrong; and of whom.

Everything found is grounded in the user's words, and kept under the name that the person is known by. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mem.corrections import correct
from mem.deciding import is_same
from mem.doubts import find_doubts, find_taken_back
from mem.endings import find_endings, is_part
from mem.entities import known_people, people_in_focus, readings, subjects_of
from mem.fact_extraction import ground
from mem.fact_patterns import find_facts
from mem.kinship import is_relation
from mem.records import Fact, FactCandidate
from mem.statements import in_earnest, is_text_to_work_on
from mem.text import fold

A_YEAR = timedelta(days=366)
A_MOMENT = timedelta(hours=1)


def read_facts(
    text: str, *, said_at: datetime, held: Sequence[Fact] = (), recent: Sequence[str] = ()
) -> list[FactCandidate]:
    """The claims of `text`, in its order. `held`: what is true now; `recent`: what the user said just before, oldest first."""
    before = recent[-1] if recent else ""
    if is_text_to_work_on(in_earnest(text)):
        return find_taken_back(text, held, said_at=said_at, before=before)
    people = known_people(held)
    focus = people_in_focus(held, recent[-1:], said_at=said_at)
    found = find_facts(text, said_at=said_at, names=people, focus=focus)
    claims = [_ended_since(claim, held, said_at) for claim in correct(text, found, held, said_at=said_at)]
    told = {
        (fold(claim.subject), claim.predicate, fold(value)) for claim in claims for value in (claim.value, claim.corrects)
    }
    for ended in find_endings(text, held, said_at=said_at):
        if (fold(ended.subject), ended.predicate, fold(ended.value)) not in told:
            claims = [claim for claim in claims if not (claim.retracted and is_part(claim, ended))]
            claims.append(_ended_since(ended, held, said_at))
    claims = [_age_put_right(claim, held, said_at) for claim in claims] + _no_longer_learned(claims, held)
    known = {*people, *focus, *(fact.subject for fact in held)}
    grounded = [claim for claim in claims if not ground(claim, text, known=known)]
    named = known_as(grounded, held, said_at=said_at, focus=focus)
    return named + find_doubts(text, held, named, said_at=said_at, before=before)


def _age_put_right(claim: FactCandidate, held: Sequence[Fact], said_at: datetime) -> FactCandidate:
    """Nobody is a year older within the hour, without a birthday: the age that was told just before was wrong."""
    if claim.predicate != "age" or claim.corrects or "turn" in claim.quote.lower():
        return claim
    before = [fact for fact in held if (fold(fact.subject), fact.predicate) == (fold(claim.subject), "age")]
    wrong = [fact.value for fact in before if not is_same(fact.value, claim.value) and said_at - fact.began_at < A_MOMENT]
    return replace(claim, corrects=wrong[0]) if wrong else claim


def _no_longer_learned(claims: Sequence[FactCandidate], held: Sequence[Fact]) -> list[FactCandidate]:
    """Whoever stopped playing what they were learning is not learning it any more."""
    over = [claim for claim in claims if claim.retracted and claim.predicate == "plays"]
    return [
        replace(claim, predicate=fact.predicate, value=fact.value)
        for claim in over
        for fact in held
        if fact.predicate == "is learning" and fold(fact.subject) == fold(claim.subject) and is_same(fact.value, claim.value)
    ]


def _ended_since(claim: FactCandidate, held: Sequence[Fact], said_at: datetime) -> FactCandidate:
    """"It ended in July", of what was told after a July as being so: the month of a year is easily mistaken, that it is over
    is not. A time longer ago means an earlier one."""
    if not claim.retracted or claim.invalid_at is None or said_at - claim.invalid_at > A_YEAR:
        return claim
    slot = [fact for fact in held if (fact.subject, fact.predicate) == (claim.subject, claim.predicate)]
    same = [fact for fact in slot if is_same(fact.value, claim.value) and fact.valid_at is None]
    return replace(claim, invalid_at=None) if any(claim.invalid_at <= fact.began_at for fact in same) else claim


def known_as(
    claims: Sequence[FactCandidate], held: Sequence[Fact], *, said_at: datetime, focus: Mapping[str, str]
) -> list[FactCandidate]:
    """The claims of a message under the names that their subjects have among the facts held, with the other names they have.

    Where two people have the name and nothing tells which of them is meant, there is one claim of each, both unsure.
    """
    told_now = [_as_fact(claim, said_at) for claim in claims if is_relation(claim.predicate) and not claim.retracted]
    facts = [*held, *told_now]
    relations = {**focus, **{fact.value: fact.predicate for fact in told_now if fact.subject == "user"}}
    named = []
    for claim in claims:
        who = readings(claim.subject, claim.quote, facts, relations)
        unsure = f"it is not clear which {claim.subject} is meant" if len(who) > 1 else ""
        for called in who:
            subject, aliases = subjects_of(called, facts)
            named.append(replace(claim, subject=subject, aliases=aliases, unsure=unsure))
    return named


def _as_fact(claim: FactCandidate, said_at: datetime) -> Fact:
    """The claim as if it were held: "my sister Ruth …" names the sister that was spoken of before."""
    return Fact("", claim.subject, claim.predicate, claim.value, claim.cardinality, said_at)
