"""The search index over episodes, in LanceDB: vectors and full text. Derived from DuckDB, and rebuilt from it at will.

Rows enter by their `seq`, in order; `meta.indexed_seq` is the high-water mark up to which they are in the index for sure.
LanceDB keeps deleted text and never syncs (see reliability.md), so rows are forgotten by copying the others to a new
generation, and every write is sealed: synced, and listed with its sha256 in DuckDB.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from lancedb.expr import Expr, col, lit
from lancedb.index import FTS

from mem.errors import StoreError
from mem.models import Embedder, Vectors
from mem.records import Candidate, Document, TimeRange
from mem.stores.database import Connection, Database, get_meta, next_value, set_meta, to_db
from mem.stores.generations import (
    IndexDamaged,
    damage,
    generation_directory,
    make_generation,
    remove_others,
    seal,
    set_aside,
    using,
)
from mem.stores.index_rows import table_schema, to_arrow, to_document, vector_length

TABLE = "document"
MIXED = "mixed"  # fits no embedder: rows without a vector came in while another one was set
BATCH_ROWS = 256
FILES_BEFORE_OPTIMISE = 24
COLUMNS = ["seq", "episode", "part", "kind", "session", "turn", "text", "happened_at"]
PENDING = "select seq, episode, part, kind, session, turn, text, happened_at from document where seq > ? order by seq limit ?"


class EpisodeIndex:
    """Search over all documents, by words and by meaning. Safe beside other processes; never ahead of DuckDB."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self._root = database.directory / "index"
        self._verified = 0  # the generation whose every byte was compared with its checksum
        self._begun = False

    def search(
        self, query: str, vector: Vectors | None, *, limit: int, time_range: TimeRange | None = None
    ) -> tuple[list[Candidate], str]:
        """The `limit` best by words and the `limit` best by meaning, without repeats, and a notice (often empty).

        Without `vector`, or when the index was made with another embedder, only words count and `distance` is None.
        """
        try:
            return self._search_once(query, vector, limit, time_range)
        except IndexDamaged as problem:
            self._set_aside(problem)
        self.catch_up()
        return self._search_once(query, vector, limit, time_range)

    def catch_up(self, *, progress: Callable[[int], None] = lambda done: None) -> int:
        """Indexes what is in DuckDB and not yet here; how many documents that were."""
        self._finish_forgetting()
        total, repaired = 0, False
        while documents := self._pending():
            vectors = self._embedder.embed_passages([document.text for document in documents])
            try:
                total += self._add(documents, vectors)
            except IndexDamaged as problem:
                if repaired:
                    raise
                self._set_aside(problem)
                repaired = True
                continue
            progress(total)
            if len(documents) < BATCH_ROWS:
                break
        return total

    def rebuild(self, *, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Builds a new generation from DuckDB beside the old one, which answers meanwhile; resumable after a kill.

        How many documents it holds.
        """
        while not self._build(progress):
            pass  # something was forgotten meanwhile, and must not come back with what was read before
        self._remove_others()
        self.catch_up()
        return int(self.state()["indexed"])

    def _build(self, progress: Callable[[int, int], None]) -> bool:
        """One attempt; False when its generation was taken away by a forget or another process."""
        number = self._begin_rebuild()
        with using(number):
            done = self._last_seq(number)
        while documents := self._pending(after=done):
            vectors = self._embedder.embed_passages([document.text for document in documents])
            if not self._extend(number, documents, vectors):
                return False
            done = documents[-1].seq
            progress(*self._progress(done))
        return self._finish_rebuild(number, done)

    def rewrite(self, connection: Connection) -> None:
        """A new generation without what DuckDB no longer has; becomes current with the caller's transaction.

        `remove_old_generations` is owed from that transaction on. A damaged index is given up: `catch_up` builds it again.
        """
        set_meta(connection, "index_building", "")
        set_meta(connection, "index_purge", "owed")
        current = int(get_meta(connection, "index_generation", "0"))
        if not current:
            return
        try:
            with using(current):
                self._verify(connection, current)
                self._copy_known(connection, current)
        except IndexDamaged:
            _no_generation(connection)

    def remove_old_generations(self) -> None:
        """Removes everything but the current generation, also what was set aside: it may hold what was forgotten."""
        with self._database.write() as connection:
            self._remove_others_in(connection, set_aside_too=True)
            set_meta(connection, "index_purge", "")

    def state(self, *, deep: bool = False) -> dict[str, Any]:
        """What `mem doctor` shows: generation, documents indexed and waiting, damage, whether the embedder fits."""
        with self._database.read() as connection:
            number = int(get_meta(connection, "index_generation", "0"))
            mark = int(get_meta(connection, "indexed_seq", "0"))
            waiting = connection.execute("select count(*) from document where seq > ?", [mark]).fetchone()
            problem = damage(connection, self._root, number, deep=deep) if number else ""
            indexed = 0
            if number and not problem:
                try:
                    with using(number):
                        indexed = int(self._open(number).count_rows())
                except StoreError as error:
                    problem = str(error)
            return {
                "generation": number,
                "indexed": indexed,
                "waiting": waiting[0] if waiting else 0,
                "damage": problem,
                "embedder_matches": not number or get_meta(connection, "index_fingerprint") == self._embedder.fingerprint,
            }

    def _search_once(
        self, query: str, vector: Vectors | None, limit: int, time_range: TimeRange | None
    ) -> tuple[list[Candidate], str]:
        with self._database.read() as connection:
            number = int(get_meta(connection, "index_generation", "0"))
            if not number:
                return [], ""
            notice = ""
            if get_meta(connection, "index_fingerprint") != self._embedder.fingerprint:
                vector, notice = None, "the index was made with another embedder: words only, until you run: mem reindex"
            with using(number):
                self._verify(connection, number)
                rows = _search(self._open(number), _plain_words(query), vector, limit, _within(time_range))
                candidates = [_candidate(row, vector) for row in rows]
            return _known(connection, candidates), notice

    def _verify(self, connection: Connection, number: int) -> None:
        """IndexDamaged where a file is not as it was written. LanceDB has no checksums of its own: every byte is compared
        when a generation is first used, later only the sizes."""
        if problem := damage(connection, self._root, number, deep=number != self._verified):
            raise IndexDamaged(problem, number)
        self._verified = number

    def _pending(self, *, after: int | None = None) -> list[Document]:
        with self._database.read() as connection:
            mark = int(get_meta(connection, "indexed_seq", "0")) if after is None else after
            return [to_document(row) for row in connection.execute(PENDING, [mark, BATCH_ROWS]).fetchall()]

    def _add(self, documents: Sequence[Document], vectors: Vectors) -> int:
        with self._database.write() as connection:
            mark = int(get_meta(connection, "indexed_seq", "0"))
            number = int(get_meta(connection, "index_generation", "0"))
            if number:
                self._verify(connection, number)
            else:
                number = self._make_first(connection)
            fresh = _still_there(connection, documents, above=mark)
            matches = get_meta(connection, "index_fingerprint") == self._embedder.fingerprint
            with using(number):
                table = self._open(number)
                table.delete((col("seq") > lit(mark)).to_sql())  # added by a run that was killed before it could commit
                if fresh:
                    rows = [documents[place] for place in fresh]
                    table.add(to_arrow(rows, vectors[fresh] if matches else None, vector_length(table)))
                    if not matches:
                        set_meta(connection, "index_fingerprint", MIXED)
                set_meta(connection, "indexed_seq", max(mark, documents[-1].seq))
                if self._data_files(number) > FILES_BEFORE_OPTIMISE:
                    table.optimize(cleanup_older_than=timedelta(milliseconds=1))  # safe: all others wait for the profile's lock
                seal(connection, self._root, number)
        return len(fresh)

    def _data_files(self, number: int) -> int:
        return len(list((generation_directory(self._root, number) / f"{TABLE}.lance" / "data").glob("*")))

    def _make_first(self, connection: Connection) -> int:
        number = next_value(connection, "g")
        make_generation(self._root, number)
        with using(number):
            table = self._create(number, table_schema(self._embedder.dimensions))
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
            with using(number):
                self._create(number, table_schema(self._embedder.dimensions))
            set_meta(connection, "index_building", f"{number} {self._embedder.fingerprint}")
        return number

    def _extend(self, number: int, documents: Sequence[Document], vectors: Vectors) -> bool:
        """Adds to the generation being built; False when it is that no more: a forget, or another process, ended it."""
        with self._database.write() as connection:
            if not self._is_building(connection, number):
                return False
            with using(number):
                done = self._last_seq(number)
                fresh = _still_there(connection, documents, above=done)
                if fresh:
                    rows = [documents[place] for place in fresh]
                    self._open(number).add(to_arrow(rows, vectors[fresh], self._embedder.dimensions))
        return True

    def _finish_rebuild(self, number: int, done: int) -> bool:
        """Makes the generation current that was being built; False as in `_extend`."""
        with self._database.write() as connection:
            if not self._is_building(connection, number):
                return False
            with using(number):
                _finish_index(self._open(number))
                self._make_current(connection, number, done)
            set_meta(connection, "index_building", "")
        return True

    def _is_building(self, connection: Connection, number: int) -> bool:
        return get_meta(connection, "index_building") == f"{number} {self._embedder.fingerprint}"

    def _readable(self, number: int) -> bool:
        """Whether a half-built generation survived: it has no list of files yet to check it against."""
        try:
            with using(number):
                self._last_seq(number)
        except StoreError:
            return False
        return True

    def _last_seq(self, number: int) -> int:
        rows = self._open(number).search().select(["seq"]).to_arrow()["seq"].to_pylist()
        return max(rows, default=0)

    def _progress(self, seq: int) -> tuple[int, int]:
        with self._database.read() as connection:
            row = connection.execute("select count(*) filter (where seq <= ?), count(*) from document", [seq]).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def _copy_known(self, connection: Connection, current: int) -> None:
        number = next_value(connection, "g")
        make_generation(self._root, number)
        old = self._open(current)
        table = self._create(number, old.schema)
        for batch in old.search().select(old.schema.names).to_batches(BATCH_ROWS):
            kept = pa.array(sorted(_known_seqs(connection, batch["seq"].to_pylist())), pa.int64())
            if len(kept):
                table.add(pa.Table.from_batches([batch]).filter(pc.is_in(batch["seq"], kept)))
        _finish_index(table)
        # The mark stays: what is above it was not in the old generation either.
        self._make_current(connection, number, int(get_meta(connection, "indexed_seq", "0")), keep_fingerprint=True)

    def _make_current(self, connection: Connection, number: int, indexed_seq: int, *, keep_fingerprint: bool = False) -> None:
        seal(connection, self._root, number)
        connection.execute("delete from index_file where generation <> ?", [number])
        set_meta(connection, "index_generation", number)
        set_meta(connection, "indexed_seq", indexed_seq)
        if not keep_fingerprint:
            set_meta(connection, "index_fingerprint", self._embedder.fingerprint)

    def _remove_others(self) -> None:
        with self._database.write() as connection:
            self._remove_others_in(connection)

    def _remove_others_in(self, connection: Connection, *, set_aside_too: bool = False) -> None:
        building = get_meta(connection, "index_building").partition(" ")[0]
        keep = {int(get_meta(connection, "index_generation", "0")), int(building or 0)}
        remove_others(self._root, keep, set_aside_too=set_aside_too)

    def _finish_forgetting(self) -> None:
        """Does what a forget that was killed after its commit still owes; looked for once."""
        if not self._begun:
            with self._database.read() as connection:
                owed = get_meta(connection, "index_purge")
            if owed:
                self.remove_old_generations()
            self._begun = True

    def _set_aside(self, problem: IndexDamaged) -> None:
        """Renames the damaged generation, unless another process has already put a new one in its place."""
        with self._database.write() as connection:
            if int(get_meta(connection, "index_generation", "0")) != problem.generation:
                return
            set_aside(self._root, problem.generation)
            _no_generation(connection)
        self._database.notify(
            f"the search index is damaged ({problem.reason}): it was set aside and is rebuilt from the database…"
        )

    def _open(self, number: int) -> Any:
        return lancedb.connect(generation_directory(self._root, number)).open_table(TABLE)

    def _create(self, number: int, schema: pa.Schema) -> Any:
        return lancedb.connect(generation_directory(self._root, number)).create_table(TABLE, schema=schema)


def _no_generation(connection: Connection) -> None:
    set_meta(connection, "index_generation", 0)
    set_meta(connection, "indexed_seq", 0)
    connection.execute("delete from index_file")


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
    return Candidate(to_document([row[name] for name in COLUMNS]), float(row["_score"]), distance, tuple(own or ()))


def _known(connection: Connection, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that DuckDB still has: it is the truth, the index only a proposal."""
    known = _known_seqs(connection, [candidate.document.seq for candidate in candidates])
    return [candidate for candidate in candidates if candidate.document.seq in known]


def _still_there(connection: Connection, documents: Sequence[Document], *, above: int) -> list[int]:
    """Places of those above a mark that were not forgotten since they were read: they were embedded without the lock."""
    known = _known_seqs(connection, [document.seq for document in documents])
    return [place for place, document in enumerate(documents) if document.seq > above and document.seq in known]


def _known_seqs(connection: Connection, seqs: Sequence[int]) -> set[int]:
    rows = connection.execute("select seq from document where list_contains(?, seq)", [list(seqs)]).fetchall()
    return {seq for (seq,) in rows}


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
