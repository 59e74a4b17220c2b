"""What puts a held fact in doubt, what does not, and what the user is asked then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mem.assistant import Assistant
from mem.doubts import STILL_SO
from mem.fact_reading import read_facts
from mem.records import Evidence, Fact, SavedFact

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
MakeAssistant = Callable[..., Assistant]


def fact(predicate: str, value: str, *, minutes_ago: int = 100_000) -> Fact:
    said_at = NOW - timedelta(minutes=minutes_ago)
    return Fact(f"f-{value}", "user", predicate, value, "one", said_at, evidence=(Evidence(value, "e1", "m1", said_at),))


JOB, HOME, CAT = fact("works at", "Deloitte"), fact("lives in", "Norwich"), fact("cat", "Mog")
HUGO, CAR, BOAT = fact("boyfriend", "Hugo"), fact("drives", "Fiesta"), fact("owns", "boat", minutes_ago=2)
HELD = [JOB, HOME, CAT, HUGO, CAR]


def ended(text: str, held: list[Fact]) -> list[str]:
    return [claim.value for claim in read_facts(text, said_at=NOW, held=held) if claim.retracted]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("They have shown me the door at Deloitte", "Deloitte"),
        ("Deloitte and I have parted ways", "Deloitte"),
        ("now that I've left Deloitte what do I do with my pension?", "Deloitte"),
        ("Goodbye Norwich, hello sea", "Norwich"),
        ("moved! so tired. pizza?", "Norwich"),
        ("my poor Mog, 17 years, buried under the apple tree", "Mog"),
        ("newly single, what do people wear on dates now", "Hugo"),
        ("the Fiesta's gone to the big car park in the sky", "Fiesta"),
    ],
)  # fmt: skip
def test_what_sounds_as_if_it_were_over_is_held_no_longer_and_asked_about(text: str, value: str) -> None:
    over, asked = read_facts(text, said_at=NOW, held=HELD)

    assert (over.value, over.retracted, over.corrects) == (value, True, "")
    assert (asked.value, asked.retracted, asked.unsure) == (value, False, STILL_SO)
    assert over.quote in text


@pytest.mark.parametrize(
    "text",
    [
        "I left work early, Deloitte was dead",
        "thinking of quitting Deloitte, talk me out of it",
        "should I leave Deloitte?",
        "My sister left Deloitte last year",
        "I'm still at Deloitte, they sacked my boss",
        "I'd never leave Norwich",
        "the flat above ours got sold",
        "Mog lost a tooth",
        "the neighbour's cat died and Mog is sulking",
        "Hugo split his trousers at a wedding",
        "Hugo's parents are divorced",
        "Hugo got a new job, so proud",
        "had the Fiesta's exhaust replaced",
        "left the Fiesta at the station, need a lift",
    ],
)
def test_what_is_only_spoken_of_stays(text: str) -> None:
    assert ended(text, HELD) == []


@pytest.mark.parametrize(
    "text", ["only joking, I get seasick", "that was a lie", "kidding!", "I made the boat up", "you believed that?"]
)
def test_what_was_a_joke_was_never_so(text: str) -> None:
    [taken_back] = [claim for claim in read_facts(text, said_at=NOW, held=[HOME, BOAT]) if claim.retracted]

    assert (taken_back.value, taken_back.corrects) == ("boat", "boat")


@pytest.mark.parametrize(
    "text", ["I was only joking about the pizza", "thanks, that's wrong though: it is Canberra", "never mind"]
)
def test_what_is_not_about_what_was_told_takes_nothing_back(text: str) -> None:
    assert ended(text, [HOME, BOAT]) == []


@pytest.mark.parametrize(
    ("held", "text", "right"),
    [
        (fact("cat", "Tibbles", minutes_ago=2), "stupid keyboard, it's Nibbles", "Nibbles"),
        (fact("birthday", "3 May", minutes_ago=2), "13 May, sorry", "13 May"),
        (fact("age", "41", minutes_ago=2), "42, I keep forgetting", "42"),
    ],
)
def test_a_slip_said_again_is_mended(held: Fact, text: str, right: str) -> None:
    [claim] = read_facts(text, said_at=NOW, held=[held])

    assert (claim.value, claim.corrects) == (right, held.value)


def test_the_user_says_whether_it_is_still_so(make_assistant: MakeAssistant, saved: list[SavedFact]) -> None:
    assistant = make_assistant()
    assistant.remember("I work at Deloitte")
    assistant.remember("They have shown me the door at Deloitte")

    assert [outcome.decision for outcome in saved] == ["add", "invalidate"]
    assert assistant.facts() == []
    [waiting] = assistant.approval.waiting()
    assert (waiting.sentence, waiting.reason) == ("you work at Deloitte", STILL_SO)

    assistant.approval.accept(waiting.id)
    assert [one.sentence for one in assistant.facts()] == ["you work at Deloitte"]


def test_what_was_a_joke_leaves_no_past(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("I own a boat")
    assistant.remember("only joking")

    [boat] = assistant.facts(superseded=True)
    assert (boat.current, boat.invalid_at, boat.expired_at is None) == (False, None, False)
    assistant.undoing.undo()
    assert [one.sentence for one in assistant.facts()] == ["you own boat"]


def test_a_yes_to_the_end_of_a_pinned_fact_only_ends_it(make_assistant: MakeAssistant) -> None:
    assistant = make_assistant()
    assistant.remember("I live in Bath")
    assistant.fact_store.pin("f1")
    assistant.remember("I no longer live in Bath")

    [waiting] = assistant.approval.waiting()
    assistant.approval.accept(waiting.id)
    assert [(one.value, one.current) for one in assistant.facts(superseded=True)] == [("Bath", False)]
