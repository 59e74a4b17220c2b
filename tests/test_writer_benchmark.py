"""The labelled dialogues, replayed through the real stores with patterns alone. "before" was written before the code, "after"
after it."""

import importlib.util
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


def load_benchmark() -> Any:
    spec = importlib.util.spec_from_file_location("writer_benchmark", ROOT / "benchmarks" / "writer.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


writer = load_benchmark()
CLASSES = {
    "stated", "update", "retraction", "past", "hypothetical", "third party", "quotation", "question", "joke", "negation",
    "correction", "recalled", "assistant mistake",
}  # fmt: skip


@pytest.mark.parametrize("half", writer.HALVES)
def test_a_half_has_sixty_dialogues_of_every_class(half: str) -> None:
    counts = Counter(dialogue["class"] for dialogue in writer.read_dialogues(half))

    assert set(counts) == CLASSES
    assert counts.total() >= 60
    assert min(counts.values()) >= 4


@pytest.mark.parametrize("half", writer.HALVES)
def test_patterns_alone_keep_what_is_said_and_nothing_else(half: str) -> None:
    total = writer.run_half(half)["all"]

    assert total.precision >= 0.95, total.errors
    assert total.recall >= 0.5, total.errors
    assert total.decisions >= 0.95, total.errors
    assert (total.from_others, total.without_quote) == (0, 0)


@pytest.mark.parametrize("name", writer.UNSEEN)
def test_an_unseen_set_has_forty_dialogues_of_every_class(name: str) -> None:
    counts = Counter(dialogue["class"] for dialogue in writer.read_dialogues(name))

    assert set(counts) == CLASSES
    assert counts.total() >= 40


@pytest.mark.battery
@pytest.mark.skipif(not os.environ.get("WRITER_UNSEEN"), reason="long; set WRITER_UNSEEN=1")
@pytest.mark.parametrize("name", writer.UNSEEN)
def test_patterns_alone_now_keep_what_was_unseen(name: str) -> None:
    total = writer.run_half(name)["all"]

    assert total.precision >= 0.95, total.errors
    assert total.recall >= 0.5, total.errors
    assert total.decisions >= 0.95, total.errors
    assert (total.from_others, total.without_quote) == (0, 0)


def test_a_fact_that_no_label_names_is_wrong() -> None:
    [dialogue] = [dialogue for dialogue in writer.read_dialogues("before") if dialogue["id"] == "before-06"]
    unlabelled = {**dialogue, "current": [], "allowed": []}

    with writer.tempfile.TemporaryDirectory() as home:
        score = writer.judge(unlabelled, writer.replay(unlabelled, Path(home)))

    assert score.found > 0
    assert score.right == 0
