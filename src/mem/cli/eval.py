"""`mem eval`: how well retrieval finds what was said, measured on data sets and on the user's own memories."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mem.cli import render
from mem.cli.common import JsonOption, PlainOption, open_assistant, options
from mem.cli.eval_self import evaluate_self
from mem.cli.progress import bar

if TYPE_CHECKING:
    from mem.evaluation.runner import Report

evaluate = typer.Typer(
    help="Measure how well retrieval finds what was said. "
    "Data sets are loaded into a profile of their own, which is thrown away; your memories are not touched.",
    no_args_is_help=True,
)

Unit = Literal["turn", "session"]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The data set, as its authors publish it.")]
UnitOption = Annotated[Unit, typer.Option("--unit", help="What is to be found: the turn, or the session by its best turn.")]
LimitOption = Annotated[
    int | None, typer.Option("--limit", "-n", metavar="N", min=1, help="Ask N questions only, taken evenly from all.")
]
TypesOption = Annotated[bool, typer.Option("--by-type", help="Show each type of question too.")]


@evaluate.command()
def locomo(
    context: typer.Context, file: FileArgument, unit: UnitOption = "turn", limit: LimitOption = None,
    by_type: TypesOption = False, json: JsonOption = False, plain: PlainOption = False,
) -> None:  # fmt: skip
    """LoCoMo: long conversations between two people (locomo10.json)."""
    _run(context, "locomo", file, unit, limit, by_type=by_type, json=json, plain=plain)


@evaluate.command()
def longmemeval(
    context: typer.Context, file: FileArgument, unit: UnitOption = "turn", limit: LimitOption = None,
    by_type: TypesOption = False, json: JsonOption = False, plain: PlainOption = False,
) -> None:  # fmt: skip
    """LongMemEval: questions, each with a haystack of sessions of its own (longmemeval_s.json)."""
    _run(context, "longmemeval", file, unit, limit, by_type=by_type, json=json, plain=plain)


@evaluate.command()
def beam(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="One chat, the chats of one size (chats/100K), or all.")],
    unit: UnitOption = "turn", limit: LimitOption = None, by_type: TypesOption = False, json: JsonOption = False,
    plain: PlainOption = False,
) -> None:  # fmt: skip
    """BEAM: long chats with an assistant (directories with chat.json and probing_questions)."""
    _run(context, "beam", directory, unit, limit, by_type=by_type, json=json, plain=plain)


@evaluate.command()
def jsonl(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Your own data set.")],
    unit: UnitOption = "turn", limit: LimitOption = None, by_type: TypesOption = False, json: JsonOption = False,
    plain: PlainOption = False,
) -> None:  # fmt: skip
    """A data set of your own: one JSON object a line, documents and questions.

    \b
    {"id": "1", "session": "monday", "text": "The boiler is from 2009", "at": "2026-06-01T09:00"}
    {"question": "how old is the boiler?", "gold": ["1"]}

    A document may have a "role" (user or assistant: an answer joins the user's words before it to one turn) or a "speaker";
    a question a "type" and the time when it is "asked_at". Where both name a "corpus", a question is asked of its own alone.
    """
    _run(context, "jsonl", file, unit, limit, by_type=by_type, json=json, plain=plain)


evaluate.command("self")(evaluate_self)


def _run(
    context: typer.Context, name: str, path: Path, unit: Unit, limit: int | None, *, by_type: bool, json: bool, plain: bool
) -> None:
    from mem.evaluation.corpus import limited
    from mem.evaluation.datasets import load
    from mem.evaluation.runner import evaluate as measure

    dataset = load(name, path)
    dataset, quiet = limited(dataset, limit) if limit else dataset, options(context).quiet
    if not quiet:
        render.narrate(f"questions: {dataset.questions:,}, documents: {dataset.documents:,}…")
    with open_assistant(context) as assistant:
        embedder = assistant.embedder  # before the bar: it may have something to tell
        with bar(name, quiet=quiet) as progress:
            found = measure(dataset, embedder, unit=unit, progress=progress)
    if json:
        render.as_json(found)
    elif plain:
        render.plain([row.ranker, row.question_type, row.questions, *row.metrics.values()] for row in found.rows)
    else:
        _show(found, by_type=by_type)


def _show(found: Report, *, by_type: bool) -> None:
    """Metrics down, rankers across, in percent."""
    embedder = found.embedder.partition(" weights=")[0]
    render.answer(f"{found.dataset} by {found.unit}, embedder {embedder}, {found.seconds:.0f} s", style="bold")
    for line in (found.definition, *found.notes):
        render.answer(line, style="dim")
    for question_type in dict.fromkeys(row.question_type for row in found.rows if by_type or row.question_type == "all"):
        rows = [row for row in found.rows if row.question_type == question_type]
        render.answer(f"\n{question_type}, of questions: {rows[0].questions:,}")
        table = [[name, *(f"{100 * row.metrics[name]:5.1f}" for row in rows)] for name in rows[0].metrics]
        render.table(["", *(row.ranker for row in rows)], table)
