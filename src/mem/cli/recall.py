"""`mem recall`: what memory holds on a query, best first. No model is asked."""

from __future__ import annotations

from typing import Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, PlainOption, open_assistant, words_or_stdin
from mem.cli.explain import left_out_lines, scores, search_lines
from mem.errors import InputError, NotFound
from mem.records import Retrieval
from mem.text import shorten


def recall(
    context: typer.Context,
    query: Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="What to look for; - reads it from stdin.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=100, help="At most so many memories.")] = 5,
    why: Annotated[bool, typer.Option("--why", help="Show scores, and what was left out and why.")] = False,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Search memory: dated memories with their ids, best first."""
    text = words_or_stdin(query or [])
    if not text.strip():
        raise InputError("what should be looked for? For example: mem recall where does my sister live")
    with open_assistant(context) as assistant:
        found = assistant.recall(text, limit=limit)
    if json:
        render.as_json(found)
    elif plain:
        render.plain([hit.id, hit.happened_at, hit.kind, f"{hit.score:.4f}", hit.session, hit.text] for hit in found.hits)
    else:
        _show(found, why=why)
    if not found.hits:
        raise NotFound(f"nothing in memory matches {shorten(text, 80)!r}")


def _show(found: Retrieval, *, why: bool) -> None:
    if found.notice:
        render.narrate(found.notice)
    for hit in found.hits:
        lines.show_hit(hit)
        if why:
            render.answer(f"    {scores(hit)}", style="dim")
    for line in (*search_lines(found), *left_out_lines(found)) if why else ():
        render.answer(line, style="dim")
