"""Route and query to ranked, dated hits: episodes and facts in one list, with the reason why each of the others was dropped.

`ranking` weighs the documents; here they become hits beside the facts read from them. `rank` is pure; `Retriever` does the I/O.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Collection, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from mem.as_of import facts_at, told_by
from mem.fact_hits import about, fact_hits, with_marks
from mem.models import Embedder, Reranker, Vectors
from mem.models.calibration import Calibration, calibrate
from mem.ranking import EVERYTHING, REACH, Evidence, Stages, best_passages, most_promising, query_stems, weigh
from mem.records import FLOOR, IN_PROMPT, Candidate, Document, Hit, Retrieval, Route, TimeRange
from mem.router import find_anchor
from mem.statements import is_question
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore
from mem.stores.generations import IndexDamaged
from mem.stores.passages import ASKED
from mem.time_ranges import OUTSIDE, within
from mem.words import stems

CANDIDATES = 50  # by words, and as many by meaning; measured: 30 lose half a point of recall, 200 gain nothing
SURROUNDED = 30  # so many of the best are looked at with what stands around them
RERANKED = 20
JUDGED = 100  # of more than these nobody asks why they were dropped
EVENT_RELEVANCE = 0.5  # of what tells when an event was
BESIDE_BEST = 0.2  # what has less than this share of the best one's score is not worth a line beside it
ANSWER_WEIGHT = 0.7  # the assistant's words are weaker evidence than the user's
QUESTION_WEIGHT = 0.5  # what answered a question was mostly known before
BARE_QUESTION_STEMS = 8  # a longer question tells something, too
TIME_BONUS = 0.5
TIME_RELEVANCE = 0.2  # the share of it that makes a memory more relevant, too
TALK = stems("happened talked talk discuss discussed mention mentioned chat conversation new")  # of a question about any topic
RECENCY_BONUS = 0.01  # what was said later comes first where nothing else decides: .1 loses half a point (LoCoMo)
RECENCY_HALF_LIFE_DAYS = 90.0
DUPLICATE_COSINE = 0.95
PARTS = ("user", "answer", "text")
TO_BE_FORGOTTEN = "is to be forgotten"
EXCERPT_CHARS = 600


def rank(hits: Sequence[Hit], *, route: Route, now: datetime, any_topic: bool = False) -> list[Hit]:
    """Best first: the score, a little more when recent, and a bonus inside the time the question names.

    `any_topic`: the question names a time and nothing else, so whatever was said then is relevant.
    """

    def weighed(hit: Hit) -> Hit:
        age_days = max(0.0, (now - hit.happened_at).total_seconds() / 86400)
        own = max(0.0, hit.score) if any_topic else hit.score
        score = own + RECENCY_BONUS * float(0.5 ** (age_days / RECENCY_HALF_LIFE_DAYS))
        inside = route.time_range is not None and within(hit.happened_at, route.time_range)
        bonus = TIME_BONUS if inside else 0.0
        told = bonus if any_topic else TIME_RELEVANCE * bonus
        return _changed(hit, round(score + bonus, 4), round(hit.relevance + told, 4), hit.dropped)

    return sorted(map(weighed, hits), key=lambda hit: -hit.score)


@dataclass(frozen=True, slots=True)
class _Pool:
    """What may answer: `surrounded` are those whose neighbours are all there."""

    candidates: Sequence[Candidate]
    surrounded: frozenset[int]
    notice: str


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
        calibration: Callable[[Embedder], Calibration] = calibrate,
        reranker: Reranker | None = None,
        stages: Stages = EVERYTHING,
        leaving: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self._leaving = leaving  # ids of what is to be forgotten, and so is not found
        self._calibration = calibration
        self._calibrated: dict[str, Calibration] = {}
        self._reranker = reranker
        self._stages = stages
        self._index = index
        self._rows = rows
        self._facts = facts
        self._embedder = embedder
        self._now = now

    def with_stages(self, stages: Stages) -> Retriever:
        """The same, using only these parts of the ranking."""
        parts = self._index, self._rows, self._facts, self._embedder
        return Retriever(
            *parts, now=self._now, calibration=self._calibration, reranker=self._reranker, stages=stages, leaving=self._leaving
        )

    def search(
        self,
        query: str,
        route: Route,
        *,
        limit: int = 10,
        exclude_turns: Collection[str] = (),
        parts: Collection[str] = PARTS,
        only_within: TimeRange | None = None,
        beside_best: float = BESIDE_BEST,
        as_of: datetime | None = None,
    ) -> Retrieval:
        """Hits, best first, and what was dropped and why. `exclude_turns` are in the prompt already; only documents of
        these `parts` count, and only what was told in the time of `only_within`; `beside_best` is the least share of the
        best one's score. `as_of`: among the facts as they were then, and what was told by then."""
        started = time.perf_counter()
        looked_up, route = self._anchored(query, route, exclude_turns, as_of)
        # Where only one time counts, all that is left is in it, and none of it is better for that.
        weighed = route if only_within is None else replace(route, time_range=None)

        pool, ranked, leaving = self._found(looked_up, route, weighed, exclude_turns, parts, as_of)
        if only_within is not None:
            ranked = [hit if within(hit.happened_at, only_within) else replace(hit, dropped=OUTSIDE) for hit in ranked]
        if leaving:
            ranked = [replace(hit, dropped=TO_BE_FORGOTTEN) if hit.id in leaving else hit for hit in ranked]
        judged = _judge(ranked, pool.candidates, set(exclude_turns), limit, beside_best)
        return Retrieval(
            query,
            route,
            tuple(hit for hit in judged if not hit.dropped),
            round((time.perf_counter() - started) * 1000, 1),
            tuple(hit for hit in judged if hit.dropped),
            len(ranked),
            notice=pool.notice,
        )

    def ranking(self, query: str, route: Route) -> list[Hit]:
        """Every candidate, best first, one hit an episode, before anything is dropped: what an evaluation measures."""
        return self._found(query, route, route)[1]

    def _found(
        self,
        query: str,
        route: Route,
        weighed: Route,
        exclude_turns: Collection[str] = (),
        parts: Collection[str] = PARTS,
        as_of: datetime | None = None,
    ) -> tuple[_Pool, list[Hit], Collection[str]]:
        """What may answer, all of it ranked by the route `weighed`, and what is on its way out: all as of one moment.

        What may take long is not done while writers wait: the query is embedded before, and nothing held for a re-ranker.
        """
        vector = self._embedder.embed_query(query) if self._stages.meaning else None
        _ = self._scale

        def look_up() -> tuple[_Pool, list[Hit], Collection[str]]:
            pool = self._pool(query, vector, route, as_of)
            return pool, self._ranked(query, weighed, pool, exclude_turns, parts, as_of), self._leaving()

        if self._reranker is not None:
            return look_up()
        try:
            with self._rows.together(read_only=True):
                return look_up()
        except IndexDamaged:
            return look_up()  # which then repairs it

    def _anchored(
        self, query: str, route: Route, exclude_turns: Collection[str], as_of: datetime | None
    ) -> tuple[str, Route]:
        """Where the query dates something by an event that memory knows ("since we moved"): the query without it, and the
        route with its time."""
        anchor = find_anchor(query)
        if anchor is None or route.time_range is not None:
            return query, route
        plain = Route(("episodic", "semantic"), "an event")
        _, told, _ = self._found(anchor.phrase, plain, plain, exclude_turns, as_of=as_of)
        event = next((hit for hit in told if not hit.dropped and hit.relevance >= EVENT_RELEVANCE), None)
        if event is None:
            return query, route
        span = self._span_of(event, anchor.relation)
        known = f"{route.reason}; {anchor.relation} {anchor.phrase!r} is read from {event.id}"
        span = replace(span, phrase=f"{anchor.relation} {anchor.phrase}")
        return query.replace(anchor.phrase, " "), replace(route, time_range=span, reason=known)

    def _span_of(self, event: Hit, relation: str) -> TimeRange:
        """The time since, before or during an event: of a fact as long as it was true, else from when it was told."""
        fact = self._facts.get(event.id) if event.kind == "fact" else None
        begun = (fact.valid_at if fact else None) or event.happened_at
        if relation == "before":
            return TimeRange(None, begun)
        return TimeRange(begun, fact.invalid_at if fact and relation == "while" else None)

    def _pool(self, query: str, vector: Vectors | None, route: Route, as_of: datetime | None = None) -> _Pool:
        words = query if self._stages.words else ""
        by_then = told_by(as_of)
        found, notice = self._index.search(words, vector, limit=CANDIDATES, time_range=by_then)
        if route.time_range is not None and self._stages.time:
            found += self._index.search(words, vector, limit=CANDIDATES, time_range=told_by(as_of, route.time_range))[0]
        found = best_passages(found, self._scale)
        if not self._stages.neighbours:
            return _Pool(found, frozenset(), notice)
        best = most_promising(found, self._scale, limit=SURROUNDED)
        seen = {candidate.document.seq for candidate in found}
        around = self._index.around(best, vector, reach=REACH, known=seen)
        beside = best_passages(
            (one for one in around if by_then is None or within(one.document.happened_at, by_then)), self._scale
        )
        return _Pool([*found, *beside], frozenset(candidate.document.seq for candidate in best), notice)

    @property
    def _scale(self) -> Calibration:
        """Of the embedder as it is now: another may have taken its place."""
        fingerprint = self._embedder.fingerprint
        if fingerprint not in self._calibrated:
            self._calibrated = {fingerprint: self._calibration(self._embedder)}
        return self._calibrated[fingerprint]

    def _ranked(
        self,
        query: str,
        route: Route,
        pool: _Pool,
        exclude_turns: Collection[str],
        parts: Collection[str] = PARTS,
        as_of: datetime | None = None,
    ) -> list[Hit]:
        candidates = pool.candidates
        evidence = weigh(candidates, pool.surrounded, query, self._scale, stages=self._stages)
        facts = facts_at((fact for fact in self._facts.all() if fact.evidence), as_of)
        hits = with_marks(_episode_hits(query, candidates, evidence, route, parts), facts)
        sources = {hit.id: hit for hit in hits if not hit.dropped}
        hits += fact_hits(facts, query, evidence.rarities, sources, route, exclude_turns)
        hits = about(hits, query, facts, candidates)
        if not self._stages.time:
            return self._reranked(query, sorted(hits, key=lambda hit: -hit.score))
        any_topic = not frozenset(query_stems(query)) - TALK - stems(route.time_range.phrase if route.time_range else "")
        return self._reranked(query, rank(hits, route=route, now=as_of or self._now(), any_topic=any_topic))

    def _reranked(self, query: str, ranked: Sequence[Hit]) -> list[Hit]:
        """The best in the order of the re-ranker, where there is one; the scores stay at their places."""
        best, rest = ranked[:RERANKED], ranked[RERANKED:]
        if self._reranker is None or not best:
            return list(ranked)
        scores = self._reranker.score(query, [hit.text for hit in best])
        order = sorted(range(len(best)), key=lambda place: -float(scores[place]))
        return [*(replace(best[place], score=held.score) for place, held in zip(order, best, strict=True)), *rest]


