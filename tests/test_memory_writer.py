from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mem.assistant import Assistant
from mem.errors import Interrupted, ModelError
from mem.memory_writer import ATTEMPTS, decide
from mem.models import Usage
from mem.models.scripted import ScriptedChatModel, calls, says
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
        (claim("Oslo", retracted=True), [fact("Rome")], "past", None),
        (claim("Rome", valid_at=SAID - timedelta(days=2000)), [fact("Lisbon", valid_at=SAID)], "past", None),
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


class Asked:
    """A model of facts that takes until it is told to go on, or to stop; it says when it is asked."""

    def __init__(self, *found: Any) -> None:
        self.scripted = ScriptedChatModel(says("ok"), says("ok"), extractions=found)
        self.asked = threading.Semaphore(0)
        self.going_on = threading.Semaphore(0)
        self.stopped = False
        self.stops = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scripted, name)

    def complete_json(self, *arguments: Any, **options: Any) -> Any:
        self.asked.release()
        assert self.going_on.acquire(timeout=60)
        if self.stopped:
            self.stopped = False
            raise Interrupted("stopped")
        self.scripted.usage = Usage(700, 30)
        return self.scripted.complete_json(*arguments, **options)

    def interrupt(self) -> None:
        self.stops += 1
        self.stopped = True
        self.going_on.release()


OBOE = {"facts": [{"subject": "user", "predicate": "practises", "value": "the oboe", "quote": "I practise the oboe"}]}
TOLD = "I practise the oboe every evening with Ruth"


def test_extraction_gives_way_to_typing_and_goes_on_when_there_is_quiet(make_assistant: MakeAssistant) -> None:
    model = Asked(OBOE)
    assistant = make_assistant(chat_model=model)
    chat = assistant.open_chat()
    assistant.writer.start()
    chat.step(TOLD)
    assert model.asked.acquire(timeout=60)

    assistant.writer.give_way()
    assert model.asked.acquire(timeout=60)  # the same work, again
    assert ([(work.step, work.attempts) for work in assistant.pending()], model.stops) == ([("extract", 0)], 1)

    model.going_on.release()
    assert assistant.writer.wait(60)
    assert (assistant.pending(), [fact.value for fact in assistant.facts()]) == ([], ["the oboe"])


def test_typing_while_nothing_is_extracted_stops_nothing(make_assistant: MakeAssistant) -> None:
    model = Asked()
    assistant = make_assistant(chat_model=model)
    chat = assistant.open_chat()
    assistant.writer.start()
    chat.step("hello there")
    assert assistant.writer.wait(60)
    assistant.writer.give_way()

    assert model.stops == 0


def test_messages_in_quick_succession_are_extracted_once_there_is_quiet(make_assistant: MakeAssistant) -> None:
    model = ScriptedChatModel(says("ok"), says("ok"), extractions=[OBOE, {"facts": []}])
    assistant = make_assistant(chat_model=model)
    chat = assistant.open_chat()
    assistant.writer.quiet_seconds = 3600.0
    assistant.writer.start()
    chat.step(TOLD)
    chat.step("My flat is in a tower by the way, where I sleep")
    assert not assistant.writer.wait(0.5)
    assert len(model.prompts) == 2  # answers alone

    assistant.writer.stop()
    assert [work.step for work in assistant.pending()] == ["extract", "extract"]


def test_tokens_of_a_remote_model_are_counted_and_end_for_the_day(
    make_assistant: MakeAssistant, notices: list[str], now: Any
) -> None:
    remote = {"model": "openai/any", "api_base": "http://127.0.0.1:9/v1", "extract_tokens_per_day": 700}
    model = Asked(OBOE, {"facts": []})
    model.going_on.release(9)
    assistant = make_assistant(chat_model=model, **remote)
    chat = assistant.open_chat()
    chat.step(TOLD)
    assert (assistant.pending(), assistant.pending_store.tokens_today()) == ([], 730)
    assert assistant.stats().writer_tokens_today == 730

    chat.step("I practise the violin every morning with Ruth")
    assistant.writer.drain()
    [work] = assistant.pending()
    assert (work.step, work.attempts, work.last_error) == ("extract", 0, "")
    assert [notice for notice in notices if "730 of 700" in notice] == [notices[-1]]
    now.advance(days=1)
    assistant.writer.drain()
    assert (assistant.pending(), assistant.pending_store.tokens_today()) == ([], 730)


def test_tokens_of_a_local_model_are_not_counted(make_assistant: MakeAssistant) -> None:
    model = Asked(OBOE)
    model.going_on.release()
    assistant = make_assistant(chat_model=model)
    assistant.open_chat().step(TOLD)

    assert assistant.pending() == []
    assert assistant.pending_store.tokens_today() == 0


def test_a_retry_tells_what_became_of_each_piece(make_assistant: MakeAssistant) -> None:
    broken = [ModelError("no JSON came")] * (ATTEMPTS + 1)
    assistant = make_assistant(says("ok"), says("ok"), extractions=[*broken, OBOE, Interrupted("typed")])
    chat = assistant.open_chat()
    chat.step(TOLD)
    for _ in range(ATTEMPTS):
        assistant.writer.drain()

    first = assistant.retry_pending(all=False)
    assert [(outcome.work.turn, outcome.waits) for outcome in first] == [("t1", "no JSON came")]
    assert assistant.pending()[0].attempts == ATTEMPTS + 1
    second = assistant.retry_pending(all=False)
    assert [(outcome.waits, [saved.fact.value for saved in outcome.saved]) for outcome in second] == [("", ["the oboe"])]
    assert (assistant.pending(), assistant.retry_pending()) == ([], [])


def test_work_that_has_not_failed_is_retried_only_with_all(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant(says("ok"), extractions=[Interrupted("typed"), OBOE])
    assistant.open_chat().step(TOLD)

    assert assistant.retry_pending(all=False) == []
    assert [outcome.waits for outcome in assistant.retry_pending(all=True)] == [""]


def test_what_a_weak_model_cannot_read_waits_for_another(make_assistant: MakeAssistant, messages: Any) -> None:
    able = make_assistant(says("ok"), extractions=[Interrupted("typed")])
    able.open_chat().step(TOLD)
    weak = make_assistant(says("ok"))
    weak.open_chat().step("hello there")

    assert [(work.turn, work.step, work.attempts) for work in weak.pending()] == [("t1", "extract", 0)]
    assert "cannot read facts" in weak.retry_pending()[0].waits


def test_nothing_is_learned_from_what_is_said_while_learning_is_off(make_assistant: MakeAssistant) -> None:
    filing = calls("archival_memory_insert", content="I live in Rome")
    noting = calls("core_memory_append", label="human", content="I live in Rome")
    assistant = make_assistant(filing, noting, says("ok"), says("ok"))
    chat = assistant.open_chat()
    assistant.learning = False
    turn = chat.step("I live in Rome")
    assistant.learning = True
    chat.step("I like tea")

    assert [fact.sentence for fact in assistant.facts()] == ["you like tea"]
    assert all("switched learning off" in message.text for message in turn.tool_messages if message.role == "tool")
    assert {tool.name for tool in chat._offered()} > {"archival_memory_insert"}
    assert [episode.text for episode in assistant.episodes()] == ["I like tea", "I live in Rome"]
    assert all(not block.value for block in assistant.core())
    assert make_assistant().writer.drain() == []  # nor by whoever comes after
