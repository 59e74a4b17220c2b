"""Where to draw the nodes of a small graph, so that what is joined stands together and no two labels lie on each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

STEPS = 300
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
PULL = 0.5  # towards the middle: what is joined to nothing stays in sight
SPACE = 1.35  # between nodes, as a share of their size
STRETCH = 0.9  # of a line that nothing else pulls at, in sizes of a node
SETTLING = 100
Points = NDArray[np.float64]


def place(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> list[tuple[float, float]]:
    """The middle of each node of these widths and heights; the same for the same graph. The first one is in the middle."""
    count = len(sizes)
    if count == 0:
        return []
    boxes = np.array(sizes, dtype=np.float64) * SPACE
    unit = boxes.mean(axis=0)
    apart = _spring(_spiral(count), _joined(count, edges)) * unit * STRETCH
    apart -= apart[0]
    lines = np.array([edge for edge in edges if edge[0] != edge[1]], dtype=np.intp).reshape(-1, 2)
    for step in range(SETTLING):
        if step < SETTLING // 2:  # then at least no two lie on each other
            apart = _off_lines(apart, lines, boxes)
        apart, moved = _pushed(apart, boxes)
        if not moved and step > SETTLING // 2:
            break
    return [(float(x), float(y)) for x, y in apart]


def _spiral(count: int) -> Points:
    order = np.arange(count)
    return np.stack([np.cos(order * GOLDEN_ANGLE), np.sin(order * GOLDEN_ANGLE)], axis=1) * np.sqrt(order)[:, None]


def _joined(count: int, edges: Sequence[tuple[int, int]]) -> Points:
    joined = np.zeros((count, count))
    for one, other in edges:
        if one != other:
            joined[one, other] = joined[other, one] = 1.0
    return joined


def _spring(points: Points, joined: Points) -> Points:
    """Fruchterman and Reingold's springs: all push each other away, the joined pull each other; ever smaller steps."""
    heat = np.linspace(1.0, 0.02, STEPS) * max(1.0, np.sqrt(len(points)) / 3)
    for limit in heat:
        between = points[:, None, :] - points[None, :, :]
        distance = np.maximum(np.linalg.norm(between, axis=2), 0.01)
        force = (1 / distance**2 - joined * distance)[:, :, None] * between
        step = force.sum(axis=1) - PULL * points
        length = np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)
        points = points + step / length * np.minimum(length, limit)
        points = points - points[0]
    return points


def _pushed(points: Points, boxes: Points) -> tuple[Points, bool]:
    """Boxes that lie on each other, moved apart along the shorter way."""
    between = points[:, None, :] - points[None, :, :]
    overlap = (boxes[:, None, :] + boxes[None, :, :]) / 2 - np.abs(between)
    np.fill_diagonal(overlap[:, :, 0], 0)
    touching: NDArray[np.bool_] = np.all(overlap > 0.5, axis=2)
    if not touching.any():
        return points, False
    order = np.sign(np.arange(len(points))[:, None] - np.arange(len(points))[None, :])[:, :, None]
    direction = np.where(between == 0, order, np.sign(between))
    shorter = overlap == overlap.min(axis=2, keepdims=True)
    push = np.where(touching[:, :, None] & shorter, direction * overlap / 2, 0.0)
    return np.add(points, push.sum(axis=1)), True


def _off_lines(points: Points, lines: NDArray[np.intp], boxes: Points) -> Points:
    """Nodes that lie on a line between two others, moved a little to its side."""
    start, along = points[lines[:, 0]], points[lines[:, 1]] - points[lines[:, 0]]
    length = np.maximum((along**2).sum(axis=1), 1e-9)
    share = (((points[:, None, :] - start[None, :, :]) * along[None, :, :]).sum(axis=2) / length).clip(0.0, 1.0)
    away = points[:, None, :] - (start[None, :, :] + share[:, :, None] * along[None, :, :])
    distance = np.maximum(np.linalg.norm(away, axis=2), 0.1)
    near = np.maximum(boxes[:, 1:2] / 2 - distance, 0.0)
    near[lines[:, 0], np.arange(len(lines))] = 0.0
    near[lines[:, 1], np.arange(len(lines))] = 0.0
    step = (near / distance)[:, :, None] * away * 0.3
    moved: Points = points + step.sum(axis=1)
    return moved
