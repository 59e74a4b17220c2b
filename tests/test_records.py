import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mem.cli.lines import saved_line
from mem.records import CoreBlock, Evidence, Fact, Hit, Message, Retrieval, Route, SavedFact, ToolCall, to_json

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


def fact(subject: str, predicate: str, value: str, **options) -> Fact:
    return Fact(options.pop("id", "f1"), subject, predicate, value, "one", NOW, **options)


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "sentence"),
    [
        ("user", "lives in", "Lisbon", "you live in Lisbon"),
        ("user", "does not eat", "meat", "you do not eat meat"),
        ("Ada", "lives in", "Lisbon", "Ada lives in Lisbon"),
        ("user's sister", "works as", "a nurse", "your sister works as a nurse"),
        ("user", "sister", "Ada", "your sister is Ada"),
        ("Ada", "birthday", "3 May", "Ada's birthday is 3 May"),
        ("user's dog", "name", "Biscuit", "your dog's name is Biscuit"),
        ("user", "allergic to", "peanuts", "you are allergic to peanuts"),
        ("user's son", "married to", "Eve", "your son is married to Eve"),
    ],
)
def test_a_fact_is_said_to_the_user(subject, predicate, value, sentence):
    assert fact(subject, predicate, value).sentence == sentence


def test_a_fact_is_current_until_it_is_ended_or_no_longer_believed():
    assert fact("user", "likes", "tea").current
    assert not fact("user", "likes", "tea", invalid_at=NOW).current
    assert not fact("user", "likes", "tea", expired_at=NOW).current


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (SavedFact("add", fact("user", "likes", "tea")), "remembered: you like tea [f1]"),
        (SavedFact("none", fact("user", "likes", "tea")), "known already: you like tea [f1]"),
        (SavedFact("invalidate", fact("user", "likes", "tea")), "no longer true: you like tea [f1]"),
        (
            SavedFact("update", fact("user", "lives in", "Porto", id="f2"), fact("user", "lives in", "Lisbon")),
            "remembered: you live in Porto [f2], no longer Lisbon [f1]",
        ),
        (
            SavedFact("correct", fact("user", "lives in", "Porto", id="f2"), fact("user", "lives in", "Lisbon")),
            "corrected: you live in Porto [f2], never Lisbon [f1]",
        ),
        (SavedFact("past", fact("user", "lives in", "Rome")), "remembered as past: you live in Rome [f1]"),
    ],
)
def test_what_was_saved_is_told_with_its_id(outcome, line):
    assert saved_line(outcome) == line


def test_records_become_json_with_times_that_have_an_offset():
    hit = Hit("e1", "turn", "text", NOW, 0.5)
    value = to_json({"retrieval": Retrieval("q", Route(("episodic",), "r"), (hit,), 1.0), "path": Path("/a"), 1: {"x"}})

    assert json.loads(json.dumps(value)) == value
    assert value["retrieval"]["hits"][0]["happened_at"] == "2026-06-01T09:00:00+00:00"
    assert value["retrieval"]["route"]["tiers"] == ["episodic"]
    assert (value["path"], value["1"]) == ("/a", ["x"])


def test_nested_records_and_empty_values_become_json():
    message = Message("assistant", "", tool_calls=(ToolCall("c", "f", {"a": [1, None, True]}),))
    evidence = fact("user", "likes", "tea", evidence=(Evidence("I like tea", "e1", "m1", NOW),))

    assert to_json(message)["tool_calls"] == [{"id": "c", "name": "f", "arguments": {"a": [1, None, True]}}]
    assert to_json(message)["created_at"] is None
    assert to_json(evidence)["evidence"][0]["said_at"] == "2026-06-01T09:00:00+00:00"


def test_records_do_not_change():
    block = CoreBlock("human", "who", "x", 10)
    with pytest.raises(FrozenInstanceError):
        block.value = "y"

    assert block.value == "x"
