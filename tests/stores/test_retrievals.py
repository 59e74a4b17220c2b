from dataclasses import replace
from datetime import timedelta

import pytest

from mem.records import Hit, Retrieval, Route, TimeRange
from mem.stores.retrievals import RetrievalStore


@pytest.fixture
def retrievals(database) -> RetrievalStore:
    return RetrievalStore(database)


@pytest.mark.parametrize("bounds", [(True, True), (True, False), (False, True), (False, False), None])
def test_a_search_comes_back_as_it_was_saved(retrievals, now, bounds):
    start, end = now() - timedelta(days=7), now()
    time_range = bounds and TimeRange(start if bounds[0] else None, end if bounds[1] else None, "last week")
    route = Route(("episodic", "semantic"), "a question about the past", time_range, about_past=True, about_talk=True)
    hits = (
        Hit("e1", "turn", "the boiler", now(), 0.9, distance=0.25, words=3.5, source="e1:user", injected=True),
        Hit("f1", "fact", "you live in Lisbon", now() - timedelta(days=1), 0.5, source="e2"),
    )
    dropped = (Hit("e3", "archival", "x", now(), 0.1, dropped="no room"),)
    retrieval = Retrieval("boiler?", route, hits, 12.5, dropped, candidates=40, turn="t1", notice="words only")

    saved = retrievals.save(retrieval)

    assert saved == replace(retrieval, id="r1")
    assert retrievals.of_turn("t1") == saved
    assert [hit.id for hit in saved.injected] == ["e1"]


def test_a_search_without_hits_is_kept_too(retrievals):
    saved = retrievals.save(Retrieval("x", Route((), "small talk"), (), 0.0, turn="t1"))

    assert retrievals.of_turn("t1") == saved


def test_a_turn_asked_again_has_its_last_search(retrievals):
    for query in ("first", "second"):
        retrievals.save(Retrieval(query, Route((), "x"), (), 0.0, turn="t1"))

    assert retrievals.of_turn("t1").query == "second"
    assert retrievals.of_turn("t2") is None


def test_of_many_dropped_hits_the_best_are_kept_shortened_and_all_are_counted(retrievals, now):
    dropped = tuple(Hit(f"e{number}", "turn", "long word " * 100, now(), number % 50, dropped="weak") for number in range(200))
    hit = Hit("e900", "turn", "long word " * 100, now(), 99.0, injected=True)
    retrievals.save(Retrieval("x", Route((), "x"), (hit,), 1.0, dropped, candidates=201, turn="t1"))
    kept = retrievals.of_turn("t1")

    assert kept.candidates == 201
    assert kept.hits == (hit,)
    assert len(kept.dropped) == 20
    assert {entry.score for entry in kept.dropped} == {45.0, 46.0, 47.0, 48.0, 49.0}
    assert {len(entry.text) <= 600 for entry in kept.dropped} == {True}
