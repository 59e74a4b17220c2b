"""Directories of the search index: `index/g-N`, each sealed by a list of its files, one of them current."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from stat import S_ISREG
from types import MappingProxyType

from mem.errors import StoreDamaged, StoreError, StoreTooNew
from mem.paths import make_private
from mem.stores.database import Connection, get_meta, set_meta
from mem.stores.durable import sync_directory, sync_file

# LanceDB raises RuntimeError for damaged files, ValueError for what it cannot parse, OSError for the disk.
LANCE_ERRORS = (RuntimeError, ValueError, OSError)
# The system refuses; the files are whole: not permitted, no access, too many open, too large, full, read-only, over quota.
DISK_ERRORS = re.compile(r"os error (1|13|23|24|27|28|30|122)\b|\[Errno (1|13|23|24|27|28|30|122)\]")

HINT = "latest_version_hint.json"  # rewritten in place by every commit, and only a hint
WRITER = "index_writer"
TRUSTED = "trusted.json"
TRUSTED_BYTES = 64_000_000
NEW_FILES = "insert into index_file select ?, unnest(?::varchar[]), unnest(?::bigint[]), unnest(?::varchar[])"
Listed = tuple[str, int, str]


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


def seal(connection: Connection, root: Path, number: int, *, checksums: Mapping[str, str] = MappingProxyType({})) -> None:
    """Makes the generation's new files durable and records size and sha256 of each: LanceDB itself does neither.

    `checksums` are those of files that `make_durable` was called for: this is quick then, whatever their size.
    """
    directory = generation_directory(root, number)
    known = {name for name, _, _ in _listed(connection, number)}
    present, folders = _tree(directory)
    fresh = sorted(present.keys() - known)
    for name in fresh:
        if name not in checksums:
            sync_file(directory / name)
    sums = [checksums.get(name) or _sha256(directory / name) for name in fresh]
    if fresh:
        connection.execute(NEW_FILES, [number, fresh, [present[name] for name in fresh], sums])
    if gone := sorted(known - present.keys()):
        connection.execute("delete from index_file where generation = ? and list_contains(?, path)", [number, gone])
    for folder in (root.parent, root, *folders):
        sync_directory(folder)
    if get_meta(connection, WRITER) != writer():
        set_meta(connection, WRITER, writer())
    _trust(directory, set(fresh), only_more=True)


def make_durable(root: Path, number: int) -> dict[str, str]:
    """Writes the files of a generation that nobody else uses to the disk; the sha256 of each."""
    directory = generation_directory(root, number)
    checksums = {}
    for name in _tree(directory)[0]:
        if not name.endswith(HINT):
            sync_file(directory / name)
            checksums[name] = _sha256(directory / name)
    return checksums


def listed(connection: Connection, number: int) -> list[Listed]:
    """Path, size and sha256 of each file that belongs to a generation; StoreTooNew where a newer LanceDB has written them."""
    written = get_meta(connection, WRITER)
    if number and _release(written) > _release(writer()):
        # What is too new for the library may end the process that opens it.
        raise StoreTooNew(
            f"the search index was written with LanceDB {written}, newer than the {writer()} here; nothing was changed: "
            "upgrade mem, or make the index anew with: mem reindex"
        )
    return _listed(connection, number)


@cache
def writer() -> str:
    """The version of the library that writes the index."""
    return version("lancedb")


def _listed(connection: Connection, number: int) -> list[Listed]:
    return connection.execute("select path, size, sha256 from index_file where generation = ?", [number]).fetchall()


def damage(connection: Connection, root: Path, number: int, *, deep: bool = False) -> str:
    """What is wrong with the generation's files, or empty. `deep` reads every byte, else only sizes are compared."""
    return compare(root, number, listed(connection, number), deep=deep)


def compare(root: Path, number: int, files: Sequence[Listed], *, deep: bool = False, trust: bool = False) -> str:
    """`damage` for a list of files at hand. `trust`: in a large generation, only bytes of files that were touched since
    they were compared the last time are read, for reading all takes 1.5 s for each gigabyte."""
    directory = generation_directory(root, number)
    trust = trust and sum(size for _, size, _ in files) > TRUSTED_BYTES
    trusted = _trusted(directory) if trust else {}
    for name, size, sha256 in files:
        if name.endswith(HINT):
            continue
        try:
            found = os.stat(f"{directory}/{name}")  # noqa: PTH116 - of each file at each search: pathlib takes three times as long
        except (FileNotFoundError, NotADirectoryError):
            return f"{name} is missing"
        if not S_ISREG(found.st_mode):
            return f"{name} is missing"
        if found.st_size != size:
            return f"{name} has {found.st_size} bytes instead of {size}"
        if deep and trusted.get(name) != _signature(directory / name) and _sha256(directory / name) != sha256:
            return f"{name} was changed"
    if deep and trust:
        _trust(directory, {name for name, _, _ in files})
    return "" if files else "there is no list of its files"


def link_generation(root: Path, source: int, number: int) -> None:
    """A new generation of the same files as `source`: hard links, as LanceDB writes every file once; its hint is left out."""
    directory = make_generation(root, number)
    origin = generation_directory(root, source)
    for name in _tree(origin)[0]:
        if not name.endswith(HINT):
            make_private((directory / name).parent)
            os.link(origin / name, directory / name)


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
            _remove(directory)
        except OSError as error:
            raise StoreError(f"{directory} could not be removed: {error.strerror}; remove it by hand") from error


def make_generation(root: Path, number: int) -> Path:
    """An empty directory for a new generation."""
    make_private(root)
    directory = generation_directory(root, number)
    shutil.rmtree(directory, ignore_errors=True)
    return make_private(directory)


def _tree(directory: Path) -> tuple[dict[str, int], list[Path]]:
    """The files of a generation with their sizes, by their path in it; and its folders, itself first."""
    files: dict[str, int] = {}
    folders = [directory]
    for folder in folders:  # grows meanwhile
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(folder / entry.name)
                elif entry.is_file() and not entry.name.startswith(TRUSTED):
                    files[os.path.relpath(entry.path, directory)] = entry.stat().st_size
    return files, folders


def _remove(directory: Path) -> None:
    for _ in range(20):
        # Whoever builds a generation that was given up may still write into it.
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
    shutil.rmtree(directory)


def _release(version: str) -> tuple[int, ...]:
    """The parts of a version that say which files it can read."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _signature(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_ino, found.st_size, found.st_mtime_ns]


def _trusted(directory: Path) -> dict[str, list[int]]:
    try:
        trusted = json.loads((directory / TRUSTED).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return trusted if isinstance(trusted, dict) else {}


def _trust(directory: Path, names: Set[str], *, only_more: bool = False) -> None:
    """Notes that these files were read and found right; only to save time, so what cannot be noted is not."""
    known = _trusted(directory)
    if only_more and not known:
        return
    trusted = {name: _signature(directory / name) for name in names if not name.endswith(HINT)}
    with suppress(OSError):
        fresh = directory / f"{TRUSTED}.{os.getpid()}"
        fresh.write_text(json.dumps(known | trusted if only_more else trusted), "utf-8")
        fresh.replace(directory / TRUSTED)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
