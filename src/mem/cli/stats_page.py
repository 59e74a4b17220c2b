"""`mem stats --html`: the plots, a timeline and a map of memories as one page that needs nothing else, and no network.

The script only shows what is pointed at, as text; without it the browser does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from mem.cli import render
from mem.cli.graph_svg import page_text
from mem.cli.html_page import html_page
from mem.cli.stats_facts import facts_plot
from mem.cli.stats_svg import Line, bar_plot, line_plot, map_plot, timeline
from mem.cli.stats_text import summary_lines
from mem.text import number

if TYPE_CHECKING:
    from mem.records import Fact
    from mem.stores.statistics import Statistics
    from mem.topic_map import TopicMap

LIGHT = ("#2f6fb3", "#c8611f", "#2f8a4c", "#8a4fb5", "#b3893b", "#1b9aa0", "#c24a77", "#6b7280")
DARK = ("#7fb2ec", "#f0965a", "#6cc487", "#bd8fe6", "#dcb968", "#56c5ca", "#ee86ac", "#a9b0bb")
STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #23262b; --faint: #5d636c; --rim: #dcdad3; --card: #ffffff;
  --grid: #e6e4de; --pale: #c9d6e4; LIGHT }
@media (prefers-color-scheme: dark) { :root { --paper: #16181c; --ink: #e6e4df; --faint: #a3a9b3; --rim: #353941;
  --card: #1f2227; --grid: #2f333a; --pale: #3c4a5c; DARK } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 1240px; margin: 0 auto; padding: 0 24px; }
main { padding-bottom: 40px; }
h1 { font-size: 22px; margin: 24px 0 4px; }
h2 { font-size: 16px; margin: 0 0 2px; }
p { margin: 2px 0; color: var(--faint); overflow-wrap: anywhere; }
section { background: var(--card); border: 1px solid var(--rim); border-radius: 8px; padding: 14px 18px; margin-top: 14px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 14px; margin-top: 14px; }
.plots section { margin: 0; }
figure { margin: 8px 0 0; overflow-x: auto; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.wide { min-width: 880px; }
.word { fill: var(--faint); }
.grid { stroke: var(--grid); fill: none; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.level { stroke: var(--faint); stroke-width: 1.5; stroke-dasharray: 6 4; fill: none; }
.column { fill: transparent; }
.column:hover { fill: var(--ink); fill-opacity: .07; }
.all { fill: var(--pale); } .part { fill: var(--t1); }
.held rect { fill: var(--t0); } .ended rect { fill: var(--pale); }
.fact { fill: var(--ink); font-size: 13px; } .ended .fact { fill: var(--faint); }
.dot { fill-opacity: .78; stroke: var(--card); stroke-width: .7; }
.dot:hover { fill-opacity: 1; stroke: var(--ink); stroke-width: 2; }
.topic { font-size: 14px; font-weight: 600; text-anchor: middle; fill: var(--ink); paint-order: stroke; stroke: var(--card);
  stroke-width: 5px; stroke-linejoin: round; pointer-events: none; }
.legend { margin-top: 6px; }
.legend span { display: inline-block; margin-right: 18px; color: var(--ink); }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 6px; margin-right: 6px; }
#tip { position: fixed; z-index: 9; max-width: 380px; padding: 7px 11px; border-radius: 6px; background: var(--ink);
  color: var(--paper); font-size: 13px; line-height: 1.4; white-space: pre-line; overflow-wrap: anywhere;
  pointer-events: none; }
#tip[hidden] { display: none; }
"""
SCRIPT = """
const tip = document.getElementById('tip');
for (const title of document.querySelectorAll('svg title')) {
  title.parentNode.told = title.textContent;
  title.remove();
}
document.addEventListener('pointermove', event => {
  let at = event.target;
  while (at && !at.told) at = at.parentNode;
  tip.hidden = !at;
  if (!at) return;
  tip.textContent = at.told;
  const x = event.clientX + 14, y = event.clientY + 16;
  tip.style.left = Math.max(4, Math.min(x, innerWidth - tip.offsetWidth - 8)) + 'px';
  tip.style.top = (y + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : y) + 'px';
});
"""
LEGEND = """
.legend .all, .legend .then { background: var(--pale); } .legend .part { background: var(--t1); }
.legend .now { background: var(--t0); }
"""


def stats_page(
    found: Statistics, memories: TopicMap, facts: Sequence[Fact], *, profile: str, drawn_at: datetime
) -> str:
    """The page for a person's browser. `facts`: also those that are no longer true."""
    style = STYLE.replace("LIGHT", _variables(LIGHT)).replace("DARK", _variables(DARK)) + _colours()
    told = [*summary_lines(found)] if not found.empty else ["nothing is stored yet; begin with: mem chat"]
    told.append(f"Made on {render.day(drawn_at)}; what is forgotten later stays in this file.")
    sections = [*_memories(memories, drawn_at), *_facts(facts, drawn_at), f'<div class="plots">{"".join(_plots(found))}</div>']
    return html_page(
        f"Memory of {profile}",
        style=style,
        header="\n".join(f"<p>{page_text(line)}</p>" for line in told),
        main="\n".join(sections),
        script=SCRIPT,
    )


