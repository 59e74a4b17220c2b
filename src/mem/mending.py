"""`mem doctor --repair`: mends what the database alone can mend, and says what it did. What the user said is never removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mem.config import Config
from mem.errors import MemError
from mem.stores.backup_files import keep_automatic_backup
from mem.stores.database import Database
from mem.stores.episodes import EpisodeIndex
from mem.stores.migrations import SCHEMA_VERSION
from mem.stores.orphans import find_orphans, mend_orphans
from mem.text import number

if TYPE_CHECKING:
    from mem.assistant import Assistant


def mend_all(assistant: Assistant) -> list[str]:
    """What was done, a line each; and what could not be."""
    config = assistant.config
    directory = config.paths.existing_profile(config.profile)
    done = list(_close_to_others(config, directory))
    if not assistant.database.path.exists():
        return done
    steps: tuple[Callable[[], list[str]], ...] = (
        lambda: _mend_rows(assistant.database),
        lambda: _mend_index(assistant.index, assistant.reindex),
    )
    for step in steps:
        try:
            done += step()
        except MemError as error:
            done.append(f"not mended: {error}")
    return done


def _close_to_others(config: Config, directory: Path) -> Iterator[str]:
    paths = [config.paths.config_file, directory, *(directory.rglob("*") if directory.is_dir() else ())]
    open_ones = [path for path in paths if path.exists() and not path.is_symlink() and path.stat().st_mode & 0o077]
    try:
        for path in open_ones:
            path.chmod(path.stat().st_mode & 0o700)
    except OSError as error:
        yield f"not mended: {error.filename} stays open to others: {error.strerror}"
    else:
        if open_ones:
            yield f"{number(len(open_ones), 'files')} that others could read, now by their owner only"


def _mend_rows(database: Database) -> list[str]:
    with database.read() as connection:
        found = find_orphans(connection)
    if not found.told:
        return []
    with database.lock.exclusive():
        kept = keep_automatic_backup(database.path, database.copy, schema=SCHEMA_VERSION, now=database.now())
    with database.write() as connection:
        mended = mend_orphans(connection)
    return [f"mended: {told}" for told in mended.told] + [f"the database as it was before is kept in {kept}"]


def _mend_index(index: EpisodeIndex, reindex: Callable[[], int]) -> list[str]:
    done = []
    if problem := index.state(deep=True)["damage"]:
        index.search("a search", None, limit=1)  # sets aside what is damaged, and makes it anew
        if index.state(deep=True)["damage"]:
            reindex()
        done.append(f"the search index was damaged ({problem}) and is made anew: {number(index.state()['indexed'], 'texts')}")
    if waiting := index.state()["waiting"]:
        index.catch_up()
        done.append(f"{waiting} texts that waited are in the search index")
    return done
