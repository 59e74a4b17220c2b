"""A page for a browser, written for its owner only: the whole file or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mem.cli import render
from mem.errors import InputError, StoreError

if TYPE_CHECKING:
    from mem.assistant import Assistant


def write_page_file(assistant: Assistant, file: Path, page: Callable[[], str], *, force: bool) -> None:
    """Makes the page, writes it to `file` and prints the path. What is there stays, unless `force`."""
    path = file.expanduser().absolute()
    if not force and (path.exists() or path.is_symlink()):
        raise InputError(f"{path} is there already; nothing was written: add --force to replace it, or name another file")
    _write(path, page(), force=force)
    assistant.forgetting.note_export(path)
    render.answer(str(path))
    render.narrate("it holds what is known about you, for your eyes only; mem forget does not reach it: delete it when done")


def _write(path: Path, text: str, *, force: bool) -> None:
    """A link in its place is replaced, not followed."""
    written = ""
    try:
        if force:
            descriptor, written = tempfile.mkstemp(dir=path.parent, prefix=".mem-page-")
        else:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            written = str(path)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(written).replace(path)
    except OSError as error:
        if written:
            Path(written).unlink(missing_ok=True)
        raise StoreError(f"cannot write {path}: {error.strerror}; nothing was written") from error
