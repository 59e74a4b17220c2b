"""The search index over episodes: vectors and full text, in LanceDB. Derived from DuckDB, and rebuilt from it at will.

Rows enter by their `seq`, in order; `meta.indexed_seq` is the high-water mark up to which they are in the index for sure.
LanceDB keeps deleted text and never syncs (see reliability.md), so rows are forgotten by copying the others to a new
generation, and every write is sealed: synced, and listed with its sha256 in DuckDB.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from mem.errors import MemError, StoreError
from mem.models import Embedder, Vectors
from mem.records import Candidate, Document, TimeRange
from mem.stores.database import Connection, Database, all_meta, get_meta, set_meta
from mem.stores.generations import IndexDamaged, Listed, compare, damage, generation_directory, listed, seal, set_aside, using
from mem.stores.glances import Glance, Token
from mem.stores.index_building import MIXED, IndexBuilder, batch_sizes, no_generation, still_there
from mem.stores.index_rows import to_arrow, vector_length
from mem.stores.index_search import FLAT_ROWS, SearchedTable
from mem.stores.index_tables import documents_in, drop_above, has_outgrown, open_table, tidy, unindexed_rows, within
from mem.stores.known_documents import KnownDocuments, stale
from mem.stores.passages import passages

# A small table is tidied by whoever adds to it (measured: 0.1 s): words are looked for in each row that came since.
FILES_BEFORE_TIDYING, ROWS_BEFORE_TIDYING = 24, 500
FILES_BEFORE_WAITING = 200
FEW, FEW_CHARACTERS = 8, 4000  # documents that are embedded in less than a tenth of a second
REINDEX = "the index was made with another embedder: words only, until you run: mem reindex"
COUNTED = """
select count(*) filter (where indexed), count(*) filter (where not indexed)
from (select seq <= ? and seq not in (select seq from unindexed) as indexed from document)
"""
RIGHT_AGAIN = "delete from unindexed where list_contains(?, seq) or seq not in (select seq from document)"


@dataclass(frozen=True, slots=True)
class Current:
    """What DuckDB says about the index, true for as long as `token` is."""

    token: Token
    generation: int
    fingerprint: str
    files: tuple[Listed, ...]


Find = Callable[[SearchedTable, Glance, Vectors | None], list[Candidate]]


class EpisodeIndex:
    """Search over all documents, by words and by meaning. Safe beside other processes; never ahead of DuckDB."""

    def __init__(self, database: Database, embedder: Embedder) -> None:
        self._database = database
        self._embedder = embedder
        self._builder = IndexBuilder(database, embedder)
        self._root = self._builder.root
        self._known = KnownDocuments()
        self._current: Current | None = None
        self._table: SearchedTable | None = None
        self._opened: tuple[int, Token] = (0, ())  # which generation the table is of, and at which commit
        self._verified = 0  # the generation whose every byte was compared with its checksum
        self._verified_at: Token = ()
        self._files = 0  # of the table, when it was added to
        self.outgrown = False  # whether so much was added that `maintain` has something to do
        self._begun = False
        self._embedded = False  # whether the embedder is loaded for sure
        self._maintenance: threading.Thread | None = None
        self._searching = threading.Lock()  # one search at a time has the table, so that ids of rows stay what they are

    def search(
        self, query: str, vector: Vectors | None, *, limit: int, time_range: TimeRange | None = None
    ) -> tuple[list[Candidate], str]:
        """The `limit` best by words and the `limit` best by meaning, without repeats, and a notice (often empty).

        Without `vector`, or when the index was made with another embedder, only words count and `distance` is None.
        While nothing is written to the profile, DuckDB is not opened and the table stays open.
        """
        words, bounds = _plain_words(query), within(time_range)
        return self._on_table(lambda table, glance, vector: table.search(words, vector, limit, bounds), vector)

    def around(
        self, candidates: Sequence[Candidate], vector: Vectors | None, *, reach: int = 2, known: Set[int] = frozenset()
    ) -> list[Candidate]:
        """The documents up to `reach` places before and after one of these in its session, but not these nor those that are
        `known` already: no words counted."""
        documents = [candidate.document for candidate in candidates if candidate.document.session]

        def find(table: SearchedTable, glance: Glance, vector: Vectors | None) -> list[Candidate]:
            near = self._known.around(glance, [document.seq for document in documents], reach)
            return table.documents([seq for seq in near if seq not in known], vector)

        return self._on_table(find, vector)[0]

    def catch_up(self, *, progress: Callable[[int], None] = lambda done: None) -> int:
        """Indexes what is in DuckDB and not yet here; how many documents that were."""
        self._finish_forgetting()
        total, repaired, exchanged = 0, False, False
        for size in batch_sizes():
            documents = self._builder.pending(limit=size)
            if not documents:
                break
            rows = passages(documents)
            vectors = self._embedder.embed_passages([row.text for row in rows])
            self._embedded = True
            try:
                added = self._add(rows, vectors, without_vectors=exchanged)
            except IndexDamaged as problem:
                if repaired:
                    raise
                self._set_aside(problem)
                repaired = True
                continue
            if added is None:
                exchanged = True  # the embedder, while these were embedded: the one for the index may be there now
                continue
            total += added
            progress(total)
            if len(documents) < size:
                break
        if total >= FLAT_ROWS or self._files > FILES_BEFORE_WAITING:
            self.maintain()  # it took minutes to embed them, or nobody does it in the background
        return total

    def add_few(self) -> bool:
        """Indexes what waits, where that takes milliseconds, under one lock: within `Database.together` that of the caller.

        False where it is more, where the embedder is not loaded yet, or the index is of another one or damaged: `catch_up` is
        to do it.
        """
        if not self._embedded:
            return False
        with self._database.together():
            documents = self._builder.pending(limit=FEW + 1)
            if len(documents) > FEW or sum(len(document.text) for document in documents) > FEW_CHARACTERS:
                return False
            rows = passages(documents)
            vectors = self._embedder.embed_passages([row.text for row in rows])
            try:
                added = not rows or self._add(rows, vectors, read_here=True) is not None
            except IndexDamaged:
                return False
        return added and self._files <= FILES_BEFORE_WAITING

    def rebuild(
        self,
        *,
        progress: Callable[[int, int], None] = lambda done, total: None,
        approve: Callable[[int], None] = lambda number: None,
        on_current: Callable[[Connection], None] = lambda connection: None,
    ) -> int:
        """Builds a new generation from DuckDB beside the old one, which answers meanwhile; resumable after a kill.

        How many documents it holds. It is probed, then `approve` may look at this generation and raise, then it becomes
        current in one transaction with `on_current`; an error before leaves the old one. StoreBusy while another builds.
        """
        self._builder.rebuild(progress, approve, on_current)
        self.catch_up()
        return int(self.state()["indexed"])

    def maintain(self) -> bool:
        """What keeps a large index fast, where it is due: seconds of work for 100,000 documents, half a minute for a million.

        To be called where nobody waits. Searches and additions of all processes go on meanwhile, as the profile's lock is
        held only to begin and to commit; a kill leaves the old generation. False: nothing was due, or another process is
        at it, or something was forgotten meanwhile.
        """
        return self._builder.maintain()

    def maintain_in_background(self) -> threading.Thread:
        """The same in a thread of its own, or in the one that is at it. It ends with the process; the next begins anew."""
        if self._maintenance is None or not self._maintenance.is_alive():
            self._maintenance = threading.Thread(target=self._maintain_or_tell, name="index-maintenance", daemon=True)
            self._maintenance.start()
        return self._maintenance

    def rewrite(self, connection: Connection) -> None:
        """A new generation without what DuckDB no longer has; becomes current with the caller's transaction.

        `remove_old_generations` is owed from that transaction on. A damaged index is given up: `catch_up` builds it again.
        """
        set_meta(connection, "index_purge", "owed")
        self._builder.rewrite(connection)

    def remove_old_generations(self) -> None:
        """Removes everything but the current generation, also what was set aside: it may hold what was forgotten."""
        # What is being built goes too, but may be written to until its builder notices: then the next start looks again.
        building = self._builder.is_building()
        with self._database.write() as connection:
            self._builder.remove_others_in(connection, set_aside_too=True)
            set_meta(connection, "index_purge", "owed" if building else "")

    def state(self, *, deep: bool = False) -> dict[str, Any]:
        """What `mem doctor` shows: generation, documents indexed and waiting, damage, whether the embedder fits."""
        with self._database.read() as connection:
            number = int(get_meta(connection, "index_generation", "0"))
            mark = int(get_meta(connection, "indexed_seq", "0"))
            counted = connection.execute(COUNTED, [mark]).fetchone() or (0, 0)
            problem = damage(connection, self._root, number, deep=deep) if number else ""
            if number and not problem:
                try:
                    with using(number):
                        table = open_table(self._root, number)
                        lost = counted[0] - (documents_in(table) if deep else min(counted[0], table.count_rows()))
                        problem = f"{lost} texts are not in it" if lost > 0 else ""
                except StoreError as error:
                    problem = str(error)
            return {
                "generation": number,
                "indexed": counted[0] if number and not problem else 0,
                "waiting": counted[1],
                "damage": problem,
                "embedder_matches": not number or get_meta(connection, "index_fingerprint") == self._embedder.fingerprint,
            }

    def _on_table(
        self, find: Find, vector: Vectors | None
    ) -> tuple[list[Candidate], str]:
        """What `find` finds, as far as DuckDB has it; once more after a repair, where the index is damaged."""
        try:
            return self._find_once(find, vector)
        except IndexDamaged as problem:
            if self._database.is_only_read:
                raise
            self._set_aside(problem)
        self.catch_up()
        return self._find_once(find, vector)

    def _find_once(
        self, find: Find, vector: Vectors | None
    ) -> tuple[list[Candidate], str]:
        with self._database.glance() as glance, self._searching:
            current = self._read_current(glance)
            if not current.generation:
                return [], ""
            fits = current.fingerprint == self._embedder.fingerprint
            with using(current.generation):
                if glance.token is not self._verified_at:  # not again in one search
                    self._verify(current.generation, current.files)
                    self._verified_at = glance.token
                candidates = find(self._open(current), glance, vector if fits else None)
            known = self._known.among(glance, [candidate.document.seq for candidate in candidates])
        # DuckDB is the truth, the index only a proposal.
        return [candidate for candidate in candidates if candidate.document.seq in known], "" if fits else REINDEX

    def _read_current(self, glance: Glance) -> Current:
        if self._current is None or self._current.token != glance.token:
            number = int(get_meta(glance.connection, "index_generation", "0"))
            files = tuple(listed(glance.connection, number))
            self._current = Current(glance.token, number, get_meta(glance.connection, "index_fingerprint"), files)
        return self._current

    def _open(self, current: Current) -> SearchedTable:
        """The table as of the last commit."""
        generation, token = self._opened
        if self._table is None or generation != current.generation:
            self._table = SearchedTable(generation_directory(self._root, current.generation))
        elif token != current.token:
            self._table.refresh()
        self._opened = (current.generation, current.token)
        return self._table

    def _verify(self, number: int, files: Sequence[Listed]) -> None:
        """IndexDamaged where a file is not as it was written. LanceDB has no checksums of its own: every byte is compared
        when a generation is first used, later only the sizes."""
        if problem := compare(self._root, number, files, deep=number != self._verified, trust=True):
            raise IndexDamaged(problem, number)
        self._verified = number

    def _add(
        self, documents: Sequence[Document], vectors: Vectors, *, without_vectors: bool = False, read_here: bool = False
    ) -> int | None:
        """How many were added; None where the index is of another embedder, unless they may be added for their words.

        `read_here`: they were read under the lock that is held, so that none of them was forgotten meanwhile.
        """
        with self._database.write() as connection:
            noted = all_meta(connection)
            mark, number = int(noted.get("indexed_seq", "0")), int(noted.get("index_generation", "0"))
            fingerprint = noted.get("index_fingerprint") if number else self._embedder.fingerprint
            if number:
                self._verify(number, listed(connection, number))
            else:
                number = self._builder.make_first(connection)
            wrong = stale(connection)
            whole = range(len(documents))
            fresh = whole if read_here else still_there(connection, documents, above=mark, returned=wrong)
            matches = fingerprint == self._embedder.fingerprint
            if not (matches or without_vectors):
                return None
            with using(number):
                table = open_table(self._root, number)
                if wrong or str(table.version) != noted.get("index_version", ""):
                    drop_above(table, mark, also=wrong)  # added by a run that was killed before it could commit
                if fresh:
                    rows = [documents[place] for place in fresh]
                    table.add(to_arrow(rows, vectors[fresh] if matches else None, vector_length(table)))
                    if not matches:
                        set_meta(connection, "index_fingerprint", MIXED)
                self._files = self._builder.data_files(number)
                if table.count_rows() < FLAT_ROWS and (
                    self._files > FILES_BEFORE_TIDYING or unindexed_rows(table) > ROWS_BEFORE_TIDYING
                ):
                    tidy(table)  # safe: all others wait for the profile's lock
                self.outgrown = has_outgrown(table, files=self._files, fits=matches)
                set_meta(connection, "indexed_seq", max(mark, documents[-1].seq))
                if wrong:
                    connection.execute(RIGHT_AGAIN, [[document.seq for document in documents]])
                set_meta(connection, "index_version", table.version)
                seal(connection, self._root, number)
        return len({documents[place].seq for place in fresh})

    def _maintain_or_tell(self) -> None:
        try:
            self.maintain()
        except MemError as error:
            self._database.notify(f"the search index stays as slow as it is: {error}")

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
            no_generation(connection)
        self._database.notify(
            f"the search index is damaged ({problem.reason}): it was set aside and is rebuilt from the database…"
        )


def _plain_words(query: str) -> str:
    """The query without what the full-text parser gives a meaning to (a quoted query asks for positions we do not keep)."""
    return " ".join(re.findall(r"\w+", query))
