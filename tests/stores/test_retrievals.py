from dataclasses import replace
from datetime import timedelta

import pytest

from mem.records import IN_PROMPT, Hit, Retrieval, Route, TimeRange
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
        Hit("e1", "turn", "the boiler", now(), 0.9, distance=0.25, words=3.5, source="e1:user", injected=True, relevance=0.8),
        Hit("f1", "fact", "you live in Lisbon", now() - timedelta(days=1), 0.5, source="e2"),
    )
    dropped = (Hit("e3", "archival", "x", now(), 0.1, dropped="no room"),)
    retrieval = Retrieval("boiler?", route, hits, 12.5, dropped, candidates=40, turn="t1", notice="words only")

    saved = retrievals.save(retrieval)

    assert saved == replace(retrieval, id="r1")
    assert retrievals.of_turn("t1") == saved
    assert [hit.id for hit in saved.injected] == ["e1"]
    assert [hit.relevance for hit in retrievals.of_turn("t1").hits] == [0.8, 0.0]


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


# The ledger, read back.

PAST = Route(("semantic",), "asks for something lasting about the user", asks_memory=True)


def hit(now, id="e1", score=0.9, **fields) -> Hit:
    return Hit(id, "turn", "the boiler", now(), 10 * score, relevance=score, **fields)


def test_the_newest_searches_come_first_with_what_they_gave(retrievals, now):
    hits = (hit(now, injected=True, distance=0.4), hit(now, "e2", distance=0.2))
    retrievals.save(Retrieval("boiler?", PAST, hits, 12.5, (hit(now, "e3", 0.1, dropped="weak"),), 40, "t1"), prompt_tokens=812)
    now.advance(days=1)
    retrievals.save(Retrieval("roof", Route((), "x"), (), 2.0))

    newest, oldest = retrievals.recent()
    assert (oldest.retrieved, oldest.injected, oldest.distance, oldest.prompt_tokens) == (2, 1, 0.2, 812)
    assert (newest.query, newest.turn, newest.found, newest.distance, newest.prompt_tokens) == ("roof", "", False, None, None)
    assert retrievals.recent(limit=1) == [newest]
    assert retrievals.recent(since=now() - timedelta(hours=1)) == [newest]
    assert retrievals.distances() == [0.2]


@pytest.mark.parametrize(
    ("query", "route", "turn", "silent"),
    [
        ("who is my sister?", PAST, "t1", True),
        ("what did we say?", Route((), "x", about_talk=True), "t1", True),
        ("where did I use to live?", Route((), "x", about_past=True), "t1", True),
        ("what was it last week?", Route((), "x", TimeRange(None, None, "last week")), "t1", True),
        ("how tall is the Eiffel tower?", Route((), "x"), "t1", False),
        ("I moved last week", Route((), "x", TimeRange(None, None, "last week")), "t1", False),
        ("boiler last week", Route((), "x", TimeRange(None, None, "last week")), "", True),
    ],
)
def test_silent_are_questions_about_the_past_and_never_statements(retrievals, query, route, turn, silent):
    retrievals.save(Retrieval(query, route, (), 1.0, turn=turn))

    assert bool(retrievals.silent()) == silent


@pytest.mark.parametrize(
    ("dropped", "score", "found"),
    [
        ("", 0.5, True),
        (IN_PROMPT, 0.5, True),
        ("no room in the token budget", 0.5, True),
        (IN_PROMPT, 0.1, False),
        ("weak (below 0.22)", 0.1, False),
        ("only a question", 0.9, False),
        ("superseded", 0.9, False),
    ],
)
def test_what_was_dropped_counts_as_found_where_it_would_have_answered(retrievals, now, dropped, score, found):
    one = hit(now, score=score, dropped=dropped)
    hits = ((), (one,)) if dropped else ((one,), ())
    retrievals.save(Retrieval("who is my sister?", PAST, hits[0], 1.0, hits[1], turn="t1"))

    assert [search.found for search in retrievals.recent()] == [found]
    assert bool(retrievals.silent()) != found


def test_searches_without_a_turn_do_not_grow_without_end(retrievals, database, monkeypatch):
    monkeypatch.setattr("mem.stores.retrievals.TURNLESS_KEPT", 5)
    retrievals.save(Retrieval("of a turn", PAST, (), 1.0, turn="t1"))
    for number in range(99):
        retrievals.save(Retrieval(f"search {number}", PAST, (), 1.0))

    kept = [search.query for search in retrievals.recent()]
    assert kept == [*(f"search {number}" for number in range(98, 93, -1)), "of a turn"]


def test_a_search_is_given_also_where_the_ledger_cannot_be_written(retrievals, database, now):
    retrievals.save(Retrieval("x", PAST, (), 1.0))
    database.path.rename(database.path.with_suffix(".kept"))
    database.path.mkdir()

    found = retrievals.save_if_possible(Retrieval("boiler?", PAST, (hit(now),), 1.0, notice="words only"))

    assert [hit.id for hit in found.hits] == ["e1"]
    assert found.notice.startswith("words only; this search is not in the ledger: ")
    assert found.id == ""


def test_what_was_told_before_a_question_is_known_without_the_index(retrievals, rows):
    rows.file("Ada keeps a tortoise called Hercules")
    asked = retrievals.save(Retrieval("what is Ada's tortoise called?", PAST, (), 1.0, turn="t9"))
    rows.file("the tortoise Hercules of Ada ran away")
    (search,) = retrievals.recent()

    assert asked.id == search.id
    assert retrievals.told_before(search) == ("e1", ("ada", "tortoise", "called"))


@pytest.mark.parametrize(
    "told", ["is Ada's tortoise called Hercules?", "the weather is fine", "I saw a film about a volcano called Etna"]
)
def test_what_only_asks_or_shares_no_rare_word_did_not_tell(retrievals, rows, told):
    rows.file(told)
    retrievals.save(Retrieval("what is Ada's tortoise called?", PAST, (), 1.0, turn="t9"))

    assert retrievals.told_before(retrievals.recent()[0]) == ("", ())


def test_a_word_that_everything_has_tells_nothing(retrievals, rows):
    for number in range(10):
        rows.file(f"Ada went out on day {number}")
    retrievals.save(Retrieval("where is Ada?", PAST, (), 1.0, turn="t9"))

    assert retrievals.told_before(retrievals.recent()[0]) == ("", ())
