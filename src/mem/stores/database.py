"""DuckDB, the only truth: opened for one operation at a time under the profile's lock, so that processes take turns."""

from __future__ import annotations

import os
import resource
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from mem.errors import StoreDamaged, StoreError, StoreTooNew
from mem.paths import make_private
from mem.stores.acknowledged import Mark, count_commit, go_on_without, how_far, refuse_to_begin_anew, tell_missing, write_mark
from mem.stores.attaching import BARRED, attaching
from mem.stores.backup_files import keep_automatic_backup, offer
from mem.stores.durable import sync_directory, sync_file
from mem.stores.glances import Glance, Token, token_of
from mem.stores.lock import ProfileLock
from mem.stores.migrations import SCHEMA_VERSION, STEPS
from mem.stores.quarantine import without_damaged_log
from mem.stores.recent_ids import RecentIds
from mem.stores.rewriting import DUE, copy_rows, remove_unfinished, rewrite_file
from mem.stores.translating import translating

BLOCK = {"default_block_size": "16384"}  # of a new file: a tenth of the bytes that 256 KiB, the default, take for small tables
CONFIG = BARRED | BLOCK | {"enable_external_access": "false", "lock_configuration": "true"}
COPYING = BARRED | BLOCK  # one database file into another one: of this connection's own, which opens nothing else
INTENT = "forget_intent"
LEAVING = "forget_later"
Connection = duckdb.DuckDBPyConnection
LEAST_FILES = 32  # to be open at once: with fewer the libraries panic


@dataclass(frozen=True, slots=True)
class Found:
    """What a database is when it is first used; `intent`: what a killed run had set out to forget."""

    version: int
    mark: Mark
    rewrite_due: str
    intent: str


