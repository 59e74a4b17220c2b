"""A row of the search index: its columns, and the way from a document to a row and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from mem.models import Vectors
from mem.records import Document
from mem.stores.database import from_db, to_db

FETCHED = ["about", "vector"]  # each column of a hundred scattered rows takes a millisecond
# Short texts are packed in blocks otherwise, and for one of them the whole block is unpacked (measured: a tenth of a search).
ONE_BY_ONE = {"lance-encoding:structural-encoding": "fullzip"}


def table_schema(dimensions: int) -> pa.Schema:
    """Columns of the index, for vectors of `dimensions`: those that are searched, and `about`, all of the document as one."""
    searched = [pa.field("seq", pa.int64()), pa.field("happened_at", pa.timestamp("us"))]
    texts = [pa.field(name, pa.string(), metadata=ONE_BY_ONE) for name in ("about", "text")]
    return pa.schema([*searched, *texts, pa.field("vector", pa.list_(pa.float32(), dimensions))])


def vector_length(table: Any) -> int:
    """How long the vectors of an open table are."""
    return int(table.schema.field("vector").type.list_size)


def to_arrow(documents: Sequence[Document], vectors: Vectors | None, dimensions: int) -> pa.Table:
    """Documents as rows, with their vectors or, where none can be compared, without."""
    rows: list[dict[str, Any]] = [
        {"seq": one.seq, "happened_at": to_db(one.happened_at), "about": _about(one), "text": one.text} for one in documents
    ]
    for place, row in enumerate(rows):
        # LanceDB refuses numbers that are not finite: such a text is found by its words.
        row["vector"] = None if vectors is None or not np.isfinite(vectors[place]).all() else vectors[place]
    return pa.Table.from_pylist(rows, schema=table_schema(dimensions))


def to_document(row: Sequence[Any]) -> Document:
    """A row of DuckDB's view `document`."""
    seq, episode, part, kind, session, turn, text, happened_at = row
    return Document(seq, episode, part, kind, session, turn, text, from_db(happened_at))


def from_rows(abouts: Sequence[str]) -> list[Document]:
    """Rows of the index as documents."""
    known = json.loads(f"[{','.join(abouts)}]")  # all at once: a third of the time
    return [
        Document(seq, episode, part, kind, session, turn, text, datetime.fromisoformat(happened_at))
        for seq, episode, part, kind, session, turn, happened_at, text in known
    ]


def _about(document: Document) -> str:
    when = document.happened_at.astimezone(UTC).isoformat()
    known = document.seq, document.episode, document.part, document.kind, document.session, document.turn, when, document.text
    return json.dumps(known, ensure_ascii=False)
