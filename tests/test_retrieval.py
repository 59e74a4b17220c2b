from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mem.assistant import Assistant
from mem.models.scripted import says
from mem.records import Candidate, Document, Hit, Route, TimeRange
from mem.retrieval import coverage, fuse, rank, rarity, with_neighbours
from mem.words import stems

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROUTE = Route(("episodic",), "a test")
MakeAssistant = Callable[..., Assistant]


def candidate(seq: int, text: str, *, words: float = 0.0, distance: float | None = None, session: str = "s1") -> Candidate:
    return Candidate(Document(seq, f"e{seq}", "user", "turn", session, f"t{seq}", text, NOW), words, distance)


def hit(id: str, score: float, *, days_ago: float = 0) -> Hit:
    return Hit(id, "turn", id, NOW - timedelta(days=days_ago), score)


def test_stems_leave_out_what_carries_no_meaning() -> None:
    assert stems("Where do my sisters live?") == stems("the sister lives") == frozenset({"sister", "live"})


def test_a_word_that_no_memory_has_weighs_most() -> None:
    weights = rarity([frozenset({"live"}), frozenset({"live", "ada"})], frozenset({"live", "ada", "uncle"}))

    assert weights["uncle"] > weights["ada"] > weights["live"] > 0


def test_coverage_is_the_share_of_what_the_query_tells() -> None:
    assert coverage(frozenset({"a", "b"}), {"a": 1.0, "b": 1.0, "c": 2.0}) == 0.5
    assert coverage(frozenset(), {}) == 0.0


def test_scores_are_between_nothing_and_one() -> None:
    candidates = [
        candidate(1, "sister lisbon", words=4.0, distance=0.2),
        candidate(2, "sister", words=2.0, distance=0.6),
        candidate(3, "boiler", distance=1.0),
    ]

    scores = fuse(candidates, {"sister": 1.0, "lisbon": 1.0})

    assert scores == {1: pytest.approx(1.0), 2: pytest.approx(0.25 + 0.25), 3: 0.0}


def test_without_vectors_words_are_all_of_the_score() -> None:
    assert fuse([candidate(1, "sister", words=3.0)], {"sister": 1.0}) == {1: 1.0}


def test_a_neighbour_lifts_but_never_replaces() -> None:
    candidates = [candidate(1, "a"), candidate(2, "b"), candidate(3, "c"), candidate(4, "d", session="s2")]

    lifted = with_neighbours(candidates, {1: 0.8, 2: 0.2, 3: 0.1, 4: 0.2})

    assert lifted[2] == pytest.approx(0.2 + 0.3 * (0.8 - 0.325))
    assert lifted[4] == 0.2
    assert max(lifted, key=lambda seq: lifted[seq]) == 1


def test_recency_is_worth_a_tenth_at_most() -> None:
    ranked = rank([hit("old", 0.5, days_ago=3000), hit("new", 0.5), hit("better", 0.56, days_ago=3000)], route=ROUTE, now=NOW)

    assert [entry.id for entry in ranked] == ["better", "new", "old"]
    assert ranked[1].score == pytest.approx(0.55)


def test_the_time_a_question_names_comes_first() -> None:
    span = TimeRange(NOW - timedelta(days=10), NOW - timedelta(days=5))
    ranked = rank([hit("inside", 0.4, days_ago=7), hit("outside", 0.6)], route=Route(("episodic",), "x", span), now=NOW)

    assert [entry.id for entry in ranked] == ["inside", "outside"]


def test_a_question_asked_before_is_no_answer(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant(says("ok"), says("I see"))
    assistant.remember("the spare key is under the flower pot")
    assistant.open_chat().step("where is the spare key?")

    found = assistant.recall("where is the spare key?")

    assert found.hits[0].id == "e1"
    assert all(entry.text != "where is the spare key?" for entry in found.hits)


def test_a_question_about_the_talk_finds_questions(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant(says("ok"))
    assistant.open_chat().step("how tall is the Eiffel tower?")

    assert assistant.recall("what did I ask you about the Eiffel tower?").hits[0].text == "how tall is the Eiffel tower?"


def test_a_fact_is_found_by_what_its_subject_is_called(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("my sister Ada moved to Lisbon in May and works at the aquarium")

    hits = assistant.recall("where does my sister live?").hits

    assert (hits[0].kind, hits[0].text, hits[0].source) == ("fact", "Ada lives in Lisbon (since May 2026)", "e1")


def test_superseded_facts_are_hidden_unless_the_past_is_asked_for(make_assistant: MakeAssistant, now: Any) -> None:
    assistant = make_assistant()
    assistant.remember("I live in Rome")
    now.advance(days=31)
    assistant.remember("I live in Lisbon")

    today = assistant.recall("where do I live?")
    before = assistant.recall("where did I use to live?")

    assert "you live in Lisbon" in [entry.text for entry in today.hits]
    assert not any(entry.kind == "fact" and "Rome" in entry.text for entry in today.hits)
    assert "you live in Rome (no longer true since 2 July 2026)" in [entry.text for entry in before.hits]


def test_memories_that_say_the_same_give_way(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    for _ in range(3):
        assistant.remember("the boiler was serviced by Ravi")

    found = assistant.recall("who serviced the boiler?")

    assert len([entry for entry in found.hits if entry.kind != "fact"]) == 1
    assert sum("says the same as" in entry.dropped for entry in found.dropped) == 2


def test_what_is_in_the_prompt_already_is_not_recalled(make_assistant: MakeAssistant) -> None:
    chat = make_assistant(says("ok"), says("green")).open_chat()
    chat.step("we paint the kitchen sage green")

    found = chat.step("which colour will the kitchen be painted?").retrieval

    assert [entry.dropped for entry in found.dropped if entry.id == "e1"] == ["already in the prompt"]


@pytest.mark.parametrize(
    "query", ['"quoted"', "' OR '1'='1", "\x00", "🦄", "[/x]", "AND OR NOT", "-", "a" * 5000, "word " * 5000]
)
def test_no_query_breaks_the_search(make_assistant: MakeAssistant, query: str) -> None:
    assistant = make_assistant()
    assistant.remember("something to find")

    assert assistant.recall(query).candidates >= 0


def test_a_question_about_oneself_is_not_answered_with_a_sister(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("my sister Ada moved to Lisbon in May")
    assistant.remember("I live in Ghent")

    hits = assistant.recall("where do I live?").hits

    assert hits[0].text == "you live in Ghent"
    assert all(entry.score < 0.5 * hits[0].score for entry in hits if "Lisbon" in entry.text and entry.kind == "fact")
