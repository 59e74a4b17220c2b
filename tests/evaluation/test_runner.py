"""The runner on a small data set: real DuckDB, real index, real retrieval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from mem.evaluation.corpus import Dataset, evidence_of, turns_of
from mem.evaluation.datasets import load
from mem.evaluation.embedding_cache import CachedEmbedder
from mem.evaluation.metrics import METRICS
from mem.evaluation.runner import Answered, Report, Row, evaluate, grep, only, rank_all, report, words_of
from mem.models import Vectors
from mem.models.embedder import open_embedder
from mem.models.scripted import HashEmbedder
from mem.records import to_json

SMALL = Path(__file__).parent.parent / "data" / "small.jsonl"
LOCOMO_DEV = Path(__file__).parents[3] / "shared" / "data" / "locomo-dev.json"


class CountingEmbedder(HashEmbedder):
    """Keeps what it was asked to embed."""

    def __init__(self) -> None:
        super().__init__(256)
        self.asked: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().embed_passages(texts)

    def embed_query(self, text: str) -> Vectors:
        self.asked.append(text)
        return super().embed_query(text)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load("jsonl", SMALL)


def answered(evidence: str, *ranked: str, question_type: str = "") -> Answered:
    units = {"turn": ranked, "session": [id[0] for id in ranked]}
    nothing = {"turn": (), "session": ()}
    return Answered(question_type, {"turn": (evidence,), "session": (evidence[0],)}, {"mem": units, "grep": nothing})


def test_every_text_and_every_question_is_embedded_once_for_all_rankers(dataset: Dataset) -> None:
    embedder = CountingEmbedder()
    rank_all(dataset, embedder)

    asked = {question.text for corpus in dataset.corpora for question in corpus.questions}
    texts = {document.text for corpus in dataset.corpora for document in corpus.documents}
    assert len(embedder.asked) == len(set(embedder.asked))
    assert asked | texts <= set(embedder.asked)


def test_all_rankers_find_what_the_words_tell(dataset: Dataset) -> None:
    found = evaluate(dataset, HashEmbedder(256), unit="turn")

    assert [row.ranker for row in found.rows[:4]] == ["mem", "words only", "meaning only", "grep"]
    assert all(row.metrics["recall_any@5"] >= 0.8 for row in found.rows[:4])
    assert (found.questions, found.documents, found.corpora) == (10, 30, 2)
    assert sorted({row.question_type for row in found.rows}) == ["all", "assistant", "several", "single", "time"]
    assert sum(row.questions for row in found.rows if row.ranker == "mem") == 20


def test_a_session_is_found_by_its_best_turn(dataset: Dataset) -> None:
    ranked = rank_all(dataset, HashEmbedder(256))
    by_turn, by_session = (report(dataset, ranked, unit=unit, embedder="", seconds=0) for unit in ("turn", "session"))

    assert by_session.row("mem").metrics["mrr"] >= by_turn.row("mem").metrics["mrr"]
    assert by_session.row("mem").metrics["recall@5"] == 1.0


def test_the_users_own_profile_is_not_touched(dataset: Dataset, home: Path) -> None:
    rank_all(dataset, HashEmbedder())

    assert list(home.iterdir()) == []


def test_progress_ends_when_everything_is_done(dataset: Dataset) -> None:
    told: list[tuple[int, int]] = []
    rank_all(dataset, HashEmbedder(), progress=lambda done, total: told.append((done, total)))

    assert told == sorted(told)
    assert told[-1] == (40, 40)


def test_a_report_counts_by_unit_and_by_type() -> None:
    entries = [answered("a1", "b1", "a2", "a1", question_type="x"), answered("a1", "a1"), answered("b1", question_type="y")]
    by_turn = report(Dataset("d", "", ()), entries, unit="turn", embedder="e", seconds=1.26)
    by_session = report(Dataset("d", "", ()), entries, unit="session", embedder="e", seconds=0)

    assert by_turn.row("mem").metrics["mrr"] == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert by_session.row("mem").metrics["mrr"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert [(row.ranker, row.question_type, row.questions) for row in by_turn.rows] == [
        ("mem", "all", 3), ("grep", "all", 3), ("mem", "x", 1), ("grep", "x", 1), ("mem", "y", 1), ("grep", "y", 1),
    ]  # fmt: skip


def test_a_question_without_evidence_in_a_unit_does_not_count_in_it() -> None:
    without = replace(answered("a1", "a1"), evidence={"turn": (), "session": ("a",)})

    assert report(Dataset("d", "", ()), [without], unit="turn", embedder="", seconds=0).rows == ()
    assert report(Dataset("d", "", ()), [without], unit="session", embedder="", seconds=0).questions == 1


def test_a_report_is_json_with_these_fields() -> None:
    found = report(Dataset("d", "as defined", ()), [answered("a1", "a1")], unit="turn", embedder="e", seconds=0)
    told = to_json(found)

    assert list(told) == [field.name for field in fields(Report)] == [
        "dataset", "definition", "notes", "unit", "embedder", "corpora", "documents", "questions", "seconds", "rows",
    ]  # fmt: skip
    assert list(told["rows"][0]) == [field.name for field in fields(Row)] == ["ranker", "question_type", "questions", "metrics"]
    assert tuple(told["rows"][0]["metrics"]) == METRICS


def test_one_stage_alone_is_without_all_others() -> None:
    alone = only("words")

    assert alone.words
    assert not any(getattr(alone, field.name) for field in fields(alone) if field.name != "words" and field.default is True)


def test_grep_counts_distinct_words_and_keeps_the_order_of_ties() -> None:
    turns = [(id, words_of(text)) for id, text in (("1", "A dog, a dog!"), ("2", "the cat"), ("3", "cat and DOG"), ("4", "x"))]

    assert grep("dog dog cat?", turns) == ["3", "1", "2"]


def test_the_cache_gives_what_the_embedder_gives() -> None:
    plain, cached = HashEmbedder(), CachedEmbedder(HashEmbedder())
    texts = ["a b", "c", "a b"]

    assert np.array_equal(cached.embed_passages(texts), plain.embed_passages(texts))
    assert np.array_equal(cached.embed_passages(["c", "d"]), plain.embed_passages(["c", "d"]))
    assert np.array_equal(cached.embed_query("c"), plain.embed_query("c"))
    assert cached.embed_passages([]).shape == (0, 64)
    assert (cached.fingerprint, cached.dimensions) == (plain.fingerprint, plain.dimensions)


@pytest.mark.skipif(not LOCOMO_DEV.is_file(), reason="LoCoMo is not part of the repository: its licence is non-commercial")
def test_plain_cosines_of_minilm_score_what_is_published(tmp_path: Path) -> None:
    """The loader and the metrics against figures that were measured without them: R@1 18.0, R@5 40.8, R@10 50.6, MRR 32.3."""
    embedder = open_embedder("all-MiniLM-L6-v2", cache_dir=tmp_path)
    dataset = load("locomo", LOCOMO_DEV)
    entries = []
    for corpus in dataset.corpora:
        turns = turns_of(corpus.documents)
        vectors = embedder.embed_passages([turn.text for turn in turns])
        for question in corpus.questions:
            order = np.argsort(-(vectors @ embedder.embed_query(question.text)), kind="stable")
            ranked = {"turn": [turns[place].id for place in order], "session": [turns[place].session for place in order]}
            evidence = {"turn": evidence_of(question, turns, "turn"), "session": evidence_of(question, turns, "session")}
            entries.append(Answered(question.question_type, evidence, {"cosine": ranked}))  # type: ignore[arg-type]

    by_turn, by_session = (report(dataset, entries, unit=unit, embedder="", seconds=0) for unit in ("turn", "session"))
    assert [round(100 * by_turn.row("cosine").metrics[name], 1) for name in ("recall@1", "recall@5", "recall@10", "mrr")] == [
        18.0, 40.8, 50.6, 32.3,
    ]  # fmt: skip
    assert [round(100 * by_session.row("cosine").metrics[name], 1) for name in ("recall@5", "recall@10")] == [76.9, 86.9]
