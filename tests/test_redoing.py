"""An undo that is undone: consolidations and reviews brought back, or refused with what is in the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mem.assistant import Assistant
from mem.errors import InputError, NotFound
from mem.stores.episode_rows import Filing
from mem.stores.orphans import find_orphans

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
SAID = ("I went to Porto with Ada.", "The boiler man is called Otto Berger.", "My bicycle stands in the cellar.")
TABLES = ("episode", "message", "fact", "fact_evidence", "archived", "document", "archived_document", "review")


@pytest.fixture
def old(make_assistant: Callable[..., Assistant], now) -> Assistant:
    """Three turns (e1 to e3) and twice the same note (e4, e5), ninety days ago."""
    assistant = make_assistant()
    assistant.rows.file_many([Filing(text, MONDAY, session="s1", answer="Yes.", kind="turn") for text in SAID])
    assistant.rows.file_many([Filing("call the plumber", MONDAY), Filing("Call the plumber!", MONDAY)])
    now.advance(days=90)
    return assistant


@pytest.fixture
def undone(old: Assistant) -> Assistant:
    """The same, consolidated (k1, the last change) and that undone."""
    old.consolidation.carry_out(old.consolidation.plan())
    old.undoing.undo()
    return old


def rows_of(assistant: Assistant, *, numbers: bool = True) -> dict[str, list[tuple]]:
    """All rows; not `numbers`: without those that the search index knows them by."""
    left_out = "" if numbers else " exclude (seq)"
    with assistant.database.read() as connection:
        found = {}
        for table in TABLES:
            has_numbers = table not in ("archived", "fact_evidence")
            what = f"*{left_out if has_numbers else ''}"
            found[table] = connection.execute(f"select {what} from {table} order by all").fetchall()
        return found


def newest(assistant: Assistant) -> str:
    return assistant.log(limit=1)[0].id


def found_by_words(assistant: Assistant, query: str) -> list[str]:
    assistant.index.catch_up()
    return [candidate.document.episode for candidate in assistant.index.search(query, None, limit=10)[0]]


def test_a_consolidation_that_was_undone_is_brought_back_as_it_was(old: Assistant):
    old.consolidation.carry_out(old.consolidation.plan())
    consolidated = rows_of(old, numbers=False)
    old.undoing.undo()
    assert found_by_words(old, "boiler Otto") == ["e2"]
    old.undoing.undo(newest(old))

    assert rows_of(old, numbers=False) == consolidated
    assert found_by_words(old, "boiler Otto") == ["e6"]
    assert [hit.id for hit in old.recall_archived("Otto Berger").hits] == ["e2"]
    assert old.index.state(deep=True)["damage"] == ""


def test_a_consolidation_can_be_undone_and_brought_back_again_and_again(old: Assistant):
    before = rows_of(old)
    old.consolidation.carry_out(old.consolidation.plan())
    consolidated = rows_of(old, numbers=False)

    for _ in range(3):
        old.undoing.undo(newest(old))
        assert rows_of(old) == before
        old.undoing.undo(newest(old))
        assert rows_of(old, numbers=False) == consolidated


def test_a_plan_to_bring_a_consolidation_back_changes_nothing(undone: Assistant):
    before = rows_of(undone)
    plan = undone.undoing.plan(newest(undone))

    assert [step.item for step in plan.steps] == ["consolidation:k1"]
    assert rows_of(undone) == before


def test_what_was_consolidated_anew_since_stands_in_the_way_and_is_named(undone: Assistant):
    undo = newest(undone)
    undone.consolidation.carry_out(undone.consolidation.plan())
    again, before = newest(undone), rows_of(undone)

    for attempt in (undone.undoing.plan, undone.undoing.undo):
        with pytest.raises(InputError, match=f"e1 was consolidated again since; nothing was changed: first mem undo {again}"):
            attempt(undo)
    assert rows_of(undone) == before
    undone.undoing.undo(again)
    undone.undoing.undo(undo)
    assert [hit.id for hit in undone.recall_archived("Otto Berger").hits] == ["e2"]


def test_a_note_that_was_changed_since_is_not_archived_for_one_that_said_the_same(undone: Assistant):
    undo = newest(undone)
    undone.edit("e4", "call the plumber about the boiler")
    before = rows_of(undone)

    with pytest.raises(InputError, match=f"e4 was changed since, by {newest(undone)}; nothing was changed, but .* anew"):
        undone.undoing.undo(undo)
    assert rows_of(undone) == before


def test_after_a_forget_the_log_keeps_no_summary_and_the_consolidation_stays_undone(undone: Assistant):
    undo = newest(undone)
    undone.forget(undone.plan_forget(["e2"]))

    with undone.database.read() as connection:
        kept = connection.execute("select coalesce(string_agg(concat(before, after), ''), '') from event").fetchone()[0]
    assert "Otto" not in kept
    with pytest.raises(InputError, match="words that consolidation:k1 came from were forgotten since"):
        undone.undoing.undo(undo)


def test_what_an_older_mem_took_back_is_refused_with_what_to_do_instead(undone: Assistant):
    undo = newest(undone)
    with undone.database.write() as connection:
        connection.execute("update event set before = '{\"turns\": 3}' where change = ?", [undo])

    with pytest.raises(InputError, match="an older mem took it back, and kept too little to do it again.*mem consolidate"):
        undone.undoing.plan(undo)


def test_a_yes_to_a_review_is_taken_back_and_brought_back(make_assistant: Callable[..., Assistant]):
    assistant = make_assistant()
    assistant.remember("My blood type is A positive")
    waiting = rows_of(assistant)
    assistant.approval.accept("w1")
    accepted = rows_of(assistant)
    assistant.undoing.undo()
    assert rows_of(assistant) == waiting
    assistant.undoing.undo(newest(assistant))

    assert rows_of(assistant) == accepted
    assert [fact.value for fact in assistant.facts()] == ["A positive"]


def test_a_no_to_a_review_and_words_for_core_memory_are_brought_back(make_assistant: Callable[..., Assistant]):
    assistant = make_assistant()
    assistant.remember("My blood type is A positive")
    assistant.approval.reject("w1")
    assistant.edit("human", "likes brevity")
    for _ in range(2):
        assistant.undoing.undo()
    assert (assistant.approval.count(), assistant.core()[0].value) == (1, "")
    core, review = (change.id for change in assistant.log(limit=2)[::-1])
    for change in (review, core):
        assistant.undoing.undo(change)

    assert (assistant.approval.count(), assistant.core()[0].value) == (0, "likes brevity")


def test_what_waits_because_of_a_note_is_not_asked_while_the_note_is_taken_back(make_assistant: Callable[..., Assistant]):
    assistant = make_assistant()
    assistant.remember("My blood type is A positive")
    assistant.undoing.undo()
    assert (assistant.approval.count(), assistant.approval.all(), assistant.counts()["to_review"]) == (0, [], 0)
    with pytest.raises(NotFound, match="nothing named 'w1' waits for review"):
        assistant.approval.accept("w1")
    with assistant.database.read() as connection:
        assert find_orphans(connection).told == ()
    assistant.undoing.undo(newest(assistant))

    assert [review.id for review in assistant.approval.waiting()] == ["w1"]
    assert assistant.approval.accept("w1").saved is not None


def test_the_same_claim_told_again_is_asked_although_the_first_note_was_taken_back(make_assistant: Callable[..., Assistant]):
    assistant = make_assistant()
    for _ in range(2):
        assistant.remember("My blood type is A positive")
        if assistant.approval.waiting()[-1].id == "w1":
            assistant.undoing.undo()

    assert [review.id for review in assistant.approval.waiting()] == ["w2"]
