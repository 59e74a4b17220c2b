"""What a search finds as of another time: the facts as they were then, and all that was told by then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mem.as_of import facts_at, told_by
from mem.assistant import Assistant
from mem.records import Evidence, Fact, TimeRange
from mem.stores.episode_rows import Filing

THEN = datetime(2020, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
EARLIER, LATER = datetime(2019, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC)
TWINS = 300


def known(id: str, *, start: datetime | None = EARLIER, end: datetime | None = None, expired: bool = False) -> Fact:
    said = (Evidence("I lived in Rome", "e1", "m1", NOW),)
    return Fact(id, "user", "lives in", "Rome", "one", NOW, start, end, NOW if expired else None, evidence=said)


def test_a_fact_that_ended_later_had_not_ended_then():
    assert facts_at([known("f1", end=LATER)], THEN) == [known("f1")]


def test_a_fact_that_ended_before_is_an_ended_one_and_one_that_began_later_is_none():
    facts = [known("f1", start=None, end=THEN), known("f2", end=datetime(2020, 1, 1, tzinfo=UTC)), known("f3", start=LATER)]

    assert [fact.id for fact in facts_at(facts, THEN)] == ["f2"]
    assert not facts_at(facts, THEN)[0].current


def test_what_was_taken_back_since_was_not_true_then_either():
    assert [fact.current for fact in facts_at([known("f1", expired=True), known("f2")], THEN)] == [False, True]


def test_without_a_moment_facts_and_times_are_as_they_are():
    inside = TimeRange(EARLIER, LATER)

    assert facts_at([known("f1", end=LATER)], None) == [known("f1", end=LATER)]
    assert (told_by(None), told_by(None, inside)) == (None, inside)


def test_the_time_told_by_then_ends_with_that_moment():
    after = THEN + timedelta(microseconds=1)

    assert told_by(THEN) == TimeRange(None, after)
    assert told_by(THEN, TimeRange(EARLIER, LATER)) == TimeRange(EARLIER, after)
    assert told_by(LATER, TimeRange(EARLIER, THEN)) == TimeRange(EARLIER, THEN)


@pytest.fixture
def crowded(make_assistant: Callable[..., Assistant]) -> Assistant:
    """One note of 2020 on the boiler, and after it hundreds that say nearly the same, alone and in one session."""
    assistant = make_assistant()
    filings = [Filing("the boiler was serviced by Bob and it leaks", THEN)]
    for number in range(TWINS):
        told = LATER + timedelta(days=number)
        filings.append(Filing(f"the boiler was serviced by Bob, visit {number}", told, session="s1" if number % 2 else ""))
    assistant.rows.file_many(filings)
    return assistant


def test_hundreds_of_later_memories_that_fit_better_do_not_hide_the_one_of_then(crowded: Assistant):
    asked = "who serviced the boiler, Bob? visit"

    assert "e1" not in [hit.id for hit in crowded.recall(asked, limit=100).hits]
    assert [hit.id for hit in crowded.recall(asked, as_of="2020").hits] == ["e1"]
    assert crowded.recall(asked, as_of="2020").dropped == ()


def test_as_of_and_since_count_together(crowded: Assistant):
    found = crowded.recall("boiler", as_of="5 January 2022", since="4 January 2022", limit=10).hits

    assert sorted(hit.id for hit in found) == ["e5", "e6"]
    assert crowded.recall("boiler", as_of="2021", since="2022").hits == ()


def test_a_relation_is_followed_as_it_was_then(make_assistant: Callable[..., Assistant], now):
    assistant = make_assistant()
    now.moment = THEN
    for days, told in ((0, "My wife is Ada"), (1, "Ada lives in Oslo"), (900, "My wife is Eve"), (1, "Eve lives in Bath")):
        now.advance(days=days)
        assistant.remember(told)
    found = assistant.recall("where does my wife live", as_of="2020").hits

    assert {hit.text for hit in found if hit.kind == "fact"} == {"your wife is Ada", "Ada lives in Oslo"}


def test_a_memory_is_not_marked_as_outdated_by_what_came_later(make_assistant: Callable[..., Assistant], now):
    assistant = make_assistant()
    assistant.remember("I live in Rome")
    now.advance(days=40)
    assistant.remember("I live in Leeds")

    told = {hit.id: hit for hit in assistant.recall("where do I live", as_of="2026-06-20").hits}
    today = {hit.id: hit for hit in assistant.recall("where did I live before", limit=10).hits}
    assert (told["f1"].text, told["e1"].text) == ("you live in Rome", "I live in Rome")
    assert today["e1"].superseded
