"""`mem stats`: memories over time, how searches went, what turns cost, and whether retrieval gets better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from mem.cli import render
from mem.cli.chart import LEAST_WIDTH, chart_lines
from mem.cli.common import JsonOption, PlainOption, open_assistant
from mem.cli.lines import counted
from mem.records import to_json
from mem.text import number

if TYPE_CHECKING:
    from mem.stores.statistics import Spread, Statistics

NAMES = {"turn": "turns", "archival": "filed", "imported": "imported", "summary": "summaries"}


def stats(
    context: typer.Context,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Show how memory and retrieval did over time."""
    with open_assistant(context) as assistant:
        found = assistant.stats()
        limit = assistant.config.extract_tokens_per_day
    if json:
        render.as_json({**to_json(found), "extract_tokens_per_day": limit})
    elif plain:
        render.plain([*_growth_rows(found), *_trend_rows(found)])
    elif found.empty:
        render.answer("nothing is stored yet, so there is nothing to count; begin with: mem chat")
    else:
        _show(found, limit)


def _show(found: Statistics, limit: int) -> None:
    for line in [*summary_lines(found), *_writer_line(found, limit)]:
        render.answer(line)
    for title, times, values, rows in (
        ("memories", [day.at for day in found.growth], [day.episodes for day in found.growth], _growth_rows(found)),
        ("MRR of mem eval self", [run.at for run in found.runs], _trend(found), _trend_rows(found)),
    ):
        width = render.drawing_width()
        if width >= LEAST_WIDTH and len(values) > 1:
            for line in ("", *chart_lines(title, times, values, width=width)):
                render.answer(line)
        elif not width:
            for row in rows:
                render.answer("  ".join(row))


def summary_lines(found: Statistics) -> list[str]:
    """The numbers, one line for each thing."""
    kinds = counted({NAMES.get(kind, kind): count for kind, count in found.episodes.items()})
    facts = found.growth[-1].facts if found.growth else 0
    lines = [f"memories: {kinds}; {number(facts, 'facts')}, ended ones too"]
    lines.append(
        f"searches in {number(found.days, 'days')}: {found.searches:,}, of which {found.found_nothing:,} found nothing"
        + (f" ({found.silent:,} asked about the past; see: mem doctor)" if found.silent else "")
    )
    lines += _spread_line("time of a search", found.milliseconds, "ms")
    lines += _spread_line("prompt of a turn", found.prompt_tokens, "tokens")
    if any(found.verdicts.values()):
        lines.append(f"your verdicts: {found.verdicts['good']} good, {found.verdicts['bad']} bad")
    lines += [] if found.runs else ["retrieval was not measured yet: mem eval self"]
    return lines


def _writer_line(found: Statistics, limit: int) -> list[str]:
    if not found.writer_tokens_today:
        return []
    of_limit = f" of {limit:,}" if limit else ""
    return [f"read for facts by the remote model today: {found.writer_tokens_today:,}{of_limit} tokens"]


def _spread_line(name: str, spread: Spread, unit: str) -> list[str]:
    if spread.p50 is None or spread.p95 is None:
        return []
    return [f"{name}: half within {spread.p50:,.0f} {unit}, 95 of 100 within {spread.p95:,.0f} {unit}"]


def _trend(found: Statistics) -> list[float]:
    return [100 * run.metrics.get("mrr", 0.0) for run in found.runs]


def _growth_rows(found: Statistics) -> list[list[str]]:
    return [["memories", f"{day.at:%Y-%m-%d}", str(day.episodes), "facts", str(day.facts)] for day in found.growth]


def _trend_rows(found: Statistics) -> list[list[str]]:
    return [
        ["MRR", f"{run.at.astimezone():%Y-%m-%d %H:%M}", f"{mrr:.1f}", "probes", str(len(run.ranks))]
        for run, mrr in zip(found.runs, _trend(found), strict=True)
    ]
