from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mem.models.calibration import Calibration
from mem.ranking import Evidence, Stages, best_sessions, query_stems, rarity, weigh
from mem.records import Candidate, Document

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CALIBRATION = Calibration(unrelated=0.1, same=0.8)


def candidate(seq: int, text: str, *, cosine: float | None = None, session: str = "s1", part: Any = "text") -> Candidate:
    distance = None if cosine is None else 1 - cosine
    return Candidate(Document(seq, f"e{seq}", part, "imported", session, f"t{seq}", text, NOW), 0.0, distance)


def weighed(candidates: list[Candidate], query: str, calibration: Calibration = CALIBRATION, **settings: Any) -> Evidence:
    return weigh(candidates, {one.document.seq for one in candidates}, query, calibration, **settings)


def order(candidates: list[Candidate], query: str, **settings: Any) -> list[int]:
    scores = weighed(candidates, query, **settings).score
    return [candidates[place].document.seq for place in np.argsort(-scores, kind="stable")]


def test_the_stems_of_a_query_are_in_order_and_each_once() -> None:
    assert query_stems("Where do my sisters live, and which sister moved?") == ("sister", "live", "move")


def test_a_word_that_no_document_has_weighs_most() -> None:
    weights = rarity({"live": 2, "ada": 1, "uncle": 0}, documents=2)

    assert 1 == weights["uncle"] > weights["ada"] > weights["live"] > 0


def test_the_same_meaning_and_the_rarest_word_are_worth_the_same() -> None:
    found = weighed([candidate(1, "boiler", cosine=0.8), candidate(2, "tap", cosine=0.1, session="")], "radiator")

    assert found.score == pytest.approx([1.0, 0.0])


def test_meaning_is_read_on_the_scale_of_the_embedder() -> None:
    found = weighed([candidate(1, "boiler", cosine=0.85)], "radiator", calibration=Calibration(unrelated=0.7, same=1.0))

    assert found.score == pytest.approx([0.5])


def test_a_word_said_often_counts_hardly_more_than_once() -> None:
    often = "boiler boiler boiler boiler boiler boiler"
    once, six, both = weighed(
        [candidate(1, "the boiler leaks", session=""), candidate(2, often, session=""),
         candidate(3, "the boiler engineer", session="")], "boiler engineer",
    ).score  # fmt: skip

    assert once < six < both


def test_what_stands_next_to_a_match_is_lifted_but_never_above_it() -> None:
    talk = [candidate(1, "the boiler broke"), candidate(2, "how annoying"), candidate(3, "indeed"), candidate(4, "so what")]

    scores = weighed(talk, "boiler").score

    assert scores[0] > scores[1] > scores[2] > scores[3] == 0


def test_a_word_next_door_helps_once_however_often_it_is_said_here() -> None:
    alone = [candidate(1, "biscuit biscuit biscuit", session="a"), candidate(2, "biscuit again", session="b")]
    beside = [candidate(1, "biscuit biscuit biscuit", session="a"), candidate(2, "biscuit again", session="a")]

    gained = weighed(beside, "biscuit").score[0] - weighed(alone, "biscuit").score[0]

    assert 0 < gained < 0.3


def test_sessions_are_not_crossed_and_a_text_filed_alone_has_no_neighbours() -> None:
    talk = [candidate(1, "the boiler broke"), candidate(2, "fine", session="s2"), candidate(3, "x", session="")]

    assert list(weighed(talk, "boiler").score[1:]) == [0, 0]


def test_two_that_may_not_be_next_to_each_other_have_nothing_to_do_with_each_other() -> None:
    talk = [candidate(1, "the boiler broke"), candidate(90, "fine")]

    assert weigh(talk, set(), "boiler", CALIBRATION).score[1] == 0 < weigh(talk, {90}, "boiler", CALIBRATION).score[1]


def test_a_question_points_to_what_answers_it() -> None:
    talk = [candidate(1, "What pet do you have?"), candidate(2, "Oscar, my guinea pig."), candidate(3, "Lovely.")]

    assert order(talk, "which pet do they have")[0] == 2
    assert order(talk, "which pet do they have", stages=Stages(questions=False))[0] == 1


def test_a_statement_beside_a_question_keeps_its_weight() -> None:
    talk = [candidate(1, "We got a pet. And you?"), candidate(2, "Oh, nice.")]

    assert order(talk, "pet")[0] == 1


def test_what_the_user_asks_the_assistant_is_their_own_word() -> None:
    talk = [
        candidate(1, "Can you find a hotel near my office in Porto?", part="user"),
        candidate(2, "Here are some places to stay.", part="answer"),
    ]

    assert order(talk, "where is the office, Porto?")[0] == 1


def test_a_question_of_the_assistant_points_to_what_the_user_said_next() -> None:
    talk = [
        candidate(1, "Noted. What is your dog called?", part="answer"),
        candidate(2, "Biscuit", part="user"),
        candidate(3, "Noted.", part="answer"),
    ]

    assert order(talk, "the dog is called")[0] == 2


@pytest.mark.parametrize(
    ("stages", "best"), [(Stages(meaning=False), 1), (Stages(words=False), 2), (Stages(), 1)], ids=["words", "meaning", "both"]
)
def test_each_signal_can_be_left_out(stages: Stages, best: int) -> None:
    both = [candidate(1, "the radiator", cosine=0.3, session="a"), candidate(2, "the boiler", cosine=0.6, session="b")]

    assert order(both, "radiator", stages=stages)[0] == best


def test_relevance_says_how_much_of_the_query_is_covered() -> None:
    found = weighed(
        [candidate(1, "my sister", session="a"), candidate(2, "my sister Ada lives here", session="b"),
         candidate(3, "something else", cosine=0.8, session="c")], "where does sister Ada live",
    )  # fmt: skip

    assert found.relevance[1] == pytest.approx(1.0)
    assert found.relevance[0] < 0.5
    assert found.relevance[2] == pytest.approx(0.5)


def test_without_candidates_there_is_no_evidence() -> None:
    found = weigh([], set(), "anything at all", CALIBRATION)

    assert (len(found.score), len(found.relevance)) == (0, 0)
    assert found.rarities["anyth"] == 1


@given(st.lists(st.tuples(st.text(max_size=60), st.floats(-1, 1) | st.none()), max_size=8), st.text(max_size=60))
def test_any_text_has_finite_evidence_and_a_relevance_between_nothing_and_one(texts: Any, query: str) -> None:
    found = weighed([candidate(seq, text, cosine=cosine) for seq, (text, cosine) in enumerate(texts)], query)

    assert np.isfinite(found.score).all()
    assert ((found.relevance >= 0) & (found.relevance <= 1 + 1e-9)).all()


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([("a", 1.0), ("b", 1.5)], ["b", "a"]),
        ([("a", 1.0), ("b", 0.95), ("b", 0.9)], ["b", "a"]),  # near ties: what else is there decides
        ([("a", 1.0), *[("b", 0.7)] * 500], ["a", "b"]),  # long is not good: 0.7 / (1 - 0.2) at most
        ([("a", 1.0), ("a", -3.0), ("b", 1.0), ("b", -0.1)], ["a", "b"]),  # what is unlike the query takes nothing away
        ([("b", 0.2), ("a", 0.2)], ["b", "a"]),
        ([], []),
    ],
)
def test_a_session_is_as_good_as_its_best_turn_and_a_little_for_the_others(turns: Any, expected: list[str]) -> None:
    assert best_sessions(turns) == expected
