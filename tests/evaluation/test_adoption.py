from __future__ import annotations

import zlib

import numpy as np
import pytest

from mem.errors import InputError
from mem.evaluation.adoption import adopt, compare_embedder, compare_retrievers
from mem.evaluation.self_probes import Comparison
from mem.models import Vectors
from mem.models.scripted import HashEmbedder
from mem.stores.episodes import EpisodeIndex
from mem.stores.index_preview import PreviewIndex

BETTER = Comparison("better", 40, 0.5, 0.625)
WORSE = Comparison("worse", 40, 0.625, 0.5)
SAME = Comparison("same", 40, 0.5, 0.5)
UNKNOWN = Comparison("unknown", 4)


@pytest.mark.parametrize(
    ("setting", "comparison", "told"),
    [
        ("embedder", BETTER, "new finds your memories better: MRR 50.0 → 62.5 on 40 probes"),
        ("embedder", SAME, "as well as before"),
        ("embedder", UNKNOWN, "cannot be judged: 4 probes of the 10"),
        ("reranker", BETTER, "new finds your memories better"),
    ],
)
def test_what_finds_no_less_is_taken(setting: str, comparison: Comparison, told: str):
    assert told in adopt(setting, "new", better=lambda: comparison, force=False)


@pytest.mark.parametrize(
    ("setting", "comparison", "told"),
    [
        ("embedder", WORSE, "less well: MRR 62.5 → 50.0 on 40 probes; embedder stays as it was: .* --force"),
        ("reranker", WORSE, "less well"),
        ("reranker", SAME, "makes each search slower; reranker stays"),
        ("reranker", UNKNOWN, "cannot be judged"),
    ],
)
def test_what_finds_less_is_refused_and_a_reranker_has_to_find_more(setting: str, comparison: Comparison, told: str):
    with pytest.raises(InputError, match=told):
        adopt(setting, "new", better=lambda: comparison, force=False)


@pytest.mark.parametrize("setting", ["embedder", "reranker"])
def test_force_takes_anything_and_measures_nothing(setting: str):
    def measure() -> Comparison:
        raise AssertionError("measured")

    assert "unmeasured" in adopt(setting, "new", better=measure, force=True)


def test_retrievers_are_compared_on_the_user_s_own_memory(database, rows, facts, index, retriever, embedder):
    for number in range(30):
        rows.file(f"My colleague{number} Ada{number} repaired boiler{number} in Lisbon{number}", learn=True)
    index.catch_up()
    same = compare_embedder(database, rows, facts, lambda: retriever, index=index, embedder=embedder)

    assert same == compare_retrievers(database, facts, retriever, retriever)
    assert (same.outcome, same.shared >= 10) == ("same", True)


class ChanceEmbedder(HashEmbedder):
    """A text is near itself, and no other."""

    def __init__(self) -> None:
        super().__init__(name="chance")

    def _embed(self, text: str) -> Vectors:
        vector = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.dimensions).astype(np.float32)
        return vector / np.linalg.norm(vector)


def test_an_embedder_that_finds_nothing_does_not_hide_behind_the_words(database, rows, facts, index, retriever):
    for number in range(30):
        rows.file(f"My colleague{number} Ada{number} repaired boiler{number} in Lisbon{number}", learn=True)
    index.catch_up()
    found = []

    def compare(number: int) -> None:
        preview = PreviewIndex(database, chance, number)
        found.append(compare_embedder(database, rows, facts, lambda: retriever, index=preview, embedder=chance))

    chance = ChanceEmbedder()
    EpisodeIndex(database, chance).rebuild(approve=compare)

    assert [(one.outcome, one.what) for one in found] == [("worse", " by meaning alone")]


def test_too_little_memory_cannot_be_judged_by(database, rows, facts, index, retriever, embedder):
    assert compare_embedder(database, rows, facts, lambda: retriever, index=index, embedder=embedder).outcome == "unknown"
