"""A line over time, drawn in a terminal with dots: no colour, no control sequence, as wide as is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from mem.cli.render import day

HEIGHT = 5
MARGIN = 0.03  # a value at the very edge is outside of the canvas
LEAST_WIDTH = 30
MOST_WIDTH = 78


def chart_lines(title: str, times: Sequence[datetime], values: Sequence[float], *, width: int, least: float = 0.0) -> list[str]:
    """A title, the line with the bounds of its values at the left, and its first and last day below."""
    from plotille import Canvas

    top = max(max(values), least + 1e-9)
    labels = [f"{top:,.5g}", *[""] * (HEIGHT - 2), f"{least:,.5g}"]
    gutter = max(map(len, labels))
    inner = min(width, MOST_WIDTH) - gutter - 2
    first, last = times[0].timestamp(), times[-1].timestamp()
    span = max(last - first, 1.0)
    canvas = Canvas(inner, HEIGHT, 0.0, least - MARGIN * (top - least), 1 + MARGIN, top + MARGIN * (top - least))
    points = [((time.timestamp() - first) / span, value) for time, value in zip(times, values, strict=True)]
    for (x0, y0), (x1, y1) in pairwise(points):
        canvas.line(x0, y0, x1, y1)
    rows = canvas.plot().splitlines()
    drawn = [f"{label:>{gutter}} ┤{row}" for label, row in zip(labels, rows, strict=True)]
    begin, end = day(times[0]), day(times[-1])
    return [title, *drawn, f"{'':{gutter}} └{begin}{end:>{max(len(end) + 1, inner - len(begin))}}"]
