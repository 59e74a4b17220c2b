"""Files that are damaged: renamed, never removed, and told in one line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from mem.errors import StoreDamaged

MARKED = ".corrupt-"
Found = TypeVar("Found")


def aside(path: Path) -> Path:
    """The name under which a damaged file is kept: with the time of the machine's clock, as nothing is ordered by it."""
    return path.with_name(f"{path.name}{MARKED}{datetime.now(UTC):%Y%m%dT%H%M%S%f}")


def set_aside_in(directory: Path) -> list[Path]:
    """What was set aside in a profile, the search index included."""
    return sorted([*directory.glob(f"*{MARKED}*"), *(directory / "index").glob(f"*{MARKED}*")])


def log_of(database: Path) -> Path:
    """The write-ahead log of a database."""
    return database.with_name(f"{database.name}.wal")


def keep_log(database: Path) -> Path | None:
    """A copy of the log as it was found; None where there is none."""
    log = log_of(database)
    if not log.exists():
        return None
    kept = aside(log)
    try:
        shutil.copyfile(log, kept)
        kept.chmod(0o600)
    except OSError:  # no room for it: what it was is told all the same
        kept.unlink(missing_ok=True)
        return None
    return kept


def without_damaged_log(database: Path, examine: Callable[[], Found], *, notify: Callable[[str], None]) -> Found:
    """What `examine` finds in the database; without its log where that alone is damaged, which is set aside then."""
    try:
        return examine()
    except StoreDamaged as problem:
        logs = [log for log in database.parent.glob(f"{log_of(database).name}*") if MARKED not in log.name]
        if not logs:
            raise
        kept = {log: log.rename(aside(log)) for log in logs}
        try:
            found = examine()
        except StoreDamaged:
            for log, renamed in kept.items():
                renamed.rename(log)
            raise problem from None
    names = ", ".join(str(renamed) for renamed in kept.values())
    notify(f"WARNING: the log of {database} is damaged and was set aside as {names}; the database itself is whole")
    return found
