"""`mem consolidate`: old turns to summaries, the same notes to one; a dry run unless --yes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import render
from mem.cli.common import JsonOption, YesOption, open_assistant, options
from mem.cli.lines import counted
from mem.cli.progress import Waiting, bar
from mem.errors import InputError
from mem.text import number, shorten

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.consolidation import Consolidated, Plan

UNIT_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
MANY_TURNS = 500
SHOWN_PARTS, SHOWN_LINES, LINE_CHARS = 3, 3, 90
OlderOption = Annotated[
    str | None, typer.Option("--older-than", metavar="AGE", help="Only what is older: 30d, 8w, 6m, 1y (the setting: days).")
]
# What a chat leaves behind when it ends: it decides by the settings, asks nothing and shows nothing.
IdleOption = Annotated[bool, typer.Option("--idle", hidden=True)]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done, as without --yes.")]


def consolidate(
    context: typer.Context,
    older_than: OlderOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    idle: IdleOption = False,
) -> None:
    """Summarise old turns and merge notes that say the same; nothing is deleted."""
    days = _days(older_than)
    with open_assistant(context) as assistant:
        if idle:
            assistant.consolidate_when_idle()
            return
        if dry_run or not yes:
            _show_plan(assistant.consolidation.plan(older_than_days=days), older_than, json=json)
            return
        plan = _plan(context, assistant, days)
        if plan.turns > MANY_TURNS:
            assistant.notify("questions are asked of the old search index and of the new one, which takes a minute or two…")
        with Waiting("summarising, and asking as before", quiet=options(context).quiet):
            done = assistant.consolidation.carry_out(plan)
    if json:
        render.as_json(done)
    else:
        _show_done(done)


def _plan(context: typer.Context, assistant: Assistant, days: int | None) -> Plan:
    model = assistant.able_model()
    if model is None:
        return assistant.consolidation.plan(older_than_days=days)
    with bar("summarising", quiet=options(context).quiet) as advance:
        return assistant.consolidation.plan(older_than_days=days, model=model, progress=advance)


def _days(older_than: str | None) -> int | None:
    if older_than is None:
        return None
    found = re.fullmatch(r"(\d{1,5})\s*([dwmy]?)\w*", older_than.strip().lower())
    if found is None:
        raise InputError(f"--older-than {shorten(older_than, 40)!r} should be an age such as 30d, 8w, 6m or 1y")
    return int(found[1]) * UNIT_DAYS[found[2] or "d"]


def _show_plan(plan: Plan, older_than: str | None, *, json: bool) -> None:
    if json:
        render.as_json({"before": plan.before, "counts": plan.counts, "parts": plan.parts, "merged": plan.merged})
        return
    if not plan.parts and not plan.merged:
        render.answer(f"nothing to do: no turn before {render.day(plan.before)} that is not summarised yet")
        return
    render.answer(f"before {render.day(plan.before)}: {counted(plan.counts)}")
    for part in plan.parts[:SHOWN_PARTS]:
        become = "becomes" if len(part.turns) == 1 else "become"
        told = f"{number(len(part.turns), 'turns')} {become} {number(len(part.lines), 'lines')}"
        head = f"{render.day(part.turns[0].happened_at)}  {told}"
        render.item(part.session or "imported", head, *(shorten(line, LINE_CHARS) for line in part.lines[:SHOWN_LINES]))
    if len(plan.parts) > SHOWN_PARTS:
        render.answer(f"… and {len(plan.parts) - SHOWN_PARTS} more")
    for one, other in list(plan.merged.items())[:SHOWN_LINES]:
        render.answer(f"{one} says the same as {other}")
    again = f" --older-than {older_than}" if older_than else ""
    render.narrate(f"nothing was changed; the originals are kept in any case; to do it: mem consolidate{again} --yes")


def _show_done(done: Consolidated) -> None:
    found = "finds its answer" if done.probes == 1 else "find their answers"
    render.answer(f"consolidated: {counted(done.counts)}; {number(done.probes, 'questions')} {found} as before")
    for question in done.lost:
        render.answer(f"left whole, as a question would have lost its answer: {shorten(question, LINE_CHARS)}", style="dim")
    render.narrate("the originals: mem recall --archived WORDS; to take it back: mem undo")
