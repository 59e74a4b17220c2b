"""Backups: one file with the database and the settings, and the way back. The search index is made anew.

A restore takes the place of the present database in one step, at the end; that one is kept beside it. What was forgotten
since the backup was made is forgotten again before anybody can see it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyrage

from mem.errors import InputError, MemError, StoreDamaged, StoreError, StoreTooNew
from mem.paths import make_private
from mem.records import Fact
from mem.stores.acknowledged import Mark, go_on_without, how_far, write_mark
from mem.stores.backup_files import (
    BEFORE_RESTORE,
    CONFIG,
    DATABASE,
    NOTED,
    MadeBackup,
    appearing,
    copies_in,
    making,
    note_backup,
    noted_backups,
    read_manifest,
    unpack,
    write_backup,
)
from mem.stores.database import Connection, Database, get_meta, set_meta
from mem.stores.durable import sync_directory, sync_file
from mem.stores.events import log_event
from mem.stores.facts import read_facts
from mem.stores.in_a_child import tried
from mem.stores.migrations import SCHEMA_VERSION
from mem.stores.quarantine import log_of
from mem.stores.tombstones import FACT, Tombstone, TombstoneStore, buried_rows, fact_text

AGE_MAGIC = b"age-encryption.org/v1"
DUCKDB_MAGIC, DUCKDB_MAGIC_AT = b"DUCK", 8
LEAST_PASSPHRASE = 8
EMPTIED = (
    "index_generation", "indexed_seq", "index_building", "index_maintaining", "index_purge", "index_version", "embedder_switch",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was written."""

    path: Path
    size: int
    encrypted: bool
    schema: int
    counts: dict[str, int]
    settings: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored from where; `aside` is the database that was there before, if there was one."""

    source: Path
    created_at: str
    counts: dict[str, int]
    aside: Path | None
    forgotten_again: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backups:
    """The copies of a profile: `kept` in its directory, which a forget removes; `made` by the user, which it does not reach."""

    kept: tuple[Path, ...]
    made: tuple[MadeBackup, ...]


def list_backups(database: Database) -> Backups:
    """All that is known, also where the database cannot be read."""
    made: list[MadeBackup] = []
    if database.path.exists():
        with suppress(StoreError), database.read() as connection:
            made = noted_backups(connection)
    return Backups(tuple(copies_in(database.directory)), tuple(made))


def make_backup(database: Database, target: Path, *, config_file: Path, passphrase: str | None) -> Made:
    """Writes the profile and the settings into a new file. Others may go on meanwhile; what they commit later is not in it."""
    if target.exists() or target.is_symlink():
        raise InputError(f"{target} exists; nothing was changed: choose another name")
    if not target.parent.is_dir():
        raise InputError(f"there is no directory {target.parent}; nothing was changed")
    if passphrase is not None and len(passphrase) < LEAST_PASSPHRASE:
        raise InputError(f"a passphrase has at least {LEAST_PASSPHRASE} characters; no backup was made")
    with _disk_trouble("the backup was not made"), _working(database) as folder:
        raw, fresh = folder / "raw.duckdb", folder / DATABASE
        with database.read() as connection:  # as long as the bytes are copied, nobody writes
            schema, counts = int(get_meta(connection, "schema_version")), _counts(connection)
            for source, copy in ((database.path, raw), (log_of(database.path), log_of(raw))):
                if source.exists():
                    shutil.copyfile(source, copy)
        database.copy(raw, fresh)
        raw.unlink()
        files = {DATABASE: fresh} | ({CONFIG: config_file} if config_file.is_file() else {})
        plain = target if passphrase is None else folder / "plain.zip"
        write_backup(plain, files, profile=database.directory.name, schema=schema, now=database.now())
        if passphrase is not None:
            with appearing(target) as sealed:
                sealed.write_bytes(pyrage.passphrase.encrypt(plain.read_bytes(), passphrase))
    try:
        with database.write() as connection:
            note_backup(connection, target.absolute(), database.now())
    except StoreError as error:
        database.notify(f"the backup is made; that it exists could not be noted: {error}")
    return Made(target, target.stat().st_size, passphrase is not None, schema, counts, CONFIG in files)


def restore_backup(
    database: Database,
    source: Path,
    *,
    config_file: Path,
    ask_passphrase: Callable[[], str],
    forget_again: Callable[[Path, Sequence[str]], None],
) -> Restored:
    """Puts what is in a backup in the place of the profile's database, which is kept; nothing is changed by a bad backup.

    `forget_again` gets the directory of a profile that is not in use yet, and the ids in it that must be forgotten.
    """
    make_private(database.directory)
    with _disk_trouble("nothing was restored, and the profile is as it was"), making(database.directory) as folder:
        # As far below as a profile is: so it can be opened as one.
        staged = make_private(folder / "data" / "profiles" / database.directory.name)
        created_at, files = _stage(source, folder, staged, ask_passphrase)
        _try_in_a_child(staged / DATABASE, source)
        fresh = Database(staged, now=database.now, notify=database.notify)
        with fresh.read() as connection:
            schema, own = int(get_meta(connection, "schema_version")), how_far(connection)
        if schema > SCHEMA_VERSION:
            raise StoreTooNew(f"{source} is of a newer mem; nothing was changed: upgrade mem")
        notes, tombstones, present = _present(database)
        TombstoneStore(fresh).adopt(tombstones)
        with fresh.write() as connection:
            _prepare(connection, database, source, present, own)
            again = _forgotten_since(connection)
        if again:
            forget_again(staged, again)
        with fresh.read() as connection:
            counts, mark = _counts(connection), how_far(connection)
        if CONFIG in files and (told := _restore_config(files[CONFIG], config_file)):
            notes.append(told)
        aside = _exchange(database, staged / DATABASE, mark)
    return Restored(source, created_at, counts, aside, tuple(again), tuple(notes))


@contextmanager
def _disk_trouble(told: str) -> Iterator[None]:
    """What the disk refuses, as one line."""
    try:
        yield
    except OSError as error:
        place = error.filename2 or error.filename
        raise StoreError(f"cannot write {place}: {error.strerror}; {told}: free some space") from error


@contextmanager
def _working(database: Database) -> Iterator[Path]:
    """A folder for copies: in the profile, so that its next backup or forget removes what a killed run leaves."""
    if database.is_writable:
        with making(database.directory) as folder:
            yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="mem-backup-") as name:
            yield Path(name)


def _stage(
    source: Path, folder: Path, staged: Path, ask_passphrase: Callable[[], str]
) -> tuple[str, dict[str, Path]]:
    """When the backup was made, and its files in `staged`."""
    try:
        with source.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise InputError(f"cannot read {source}: {error.strerror}; nothing was changed") from error
    if head[DUCKDB_MAGIC_AT : DUCKDB_MAGIC_AT + len(DUCKDB_MAGIC)] == DUCKDB_MAGIC:  # one that was set aside
        shutil.copyfile(source, staged / DATABASE)
        (staged / DATABASE).chmod(0o600)
        made = datetime.fromtimestamp(source.stat().st_mtime, UTC)
        return made.isoformat(timespec="seconds"), {DATABASE: staged / DATABASE}
    archive = source
    if head.startswith(AGE_MAGIC):
        archive = folder / "plain.zip"
        archive.touch(0o600)
        archive.write_bytes(_decrypted(source, ask_passphrase()))
    manifest = read_manifest(archive)
    if manifest.schema > SCHEMA_VERSION:
        raise StoreTooNew(
            f"{source} was made by mem {manifest.made_by} (schema {manifest.schema}, this one knows {SCHEMA_VERSION}); "
            "nothing was changed: upgrade mem to restore it"
        )
    files = unpack(archive, manifest, folder)
    return manifest.created_at, {**files, DATABASE: files[DATABASE].rename(staged / DATABASE)}


def _decrypted(source: Path, passphrase: str) -> bytes:
    try:
        return bytes(pyrage.passphrase.decrypt(source.read_bytes(), passphrase))
    except pyrage.DecryptError as error:
        told = f"{source} does not open: the passphrase is wrong, or the file is damaged; nothing was changed"
        raise InputError(told) from error


def _try_in_a_child(database: Path, source: Path) -> None:
    """A file from elsewhere may end the process that opens it: that is another one than this."""
    told = tried("mem.stores.trial", database)
    if told:
        raise StoreDamaged(f"the database in {source} cannot be used ({told}); nothing was changed: restore another backup")


def _present(database: Database) -> tuple[list[str], list[Tombstone], tuple[Mark, str] | None]:
    """What the present database has that the restored one must know of; notes where it cannot be asked."""
    if not database.path.exists():
        return [], [], None
    try:
        tombstones = TombstoneStore(database).list()
        with database.read() as connection:
            return [], tombstones, (how_far(connection), get_meta(connection, NOTED))
    except MemError:
        return ["the present database cannot be read: what was forgotten since the backup was made may be back"], [], None


def _prepare(
    connection: Connection, database: Database, source: Path, present: tuple[Mark, str] | None, own: Mark
) -> None:
    """No number is given away twice, the index is made anew, and the log tells of the restore."""
    go_on_without(connection, present[0] if present else own)
    if present and present[1]:
        set_meta(connection, NOTED, present[1])
    for key in EMPTIED:
        connection.execute("delete from meta where key = ?", [key])
    log_event(connection, database.now(), "user", "restore", "profile", after=source.name)


def _forgotten_since(connection: Connection) -> list[str]:
    """Ids of what is in the backup, and was forgotten after it."""
    episodes = connection.execute("select id, text, seq from episode order by seq").fetchall()
    facts: list[Fact] = read_facts(connection, "order by seq", [])
    seqs = dict(connection.execute("select id, seq from fact").fetchall())
    buried = buried_rows(connection, "text", [text for _, text, _ in episodes], [seq for _, _, seq in episodes])
    buried += buried_rows(connection, FACT, [fact_text(fact) for fact in facts], [seqs[fact.id] for fact in facts])
    ids = [id for id, _, _ in episodes] + [fact.id for fact in facts]
    return [id for id, tombstone in zip(ids, buried, strict=True) if tombstone]


def _counts(connection: Connection) -> dict[str, int]:
    tables = {"sessions": "session", "messages": "message", "memories": "episode", "facts": "fact"}
    rows = {name: connection.execute(f"select count(*) from {table}").fetchone() for name, table in tables.items()}
    return {name: int(row[0]) if row else 0 for name, row in rows.items()}


def _restore_config(saved: Path, config_file: Path) -> str:
    """Settings are for all profiles: those that are there stay, and the saved ones are put beside them."""
    content = saved.read_bytes()
    if config_file.exists() and config_file.read_bytes() == content:
        return ""
    target = config_file
    if config_file.exists():
        target = config_file.with_name(f"{config_file.name}.from-backup-{_stamp()}")
    make_private(target.parent)
    with appearing(target) as fresh:
        fresh.write_bytes(content)
    if target == config_file:
        return f"the settings were restored: {target}"
    return f"your settings stay as they are; those of the backup are in {target}"


def _exchange(database: Database, fresh: Path, mark: Mark) -> Path | None:
    """The database that was there, under another name; from one moment to the next the fresh one has its place."""
    fresh.chmod(0o600)
    sync_file(fresh)
    if database.path.exists():
        with suppress(StoreError), database.write():
            pass  # its log, if a killed run has left one, is taken in
    with database.lock.exclusive():
        aside = _keep(database.path)
        database.reached("kept")
        fresh.replace(database.path)
        sync_directory(database.directory)
        database.reached("replaced")
        write_mark(database.directory, mark)
        database.reached("noted")
        for generation in (database.directory / "index").glob("g-*"):
            shutil.rmtree(generation, ignore_errors=True)
    return aside


def _keep(database: Path) -> Path | None:
    """A second name for the database that is about to be replaced; None where there is none."""
    if not database.exists():
        return None
    aside = database.with_name(f"{database.name}{BEFORE_RESTORE}{_stamp()}")
    if log_of(database).exists():  # of a damaged database; the fresh one must not take it for its own
        log_of(database).rename(log_of(aside))
    try:
        os.link(database, aside)
    except OSError:  # a disk without hard links
        shutil.copyfile(database, aside)
        aside.chmod(0o600)
    sync_directory(database.parent)
    return aside


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
