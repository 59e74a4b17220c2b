"""`mem log` and `mem diff`: what changed in memory, by whom, and what differs between then and now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import render
from mem.cli.change_lines import change_json, change_rows, show_change, show_diff
from mem.cli.common import JsonOption, PlainOption, open_assistant
from mem.cli.lines import ITEM_ID
from mem.errors import NotFound
from mem.text import shorten

if TYPE_CHECKING:
    from mem.stores.changes import Change

SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only from then on: yesterday, last March, 2026-05-07.")
]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only up to then, and with it.")]


def log(
    context: typer.Context,
    since: SinceOption = None,
    until: UntilOption = None,
    fact: Annotated[
        str | None, typer.Option("--fact", metavar="ID", help="Only changes of this fact (f3), memory (e5) or core:human.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=10000, help="At most so many changes.")] = 20,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Show what changed in memory, newest first; each change can be taken back."""
    with open_assistant(context) as assistant:
        found = assistant.log(since=since, until=until, item=fact, limit=limit)
        if fact is not None and not found and ITEM_ID.fullmatch(fact):
            assistant.inspect(fact)  # NotFound where there is no such thing
    if json:
        render.as_json([change_json(change) for change in found])
    elif plain:
        render.plain(change_rows(found))
    else:
        for change in found:
            show_change(change)
        if newest := next((change.id for change in found if not change.undone and not _forgets(change)), ""):
            render.narrate(f"to take one back: mem undo {newest}")
    if not found:
        raise NotFound(f"nothing changed{' in that time' if since or until else ''}{_of(fact)}")


def diff(
    context: typer.Context,
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="Compare with the beginning of then: last week, March 2026, 2025.")
    ] = "yesterday",
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Up to the end of then, rather than now.")
    ] = None,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Show which facts were added (+), ended (-) or changed (~) since then."""
    with open_assistant(context) as assistant:
        found = assistant.diff(since, until)
    if json:
        changed = [{"before": before, "after": after} for before, after in found.changed]
        render.as_json({"added": found.added, "ended": found.ended, "changed": changed})
    elif plain:
        render.plain(["added", fact.id, fact.sentence] for fact in found.added)
        render.plain(["ended", fact.id, fact.sentence] for fact in found.ended)
        render.plain(["changed", after.id, before.sentence, after.sentence] for before, after in found.changed)
    else:
        show_diff(found)
        if not (found.added or found.ended or found.changed):
            render.narrate(f"no fact is another than at the beginning of {shorten(since, 40)!r}; say since when with --since")


def _of(item: str | None) -> str:
    return f" that concerns {shorten(item, 40)}" if item else ""


def _forgets(change: Change) -> bool:
    return any(step.action == "forget" for step in change.steps)
