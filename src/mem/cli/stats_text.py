"""The numbers of `mem stats` as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mem.cli.lines import counted
from mem.text import number

if TYPE_CHECKING:
    from mem.stores.statistics import Spread, Statistics

NAMES = {"turn": "turns", "archival": "filed", "imported": "imported", "summary": "summaries"}


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


def _spread_line(name: str, spread: Spread, unit: str) -> list[str]:
    if spread.p50 is None or spread.p95 is None:
        return []
    return [f"{name}: half within {spread.p50:,.0f} {unit}, 95 of 100 within {spread.p95:,.0f} {unit}"]
