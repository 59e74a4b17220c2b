"""Searches an open table of the index: which rows, by words and by meaning, and then one fetch of all of them.

Measured on two cores with 384 numbers a vector (benchmarks/scale.py): comparing with every vector takes 0.5 ms for each
thousand rows, so that 10,000 take as long as an index does. Above that, vectors are looked up by their 8-bit codes (IVF_SQ)
in partitions of 8,192 rows, and of a few more than wanted the exact distances decide. Of the indexes of LanceDB
0.40 this is the one that is built in seconds (100,000 rows in 3 s; IVF_PQ 100 s, HNSW 37 s) and misses least: probing 100
partitions, or four fifths of them where that is more, found 99.9 % of the 100 nearest among a million in 18 ms. Below
800,000 rows these are all partitions.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from mem.models import Vectors
from mem.records import Candidate, Document
from mem.stores.index_rows import to_document

FLAT_ROWS = 10_000
PARTITION_ROWS = 8192
PROBES = 100
PROBED_SHARE = 0.8
SPARE_SHARE = 1.4  # codes tell distances nearly: 99.9 % of the 50 nearest are among the 65 that seem so, refining costs more
COLUMNS = ["seq", "episode", "part", "kind", "session", "turn", "text", "happened_at"]


def search_table(table: Any, words: str, vector: Vectors | None, limit: int, within: Any | None) -> list[Candidate]:
    """The `limit` best by words, best first, then those of the `limit` best by meaning that are not among them."""
    scores: dict[int, float] = {}
    if words:
        query = table.search(words, query_type="fts").select(["_score"])
        found = _found(query, limit, within)
        scores = dict(zip(found["_rowid"].to_pylist(), found["_score"].to_pylist(), strict=True))
    near = [] if vector is None else _near_in_codes(table, vector, limit, within)
    ids = [*scores, *(row for row in near if row not in scores)]
    candidates = fetch(table, {row: scores.get(row, 0.0) for row in ids}, vector)
    meant = set(near)
    found = [one.distance for row, one in zip(ids, candidates, strict=True) if row in meant]
    distances = sorted(distance for distance in found if distance is not None)
    farthest = distances[limit - 1] if len(distances) >= limit else math.inf
    return [
        one
        for row, one in zip(ids, candidates, strict=True)
        if row in scores or (one.distance is not None and one.distance <= farthest)
    ]


def _near_in_codes(table: Any, vector: Vectors, limit: int, within: Any | None) -> list[int]:
    """Ids of the rows that seem the nearest: `limit` of a small table, where that is exact, a few more of a large one."""
    rows = table.count_rows()
    probes = max(PROBES, int(PROBED_SHARE * rows / PARTITION_ROWS))
    query = table.search(vector).distance_type("cosine").select(["_distance"])
    # No upper bound: where a filter leaves little, more partitions are probed until there is enough.
    query = query.minimum_nprobes(probes).maximum_nprobes(0)
    found = _found(query, limit if rows < FLAT_ROWS else math.ceil(SPARE_SHARE * limit) + 5, within)
    near: list[int] = found["_rowid"].to_pylist()
    return near


def fetch(table: Any, scores: dict[int, float], vector: Vectors | None) -> list[Candidate]:
    """The rows with these ids as candidates, in this order, with their scores by words and their distances to `vector`."""
    if not scores:
        return []
    rows = table.take_row_ids(sorted(scores)).select([*COLUMNS, "vector"]).to_arrow()
    documents = [to_document(list(row.values())) for row in rows.select(COLUMNS).to_pylist()]
    own = _vectors(rows["vector"].combine_chunks())
    candidates = {}
    for row, document, numbers in zip(sorted(scores), documents, own, strict=True):
        distance = None if vector is None or numbers is None else 1.0 - float(numbers @ vector)
        candidates[row] = Candidate(document, scores[row], distance, numbers)
    return [candidates[row] for row in scores]


def rows_around(table: Any, documents: Sequence[Document], reach: int) -> dict[int, float]:
    """Ids of the rows up to `reach` places before and after one of `documents` in its session, with 0 as their score."""
    sessions = sorted({document.session for document in documents if document.session})
    if not sessions:
        return {}
    names = ", ".join("'" + session.replace("'", "''") + "'" for session in sessions)
    rows = table.search().where(f"session in ({names})").select(["session", "seq"]).with_row_id(True).to_arrow()
    in_order = sorted(zip(*(rows[name].to_pylist() for name in ("session", "seq", "_rowid")), strict=True))
    meant = {document.seq for document in documents}
    near: set[int] = set()
    for _, of_session in groupby(in_order, key=lambda row: row[0]):
        near |= _near([(seq, id) for _, seq, id in of_session], meant, reach)
    return dict.fromkeys(sorted(near), 0.0)


def _near(session: Sequence[tuple[int, int]], meant: set[int], reach: int) -> set[int]:
    """Ids of the rows of the documents near those that are meant, given the seq and id of each row in order."""
    seqs = sorted({seq for seq, _ in session})
    places = [place for place, seq in enumerate(seqs) if seq in meant]
    near = {seqs[other] for place in places for other in range(max(0, place - reach), min(len(seqs), place + reach + 1))}
    return {id for seq, id in session if seq in near - meant}


def _found(query: Any, limit: int, within: Any | None) -> pa.Table:
    if within is not None:
        query = query.where(within)
    return query.limit(limit).with_row_id(True).to_arrow()


def _vectors(column: Any) -> Iterable[Vectors | None]:
    if column.null_count:
        return [None if row is None else np.asarray(row, np.float32) for row in column.to_pylist()]
    matrix: Vectors = column.flatten().to_numpy().reshape(len(column), -1)
    return matrix
