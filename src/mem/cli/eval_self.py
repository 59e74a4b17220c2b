"""`mem eval self`: how well memories are found, by questions made from the user's own memories and verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mem import __version__
from mem.cli import render
from mem.cli.common import JsonOption, open_assistant, options
from mem.cli.progress import Waiting

if TYPE_CHECKING:
    from mem.evaluation.self_probes import SelfEvaluation

ORIGINS = {"self": "from your memories", "good": "from good answers", "bad": "from bad ones"}
ROWS = {"recall_at_1": "recall@1", "recall_at_5": "recall@5", "recall_at_10": "recall@10", "mrr": "MRR"}
OUTCOMES = {"better": "better than", "worse": "worse than", "same": "the same, within what chance does, as"}


def evaluate_self(
    context: typer.Context,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the questions from your memories anew.")] = False,
    json: JsonOption = False,
) -> None:
    """Measure how well your own memories are found, and compare with the last time."""
    from mem.evaluation.self_probes import evaluate

    with open_assistant(context) as assistant:
        assistant.index.catch_up()
        config = assistant.config
        settings = {"mem": __version__, "query_prefix": config.query_prefix, "passage_prefix": config.passage_prefix}
        with Waiting("asking your own questions", quiet=options(context).quiet):
            found = evaluate(
                assistant.database,
                assistant.fact_store,
                assistant.retriever,
                embedder=assistant.embedder.fingerprint,
                reranker=config.reranker,
                settings=settings,
                rebuild=rebuild,
            )
    if json:
        render.as_json(found)
    else:
        _show(found)


def _show(found: SelfEvaluation) -> None:
    told = ", ".join(f"{count} {ORIGINS[origin]}" for origin, count in found.probes.items())
    count = sum(found.probes.values())
    render.answer(f"{count} probe{'' if count == 1 else 's'}{': ' + told if told else ''}")
    if found.score is None:
        render.answer(f"too few to judge by: {found.least} are needed; tell mem more, or call answers /good in mem chat")
        return
    now, before = found.score.metrics, found.before.metrics if found.before else {}
    rows = [[name, _share(now[key]), _share(before.get(key))] for key, name in ROWS.items()]
    rows.append(["time", f"{now['milliseconds']:.0f} ms", f"{before['milliseconds']:.0f} ms" if before else ""])
    render.table(["", "now", f"{render.day(found.before.at)}" if found.before else ""], rows)
    render.answer(_verdict(found))


def _verdict(found: SelfEvaluation) -> str:
    comparison = found.comparison
    if found.before is None:
        return "this is the first measurement; the next one is compared with it"
    if comparison.outcome == "unknown":
        return f"only {comparison.shared} probes are the same as last time: too few to compare by"
    told = f"MRR {_share(comparison.mrr_before)} → {_share(comparison.mrr_after)} on {comparison.shared} shared probes"
    return f"{OUTCOMES[comparison.outcome]} on {render.day(found.before.at)}: {told}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"
