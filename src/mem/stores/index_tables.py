"""The tables of the search index as LanceDB keeps them: opened, made, given their indexes, tidied."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mem.records import TimeRange
from mem.stores.database import to_db
from mem.stores.generations import generation_directory
from mem.stores.index_search import FLAT_ROWS, TABLE
from mem.stores.lance import FTS, BTree, Expr, IvfRq, col, connect, lit

WORDS = FTS(language="English", stem=True, remove_stop_words=True)
NEAR = IvfRq(distance_type="cosine", num_bits=4)
SORTED = ("seq", "happened_at")
RETRAIN_GROWTH = 1.5
FILES_BEFORE_MAINTENANCE = 64
LEAST_TAIL, MOST_TAIL, TAIL_SHARE = 1000, 5000, 0.05  # rows in no index before they are taken in


def open_table(root: Path, number: int) -> Any:
    """The table of a generation."""
    return connect(generation_directory(root, number)).open_table(TABLE)


def create_table(root: Path, number: int, schema: pa.Schema) -> Any:
    """A new, empty table in a generation's directory."""
    return connect(generation_directory(root, number)).create_table(TABLE, schema=schema)


def index_words(table: Any) -> None:
    """Makes the texts searchable; what is added later is found too, by reading it."""
    table.create_index("text", config=WORDS)


def index_all(table: Any, *, vectors: bool) -> None:
    """Makes a large table searchable in milliseconds, and takes what was added since into the indexes it has.

    Takes seconds for 100,000 rows, and half a minute for a million: never under the profile's lock. `vectors`: all rows
    have one.
    """
    if not _rows_in(table, "text_idx"):
        index_words(table)
    rows = table.count_rows()
    if rows >= FLAT_ROWS:
        for column in SORTED:
            if not _rows_in(table, f"{column}_idx"):
                table.create_index(column, config=BTree())
        if vectors and rows > RETRAIN_GROWTH * _rows_in(table, "vector_idx"):
            table.create_index("vector", config=NEAR)
    tidy(table)


def tidy(table: Any) -> None:
    """Merges small files and drops old versions. No other process may use the table meanwhile."""
    table.optimize(cleanup_older_than=timedelta(milliseconds=1))


def unindexed_rows(table: Any) -> int:
    """How many rows a search reads one by one; all, where the table is large enough for an index and has none."""
    rows: int = table.count_rows()
    return rows - (_rows_in(table, "text_idx") if rows < FLAT_ROWS else _rows_in(table, "vector_idx"))


def has_outgrown(table: Any, *, files: int, fits: bool) -> bool:
    """Whether a large table has many rows that are in no index, or many files. `fits`: its vectors can be searched at all."""
    rows = table.count_rows()
    most = min(max(LEAST_TAIL, TAIL_SHARE * rows), MOST_TAIL)
    return rows >= FLAT_ROWS and ((fits and unindexed_rows(table) > most) or files > FILES_BEFORE_MAINTENANCE)


def documents_in(table: Any) -> int:
    """How many documents there are: a long one has several rows."""
    return int(pc.count_distinct(table.search().select(["seq"]).to_arrow()["seq"]).as_py())


def rows_above(table: Any, seq: int) -> pa.Table:
    """All rows above a `seq`."""
    return table.search().where(col("seq") > lit(seq)).to_arrow()


def rows_of(table: Any, seqs: Collection[int]) -> pa.Table:
    """The rows of the documents with these `seq`."""
    return table.search().where(col("seq").isin(seqs)).to_arrow()


def drop_above(table: Any, seq: int, *, also: Collection[int] = ()) -> None:
    """Removes the rows above a `seq`, and `also` these."""
    above = col("seq") > lit(seq)
    table.delete((above | col("seq").isin(also) if also else above).to_sql())


def within(time_range: TimeRange | None) -> Expr | None:
    """The condition that a row happened in the range; None for no condition."""
    if time_range is None:
        return None
    bounds = []
    if time_range.start is not None:
        bounds.append(col("happened_at") >= lit(to_db(time_range.start)))
    if time_range.end is not None:
        bounds.append(col("happened_at") < lit(to_db(time_range.end)))
    return bounds[0] & bounds[1] if len(bounds) == 2 else (bounds[0] if bounds else None)


def _rows_in(table: Any, index: str) -> int:
    """How many rows an index has; 0 where there is no such index."""
    stats = table.index_stats(index)
    return 0 if stats is None else int(stats.num_indexed_rows)