def _episode_hits(
    query: str, candidates: Sequence[Candidate], evidence: Evidence, route: Route, parts: Collection[str]
) -> list[Hit]:
    """One hit an episode, by its best part of those wanted."""
    asked = {
        candidate.document.episode
        for candidate in candidates
        if not route.about_talk and _only_asks(candidate.document)
    }
    wanted = frozenset(query_stems(query))
    best: dict[str, Hit] = {}
    for candidate, score, relevance in zip(candidates, evidence.score, evidence.relevance, strict=True):
        document = candidate.document
        if document.part not in parts:
            continue
        weight = (ANSWER_WEIGHT if document.part == "answer" else 1.0) * (QUESTION_WEIGHT if document.episode in asked else 1.0)
        hit = Hit(
            document.episode, document.kind, excerpt(document.text, wanted), document.happened_at, weight * float(score),
            candidate.distance, candidate.words, document.session, f"{document.turn}:{document.part}",
            "only a question" if document.episode in asked and document.part != "answer" else "",
            relevance=weight * float(relevance),
        )  # fmt: skip
        held = best.get(document.episode)
        if held is None or (bool(held.dropped), -held.score) > (bool(hit.dropped), -hit.score):
            best[document.episode] = hit
    return list(best.values())


def _only_asks(document: Document) -> bool:
    if document.kind == "summary":
        return document.text.startswith(ASKED)
    return document.part == "user" and is_question(document.text) and len(stems(document.text)) <= BARE_QUESTION_STEMS


