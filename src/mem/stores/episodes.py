"""The search index over episodes, in LanceDB: vectors and full text. Derived from DuckDB, and rebuilt from it at will.

Rows enter by their `seq`, in order; `meta.indexed_seq` is the high-water mark up to which they are in the index for sure.
LanceDB keeps deleted text and never syncs (see reliability.md), so rows are forgotten by copying the others to a new
generation, and every write is sealed: synced, and listed with its sha256 in DuckDB.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lancedb.expr import Expr, col, lit
from lancedb.index import FTS

from mem.errors import StoreDamaged, StoreError
from mem.models import Embedder, Vectors
from mem.records import Candidate, Document, TimeRange
from mem.stores.database import Connection, Database, from_db, get_meta, next_value, set_meta, to_db
from mem.stores.generations import damage, generation_directory, make_generation, remove_others, seal, set_aside

TABLE = "document"
BATCH_ROWS = 256
FILES_BEFORE_OPTIMISE = 24
COLUMNS = ["seq", "episode", "part", "kind", "session", "turn", "text", "happened_at"]
PENDING = "select seq, episode, part, kind, session, turn, text, happened_at from document where seq > ? order by seq limit ?"
# LanceDB raises RuntimeError for damaged files, ValueError for what it cannot parse, OSError for the disk.
LANCE_ERRORS = (RuntimeError, ValueError, OSError)


class EpisodeIndex:
    """Search over all documents, by words and by meaning. Safe beside other processes; never ahead of DuckDB."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self._root = database.directory / "index"

    def search(
        self, query: str, vector: Vectors | None, *, limit: int, time_range: TimeRange | None = None
    ) -> tuple[list[Candidate], str]:
        """The `limit` best by words and the `limit` best by meaning, without repeats, and a notice (often empty).

        Without `vector`, or when the index was made with another embedder, only words count and `distance` is None.
        """
        try:
            with self._database.read() as connection:
                number = int(get_meta(connection, "index_generation", "0"))
                if not number:
                    return [], ""
                if problem := damage(connection, self._root, number):
                    raise StoreDamaged(problem)
                notice = ""
                if get_meta(connection, "index_fingerprint") != self._embedder.fingerprint:
                    vector, notice = None, "the index was made with another embedder: words only, until you run: mem reindex"
                rows = _search(self._open(number), _plain_words(query), vector, limit, _within(time_range))
                return _known(connection, [_candidate(row, vector) for row in rows]), notice
        except LANCE_ERRORS + (StoreDamaged,) as error:
            if isinstance(error, StoreError) and not isinstance(error, StoreDamaged):
                raise
            self._replace_damaged(str(error).splitlines()[0][:200])
            return self.search(query, vector, limit=limit, time_range=time_range)

    def catch_up(self, *, progress: Callable[[int], None] = lambda done: None) -> int:
        """Indexes what is in DuckDB and not yet here; how many documents that were."""
        total = 0
        while documents := self._pending():
            vectors = self._embedder.embed_passages([document.text for document in documents])
            total += self._add(documents, vectors)
            progress(total)
        return total

    def rebuild(self, *, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Builds a new generation from DuckDB beside the old one, which answers meanwhile; resumable after a kill."""
        number = self._begin_rebuild()
        done = self._last_seq(number)
        while documents := self._pending(after=done):
            vectors = self._embedder.embed_passages([document.text for document in documents])
            self._table(number).add(_arrow(documents, vectors, self._embedder.dimensions))
            done = documents[-1].seq
            progress(*self._progress(done))
        with self._database.write() as connection:
            _finish_index(self._table(number))
            self._make_current(connection, number, done)
            set_meta(connection, "index_building", "")
        self._remove_others()
        self.catch_up()
        return int(self._table(number).count_rows())

    def rewrite(self, connection: Connection) -> None:
        """A new generation without what DuckDB no longer has; becomes current with the caller's transaction."""
        current = int(get_meta(connection, "index_generation", "0"))
        if not current:
            return
        number = next_value(connection, "g")
        make_generation(self._root, number)
        old = self._open(current)
        table = self._create(number, old.schema)
        for batch in old.search().select(old.schema.names).to_batches(BATCH_ROWS):
            present = connection.execute("select seq from document where list_contains(?, seq)", [batch["seq"].to_pylist()])
            kept = pa.array([seq for (seq,) in present.fetchall()], pa.int64())
            if len(kept):
                table.add(pa.Table.from_batches([batch]).filter(pc.is_in(batch["seq"], kept)))
        _finish_index(table)
        # The mark stays: what is above it was not in the old generation either.
        self._make_current(connection, number, int(get_meta(connection, "indexed_seq", "0")), keep_fingerprint=True)

    def remove_old_generations(self) -> None:
        """Removes what is neither current nor being built."""
        self._remove_others()

    def state(self, *, deep: bool = False) -> dict[str, Any]:
        """What `mem doctor` shows: generation, documents indexed and waiting, damage, whether the embedder fits."""
        with self._database.read() as connection:
            number = int(get_meta(connection, "index_generation", "0"))
            mark = int(get_meta(connection, "indexed_seq", "0"))
            waiting = connection.execute("select count(*) from document where seq > ?", [mark]).fetchone()
            return {
                "generation": number,
                "indexed": self._open(number).count_rows() if number and not damage(connection, self._root, number) else 0,
                "waiting": waiting[0] if waiting else 0,
                "damage": damage(connection, self._root, number, deep=deep) if number else "",
                "embedder_matches": not number or get_meta(connection, "index_fingerprint") == self._embedder.fingerprint,
            }

    def _pending(self, *, after: int | None = None) -> list[Document]:
        with self._database.read() as connection:
            mark = int(get_meta(connection, "indexed_seq", "0")) if after is None else after
            return [_document(row) for row in connection.execute(PENDING, [mark, BATCH_ROWS]).fetchall()]

    def _add(self, documents: Sequence[Document], vectors: Vectors) -> int:
        with self._database.write() as connection:
            mark = int(get_meta(connection, "indexed_seq", "0"))
            number = int(get_meta(connection, "index_generation", "0"))
            if number and damage(connection, self._root, number):
                set_aside(self._root, number)
                self._database.notify("the search index is damaged: it was set aside and is rebuilt from the database…")
                number = mark = 0
                set_meta(connection, "indexed_seq", 0)
            if not number:
                number = self._make_first(connection)
            matches = get_meta(connection, "index_fingerprint") == self._embedder.fingerprint
            table = self._open(number)
            table.delete((col("seq") > lit(mark)).to_sql())  # added by a run that was killed before it could commit
            fresh = [place for place, document in enumerate(documents) if document.seq > mark]
            if fresh and documents[fresh[0]].seq > mark:
                rows = [documents[place] for place in fresh]
                table.add(_arrow(rows, vectors[fresh] if matches else None, _dimensions(table)))
                set_meta(connection, "indexed_seq", rows[-1].seq)
            if len(list((generation_directory(self._root, number) / f"{TABLE}.lance" / "data").glob("*"))) > FILES_BEFORE_OPTIMISE:
                table.optimize(cleanup_older_than=timedelta(milliseconds=1))  # safe: readers and writers wait for the profile's lock
            seal(connection, self._root, number)
        return len(fresh)

    def _make_first(self, connection: Connection) -> int:
        number = next_value(connection, "g")
        make_generation(self._root, number)
        table = self._create(number, _schema(self._embedder.dimensions))
        table.create_index("text", config=FTS(language="English", stem=True, remove_stop_words=True))
        set_meta(connection, "index_generation", number)
        set_meta(connection, "index_fingerprint", self._embedder.fingerprint)
        return number

    def _begin_rebuild(self) -> int:
        """The number of the generation to build: an interrupted one of the same embedder, else a new one."""
        with self._database.write() as connection:
            building, _, fingerprint = get_meta(connection, "index_building").partition(" ")
            if building and fingerprint == self._embedder.fingerprint and self._readable(int(building)):
                return int(building)
            number = next_value(connection, "g")
            make_generation(self._root, number)
            self._create(number, _schema(self._embedder.dimensions))
            set_meta(connection, "index_building", f"{number} {self._embedder.fingerprint}")
        return number

    def _readable(self, number: int) -> bool:
        """Whether a half-built generation survived: it has no list of files yet to check it against."""
        try:
            self._last_seq(number)
        except LANCE_ERRORS:
            return False
        return True

    def _last_seq(self, number: int) -> int:
        rows = self._open(number).search().select(["seq"]).to_arrow()["seq"].to_pylist()
        return max(rows, default=0)

    def _progress(self, seq: int) -> tuple[int, int]:
        with self._database.read() as connection:
            row = connection.execute("select count(*) filter (where seq <= ?), count(*) from document", [seq]).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def _make_current(self, connection: Connection, number: int, indexed_seq: int, *, keep_fingerprint: bool = False) -> None:
        seal(connection, self._root, number)
        connection.execute("delete from index_file where generation <> ?", [number])
        set_meta(connection, "index_generation", number)
        set_meta(connection, "indexed_seq", indexed_seq)
        if not keep_fingerprint:
            set_meta(connection, "index_fingerprint", self._embedder.fingerprint)

    def _remove_others(self) -> None:
        with self._database.write() as connection:
            building = get_meta(connection, "index_building").partition(" ")[0]
            keep = {int(get_meta(connection, "index_generation", "0")), int(building or 0)}
            remove_others(self._root, keep)

    def _replace_damaged(self, reason: str) -> None:
        self._database.notify(f"the search index is damaged ({reason}): it was set aside and is rebuilt from the database…")
        with self._database.write() as connection:
            set_aside(self._root, int(get_meta(connection, "index_generation", "0")))
            set_meta(connection, "index_generation", 0)
            set_meta(connection, "indexed_seq", 0)
            connection.execute("delete from index_file")
        self.catch_up()

    def _open(self, number: int) -> Any:
        return lancedb.connect(generation_directory(self._root, number)).open_table(TABLE)

    _table = _open

    def _create(self, number: int, schema: pa.Schema) -> Any:
        return lancedb.connect(generation_directory(self._root, number)).create_table(TABLE, schema=schema)


def _schema(dimensions: int) -> pa.Schema:
    text = [pa.field(name, pa.string()) for name in ("episode", "part", "kind", "session", "turn", "text")]
    return pa.schema(
        [pa.field("seq", pa.int64()), *text, pa.field("happened_at", pa.timestamp("us")), pa.field("vector", pa.list_(pa.float32(), dimensions))]
    )


def _dimensions(table: Any) -> int:
    return int(table.schema.field("vector").type.list_size)


def _arrow(documents: Sequence[Document], vectors: Vectors | None, dimensions: int) -> pa.Table:
    rows = [{**asdict(document), "happened_at": to_db(document.happened_at)} for document in documents]
    for place, row in enumerate(rows):
        row["vector"] = None if vectors is None else vectors[place]
    return pa.Table.from_pylist(rows, schema=_schema(dimensions))


def _finish_index(table: Any) -> None:
    table.create_index("text", config=FTS(language="English", stem=True, remove_stop_words=True))
    table.optimize(cleanup_older_than=timedelta(milliseconds=1))


def _search(table: Any, words: str, vector: Vectors | None, limit: int, within: Expr | None) -> Iterator[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    queries = [table.search(words, query_type="fts")] if words else []
    if vector is not None:
        queries.append(table.search(vector).distance_type("cosine"))
    for query in queries:
        if within is not None:
            query = query.where(within)
        for row in query.limit(limit).to_list():
            found.setdefault(row["seq"], {"_score": 0.0}).update(row)
    return iter(found.values())


def _candidate(row: dict[str, Any], vector: Vectors | None) -> Candidate:
    own = row["vector"]
    distance = None if vector is None or own is None else 1.0 - float(np.dot(np.asarray(own, np.float32), vector))
    return Candidate(_document([row[name] for name in COLUMNS]), float(row["_score"]), distance, tuple(own or ()))


def _known(connection: Connection, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that DuckDB still has: it is the truth, the index only a proposal."""
    seqs = [candidate.document.seq for candidate in candidates]
    rows = connection.execute("select seq from document where list_contains(?, seq)", [seqs]).fetchall()
    known = {seq for (seq,) in rows}
    return [candidate for candidate in candidates if candidate.document.seq in known]


def _document(row: Sequence[Any]) -> Document:
    seq, episode, part, kind, session, turn, text, happened_at = row
    return Document(seq, episode, part, kind, session, turn, text, from_db(happened_at))


def _within(time_range: TimeRange | None) -> Expr | None:
    if time_range is None:
        return None
    bounds = []
    if time_range.start is not None:
        bounds.append(col("happened_at") >= lit(to_db(time_range.start)))
    if time_range.end is not None:
        bounds.append(col("happened_at") < lit(to_db(time_range.end)))
    return bounds[0] & bounds[1] if len(bounds) == 2 else (bounds[0] if bounds else None)


def _plain_words(query: str) -> str:
    """The query without what the full-text parser gives a meaning to (a quoted query asks for positions we do not keep)."""
    return " ".join(re.findall(r"\w+", query))
