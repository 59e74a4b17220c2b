"""DuckDB, the only truth: opened for one operation at a time under the profile's lock, so that processes take turns."""

from __future__ import annotations

import os
import resource
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import duckdb

from mem.errors import InputError, MemError, StoreBusy, StoreDamaged, StoreError, StoreTooNew
from mem.paths import make_private
from mem.stores.acknowledged import Mark, count_commit, go_on_without, how_far, refuse_to_begin_anew, tell_missing, write_mark
from mem.stores.attaching import BARRED, attaching
from mem.stores.backup_files import keep_automatic_backup, offer
from mem.stores.durable import sync_directory, sync_file
from mem.stores.lock import ProfileLock
from mem.stores.migrations import SCHEMA_VERSION, STEPS
from mem.stores.quarantine import without_damaged_log
from mem.stores.recent_ids import RecentIds
from mem.stores.rewriting import DUE, copy_rows, remove_unfinished, rewrite_file

BLOCK = {"default_block_size": "16384"}  # of a new file: a tenth of the bytes that 256 KiB, the default, take for small tables
CONFIG = BARRED | BLOCK | {"enable_external_access": "false", "lock_configuration": "true"}
COPYING = BARRED | BLOCK  # one database file into another one: of this connection's own, which opens nothing else
INTENT = "forget_intent"
LEAVING = "forget_later"
REFUSALS = ("No space left", "Read-only file system", "Permission denied", "File too large")
Connection = duckdb.DuckDBPyConnection
Token = tuple[object, ...]
HEADERS = 4096, 8192  # offset and length of the two headers of a database file
LEAST_FILES = 32  # to be open at once: with fewer the libraries panic


class Glance:
    """The profile as a reader holds it: `token` equals an earlier one only if nothing was committed in between.

    What was read under the same token need not be read again; `connection` opens the database on its first use.
    """

    def __init__(self, token: Token, open_connection: Callable[[], Connection]) -> None:
        self.token = token
        self._open_connection = open_connection

    @cached_property
    def connection(self) -> Connection:
        """A read-only connection, for as long as the glance lasts."""
        return self._open_connection()


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
        self._finish_forgetting = finish_forgetting
        self._ready = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only connection."""
        self._prepare()
        with self.lock.shared(), self._connection(read_only=True) as connection:
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Glance]:
        """The lock of a reader; the database is opened only if the connection is asked for."""
        self._prepare()
        with self.lock.shared(), ExitStack() as stack:
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
        with self.lock.exclusive():
            with self._connection(read_only=False) as connection:
                connection.execute("begin")
                try:
                    if rewrite:
                        set_meta(connection, DUE, "1")
                    yield connection
                    mark = count_commit(connection)
                    ids = self._recent_ids.read(connection, mark.counters)
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
        with self._translating(), duckdb.connect(":memory:", config=COPYING) as copier:
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
            with self._translating(), duckdb.connect(":memory:", config=COPYING) as copier:
                copier.execute("set temp_directory = ''")
                rewrite_file(self.path, copier, reached=self.reached)
        except (StoreError, OSError) as error:
            remove_unfinished(self.path)
            self.notify(
                f"what was forgotten is deleted, but its bytes stay in {self.path} until that is rewritten: {error}; "
                "it is tried again when mem is next used"
            )

    @contextmanager
    def _connection(self, *, read_only: bool) -> Iterator[Connection]:
        if self.path.is_symlink():
            raise StoreError(f"{self.path} is a symbolic link; mem keeps its files only as real files")
        with self._translating(), self._attaching.connection(read_only=read_only) as connection:
            yield connection

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.ProgrammingError, duckdb.IntegrityError, duckdb.DataError, duckdb.PermissionException) as error:
            # Else a mistake of ours, not a damaged file.
            raise (InputError("it is not valid Unicode; nothing was changed") if "surrogate" in f"{error}" else error) from None
        except duckdb.Error as error:
            raise self._translated(error) from error

    def _token(self) -> Token:
        """DuckDB counts its checkpoints in a header of the file, and each commit makes the log beside it longer."""
        log = self.path.with_name(f"{self.path.name}.wal")
        try:
            with self.path.open("rb") as file:
                found, headers = os.fstat(file.fileno()), os.pread(file.fileno(), HEADERS[1], HEADERS[0])
            logged = log.stat() if log.exists() else None
        except OSError:
            return (object(),)  # equal to nothing: whoever opens the database says what is wrong
        token = (found.st_ino, found.st_size, found.st_mtime_ns, headers)
        return token if logged is None else (*token, logged.st_ino, logged.st_size, logged.st_mtime_ns)

    def _translated(self, error: duckdb.Error) -> MemError:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        if "Could not set lock" in reason:
            return StoreBusy(f"{self.path} is open in another program; nothing was changed: close it and try again ({reason})")
        if any(refusal in reason for refusal in REFUSALS):
            return StoreError(f"cannot write {self.path}: {reason}; what was acknowledged before is kept")
        if isinstance(error, duckdb.OutOfMemoryException):
            return StoreError(f"there is not enough memory to use {self.path}; nothing was changed: close other programs")
        if "Too many open files" in reason:
            return StoreError(f"cannot open {self.path}: too many open files; nothing was changed: raise the limit (ulimit -n)")
        if "storage version number" in reason:
            return StoreTooNew(f"{self.path} was written with a newer DuckDB; nothing was changed: upgrade mem ({reason})")
        return StoreDamaged(f"{self.path} cannot be read: {reason}; it was left as it is: {offer(self.directory)}")

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
        with self.lock.exclusive():
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
        with self._translating(), duckdb.connect(path, config=CONFIG) as connection:
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


def next_id(connection: Connection, kind: str) -> str:
    """A new id: the kind's letter and a number."""
    return f"{kind}{next_value(connection, kind)}"


