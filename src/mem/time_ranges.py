"""The time that a text names, as a range: "last week", "in early March", "between May and June 2023".

`time_phrases` finds the words, `time_spans` knows the calendar. A question asks about the past, so "in March" is the latest
March that has begun. Weeks begin on Monday, seasons are those of the north, and 7/5/2023 is 7 May.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from dateutil.relativedelta import relativedelta

from mem.errors import InputError
from mem.records import TimeRange
from mem.text import shorten
from mem.time_phrases import COUNTS, DECADES, FUTURE, MONTH, ONWARDS, ORDINALS, PARTS, PATTERNS, SCANNER, WHOLE
from mem.time_spans import (
    DATED,
    RELATIVE,
    STEPS,
    VAGUE,
    WEEKDAYS,
    Span,
    holiday_span,
    hours_span,
    latest,
    midnight,
    nth,
    parse_day,
    rolling,
    season_span,
    unit_span,
    year_span,
)

TEXT_CHARS = 2000  # of a text, that are looked at
PHRASES_READ = 8
RECENT_DAYS = 30
OTHER_DAY_DAYS = 14
OUTSIDE = "outside the time asked for"  # why a hit is dropped that was said before or after it
HALVES = {"day": ("hour", 12), "month": ("week", 2), "year": ("month", 6), "decade": ("year", 5)}
HAS_YEAR = re.compile(r"\d{4}|/\d\d$")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
YEAR_OF_ANY = re.compile(rf"(?:in )?(?:(?P<month>{MONTH})\.?,?(?: of)? )?(?P<year>\d{{4}})(?:-(?P<number>\d\d?))?", re.I)
UNITS = {"d": "day", "w": "week", "m": "month", "y": "year"}


def find_time_range(text: str, *, now: datetime) -> TimeRange | None:
    """The time that `text` names, read at `now`, as a range in local time; None where it names none.

    Of several, a date with its year counts before "last week", and both before "recently". A time that is still to come
    ("tomorrow", "next week", "on 7 May 2099") is None: memories of it were told before it, so it must not choose among them.
    """
    line = _line(text)
    found = list(islice(SCANNER.finditer(line), PHRASES_READ))
    if not found:
        return None
    try:
        present = now.astimezone().replace(tzinfo=None)
        to_come = FUTURE.search(line) is not None
        read = [(match, span) for match in found for span in [_read(match, present)] if span is not None]
        past = [(match, span) for match, span in read if span.start <= present and not (span.guessed and to_come)]
        if not past:
            return None
        time_range = _related(*max(past, key=lambda pair: pair[1].weight))
    except (OverflowError, ValueError, OSError):
        return None  # what is counted from the years 1 and 9999 may have no date
    begins = time_range.start or time_range.end  # "until 2050" leaves nothing out, "after today" all
    return None if begins is not None and begins > now else time_range


def read_time_range(phrase: str, *, now: datetime) -> TimeRange | None:
    """What a phrase that is nothing but a time means: "last March", "2023", "since 2026-05-07"; None where it is none.

    Here a bare month, year, season or weekday needs no "in" or "on" before it.
    """
    match = WHOLE.fullmatch(_line(phrase).strip(" .,;?!"))
    try:
        span = _read(match, now.astimezone().replace(tzinfo=None)) if match else None
        return _related(match, span) if match and span else None
    except (OverflowError, ValueError, OSError):
        return None


def read_bounds(start: str | None, end: str | None, *, now: datetime) -> TimeRange | None:
    """From the beginning of the time `start` to the end of the time `end`, as `read_time_range` reads them; either may be left
    out. None where both are; InputError for what is no time, or where nothing lies between."""
    if not (start or end):
        return None
    first, last = (_read_bound(text, now) if text else None for text in (start, end))
    phrase = " ".join(filter(None, [start and f"from {start}", end and f"to {end}"]))
    bounds = TimeRange(first.start if first else None, last.end if last else None, phrase)
    if bounds.start and bounds.end and bounds.start >= bounds.end:
        raise InputError(f"nothing lies between {start!r} and {end!r}: the first is the later one")
    return bounds


def last_moment(when: str, *, now: datetime) -> datetime:
    """The last moment of the time `when`; InputError for what is no time."""
    end = _read_bound(when, now).end
    assert end is not None
    return end - timedelta(microseconds=1)


def first_moment(when: str, *, now: datetime) -> datetime:
    """The first moment of the time `when`; InputError for what is no time, or is still to come."""
    start = _read_bound(when, now).start
    assert start is not None
    if start > now:
        raise InputError(f"{shorten(when, 40)!r} is still to come; what is remembered has happened")
    return start


def within(moment: datetime, time_range: TimeRange) -> bool:
    """Whether a moment lies in a range."""
    begun = time_range.start is None or time_range.start <= moment
    return begun and (time_range.end is None or moment < time_range.end)


def begins_with_time(text: str, start: int) -> bool:
    """Whether a phrase that names a time begins at `start`."""
    return SCANNER.match(text, start) is not None


def _read_bound(text: str, now: datetime) -> TimeRange:
    found = _read_year(text) or read_time_range(_in_words(text), now=now)
    if found is None or found.start is None or found.end is None:
        told = shorten(text, 40)
        raise InputError(f"{told!r} is no date; write it as YYYY-MM-DD, or like 'last March' or 'two weeks ago'")
    return found


def _in_words(text: str) -> str:
    """What a person types for short: "now", "3d"; and nothing for a month that there is not."""
    if text.strip().lower() == "now":
        return "today"
    if short := re.fullmatch(r"\s*(\d{1,3})\s?([dwmy])\s*", text, re.I):
        return f"{short[1]} {UNITS[short[2].lower()]}s ago"
    iso = re.fullmatch(r"\s*\d{4}-(\d\d?)-\d\d?\s*", text)
    return "" if iso and int(iso[1]) > 12 else text


def _read_year(text: str) -> TimeRange | None:
    """A year, or a month of one, of whatever century: in running text, 1066 may count anything."""
    match = YEAR_OF_ANY.fullmatch(_line(text).strip(" .,;?!"))
    if match is None or (match["number"] and not 1 <= int(match["number"]) <= 12):
        return None
    name = match["month"] or ""
    month = int(match["number"] or 0) or (MONTHS.index(name[:3].lower()) + 1 if name else 0)
    try:
        first = datetime(int(match["year"]), month or 1, 1)  # noqa: DTZ001 - local time, as all spans are
        span = unit_span(first, "month" if month else "year")
        return TimeRange(span.start.astimezone(), span.end.astimezone(), text)
    except (OverflowError, ValueError, OSError):
        return None


def _line(text: str) -> str:
    return " ".join(text[:TEXT_CHARS].replace("’", "'").split())


def _read(match: re.Match[str], present: datetime) -> Span | None:
    """What a match of SCANNER or WHOLE means, its "since" or "before" aside."""
    name = next(name for name in READERS if match[name] is not None)
    parts = RULES[name].match(match.string, match.start(name))
    return READERS[name](parts, present) if parts else None


def _read_whole(text: str, present: datetime) -> Span | None:
    match = WHOLE.fullmatch(text)
    return _read(match, present) if match else None


def _related(match: re.Match[str], span: Span) -> TimeRange:
    relation = (match["relation"] or "").lower()
    if match["placing"] and match["placing"].lower() == "from" and ONWARDS.match(match.string, match.end()):
        relation = "since"
    words = next(match[name] for name in READERS if match[name] is not None).lower()
    phrase = f"{relation} {words}".strip()
    start, end = span.start.astimezone(), span.end.astimezone()
    if relation in ("since", "after"):
        return TimeRange(start if relation == "since" else end, None, phrase)
    if relation:
        return TimeRange(None, start if relation in ("before", "prior to") else end, phrase)
    return TimeRange(start, end, phrase)


def _amount(words: str | None, unit: str) -> tuple[int, int, str]:
    """The least and the most that a count means, and of which unit: half a year is six months."""
    if words is None:
        return 1, 1, unit
    if words.isdigit():
        return int(words), int(words), unit
    if words.lower().startswith("half"):
        smaller, number = HALVES.get(unit, (unit, 1))
        return number, number, smaller
    least, most = next(COUNTS[word] for word in reversed(words.lower().split()) if word in COUNTS)
    return least, most, unit


# Readers of PATTERNS: a match, and the present -------------------------------------------------------------------------------


def _between(match: re.Match[str], present: datetime) -> Span | None:
    """From one time to another; the first takes its month and its year from the second where it names none."""
    last = _read_whole(match["last"], present)
    if last is None:
        return None
    opening = match["first"]
    if re.fullmatch(r"\d{1,2}\D{0,2}", opening):
        opening = f"{opening} {last.start:%B}"
    if last.weight == DATED and re.search(MONTH, opening, re.I) and not HAS_YEAR.search(opening):
        opening = f"{opening} {last.start.year}"
    first = _read_whole(opening, present)
    if first is None:
        return None
    start = first.start
    if start > last.start and not HAS_YEAR.search(match["first"]):
        start -= STEPS["week" if opening.lower() in WEEKDAYS else "year"]
    return replace(last, start=start) if start < last.end else None


def _offset(match: re.Match[str], present: datetime) -> Span | None:
    """ "The week before 3 August", "two weeks after 7 May": before a day means up to that day, when it was told."""
    base = parse_day(match["base"], present)
    if base is None:
        return None
    side = 1 if match["side"].lower() == "after" else -1
    if match["day"]:
        near = unit_span(base + relativedelta(days=side, weekday=WEEKDAYS[match["day"].lower()](side)), "day")
    elif match["count"] or match["unit"].lower() == "weekend":
        _, most, unit = _amount(match["count"], match["unit"].lower())
        near = unit_span(base + STEPS[unit] * most * side, unit)
    else:
        edge = base + STEPS[match["unit"].lower()] * side
        near = Span(min(base, edge), max(base, edge))
    end = near.end if side > 0 else max(near.end, base + STEPS["day"])
    return Span(near.start, end, DATED if HAS_YEAR.search(match["base"]) else RELATIVE)


def _part(match: re.Match[str], present: datetime) -> Span | None:
    """ "Early March", "the end of 2022", "the first weekend of August 2023"."""
    whole = _read_whole(match["whole"], present)
    place = match["place"].lower().split()
    if whole is None:
        return None
    if place[0] in PARTS:
        third = (whole.end - whole.start) / 3
        start, end = (midnight(whole.start + third * edge) for edge in (PARTS[place[0]], PARTS[place[0]] + 1))
        return replace(whole, start=start, end=end)
    return nth(whole, ORDINALS[place[0]], place[1])


def _date(match: re.Match[str], present: datetime) -> Span | None:
    day = parse_day(match["date"], present)
    if day is None:
        return None
    dated = HAS_YEAR.search(match["date"]) is not None
    return replace(unit_span(day, "day"), weight=DATED if dated else RELATIVE, guessed=not dated)


def _month_of_year(match: re.Match[str], present: datetime) -> Span | None:
    day = parse_day(match["month"], present)
    return replace(unit_span(day, "month"), weight=DATED) if day else None


def _quarter(match: re.Match[str], present: datetime) -> Span | None:
    return nth(year_span(int(match["year"])), int(match["number"]), "quarter")


def _season(match: re.Match[str], present: datetime) -> Span | None:
    if match["year"]:
        return replace(season_span(match["name"], int(match["year"])), weight=DATED)
    return latest((season_span(match["name"], present.year - back) for back in range(3)), match["which"], present)


def _holiday(match: re.Match[str], present: datetime) -> Span | None:
    if match["year"]:
        return replace(holiday_span(match["name"], int(match["year"])), weight=DATED)
    return latest((holiday_span(match["name"], present.year - back) for back in range(-1, 3)), match["which"], present)


def _decade(match: re.Match[str], present: datetime) -> Span | None:
    name = match["name"].lower().strip("'")
    if len(name) == 5 and name[:4].isdigit():
        return replace(unit_span(present + relativedelta(year=int(name[:4]), day=1), "decade"), weight=DATED)
    tens = DECADES.get(name) or int(name[0])
    centuries = range(present.year // 100, max(0, present.year // 100 - 2), -1)
    spans = (unit_span(present + relativedelta(year=century * 100 + tens * 10, day=1), "decade") for century in centuries)
    return latest(spans, None, present)


def _before_last(match: re.Match[str], present: datetime) -> Span | None:
    unit = match["unit"].lower()
    last = latest((unit_span(present - STEPS[unit] * back, unit) for back in range(2)), "last", present)
    return unit_span(last.start - STEPS[unit], unit) if last else None


def _last_units(match: re.Match[str], present: datetime) -> Span | None:
    _, most, unit = _amount(match["count"], (match["unit"] or match["one"]).lower())
    return rolling(most, unit, present)


def _ago(match: re.Match[str], present: datetime) -> Span | None:
    """The unit that lies so far back: the day for days, the calendar week for weeks."""
    least, most, unit = _amount(match["count"], match["unit"].lower())
    if match["half"] and unit in HALVES:
        unit, half = HALVES[unit]
        least, most = (number * 2 * half + half for number in (least, most))
    return Span(unit_span(present - STEPS[unit] * most, unit).start, unit_span(present - STEPS[unit] * least, unit).end)


def _which(match: re.Match[str], present: datetime) -> Span | None:
    """ "Last week", "this month", "last weekend"."""
    unit, which = match["unit"].lower(), match["which"].lower()
    if which == "this past":
        return unit_span(present, unit) if unit == "weekend" else rolling(1, unit, present)
    if which == "this" and unit == "weekend" and present.weekday() in (2, 3, 4):
        return None  # from Wednesday to Friday that is the coming one
    spans = [unit_span(present - STEPS[unit] * back, unit) for back in range(2)]
    return spans[0] if which == "this" else latest(spans, "last", present)


def _weekend(match: re.Match[str], present: datetime) -> Span | None:
    return replace(unit_span(present, "weekend"), guessed=True)


def _weekday(match: re.Match[str], present: datetime) -> Span | None:
    day = parse_day(match["name"], present)
    if day is None:
        return None
    if (match["which"] or "").lower() == "this" and day < unit_span(present, "week").start:
        day += STEPS["week"]
    return replace(hours_span(day, match["hours"]), guessed=not match["which"])


def _day(match: re.Match[str], present: datetime) -> Span | None:
    """ "Today", "yesterday evening", "last night", "the day before yesterday"."""
    words = match[0].lower().split()
    back = 2 if "before" in words else 1 if words[0] in ("yesterday", "last") else 0
    return hours_span(present - STEPS["day"] * back, "night" if words[-1] == "tonight" else words[-1])


def _month(match: re.Match[str], present: datetime) -> Span | None:
    day = parse_day(match["name"], present)
    if day is None:
        return None
    return latest((unit_span(day + STEPS["year"] * step, "month") for step in (1, 0, -1)), match["which"], present)


def _bare_year(match: re.Match[str], present: datetime) -> Span | None:
    return year_span(int(match["year"]))


def _day_of_month(match: re.Match[str], present: datetime) -> Span | None:
    number = int(match["number"])
    days = (present + relativedelta(months=-back, day=number) for back in range(3))
    return latest((unit_span(day, "day") for day in days if day.day == number), None, present)


def _vague(match: re.Match[str], present: datetime) -> Span | None:
    return replace(rolling(OTHER_DAY_DAYS if match["other"] else RECENT_DAYS, "day", present), weight=VAGUE)


def _present_unit(match: re.Match[str], present: datetime) -> Span | None:
    return unit_span(present, match["unit"].lower())


READERS: dict[str, Callable[[re.Match[str], datetime], Span | None]] = {
    "between": _between,
    "offset": _offset,
    "part": _part,
    "date": _date,
    "month_of_year": _month_of_year,
    "quarter": _quarter,
    "season": _season,
    "holiday": _holiday,
    "decade": _decade,
    "before_last": _before_last,
    "rolling": _last_units,
    "ago": _ago,
    "which": _which,
    "weekend": _weekend,
    "weekday": _weekday,
    "day": _day,
    "month": _month,
    "year": _bare_year,
    "day_of_month": _day_of_month,
    "vague": _vague,
    "unit": _present_unit,
}
RULES = {name: re.compile(rf"(?:{PATTERNS[name].replace('@', '')})(?!\w)", re.I) for name in READERS}
