"""The database file written anew. DuckDB keeps the bytes of deleted rows, also after a checkpoint and a vacuum (measured);
a copy of what is there has none of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mem.errors import StoreError
from mem.stores.durable import sync_directory, sync_file

if TYPE_CHECKING:
    from mem.stores.database import Connection

DUE = "rewrite_due"
FREE_SHARE = 2  # of the file's size, that must be free
BLOCK_BYTES = 16384
# What a copy must have as the original has it.
STRUCTURE = """
select 'table', table_name, sql from duckdb_tables() where database_name = $1
union all select 'view', view_name, sql from duckdb_views() where database_name = $1 and not internal
union all select 'index', index_name, sql from duckdb_indexes() where database_name = $1
union all select 'constraint', table_name, constraint_text from duckdb_constraints() where database_name = $1
union all select 'column', table_name, concat_ws(' ', column_index, column_name, data_type, column_default, is_nullable)
from duckdb_columns() where database_name = $1
order by all
"""
TABLES = "select table_name from duckdb_tables() where database_name = $1 order by all"


def rewrite_file(path: Path, copier: Connection, *, reached: Callable[[str], None]) -> None:
    """Puts a copy of the rows of the database in its place; StoreError where that cannot be done now, and nothing was changed.

    Nobody else may use the database meanwhile, and it must have no write-ahead log. A kill leaves the old file or the new one.
    """
    remove_unfinished(path)
    if path.with_name(f"{path.name}.wal").exists():
        raise StoreError("its write-ahead log could not be put into it")
    needed = FREE_SHARE * path.stat().st_size
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreError(f"the disk has {free:,} bytes free and {needed:,} are needed")
    fresh = unfinished(path)
    copy_rows(copier, path, fresh)
    fresh.chmod(0o600)
    sync_file(fresh)
    reached("copied")
    fresh.replace(path)
    sync_directory(path.parent)
    reached("renamed")


def unfinished(path: Path) -> Path:
    """Where the copy is written."""
    return path.with_name(f"{path.name}.new")


def remove_unfinished(path: Path) -> None:
    """Removes what a run has left that was killed while it copied, or put rows aside for want of memory."""
    for left in (unfinished(path), unfinished(path).with_name(f"{path.name}.new.wal")):
        left.unlink(missing_ok=True)
    shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)


def copy_rows(copier: Connection, source: Path, target: Path) -> None:
    """A new database file with the rows of `source`, which is only read; nobody else may use that meanwhile."""
    copier.execute(f"attach '{_quoted(source)}' as old (read_only)")
    copier.execute(f"attach '{_quoted(target)}' as fresh (block_size {BLOCK_BYTES})")
    copier.execute("copy from database old to fresh")
    if (old := _contents(copier, "old")) != (new := _contents(copier, "fresh")):
        different = sorted({str(entry[1]) for entry in set(old) ^ set(new)})
        raise StoreError(f"the copy is not the same in {', '.join(different)}")
    copier.execute("delete from fresh.meta where key = ?", [DUE])
    copier.execute("checkpoint fresh")
    copier.execute("detach old")
    copier.execute("detach fresh")


def _contents(copier: Connection, name: str) -> list[tuple[object, ...]]:
    """The structure of an attached database, and how many rows each table has."""
    tables = [table for (table,) in copier.execute(TABLES, [name]).fetchall()]
    # Of all tables at once: a third of the time that it takes one by one.
    rows = " union all ".join(f"""select 'rows', '{table}', count(*) from {name}."{table}" """ for table in tables)
    return [*copier.execute(STRUCTURE, [name]).fetchall(), *(copier.execute(rows).fetchall() if tables else [])]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
