"""`mem inspect graph`: who and what belongs to whom, as a tree; with --html as a page for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mem.cli import render
from mem.cli.graph_tree import tree_lines, unjoined_line
from mem.cli.page_file import write_page_file

if TYPE_CHECKING:
    from mem.assistant import Assistant


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
        if unjoined := unjoined_line(drawing):
            render.answer(unjoined, style="dim")
    else:
        render.narrate("no facts are known yet, so there is nothing to draw")


def write_page(assistant: Assistant, file: str, *, force: bool) -> None:
    """Writes the page to `file`, for its owner only, and prints the path. What is there stays, unless `force`."""
    from mem.cli.graph_page import graph_page

    profile = assistant.config.profile

    def page() -> str:
        return graph_page(assistant.drawing(), profile=profile, drawn_at=assistant.now())

    write_page_file(assistant, Path(file or f"mem-graph-{profile}.html"), page, force=force)
