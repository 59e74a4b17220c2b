"""`mem forget`: preview, confirm, gone, and a receipt."""

from __future__ import annotations

from typing import Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, YesOption, confirm, open_assistant
from mem.errors import InputError
from mem.records import ForgetPlan

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")]


def forget(
    context: typer.Context,
    what: Annotated[list[str], typer.Argument(metavar="ID|WORDS", help="Ids such as e3 f5, or words to search for.")],
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Remove memories and facts for good."""
    text = " ".join(what).strip()
    if not text:
        raise InputError("what should be forgotten? Give ids (mem forget e3 f5) or words; nothing was changed")
    ids = lines.ids_or_none(what)
    with open_assistant(context) as assistant:
        plan = assistant.plan_forget(ids) if ids else assistant.plan_forget_query(text)
        if dry_run:
            _show_dry_run(plan, json=json)
            return
        lines.show_forget_preview(plan)
        if not confirm("Remove this for good?", yes=yes):
            render.narrate("nothing was changed")
            raise typer.Exit(1)
        receipt = assistant.forget(plan)
    if json:
        render.as_json(receipt)
    else:
        lines.show_receipt(receipt)


def _show_dry_run(plan: ForgetPlan, *, json: bool) -> None:
    if json:
        render.as_json(plan)
        return
    for line in lines.forget_lines(plan):
        render.answer(line)
    render.narrate("nothing was changed (--dry-run)")
