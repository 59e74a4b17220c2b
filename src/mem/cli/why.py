"""`mem why`: what was looked up for an answer, what of it the model saw, and what was left out."""

from __future__ import annotations

from typing import Annotated

import typer

from mem.cli import render
from mem.cli.common import JsonOption, PlainOption, existing_name, open_assistant
from mem.cli.explain import why_lines


def why(
    context: typer.Context,
    turn: Annotated[str | None, typer.Argument(metavar="TURN", help="A turn, such as t3; the last one by default.")] = None,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Show what was retrieved, used and left out for an answer."""
    wanted = existing_name(turn, "t", "mem sessions show last") if turn is not None and turn != "last" else None
    with open_assistant(context) as assistant:
        found = assistant.why(wanted)
    if json:
        render.as_json(found)
        return
    if plain:
        for hit in (*found.hits, *found.dropped):
            used = "used" if hit.injected else ""
            render.plain([[hit.id, hit.kind, f"{hit.score:.4f}", used, hit.dropped, hit.text]])
        return
    render.answer(found.turn, style="bold")
    for line in why_lines(found):
        render.answer(line)
