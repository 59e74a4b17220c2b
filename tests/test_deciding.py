from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mem.deciding import decide
from mem.records import Evidence, Fact, FactCandidate

SAID = datetime(2026, 6, 1, tzinfo=UTC)
LONG_AGO = datetime(2019, 1, 1, tzinfo=UTC)


def fact(value: str, predicate: str = "lives in", *, told: datetime = SAID - timedelta(days=90), **more: Any) -> Fact:
    evidence = (Evidence(value, "e1", "m1", told),)
    return Fact("f1", "user", predicate, value, more.pop("cardinality", "one"), told, evidence=evidence, **more)


def claim(value: str, predicate: str = "lives in", *, quote: str = "", **more: Any) -> FactCandidate:
    return FactCandidate("user", predicate, value, quote or value, more.pop("cardinality", "one"), **more)


@pytest.mark.parametrize(
    ("candidate", "known", "decision", "concerns"),
    [
        (claim("Rome"), [], "add", None),
        (claim("rome"), [fact("Rome")], "none", "Rome"),
        (claim("the uni library", "works at"), [fact("uni library", "works at")], "none", "uni library"),
        (claim("Oslo"), [fact("Rome")], "update", "Rome"),
        (claim("Oslo", valid_at=SAID - timedelta(days=20)), [fact("Rome")], "update", "Rome"),
        (claim("tea", "likes", cardinality="many"), [fact("milk", "likes", cardinality="many")], "add", None),
        (claim("tea", "dislikes", cardinality="many"), [fact("tea", "likes", cardinality="many")], "update", "tea"),
        # what was so earlier lands in the past
        (claim("Oslo", valid_at=LONG_AGO), [fact("Rome")], "past", None),
        (claim("Oslo", valid_at=LONG_AGO), [fact("Rome", valid_at=datetime(2021, 1, 1, tzinfo=UTC))], "past", None),
        (claim("Oslo", valid_at=LONG_AGO, quote="I've lived in Oslo since 2019"), [fact("Rome")], "update", "Rome"),
        (claim("Oslo"), [fact("Rome", told=SAID + timedelta(days=1))], "past", None),
        # what is over
        (claim("Rome", retracted=True), [fact("Rome")], "invalidate", "Rome"),
        (claim("Oslo", retracted=True), [fact("Rome")], "past", None),
        (claim("Rome", retracted=True, invalid_at=LONG_AGO), [fact("Rome")], "none", None),
        (claim("Oslo", retracted=True, corrects="Oslo"), [fact("Rome")], "none", None),
        # what was never so
        (claim("Leeds", corrects="Rome"), [fact("Rome")], "correct", "Rome"),
        (claim("6 June", "birthday"), [fact("5 June", "birthday")], "correct", "5 June"),
        # one is more than the other with the same person
        (claim("Dan", "married to"), [fact("Dan", "engaged to")], "update", "Dan"),
        (claim("Dan", "boyfriend"), [fact("Dan", "husband")], "none", "Dan"),
        (claim("Eve", "married to"), [fact("Dan", "boyfriend")], "add", None),
        # what the user pinned
        (claim("Oslo"), [fact("Rome", pinned=True)], "review", "Rome"),
        (claim("Rome", retracted=True), [fact("Rome", pinned=True)], "review", "Rome"),
        (claim("Rome"), [fact("Rome", pinned=True)], "none", "Rome"),
    ],
)
def test_a_claim_is_decided_by_its_slot(candidate: Any, known: Any, decision: str, concerns: str | None) -> None:
    decided, other = decide(candidate, known, SAID)

    assert (decided, other and other.value) == (decision, concerns)


@given(
    st.sampled_from(["Rome", "Oslo", ""]), st.sampled_from(["lives in", "likes", "married to", "birthday"]), st.booleans(),
    st.lists(st.sampled_from(["Rome", "Oslo", "Bonn"]), max_size=3), st.booleans(),
)  # fmt: skip
def test_only_what_is_known_and_not_pinned_is_ever_changed(
    value: str, predicate: str, retracted: bool, held: list[str], pinned: bool
) -> None:
    known = [fact(name, predicate, pinned=pinned) for name in held]

    decision, concerned = decide(claim(value, predicate, retracted=retracted), known, SAID)

    assert concerned is None or concerned in known
    assert decision != "invalidate" or retracted
    assert not (pinned and decision in ("update", "correct", "invalidate"))
