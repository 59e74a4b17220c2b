"""A DuckDB instance that stays, to which the database file is attached only while it is used.

To make an instance takes 20 ms of the processor, to attach a file to one and to detach it 3 to 6 ms (measured, DuckDB 2.0).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from weakref import WeakValueDictionary

import duckdb

Connection = duckdb.DuckDBPyConnection
# A database file is data, never a program: nothing may be loaded, fetched or read beside it.
BARRED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    # A second one would help with tables of over 122,000 rows; with small ones it costs a third more (measured).
    "threads": "1",
}
NAME = "profile"
BESIDE = ("", ".wal", ".wal.checkpoint", ".wal.recovery")  # what DuckDB itself writes
# DuckDB refuses to attach one file to two instances of a process.
SHARED: WeakValueDictionary[Path, Attaching] = WeakValueDictionary()
GIVING = threading.Lock()


class Attaching:
    """The instance of one database file, for all threads of this process.

    Whoever uses it holds the profile's lock, so that there are several readers or one writer at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._instance: Connection | None = None
        self._attached = False
        self._users = 0
        self._keepers = 0
        self._failed = False
        self._changing = threading.Lock()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Meanwhile the file stays attached as it was first used, but for errors and `let_go`."""
        with self._changing:
            self._keepers += 1
        try:
            yield
        finally:
            with self._changing:
                self._keepers = max(0, self._keepers - 1)
                self._detach_if_unused()

    def begin_anew(self) -> None:
        """For whoever is alone with the profile: detaches what an interrupted thread has left attached."""
        with self._changing:
            self._users = self._keepers = 0
            self._detach()

    def let_go(self) -> None:
        """Detaches the file where it is only kept, so that another instance may attach it."""
        with self._changing:
            if not self._users:
                self._detach()

    @contextmanager
    def connection(self, *, read_only: bool) -> Iterator[Connection]:
        """A connection to the file, which is this process's alone until it is given back; duckdb.Error where it cannot be."""
        connection = self._take(read_only=read_only)
        try:
            yield connection
        except duckdb.Error:
            self._failed = True  # an error may leave an instance that answers nothing any more
            raise
        finally:
            connection.close()
            self._give_back()

    def _take(self, *, read_only: bool) -> Connection:
        with self._changing:
            try:
                instance = self._instance = self._instance or self._made()
                if not self._attached:
                    mode = "read_only" if read_only else "read_write"
                    instance.execute(f"attach {_quoted(self._path)} as {NAME} (type duckdb, {mode})")
                    self._attached = True
                connection = instance.cursor()
                connection.execute(f"use {NAME}")
            except duckdb.Error:
                if not self._users:
                    self._drop()
                raise
            self._users += 1
            return connection

    def _give_back(self) -> None:
        with self._changing:
            self._users = max(0, self._users - 1)
            self._detach_if_unused()

    def _detach_if_unused(self) -> None:
        if not self._users and (self._failed or not self._keepers):
            self._detach()

    def _detach(self) -> None:
        if self._instance is not None and self._attached and not self._failed:
            try:
                self._instance.execute(f"detach {NAME}")
                self._attached = False
            except duckdb.Error:  # no room to shorten the log: what was committed is in it, and it is read the next time
                self._failed = True
        if self._failed:
            self._drop()

    def _drop(self) -> None:
        if self._instance is not None:
            with suppress(duckdb.Error):
                self._instance.close()
        self._instance, self._attached, self._failed = None, False, False

    def _made(self) -> Connection:
        instance = duckdb.connect(":memory:", config=BARRED)
        files = ", ".join(_quoted(self._path.with_name(f"{self._path.name}{end}")) for end in BESIDE)
        instance.execute(f"set temp_directory = {_quoted(self._path.with_name(f'{self._path.name}.tmp'))}")
        instance.execute(f"set allowed_paths = [{files}]")
        instance.execute("set enable_external_access = false")
        instance.execute("set lock_configuration = true")
        return instance


def attaching(path: Path) -> Attaching:
    """The one of this file."""
    path = path.absolute()
    with GIVING:
        found = SHARED.get(path)
        if found is None:
            found = SHARED[path] = Attaching(path)
        return found


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
