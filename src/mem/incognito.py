"""A conversation of which nothing is left: its profile is a directory elsewhere, in memory where the system has such a place.

The directory is removed when the conversation ends, and by a process that watches over it where this one is killed. The real
profile is not opened; where its memory is to be read, it is copied under its lock first, and the copy is what is read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mem.config import Config
from mem.errors import StoreError
from mem.paths import make_private
from mem.stores.lock import ProfileLock

IN_MEMORY = Path("/dev/shm")
SPARE_BYTES = 256 * 1024 * 1024  # for what the conversation itself writes
COPIED = ("memory.duckdb", "memory.duckdb.wal", "index")
PREFIX = "mem-incognito-"
# Ends when the process that holds the other end of its stdin does, however that ends.
WATCHER = "import shutil, sys; sys.stdin.buffer.read(); shutil.rmtree(sys.argv[1], ignore_errors=True)"


@contextmanager
def incognito(config: Config, *, read_memory: bool, notify: Callable[[str], None]) -> Iterator[Config]:
    """The settings for a conversation of which nothing is written to the profile, nor left anywhere; nothing is learned in it.

    With `read_memory` it can recall what the profile holds at its start, else nothing.
    """
    profile = config.paths.existing_profile(config.profile)
    copied = [profile / name for name in COPIED if (profile / name).exists()] if read_memory else []
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_place(sum(map(_size, copied)))))
    watcher = _watch(home)
    try:
        paths = replace(config.paths, data=home / "data")
        own = make_private(paths.profile(config.profile))
        if config.paths.models.is_dir():
            paths.models.symlink_to(config.paths.models.absolute())
        if copied:
            _copy(copied, own, profile, notify)
        yield replace(config, paths=paths, learn="off")
    finally:
        shutil.rmtree(home, ignore_errors=True)
        watcher.communicate()


def _watch(home: Path) -> subprocess.Popen[bytes]:
    # In a session of its own: what Ctrl-C or a closed terminal ends is not the watcher.
    command = [sys.executable, "-I", "-S", "-c", WATCHER, str(home)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _copy(copied: list[Path], own: Path, profile: Path, notify: Callable[[str], None]) -> None:
    """No writer changes the profile meanwhile. A lock there is none of yet is not made: then nobody has written."""
    if not (profile / "lock").exists():
        return
    try:
        with ProfileLock(profile / "lock", notify=notify).shared():
            for path in copied:
                if path.is_dir():
                    shutil.copytree(path, own / path.name, symlinks=True)
                elif path.exists():  # DuckDB may have put the log into the database since
                    shutil.copy2(path, own / path.name)
    except OSError as error:
        raise StoreError(f"cannot copy memory to read it: {error}; nothing was changed") from error


def _place(needed_bytes: int) -> Path | None:
    """Where it is kept in memory, if there is room; None for the system's usual place for temporary files."""
    usable = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK | os.X_OK)
    return IN_MEMORY if usable and shutil.disk_usage(IN_MEMORY).free > needed_bytes + SPARE_BYTES else None


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)
