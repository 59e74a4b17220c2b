"""Backups: a zip of the database, the settings and a manifest with the sha256 of each, written whole or not at all.

Automatic ones are in the profile's own `backups`; the search index is in none, as it is made from the database.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mem import __version__
from mem.errors import InputError, StoreDamaged, StoreError, StoreTooNew
from mem.paths import make_private
from mem.stores.durable import sync_directory, sync_file
from mem.stores.quarantine import MARKED

if TYPE_CHECKING:
    from mem.stores.database import Connection

FORMAT = 1
FOLDER, MAKING = "backups", ".making"
KEPT = 3
DATABASE, CONFIG, MANIFEST = "memory.duckdb", "config.toml", "manifest.json"
BEFORE_RESTORE, NOTED = ".before-restore-", "backups"
MOST_MANIFEST_BYTES = 100_000
CHUNK = 1 << 20
# What the zip module raises for archives that are damaged, encrypted, or packed in a way it does not know.
UNREADABLE = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, ValueError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Listed:
    """A file in a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    profile: str
    schema: int
    created_at: str
    files: Mapping[str, Listed]
    made_by: str = __version__
    format: int = FORMAT


def write_backup(target: Path, files: Mapping[str, Path], *, profile: str, schema: int, now: datetime) -> Manifest:
    """Writes these files as one; `target` appears when all of it is on the disk."""
    listed = {name: Listed(path.stat().st_size, _sha256(path)) for name, path in files.items()}
    manifest = Manifest(profile, schema, now.astimezone(UTC).isoformat(timespec="seconds"), listed)
    with appearing(target) as fresh, zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
        for name, path in files.items():
            archive.write(path, name)
    return manifest


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A file of another name to be written, for its owner only; it gets the name `target` when it is on the disk."""
    fresh = target.with_name(f".{target.name}.new")
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        yield fresh
        sync_file(fresh)
        fresh.replace(target)
        sync_directory(target.parent)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error.strerror}; no backup was made, nothing was changed") from error
    finally:
        fresh.unlink(missing_ok=True)


def read_manifest(path: Path) -> Manifest:
    """What a backup says of itself; InputError where it is none, StoreTooNew where a newer mem made it."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(MANIFEST) as file:
            found = json.loads(file.read(MOST_MANIFEST_BYTES))
        if found["format"] > FORMAT:
            raise StoreTooNew(f"{path} was made by mem {found['made_by']}; nothing was changed: upgrade mem to restore it")
        files = {str(name): Listed(int(entry["size"]), str(entry["sha256"])) for name, entry in found["files"].items()}
        return Manifest(str(found["profile"]), int(found["schema"]), str(found["created_at"]), files, str(found["made_by"]))
    except (*UNREADABLE, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no backup of mem, or a damaged one; nothing was changed") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}; nothing was changed") from error


def unpack(path: Path, manifest: Manifest, folder: Path) -> dict[str, Path]:
    """Writes the files that a restore needs into `folder`; StoreDamaged where one is not what the manifest says."""
    found = {}
    for name in (DATABASE, CONFIG):
        if name in manifest.files:
            found[name] = folder / name
            _unpack_one(path, name, manifest.files[name], found[name])
    if DATABASE not in found:
        raise InputError(f"{path} has no {DATABASE}; nothing was changed")
    return found


def _unpack_one(path: Path, name: str, listed: Listed, target: Path) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as source, target.open("wb") as copy:
            while size <= listed.size and (chunk := source.read(CHUNK)):
                digest.update(chunk)
                size += copy.write(chunk)
        target.chmod(0o600)
    except UNREADABLE as error:
        raise StoreDamaged(f"{path} is damaged ({name}: {error}); nothing was changed: restore another backup") from error
    except OSError as error:
        raise StoreError(f"cannot unpack {path}: {error.strerror or error}; nothing was changed") from error
    if (size, digest.hexdigest()) != (listed.size, listed.sha256):
        raise StoreDamaged(f"{path} is damaged: {name} is not what was saved; nothing was changed: restore another backup")


def offer(directory: Path) -> str:
    """What to do without the database of a profile."""
    if kept := automatic_backups(directory):
        return f"there is an automatic backup: mem restore {kept[-1]}"
    return "restore a backup (mem restore FILE), or run: mem doctor"


def automatic_backups(directory: Path) -> list[Path]:
    """Those of a profile, the oldest first."""
    return sorted((directory / FOLDER).glob("*.zip"))


def keep_automatic_backup(database: Path, copy: Callable[[Path, Path], None], *, schema: int, now: datetime) -> Path:
    """One more of the database, which nobody may use meanwhile; of the automatic ones the newest three stay."""
    directory = database.parent
    with making(directory) as folder:
        copy(database, folder / DATABASE)
        # Numbered: clocks go backwards, and the newest is the one made last.
        known = automatic_backups(directory)
        number = int(known[-1].name.partition("-")[0]) + 1 if known else 1
        target = directory / FOLDER / f"{number:06}-schema{schema}.zip"
        write_backup(target, {DATABASE: folder / DATABASE}, profile=directory.name, schema=schema, now=now)
    for old in automatic_backups(directory)[:-KEPT]:
        old.unlink(missing_ok=True)
    return target


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that the user made, where it was written to."""

    path: str
    created_at: str


def note_backup(connection: Connection, path: Path, now: datetime) -> None:
    """Remembers where a backup is, for a forget to name what it does not reach."""
    made = [*noted_backups(connection), MadeBackup(str(path), now.astimezone(UTC).isoformat(timespec="seconds"))]
    newest = {backup.path: asdict(backup) for backup in made}
    connection.execute("insert or replace into meta values (?, ?)", [NOTED, json.dumps(list(newest.values()))])


def noted_backups(connection: Connection) -> list[MadeBackup]:
    """The backups that the user made, wherever they are by now. A forget does not reach them."""
    row = connection.execute("select value from meta where key = ?", [NOTED]).fetchone()
    return [MadeBackup(**entry) for entry in json.loads(row[0])] if row else []


def copies_in(directory: Path) -> list[Path]:
    """Every copy of the database that is kept in a profile: automatic backups, what a restore or a damage set aside."""
    asides = [path for mark in (BEFORE_RESTORE, MARKED) for path in directory.glob(f"*{mark}*")]
    return sorted([*automatic_backups(directory), *asides])


def purge_copies(directory: Path) -> list[Path]:
    """Removes all these, as they hold what is forgotten; what was removed. To be called with the profile's lock held."""
    shutil.rmtree(directory / FOLDER / MAKING, ignore_errors=True)
    found = copies_in(directory)
    for path in found:
        try:
            path.unlink()
        except OSError as error:
            raise StoreError(f"{path} could not be removed: {error.strerror}; remove it by hand") from error
    for folder in {path.parent for path in found}:
        sync_directory(folder)
    return found


@contextmanager
def making(directory: Path) -> Iterator[Path]:
    """A folder of a profile to work in, gone afterwards; what a killed run has left in it goes first."""
    make_private(directory / FOLDER)
    folder = directory / FOLDER / MAKING
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield make_private(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