class Database:
    """`memory.duckdb` of one profile.

    `read` and `write` yield a connection and hold the profile's lock meanwhile, so the index beside the database may be
    used inside them too. What was written when `write` returns survives a kill.
    """

    def __init__(
        self,
        directory: Path,
        *,
        now: Callable[[], datetime],
        notify: Callable[[str], None],
        finish_forgetting: Callable[[str], None] = lambda intent: None,
        reached: Callable[[str], None] = lambda point: None,
    ) -> None:
        """`finish_forgetting` is called on first use with what a killed run had set out to forget; `reached` at named points
        of forgetting, for tests that end the process there."""
        self.directory = directory
        self.path = directory / "memory.duckdb"
        self.now = now
        self.notify = notify
        self.reached = reached
        self.lock = ProfileLock(directory / "lock", notify=notify)
        self._recent_ids = RecentIds(directory)
        self._attaching = attaching(self.path)
        self._together = threading.local()
        self._finish_forgetting = finish_forgetting
        self._ready = False

    @contextmanager
    def together(self, *, read_only: bool = False) -> Iterator[None]:
        """Takes the lock and opens the file once for all that this thread reads and writes inside; `read_only`: only reads.

        Each `write` stays a transaction of its own, and nobody else has a turn in between: nothing is to be waited for there,
        no model and no other lock. StoreError where it is written to, but held only to read.
        """
        self._prepare()
        if self._mode or not (read_only or self.is_writable):
            yield
            return
        with self._lock(read_only=read_only), self._attaching.kept():
            try:
                self._together.token = token_of(self.path) if read_only else ()
                self._together.mode = "read_only" if read_only else "read_write"
                yield
            finally:
                self._together.mode = ""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only connection."""
        self._prepare()
        with self._lock(read_only=True), self._connection(read_only=True) as connection:
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Glance]:
        """The lock of a reader; the database is opened only if the connection is asked for."""
        self._prepare()
        with self._lock(read_only=True), ExitStack() as stack:
            yield Glance(self._token(), lambda: stack.enter_context(self._connection(read_only=True)))

    @contextmanager
    def write(self, *, rewrite: bool = False) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises.

        `rewrite`: then the file is written anew, without the bytes of what was deleted; owed from this transaction on, and
        done on the next first use where it cannot be done now.
        """
        self._prepare()
        if not self.is_writable:
            raise StoreError(f"cannot write to {self.directory}: it is read-only; nothing was changed, and reading goes on")
        with self._lock(read_only=False):
            with self._connection(read_only=False) as connection:
                connection.execute("begin")
                try:
                    if rewrite:
                        set_meta(connection, DUE, "1")
                    yield connection
                    mark = count_commit(connection)
                    ids = self._recent_ids.read(connection, mark.counters, mark.commits)
                except BaseException:
                    connection.execute("rollback")
                    raise
                connection.execute("commit")
            write_mark(self.directory, mark)
            self._recent_ids.keep(ids)
            if rewrite:
                self.reached("committed")
                self._rewrite()

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """A read-only connection to the database as it is, without a lock and whatever its version: nothing is changed."""
        with self._connection(read_only=True) as connection:
            yield connection

    @property
    def is_writable(self) -> bool:
        """Whether anything can be changed: not on a disk, or in a directory, that is read-only."""
        return os.access(self.directory, os.W_OK | os.X_OK)

    def copy(self, source: Path, target: Path) -> None:
        """A new database file with the rows of `source`, without what deleted ones have left behind; `source` must be idle."""
        with translating(self.path), duckdb.connect(":memory:", config=COPYING) as copier:
            copier.execute("set temp_directory = ''")
            copy_rows(copier, source, target)
        target.chmod(0o600)
        sync_file(target)

    def rewrite_is_due(self) -> bool:
        """Whether the file still has bytes of rows that were forgotten."""
        with self.read() as connection:
            return bool(get_meta(connection, DUE))

    def _rewrite(self) -> None:
        try:
            with self._connection(read_only=False) as connection:
                connection.execute("force checkpoint")
            self._attaching.let_go()
            with translating(self.path), duckdb.connect(":memory:", config=COPYING) as copier:
                copier.execute("set temp_directory = ''")
                rewrite_file(self.path, copier, reached=self.reached)
        except (StoreError, OSError) as error:
            remove_unfinished(self.path)
            self.notify(
                f"what was forgotten is deleted, but its bytes stay in {self.path} until that is rewritten: {error}; "
                "it is tried again when mem is next used"
            )

    @property
    def is_only_read(self) -> bool:
        """Whether this thread may not write now: it holds the database `together`, to read."""
        return self._mode == "read_only"

    @property
    def _mode(self) -> str:
        """How this thread has the file open already; empty where it has not."""
        return getattr(self._together, "mode", "")

    def _token(self) -> Token:
        """The same object for as long as the database is held together, only to read: nobody can write meanwhile."""
        return self._together.token if self.is_only_read else token_of(self.path)

    def _lock(self, *, read_only: bool) -> AbstractContextManager[None]:
        if self.is_only_read and not read_only:
            raise StoreError(f"{self.path} is being read, and cannot be written meanwhile; nothing was changed: try again")
        if self._mode:
            return nullcontext()
        return self.lock.shared() if read_only else self._alone()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self.lock.exclusive():
            self._attaching.begin_anew()
            yield

    @contextmanager
    def _connection(self, *, read_only: bool) -> Iterator[Connection]:
        if self.path.is_symlink():
            raise StoreError(f"{self.path} is a symbolic link; mem keeps its files only as real files")
        read_only = read_only and self._mode != "read_write"
        with translating(self.path), self._attaching.connection(read_only=read_only) as connection:
            yield connection

    def _prepare(self) -> None:
        """On first use: make the database, or bring an older one up to this version; look whether something is missing."""
        if self._ready:
            return
        make_private(self.directory)
        if (most := resource.getrlimit(resource.RLIMIT_NOFILE)[0]) < LEAST_FILES:
            raise StoreError(f"only {most} files may be open at once; nothing was changed: raise the limit (ulimit -n 256)")
        if self.path.exists() and not self.is_writable:
            with self.lock.shared():
                self._start_read_only()
            self._ready = True
            return
        with self._alone():
            if not self.path.exists() and not self.path.is_symlink():
                refuse_to_begin_anew(self.path, offer(self.directory))
                self._create()
            found = without_damaged_log(self.path, self._examine, notify=self.notify)
            self._bring_up(found)
            remove_unfinished(self.path)
            if found.rewrite_due:
                self._rewrite()
            intent = found.intent
        self._ready = True
        if intent:
            self._finish_forgetting(intent)

    def _create(self) -> None:
        """A new database appears under its name only when it is whole."""
        fresh = self.path.with_suffix(".new")
        for left in (fresh, fresh.with_name(f"{fresh.name}.wal")):
            left.unlink(missing_ok=True)  # of a run that was killed: nothing was acknowledged in it
        self._apply(fresh, 0)
        fresh.chmod(0o600)
        sync_file(fresh)
        fresh.rename(self.path)
        sync_directory(self.directory)

    def _start_read_only(self) -> None:
        found = self._examine()
        tell_missing(self.path, found.mark, notify=self.notify, may_write=False)
        if found.version < SCHEMA_VERSION:
            raise StoreError(f"{self.path} is of an older mem, and read-only there: nothing was changed; make it writable")

    def _bring_up(self, found: Found) -> None:
        """To this version, with an automatic backup before; and past what is missing, which is told."""
        lost = tell_missing(self.path, found.mark, notify=self.notify, may_write=True)
        if found.version < SCHEMA_VERSION:
            keep_automatic_backup(self.path, self.copy, schema=found.version, now=self.now())
            self._apply(self.path, found.version)
        if lost:
            with self._connection(read_only=False) as connection:
                connection.execute("begin")
                go_on_without(connection, lost)
                mark = how_far(connection)
                connection.execute("commit")
            write_mark(self.directory, mark)

    def _examine(self) -> Found:
        with self._connection(read_only=True) as connection:
            try:
                version = int(get_meta(connection, "schema_version"))
                owed = get_meta(connection, DUE), get_meta(connection, INTENT) or get_meta(connection, LEAVING)
                found = Found(version, how_far(connection), *owed)
            except (duckdb.CatalogException, ValueError) as error:
                raise StoreDamaged(
                    f"{self.path} is not a database of mem: it has no schema version; it was left as it is: "
                    f"{offer(self.directory)}"
                ) from error
        if version > SCHEMA_VERSION:
            raise StoreTooNew(
                f"this profile was written by a newer mem (schema {version}, this one knows {SCHEMA_VERSION}); "
                "nothing was changed: upgrade mem"
            )
        return found

    def _apply(self, path: Path, version: int) -> None:
        with translating(self.path), duckdb.connect(path, config=CONFIG) as connection:
            connection.execute("begin")
            for sql in STEPS[version:]:
                connection.execute(sql)
            set_meta(connection, "schema_version", SCHEMA_VERSION)
            connection.execute("insert into meta values ('profile_id', ?) on conflict do nothing", [secrets.token_hex(8)])
            connection.execute("commit")
            # A schema change left in the write-ahead log has failed to replay after unclean stops: see DuckDB issue 22044.
            connection.execute("checkpoint")


