"""`mem undo`: a change, taken back; and an undo, taken back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import lines, render
from mem.cli.change_lines import change_json, show_change, undo_lines
from mem.cli.common import JsonOption, YesOption, confirm, open_assistant
from mem.cli.lines import ITEM_ID
from mem.errors import NotFound
from mem.records import to_json
from mem.text import shorten

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.stores.leaving import Leaving

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show what would be taken back.")]


def undo(
    context: typer.Context,
    change: Annotated[str | None, typer.Argument(metavar="[CHANGE]", help="Which: c12, as mem log shows it.")] = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Take back the last change, or another; undo an undo to bring it back.

    A change is what mem log lists, and nothing of it is lost. A message is no change: /undo in a chat forgets the last one
    for good, as mem forget does. A forget that still waits (mem forget --grace) is called off first.
    """
    if change is not None and not re.fullmatch(r"c\d{1,18}", change):
        listed = f"mem log --fact {change}" if ITEM_ID.fullmatch(change) else "mem log"
        raise NotFound(f"{shorten(change, 40)!r} is no change: they look like c12; see them with: {listed}")
    with open_assistant(context) as assistant:
        if change is None and (waiting := assistant.forgetting.leaving.list()):
            _keep(assistant, waiting[-1], yes=yes, dry_run=dry_run, json=json)
            return
        plan = assistant.undoing.plan(change)
        if not (json and (dry_run or yes)):
            tell = render.answer if dry_run else render.narrate
            tell(f"{plan.change.id} would be taken back:", style="bold")
            for line in undo_lines(plan.steps):
                tell(f"  {line}", style="")
        if dry_run:
            if json:
                render.as_json({"change": change_json(plan.change), "steps": to_json(plan.steps)})
            render.narrate("nothing was changed (--dry-run)")
            return
        if not confirm(f"Take back {plan.change.id}?", yes=yes, asks=f"mem undo asks before it takes {plan.change.id} back"):
            render.narrate("nothing was changed")
            raise typer.Exit(1)
        done = assistant.undoing.undo(plan.change.id)
    if json:
        render.as_json(change_json(done))
    else:
        show_change(done)
        render.narrate(f"to bring it back: mem undo {done.id}")


def _keep(assistant: Assistant, leaving: Leaving, *, yes: bool, dry_run: bool, json: bool) -> None:
    """Calls off a forget that waits for its time."""
    ids = ", ".join(leaving.ids)
    render.narrate(f"{ids} would be kept: to be forgotten after {lines.when(leaving.due)}")
    if dry_run:
        render.narrate("nothing was changed (--dry-run)")
        return
    if not confirm(f"Keep {ids}?", yes=yes, asks="mem undo asks before it calls a forget off"):
        render.narrate("nothing was changed")
        raise typer.Exit(1)
    done = assistant.forgetting.keep()
    if json:
        render.as_json(change_json(done))
    else:
        render.answer(f"kept: {ids}")
