"""Whether a new embedder or re-ranker is taken: by how well it finds the user's own memories, compared with what is in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mem.errors import InputError, ModelError
from mem.evaluation.self_probes import LEAST_PROBES, Comparison, compare, keep_probes, measure
from mem.models import Embedder
from mem.ranking import Stages
from mem.retrieval import Retriever
from mem.stores.database import Database
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore
from mem.stores.probes import Probe, ProbeStore

# What costs time with every search has to find more for it; an embedder costs the same as the one before it.
MUST_BE_BETTER = ("reranker",)
MEANING = Stages(words=False, neighbours=False, questions=False)


def adopt(setting: str, value: str, *, better: Callable[[], Comparison], force: bool) -> str:
    """What to tell the user of `setting = value` being taken. InputError where it is not: nothing may be changed then.

    `better` compares with what is in use: an embedder may not find less, a re-ranker has to find more. With fewer than
    LEAST_PROBES probes only an embedder is taken. `force` takes anything, and measures nothing.
    """
    if force:
        return f"{setting} = {value} is taken unmeasured (--force)"
    comparison = better()
    if comparison.outcome == "better":
        return f"{value} finds your memories better: {_told(comparison)}"
    if comparison.outcome == "worse":
        raise _refused(setting, f"{value} finds your memories less well: {_told(comparison)}")
    judged = f"{value} finds your memories as well as before: {_told(comparison)}"
    if comparison.outcome == "unknown":
        judged = f"{value} cannot be judged: {comparison.shared} probes of the {LEAST_PROBES} that are needed (mem eval self)"
    if setting in MUST_BE_BETTER:
        raise _refused(setting, f"{judged}, and it makes each search slower")
    return judged


def compare_embedder(
    database: Database,
    rows: EpisodeRows,
    facts: FactStore,
    retriever: Callable[[], Retriever],
    *,
    index: EpisodeIndex,
    embedder: Embedder,
) -> Comparison:
    """The profile's retriever against the same on an `index` that was made with another `embedder`.

    Vectors alone are compared, too: where words find nearly everything, an embedder that finds nothing would not show.
    """
    probes = _probes(database, facts)
    other = Retriever(index, rows, facts, embedder, now=database.now)
    try:
        used = retriever()
        as_used = _compare(used, other, probes, database)
        alone = _compare(used.with_stages(MEANING), other.with_stages(MEANING), probes, database)
    except ModelError:
        return Comparison("unknown", len(probes))  # the embedder in use cannot be opened any more: nothing to compare with
    return replace(alone, what=" by meaning alone") if alone.outcome == "worse" else as_used


def compare_retrievers(database: Database, facts: FactStore, old: Retriever, new: Retriever) -> Comparison:
    """Two retrievers on the same index."""
    return _compare(old, new, _probes(database, facts), database)


def _compare(old: Retriever, new: Retriever, probes: Sequence[Probe], database: Database) -> Comparison:
    before, after = (measure(retriever, probes, now=database.now) for retriever in (old, new))
    return compare(before.ranks, after.ranks) if before and after else Comparison("unknown", len(probes))


def _probes(database: Database, facts: FactStore) -> list[Probe]:
    return keep_probes(ProbeStore(database), facts)


def _refused(setting: str, why: str) -> InputError:
    return InputError(f"{why}; {setting} stays as it was: to take it all the same, add --force")


def _told(comparison: Comparison) -> str:
    before, after = 100 * comparison.mrr_before, 100 * comparison.mrr_after
    return f"MRR{comparison.what} {before:.1f} → {after:.1f} on {comparison.shared} probes"