def _memories(memories: TopicMap, now: datetime) -> list[str]:
    """The map and the timeline; nothing where there is no memory to place."""
    if not memories.points:
        return []
    sizes = Counter(point.topic for point in memories.points)
    legend = "".join(
        f'<span><i class="t{topic}"></i>{page_text(name)} <small>({sizes[topic]:,})</small></span>'
        for topic, name in enumerate(memories.topics)
    )
    about = f"The newest {number(len(memories.points), 'memories')}; near to each other is what is about the same"
    about += f"; not yet indexed, and not here: {number(memories.left_out, 'memories')}." if memories.left_out else "."
    plot, bars = map_plot(memories, now=now), timeline(memories)
    return [
        _section("What it is about", about, f'<div class="wide">{plot}</div>', f'<p class="legend">{legend}</p>'),
        _section("When it happened", "By topic, as above.", f'<div class="wide">{bars}</div>'),
    ]


def _facts(facts: Sequence[Fact], now: datetime) -> list[str]:
    plot = facts_plot(facts, now=now)
    legend = '<p class="legend"><span><i class="now"></i>true now</span><span><i class="then"></i>no longer</span></p>'
    about = "A bar for each fact, over the time in which it held; what came in its place stands below it."
    return [_section("What was true when", about, f'<div class="wide">{plot}</div>', legend)] if plot else []


def _plots(found: Statistics) -> list[str]:
    """Those for which there is something to draw."""
    plots = []
    if found.growth:
        plots.append(_growth(found))
    if found.searches_by_day:
        plots += [_searches(found), _latency(found)]
    if found.prompts:
        plots.append(_prompts(found))
    if found.runs:
        plots.append(_quality(found))
    return plots


def _growth(found: Statistics) -> str:
    days = found.growth
    lines = Line("memories", "t0", [day.episodes for day in days]), Line("facts", "t1", [day.facts for day in days])
    tips = [f"{render.day(day.at)} · {number(day.episodes, 'memories')} · {number(day.facts, 'facts')}" for day in days]
    plot = line_plot([day.at.timestamp() for day in days], lines, ends=_ends([day.at for day in days]), tips=tips)
    return _section("Memories over time", "Of those that are still there.", plot, _legend(*lines))


def _searches(found: Statistics) -> str:
    days = found.searches_by_day
    tips = [f"{render.day(day.at)} · {number(day.searches, 'searches')} · {day.found_nothing:,} found nothing" for day in days]
    plot = bar_plot(
        [day.searches for day in days], [day.found_nothing for day in days], ends=_ends([day.at for day in days]), tips=tips,
        label="searches, and those that found nothing",
    )  # fmt: skip
    legend = '<p class="legend"><span><i class="all"></i>all</span><span><i class="part"></i>found nothing</span></p>'
    return _section("Searches", f"Of the last {number(found.days, 'days')}, by day.", plot, legend)


def _latency(found: Statistics) -> str:
    days = [day for day in found.searches_by_day if day.milliseconds.p50 is not None]
    half = Line("half within", "t0", [day.milliseconds.p50 or 0.0 for day in days])
    most = Line("95 of 100 within", "t3", [day.milliseconds.p95 or 0.0 for day in days])
    tips = [
        f"{render.day(day.at)} · half within {low:,.1f} ms · 95 of 100 within {high:,.1f} ms"
        for day, low, high in zip(days, half.values, most.values, strict=True)
    ]
    plot = line_plot([day.at.timestamp() for day in days], [half, most], ends=_ends([day.at for day in days]), tips=tips)
    return _section("Time of a search", "In milliseconds, by day.", plot, _legend(half, most))


def _prompts(found: Statistics) -> str:
    sizes = found.prompts
    tokens = Line("tokens of a prompt", "t2", [size.tokens for size in sizes])
    # A budget far above would press the line flat; then it is told only.
    near = 0 < found.budget_tokens <= 4 * max(tokens.values)
    level = (f"budget {found.budget_tokens:,}", float(found.budget_tokens)) if near else ("", 0.0)
    ends = f"turn {sizes[0].turn:,}", f"turn {sizes[-1].turn:,}"
    tips = [f"turn {size.turn:,} · {number(size.tokens, 'tokens')}" for size in sizes]
    plot = line_plot([size.turn for size in sizes], [tokens], ends=ends, tips=tips, level=level)
    budget = f" Its hard limit is {found.budget_tokens:,}." if found.budget_tokens else ""
    return _section("Tokens of a prompt, turn by turn", f"It stays flat, however long the talk.{budget}", plot)


def _quality(found: Statistics) -> str:
    runs = found.runs
    mrr = Line("MRR", "t0", [100 * run.metrics.get("mrr", 0.0) for run in runs])
    tips = [
        f"{render.day(run.at)} · MRR {value:.1f} · {number(len(run.ranks), 'probes')}"
        for run, value in zip(runs, mrr.values, strict=True)
    ]
    plot = line_plot([run.at.timestamp() for run in runs], [mrr], ends=_ends([run.at for run in runs]), tips=tips)
    return _section("Is what you told it found?", "MRR of mem eval self; 100 is always first.", plot)


def _section(title: str, about: str, drawing: str, legend: str = "") -> str:
    return f"<section><h2>{page_text(title)}</h2><p>{page_text(about)}</p><figure>{drawing}</figure>{legend}</section>"


def _legend(*lines: Line) -> str:
    return '<p class="legend">' + "".join(f'<span><i class="{line.kind}"></i>{line.name}</span>' for line in lines) + "</p>"


def _ends(moments: list[datetime]) -> tuple[str, str]:
    return render.day(moments[0]), render.day(moments[-1])


def _variables(colours: tuple[str, ...]) -> str:
    return " ".join(f"--t{place}: {colour};" for place, colour in enumerate(colours))


def _colours() -> str:
    rules = [
        f".t{place} {{ fill: var(--t{place}); background: var(--t{place}); }} .line.t{place} {{ stroke: var(--t{place}); "
        "fill: none; background: none; }\n"
        for place in range(len(LIGHT))
    ]
    return "".join(rules) + LEGEND
