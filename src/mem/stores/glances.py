"""The database as a reader holds it, who need not open it where nothing was committed since the last time."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mem.stores.database import Connection

Token = tuple[object, ...]
HEADERS = 4096, 8192  # offset and length of the two headers of a database file


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


def token_of(path: Path) -> Token:
    """DuckDB counts its checkpoints in a header of the file, and each commit makes the log beside it longer."""
    log = path.with_name(f"{path.name}.wal")
    try:
        with path.open("rb") as file:
            found, headers = os.fstat(file.fileno()), os.pread(file.fileno(), HEADERS[1], HEADERS[0])
        logged = log.stat() if log.exists() else None
    except OSError:
        return (object(),)  # equal to nothing: whoever opens the database says what is wrong
    token = (found.st_ino, found.st_size, found.st_mtime_ns, headers)
    return token if logged is None else (*token, logged.st_ino, logged.st_size, logged.st_mtime_ns)