def excerpt(text: str, query: Set[str]) -> str:
    """`text`, or where it is long the stretch of EXCERPT_CHARS that has the most of the query's stems."""
    if len(text) <= EXCERPT_CHARS:
        return text
    found = [word.start() for word in re.finditer(r"[^\W_]+", text) if stems(word[0]) & query]
    best = max(found, key=lambda start: sum(start <= other < start + EXCERPT_CHARS for other in found), default=0)
    start = max(0, min(best - EXCERPT_CHARS // 8, len(text) - EXCERPT_CHARS))
    cut = text[start : start + EXCERPT_CHARS]
    return f"{'…' if start else ''}{cut}{'…' if start + EXCERPT_CHARS < len(text) else ''}"


def _judge(
    ranked: Sequence[Hit], candidates: Sequence[Candidate], exclude_turns: Collection[str], limit: int, beside_best: float
) -> list[Hit]:
    """The reason to drop each hit that is not to be returned: weak, repeated, already in the prompt, or beyond the limit.

    Of those beyond it only as many as anybody looks at.
    """
    vectors = {
        f"{candidate.document.turn}:{candidate.document.part}{candidate.document.episode}": candidate.vector
        for candidate in candidates
    }
    kept: list[tuple[Hit, Vectors | None]] = []
    judged = []
    for place, hit in enumerate(ranked):
        full = len(kept) >= limit
        if full and place >= JUDGED:
            break
        vector = vectors.get(f"{hit.source}{hit.id}")
        least = beside_best * kept[0][0].score if kept and beside_best else -math.inf
        dropped = hit.dropped or _reason(hit, exclude_turns, least, kept)
        dropped = dropped or (f"beyond the best {limit}" if full else _said_before(vector, kept))
        if not dropped:
            kept.append((hit, vector))
        judged.append(hit if dropped == hit.dropped else _changed(hit, hit.score, hit.relevance, dropped))
    return judged


def _changed(hit: Hit, score: float, relevance: float, dropped: str) -> Hit:
    """`dataclasses.replace` takes more than twice as long, and a search changes hundreds."""
    return Hit(
        hit.id, hit.kind, hit.text, hit.happened_at, score, hit.distance, hit.words, hit.session, hit.source, dropped,
        hit.injected, hit.superseded, hit.quote, relevance,
    )  # fmt: skip


def _reason(hit: Hit, exclude_turns: Collection[str], least: float, kept: Sequence[tuple[Hit, Vectors | None]]) -> str:
    if hit.source.partition(":")[0] in exclude_turns:
        return IN_PROMPT
    if hit.relevance < FLOOR:
        return f"weak (covers {hit.relevance:.2f} of it, and {FLOOR} is the least)"
    return f"weak beside {kept[0][0].id}" if hit.score < least else ""


def _said_before(vector: Vectors | None, kept: Sequence[tuple[Hit, Vectors | None]]) -> str:
    if vector is None:
        return ""
    for other, other_vector in kept:
        if other_vector is not None and float(vector @ other_vector) > DUPLICATE_COSINE:
            return f"says the same as {other.id}"
    return ""
