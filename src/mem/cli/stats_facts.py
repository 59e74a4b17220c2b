"""In the page of `mem stats --html`: what was true when, a bar for each fact; those that follow each other stand together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mem.cli.graph_svg import page_text
from mem.cli.lines import fact_times
from mem.cli.render import day
from mem.text import shorten

if TYPE_CHECKING:
    from mem.records import Fact

SHOWN = 24  # more bars nobody compares
WIDTH, LANE, NAMES, EDGE, FOOT = 1100, 24, 330, 14, 30
NAME_CHARS = 46
LONGEST = timedelta(days=3652)  # what began before that begins at the edge
LEAST = 4.0  # pixels of the shortest bar


def facts_plot(facts: Sequence[Fact], *, now: datetime) -> str:
    """The drawing; empty where there is no fact. First those that changed, then the newest."""
    shown = _worth_showing([fact for fact in facts if fact.expired_at is None])
    if not shown:
        return ""
    first = max(min(fact.began_at for fact in shown), now - LONGEST)
    span = max((now - first).total_seconds(), 86400.0)
    height = LANE * len(shown) + FOOT + EDGE
    parts = [f'<path class="grid" d="M{NAMES} {EDGE}V{height - FOOT}M{WIDTH - EDGE} {EDGE}V{height - FOOT}"/>']
    for place, fact in enumerate(shown):
        begin, end = (_across(moment, first, span) for moment in (fact.began_at, fact.invalid_at or now))
        begin, y = min(begin, WIDTH - EDGE - LEAST), EDGE + place * LANE
        name = page_text(shorten(fact.sentence, NAME_CHARS))
        tip = page_text(f"{fact.sentence} [{fact.id}]") + "\n" + page_text(fact_times(fact))
        kind = "held" if fact.current else "ended"
        parts.append(
            f'<g class="{kind}"><text class="fact" x="{NAMES - 10}" y="{y + 16}" text-anchor="end">{name}</text>'
            f'<rect x="{begin:.1f}" y="{y + 4}" width="{max(LEAST, end - begin):.1f}" height="{LANE - 8}" rx="3"/>'
            f"<title>{tip}</title></g>"
        )
    parts.append(f'<text class="word" x="{NAMES}" y="{height - 10}">{day(first)}</text>')
    parts.append(f'<text class="word" x="{WIDTH - EDGE}" y="{height - 10}" text-anchor="end">{day(now)}</text>')
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="what was true when">{"".join(parts)}</svg>'


def _worth_showing(facts: Sequence[Fact]) -> list[Fact]:
    """Together what was held of one thing, in the order in which it was true."""
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in sorted(facts, key=lambda fact: fact.began_at):
        groups.setdefault((fact.subject, fact.predicate), []).append(fact)
    changed = [group for group in groups.values() if not all(fact.current for fact in group)]
    others = [group for group in groups.values() if all(fact.current for fact in group)]
    chosen: list[list[Fact]] = []
    for group in (*_newest_first(changed), *_newest_first(others)):
        if sum(map(len, chosen)) + len(group) <= SHOWN:
            chosen.append(group)
    return [fact for group in sorted(chosen, key=lambda group: group[0].began_at) for fact in group]


def _newest_first(groups: Sequence[list[Fact]]) -> list[list[Fact]]:
    return sorted(groups, key=lambda group: group[-1].created_at, reverse=True)


def _across(moment: datetime, first: datetime, span: float) -> float:
    share = min(1.0, max(0.0, (moment - first).total_seconds() / span))
    return NAMES + share * (WIDTH - NAMES - EDGE)
