"""Where what was true once stands in time: pure, and in the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mem.records import Episode, Fact, FactCandidate
from mem.stores.past_facts import find_place

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def year(number: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(number, month, day, tzinfo=UTC)


def lives_in(city: str, start: datetime | None = None, end: datetime | None = None, *, id: str = "f1") -> Fact:
    return Fact(id, "user", "lives in", city, "one", NOW, start, end)


def told(city: str, start: datetime | None = None, end: datetime | None = None, cardinality: str = "one") -> FactCandidate:
    return FactCandidate("user", "lives in", city, f"I lived in {city}", cardinality, start, invalid_at=end)


@pytest.mark.parametrize(
    ("candidate", "known", "end"),
    [
        (told("Rome", year(2019)), [lives_in("Leeds")], year(2020)),
        (told("Rome", year(2019)), [lives_in("Leeds", year(2022))], year(2022)),
        (told("Rome", year(2019, 3)), [], year(2019, 4)),
        (told("Rome", year(2019, 3, 7)), [], year(2019, 3, 8)),
        (told("Rome", year(2026)), [], NOW),
        (told("Rome", year(2019), year(2021)), [lives_in("Leeds", year(2022))], year(2021)),
        (told("Rome", None), [lives_in("Leeds", year(2022))], year(2022)),
        (told("Rome", None), [replace(lives_in("Leeds"), created_at=NOW - DAY)], NOW),
        (told("Rome", None), [replace(lives_in("Leeds"), created_at=NOW + DAY)], NOW + DAY),
        (told("Rome", year(2019), cardinality="many"), [lives_in("Leeds", year(2022))], year(2020)),
    ],
)
def test_the_past_ends_where_the_next_begins_or_with_the_time_it_names(candidate, known, end):
    assert find_place(candidate, known, NOW).end == end


def test_what_is_told_between_two_ends_the_first():
    oslo = lives_in("Oslo", year(2015), year(2022))
    place = find_place(told("Rome", year(2019)), [oslo, lives_in("Leeds", year(2022), id="f2")], NOW)

    assert (place.before, place.end) == (oslo, year(2022))


def test_what_holds_now_is_not_ended_by_the_past():
    assert find_place(told("Rome", year(2019)), [lives_in("Leeds", year(2015))], NOW).before is None


def test_what_is_known_of_that_time_already_is_the_same():
    rome = lives_in("ROME", year(2018), year(2020))

    assert find_place(told("Rome", year(2019)), [rome], NOW).same == rome
    assert find_place(told("Rome", None), [rome], NOW).same == rome
    assert find_place(told("Rome", year(2021)), [rome], NOW).same is None


def test_a_past_fact_is_stored_in_the_past_and_shown_as_of_then(facts, database, now):
    with database.write() as connection:
        connection.execute("insert into pending select range, 't' || range, 'facts', 0, '', now() from range(1, 3)")
    leeds = FactCandidate("user", "lives in", "Leeds", "I live in Leeds", "one", year(2022))
    facts.save([leeds], Episode("e1", 1, "turn", "", now(), turn="t1"), work=1, decide=lambda *_: ("add", None))
    (saved,) = facts.save(
        [told("Rome", year(2019))], Episode("e2", 2, "turn", "", now(), turn="t2"), work=2, decide=lambda *_: ("past", None)
    )

    assert (saved.decision, saved.fact.valid_at, saved.fact.invalid_at) == ("past", year(2019), year(2022))
    assert [fact.value for fact in facts.current()] == ["Leeds"]
    as_of = {at: [fact.value for fact in facts.as_of(year(at, 6))] for at in (2018, 2019, 2021, 2022)}
    assert as_of == {2018: [], 2019: ["Rome"], 2021: ["Rome"], 2022: ["Leeds"]}
