"""Memories on a plane, near to each other where they are about the same, and in topics with the words that tell them apart.

The plane is the one in which the topics lie farthest apart. The same memories always give the same map.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mem.models import Vectors
from mem.stores.index_vectors import read_vectors
from mem.words import STOP_WORDS, stem

if TYPE_CHECKING:
    from mem.records import Episode
    from mem.stores.database import Database

MOST = 5_000
MOST_TOPICS = 8  # more colours nobody tells apart
LEAST_IN_TOPIC = 4
ROUNDS, STARTS, SEED = 30, 4, 5
NAME_WORDS = 3
LEAST_LETTERS = 3
OFTEN = 0.2  # what a word is worth that is as frequent in a topic as anywhere
EDGE = 0.02  # of all points, that may lie at the rim, so that one far away does not press the others together
NUDGE, CROWD = 0.012, 300
Labels = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Point:
    """A memory, and where it stands: `x` and `y` from 0 to 1, `topic` by its number."""

    episode: Episode
    x: float
    y: float
    topic: int


@dataclass(frozen=True, slots=True)
class TopicMap:
    """The points, the name of each topic, the largest first, and how many memories could not be placed."""

    points: tuple[Point, ...]
    topics: tuple[str, ...]
    left_out: int = 0


def topic_map(database: Database, episodes: Sequence[Episode]) -> TopicMap:
    """A map of these episodes, as far as the search index has their vectors."""
    if not episodes:
        return TopicMap((), ())
    wanted = {episode.id for episode in episodes}
    vectors = read_vectors(database, wanted, since=min(episode.seq for episode in episodes) - 1)
    placed = [episode for episode in episodes if episode.id in vectors]
    if not placed:
        return TopicMap((), (), len(episodes))
    return lay_out(placed, np.stack([vectors[episode.id] for episode in placed]), left_out=len(episodes) - len(placed))


def lay_out(episodes: Sequence[Episode], vectors: Vectors, *, left_out: int = 0) -> TopicMap:
    """The map of episodes with these vectors, row by row."""
    count = max(1, min(MOST_TOPICS, len(episodes) // LEAST_IN_TOPIC, round(math.sqrt(len(episodes)))))
    labels, names = _merged(cluster(vectors, count), [episode.text for episode in episodes], vectors)
    places = project(vectors, labels)
    points = zip(episodes, places.tolist(), labels.tolist(), strict=True)
    return TopicMap(
        tuple(Point(episode, x, y, topic) for episode, (x, y), topic in points),
        tuple(names),
        left_out,
    )


def cluster(vectors: Vectors, count: int) -> Labels:
    """A number for each row, 0 for those of the largest group: k-means from several starts, the tightest of them."""
    generator = np.random.default_rng(SEED)
    runs = [_one_run(vectors, count, generator) for _ in range(STARTS)]
    labels = min(runs, key=lambda run: run[0])[1]
    return _largest_first(labels)


def project(vectors: Vectors, labels: Labels) -> Vectors:
    """Each row on the plane in which the groups lie farthest apart, from 0 to 1; none on top of another."""
    centred = vectors - vectors.mean(axis=0)
    groups = np.stack([centred[labels == label].mean(axis=0) for label in range(int(labels.max()) + 1)])
    weights = np.sqrt(np.bincount(labels))[:, None]
    # Few groups span no plane: what varies most within them gives the rest of it.
    rest = centred - groups[labels]
    axes = np.linalg.svd(np.vstack([groups * weights, 1e-3 * rest[:2000]]), full_matrices=False)[2][:2]
    flat = centred @ axes.T
    if flat.shape[1] < 2:
        flat = np.hstack([flat, np.zeros((len(flat), 2 - flat.shape[1]), np.float32)])
    low, high = np.quantile(flat, EDGE / 2, axis=0), np.quantile(flat, 1 - EDGE / 2, axis=0)
    room = (high - low) / 2
    apart = _apart(_scaled(np.clip(flat, low - room, high + room)))
    return np.asarray(_scaled(apart), np.float32)


def name_topics(texts: Sequence[str], labels: Labels, typical: Sequence[int]) -> list[str]:
    """For each topic the words that most of its texts have, and few others; where they are few, words of its `typical` one."""
    said = [_words(text) for text in texts]
    in_all = Counter(word for words in said for word in words)
    shown = Counter(form for words in said for form in words.items())
    names: list[str] = []
    for topic in range(int(labels.max()) + 1):
        members = [words for words, label in zip(said, labels.tolist(), strict=True) if label == topic]
        within = Counter(word for words in members for word in words)
        shared = {word: count for word, count in within.items() if count > 1 or len(members) == 1}
        telling = {
            word: count / len(members) * math.log(count / len(members) / (in_all[word] / len(texts)) + OFTEN)
            for word, count in shared.items()
        }
        best = sorted(telling, key=lambda word: (-telling[word], word))
        best += sorted(said[typical[topic]].keys() - telling.keys(), key=lambda word: (in_all[word], -len(word), word))
        names.append(", ".join(_usual_form(word, shown) for word in best[:NAME_WORDS]) or f"topic {topic + 1}")
    return names


def _usual_form(stemmed: str, shown: Counter[tuple[str, str]]) -> str:
    """Of the words with this stem the one that is used most."""
    return max((form for form in shown if form[0] == stemmed), key=lambda form: (shown[form], form))[1]


def _typical(vectors: Vectors, labels: Labels) -> list[int]:
    """The row in the middle of each group."""
    found = []
    for group in range(int(labels.max()) + 1):
        rows = np.flatnonzero(labels == group)
        found.append(int(rows[_distances(vectors[rows], vectors[rows].mean(axis=0)[None, :]).argmin()]))
    return found


def _merged(labels: Labels, texts: Sequence[str], vectors: Vectors) -> tuple[Labels, list[str]]:
    """Topics that the same words tell of are one: the groups, and their names."""
    names = name_topics(texts, labels, _typical(vectors, labels))
    sets = [frozenset(name.split(", ")) for name in names]
    first = [sets.index(one) for one in sets]
    if len(set(first)) == len(names):
        return labels, names
    labels = _largest_first(np.asarray([first[label] for label in labels.tolist()], np.intp))
    return labels, name_topics(texts, labels, _typical(vectors, labels))


def _largest_first(labels: Labels) -> Labels:
    order = [label for label, _ in Counter(labels.tolist()).most_common()]
    return np.asarray([order.index(label) for label in labels.tolist()], np.intp)


def _words(text: str) -> dict[str, str]:
    """The stems of a text's telling words, each with the first form it has there."""
    found: dict[str, str] = {}
    for word in re.findall(r"[^\W\d_]+", text.casefold()):
        if len(word) >= LEAST_LETTERS and word not in STOP_WORDS:
            found.setdefault(stem(word), word)
    return found


