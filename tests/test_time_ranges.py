"""What people call times, read at a fixed moment; what only looks like one; and that no text can break or slow the reader."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mem.errors import InputError
from mem.records import TimeRange
from mem.router import ANCHOR, ANCHOR_END
from mem.time_phrases import FUTURE, PATTERNS, SCANNER, WHOLE
from mem.time_ranges import find_time_range, read_bounds, read_time_range

NOW = datetime(2023, 8, 16, 15, 0).astimezone()  # a Wednesday


def shown(found: TimeRange | None) -> tuple[str | None, str | None]:
    """Start and end as they are written in the tables below; the hour only where it is not midnight."""
    assert found is not None

    def told(moment: datetime | None) -> str | None:
        return f"{moment:%Y-%m-%d %H}".removesuffix(" 00") if moment else None

    return told(found.start), told(found.end)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        # Days and parts of them.
        ("what did I say today?", "2023-08-16", "2023-08-17"),
        ("what did I do yesterday", "2023-08-15", "2023-08-16"),
        ("the day before yesterday", "2023-08-14", "2023-08-15"),
        ("this morning I told you", "2023-08-16 04", "2023-08-16 12"),
        ("what did we say last night?", "2023-08-15 18", "2023-08-16 06"),
        ("yesterday evening", "2023-08-15 17", "2023-08-16"),
        ("who called on Tuesday?", "2023-08-15", "2023-08-16"),
        ("who called on Tuesday evening?", "2023-08-15 17", "2023-08-16"),
        ("on Wednesday", "2023-08-09", "2023-08-10"),
        ("last Monday", "2023-08-14", "2023-08-15"),
        ("the mail from Friday", "2023-08-11", "2023-08-12"),
        ("an hour ago", "2023-08-16", "2023-08-17"),
        # The calendar's units.
        ("what happened last week?", "2023-08-07", "2023-08-14"),
        ("earlier this week", "2023-08-14", "2023-08-21"),
        ("the week before last", "2023-07-31", "2023-08-07"),
        ("over the weekend", "2023-08-12", "2023-08-14"),
        ("last weekend", "2023-08-12", "2023-08-14"),
        ("the weekend before last", "2023-08-05", "2023-08-07"),
        ("last month", "2023-07-01", "2023-08-01"),
        ("this month", "2023-08-01", "2023-09-01"),
        ("last quarter", "2023-04-01", "2023-07-01"),
        ("Q1 2023", "2023-01-01", "2023-04-01"),
        ("this year", "2023-01-01", "2024-01-01"),
        ("last year", "2022-01-01", "2023-01-01"),
        ("at the end of last year", "2022-09-01", "2023-01-01"),
        ("last decade", "2010-01-01", "2020-01-01"),
        ("in the nineties", "1990-01-01", "2000-01-01"),
        ("in the 1980s", "1980-01-01", "1990-01-01"),
        # So long ago.
        ("two days ago", "2023-08-14", "2023-08-15"),
        ("a few days ago", "2023-08-11", "2023-08-15"),
        ("3 weeks ago", "2023-07-24", "2023-07-31"),
        ("a couple of weeks ago", "2023-07-24", "2023-08-07"),
        ("three months ago", "2023-05-01", "2023-06-01"),
        ("half a year ago", "2023-02-01", "2023-03-01"),
        ("a year and a half ago", "2022-02-01", "2022-03-01"),
        ("ten years ago", "2013-01-01", "2014-01-01"),
        ("twenty years ago", "2003-01-01", "2004-01-01"),
        ("in the last two weeks", "2023-08-02", "2023-08-17"),
        ("over the past month", "2023-07-16", "2023-08-17"),
        ("what have I read recently?", "2023-07-17", "2023-08-17"),
        ("what have I done lately?", "2023-07-17", "2023-08-17"),
        ("the other day", "2023-08-02", "2023-08-17"),
        # Months and dates.
        ("who came in March?", "2023-03-01", "2023-04-01"),
        ("who came in December?", "2022-12-01", "2023-01-01"),
        ("who came last August?", "2022-08-01", "2022-09-01"),
        ("in March 2021", "2021-03-01", "2021-04-01"),
        ("2021-03", "2021-03-01", "2021-04-01"),
        ("in early March", "2023-03-01", "2023-03-11"),
        ("mid-March", "2023-03-11", "2023-03-21"),
        ("in late May", "2023-05-21", "2023-06-01"),
        ("the first week of June", "2023-06-01", "2023-06-08"),
        ("in the second week of November", "2022-11-08", "2022-11-15"),
        ("the first weekend of August 2022", "2022-08-06", "2022-08-08"),
        ("on the last Friday in July", "2023-07-28", "2023-07-29"),
        ("the first half of September 2022", "2022-09-01", "2022-09-16"),
        ("the second half of 2022", "2022-07-01", "2023-01-01"),
        ("what was on 7 May?", "2023-05-07", "2023-05-08"),
        ("what was on 7 December?", "2022-12-07", "2022-12-08"),
        ("May 7th", "2023-05-07", "2023-05-08"),
        ("the 7th of May, 2021", "2021-05-07", "2021-05-08"),
        ("on Dec 1,2021", "2021-12-01", "2021-12-02"),
        ("7/5/2023", "2023-05-07", "2023-05-08"),
        ("5/13/2023", "2023-05-13", "2023-05-14"),
        ("7.5.2023", "2023-05-07", "2023-05-08"),
        ("2023-05-07", "2023-05-07", "2023-05-08"),
        ("what was it on the 7th?", "2023-08-07", "2023-08-08"),
        ("what was it on the 31st?", "2023-07-31", "2023-08-01"),
        ("the trip in 2019", "2019-01-01", "2020-01-01"),
        # Seasons and holidays.
        ("in the summer", "2023-06-01", "2023-09-01"),
        ("last summer", "2022-06-01", "2022-09-01"),
        ("in the summer of 2021", "2021-06-01", "2021-09-01"),
        ("winter 2021", "2021-12-01", "2022-03-01"),
        ("over Christmas", "2022-12-23", "2022-12-28"),
        ("over Christmas 2021", "2021-12-23", "2021-12-28"),
        ("at Easter", "2023-04-07", "2023-04-11"),
        ("at Easter 2019", "2019-04-19", "2019-04-23"),
        ("on New Year's Eve", "2022-12-31", "2023-01-01"),
        ("at Thanksgiving 2022", "2022-11-24", "2022-11-28"),
        # From one time to another.
        ("between May and June 2021", "2021-05-01", "2021-07-01"),
        ("between August 11 and August 15 2021", "2021-08-11", "2021-08-16"),
        ("from 3 to 9 March", "2023-03-03", "2023-03-10"),
        ("between 2019 and 2021", "2019-01-01", "2022-01-01"),
        ("from November to January", "2022-11-01", "2023-02-01"),
        ("from Monday to Wednesday", "2023-08-07", "2023-08-10"),
        ("since March", "2023-03-01", None),
        ("since may I run", "2023-05-01", None),
        ("from March on I ran", "2023-03-01", None),
        ("after 7 May", "2023-05-08", None),
        ("before last summer", None, "2022-06-01"),
        ("until yesterday", None, "2023-08-16"),
        ("by July 10, 2022", None, "2022-07-11"),
        # Counted from a date: up to that day, when it was told.
        ("the week before August 3, 2022", "2022-07-27", "2022-08-04"),
        ("on the Sunday before October 25, 2022", "2022-10-23", "2022-10-26"),
        ("two weeks before August 11, 2022", "2022-07-25", "2022-08-12"),
    ],
)
def test_what_people_call_a_time_is_a_range(text: str, start: str | None, end: str | None) -> None:
    assert shown(find_time_range(text, now=NOW)) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "may I ask you something?", "march on", "march 3 steps forward", "may 3 people come?", "the second one", "I'm 20",
        "3 apples", "a Sunday roast recipe", "my friend June", "what does April like?", "June's dog", "before June came",
        "the book by May", "Augustin came", "one day", "some day", "24/7", "version 2.3.1", "host 10.12.13.14", "it costs $30",
        "I have 2019 stamps", "in 2000 words", "room 2019", "on Mondays", "every summer", "the fall hurt", "a last minute gift",
        "once a week", "2 years old", "how long ago was it?", "a while ago", "some time ago", "the week is long", "at 5pm",
        "the most recently used key", "what are the plans for the summer?", "30 February 2023", "2024-02-30", "2023-05-07-abc",
        "since we moved", "before I started at Siemens", "", " ", "?",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert find_time_range(text, now=NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "what is on tomorrow?", "the day after tomorrow", "next week", "next Monday", "in two weeks", "what will I do in June?",
        "am I going to see her on Friday?", "what is on Friday next week?", "on 7 May 2099", "in 2050", "this weekend",
        "this evening", "since 2050", "until 2050",
    ],
)  # fmt: skip
def test_a_time_to_come_is_none_because_memories_of_it_are_older(text: str) -> None:
    assert find_time_range(text, now=NOW) is None


def test_a_past_time_counts_beside_one_to_come() -> None:
    found = find_time_range("what did I say yesterday about next week?", now=NOW)

    assert shown(found) == ("2023-08-15", "2023-08-16")


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("what was it last week, as mentioned on July 6, 2022?", "july 6, 2022"),
        ("what did I read recently, in March?", "march"),
        ("what did I watch recently in May 2022?", "may 2022"),
        ("was it yesterday or last week?", "yesterday"),
    ],
)
def test_of_several_times_the_one_that_says_most_counts(text: str, phrase: str) -> None:
    found = find_time_range(text, now=NOW)

    assert found is not None
    assert found.phrase == phrase


@pytest.fixture
def in_brussels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Brussels")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_brussels")
def test_a_range_begins_and_ends_at_local_midnight_of_its_own_season() -> None:
    found = find_time_range("who came in March?", now=datetime(2023, 8, 16, tzinfo=UTC))

    assert found == TimeRange(datetime(2023, 2, 28, 23, tzinfo=UTC), datetime(2023, 3, 31, 22, tzinfo=UTC), "march")


@pytest.mark.usefixtures("in_brussels")
def test_today_is_the_local_day() -> None:
    found = find_time_range("what did I say today?", now=datetime(2023, 8, 16, 23, tzinfo=UTC))

    assert shown(found) == ("2023-08-17", "2023-08-18")


def test_the_weekend_on_a_sunday_is_the_present_one_and_the_last_one_is_over() -> None:
    sunday = datetime(2023, 8, 20, 12).astimezone()

    assert shown(find_time_range("what did I do this weekend?", now=sunday)) == ("2023-08-19", "2023-08-21")
    assert shown(find_time_range("what did I do last weekend?", now=sunday)) == ("2023-08-12", "2023-08-14")


# Times given on purpose ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "start", "end"),
    [
        ("march", "2023-03-01", "2023-04-01"),
        ("last March", "2023-03-01", "2023-04-01"),
        ("2022", "2022-01-01", "2023-01-01"),
        ("Monday", "2023-08-14", "2023-08-15"),
        ("christmas", "2022-12-23", "2022-12-28"),
        ("  two weeks ago ", "2023-07-31", "2023-08-07"),
        ("2023-05-07T10:30:00+02:00", "2023-05-07", "2023-05-08"),
        ("2099-01-01", "2099-01-01", "2099-01-02"),
    ],
)
def test_a_bare_phrase_is_a_time_where_one_is_asked_for(phrase: str, start: str, end: str) -> None:
    assert shown(read_time_range(phrase, now=NOW)) == (start, end)


@pytest.mark.parametrize("phrase", ["", "soon", "what happened last week", "2023-13-45", "last march and more"])
def test_what_is_more_or_less_than_a_time_is_not_read(phrase: str) -> None:
    assert read_time_range(phrase, now=NOW) is None


def test_bounds_go_from_the_beginning_of_one_time_to_the_end_of_another() -> None:
    assert shown(read_bounds("last March", "2023-05-07", now=NOW)) == ("2023-03-01", "2023-05-08")
    assert shown(read_bounds("2022", None, now=NOW)) == ("2022-01-01", None)
    assert shown(read_bounds(None, "may", now=NOW)) == (None, "2023-06-01")
    assert read_bounds(None, "", now=NOW) is None


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("soon", None, "'soon' is no date; write it as YYYY-MM-DD, or like"),
        (None, "since March", "'since March' is no date"),
        ("2023-05-07", "2023-05-01", "nothing lies between '2023-05-07' and '2023-05-01'"),
    ],
)
def test_bounds_that_hold_nothing_are_refused(start: str | None, end: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_bounds(start, end, now=NOW)


# Any text, any clock ---------------------------------------------------------------------------------------------------------

WORDS = (
    "last this in on since before until by from to between and the first second week month year weekend of day ago two 3 31 30 "
    "2023 1999 9999 may May march february june 7th 29 / - . , 2024-02-30 31/12/9999 yesterday today tuesday summer christmas "
    "easter nineties 1990s half a few couple decade recently early mid late end Q3 morning night 12 0 999 years quarter"
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join))


@settings(deadline=None, max_examples=400)
@given(TEXTS, st.datetimes(timezones=st.just(UTC)))
def test_any_text_at_any_time_gives_a_well_formed_range_or_none(text: str, now: datetime) -> None:
    for found in (find_time_range(text, now=now), read_time_range(text, now=now)):
        if found is not None:
            assert found.phrase
            assert all(edge is None or edge.tzinfo is not None for edge in (found.start, found.end))
            assert (found.start, found.end) != (None, None)
            assert found.start is None or found.end is None or found.start < found.end


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.datetimes(datetime.fromisoformat("1950-01-01"), timezones=st.just(UTC)))
def test_a_range_that_was_found_never_lies_in_the_future(text: str, now: datetime) -> None:
    found = find_time_range(text, now=now)

    assert found is None or found.start is None or found.start <= now


def repetitions(pattern: Any, inside: int = 1) -> int:
    """The most repetitions that any part of a parsed pattern can go through, those of the parts around it multiplied in."""
    most = inside
    for operator, argument in pattern:
        if str(operator) in ("MAX_REPEAT", "MIN_REPEAT"):
            most = max(most, repetitions(argument[2], inside * max(1, int(argument[1]))))
        elif str(operator) == "SUBPATTERN":
            most = max(most, repetitions(argument[3], inside))
        elif str(operator) in ("ASSERT", "ASSERT_NOT"):
            most = max(most, repetitions(argument[1], inside))
        elif str(operator) == "BRANCH":
            most = max(most, *(repetitions(branch, inside) for branch in argument[1]))
        elif str(operator) == "GROUPREF_EXISTS":
            most = max(most, *(repetitions(branch, inside) for branch in argument[1:] if branch))
    return most


@pytest.mark.parametrize("pattern", [SCANNER, WHOLE, FUTURE, ANCHOR, ANCHOR_END])
def test_no_pattern_repeats_without_bound_so_that_no_text_is_slow(pattern: re.Pattern[str]) -> None:
    parsed = re._parser.parse(pattern.pattern, pattern.flags)  # type: ignore[attr-defined]

    assert repetitions(parsed) <= 32


def dateparser_calls(text: str) -> int:
    """How often a library of dates is entered for a text."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_name == "parse" and "dateparser/__init__" in frame.f_code.co_filename

    sys.setprofile(count)
    try:
        find_time_range(text, now=NOW)
    finally:
        sys.setprofile(None)
    return calls


