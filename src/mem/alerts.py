"""What `mem doctor` says about retrieval: questions that found nothing, vectors of two embedding spaces, bad answers.

Like every check these mend nothing. A question that found nothing is no failure where nothing was told; it is one where the
database holds what the search should have found, and a search made now does not find it either.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from statistics import fmean, median
from typing import TYPE_CHECKING

import numpy as np

from mem.models import Embedder, Vectors
from mem.records import Candidate, Check
from mem.router import route
from mem.stores.episodes import EpisodeIndex
from mem.stores.probes import ProbeStore
from mem.stores.retrievals import Search
from mem.stores.verdicts import VerdictStore
from mem.text import shorten

if TYPE_CHECKING:
    from mem.assistant import Assistant

DAYS = 30
LOOKED_INTO = 20
QUOTED_CHARS = 60
SAMPLE = 32
QUERIES = 8
LEAST_PAIRS = 4
SAME_COSINE = 0.9  # an embedder gives the same text the same vector; quantised or on other hardware, nearly so
FAR_SHARE = 0.1
SAME_PLACE = 0.01  # texts that say the same are as near to each other as to themselves


def silence(assistant: Assistant) -> Check:
    """Whether questions about the past found nothing although there was something to find."""
    since = assistant.now() - timedelta(days=DAYS)
    asked = [search for search in assistant.retrievals.recent(since=since) if search.asks_about_past]
    silent = [search for search in asked if not search.found]
    if not silent:
        told = f"{len(asked)} in {DAYS} days, each found something" if asked else f"none was asked in {DAYS} days"
        return Check("questions about the past", True, told)
    told = f"{len(silent)} of {len(asked)} in {DAYS} days found nothing, the last: {_quoted(silent[0])}"
    for search in silent[:LOOKED_INTO]:
        episode, words = assistant.retrievals.told_before(search)
        if episode and not assistant.retriever.search(search.query, route(search.query, now=assistant.now())).hits:
            which = "" if search is silent[0] else f"; {_quoted(search)} neither"
            detail = f"{told}{which}, although {episode} has {' and '.join(words)}"
            return Check("questions about the past", False, detail, _silence_remedy(assistant, search, words))
    return Check("questions about the past", True, f"{told}; nothing else in memory has its words, or it is found now")


def spaces(assistant: Assistant) -> Check:
    """Whether memories, and questions, are in the space of the present embedder, whatever the fingerprint says."""
    state = assistant.index.state(deep=True)
    if state["damage"] or not state["embedder_matches"]:
        return Check("distances", True, "not looked at: see search index")
    pairs = _sample(assistant.index, ProbeStore(assistant.database))
    if not pairs:
        return Check("distances", True, "nothing is indexed yet to compare")
    stored = _unit(np.asarray([pair.vector for pair in pairs], np.float32))
    anew = _unit(assistant.embedder.embed_passages([pair.document.text for pair in pairs]))
    same = np.sum(stored * anew, axis=1)
    far = int(np.sum(same < SAME_COSINE))
    if far > FAR_SHARE * len(pairs):
        detail = (
            f"{far} of {len(pairs)} memories embedded anew are far from their stored vectors: two embedding spaces "
            f"(mean cosine {float(np.mean(same)):.2f}, 1.00 is the same)"
        )
        return Check("distances", False, detail, "run: mem reindex")
    if len(pairs) >= LEAST_PAIRS and not _finds_itself(assistant.embedder, pairs, stored):
        detail = "a memory's own words, as a question, are no nearer to it than to others: two embedding spaces"
        return Check("distances", False, detail, "see query_prefix and passage_prefix in: mem config; then run: mem reindex")
    recent = assistant.retrievals.distances(since=assistant.now() - timedelta(days=DAYS))
    told = f"{len(pairs)} of {len(pairs)} memories embedded anew are where they were"
    return Check("distances", True, told + _nearest(recent, stored))


def verdicts(assistant: Assistant) -> Check:
    """What the user said of answers lately; a bad one is told, and is no failure of the program."""
    said = VerdictStore(assistant.database).recent(since=assistant.now() - timedelta(days=DAYS))
    bad = [verdict for verdict in said if verdict.verdict == "bad"]
    if not said:
        return Check("verdicts", True, f"no answer was called /good or /bad in {DAYS} days")
    told = f"{len(said) - len(bad)} good, {len(bad)} bad in {DAYS} days"
    if not bad:
        return Check("verdicts", True, told)
    told += f"; the last bad one: “{shorten(bad[0].question, QUOTED_CHARS)}” ({bad[0].turn})"
    return Check("verdicts", True, told, f"what it was made from: mem why {bad[0].turn}")


def _quoted(search: Search) -> str:
    return f"“{shorten(search.query, QUOTED_CHARS)}” ({search.at.astimezone():%-d %b})"


def _silence_remedy(assistant: Assistant, search: Search, words: Sequence[str]) -> str:
    state = assistant.index.state()
    if state["waiting"]:
        return f"run: mem reindex ({state['waiting']} texts wait to be indexed)"
    if not state["embedder_matches"] or search.notice:
        return "run: mem reindex"
    learn = "; facts are not read, so also: mem config set learn auto" if assistant.config.learn == "off" else ""
    return f"ask in other words: mem recall {' '.join(words)}; if that finds nothing: mem reindex{learn}"


def _sample(index: EpisodeIndex, probes: ProbeStore) -> list[Candidate]:
    """Indexed documents with their stored vectors, found by words alone, so that no space is preferred."""
    found: dict[int, Candidate] = {}
    for statement in probes.statements(limit=SAMPLE):
        candidates, _ = index.search(" ".join(statement.text.split()[:12]), None, limit=1)
        found |= {candidate.document.seq: candidate for candidate in candidates if candidate.vector is not None}
    return list(found.values())


def _finds_itself(embedder: Embedder, pairs: Sequence[Candidate], stored: Vectors) -> bool:
    """Whether most texts, as queries, are nearest to their own vectors: so it is with any prefixes, but by chance rarely."""
    queries = _unit(np.stack([embedder.embed_query(pair.document.text) for pair in pairs[:QUERIES]]))
    cosines = queries @ stored.T
    return bool(np.mean(cosines.diagonal() >= cosines.max(axis=1) - SAME_PLACE) > 0.5)


def _nearest(recent: Sequence[float], stored: Vectors) -> str:
    """How near the best hit of a search was, beside how near any two memories are."""
    if not recent or len(stored) < LEAST_PAIRS:
        return ""
    cosines = stored @ stored.T
    apart = 1 - fmean(cosines[~np.eye(len(stored), dtype=bool)].tolist())
    return f"; nearest hit of {len(recent)} searches: {median(recent):.2f} away, any two memories: {apart:.2f}"


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
