"""The labelled messages are in two halves: "before" the patterns were written, and "after" they were finished."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mem.fact_patterns import find_facts
from mem.fact_table import PREDICATES, cardinality
from mem.fact_times import find_date

STATEMENTS = json.loads((Path(__file__).parent / "data" / "statements.json").read_text("utf-8"))
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
PIECES = [
    *("I live in ", "my sister ", "Ada ", "and ", "works at ", "'s ", "is called ", "in May ", "2019 ", ", ", ". ", "? "),
    *("who ", '"', "'", "`", "\n", "my ", "favourite ", "name is ", "allergic to ", "I'm "),
    *("don't ", "any more ", "birthday ", "3 June ", "İ", "ß", "\x00", "😂", "’"),
    *("like ", "two years ago ", "nurse ", "at ", "a ", "1 "),
]


def read(text: str, at: datetime = NOW) -> list[tuple[str, ...]]:
    """Subject, predicate, value, and "retracted" where it no longer holds."""
    facts = find_facts(text, said_at=at)
    return [(fact.subject, fact.predicate, fact.value, *(["retracted"] if fact.retracted else [])) for fact in facts]


def precision_and_recall(half: str) -> tuple[float, float]:
    right = found = wanted = 0
    for case in STATEMENTS[half]:
        labels = {tuple(label) for label in case["facts"]}
        facts = set(read(case["text"], datetime.fromisoformat(case["said_at"])))
        right, found, wanted = right + len(labels & facts), found + len(facts), wanted + len(labels)
    return right / found, right / wanted


@pytest.mark.parametrize(("half", "least_recall"), [("before", 0.6), ("after", 0.5)])
def test_what_is_found_is_right_and_most_is_found(half: str, least_recall: float) -> None:
    precision, recall = precision_and_recall(half)

    assert precision >= 0.95
    assert recall >= least_recall


@pytest.mark.parametrize("half", ["before", "after"])
def test_a_third_of_the_labelled_messages_states_nothing(half: str) -> None:
    empty = [case for case in STATEMENTS[half] if not case["facts"]]

    assert len(empty) / len(STATEMENTS[half]) >= 0.3


@pytest.mark.parametrize("case", STATEMENTS["before"] + STATEMENTS["after"], ids=lambda case: case["text"][:40])
def test_every_quote_is_in_the_text_and_holds_the_value(case: dict[str, str]) -> None:
    for fact in find_facts(case["text"], said_at=datetime.fromisoformat(case["said_at"])):
        assert fact.quote in case["text"]
        assert fact.value in fact.quote
        assert fact.cardinality == cardinality(fact.predicate)
        assert fact.predicate in PREDICATES or fact.predicate.startswith("favourite ")


def test_a_sentence_with_three_facts_gives_each_its_subject_quote_and_time() -> None:
    facts = find_facts("my sister Ada moved to Lisbon in May and works at the aquarium", said_at=NOW)

    assert [(fact.subject, fact.predicate, fact.value, fact.quote, fact.valid_at) for fact in facts] == [
        ("user", "sister", "Ada", "my sister Ada", None),
        ("Ada", "lives in", "Lisbon", "my sister Ada moved to Lisbon in May", datetime(2026, 5, 1, tzinfo=UTC)),
        ("Ada", "works at", "the aquarium", "my sister Ada moved to Lisbon in May and works at the aquarium", None),
    ]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("My dog is called “Biscuit”.", [("user", "dog", "Biscuit")]),
        ("My mum is 70 years old. She owns a boat.", [("user's mum", "age", "70"), ("user's mum", "owns", "boat")]),
        ("My sister Ada met Maria. She lives in Rome.", [("user", "sister", "Ada")]),
        ("My brother Tom called. She lives in Rome.", [("user", "brother", "Tom")]),
        ("I have two kids. How do I make porridge?", [("user", "has", "two kids")]),
        ("I don't eat meat or fish.", [("user", "does not eat", "meat"), ("user", "does not eat", "fish")]),
        ("I don't eat meat any more.", [("user", "does not eat", "meat")]),
        ("I'm no longer vegetarian.", [("user", "diet", "vegetarian", "retracted")]),
        ("I live in Portland, Oregon, and own a boat.", [("user", "lives in", "Portland, Oregon"), ("user", "owns", "boat")]),
        ("I love tea and need help planning dinner.", [("user", "likes", "tea")]),
        ("My favorite author is Ursula K. Le Guin.", [("user", "favourite author", "Ursula K. Le Guin")]),
        ("No, her name is Eva.", []),
        ("I'd love it if I lived in Rome. I moved to Google Docs.", []),
        ("My sister said I live in a zoo. My name is unusual.", []),
        ("allergic to nuts, by the way", [("user", "allergic to", "nuts")]),
        ("new job: baker at Lola's", [("user", "works as", "baker"), ("user", "works at", "Lola")]),
        ("new job: someone has to do it", []),
        ("I take 20 mg of ramipril every morning", [("user", "takes", "20 mg of ramipril")]),
        ("I take 20 minutes to walk there. I take the bus.", []),
        ("My parents live in Hull. They own a caravan.",
         [("user's parents", "lives in", "Hull"), ("user's parents", "owns", "caravan")]),
        ("My friend Sam called. They live in Rome.", [("user", "friend", "Sam"), ("Sam", "lives in", "Rome")]),
        ("My friend Sam works at Eni. They moved to Rome.", [("user", "friend", "Sam"), ("Sam", "works at", "Eni")]),
        ("My sister Ada is married to Ben. Ben works as a plumber.",
         [("user", "sister", "Ada"), ("Ada", "married to", "Ben"), ("Ben", "works as", "plumber")]),
        ("Ben works as a plumber. My sister Ada is married to Ben.",
         [("Ben", "works as", "plumber"), ("user", "sister", "Ada"), ("Ada", "married to", "Ben")]),
        ("My girlfriend is my PS5 lol. I live in Rome.", [("user", "lives in", "Rome")]),
        ("I live in a castle. My butler is called Jeeves. lol", []),
        ("my friend Gav (we went to school together) lives in Bath", [("user", "friend", "Gav"), ("Gav", "lives in", "Bath")]),
        ("we live in interesting times", []),
        ("Remember: my locker combination is 12-4-30 and my api key is sk-abc123def456ghi789.", []),
    ],
)  # fmt: skip
def test_a_text_states_exactly(text: str, facts: list[tuple[str, ...]]) -> None:
    assert read(text) == facts


def test_a_bare_name_is_somebody_only_when_already_known() -> None:
    assert read("Ada moved to Porto.") == []

    known = find_facts("Ada moved to Porto.", said_at=NOW, names=["Ada"])

    assert [(fact.subject, fact.predicate, fact.value) for fact in known] == [("Ada", "lives in", "Porto")]


@pytest.mark.parametrize(
    ("phrase", "when"),
    [
        ("in May", datetime(2026, 5, 1, tzinfo=UTC)),
        ("last December", datetime(2025, 12, 1, tzinfo=UTC)),
        ("since March", datetime(2026, 3, 1, tzinfo=UTC)),
        ("in 2019", datetime(2019, 1, 1, tzinfo=UTC)),
        ("on 3 June", datetime(2026, 6, 3, tzinfo=UTC)),
        ("in March 2020", datetime(2020, 3, 1, tzinfo=UTC)),
        ("last week", datetime(2026, 11, 14, 10, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("two years ago", datetime(2024, 11, 21, 10, tzinfo=UTC)),
        ("in 2090", None),
        ("some time", None),
    ],
)
def test_a_time_is_read_as_seen_from_when_it_was_said(phrase: str, when: datetime | None) -> None:
    assert find_date(f"I moved {phrase}", said_at=NOW) == when


def test_a_day_is_the_speakers_day() -> None:
    early_in_tokyo = datetime(2026, 11, 21, 3, tzinfo=timezone(timedelta(hours=9)))

    assert find_date("yesterday", said_at=early_in_tokyo) == datetime(2026, 11, 19, 18, tzinfo=UTC)


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_no_text_raises_or_yields_a_quote_that_it_does_not_hold(text: str) -> None:
    for fact in find_facts(text, said_at=NOW):
        assert fact.quote
        assert fact.quote in text


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        *("my " * 30_000, "a" * 100_000, "I live in " * 10_000, '" ' * 50_000, "." * 100_000 + "a", ("I, " * 160 + ". ") * 200),
        *(" " * 100_000, "'a " * 33_000, "\n" * 100_000, "My Ada " * 14_000),
    ],
    ids=["my", "a", "live", "quotes", "dots", "clauses", "blanks", "apostrophes", "lines", "names"],
)
def test_a_very_long_text_without_a_statement_is_read_to_its_end(text: str) -> None:
    assert find_facts(text, said_at=NOW) == []


def test_a_statement_after_a_sentence_too_long_to_read_is_found() -> None:
    assert read("word " * 5_000 + ". I live in Rome.") == [("user", "lives in", "Rome")]
