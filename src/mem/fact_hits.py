"""Facts beside the documents of a search: as hits of their own, as marks on what told them, and whom the query means. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime

from mem.hops import hop
from mem.kinship import is_relation
from mem.records import IN_PROMPT, Candidate, Fact, Hit, Route
from mem.router import asks_of_self, kin_asked
from mem.words import stems

SUPERSEDED_WEIGHT = 0.8
SOMEBODY_ELSE_WEIGHT = 0.4  # a note about a sister is no evidence about a brother
ABOUT_USER_SCORE = 0.5


def fact_hits(
    facts: Sequence[Fact],
    query: str,
    rarities: Mapping[str, float],
    sources: Mapping[str, Hit],
    route: Route,
    exclude_turns: Collection[str],
) -> list[Hit]:
    """The facts that say something to the query, whose stems have these `rarities`. `sources`: hits by their episode.

    What was taken back was never true, and is no hit.
    """
    facts = [fact for fact in facts if fact.expired_at is None]
    found_by, total = _found_by(facts, query), sum(rarities.values()) or 1.0
    shared = {fact.id: sum(rarity for one, rarity in rarities.items() if one in found_by[fact.id]) for fact in facts}
    hits = [_fact_hit(fact, shared[fact.id], shared[fact.id] / total, sources, route, exclude_turns) for fact in facts]
    return [hit for hit in hits if hit.score > 0]


def with_marks(hits: Sequence[Hit], facts: Sequence[Fact]) -> list[Hit]:
    """Episodes that told what is no longer true say so: measured, a marked old value never misleads a 1.5B model."""
    ended: dict[str, list[Fact]] = {}
    for fact in facts:
        if not fact.current:
            for evidence in fact.evidence:
                ended.setdefault(evidence.episode, []).append(fact)
    ended |= {hit.id: told for hit in hits if hit.kind == "summary" and (told := _ended_in(hit, facts))}
    return [
        replace(
            hit,
            text=f"{hit.text} [{'; '.join(fact_line(fact) for fact in ended[hit.id])}]",
            score=hit.score * SUPERSEDED_WEIGHT,
            relevance=hit.relevance * SUPERSEDED_WEIGHT,
            superseded=True,
        )
        if hit.id in ended
        else hit
        for hit in hits
    ]


def _ended_in(summary: Hit, facts: Sequence[Fact]) -> list[Fact]:
    """The facts, no longer true, that were told on the day of a summary and whose value stands in the line that was found."""
    day = summary.happened_at.astimezone().date()
    told = (fact for fact in facts if not fact.current and stems(fact.value) <= stems(summary.text))
    return [fact for fact in told if any(evidence.said_at.astimezone().date() == day for evidence in fact.evidence)]


def _fact_hit(
    fact: Fact, shared: float, covered: float, sources: Mapping[str, Hit], route: Route, exclude_turns: Collection[str]
) -> Hit:
    """A fact is as good as the words it shares with the query, or as the episode it came from where it shares enough."""
    source = max((sources[told.episode] for told in fact.evidence if told.episode in sources), key=_score, default=None)
    share = 1.0 + 0.04 * covered if covered >= 0.5 else 0.5
    score = max(0.9 * shared, share * source.score if source else 0.0)
    relevance = max(0.9 * covered, share * source.relevance if source else 0.0)
    dropped = "" if fact.current or route.about_past else "superseded"
    if route.about_user and fact.current:
        score, relevance = max(score, ABOUT_USER_SCORE), max(relevance, ABOUT_USER_SCORE)
    if {evidence.turn for evidence in fact.evidence} <= set(exclude_turns):
        dropped = IN_PROMPT
    latest = fact.evidence[-1]
    return Hit(
        fact.id, "fact", fact_line(fact), latest.said_at, score, source=latest.episode, dropped=dropped, quote=latest.quote,
        relevance=relevance,
    )  # fmt: skip


def _score(hit: Hit) -> float:
    return hit.score


def about(
    hits: Sequence[Hit],
    query: str,
    facts: Sequence[Fact],
    candidates: Sequence[Candidate],
) -> list[Hit]:
    """Who the question is about: what is known of somebody else weighs less.

    About one of the user's people, that is whatever mentions neither the relation nor the name; about whom a chain of
    relations leads to, whatever does not mention them; about the user, the facts whose subject is another.
    """
    others: Set[str] = frozenset()
    reached, kin = hop(query, facts), kin_asked(query)
    if reached or kin:
        names = reached or [fact.value for fact in facts if fact.subject == "user" and fact.predicate in kin]
        meant = stems(" ".join([*names, *(() if reached else kin)]))
        known = _found_by(facts, query) | {one.document.episode: stems(one.document.text) for one in candidates}
        others = {hit.id for hit in hits if not known[hit.id] & meant}
    elif asks_of_self(query):
        others = {fact.id for fact in facts if fact.subject != "user"}
    weight = SOMEBODY_ELSE_WEIGHT
    return [
        replace(hit, score=hit.score * weight, relevance=hit.relevance * weight) if hit.id in others else hit for hit in hits
    ]


def fact_line(fact: Fact) -> str:
    """A fact as a person reads it, with the time it is true where that is known."""
    line = fact.sentence
    if fact.valid_at is not None:
        line += f" ({'since' if fact.current else 'from'} {_when(fact.valid_at)})"
    if fact.invalid_at is not None:
        line += f" (no longer true since {_when(fact.invalid_at)})"
    if fact.expired_at is not None:
        line += f" (taken back on {fact.expired_at:%-d %B %Y})"
    return line


def _when(moment: datetime) -> str:
    """A month where a month was said, a year where a year was: both are kept as their first day."""
    if moment.day > 1:
        return f"{moment:%-d %B %Y}"
    return f"{moment:%B %Y}" if moment.month > 1 else f"{moment:%Y}"


def _found_by(facts: Sequence[Fact], query: str) -> dict[str, frozenset[str]]:
    """The stems by which each fact is found: its own, and what else its subject is called: Ada the user's sister, and in
    this query perhaps somebody by a chain of relations."""
    names: dict[str, frozenset[str]] = {}
    for fact in facts:
        if fact.current and fact.subject == "user":
            names[fact.value.lower()] = names.get(fact.value.lower(), frozenset()) | stems(fact.predicate)
    if meant := hop(query, facts):
        chain = " ".join(word for word in re.findall(r"[^\W_]+", query) if is_relation(word) or word.lower() in names)
        names |= {name.lower(): names.get(name.lower(), frozenset()) | stems(chain) for name in meant}
    return {fact.id: stems(fact.sentence) | names.get(fact.subject.lower(), frozenset()) for fact in facts}
