"""Waiting until what was written is on the disk."""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """Waits until the file's bytes are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Waits until the names in the directory are on the disk."""
    sync_file(path)
