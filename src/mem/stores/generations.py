"""Directories of the search index: `index/g-N`, each sealed by a list of its files, one of them current."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from mem.errors import StoreDamaged, StoreError
from mem.paths import make_private
from mem.stores.database import Connection, sync_directory, sync_file

# LanceDB raises RuntimeError for damaged files, ValueError for what it cannot parse, OSError for the disk.
LANCE_ERRORS = (RuntimeError, ValueError, OSError)
# The system refuses; the files are whole: not permitted, no access, too many open, too large, full, read-only, over quota.
DISK_ERRORS = re.compile(r"os error (1|13|23|24|27|28|30|122)\b|\[Errno (1|13|23|24|27|28|30|122)\]")


class IndexDamaged(StoreDamaged):
    """A generation of the index cannot be used; it can be set aside and built again."""

    def __init__(self, reason: str, generation: int) -> None:
        super().__init__(f"the search index is damaged ({reason}); nothing else was lost: build it again with: mem reindex")
        self.reason = reason
        self.generation = generation


@contextmanager
def using(generation: int) -> Iterator[None]:
    """Errors of LanceDB come out as IndexDamaged, or as StoreError where the disk is to blame."""
    try:
        yield
    except LANCE_ERRORS as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        if DISK_ERRORS.search(str(error)):
            raise StoreError(f"cannot use the search index: {reason}; what was acknowledged before is kept") from error
        raise IndexDamaged(reason, generation) from error


def generation_directory(root: Path, number: int) -> Path:
    """Where generation `number` lives."""
    return root / f"g-{number}"


def seal(connection: Connection, root: Path, number: int) -> None:
    """Makes the generation's new files durable and records size and sha256 of each: LanceDB itself does neither."""
    directory = generation_directory(root, number)
    known = {path for (path,) in connection.execute("select path from index_file where generation = ?", [number]).fetchall()}
    present = {str(path.relative_to(directory)): path for path in _files(directory)}
    for name in sorted(present.keys() - known):
        sync_file(present[name])
        row = [number, name, present[name].stat().st_size, _sha256(present[name])]
        connection.execute("insert into index_file values (?, ?, ?, ?)", row)
    gone = sorted(known - present.keys())
    connection.execute("delete from index_file where generation = ? and list_contains(?, path)", [number, gone])
    for folder in (root.parent, root, directory, *(path for path in directory.rglob("*") if path.is_dir())):
        sync_directory(folder)


def damage(connection: Connection, root: Path, number: int, *, deep: bool = False) -> str:
    """What is wrong with the generation's files, or empty. `deep` reads every byte, else only sizes are compared."""
    directory = generation_directory(root, number)
    rows = connection.execute("select path, size, sha256 from index_file where generation = ?", [number]).fetchall()
    for name, size, sha256 in rows:
        path = directory / name
        if name.endswith("latest_version_hint.json"):
            continue  # rewritten in place by every commit, and only a hint
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size} bytes instead of {size}"
        if deep and _sha256(path) != sha256:
            return f"{name} was changed"
    return "" if rows else "there is no list of its files"


def set_aside(root: Path, number: int) -> Path:
    """Renames a damaged generation; nothing is removed on suspicion."""
    directory = generation_directory(root, number)
    aside = directory.with_name(f"{directory.name}.corrupt-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    if directory.exists():
        directory.rename(aside)
    return aside


def remove_others(root: Path, keep: set[int], *, set_aside_too: bool = False) -> None:
    """Removes generations that are neither current nor being built; what was set aside only on request."""
    names = {generation_directory(root, number).name for number in keep}
    for directory in root.glob("g-*"):
        if directory.name in names or (directory.suffix.startswith(".corrupt") and not set_aside_too):
            continue
        try:
            shutil.rmtree(directory)
        except OSError as error:
            raise StoreError(f"{directory} could not be removed: {error.strerror}; remove it by hand") from error


def make_generation(root: Path, number: int) -> Path:
    """An empty directory for a new generation."""
    make_private(root)
    directory = generation_directory(root, number)
    shutil.rmtree(directory, ignore_errors=True)
    return make_private(directory)


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