def test_a_text_that_names_no_time_costs_no_parsing() -> None:
    assert dateparser_calls("what is my sister's name, and may I ask where she lives?") == 0
    assert dateparser_calls("what happened on 7 May?") == 1


@pytest.mark.parametrize("piece", ["7 May 2023 ", "on Tuesday ", "between 3 May and 4 May 2021 ", "in march ", "1/1/20 "])
def test_a_long_text_full_of_times_costs_few_parsings(piece: str) -> None:
    assert dateparser_calls(piece * 2000) <= 16


def test_all_patterns_are_told_apart_by_their_names() -> None:
    assert set(PATTERNS) < set(SCANNER.groupindex)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1066", "1066-01-01", "1067-01-01"),
        ("in 1066", "1066-01-01", "1067-01-01"),
        ("March 2022", "2022-03-01", "2022-04-01"),
        ("Oct 1066", "1066-10-01", "1066-11-01"),
        ("1850-07", "1850-07-01", "1850-08-01"),
        ("last year", "2022-01-01", "2023-01-01"),
        ("now", "2023-08-16", "2023-08-17"),
        ("3d", "2023-08-13", "2023-08-14"),
        ("2w", "2023-07-31", "2023-08-07"),
    ],
)
def test_a_date_that_is_asked_for_may_be_a_year_of_any_century_or_short(text, start, end):
    found = read_bounds(text, text, now=NOW)

    assert found is not None
    assert (f"{found.start:%Y-%m-%d}", f"{found.end:%Y-%m-%d}") == (start, end)


@pytest.mark.parametrize("text", ["2024-13-01", "1066-13", "13 1066", "0000", "3x", "10660"])
def test_what_is_nearly_a_date_is_refused_with_two_examples(text):
    with pytest.raises(InputError, match="is no date; write it as YYYY-MM-DD, or like 'last March' or 'two weeks ago'"):
        read_bounds(text, None, now=NOW)


def test_a_year_in_running_text_is_still_one_of_two_centuries():
    assert find_time_range("in 1066 stamps were sold", now=NOW) is None
