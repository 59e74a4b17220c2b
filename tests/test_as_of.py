"""What a search would have found at another time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mem.as_of import NOT_TRUE, TOLD_LATER, as_known_at
from mem.records import Fact, Hit, Retrieval, Route

THEN = datetime(2020, 6, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def hit(id: str, *, told: datetime = NOW, score: float = 1.0, dropped: str = "") -> Hit:
    return Hit(id, "fact" if id[0] == "f" else "turn", id, told, score, dropped=dropped)


def search(*hits: Hit) -> Retrieval:
    kept, dropped = [one for one in hits if not one.dropped], [one for one in hits if one.dropped]
    return Retrieval("q", Route((), "x"), tuple(kept), 1.0, tuple(dropped))


def known(id: str) -> Fact:
    return Fact(id, "user", "lives in", "Rome", "one", NOW, datetime(2019, 1, 1, tzinfo=UTC))


def test_facts_count_when_they_were_true_and_memories_when_they_were_told():
    found = as_known_at(search(hit("f1"), hit("f2"), hit("e1"), hit("e2", told=THEN)), THEN, [known("f1")], limit=5)

    assert [one.id for one in found.hits] == ["f1", "e2"]
    assert {one.id: one.dropped for one in found.dropped} == {"f2": NOT_TRUE, "e1": TOLD_LATER}


def test_what_was_dropped_only_beside_what_holds_now_is_there_again():
    dropped = (hit("f1", dropped="superseded"), hit("e2", told=THEN, score=0.5, dropped="weak beside f2"))
    found = as_known_at(search(hit("f2", score=2.0), *dropped), THEN, [known("f1")], limit=5)

    assert [one.id for one in found.hits] == ["f1", "e2"]


def test_the_best_of_then_are_kept_up_to_the_limit():
    hits = [hit(f"f{number}", score=float(number)) for number in range(1, 4)]
    found = as_known_at(search(*hits), THEN, [known(one.id) for one in hits], limit=2)

    assert [one.id for one in found.hits] == ["f3", "f2"]
    assert found.dropped == (replace(hits[0], dropped="beyond the best 2"),)
