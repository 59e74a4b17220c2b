"""The drawing in the page of the graph: nodes as links to their cards, relations as lines with a word and a tip."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mem.cli import render
from mem.graph_layout import place
from mem.text import sanitise_line, shorten

if TYPE_CHECKING:
    from mem.entity_graph import Entity, Relation

LABEL_CHARS = 28
LETTER = 7.6  # pixels, about
NODE_HEIGHT = 30.0
ROOM = (62.0, 34.0)  # around a node, for the words on the lines
MARGIN = 40.0
BEND = 26.0  # between lines that join the same two


def page_text(text: str) -> str:
    """Text as it may stand in the page, between tags or in an attribute."""
    return html.escape(sanitise_line(text), quote=True)


def graph_svg(nodes: Sequence[Entity], relations: Sequence[Relation], numbers: Mapping[str, int]) -> tuple[str, float]:
    """Nodes and the relations among them, and how wide that is. `numbers`, by name: what a node links to."""
    if not nodes:
        return "", 0.0
    labels = [shorten(node.name, LABEL_CHARS) for node in nodes]
    widths = [len(label) * LETTER + 24 for label in labels]
    at = {node.name: index for index, node in enumerate(nodes)}
    relations = [relation for relation in relations if relation.source in at and relation.target in at]
    sizes = [(width + ROOM[0], NODE_HEIGHT + ROOM[1]) for width in widths]
    places = place(sizes, [(at[relation.source], at[relation.target]) for relation in relations])
    left = min(x - width / 2 for (x, _), width in zip(places, widths, strict=True)) - MARGIN
    top = min(y for _, y in places) - NODE_HEIGHT - MARGIN
    width = max(x + width / 2 for (x, _), width in zip(places, widths, strict=True)) + MARGIN - left
    height = max(y for _, y in places) + NODE_HEIGHT + MARGIN - top
    boxes = {node.name: (x - left, y - top, wide) for node, (x, y), wide in zip(nodes, places, widths, strict=True)}
    drawn = [*_lines(relations, boxes, numbers)]
    drawn += [_node(node, label, boxes[node.name], numbers[node.name]) for node, label in zip(nodes, labels, strict=True)]
    svg = (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img" '
        f'aria-label="names and how they are related">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>' + "".join(drawn) + "</svg>"
    )
    return svg, width


def _lines(
    relations: Sequence[Relation], boxes: Mapping[str, tuple[float, float, float]], numbers: Mapping[str, int]
) -> list[str]:
    """A line for each relation; those between the same two are bent apart."""
    together: dict[frozenset[str], list[Relation]] = {}
    for relation in relations:
        together.setdefault(frozenset((relation.source, relation.target)), []).append(relation)
    return [
        _line(relation, boxes, numbers, (place - (len(same) - 1) / 2) * BEND)
        for same in together.values()
        for place, relation in enumerate(same)
    ]


def _line(
    relation: Relation, boxes: Mapping[str, tuple[float, float, float]], numbers: Mapping[str, int], bend: float
) -> str:
    (x1, y1, wide1), (x2, y2, wide2) = boxes[relation.source], boxes[relation.target]
    if relation.source > relation.target:
        bend = -bend  # to the same side whichever way it goes
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    across = ((y1 - y2) / length * bend * 2, (x2 - x1) / length * bend * 2)
    over = ((x1 + x2) / 2 + across[0], (y1 + y2) / 2 + across[1])
    start, end = _edge_of((x1, y1, wide1), over), _edge_of((x2, y2, wide2), over)
    word = (start[0] / 4 + over[0] / 2 + end[0] / 4, start[1] / 4 + over[1] / 2 + end[1] / 4 + 4)
    until = f", until {render.day(relation.invalid_at)}" if relation.invalid_at else "" if relation.current else ", no longer"
    since = f", since {render.day(relation.valid_at)}" if relation.valid_at else ""
    kind = "line" if relation.current else "line ended"
    title = page_text(f"{relation.source}: {relation.predicate} → {relation.target}{since}{until}")
    said = page_text(shorten(relation.predicate, LABEL_CHARS))
    path = f"M{start[0]:.1f} {start[1]:.1f}Q{over[0]:.1f} {over[1]:.1f} {end[0]:.1f} {end[1]:.1f}"
    return (
        f'<g class="{kind} of{numbers[relation.source]} of{numbers[relation.target]}"><title>{title}</title>'
        f'<path marker-end="url(#tip)" d="{path}"/>'
        f'<text class="word" x="{word[0]:.1f}" y="{word[1]:.1f}">{said}</text></g>'
    )


def _edge_of(box: tuple[float, float, float], towards: tuple[float, float]) -> tuple[float, float]:
    """Where the way from the middle of a node to a point leaves it."""
    x, y, wide = box
    across, down = towards[0] - x, towards[1] - y
    share = min(
        (wide / 2 + 3) / abs(across) if across else math.inf, (NODE_HEIGHT / 2 + 3) / abs(down) if down else math.inf, 1.0
    )
    return x + across * share, y + down * share


def _node(node: Entity, label: str, box: tuple[float, float, float], number: int) -> str:
    x, y, wide = box
    told = "; ".join([", ".join([node.name, *node.aliases]), *(fact.sentence for fact in node.now)])
    return (
        f'<a href="#n{number}" id="g{number}"><title>{page_text(told)}</title>'
        f'<rect class="{node.kind}" x="{x - wide / 2:.1f}" y="{y - NODE_HEIGHT / 2:.1f}" width="{wide:.1f}" '
        f'height="{NODE_HEIGHT:.0f}" rx="15"/><text class="name" x="{x:.1f}" y="{y + 4.5:.1f}">{page_text(label)}</text></a>'
    )
