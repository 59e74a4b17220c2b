"""The drawings in the page of `mem stats --html`: lines over time, bars, and the map of memories. Text is escaped here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from mem.cli.graph_svg import page_text
from mem.cli.render import day
from mem.text import age, shorten

if TYPE_CHECKING:
    from datetime import datetime

    from mem.topic_map import Point, TopicMap

WIDTH, HEIGHT = 520, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 30
MAP_WIDTH, MAP_HEIGHT, MAP_EDGE = 1100, 600, 34
TIME_WIDTH, TIME_HEIGHT = 1100, 210
LETTER, LINE, ABOVE = 7.4, 22, 14  # of a label on the map, about
MARKED = 40  # points of a line, up to which each has a mark
POINT_CHARS = 220
DAYS_SHOWN, WEEKS_SHOWN = 60, 104  # of more than that, longer spans are one bar
GRID = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot: its name, the class that colours it, and a value at each place."""

    name: str
    kind: str
    values: Sequence[float]


def line_plot(
    places: Sequence[float],
    lines: Sequence[Line],
    *,
    ends: tuple[str, str],
    tips: Sequence[str],
    level: tuple[str, float] = ("", 0.0),
) -> str:
    """Lines over the same places; `tips` tell of each place, `level` is a named flat line."""
    name, height = level
    top = _round_up(max([height, *(value for line in lines for value in line.values)]))
    span = max(places[-1] - places[0], 1e-9)
    across = [LEFT + (place - places[0]) / span * (WIDTH - LEFT - RIGHT) for place in places]
    parts = [_grid(top), _ends(ends, WIDTH, HEIGHT)]
    for line in lines:
        at = list(zip(across, (_up(value, top) for value in line.values), strict=True))
        parts.append(f'<polyline class="line {line.kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in at)}"/>')
        if len(at) <= MARKED:
            parts += [f'<circle class="mark {line.kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in at]
    if name:
        y = _up(height, top)
        parts.append(f'<path class="level" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="word" x="{WIDTH - RIGHT}" y="{y - 5:.1f}" text-anchor="end">{page_text(name)}</text>')
    parts += _columns(across, tips)
    return _svg(WIDTH, HEIGHT, "".join(parts), f"{', '.join(line.name for line in lines)}, {ends[0]} to {ends[1]}")


def bar_plot(totals: Sequence[int], parts_of: Sequence[int], *, ends: tuple[str, str], tips: Sequence[str], label: str) -> str:
    """A bar for each, with the part of it that is to be seen at a glance."""
    top = _round_up(max(totals))
    step = (WIDTH - LEFT - RIGHT) / len(totals)
    wide = min(28.0, max(1.0, 0.72 * step))
    bars = [_grid(top), _ends(ends, WIDTH, HEIGHT)]
    for place, (total, part) in enumerate(zip(totals, parts_of, strict=True)):
        x = LEFT + (place + 0.5) * step - wide / 2
        for kind, value in (("all", total), ("part", part)):
            y = _up(value, top)
            bars.append(f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{_up(0, top) - y:.1f}"/>')
    bars += _columns([LEFT + (place + 0.5) * step for place in range(len(totals))], tips)
    return _svg(WIDTH, HEIGHT, "".join(bars), label)


def timeline(found: TopicMap) -> str:
    """When what happened, in days, weeks or months, by topic."""
    spans = _spans([point.episode.happened_at.astimezone().date() for point in found.points])
    counts = [Counter[int]() for _ in spans]
    for point in found.points:
        happened = point.episode.happened_at.astimezone().date()
        counts[max(place for place, start in enumerate(spans) if start <= happened)][point.topic] += 1
    top = max(counter.total() for counter in counts)
    step = (TIME_WIDTH - LEFT - RIGHT) / len(spans)
    wide = min(40.0, max(1.0, 0.8 * step))
    room = TIME_HEIGHT - TOP - BOTTOM
    parts = [f'<path class="grid" d="M{LEFT} {TIME_HEIGHT - BOTTOM}H{TIME_WIDTH - RIGHT}"/>']
    parts.append(f'<text class="word" x="{LEFT - 8}" y="{TOP + 9}" text-anchor="end">{top:,}</text>')
    for place, counter in enumerate(counts):
        x, y = LEFT + (place + 0.5) * step - wide / 2, float(TIME_HEIGHT - BOTTOM)
        bars = []
        for topic, count in sorted(counter.items()):
            y -= count / top * room
            size = count / top * room
            bars.append(f'<rect class="t{topic}" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{size:.1f}"/>')
        if bars:
            told = [_span_name(spans, place), *(f"{count} {found.topics[topic]}" for topic, count in counter.most_common(4))]
            parts.append(f"<g>{''.join(bars)}<title>{page_text(' · '.join(told))}</title></g>")
    parts.append(_ends((_span_name(spans, 0), _span_name(spans, len(spans) - 1)), TIME_WIDTH, TIME_HEIGHT))
    return _svg(TIME_WIDTH, TIME_HEIGHT, "".join(parts), "memories over time")


def map_plot(found: TopicMap, *, now: datetime) -> str:
    """A point for each memory, and the topics by name where most of theirs are."""
    radius = 6.5 if len(found.points) < 150 else 4.5 if len(found.points) < 1000 else 3
    dots = [
        f'<circle class="dot t{point.topic}" cx="{_across(point.x):.1f}" cy="{_down(point.y):.1f}" r="{radius}">'
        f"<title>{_told(point, now)}</title></circle>"
        for point in found.points
    ]
    return _svg(MAP_WIDTH, MAP_HEIGHT, "".join([*dots, *_labels(found)]), "memories by what they are about")


def _told(point: Point, now: datetime) -> str:
    episode = point.episode
    head = f"{episode.id} · {day(episode.happened_at)} ({age(episode.happened_at, now=now)})"
    return f"{page_text(head)}\n{page_text(shorten(episode.text, POINT_CHARS))}"


def _labels(found: TopicMap) -> list[str]:
    """Names of topics in the middle of their points, pushed down until none lies on another."""
    if len(found.topics) < 2:
        return []
    middles: list[tuple[float, float, int]] = []
    for topic in range(len(found.topics)):
        own = sorted((point.x, point.y) for point in found.points if point.topic == topic)
        xs, ys = [x for x, _ in own], sorted(y for _, y in own)
        middles.append((max(LINE, _down(ys[len(ys) // 2]) - ABOVE), _across(xs[len(xs) // 2]), topic))
    placed: list[tuple[float, float, float]] = []
    labels = []
    for y, x, topic in sorted(middles):
        half = len(found.topics[topic]) * LETTER / 2
        x = min(max(x, half + 8), MAP_WIDTH - half - 8)
        while any(abs(y - other_y) < LINE and abs(x - other_x) < half + other_half for other_y, other_x, other_half in placed):
            y += 4
        placed.append((y, x, half))
        labels.append(f'<text class="topic" x="{x:.0f}" y="{y:.0f}">{page_text(found.topics[topic])}</text>')
    return labels


def _spans(days: Sequence[date]) -> list[date]:
    """Where the bars of a timeline begin: each day, Monday, or first of a month from the earliest to the latest."""
    first, last = min(days), max(days)
    length = (last - first).days + 1
    if length <= DAYS_SHOWN:
        return [first + timedelta(days=place) for place in range(length)]
    if length <= 7 * WEEKS_SHOWN:
        first -= timedelta(days=first.weekday())
        return [first + timedelta(weeks=place) for place in range((last - first).days // 7 + 1)]
    months = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
    step = math.ceil(len(months) / WEEKS_SHOWN)
    return [date(month // 12, month % 12 + 1, 1) for month in months[::step]]


def _span_name(spans: Sequence[date], place: int) -> str:
    start = spans[place]
    length = (spans[1] - spans[0]).days if len(spans) > 1 else 1
    if length < 7:
        return f"{start:%-d %b %Y}"
    return f"week of {start:%-d %b %Y}" if length == 7 else f"{start:%b %Y}"


def _columns(across: Sequence[float], tips: Sequence[str]) -> list[str]:
    """What is pointed at to be told of a place: the whole height at it."""
    edges = [LEFT, *((one + other) / 2 for one, other in pairwise(across)), WIDTH - RIGHT]
    return [
        f'<rect class="column" x="{left:.1f}" y="{TOP}" width="{max(0.5, right - left):.1f}" '
        f'height="{HEIGHT - TOP - BOTTOM}"><title>{page_text(tip)}</title></rect>'
        for (left, right), tip in zip(pairwise(edges), tips, strict=True)
    ]


def _grid(top: float) -> str:
    parts = []
    for place in range(GRID + 1):
        value = top * place / GRID
        y = _up(value, top)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text class="word" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_short(value)}</text>')
    return "".join(parts)


def _ends(ends: tuple[str, str], width: int, height: int) -> str:
    begin, end = map(page_text, ends)
    left = f'<text class="word" x="{LEFT}" y="{height - 10}">{begin}</text>'
    right = f'<text class="word" x="{width - RIGHT}" y="{height - 10}" text-anchor="end">{end}</text>'
    return left if begin == end else left + right


def _round_up(value: float) -> float:
    """The next number that four parts of make sense of."""
    if value <= 0:
        return 1.0
    size: float = 10.0 ** math.floor(math.log10(value))
    return next(size * factor for factor in (1, 2, 4, 6, 8, 10) if value <= size * factor * (1 + 1e-9))


def _short(value: float) -> str:
    if value >= 10_000:
        return f"{value / 1000:,.5g}k"
    return f"{value:,.4g}"


def _up(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)


def _across(x: float) -> float:
    return MAP_EDGE + x * (MAP_WIDTH - 2 * MAP_EDGE)


def _down(y: float) -> float:
    return MAP_EDGE + (1 - y) * (MAP_HEIGHT - 2 * MAP_EDGE)


def _svg(width: int, height: int, inside: str, label: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{page_text(label)}">{inside}</svg>'