def next_value(connection: Connection, kind: str) -> int:
    """The next number of a counter. Numbers are never used twice, also after what bore them was forgotten."""
    row = connection.execute("update counter set value = value + 1 where kind = ? returning value", [kind]).fetchone()
    assert row is not None, kind
    return int(row[0])


def next_values(connection: Connection, *kinds: str) -> list[int]:
    """The next number of each of these counters, as quick as that of one."""
    sql = "update counter set value = value + 1 where list_contains(?, kind) returning kind, value"
    found = dict(connection.execute(sql, [list(kinds)]).fetchall())
    return [int(found[kind]) for kind in kinds]


def next_id(connection: Connection, kind: str) -> str:
    """A new id: the kind's letter and a number."""
    return f"{kind}{next_value(connection, kind)}"


def get_meta(connection: Connection, key: str, default: str = "") -> str:
    """A remembered value of the profile as a whole."""
    row = connection.execute("select value from meta where key = ?", [key]).fetchone()
    return str(row[0]) if row else default


def all_meta(connection: Connection) -> dict[str, str]:
    """All remembered values: as quick as one of them."""
    return dict(connection.execute("select key, value from meta").fetchall())


def set_meta(connection: Connection, key: str, value: str | int) -> None:
    """Sets what `get_meta` returns."""
    # A third of the time of `insert or replace` (measured), and most keys are there.
    if not connection.execute("update meta set value = ? where key = ? returning true", [str(value), key]).fetchone():
        connection.execute("insert into meta values (?, ?)", [key, str(value)])


def to_db(moment: datetime | None) -> datetime | None:
    """An aware time as DuckDB keeps it: UTC without a zone."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def from_db(moment: datetime) -> datetime:
    """The inverse of `to_db`."""
    return moment.replace(tzinfo=UTC)


def from_db_or_none(moment: datetime | None) -> datetime | None:
    """The inverse of `to_db` where the column may be null."""
    return None if moment is None else from_db(moment)
