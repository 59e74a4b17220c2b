"""`mem forget`: preview, confirm, gone, and a receipt."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, YesOption, confirm, open_assistant
from mem.errors import InputError
from mem.records import ForgetPlan, Receipt
from mem.text import shorten

ID = re.compile(r"[ef]\d{1,18}")
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
    ids = [word for argument in what for word in argument.split()]
    with open_assistant(context) as assistant:
        by_id = all(ID.fullmatch(id) for id in ids)
        plan = assistant.plan_forget(ids) if by_id else assistant.plan_forget_query(text)
        if dry_run:
            _show_dry_run(plan, json=json)
            return
        _preview(plan)
        if not confirm("Remove this for good?", yes=yes):
            render.narrate("nothing was changed")
            raise typer.Exit(1)
        receipt = assistant.forget(plan)
    if json:
        render.as_json(receipt)
    else:
        _show_receipt(receipt)


def _plan_lines(plan: ForgetPlan) -> list[str]:
    told = [f"{e.id}  {lines.when(e.happened_at)}  {shorten(e.text, lines.LINE_CHARS)}" for e in plan.episodes]
    told += [f"{fact.id}  {shorten(fact.sentence, lines.LINE_CHARS)}  ({lines.fact_times(fact)})" for fact in plan.facts]
    told.append(f"in all: {lines.counted(plan.counts)}")
    return told + [f"kept: {line}" for line in plan.kept]


def _preview(plan: ForgetPlan) -> None:
    render.narrate("this would be removed:", style="bold")
    for line in _plan_lines(plan):
        render.narrate(line, style="")


def _show_dry_run(plan: ForgetPlan, *, json: bool) -> None:
    if json:
        render.as_json(plan)
        return
    for line in _plan_lines(plan):
        render.answer(line)
    render.narrate("nothing was changed (--dry-run)")


def _show_receipt(receipt: Receipt) -> None:
    render.answer(f"removed: {', '.join(receipt.removed)}")
    render.answer(f"that is: {lines.counted(receipt.counts)}")
    for check in receipt.checks:
        render.answer(f"checked: {check}")
    for limit in receipt.limits:
        render.answer(f"not reached: {limit}", style="dim")
