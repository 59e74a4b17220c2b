"""A new generation of the search index in which some documents have given place to others, looked at before it is current."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack

import numpy as np
import pyarrow as pa

from mem.errors import StoreError
from mem.models import Embedder, Vectors
from mem.records import Document
from mem.stores.database import Connection, Database, get_meta, next_value, set_meta
from mem.stores.generations import IndexDamaged, compare, listed, make_durable, make_generation, using
from mem.stores.index_building import COPIED_ROWS, IndexBuilder
from mem.stores.index_preview import PreviewIndex
from mem.stores.index_rows import to_arrow
from mem.stores.index_tables import create_table, index_all, open_table, rows_above
from mem.stores.known_documents import KnownDocuments, come_back
from mem.stores.passages import passages

REINDEX_FIRST = "the search index has to be whole for this; nothing was changed: run mem reindex, then try again"


class Replacement(PreviewIndex):
    """Searches a generation that holds documents which DuckDB does not have yet."""

    def __init__(
        self, database: Database, embedder: Embedder, number: int, gone: Set[int], added: Sequence[Document]
    ) -> None:
        super().__init__(database, embedder, number)
        self._known = _AsReplaced(gone, added)


class IndexReplacer(IndexBuilder):
    """Builds the index without some documents and with others, beside the one that answers meanwhile.

    Unlike `rewrite`, the profile's lock is held only to copy and to commit.
    """

    def is_whole(self, connection: Connection) -> bool:
        """Whether every document is in the index, made with this embedder."""
        mark = int(get_meta(connection, "indexed_seq", "0"))
        waiting = connection.execute("select count(*) from document where seq > ?", [mark]).fetchone()
        fits = get_meta(connection, "index_fingerprint") == self._embedder.fingerprint
        return fits and not (waiting and waiting[0]) and not come_back(connection)

    def replace(
        self,
        gone: Set[int],
        added: Sequence[Document],
        *,
        approve: Callable[[Replacement], None],
        on_current: Callable[[Connection], None],
    ) -> bool:
        """Takes the documents of these `seq` out and `added` in. `on_current` is part of the transaction that takes the new
        generation, after `approve` has looked at it; what either raises leaves the old one.

        The `seq` of `added` were reserved when the index was whole. False: something was forgotten or rebuilt meanwhile, and
        nothing was changed. StoreBusy while another process builds.
        """
        rows = passages(added)
        vectors = self._embedder.embed_passages([row.text for row in rows])
        with self._building().exclusive():
            try:
                return self._replace(gone, rows, vectors, approve, on_current)
            finally:
                self.remove_others()

    def _replace(
        self,
        gone: Set[int],
        rows: Sequence[Document],
        vectors: Vectors,
        approve: Callable[[Replacement], None],
        on_current: Callable[[Connection], None],
    ) -> bool:
        source, number = self._begin()
        with ExitStack() as unfinished:
            unfinished.callback(self._abandon, number)
            try:
                mark = self._copy_others(source, number, gone)
                with using(number):
                    table = open_table(self.root, number)
                    if rows:
                        table.add(to_arrow(rows, vectors, self._embedder.dimensions))
                    index_all(table, vectors=True)
                    checksums = make_durable(self.root, number)
            except IndexDamaged:
                if self._meta("index_maintaining") == str(number):
                    raise
                return False  # something was forgotten, and the files taken away
            approve(Replacement(self._database, self._embedder, number, gone, rows))
            unfinished.pop_all()
        with self._database.write() as connection:
            still = int(get_meta(connection, "index_generation", "0")), get_meta(connection, "index_maintaining")
            if still != (source, str(number)):
                return False
            with using(number):
                came = rows_above(open_table(self.root, source), mark)
                if len(came):
                    open_table(self.root, number).add(came)
            indexed = max([int(get_meta(connection, "indexed_seq", "0")), *(row.seq for row in rows)])
            self._make_current(connection, number, indexed, checksums=checksums, keep_fingerprint=True)
            set_meta(connection, "index_building", "")  # what a killed rebuild has left holds what is gone
            on_current(connection)
        return True

    def _begin(self) -> tuple[int, int]:
        """The current generation, and the number of the new one; a forget from now on ends this."""
        with self._database.write() as connection:
            source = int(get_meta(connection, "index_generation", "0"))
            if not source or compare(self.root, source, listed(connection, source), deep=True, trust=True):
                raise StoreError(REINDEX_FIRST)
            number = next_value(connection, "g")
            set_meta(connection, "index_maintaining", number)
            return source, number

    def _copy_others(self, source: int, number: int, gone: Set[int]) -> int:
        """Copies all rows but those of `gone`; the mark of what was copied. No other process writes meanwhile."""
        with self._database.read() as connection:
            if get_meta(connection, "index_maintaining") != str(number):
                raise StoreError("something was forgotten meanwhile; nothing was changed: try again")
            make_generation(self.root, number)
            with using(source):
                old = open_table(self.root, source)
                batches = old.search().select(old.schema.names).to_batches(COPIED_ROWS)
                with using(number):
                    kept = pa.RecordBatchReader.from_batches(old.schema, _without(batches, sorted(gone)))
                    create_table(self.root, number, old.schema).add(kept)
            return int(get_meta(connection, "indexed_seq", "0"))

    def _abandon(self, number: int) -> None:
        with self._database.write() as connection:
            if get_meta(connection, "index_maintaining") == str(number):
                set_meta(connection, "index_maintaining", "")


class _AsReplaced(KnownDocuments):
    """What DuckDB has when the generation is current."""

    def __init__(self, gone: Set[int], added: Sequence[Document]) -> None:
        super().__init__()
        self._gone = sorted(gone)
        self._added = {document.seq: document.session for document in added}

    def _refresh(self, connection: Connection) -> None:
        self._forget_all()
        super()._refresh(connection)
        kept = ~np.isin(self._seqs, self._gone)
        hashes = connection.execute("select hash(unnest(?::varchar[]))", [[*self._added.values()]]).fetchall()
        seqs = np.concatenate([self._seqs[kept], np.array([*self._added], np.int64)])
        sessions = np.concatenate([self._sessions[kept], np.array([hash for (hash,) in hashes], np.uint64)])
        order = np.argsort(seqs)
        self._seqs, self._sessions = seqs[order], sessions[order]


def _without(batches: Iterator[pa.RecordBatch], gone: Sequence[int]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield batch.filter(pa.array(~np.isin(batch["seq"].to_numpy(), gone)))
