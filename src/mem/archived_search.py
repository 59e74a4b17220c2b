"""Search in what is archived, by words alone: DuckDB finds the texts that may have them, and they are weighed like any other.

Nothing here is embedded, so what means the same in other words is not found; and each search reads all that is archived.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from mem.fact_hits import with_marks
from mem.models.calibration import Calibration
from mem.ranking import Stages, query_stems, weigh
from mem.records import Candidate, Fact, Hit, Retrieval, Route, TimeRange
from mem.retrieval import ANSWER_WEIGHT, PARTS, excerpt
from mem.stores.summaries import SummaryStore
from mem.time_ranges import within

REASON = "the archive, by words alone"
LEAST_PIECE = 3
WORDS_ALONE = Stages(meaning=False, neighbours=False)
UNUSED = Calibration(0.0, 1.0)


def search_archived(
    store: SummaryStore,
    query: str,
    *,
    limit: int,
    bounds: TimeRange | None,
    parts: Collection[str] = PARTS,
    facts: Sequence[Fact] = (),
) -> Retrieval:
    """The archived episodes with the most and rarest of the query's words in these `parts`, best first.

    What told one of the `facts` that is no longer true says so.
    """
    started = time.perf_counter()
    stems = query_stems(query)
    # The stem of "company" is "compani", that of "cities" "citi": all forms of a word begin alike.
    documents = store.archived([stem[: max(LEAST_PIECE, len(stem) - 1)] for stem in stems]) if stems else []
    wanted = [document for document in documents if document.part in parts]
    inside = [document for document in wanted if bounds is None or within(document.happened_at, bounds)]
    candidates = [Candidate(document, 0.0, None) for document in inside]
    evidence = weigh(candidates, frozenset(), query, UNUSED, stages=WORDS_ALONE)
    weights = np.array([ANSWER_WEIGHT if document.part == "answer" else 1.0 for document in inside])
    best: dict[str, Hit] = {}
    for place in np.argsort(-evidence.score * weights, kind="stable"):
        document, score = inside[place], float(evidence.score[place] * weights[place])
        if score > 0:
            hit = Hit(
                document.episode, document.kind, excerpt(document.text, frozenset(stems)), document.happened_at,
                round(score, 4), session=document.session, source=f"{document.turn}:{document.part}",
                relevance=float(evidence.relevance[place]),
            )  # fmt: skip
            best.setdefault(document.episode, hit)
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    found = list(best.values())[:limit]
    # Only the words of a mark are taken: the best of what is searched by words stays the best.
    marked = zip(found, with_marks(found, facts), strict=True)
    hits = tuple(replace(hit, text=mark.text, superseded=mark.superseded) for hit, mark in marked)
    return Retrieval(query, Route(("episodic",), REASON, bounds), hits, milliseconds, candidates=len(best))
