"""`mem inspect graph`: who and what belongs to whom, as a tree; with --html as a page for a browser."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mem.cli import render
from mem.cli.graph_tree import tree_lines
from mem.errors import InputError, StoreError

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.entity_views import Drawing


def show_graph(assistant: Assistant, *, all: bool, json: bool, plain: bool) -> None:
    """Prints the relations that hold, or `all` that ever did, as a tree."""
    drawing = assistant.drawing()
    relations = [relation for relation in drawing.relations if relation.current or all]
    if json:
        render.as_json(drawing)
    elif plain:
        render.plain(
            [join.source, join.predicate, join.target, join.fact, join.valid_at, join.invalid_at] for join in relations
        )
    elif drawing.entities:
        ascii = not render.stdout().encoding.lower().startswith("utf")
        for line in tree_lines(drawing, ended=all, ascii=ascii):
            render.answer(line)
    else:
        render.narrate("no facts are known yet, so there is nothing to draw")


def write_page(assistant: Assistant, file: str, *, force: bool) -> None:
    """Writes the page to `file`, for its owner only, and prints the path. What is there stays, unless `force`."""
    from mem.cli.graph_page import graph_page

    profile = assistant.config.profile
    path = Path(file or f"mem-graph-{profile}.html").expanduser().absolute()
    drawing: Drawing = assistant.drawing()
    if not force and (path.exists() or path.is_symlink()):
        raise InputError(f"{path} is there already; nothing was written: add --force to replace it, or name another file")
    _write(path, graph_page(drawing, profile=profile, drawn_at=assistant.now()), force=force)
    assistant.forgetting.note_export(path)
    render.answer(str(path))
    render.narrate("it holds what is known about you, for your eyes only; mem forget does not reach it: delete it when done")


def _write(path: Path, text: str, *, force: bool) -> None:
    """The whole file or none, for its owner only; a link in its place is replaced, not followed."""
    written = ""
    try:
        if force:
            descriptor, written = tempfile.mkstemp(dir=path.parent, prefix=".mem-graph-")
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
