"""What `mem stats` draws in a terminal, and the same as rows for a pipe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from mem.cli.chart import chart_lines, plot_lines

if TYPE_CHECKING:
    from mem.stores.statistics import Statistics


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing, with how many points it has, and the same as rows for a pipe."""

    points: int
    draw: Callable[[int], Sequence[str]]
    rows: Sequence[Sequence[str]]


def plots(found: Statistics) -> list[Plot]:
    """All of them, in the order in which they are shown."""
    days, growth, prompts = found.searches_by_day, found.growth, found.prompts
    dates = [day.at for day in days]
    trend = [round(100 * run.metrics.get("mrr", 0.0), 1) for run in found.runs]
    grown = [["memories", f"{day.at:%Y-%m-%d}", str(day.episodes), "facts", str(day.facts)] for day in growth]
    searched = [
        ["searches", f"{day.at.astimezone():%Y-%m-%d}", str(day.searches), "found nothing", str(day.found_nothing)]
        + ["ms", f"{day.milliseconds.p50:.1f}", f"{day.milliseconds.p95:.1f}"]
        for day in days
    ]
    budget = f" (budget: {found.budget_tokens:,})" if found.budget_tokens else ""
    ends = (f"turn {prompts[0].turn}", f"turn {prompts[-1].turn:,}") if prompts else ("", "")
    measured = [
        ["MRR", f"{run.at.astimezone():%Y-%m-%d %H:%M}", f"{mrr:.1f}", "probes", str(len(run.ranks))]
        for run, mrr in zip(found.runs, trend, strict=True)
    ]
    return [
        _over_days("memories", [day.at for day in growth], [day.episodes for day in growth], grown),
        _over_days("searches that found nothing, by day", dates, [day.found_nothing for day in days], searched),
        _over_days("milliseconds of a search, by day", dates, [round(day.milliseconds.p50 or 0.0, 1) for day in days], []),
        Plot(
            len(prompts),
            lambda width: plot_lines(
                f"tokens of a prompt, turn by turn{budget}",
                [size.turn for size in prompts],
                [size.tokens for size in prompts],
                ends=ends,
                width=width,
                level=found.budget_tokens,
            ),
            [["tokens", f"turn {size.turn}", str(size.tokens)] for size in prompts],
        ),
        _over_days("MRR of mem eval self", [run.at for run in found.runs], trend, measured),
    ]


def _over_days(title: str, times: Sequence[datetime], values: Sequence[float], rows: Sequence[Sequence[str]]) -> Plot:
    return Plot(len(times), lambda width: chart_lines(title, times, values, width=width), rows)
