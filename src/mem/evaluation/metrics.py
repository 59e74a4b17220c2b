"""How good one ranking is, given the ids of the documents that answer the question: the evidence.

"R@5" means three things in the wild, so each has its own name here: `recall_any`, `recall_all` and `recall`, the share.
`ranked` is best first; a document that comes twice counts where it comes first. Evidence that no ranking can find, because
the corpus does not have it, counts as missed. All values are between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

CUTS = (1, 5, 10, 25)
NDCG_CUTS = (5, 10)
METRICS = (
    *(f"{name}@{k}" for name in ("recall_any", "recall_all", "recall") for k in CUTS),
    "mrr",
    *(f"ndcg@{k}" for k in NDCG_CUTS),
)


def recall_any_at_k(ranked: Sequence[str], evidence: Collection[str], k: int) -> float:
    """1 where at least one document of the evidence is among the first k ("hit rate"; LongMemEval's `recall_any`)."""
    return float(any(found <= k for found in _ranks(ranked, evidence)))


def recall_all_at_k(ranked: Sequence[str], evidence: Collection[str], k: int) -> float:
    """1 where the whole evidence is among the first k (what LongMemEval's paper reports as "Recall@k")."""
    return float(recall_at_k(ranked, evidence, k) == 1)


def recall_at_k(ranked: Sequence[str], evidence: Collection[str], k: int) -> float:
    """The share of the evidence that is among the first k (LoCoMo's recall)."""
    return sum(found <= k for found in _ranks(ranked, evidence)) / len(set(evidence))


def reciprocal_rank(ranked: Sequence[str], evidence: Collection[str]) -> float:
    """1 / the rank of the first document of the evidence, 0 where none is ranked; its mean is MRR (Voorhees, TREC-8 1999)."""
    return max((1 / found for found in _ranks(ranked, evidence)), default=0.0)


def ndcg_at_k(ranked: Sequence[str], evidence: Collection[str], k: int) -> float:
    """Discounted gain of the first k over the best that any ranking could have (Järvelin and Kekäläinen, 2002).

    Gain is 1 for evidence, 0 for all else; the discount is log2(rank + 1), so rank 2 already weighs less than rank 1. The
    ideal is over *all* of the evidence, found or not. LongMemEval's own DCG leaves rank 2 undiscounted, and some vendors
    take the ideal over what was retrieved alone; both give larger numbers.
    """
    gain = sum(_discounted(found) for found in _ranks(ranked, evidence) if found <= k)
    return gain / sum(_discounted(rank) for rank in range(1, min(k, len(set(evidence))) + 1))


def measure(ranked: Sequence[str], evidence: Collection[str]) -> dict[str, float]:
    """Every metric of `METRICS` for one question."""
    values = {}
    for k in CUTS:
        values[f"recall_any@{k}"] = recall_any_at_k(ranked, evidence, k)
        values[f"recall_all@{k}"] = recall_all_at_k(ranked, evidence, k)
        values[f"recall@{k}"] = recall_at_k(ranked, evidence, k)
    values["mrr"] = reciprocal_rank(ranked, evidence)
    values |= {f"ndcg@{k}": ndcg_at_k(ranked, evidence, k) for k in NDCG_CUTS}
    return {name: values[name] for name in METRICS}


def mean(measured: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each metric over questions, every question weighing the same; all 0 over none."""
    return {name: math.fsum(values[name] for values in measured) / max(1, len(measured)) for name in METRICS}


def _ranks(ranked: Sequence[str], evidence: Collection[str]) -> list[int]:
    """The ranks, from 1, at which documents of the evidence come first."""
    if not evidence:
        raise ValueError("a question without evidence cannot be measured")
    wanted = set(evidence)
    distinct = dict.fromkeys(ranked)
    return [rank for rank, id in enumerate(distinct, start=1) if id in wanted]


def _discounted(rank: int) -> float:
    return 1 / math.log2(rank + 1)
