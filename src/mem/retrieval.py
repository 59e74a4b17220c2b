"""Route and query to ranked, dated hits. `fuse`, `with_neighbours` and `rank` are pure; `Retriever` does the I/O.

Scores are between 0 and about 1 and mean the same in a profile of one memory and of a million, because each signal is
scaled by its own bounds rather than by what else was found: the convex combination of Bruch, Gai and Ingber, "An Analysis
of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), which found it better than reciprocal ranks and easy to tune.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import snowballstemmer

from mem.models import Embedder, Vectors
from mem.records import Candidate, Fact, Hit, Retrieval, Route
from mem.router import is_question
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore

CANDIDATES = 100
UNRELATED_COSINE = 0.1       # what sentence embedders give two texts that have nothing to do with each other
SAME_COSINE = 0.7            # ... and a question and its answer, at best
FLOOR = 0.22                 # below it nothing is worth a line in the prompt
ANSWER_WEIGHT = 0.7          # the assistant's words are weaker evidence than the user's
QUESTION_WEIGHT = 0.5        # a question tells nothing
NEIGHBOUR_SHARES = {1: 0.3, 2: 0.15}
TIME_BONUS = 0.3
RECENCY_SHARE = 0.1
RECENCY_HALF_LIFE_DAYS = 90.0
DUPLICATE_COSINE = 0.95

STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be been before being but by can could did do does doing done for from get go going "
    "had has have having he her here him his how i if in into is it its just know let like ll m me mine more most my no not now of off "
    "on one only or our out over own please re remember remind s said say she should so some such t tell than that the their them then "
    "there these they thing this those to told too up us ve very was we were what when where which who whom whose why will with would "
    "you your yours d again ever".split()
)
_stemmer = snowballstemmer.stemmer("english")


def stems(text: str) -> frozenset[str]:
    """The word stems that carry meaning."""
    words = [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in STOP_WORDS]
    return frozenset(_stemmer.stemWords(words))


def coverage(query: frozenset[str], text: frozenset[str]) -> float:
    """The share of the query's stems that a text has."""
    return len(query & text) / len(query) if query else 0.0


def fuse(candidates: Sequence[Candidate], query: frozenset[str]) -> dict[int, float]:
    """The score of each document by `seq`: half words, half meaning; all words where meaning is not known.

    Words: BM25 as a share of the best one's, times how much of the query that best one covers.
    Meaning: the cosine between UNRELATED_COSINE (0) and SAME_COSINE (1).
    """
    best = max(candidates, key=lambda candidate: candidate.words, default=None)
    if best is None:
        return {}
    scale = coverage(query, stems(best.document.text)) / best.words if best.words > 0 else 0.0
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
        inside = span is not None and (span.start is None or span.start <= hit.happened_at) and (
            span.end is None or hit.happened_at < span.end
        )
        return score + TIME_BONUS if inside else score

    return sorted((replace(hit, score=round(weighed(hit), 4)) for hit in hits), key=lambda hit: -hit.score)


