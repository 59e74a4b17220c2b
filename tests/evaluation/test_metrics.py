from __future__ import annotations

import math

import pytest

from mem.evaluation.metrics import (
    METRICS,
    mean,
    measure,
    ndcg_at_k,
    recall_all_at_k,
    recall_any_at_k,
    recall_at_k,
    reciprocal_rank,
)

RANKED = ["a", "b", "c", "d", "e", "f"]


def test_the_three_recalls_are_different_things() -> None:
    # b is at 2, e at 5, x nowhere: a hit from 2 on, a third from 2, two thirds from 5, never all.
    assert [recall_any_at_k(RANKED, {"b", "e", "x"}, k) for k in (1, 2, 5)] == [0.0, 1.0, 1.0]
    assert [recall_at_k(RANKED, {"b", "e", "x"}, k) for k in (1, 2, 5)] == [0.0, pytest.approx(1 / 3), pytest.approx(2 / 3)]
    assert [recall_all_at_k(RANKED, {"b", "e", "x"}, k) for k in (5, 25)] == [0.0, 0.0]
    assert [recall_all_at_k(RANKED, {"b", "e"}, k) for k in (4, 5)] == [0.0, 1.0]


def test_the_reciprocal_rank_is_that_of_the_first_found() -> None:
    assert reciprocal_rank(RANKED, {"c", "f"}) == pytest.approx(1 / 3)
    assert reciprocal_rank(RANKED, {"x"}) == 0.0


def test_ndcg_discounts_rank_two_and_takes_the_ideal_over_all_evidence() -> None:
    # b at 2, d at 4, x nowhere, among 5: (1/log2 3 + 1/log2 5) / (1 + 1/log2 3 + 1/log2 4)
    expected = (1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3) + 0.5)

    assert ndcg_at_k(RANKED, {"b", "d", "x"}, 5) == pytest.approx(expected)
    assert expected == pytest.approx(0.4981, abs=1e-4)


def test_ndcg_cannot_ask_for_more_than_k_documents() -> None:
    # Three pieces of evidence, room for two: the best possible is both places right.
    assert ndcg_at_k(RANKED, {"a", "b", "c"}, 2) == 1.0
    assert ndcg_at_k(RANKED, {"b", "c", "d"}, 2) == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))


def test_a_document_that_comes_twice_counts_once_where_it_comes_first() -> None:
    assert recall_at_k(["a", "a", "b"], {"b"}, 2) == 1.0
    assert ndcg_at_k(["a", "a"], {"a", "b"}, 5) == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_an_empty_ranking_scores_nothing_at_all() -> None:
    assert measure([], {"a"}) == dict.fromkeys(METRICS, 0.0)


def test_a_perfect_ranking_scores_one_where_there_is_room() -> None:
    assert measure(RANKED, {"a"}) == dict.fromkeys(METRICS, 1.0)


def test_the_mean_weighs_every_question_the_same() -> None:
    found = mean([measure(RANKED, {"a"}), measure(RANKED, {"b"}), measure(RANKED, {"x"})])

    assert (found["recall_any@1"], found["mrr"]) == (pytest.approx(1 / 3), pytest.approx(0.5))
    assert mean([]) == dict.fromkeys(METRICS, 0.0)


def test_a_question_without_evidence_is_not_measured() -> None:
    with pytest.raises(ValueError, match="without evidence"):
        measure(RANKED, set())
