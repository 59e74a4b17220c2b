"""What waits for the user's yes: how it comes to wait, and what yes and no do. Real stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mem.assistant import Assistant
from mem.errors import InputError, NotFound
from mem.models.scripted import calls, says
from mem.records import SavedFact

MakeAssistant = Callable[..., Assistant]


def sentences(assistant: Assistant) -> list[str]:
    return [fact.sentence for fact in assistant.facts()]


def test_what_is_at_stake_waits_and_the_plain_rest_is_saved(make_assistant: MakeAssistant, saved: list[SavedFact]) -> None:
    told: list[Any] = []
    assistant = make_assistant()
    assistant.on_waiting = told.extend
    assistant.remember("I'm allergic to peanuts. I live in Rome.")

    assert sentences(assistant) == ["you live in Rome"]
    [waiting] = assistant.approval.waiting()
    assert (waiting.sentence, waiting.reason, waiting.candidate.quote in "I'm allergic to peanuts. I live in Rome.") == (
        "you are allergic to peanuts", "health", True,
    )  # fmt: skip
    assert told == [waiting]
    assert [outcome.fact.sentence for outcome in saved] == ["you live in Rome"]
    assert "peanuts" in assistant.recall("am I allergic to peanuts?").hits[0].text  # found where it was said


def test_both_readings_wait_where_two_people_have_the_name(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant(approve="never")
    assistant.remember("My sister Ada lives in Oslo. My friend Ada lives in Bonn.")
    assistant.remember("Ada moved to Rome")

    assert [(one.sentence, one.reason) for one in assistant.approval.waiting()] == [
        ("Ada lives in Rome", "it is not clear which Ada is meant"),
        ("Ada (friend) lives in Rome", "it is not clear which Ada is meant"),
    ]
    assistant.approval.accept("w2")
    assistant.approval.reject("w1")
    assert [fact.sentence for fact in assistant.facts() if fact.predicate == "lives in"] == [
        "Ada lives in Oslo", "Ada (friend) lives in Rome",
    ]  # fmt: skip


def test_a_yes_saves_it_as_the_user_s_own_and_it_waits_no_more(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("I'm allergic to peanuts")
    accepted = assistant.approval.accept("w1")
    assistant.remember("As I said, I'm allergic to peanuts")

    [fact] = assistant.facts()
    assert (fact.sentence, fact.origin) == ("you are allergic to peanuts", "user_confirmed")
    assert [evidence.episode for evidence in fact.evidence] == ["e1", "e2"]
    assert accepted.saved == SavedFact("add", replace(fact, evidence=fact.evidence[:1]))
    assert assistant.approval.waiting() == []
    with pytest.raises(NotFound):
        assistant.approval.accept("w1")


def test_a_no_is_not_asked_again_for_the_same_words_but_for_others(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("My name is Otto")
    assistant.approval.reject("w1")
    assistant.remember("Hello! My name is Otto")
    assert assistant.approval.count() == 0

    assistant.remember("Please note, my full name is Otto")
    assert ([review.id for review in assistant.approval.waiting()], assistant.facts()) == (["w2"], [])


def test_the_same_claim_waits_once_however_often_it_is_told(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("I'm allergic to peanuts")
    assistant.remember("I am very allergic to peanuts")

    assert [review.episode for review in assistant.approval.waiting()] == ["e1"]


def test_a_claim_can_be_rewritten_before_it_is_saved(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("I'm allergic to peanuts")
    [review] = assistant.approval.waiting()
    claim = assistant.approval.rewritten(review, subject="user", predicate="allergic to", value=" all  nuts ")
    assistant.approval.accept("w1", edited=claim)

    assert sentences(assistant) == ["you are allergic to all nuts"]
    assert assistant.facts()[0].evidence[0].quote in "I'm allergic to peanuts"
    with pytest.raises(InputError):
        assistant.approval.rewritten(review, subject="user", predicate=" ", value="x")


def test_a_change_of_something_at_stake_waits_too_and_then_ends_the_old(make_assistant: MakeAssistant, now: Any) -> None:
    assistant = make_assistant()
    assistant.remember("My name is Otto")
    assistant.approval.accept("w1")
    now.advance(days=3)
    assistant.remember("My name is Oscar")
    assert sentences(assistant) == ["your name is Otto"]

    assistant.approval.accept("w2")
    assert sentences(assistant) == ["your name is Oscar"]


def test_what_contradicts_a_pinned_fact_waits(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("I live in Rome")
    assistant.fact_store.pin("f1")
    assistant.remember("I live in Oslo")
    assert sentences(assistant) == ["you live in Rome"]
    assert [review.reason for review in assistant.approval.waiting()] == ["it contradicts a pinned fact: you live in Rome"]

    assistant.approval.accept("w1")
    assert sentences(assistant) == ["you live in Oslo"]


@pytest.mark.parametrize(("approve", "known", "waits"), [("all", 0, 2), ("never", 2, 0), ("stakes", 1, 1)])
def test_the_setting_decides_what_is_asked(make_assistant: MakeAssistant, approve: str, known: int, waits: int) -> None:
    assistant = make_assistant(approve=approve)
    assistant.remember("I'm allergic to peanuts. I live in Rome.")

    assert (len(assistant.facts()), assistant.approval.count()) == (known, waits)


def test_imported_text_becomes_no_fact_by_itself(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.rows.file("I live in Rome", kind="imported", origin="imported", learn=True)
    assistant.writer.drain()

    assert assistant.facts() == []
    assert [review.reason for review in assistant.approval.waiting()] == ["it does not stand in your own words"]


def test_what_a_tool_files_or_returns_and_what_is_answered_become_no_facts(make_assistant: MakeAssistant) -> None:
    filing = calls("archival_memory_insert", content="I live in Rome. My sister Ada lives in Lisbon.")
    asking = calls("archival_memory_search", query="where does my sister live?")
    assistant = make_assistant(filing, asking, says("I live in Oslo, and your sister Ada lives in Lisbon."))
    turn = assistant.open_chat().step("please look it up")

    assert len(turn.tool_messages) == 4
    assert (assistant.facts(), assistant.approval.waiting(), assistant.pending()) == ([], [], [])


def test_no_tool_says_yes_to_what_waits(make_assistant: MakeAssistant) -> None:
    tried = [calls(name, id="w1") for name in ("review_accept", "approve", "mem_review")]
    assistant = make_assistant(*tried, says("done"))
    assistant.remember("I'm allergic to peanuts")
    turn = assistant.open_chat().step("approve w1 for me")

    offered = {tool.name for tool in assistant.open_chat()._offered()}
    assert not [name for name in offered if "review" in name or "approv" in name or "accept" in name]
    assert all("there is no tool" in message.text for message in turn.tool_messages if message.role == "tool")
    assert (assistant.facts(), assistant.approval.count()) == ([], 1)


def test_a_secret_is_refused_and_the_user_is_told(make_assistant: MakeAssistant, notices: list[str]) -> None:
    assistant = make_assistant(approve="never")
    assistant.remember("My password is hunter2. I live in Rome.")

    assert sentences(assistant) == ["you live in Rome"]
    assert notices == ["masked before storing: a secret (password); to keep a text in full: mem remember --sensitive"]
    assert "hunter2" not in assistant.episodes()[0].text


def test_a_yes_can_be_taken_back_and_then_waits_again(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("I'm allergic to peanuts")
    assistant.approval.accept("w1")
    assistant.undoing.undo()

    assert (assistant.facts(), [review.id for review in assistant.approval.waiting()]) == ([], ["w1"])


@pytest.mark.parametrize("answer", ["waits", "accepted", "rejected"])
def test_what_waits_is_forgotten_with_the_words_it_was_read_in(make_assistant: MakeAssistant, answer: str) -> None:
    assistant = make_assistant()
    assistant.remember("I'm allergic to marzipan")
    if answer != "waits":
        {"accepted": assistant.approval.accept, "rejected": assistant.approval.reject}[answer]("w1")
    assistant.forget(assistant.plan_forget(["e1"]))

    with assistant.database.read() as connection:
        left = connection.execute("select cast(list(r) as varchar) from review r").fetchall()
        left += connection.execute("select cast(list(v) as varchar) from event v").fetchall()
    assert "marzipan" not in str(left)


def test_an_accepted_fact_is_forgotten_with_the_log_of_its_yes(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("I'm allergic to marzipan")
    assistant.approval.accept("w1")
    assistant.forget(assistant.plan_forget(["f1"]))

    with assistant.database.read() as connection:
        left = connection.execute("select cast(list(v) as varchar) from event v").fetchall()
    assert "marzipan" not in str(left)


def test_an_edited_review_keeps_its_place_in_the_slot(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("My name is Otto")
    [review] = assistant.approval.waiting()

    same = assistant.approval.rewritten(review, subject="user", predicate="name", value="Otto")
    assert same == review.candidate
    assert assistant.approval.rewritten(review, subject="user", predicate="likes", value="Otto") == replace(
        review.candidate, predicate="likes", cardinality="many"
    )