def get_meta(connection: Connection, key: str, default: str = "") -> str:
    """A remembered value of the profile as a whole."""
    row = connection.execute("select value from meta where key = ?", [key]).fetchone()
    return str(row[0]) if row else default


def set_meta(connection: Connection, key: str, value: str | int) -> None:
    """Sets what `get_meta` returns."""
    connection.execute("insert or replace into meta values (?, ?)", [key, str(value)])


def log_event(
    connection: Connection,
    now: datetime,
    actor: str,
    action: str,
    item: str,
    *,
    turn: str = "",
    before: str | None = None,
    after: str | None = None,
    undoes: str = "",
    episodes: Sequence[str] = (),
) -> None:
    """One line in the append-only log, in the transaction of the change it tells of; see `mem.undoing` for the states
    `before` and `after`, which quote `episodes`. `undoes`: the change that this one takes back."""
    change = change_id(connection)
    connection.execute(
        "insert into event (seq, happened_at, actor, action, item, turn, before, after, change, undoes, episodes) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [next_value(connection, "seq"), to_db(now), actor, action, item, turn, before, after, change, undoes, [*episodes]],
    )


def log_items(
    connection: Connection, now: datetime, actor: str, action: str, items: Mapping[str, str | None]
) -> None:
    """A line for each of these items, given with its `after`: many at once, as each by itself takes milliseconds."""
    if not items:
        return
    row = connection.execute("update counter set value = value + ? where kind = 'seq' returning value", [len(items)]).fetchone()
    assert row is not None
    seqs = [int(row[0]) - len(items) + place for place in range(1, len(items) + 1)]
    connection.execute(
        "insert into event (seq, happened_at, actor, action, item, turn, after, change, undoes, episodes) "
        "select unnest(?::bigint[]), ?, ?, ?, unnest(?::varchar[]), '', unnest(?::varchar[]), ?, '', []",
        [seqs, to_db(now), actor, action, list(items), list(items.values()), change_id(connection)],
    )


def change_id(connection: Connection) -> str:
    """The change that this transaction is, the same for all its events: `Database.write` opens a connection for each."""
    row = connection.execute("select getvariable('change')").fetchone()
    if row and row[0]:
        return str(row[0])
    id = next_id(connection, "c")
    connection.execute(f"set variable change = '{id}'")
    return id


def to_db(moment: datetime | None) -> datetime | None:
    """An aware time as DuckDB keeps it: UTC without a zone."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def from_db(moment: datetime) -> datetime:
    """The inverse of `to_db`."""
    return moment.replace(tzinfo=UTC)


def from_db_or_none(moment: datetime | None) -> datetime | None:
    """The inverse of `to_db` where the column may be null."""
    return None if moment is None else from_db(moment)
