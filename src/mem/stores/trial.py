"""Reads a whole database in a process of its own: `python -m mem.stores.trial FILE`. A damaged file may end that process.

Prints one line of what is wrong and ends with 1, or prints how many rows there are and ends with 0.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from mem.errors import MemError
from mem.stores.database import Database

TABLES = "select table_name from duckdb_tables() where not internal order by all"


def read_all(path: Path) -> int:
    """How many rows there are, having read every value of each."""
    database = Database(path.parent, now=lambda: datetime.now(UTC), notify=lambda line: None)
    total = 0
    with database.look() as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            row = connection.execute(f'select count(*), bit_xor(hash(t)) from "{table}" t').fetchone()
            total += int(row[0]) if row else 0
    return total


def main() -> int:
    """The exit status."""
    try:
        print(read_all(Path(sys.argv[1])))  # noqa: T201 - the answer of a process to the one that started it
    except MemError as error:
        print(error)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
