from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mem.records import Fact, FactCandidate
from mem.redaction import holds_secret
from mem.stakes import stake

SAID = datetime(2026, 6, 1, tzinfo=UTC)
HELD = Fact("f1", "user", "lives in", "Rome", "one", SAID)


def claim(subject: str, predicate: str, value: str) -> FactCandidate:
    return FactCandidate(subject, predicate, value, "quote")


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        (claim("user", "name", "Otto"), "who you are"),
        (claim("user", "birthday", "3 May"), "who you are"),
        (claim("user", "was born in", "Rome"), "who you are"),
        (claim("user", "gender", "female"), "who you are"),
        (claim("user", "allergic to", "peanuts"), "health"),
        (claim("Ada", "allergic to", "nuts"), "health"),
        (claim("user", "has", "type 2 diabetes"), "health"),
        (claim("Ada", "condition", "gout"), "health"),
        (claim("user", "takes", "20 mg of ramipril"), "health"),
        (claim("user", "diet", "lactose-intolerant"), "health"),
        (claim("user", "salary", "54,000"), "money"),
        (claim("user", "owes", "the bank 900 euros"), "money"),
        (claim("user", "has", "£20,000"), "money"),
        (claim("user", "lives in", "Cancer"), ""),
        (claim("user", "works as", "debt adviser"), ""),
        (claim("user's dog", "name", "Biscuit"), ""),
        (claim("Ada", "birthday", "3 May"), ""),
        (claim("user", "diet", "vegan"), ""),
        (claim("user", "has", "two kids"), ""),
        (claim("user", "likes", "medicine ball games"), ""),
        (claim("user", "sister", "Ada"), ""),
    ],
)
def test_identity_health_and_money_wait_and_plain_facts_do_not(candidate: FactCandidate, reason: str) -> None:
    assert stake(candidate, "add", None, origin="user_said", approve="stakes") == reason


def test_what_contradicts_a_pinned_fact_waits_also_where_nothing_else_is_asked() -> None:
    pinned = replace(HELD, pinned=True)
    found = [
        stake(claim("user", "lives in", "Oslo"), decision, held, origin="user_said", approve="never")
        for decision, held in (("update", pinned), ("update", HELD), ("past", pinned), ("none", pinned))
    ]

    assert found == ["it contradicts a pinned fact: you live in Rome", "", "", ""]


@pytest.mark.parametrize("origin", ["imported", "tool", "assistant_said", "program"])
def test_what_is_not_in_the_user_s_words_waits_whatever_the_setting(origin: str) -> None:
    found = stake(claim("user", "likes", "tea"), "add", None, origin=origin, approve="never")  # type: ignore[arg-type]

    assert found == "it does not stand in your own words"


def test_everything_or_nothing_is_asked_where_the_setting_says_so() -> None:
    plain, health = claim("user", "likes", "tea"), claim("user", "allergic to", "nuts")

    assert stake(plain, "add", None, origin="user_said", approve="all") == "everything is asked"
    assert stake(health, "add", None, origin="user_said", approve="never") == ""
    assert stake(health, "none", None, origin="user_said", approve="all") == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("my password is hunter2", True),
        ("The door code: 4711.", True),
        ("I live in Rome. My PIN is 1234, by the way.", True),
        ("use sk-abcdefghijklmnop1234 for it", True),
        ("my card is 4111 1111 1111 1111", True),
        ("I lost my PIN yesterday", False),
        ("what is my password?", False),
        ("I live in Rome and like tea", False),
    ],
)
def test_a_secret_is_known_by_what_is_told_not_by_its_name_alone(text: str, told: bool) -> None:
    assert holds_secret(text) is told
