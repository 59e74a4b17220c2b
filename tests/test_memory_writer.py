from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mem.assistant import Assistant
from mem.errors import Interrupted, ModelError
from mem.memory_writer import ATTEMPTS, decide
from mem.models.scripted import ScriptedChatModel, says
from mem.records import Fact, FactCandidate

SAID = datetime(2026, 6, 1, tzinfo=UTC)
MakeAssistant = Callable[..., Assistant]


def fact(value: str, *, predicate: str = "lives in", valid_at: datetime | None = None) -> Fact:
    return Fact("f1", "user", predicate, value, "one", SAID - timedelta(days=9), valid_at)


def claim(value: str, *, predicate: str = "lives in", **more: Any) -> FactCandidate:
    return FactCandidate("user", predicate, value, "quote", more.pop("cardinality", "one"), **more)


@pytest.mark.parametrize(
    ("candidate", "known", "decision", "concerns"),
    [
        (claim("Rome"), [], "add", None),
        (claim("rome"), [fact("Rome")], "none", "Rome"),
        (claim("Lisbon"), [fact("Rome")], "update", "Rome"),
        (claim("tea", predicate="likes", cardinality="many"), [fact("coffee", predicate="likes")], "add", None),
        (claim("Rome", retracted=True), [fact("Rome")], "invalidate", "Rome"),
        (claim("Oslo", retracted=True), [fact("Rome")], "none", None),
        (claim("Rome", valid_at=SAID - timedelta(days=2000)), [fact("Lisbon", valid_at=SAID)], "none", None),
    ],
)
def test_a_claim_is_decided_by_its_slot(candidate: Any, known: Any, decision: str, concerns: str | None) -> None:
    decided, other = decide(candidate, known, SAID)

    assert (decided, other and other.value) == (decision, concerns)


def test_a_new_value_ends_the_old_one(make_assistant: MakeAssistant, saved: Any, now: Any) -> None:
    assistant = make_assistant()
    assistant.remember("I live in Rome")
    now.advance(days=10)
    assistant.remember("I moved to Lisbon")

    assert [known.sentence for known in assistant.facts()] == ["you live in Lisbon"]
    assert [(old.value, old.invalid_at) for old in assistant.facts(superseded=True) if not old.current] == [("Rome", now())]
    assert [outcome.decision for outcome in saved] == ["add", "update"]


