"""Errors of DuckDB in the words of a person: what happened, what was kept, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from mem.errors import InputError, MemError, StoreBusy, StoreDamaged, StoreError, StoreTooNew
from mem.stores.backup_files import offer

REFUSALS = ("No space left", "Read-only file system", "Permission denied", "File too large")
OURS = duckdb.ProgrammingError, duckdb.IntegrityError, duckdb.DataError, duckdb.PermissionException


@contextmanager
def translating(path: Path) -> Iterator[None]:
    """Errors with the database file at `path` come out as MemError; those that are a mistake of ours as they are."""
    try:
        yield
    except OURS as error:
        raise (InputError("it is not valid Unicode; nothing was changed") if "surrogate" in f"{error}" else error) from None
    except duckdb.Error as error:
        raise _translated(error, path) from error


def _translated(error: duckdb.Error, path: Path) -> MemError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    if "Could not set lock" in reason:
        return StoreBusy(f"{path} is open in another program; nothing was changed: close it and try again ({reason})")
    if any(refusal in reason for refusal in REFUSALS):
        return StoreError(f"cannot write {path}: {reason}; what was acknowledged before is kept")
    if isinstance(error, duckdb.OutOfMemoryException):
        return StoreError(f"there is not enough memory to use {path}; nothing was changed: close other programs")
    if "Too many open files" in reason:
        return StoreError(f"cannot open {path}: too many open files; nothing was changed: raise the limit (ulimit -n)")
    if "storage version number" in reason:
        return StoreTooNew(f"{path} was written with a newer DuckDB; nothing was changed: upgrade mem ({reason})")
    return StoreDamaged(f"{path} cannot be read: {reason}; it was left as it is: {offer(path.parent)}")
