"""Route and query to ranked, dated hits. `fuse`, `with_neighbours` and `rank` are pure; `Retriever` does the I/O.

Scores are between 0 and about 1 and mean the same in a profile of one memory and of a million, because each signal is
scaled by its own bounds rather than by what else was found: the convex combination of Bruch, Gai and Ingber, "An Analysis
of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), which found it better than reciprocal ranks and easy to tune.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from mem.models import Embedder, Vectors
from mem.records import FLOOR, IN_PROMPT, Candidate, Fact, Hit, Retrieval, Route
from mem.router import asks_of_self, kin_asked
from mem.statements import is_question
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore
from mem.words import stems

CANDIDATES = 100
UNRELATED_COSINE = 0.1  # what sentence embedders give two texts that have nothing to do with each other
SAME_COSINE = 0.7  # ... and a question and its answer, at best
ANSWER_WEIGHT = 0.7  # the assistant's words are weaker evidence than the user's
QUESTION_WEIGHT = 0.5  # what answered a question was mostly known before
SUPERSEDED_WEIGHT = 0.8
SOMEBODY_ELSE_WEIGHT = 0.4  # a note about a sister is no evidence about a brother
ABOUT_USER_SCORE = 0.5
NEIGHBOUR_SHARES = {1: 0.3, 2: 0.15}
TIME_BONUS = 0.3
RECENCY_SHARE = 0.1
RECENCY_HALF_LIFE_DAYS = 90.0
DUPLICATE_COSINE = 0.95
PARTS = ("user", "answer", "text")
EXCERPT_CHARS = 600


@dataclass(frozen=True, slots=True)
class Stages:
    """What a ranking uses; all of it, unless an evaluation wants to know what each part gives."""

    words: bool = True
    meaning: bool = True
    neighbours: bool = True


def rarity(texts: Sequence[frozenset[str]], query: frozenset[str]) -> dict[str, float]:
    """How much each stem of the query tells, from the texts at hand: BM25's inverse document frequency, in the form that
    is never negative (Lucene's), so that a word no memory has weighs most."""
    return {
        stem: math.log(1 + (len(texts) - frequency + 0.5) / (frequency + 0.5))
        for stem in query
        for frequency in [sum(stem in text for text in texts)]
    }


def coverage(text: frozenset[str], rarities: Mapping[str, float]) -> float:
    """The share of what the query's stems tell that a text has."""
    total = sum(rarities.values())
    return sum(weight for stem, weight in rarities.items() if stem in text) / total if total else 0.0


def fuse(candidates: Sequence[Candidate], rarities: Mapping[str, float]) -> dict[int, float]:
    """The score of each document by `seq`: half words, half meaning; all words where meaning is not known.

    Words: BM25 as a share of the best one's, times how much of the query that best one covers.
    Meaning: the cosine between UNRELATED_COSINE (0) and SAME_COSINE (1).
    """
    best = max(candidates, key=lambda candidate: candidate.words, default=None)
    if best is None:
        return {}
    scale = coverage(stems(best.document.text), rarities) / best.words if best.words > 0 else 0.0
    return {candidate.document.seq: _fused(candidate.words * scale, candidate.distance) for candidate in candidates}


def with_neighbours(candidates: Sequence[Candidate], scores: Mapping[int, float]) -> dict[int, float]:
    """Each score plus a share of what stands out around it in the same session, so that context counts without replacing."""
    if not scores:
        return {}
    middle = float(np.mean(list(scores.values())))
    excess: dict[str, dict[int, float]] = {}
    for candidate in candidates:
        document = candidate.document
        places = excess.setdefault(document.session or document.episode, {})
        places[document.seq] = max(0.0, scores[document.seq] - middle)
    raised = {}
    for places in excess.values():
        order = sorted(places)
        for place, seq in enumerate(order):
            around = sum(
                share * places[order[place + step * side]]
                for step, share in NEIGHBOUR_SHARES.items()
                for side in (-1, 1)
                if 0 <= place + step * side < len(order) and abs(order[place + step * side] - seq) <= 12 * step
            )
            raised[seq] = scores[seq] + around
    return raised


def rank(hits: Sequence[Hit], *, route: Route, now: datetime) -> list[Hit]:
    """Best first: the score, up to 10 % more when recent, and a bonus inside the time the question names."""

    def weighed(hit: Hit) -> float:
        age_days = max(0.0, (now - hit.happened_at).total_seconds() / 86400)
        score = hit.score * (1 + RECENCY_SHARE * float(0.5 ** (age_days / RECENCY_HALF_LIFE_DAYS)))
        span = route.time_range
        inside = (
            span is not None
            and (span.start is None or span.start <= hit.happened_at)
            and (span.end is None or hit.happened_at < span.end)
        )
        return score + TIME_BONUS if inside else score

    return sorted((replace(hit, score=round(weighed(hit), 4)) for hit in hits), key=lambda hit: -hit.score)


class Retriever:
    """Looks a text up in episodes and facts."""

    def __init__(
        self,
        index: EpisodeIndex,
        rows: EpisodeRows,
        facts: FactStore,
        embedder: Embedder,
        *,
        now: Callable[[], datetime],
        stages: Stages = Stages(),
    ) -> None:
        self._stages = stages
        self._index = index
        self._rows = rows
        self._facts = facts
        self._embedder = embedder
        self._now = now

    def search(
        self,
        query: str,
        route: Route,
        *,
        limit: int = 10,
        exclude_turns: Collection[str] = (),
        parts: Collection[str] = PARTS,
    ) -> Retrieval:
        """Hits, best first, and what was dropped and why. `exclude_turns` are in the prompt already; only documents of
        these `parts` are looked at."""
        started = time.perf_counter()
        candidates, notice = self._candidates(query, route)
        ranked = self._ranked(
            query, route, [candidate for candidate in candidates if candidate.document.part in parts], exclude_turns
        )
        judged = _judge(ranked, candidates, set(exclude_turns), limit)
        return Retrieval(
            query,
            route,
            tuple(hit for hit in judged if not hit.dropped),
            round((time.perf_counter() - started) * 1000, 1),
            tuple(hit for hit in judged if hit.dropped),
            len(ranked),
            notice=notice,
        )

    def ranking(self, query: str, route: Route) -> list[Hit]:
        """Every candidate, best first, one hit an episode, before anything is dropped: what an evaluation measures."""
        return self._ranked(query, route, self._candidates(query, route)[0], ())

    def _candidates(self, query: str, route: Route) -> tuple[list[Candidate], str]:
        vector = self._embedder.embed_query(query) if self._stages.meaning else None
        words = query if self._stages.words else ""
        candidates, notice = self._index.search(words, vector, limit=CANDIDATES)
        if route.time_range is not None:
            candidates = _merged(
                candidates, self._index.search(words, vector, limit=CANDIDATES, time_range=route.time_range)[0]
            )
        return candidates, notice

    def _ranked(self, query: str, route: Route, candidates: Sequence[Candidate], exclude_turns: Collection[str]) -> list[Hit]:
        facts = [fact for fact in self._facts.all() if fact.evidence]
        fact_stems = _fact_stems(facts)
        known = [*fact_stems.values(), *(stems(candidate.document.text) for candidate in candidates)]
        rarities = rarity(known, stems(query))
        scores = fuse(candidates, rarities)
        if self._stages.neighbours:
            scores = with_neighbours(candidates, scores)
        episode_hits = _with_marks(self._episode_hits(stems(query), candidates, scores, route), facts)
        sources = {hit.id: hit.score for hit in episode_hits if not hit.dropped}
        shared = {fact.id: coverage(fact_stems[fact.id], rarities) for fact in facts}
        fact_hits = [_fact_hit(fact, shared[fact.id], sources, route, set(exclude_turns)) for fact in facts]
        fact_hits = [hit for hit in fact_hits if hit.score > 0]
        known_stems = fact_stems | {candidate.document.episode: stems(candidate.document.text) for candidate in candidates}
        episode_hits, fact_hits = (_about(hits, query, facts, known_stems) for hits in (episode_hits, fact_hits))
        return rank([*episode_hits, *fact_hits], route=route, now=self._now())

    @staticmethod
    def _episode_hits(query: Set[str], candidates: Sequence[Candidate], scores: Mapping[int, float], route: Route) -> list[Hit]:
        """One hit an episode, by its best part."""
        asked = {
            candidate.document.episode
            for candidate in candidates
            if candidate.document.part == "user" and not route.about_talk and is_question(candidate.document.text)
        }
        best: dict[str, Hit] = {}
        for candidate in candidates:
            document = candidate.document
            score = scores[document.seq] * (ANSWER_WEIGHT if document.part == "answer" else 1.0)
            if document.episode in asked:
                score *= QUESTION_WEIGHT
            hit = Hit(
                document.episode, document.kind, excerpt(document.text, query), document.happened_at, score, candidate.distance,
                candidate.words, document.session, f"{document.turn}:{document.part}",
                "only a question" if document.episode in asked and document.part == "user" else "",
            )  # fmt: skip
            held = best.get(document.episode)
            if held is None or (bool(held.dropped), -held.score) > (bool(hit.dropped), -score):
                best[document.episode] = hit
        return list(best.values())


def _with_marks(hits: Sequence[Hit], facts: Sequence[Fact]) -> list[Hit]:
    """Episodes that told what is no longer true say so: measured, a marked old value never misleads a 1.5B model."""
    ended: dict[str, list[Fact]] = {}
    for fact in facts:
        if not fact.current:
            for evidence in fact.evidence:
                ended.setdefault(evidence.episode, []).append(fact)
    return [
        replace(
            hit,
            text=f"{hit.text} [{'; '.join(fact_line(fact) for fact in ended[hit.id])}]",
            score=hit.score * SUPERSEDED_WEIGHT,
            superseded=True,
        )
        if hit.id in ended
        else hit
        for hit in hits
    ]


def _fact_hit(fact: Fact, shared: float, sources: Mapping[str, float], route: Route, exclude_turns: Set[str]) -> Hit:
    """A fact is as good as the words it shares with the query, or as the episode it came from where it shares enough."""
    source = max((sources.get(evidence.episode, 0.0) for evidence in fact.evidence), default=0.0)
    score = max(0.9 * shared, source * (1.02 if shared >= 0.5 else 0.5))
    dropped = "" if fact.current or route.about_past else "superseded"
    if route.about_user and fact.current:
        score = max(score, ABOUT_USER_SCORE)
    if {evidence.turn for evidence in fact.evidence} <= exclude_turns:
        dropped = IN_PROMPT
    latest = fact.evidence[-1]
    return Hit(
        fact.id, "fact", fact_line(fact), latest.said_at, score, source=latest.episode, dropped=dropped, quote=latest.quote
    )


def excerpt(text: str, query: Set[str]) -> str:
    """`text`, or where it is long the stretch of EXCERPT_CHARS that has the most of the query's stems."""
    if len(text) <= EXCERPT_CHARS:
        return text
    found = [word.start() for word in re.finditer(r"[^\W_]+", text) if stems(word[0]) & query]
    best = max(found, key=lambda start: sum(start <= other < start + EXCERPT_CHARS for other in found), default=0)
    start = max(0, min(best - EXCERPT_CHARS // 8, len(text) - EXCERPT_CHARS))
    cut = text[start : start + EXCERPT_CHARS]
    return f"{'…' if start else ''}{cut}{'…' if start + EXCERPT_CHARS < len(text) else ''}"


def _about(hits: Sequence[Hit], query: str, facts: Sequence[Fact], known: Mapping[str, Set[str]]) -> list[Hit]:
    """Who the question is about: what is known of somebody else weighs less.

    About one of the user's people, that is whatever mentions neither the relation nor the name; about the user, the facts
    whose subject is another.
    """
    others: Set[str] = frozenset()
    if kin := kin_asked(query):
        names = [fact.value for fact in facts if fact.subject == "user" and fact.predicate in kin]
        meant = stems(" ".join([*kin, *names]))
        others = {hit.id for hit in hits if not known[hit.id] & meant}
    elif asks_of_self(query):
        others = {fact.id for fact in facts if fact.subject != "user"}
    return [replace(hit, score=hit.score * SOMEBODY_ELSE_WEIGHT) if hit.id in others else hit for hit in hits]


def fact_line(fact: Fact) -> str:
    """A fact as a person reads it, with the time it is true where that is known."""
    line = fact.sentence
    if fact.valid_at is not None:
        line += f" ({'since' if fact.current else 'from'} {_when(fact.valid_at)})"
    if fact.invalid_at is not None:
        line += f" (no longer true since {_when(fact.invalid_at)})"
    return line


def _when(moment: datetime) -> str:
    """A month where a month was said, a year where a year was: both are kept as their first day."""
    if moment.day > 1:
        return f"{moment:%-d %B %Y}"
    return f"{moment:%B %Y}" if moment.month > 1 else f"{moment:%Y}"


def _fused(words: float, distance: float | None) -> float:
    if distance is None:
        return words
    meaning = (1 - distance - UNRELATED_COSINE) / (SAME_COSINE - UNRELATED_COSINE)
    return 0.5 * words + 0.5 * min(1.0, max(0.0, meaning))


def _merged(candidates: Sequence[Candidate], more: Sequence[Candidate]) -> list[Candidate]:
    return list({candidate.document.seq: candidate for candidate in (*candidates, *more)}.values())


def _fact_stems(facts: Sequence[Fact]) -> dict[str, frozenset[str]]:
    """The words by which each fact is found: its own, and what else its subject is called (Ada is the user's sister)."""
    names: dict[str, frozenset[str]] = {}
    for fact in facts:
        if fact.current and fact.subject == "user":
            names[fact.value.lower()] = names.get(fact.value.lower(), frozenset()) | stems(fact.predicate)
    return {fact.id: stems(fact.sentence) | names.get(fact.subject.lower(), frozenset()) for fact in facts}


def _judge(ranked: Sequence[Hit], candidates: Sequence[Candidate], exclude_turns: Collection[str], limit: int) -> list[Hit]:
    """The reason to drop each hit that is not to be returned: weak, repeated, already in the prompt, or beyond the limit."""
    vectors = {
        f"{candidate.document.turn}:{candidate.document.part}{candidate.document.episode}": np.asarray(
            candidate.vector, np.float32
        )
        for candidate in candidates
        if candidate.vector
    }
    kept: list[tuple[Hit, Vectors | None]] = []
    judged = []
    for hit in ranked:
        vector = vectors.get(f"{hit.source}{hit.id}")
        dropped = hit.dropped or _reason(hit, vector, kept, exclude_turns, limit)
        if not dropped:
            kept.append((hit, vector))
        judged.append(replace(hit, dropped=dropped))
    return judged


def _reason(
    hit: Hit, vector: Vectors | None, kept: Sequence[tuple[Hit, Vectors | None]], exclude_turns: Collection[str], limit: int
) -> str:
    if hit.source.partition(":")[0] in exclude_turns:
        return IN_PROMPT
    if hit.score < FLOOR:
        return f"weak (below {FLOOR})"
    for other, other_vector in kept:
        if (
            other.kind != "fact"
            and vector is not None
            and other_vector is not None
            and float(vector @ other_vector) > DUPLICATE_COSINE
        ):
            return f"says the same as {other.id}"
    return f"beyond the best {limit}" if len(kept) >= limit else ""
