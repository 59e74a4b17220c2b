"""A row of the search index: its columns, and the way from a document to a row and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from mem.models import Vectors
from mem.records import Document
from mem.stores.database import from_db, to_db


def table_schema(dimensions: int) -> pa.Schema:
    """Columns of the index, for vectors of `dimensions`."""
    text = [pa.field(name, pa.string()) for name in ("episode", "part", "kind", "session", "turn", "text")]
    happened_at, vector = pa.field("happened_at", pa.timestamp("us")), pa.field("vector", pa.list_(pa.float32(), dimensions))
    return pa.schema([pa.field("seq", pa.int64()), *text, happened_at, vector])


def vector_length(table: Any) -> int:
    """How long the vectors of an open table are."""
    return int(table.schema.field("vector").type.list_size)


def to_arrow(documents: Sequence[Document], vectors: Vectors | None, dimensions: int) -> pa.Table:
    """Documents as rows, with their vectors or, where none can be compared, without."""
    rows = [{**asdict(document), "happened_at": to_db(document.happened_at)} for document in documents]
    for place, row in enumerate(rows):
        # LanceDB refuses numbers that are not finite: such a text is found by its words.
        row["vector"] = None if vectors is None or not np.isfinite(vectors[place]).all() else vectors[place]
    return pa.Table.from_pylist(rows, schema=table_schema(dimensions))


def to_document(row: Sequence[Any]) -> Document:
    """A row's columns, but the vector, as a document."""
    seq, episode, part, kind, session, turn, text, happened_at = row
    return Document(seq, episode, part, kind, session, turn, text, from_db(happened_at))
