"""What a message of the user tells, by patterns alone: new facts, what has ended, what was wrong; and of whom.

Everything found is grounded in the user's words, and kept under the name that the person is known by. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mem.corrections import correct, find_endings
from mem.entities import known_people, people_in_focus, subjects_of
from mem.fact_extraction import ground
from mem.fact_patterns import find_facts
from mem.kinship import is_relation
from mem.records import Fact, FactCandidate
from mem.statements import is_text_to_work_on, own_words
from mem.text import fold


def read_facts(
    text: str, *, said_at: datetime, held: Sequence[Fact] = (), recent: Sequence[str] = ()
) -> list[FactCandidate]:
    """The claims of `text`, in its order. `held`: what is true now; `recent`: what the user said just before, oldest first."""
    if is_text_to_work_on(own_words(text)):
        return []
    people = known_people(held)
    focus = people_in_focus(held, recent[-1:], said_at=said_at)
    found = find_facts(text, said_at=said_at, names=people, focus=focus)
    claims = correct(text, found, held, said_at=said_at)
    told = {(fold(claim.subject), claim.predicate, fold(claim.value)) for claim in claims}
    for ended in find_endings(text, held, said_at=said_at):
        if (fold(ended.subject), ended.predicate, fold(ended.value)) not in told:
            claims.append(ended)
    known = {*people, *focus, *(fact.subject for fact in held)}
    grounded = [claim for claim in claims if not ground(claim, text, known=known)]
    told_now = [_as_fact(claim, said_at) for claim in grounded if is_relation(claim.predicate) and not claim.retracted]
    return [known_as(claim, [*held, *told_now]) for claim in grounded]


def known_as(claim: FactCandidate, held: Sequence[Fact]) -> FactCandidate:
    """The claim under the name that its subject has among the facts held, and the other names it is known by."""
    if claim.subject == "user":
        return claim
    subject, aliases = subjects_of(claim.subject, held)
    return replace(claim, subject=subject, aliases=aliases)


def _as_fact(claim: FactCandidate, said_at: datetime) -> Fact:
    """The claim as if it were held: "my sister Ruth …" names the sister that was spoken of before."""
    return Fact("", claim.subject, claim.predicate, claim.value, claim.cardinality, said_at)
