"""Where the nodes of a graph are drawn."""

from __future__ import annotations

import itertools
import math

from mem.graph_layout import place

STAR = [(0, other) for other in range(1, 12)] + [(11, 12), (12, 13)]


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return math.hypot(one[0] - other[0], one[1] - other[1])


def test_no_two_nodes_lie_on_each_other_and_none_is_lost():
    sizes = [(60.0 + 40 * (number % 4), 30.0) for number in range(40)]
    places = place(sizes, [(number // 3, number) for number in range(1, 40)])

    assert len(places) == 40
    assert all(math.isfinite(x) and math.isfinite(y) for x, y in places)
    for (one, (wide, high)), (other, (wide2, high2)) in itertools.combinations(zip(places, sizes, strict=True), 2):
        assert abs(one[0] - other[0]) >= (wide + wide2) / 2 or abs(one[1] - other[1]) >= (high + high2) / 2


def test_what_is_joined_stands_nearer_than_what_is_not():
    places = place([(50.0, 30.0)] * 14, STAR)

    joined = [distance(places[one], places[other]) for one, other in STAR]
    apart = [distance(places[13], places[other]) for other in range(1, 11)]
    assert sum(joined) / len(joined) < sum(apart) / len(apart)


def test_the_same_graph_is_drawn_the_same_way():
    assert place([(50.0, 30.0)] * 14, STAR) == place([(50.0, 30.0)] * 14, STAR)


def test_nothing_and_one_and_loops_are_drawn_too():
    assert place([], []) == []
    assert place([(50.0, 30.0)], [(0, 0)]) == [(0.0, 0.0)]