class Retriever:
    """Looks a text up in episodes and facts."""

    def __init__(
        self, index: EpisodeIndex, rows: EpisodeRows, facts: FactStore, embedder: Embedder, *, now: Callable[[], datetime]
    ) -> None:
        self._index = index
        self._rows = rows
        self._facts = facts
        self._embedder = embedder
        self._now = now

    def search(self, query: str, route: Route, *, limit: int = 10, exclude_turns: Collection[str] = ()) -> Retrieval:
        """Hits, best first, and what was dropped and why. `exclude_turns` are in the prompt already."""
        started = time.perf_counter()
        vector = self._embedder.embed_query(query)
        candidates, notice = self._index.search(query, vector, limit=CANDIDATES)
        if route.time_range is not None:
            candidates = _merged(candidates, self._index.search(query, vector, limit=CANDIDATES, time_range=route.time_range)[0])
        words = stems(query)
        scores = with_neighbours(candidates, fuse(candidates, words))
        episode_hits = self._episode_hits(query, candidates, scores, route)
        fact_hits = self._fact_hits(words, route, {hit.id: hit.score for hit in episode_hits if not hit.dropped})
        ranked = rank([*episode_hits, *fact_hits], route=route, now=self._now())
        judged = _judge(ranked, candidates, set(exclude_turns), limit)
        return Retrieval(
            query,
            route,
            tuple(hit for hit in judged if not hit.dropped),
            round((time.perf_counter() - started) * 1000, 1),
            tuple(hit for hit in judged if hit.dropped),
            len(candidates) + len(fact_hits),
            notice=notice,
        )

    def _episode_hits(
        self, query: str, candidates: Sequence[Candidate], scores: Mapping[int, float], route: Route
    ) -> list[Hit]:
        """One hit an episode, by its best part; a question asked before is weak evidence, the same one is none."""
        asks_about_talk = "conversation" in route.reason or "just said" in route.reason
        best: dict[str, Hit] = {}
        asked = {
            candidate.document.episode: candidate
            for candidate in candidates
            if candidate.document.part == "user" and is_question(candidate.document.text)
        }
        for candidate in candidates:
            document = candidate.document
            score = scores[document.seq] * (ANSWER_WEIGHT if document.part == "answer" else 1.0)
            dropped = ""
            if document.episode in asked and not asks_about_talk:
                score *= QUESTION_WEIGHT
                if _same_question(query, asked[document.episode]):
                    dropped = "the same question, asked before"
            hit = Hit(
                document.episode, document.kind, document.text, document.happened_at, score, candidate.distance,
                candidate.words, document.session, f"{document.turn}:{document.part}", dropped,
            )  # fmt: skip
            if document.episode not in best or best[document.episode].score < score:
                best[document.episode] = hit
        return list(best.values())

    def _fact_hits(self, query: frozenset[str], route: Route, episode_scores: Mapping[str, float]) -> list[Hit]:
        """Facts that share words with the query, or whose source was found; a fact is as good as the better of the two."""
        facts = self._facts.all()
        names = _other_names(facts)
        hits = []
        for fact in facts:
            shared = coverage(query, stems(fact.sentence) | names.get(fact.subject.lower(), frozenset()))
            source = max((episode_scores.get(evidence.episode, 0.0) for evidence in fact.evidence), default=0.0)
            score = max(0.9 * shared, source * (1.02 if shared >= 0.5 else 0.5))
            if score <= 0 or not fact.evidence:
                continue
            dropped = "" if fact.current or route.about_past else "superseded"
            said_at = fact.evidence[-1].said_at
            hits.append(Hit(fact.id, "fact", fact_line(fact), said_at, score, source=fact.evidence[-1].episode, dropped=dropped))
        return hits


def fact_line(fact: Fact) -> str:
    """A fact as a person reads it, with the time it is true where that is known."""
    line = fact.sentence
    if fact.valid_at is not None:
        line += f" (since {fact.valid_at:%d %B %Y})" if fact.current else f" (from {fact.valid_at:%d %B %Y})"
    if fact.invalid_at is not None:
        line += f" (no longer true since {fact.invalid_at:%d %B %Y})"
    return line


def _fused(words: float, distance: float | None) -> float:
    if distance is None:
        return words
    meaning = (1 - distance - UNRELATED_COSINE) / (SAME_COSINE - UNRELATED_COSINE)
    return 0.5 * words + 0.5 * min(1.0, max(0.0, meaning))


def _same_question(query: str, asked: Candidate) -> bool:
    return is_question(query) and (
        (asked.distance is not None and 1 - asked.distance > 0.9) or stems(query) == stems(asked.document.text)
    )


def _merged(candidates: Sequence[Candidate], more: Sequence[Candidate]) -> list[Candidate]:
    return list({candidate.document.seq: candidate for candidate in (*candidates, *more)}.values())


def _other_names(facts: Sequence[Fact]) -> dict[str, frozenset[str]]:
    """Words that also mean a subject: where the user's sister is Ada, `sister` finds what is known of Ada."""
    names: dict[str, frozenset[str]] = {}
    for fact in facts:
        if fact.current and fact.subject == "user":
            names[fact.value.lower()] = names.get(fact.value.lower(), frozenset()) | stems(fact.predicate)
    return names


def _judge(ranked: Sequence[Hit], candidates: Sequence[Candidate], exclude_turns: Collection[str], limit: int) -> list[Hit]:
    """The reason to drop each hit that is not to be returned: weak, repeated, already in the prompt, or beyond the limit."""
    vectors = {
        f"{candidate.document.turn}:{candidate.document.part}{candidate.document.episode}": np.asarray(candidate.vector, np.float32)
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
        return "already in the prompt"
    if hit.score < FLOOR:
        return f"weak (below {FLOOR})"
    for other, other_vector in kept:
        if other.kind != "fact" and vector is not None and other_vector is not None and float(vector @ other_vector) > DUPLICATE_COSINE:
            return f"says the same as {other.id}"
    return f"beyond the best {limit}" if len(kept) >= limit else ""
