"""A line drawn in a terminal with dots: no colour, no control sequence, as wide as is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from mem.cli.render import day

HEIGHT = 5
MARGIN = 0.03  # a value at the very edge is outside of the canvas
LEAST_WIDTH = 30
MOST_WIDTH = 78
ROOM = 4.0  # times the highest value, up to which a level is drawn; a line far above would press the values flat


def chart_lines(
    title: str, times: Sequence[datetime], values: Sequence[float], *, width: int, least: float = 0.0
) -> list[str]:
    """A title, the line with the bounds of its values at the left, and its first and last day below."""
    ends = day(times[0]), day(times[-1])
    return plot_lines(title, [time.timestamp() for time in times], values, ends=ends, width=width, least=least)


def plot_lines(
    title: str,
    places: Sequence[float],
    values: Sequence[float],
    *,
    ends: tuple[str, str],
    width: int,
    least: float = 0.0,
    level: float = 0.0,
) -> list[str]:
    """The same over any `places`, with a flat line at `level` where that is not far above the values."""
    from plotille import Canvas

    drawn_level = least < level <= ROOM * max(values)
    top = max([*values, *([level] if drawn_level else [])])
    top = top if top > least else least + 1.0
    labels = [f"{top:,.5g}", *[""] * (HEIGHT - 2), f"{least:,.5g}"]
    gutter = max(map(len, labels))
    inner = min(width, MOST_WIDTH) - gutter - 2
    span = max(places[-1] - places[0], 1.0)
    canvas = Canvas(inner, HEIGHT, 0.0, least - MARGIN * (top - least), 1 + MARGIN, top + MARGIN * (top - least))
    points = [((place - places[0]) / span, value) for place, value in zip(places, values, strict=True)]
    for (x0, y0), (x1, y1) in pairwise(points):
        canvas.line(x0, y0, x1, y1)
    if drawn_level:
        canvas.line(0.0, level, 1.0, level)
    rows = canvas.plot().splitlines()
    drawn = [f"{label:>{gutter}} ┤{row}" for label, row in zip(labels, rows, strict=True)]
    begin, end = ends
    return [title, *drawn, f"{'':{gutter}} └{begin}{end:>{max(len(end) + 1, inner - len(begin))}}"]
