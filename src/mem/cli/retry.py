"""`mem retry`: does again what the memory writer could not, and tells what became of each piece of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mem.cli import render
from mem.cli.common import JsonOption, PlainOption, open_assistant
from mem.cli.exit_codes import FAILURE
from mem.cli.lines import review_line, saved_line
from mem.records import to_json

if TYPE_CHECKING:
    from mem.memory_writer import Outcome

NOTHING_FAILED = "nothing has failed; {} waiting for the next conversation, or for: mem retry --all"


def retry(
    context: typer.Context,
    all: Annotated[bool, typer.Option("--all", help="Also what has not failed, but waits.")] = False,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Read facts again where that failed before."""
    with open_assistant(context) as assistant:
        # Told below, each under the work that it came of.
        assistant.on_saved = lambda saved: None
        assistant.on_waiting = lambda reviews: None
        assistant.notify = lambda line: None
        outcomes = assistant.retry_pending(all=all)
        left = len(assistant.pending())
    if json:
        render.as_json([_described(outcome) for outcome in outcomes])
    elif plain:
        render.plain([[o.work.turn, o.work.step, "waits" if o.waits else "done", len(o.saved), o.waits] for o in outcomes])
    elif not outcomes:
        waiting = f"{left} pieces of work are" if left > 1 else "1 piece of work is"
        render.narrate(NOTHING_FAILED.format(waiting) if left else "nothing is waiting to be written")
    else:
        for outcome in outcomes:
            render.item(outcome.work.turn, f"{outcome.work.step}: {_told(outcome)}", *_learned(outcome))
    if any(outcome.waits for outcome in outcomes):
        raise typer.Exit(FAILURE)


def _told(outcome: Outcome) -> str:
    if outcome.waits:
        return f"still waits: {outcome.waits}"
    return "done" if outcome.saved or outcome.reviews else "done, and nothing new was in it"


def _learned(outcome: Outcome) -> list[str]:
    return [*map(saved_line, outcome.saved), *map(review_line, outcome.reviews)]


def _described(outcome: Outcome) -> dict[str, Any]:
    learned = {"saved": to_json(outcome.saved), "reviews": to_json(outcome.reviews)}
    return {**to_json(outcome.work), "done": not outcome.waits, "waits": outcome.waits, **learned}
