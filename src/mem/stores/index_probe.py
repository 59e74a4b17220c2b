"""A look at a generation of the search index before it is used: is everything in it, and is it found by its own text?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mem.models import Embedder, Vectors
from mem.stores.database import Connection
from mem.stores.index_tables import rows_of

PROBES = 24
MOST_PROBED = 48  # rows: a long document has many
# Half-precision vectors, and those of a batch, differ from a single one by some thousandths.
SAME_DISTANCE = 0.01
LEAST_SPREAD = 1e-5
PROBED = "select seq, text from document where seq <= ? and text <> '' order by hash(seq) limit ?"
EXPECTED = "select count(*) from document where seq <= ?"


@dataclass(frozen=True, slots=True)
class Probed:
    """A row of the generation: a document's text, or a passage of it, and its vector."""

    seq: int
    text: str
    vector: Vectors


def documents_to_probe(connection: Connection, seq: int) -> tuple[int, dict[int, str]]:
    """How many documents there are up to a `seq`, and the texts of some of them, spread over all."""
    row = connection.execute(EXPECTED, [seq]).fetchone()
    return (row[0] if row else 0), dict(connection.execute(PROBED, [seq, PROBES]).fetchall())


def probe(table: Any, texts: Mapping[int, str], embedder: Embedder) -> str:
    """What is wrong with the vectors of these documents in a table, or empty: each is to be the first hit for its own text,
    and nearer to it than to the texts of others."""
    if not texts:
        return ""
    rows = rows_of(table, texts.keys()).to_pylist()
    if missing := texts.keys() - {row["seq"] for row in rows}:
        return f"{len(missing)} of {len(texts)} documents are not in it"
    if any(row["text"] not in texts[row["seq"]] for row in rows):
        return "it holds a text that the database does not have"
    if any(row["vector"] is None for row in rows):
        return "the embedder made vectors that are not finite"
    documents = [Probed(row["seq"], row["text"], np.asarray(row["vector"], np.float32)) for row in rows[:MOST_PROBED]]
    stored = np.stack([document.vector for document in documents])
    queries = np.stack([embedder.embed_query(document.text) for document in documents])
    for document, query in zip(documents, queries, strict=True):
        if not _is_first(table, document, query):
            # A model with two prefixes may think another text the better answer to this one; as a passage it is the same.
            (passage,) = embedder.embed_passages([document.text])
            if not _is_first(table, document, passage) or _distance(document, passage) > SAME_DISTANCE:
                return f"document {document.seq} is not found by its own text"
    return _senseless(documents, 1.0 - queries @ stored.T)


def _is_first(table: Any, document: Probed, vector: Vectors) -> bool:
    """Whether nothing is nearer; another text may be as near as this one."""
    query = table.search(vector).distance_type("cosine").select(["_distance"]).limit(1)
    nearest = query.to_arrow()["_distance"].to_pylist()
    return bool(nearest) and _distance(document, vector) <= nearest[0] + SAME_DISTANCE


def _distance(document: Probed, vector: Vectors) -> float:
    return 1.0 - float(document.vector @ vector)


def _senseless(documents: Sequence[Probed], distances: Vectors) -> str:
    """Texts have to be nearer to themselves than to others, or the query is embedded in another space than they are."""
    texts = [document.text for document in documents]
    others = [distances[a, b] for a, one in enumerate(texts) for b, other in enumerate(texts) if one != other]
    own, away = float(np.median(np.diagonal(distances))), float(np.median(others)) if others else np.inf
    return "" if away - own > LEAST_SPREAD else f"texts are as far from themselves ({own:.3f}) as from others ({away:.3f})"