def test_every_fact_quotes_its_source(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant(says("Nice."))
    turn = assistant.open_chat().step("Hello! My sister Ada moved to Lisbon in May.")

    for known in assistant.facts():
        [evidence] = known.evidence
        assert evidence.quote in turn.user.text
        assert (evidence.episode, evidence.message) == ("e1", turn.user.id)


def test_the_same_told_again_is_evidence_not_a_new_fact(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("I live in Rome")
    assistant.remember("As you know, I live in Rome")

    [known] = assistant.facts()
    assert [evidence.episode for evidence in known.evidence] == ["e1", "e2"]


def test_recalled_text_is_never_learned_again(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant(says("ok"), says("Your sister Ada lives in Lisbon, and I work at NASA."))
    assistant.remember("my sister Ada lives in Lisbon")
    facts_before = assistant.facts()

    assistant.open_chat().step("tell me about my sister")

    assert assistant.facts() == facts_before


def test_nothing_is_learned_when_learning_is_off(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant(learn="off")
    assistant.remember("I live in Rome")

    assert (assistant.facts(), assistant.pending()) == ([], [])
    assert assistant.recall("Rome").hits[0].id == "e1"


def test_a_model_that_can_reads_what_patterns_miss(make_assistant: MakeAssistant) -> None:
    text = "Every evening I practise the oboe with my neighbour Ruth, I play the oboe."
    found = {"facts": [{"subject": "user", "predicate": "practises", "value": "the oboe", "quote": "I practise the oboe"}]}
    assistant = make_assistant(says("ok"), extractions=[found], learn="auto")
    assistant.open_chat().step(text)

    assert assistant.pending() == []
    assert all(evidence.quote in text for known in assistant.facts() for evidence in known.evidence)
    assert any("oboe" in known.value for known in assistant.facts())


def test_a_failed_extraction_waits_visibly_and_is_tried_again(make_assistant: MakeAssistant, notices: list[str]) -> None:
    broken = [ModelError("no JSON came")] * ATTEMPTS
    assistant = make_assistant(says("ok"), extractions=broken)
    assistant.open_chat().step("I practise the oboe every evening with Ruth")

    [work] = assistant.pending()
    assert (work.step, work.attempts, work.last_error) == ("extract", 1, "no JSON came")
    assert notices[-1] == "facts of e1 wait: no JSON came"
    for _ in range(ATTEMPTS + 3):
        assistant.writer.drain()
    assert assistant.pending()[0].attempts == ATTEMPTS


def test_an_extraction_that_gave_way_did_not_fail(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant(says("ok"), extractions=[Interrupted("the user typed")])
    assistant.open_chat().step("I practise the oboe every evening with Ruth")

    assert [(work.step, work.attempts) for work in assistant.pending()] == [("extract", 0)]


def test_what_is_owed_is_done_at_the_next_start(make_assistant: MakeAssistant, messages: Any) -> None:
    messages.record_user("my sister Ada moved to Lisbon", session=None)  # and then the process was killed

    later = make_assistant()
    later.writer.drain()

    assert [known.sentence for known in later.facts()] == ["your sister is Ada", "Ada lives in Lisbon"]
    assert later.pending() == []


def test_the_writer_works_in_the_background(make_assistant: MakeAssistant, saved: Any) -> None:
    assistant = make_assistant(says("ok"))
    chat = assistant.open_chat()
    assistant.writer.start()
    chat.step("I live in Rome")

    assert assistant.writer.wait(60)
    assert [outcome.fact.sentence for outcome in saved] == ["you live in Rome"]
    assert assistant.recall("Rome").hits


def test_work_done_twice_saves_once(make_assistant: MakeAssistant, messages: Any) -> None:
    messages.record_user("I live in Rome", session=None)
    one, other = make_assistant(), make_assistant()
    [work] = one.pending()

    assert len(one.writer.do(work)) == 1
    assert other.writer.do(work) == []
    assert len(one.facts()) == 1


def test_a_weak_model_is_never_asked_for_facts(make_assistant: MakeAssistant) -> None:
    model = ScriptedChatModel(says("ok"))
    assistant = make_assistant(chat_model=model)
    assistant.open_chat().step("I practise the oboe every evening with Ruth")

    assert len(model.prompts) == 1
    assert assistant.pending() == []


def test_an_extraction_that_comes_late_does_not_undo_what_was_said_since(make_assistant: MakeAssistant, now: Any) -> None:
    late = {"facts": [{"subject": "user", "predicate": "lives in", "value": "Berlin", "quote": "My flat is in Berlin"}]}
    assistant = make_assistant(says("ok"), says("ok"), extractions=[Interrupted("typed"), late, {"facts": []}])
    chat = assistant.open_chat()
    chat.step("My flat is in Berlin, by the way, where I sleep")
    now.advance(days=1)
    chat.step("I live in Lisbon")
    assistant.retry_pending()

    assert [known.sentence for known in assistant.facts() if known.predicate == "lives in"] == ["you live in Lisbon"]


def test_a_disk_error_in_the_background_is_told_and_waiting_ends(make_assistant: MakeAssistant, notices: list[str]) -> None:
    assistant = make_assistant(says("ok"))
    chat = assistant.open_chat()
    assistant.writer.start()
    chat.step("hello there")
    assert assistant.writer.wait(60)
    assistant.database.path.rename(assistant.database.path.with_suffix(".away"))

    assistant.writer.wake()

    assert assistant.writer.wait(60)
    assert notices
