"""Searches an open table of the index, by words and by meaning.

Measured on two cores with 384 numbers a vector (benchmarks/scale.py): comparing with every vector takes 0.5 ms for each
thousand rows, so that 10,000 take as long as an index does. Above that, vectors are looked up by codes of 4 bits a number
(IVF_RQ, by Gao and Long's "RaBitQ", SIGMOD 2024) in partitions of 8,192 rows, and of a few more than wanted the exact
distances decide. Of the indexes of LanceDB 0.40 this one is built in seconds (100,000 rows in 3 s, as IVF_SQ; RQ of 8 bits
10 s, HNSW 37 s, IVF_PQ 100 s) and is the quickest that misses next to nothing: of the 50 nearest among 100,000, 99.9 % are
among the 75 that seem so, in 3.0 ms (IVF_SQ all of them in 4.8; RQ of 1 bit 75 % in 3.2), and of those of 10,655 texts of
LoCoMo, as MiniLM sees them, 99.99 %. Probed are 100 partitions, or four fifths of them where that is more: below 800,000
rows all.

What LanceDB is asked for one search it is asked in one go, both searches at once, each of them with what is to be known of
its rows (measured: 6.4 ms, where ids first and then one fetch of all rows took 7.5): each answer that is waited for by
itself costs a third of a millisecond, and there were nineteen.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mem.models import Vectors
from mem.records import Candidate
from mem.stores.index_rows import FETCHED, from_rows
from mem.stores.lance import LOOP, Expr, col, connect_async

TABLE = "document"
FLAT_ROWS = 10_000
PARTITION_ROWS = 8192
PROBES = 100
PROBED_SHARE = 0.8
SPARE_SHARE = 1.4  # codes tell distances nearly: 99.9 % of the 50 nearest are among the 65 that seem so, refining costs more


class SearchedTable:
    """The table in a generation's directory, as of the last `refresh`."""

    def __init__(self, directory: Path) -> None:
        self._rows = 0
        self._table: Any = LOOP.run(self._opened(directory))

    def refresh(self) -> None:
        """Makes what was committed since visible. The table stays open, and keeps what it has read of its indexes."""
        LOOP.run(self._refreshed(self._table))

    def search(self, words: str, vector: Vectors | None, limit: int, within: Expr | None) -> list[Candidate]:
        """The `limit` best by words, best first, then those of the `limit` best by meaning that are not among them."""
        said, near = LOOP.run(self._searched(words, vector, limit, within))
        found = _candidates(said, vector)
        known = {one.document for one in found}
        nearest = _candidates(near, vector)
        distances = sorted(one.distance for one in nearest if one.distance is not None)
        farthest = distances[limit - 1] if len(distances) >= limit else math.inf
        away = (one for one in nearest if one.distance is not None and one.distance <= farthest)
        return [*found, *(one for one in away if one.document not in known)]

    def documents(self, seqs: Sequence[int], vector: Vectors | None) -> list[Candidate]:
        """The rows of the documents with these `seq`: no words counted."""
        if not seqs:
            return []
        return _candidates(LOOP.run(self._of_documents(seqs)), vector)

    async def _opened(self, directory: Path) -> Any:
        table = await (await connect_async(directory)).open_table(TABLE)
        self._rows = await table.count_rows()
        return table

    async def _refreshed(self, table: Any) -> None:
        await table.checkout_latest()
        self._rows = await table.count_rows()

    async def _searched(
        self, words: str, vector: Vectors | None, limit: int, within: Expr | None
    ) -> tuple[pa.Table | None, pa.Table | None]:
        """The rows by words, with their scores, and those that seem nearest."""
        return await asyncio.gather(self._by_words(words, limit, within), self._by_meaning(vector, limit, within))

    async def _by_words(self, words: str, limit: int, within: Expr | None) -> pa.Table | None:
        if not words:
            return None
        return await _best(self._table.query().nearest_to_text(words).select([*FETCHED, "_score"]), limit, within)

    async def _by_meaning(self, vector: Vectors | None, limit: int, within: Expr | None) -> pa.Table | None:
        """`limit` of a small table, where that is exact, a few more of a large one."""
        if vector is None:
            return None
        probes = max(PROBES, int(PROBED_SHARE * self._rows / PARTITION_ROWS))
        query = self._table.query().nearest_to(vector).distance_type("cosine").select([*FETCHED, "_distance"])
        # No upper bound: where a filter leaves little, more partitions are probed until there is enough.
        query = query.maximum_nprobes(0).minimum_nprobes(probes)
        return await _best(query, limit if self._rows < FLAT_ROWS else math.ceil(SPARE_SHARE * limit) + 5, within)

    async def _of_documents(self, seqs: Sequence[int]) -> pa.Table:
        return await self._table.query().where(col("seq").isin(seqs)).select(FETCHED).to_arrow()


async def _best(query: Any, limit: int, within: Expr | None) -> pa.Table:
    if within is not None:
        query = query.where(within)
    return await query.limit(limit).to_arrow()


def _candidates(rows: pa.Table | None, vector: Vectors | None) -> list[Candidate]:
    """Rows with their distances to `vector`, and their scores where they were found by words."""
    if rows is None:
        return []
    vectors, present = _vectors(rows["vector"].combine_chunks())
    away: list[float] = [] if vector is None else (1.0 - vectors @ vector).tolist()
    scores = rows["_score"].to_pylist() if "_score" in rows.column_names else [0.0] * len(rows)
    documents = from_rows(rows["about"].to_pylist())
    return [
        Candidate(document, score, away[place] if away and has else None, vectors[place] if has else None)
        for place, (document, score, has) in enumerate(zip(documents, scores, present, strict=True))
    ]


def _vectors(column: Any) -> tuple[Vectors, list[bool]]:
    """The vectors of all rows, zeros where one has none, and which have one."""
    length = column.type.list_size
    if column.null_count:
        rows = column.to_pylist()
        return np.array([row or [0.0] * length for row in rows], np.float32), [row is not None for row in rows]
    return column.flatten().to_numpy().reshape(len(column), length), [True] * len(column)
