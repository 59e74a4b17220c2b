"""Builds generations of the search index beside the one that answers, and takes the profile's lock only to begin and commit.

A build works in a directory of its own that no reader knows and no other process writes to: `building.lock` is held for as
long as it takes. It is given up when something is forgotten meanwhile, as what was copied may hold it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from itertools import chain, repeat
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mem.errors import StoreBusy, StoreError
from mem.models import Embedder, Vectors
from mem.paths import make_private
from mem.records import Document
from mem.stores.database import Connection, Database, get_meta, next_value, set_meta
from mem.stores.generations import (
    IndexDamaged,
    Listed,
    compare,
    damage,
    generation_directory,
    link_generation,
    listed,
    make_durable,
    make_generation,
    remove_others,
    seal,
    using,
)
from mem.stores.index_probe import documents_to_probe, probe
from mem.stores.index_rows import table_schema, to_arrow, to_document
from mem.stores.index_search import TABLE
from mem.stores.index_tables import (
    create_table,
    documents_in,
    has_outgrown,
    index_all,
    index_words,
    open_table,
    rows_above,
    tidy,
)
from mem.stores.known_documents import all_known, come_back, known_of, stale
from mem.stores.lock import ProfileLock
from mem.stores.passages import passages

BATCH_ROWS = 256
MOST_ROWS = 2048  # in a batch, once there were a few: for each of them all rows of the database are looked through
COPIED_ROWS = 8192
MIXED = "mixed"  # fits no embedder: rows without a vector came in while another one was set
COLUMNS = "seq, episode, part, kind, session, turn, text, happened_at"
AFTER = f"select {COLUMNS} from document where seq > ? order by seq limit ?"
# Only where there are any: with such a condition all documents are read.
PENDING = f"""
select {COLUMNS} from document
where seq > ? or seq in (select seq from unindexed)
order by seq limit ?
"""


class IndexBuilder:
    """Makes new generations current: embedded anew (`rebuild`), tidied (`maintain`), without what is forgotten (`rewrite`)."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self.root = database.directory / "index"

    def rebuild(
        self,
        progress: Callable[[int, int], None],
        approve: Callable[[int], None] = lambda number: None,
        on_current: Callable[[Connection], None] = lambda connection: None,
    ) -> None:
        """A new generation from DuckDB alone; goes on with what a killed run has left. StoreBusy while another one builds.

        `approve` may look at the complete generation and raise; `on_current` is part of the transaction that takes it.
        """
        with self._building().exclusive():
            while not self._rebuild_once(progress, approve, on_current):
                pass  # something was forgotten meanwhile, and must not come back with what was read before
            self.remove_others()

    def maintain(self) -> bool:
        """Takes what came in since into the indexes, where that is due; False where it is not, or another process does it."""
        due = self.is_due()
        if not due and len(list(self.root.glob("g-*[0-9]"))) < 2:
            return False  # nor has a killed run left anything
        try:
            with self._building(patient_seconds=0).exclusive():
                done = due and self._maintain_once()
                self.remove_others()  # what it replaces, or what it had begun to write when it was given up
                return done
        except StoreBusy:
            return False

    def is_building(self) -> bool:
        """Whether any process or thread is at work on a generation."""
        try:
            with self._building(patient_seconds=0).exclusive():
                return False
        except StoreBusy:
            return True

    def is_due(self) -> bool:
        """Whether `maintain` has something to do. A table that is small is tidied at once by who adds to it."""
        with self._database.read() as connection:
            number = int(get_meta(connection, "index_generation", "0"))
            fits = get_meta(connection, "index_fingerprint") == self._embedder.fingerprint
            if not number or damage(connection, self.root, number):
                return False  # the next search repairs it
            with using(number):
                table = open_table(self.root, number)
                return has_outgrown(table, files=self.data_files(number), fits=fits)

    def rewrite(self, connection: Connection) -> None:
        """A new generation without what DuckDB no longer has; becomes current with the caller's transaction.

        A damaged one is given up. The vectors of a large one are indexed by the next `maintain`.
        """
        set_meta(connection, "index_building", "")
        set_meta(connection, "index_maintaining", "")
        current = int(get_meta(connection, "index_generation", "0"))
        if not current:
            return
        try:
            with using(current):
                if problem := compare(self.root, current, listed(connection, current), deep=True, trust=True):
                    raise IndexDamaged(problem, current)
                self._copy_known(connection, current)
        except IndexDamaged:
            no_generation(connection)

    def remove_others(self) -> None:
        """Removes the generations that are neither current nor being built."""
        with self._database.write() as connection:
            self.remove_others_in(connection)

    def remove_others_in(self, connection: Connection, *, set_aside_too: bool = False) -> None:
        """The same in the caller's transaction."""
        building = get_meta(connection, "index_building").partition(" ")[0]
        numbers = get_meta(connection, "index_generation"), get_meta(connection, "index_maintaining"), building
        remove_others(self.root, {int(number or 0) for number in numbers}, set_aside_too=set_aside_too)

    def make_first(self, connection: Connection) -> int:
        """The first generation, empty and current."""
        number = next_value(connection, "g")
        make_generation(self.root, number)
        with using(number):
            index_words(create_table(self.root, number, table_schema(self._embedder.dimensions)))
        set_meta(connection, "index_generation", number)
        set_meta(connection, "index_fingerprint", self._embedder.fingerprint)
        return number

    def data_files(self, number: int) -> int:
        """In how many files the rows of a generation are."""
        return len(list((generation_directory(self.root, number) / f"{TABLE}.lance" / "data").glob("*")))

    def _building(self, **patience: float) -> ProfileLock:
        make_private(self._database.directory)
        return ProfileLock(self._database.directory / "building.lock", notify=self._database.notify, **patience)

    def _maintain_once(self) -> bool:
        source, number, mark, files = self._link_current()
        try:
            with using(number):
                if not source or compare(self.root, source, files, deep=True, trust=True):
                    return False  # what is damaged is set aside and built anew by the next search, and not copied
                fits = self._meta("index_fingerprint") == self._embedder.fingerprint
                index_all(open_table(self.root, number), vectors=fits)
                checksums = make_durable(self.root, number)
        except IndexDamaged:
            if self._meta("index_maintaining") != str(number):
                return False  # something was forgotten, and the files taken away
            raise
        with self._database.write() as connection:
            still = int(get_meta(connection, "index_generation", "0")), get_meta(connection, "index_maintaining")
            if still != (source, str(number)):
                return False  # something was forgotten, set aside or rebuilt
            with using(number):
                added = rows_above(open_table(self.root, source), mark)
                if len(added):
                    open_table(self.root, number).add(added)
            indexed_seq = int(get_meta(connection, "indexed_seq", "0"))
            self._make_current(connection, number, indexed_seq, checksums=checksums, keep_fingerprint=True)
        return True

    def _link_current(self) -> tuple[int, int, int, list[Listed]]:
        """The current generation, the number of a copy of it, its mark and its files; zeros where there is none to copy."""
        with self._database.write() as connection:
            source = int(get_meta(connection, "index_generation", "0"))
            if not source or damage(connection, self.root, source) or come_back(connection):
                return 0, 0, 0, []
            number = next_value(connection, "g")
            set_meta(connection, "index_maintaining", number)
            self.remove_others_in(connection)  # what a killed run has left
            with using(source):
                link_generation(self.root, source, number)
            return source, number, int(get_meta(connection, "indexed_seq", "0")), listed(connection, source)

    def _rebuild_once(
        self,
        progress: Callable[[int, int], None],
        approve: Callable[[int], None],
        on_current: Callable[[Connection], None],
    ) -> bool:
        """One attempt; False when its generation was taken away by a forget."""
        number = self._begin_rebuild()
        with using(number):
            done = self._last_seq(number)
        for size in batch_sizes():
            documents = self.pending(after=done, limit=size)
            if not documents:
                break
            rows = passages(documents)
            vectors = self._embedder.embed_passages([row.text for row in rows])
            if not self._extend(number, rows, vectors):
                return False
            done = documents[-1].seq
            progress(*self._progress(done))
        checksums = self._complete(number, done)
        if checksums is None:
            return False
        approve(number)
        return self._take_into_use(number, done, checksums, on_current)

    def _begin_rebuild(self) -> int:
        """The number of the generation to build: an interrupted one of the same embedder, else a new one."""
        with self._database.write() as connection:
            building, _, fingerprint = get_meta(connection, "index_building").partition(" ")
            if building and fingerprint == self._embedder.fingerprint and self._readable(int(building)):
                return int(building)
            number = next_value(connection, "g")
            make_generation(self.root, number)
            with using(number):
                create_table(self.root, number, table_schema(self._embedder.dimensions))
            set_meta(connection, "index_building", f"{number} {self._embedder.fingerprint}")
        return number

    def _extend(self, number: int, documents: Sequence[Document], vectors: Vectors) -> bool:
        """Adds to the generation being built; False when it is that no more: a forget ended it."""
        with self._database.write() as connection:
            if not self._is_building(connection, number):
                return False
            with using(number):
                fresh = still_there(connection, documents)
                if fresh:
                    rows = [documents[place] for place in fresh]
                    open_table(self.root, number).add(to_arrow(rows, vectors[fresh], self._embedder.dimensions))
        return True

    def _complete(self, number: int, done: int) -> dict[str, str] | None:
        """Indexes what was built, looks whether it is any good, and writes it to the disk; None where `_extend` says False."""
        with self._database.read() as connection:
            expected, texts = documents_to_probe(connection, done)
        try:
            with using(number):
                table = open_table(self.root, number)
                index_all(table, vectors=True)
                held = documents_in(table)
                problem = "" if held >= expected else f"{expected - held} of {expected} documents are not in it"
                problem = problem or probe(table, texts, self._embedder)
                checksums = make_durable(self.root, number)
        except IndexDamaged:
            if self._was_given_up(number):
                return None
            raise
        if problem:
            if self._was_given_up(number):
                return None  # what was probed is forgotten
            self._give_up(number)
            raise StoreError(f"the new index is of no use ({problem}); the old one goes on answering: try again")
        return checksums

    def _take_into_use(
        self, number: int, done: int, checksums: Mapping[str, str], on_current: Callable[[Connection], None]
    ) -> bool:
        """Makes the generation current that was built; False as in `_extend`."""
        with self._database.write() as connection:
            if not self._is_building(connection, number):
                return False
            self._make_current(connection, number, done, checksums=checksums)
            set_meta(connection, "index_building", "")
            connection.execute("delete from unindexed where seq <= ? or seq not in (select seq from document)", [done])
            on_current(connection)
        return True

    def _was_given_up(self, number: int) -> bool:
        with self._database.read() as connection:
            return not self._is_building(connection, number)

    def _give_up(self, number: int) -> None:
        with self._database.write() as connection:
            if self._is_building(connection, number):
                set_meta(connection, "index_building", "")

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
        seqs = open_table(self.root, number).search().select(["seq"]).to_arrow()["seq"]
        return int(pc.max(seqs).as_py() or 0)

    def pending(self, *, limit: int, after: int | None = None) -> list[Document]:
        """What comes next after a `seq`; or what is not in the index: above its mark, or come back."""
        with self._database.read() as connection:
            mark = int(get_meta(connection, "indexed_seq", "0")) if after is None else after
            wanted = PENDING if after is None and stale(connection) else AFTER
            return [to_document(row) for row in connection.execute(wanted, [mark, limit]).fetchall()]

    def _progress(self, seq: int) -> tuple[int, int]:
        with self._database.read() as connection:
            row = connection.execute("select count(*) filter (where seq <= ?), count(*) from document", [seq]).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def _meta(self, key: str) -> str:
        with self._database.read() as connection:
            return get_meta(connection, key)

    def _copy_known(self, connection: Connection, current: int) -> None:
        number = next_value(connection, "g")
        make_generation(self.root, number)
        old = open_table(self.root, current)
        table = create_table(self.root, number, old.schema)
        known = all_known(connection)

        def kept() -> Iterator[pa.RecordBatch]:
            for batch in old.search().select(old.schema.names).to_batches(COPIED_ROWS):
                yield batch.filter(pa.array(np.isin(batch["seq"].to_numpy(), known)))

        table.add(pa.RecordBatchReader.from_batches(old.schema, kept()))
        index_words(table)
        tidy(table)
        # The mark stays: what is above it was not in the old generation either.
        self._make_current(connection, number, int(get_meta(connection, "indexed_seq", "0")), keep_fingerprint=True)

    def _make_current(
        self,
        connection: Connection,
        number: int,
        indexed_seq: int,
        *,
        checksums: Mapping[str, str] = MappingProxyType({}),
        keep_fingerprint: bool = False,
    ) -> None:
        seal(connection, self.root, number, checksums=checksums)
        os.utime(self.root)  # whoever looks at it from now on waits for this transaction: see EmbedderSwitch
        connection.execute("delete from index_file where generation <> ?", [number])
        set_meta(connection, "index_generation", number)
        set_meta(connection, "indexed_seq", indexed_seq)
        set_meta(connection, "index_version", "")
        set_meta(connection, "index_maintaining", "")
        if not keep_fingerprint:
            set_meta(connection, "index_fingerprint", self._embedder.fingerprint)


def batch_sizes() -> Iterator[int]:
    """How many rows to take at a time: few at first, so that the first is done soon, then more."""
    return chain((BATCH_ROWS, BATCH_ROWS, 2 * BATCH_ROWS, 4 * BATCH_ROWS), repeat(MOST_ROWS))


def no_generation(connection: Connection) -> None:
    """From this transaction on there is no index, and everything is to be indexed."""
    set_meta(connection, "index_generation", 0)
    set_meta(connection, "indexed_seq", 0)
    connection.execute("delete from index_file")


def still_there(
    connection: Connection, documents: Sequence[Document], *, above: int = -1, returned: Set[int] = frozenset()
) -> list[int]:
    """Places of those above a mark, or `returned`, that were not forgotten since they were read: they were embedded without
    the lock."""
    known = known_of(connection, [document.seq for document in documents])
    wanted = [document.seq for document in documents if document.seq > above or document.seq in returned]
    fresh = known.intersection(wanted)
    return [place for place, document in enumerate(documents) if document.seq in fresh]