def _one_run(vectors: Vectors, count: int, generator: np.random.Generator) -> tuple[float, Labels]:
    """How far rows are from the middles of their groups, and the groups; every group has a row."""
    middles = _far_apart(vectors, count, generator)
    labels = np.zeros(len(vectors), np.intp)
    for _ in range(ROUNDS):
        distances = _distances(vectors, middles)
        found = distances.argmin(axis=1)
        for empty in set(range(count)) - set(found.tolist()):
            found[distances.min(axis=1).argmax()] = empty
        if (found == labels).all() and _ > 0:
            break
        labels = found
        middles = np.stack([vectors[labels == group].mean(axis=0) if (labels == group).any() else middles[group]
                            for group in range(count)])  # fmt: skip
    return float(_distances(vectors, middles).min(axis=1).sum()), _renumbered(labels)


def _far_apart(vectors: Vectors, count: int, generator: np.random.Generator) -> Vectors:
    """Rows to begin with, each likely to be far from those before it."""
    chosen = [int(generator.integers(len(vectors)))]
    while len(chosen) < count:
        near = _distances(vectors, vectors[chosen]).min(axis=1)
        total = float(near.sum())
        chosen.append(int(generator.choice(len(vectors), p=near / total if total > 0 else None)))
    return np.asarray(vectors[chosen])


def _distances(vectors: Vectors, middles: Vectors) -> NDArray[np.float64]:
    """Squared, of each row to each middle."""
    found = (vectors**2).sum(axis=1)[:, None] + (middles**2).sum(axis=1)[None, :] - 2.0 * (vectors @ middles.T)
    return np.asarray(np.maximum(found, 0.0), np.float64)


def _renumbered(labels: Labels) -> Labels:
    """From 0 on, without gaps."""
    return np.asarray(np.unique(labels, return_inverse=True)[1], np.intp)


def _scaled(places: NDArray[np.floating]) -> NDArray[np.floating]:
    """From 0 to 1 both ways; in the middle where there is no difference."""
    low, high = places.min(axis=0), places.max(axis=0)
    scaled: NDArray[np.floating] = (places - low) / np.maximum(high - low, 1e-9)
    scaled[:, high - low < 1e-9] = 0.5
    return scaled


def _apart(places: NDArray[np.floating]) -> NDArray[np.floating]:
    """Those at the very same place are set around it, the closer the more there are in all."""
    taken: Counter[tuple[float, float]] = Counter()
    moved = places.copy()
    step = NUDGE * min(1.0, math.sqrt(CROWD / len(places)))
    for row, (x, y) in enumerate(places.round(3).tolist()):
        turns = taken[(x, y)]
        taken[(x, y)] += 1
        if turns:
            angle, reach = 2.4 * turns, step * math.sqrt(turns)
            moved[row] = x + reach * math.cos(angle), y + reach * math.sin(angle)
    return moved
