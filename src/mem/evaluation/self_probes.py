"""Retrieval measured on the user's own memory: probes kept over time, and two measurements compared on what they share.

A probe is found where any memory it expects is ranked; what was said when it was asked does not count, since a question is
always found by itself.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from mem.evaluation.metrics import recall_any_at_k, reciprocal_rank
from mem.probe_making import make_probes
from mem.retrieval import Retriever
from mem.router import route
from mem.stores.database import Database
from mem.stores.facts import FactStore
from mem.stores.probes import Probe, ProbeRun, ProbeStore

PROBE_LIMIT = 200
STATEMENTS_READ = 2000
LEAST_PROBES = 10  # with fewer no difference can be told from chance
STANDARD_ERRORS = 2.0
Outcome = Literal["better", "worse", "same", "unknown"]


@dataclass(frozen=True, slots=True)
class ProbeScore:
    """How well `n` probes were found; any expected memory will do, so what counts is the rank of the first.

    `ranks`: that rank by probe id; 0 where none was ranked.
    """

    n: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mrr: float
    milliseconds: float
    ranks: Mapping[str, int]

    @property
    def metrics(self) -> dict[str, float]:
        names = ("recall_at_1", "recall_at_5", "recall_at_10", "mrr", "milliseconds")
        return {name: round(getattr(self, name), 4) for name in names}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two measurements on the `shared` probes, by the mean difference of their reciprocal ranks and its standard error.

    `what` was measured, where it is not the whole of retrieval.
    """

    outcome: Outcome
    shared: int
    mrr_before: float = 0.0
    mrr_after: float = 0.0
    standard_error: float = 0.0
    what: str = ""


@dataclass(frozen=True, slots=True)
class SelfEvaluation:
    """One `mem eval self`: probes by origin, their scores (None: too few to judge), the run before, and what changed."""

    probes: Mapping[str, int]
    score: ProbeScore | None
    before: ProbeRun | None
    comparison: Comparison
    least: int = LEAST_PROBES


def evaluate(
    database: Database,
    facts: FactStore,
    retriever: Retriever,
    *,
    embedder: str,
    settings: Mapping[str, Any],
    reranker: str = "",
    rebuild: bool = False,
) -> SelfEvaluation:
    """Measures with the profile's probes, compares with the run before, and keeps the scores.

    `embedder`, a fingerprint, and `reranker`, a name, are kept beside them: what was measured.
    """
    store = ProbeStore(database)
    probes = keep_probes(store, facts, rebuild=rebuild)
    score = measure(retriever, probes, now=database.now)
    before = next(iter(store.runs(limit=1)), None)
    counts = dict(Counter[str](probe.origin for probe in probes))
    if score is None:
        return SelfEvaluation(counts, None, before, Comparison("unknown", 0))
    store.save_run(ProbeRun(database.now(), embedder, score.metrics, score.ranks, reranker, settings))
    return SelfEvaluation(counts, score, before, compare(before.ranks if before else {}, score.ranks))


def keep_probes(probes: ProbeStore, facts: FactStore, *, rebuild: bool = False) -> list[Probe]:
    """The probes to measure with: those there are, without what can be answered no more, and new ones up to the limit.

    `rebuild`: those made from the user's memories are all made anew; what comes from verdicts stays.
    """
    probes.retire()
    made = make_probes(facts.current(), probes.statements(limit=STATEMENTS_READ), limit=PROBE_LIMIT)
    if rebuild:
        probes.replace_own(made)
        return probes.active()
    active = [probe for probe in probes.active() if probe.origin == "self"]
    known = {probe.expected for probe in active} | {(probe.question,) for probe in active}
    fresh = [probe for probe in made if probe.expected not in known and (probe.question,) not in known]
    if room := fresh[: PROBE_LIMIT - len(active)]:
        probes.add(room)
    return probes.active()


def measure(retriever: Retriever, probes: Sequence[Probe], *, now: Callable[[], datetime]) -> ProbeScore | None:
    """How well the probes are found; None where there are too few to judge by."""
    if len(probes) < LEAST_PROBES:
        return None
    started = time.perf_counter()
    ranked = [_ranked(retriever, probe, now()) for probe in probes]
    milliseconds = (time.perf_counter() - started) * 1000 / len(probes)
    answered = [(ids, probe.expected) for ids, probe in zip(ranked, probes, strict=True)]
    return ProbeScore(
        len(probes),
        _mean([recall_any_at_k(ids, expected, 1) for ids, expected in answered]),
        _mean([recall_any_at_k(ids, expected, 5) for ids, expected in answered]),
        _mean([recall_any_at_k(ids, expected, 10) for ids, expected in answered]),
        _mean([reciprocal_rank(ids, expected) for ids, expected in answered]),
        milliseconds,
        {probe.id: _first(ids, probe.expected) for ids, probe in zip(ranked, probes, strict=True)},
    )


def compare(before: Mapping[str, int], after: Mapping[str, int]) -> Comparison:
    """Whether the ranks `after` are better than those `before`, on the probes that both have.

    Each probe is its own pair. The mean of the differences of reciprocal ranks counts where it is more than
    STANDARD_ERRORS standard errors from nothing; "unknown" where fewer than LEAST_PROBES are shared.
    """
    shared = sorted(before.keys() & after.keys())
    if len(shared) < LEAST_PROBES:
        return Comparison("unknown", len(shared))
    old, new = ([_reciprocal(ranks[id]) for id in shared] for ranks in (before, after))
    differences = [late - early for early, late in zip(old, new, strict=True)]
    mean = _mean(differences)
    spread = math.sqrt(sum((each - mean) ** 2 for each in differences) / (len(shared) - 1))
    error = spread / math.sqrt(len(shared))
    # Not a rounding error where all moved alike.
    told = abs(mean) > max(STANDARD_ERRORS * error, 1e-9)
    outcome: Outcome = ("better" if mean > 0 else "worse") if told else "same"
    return Comparison(outcome, len(shared), _mean(old), _mean(new), error)


def _ranked(retriever: Retriever, probe: Probe, now: datetime) -> list[str]:
    """The ids that a search would give, best first, without what was said in the probe's own turn.

    A fact quotes its episode: where that is expected, the fact is as good.
    """
    hits = retriever.ranking(probe.question, route(probe.question, now=now))
    return [
        hit.source if hit.kind == "fact" and hit.source in probe.expected else hit.id
        for hit in hits
        if not hit.dropped and not (probe.turn and hit.source.partition(":")[0] == probe.turn)
    ]


def _first(ids: Sequence[str], expected: Sequence[str]) -> int:
    return next((place for place, id in enumerate(ids, start=1) if id in expected), 0)


def _reciprocal(rank: int) -> float:
    return 1 / rank if rank else 0.0


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
