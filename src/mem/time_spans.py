"""Spans of calendar time: the day, weekend, month, season, holiday or decade that a moment lies in or a name means.

All in local time without a zone; `dateutil` counts, `dateparser` reads dates, months and weekdays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time

import dateparser
from dateutil.easter import easter
from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta

DATED, RELATIVE, VAGUE = 2, 1, 0  # what is rather believed where a text names several times
WEEKDAYS = {"monday": MO, "tuesday": TU, "wednesday": WE, "thursday": TH, "friday": FR, "saturday": SA, "sunday": SU}
SEASON_MONTHS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
HOURS = {"morning": (4, 12), "afternoon": (12, 18), "evening": (17, 24), "night": (18, 30)}
# The first day in a year, and for how many days.
HOLIDAYS = {
    "christmas": (relativedelta(month=12, day=23), 5),
    "christmas eve": (relativedelta(month=12, day=24), 1),
    "christmas day": (relativedelta(month=12, day=25), 1),
    "boxing day": (relativedelta(month=12, day=26), 1),
    "new year's eve": (relativedelta(month=12, day=31), 1),
    "new year's day": (relativedelta(month=1, day=1), 1),
    "new year's": (relativedelta(month=1, day=1, days=-1), 2),
    "new year": (relativedelta(month=1, day=1, days=-1), 2),
    "halloween": (relativedelta(month=10, day=31), 1),
    "valentine's day": (relativedelta(month=2, day=14), 1),
    "thanksgiving": (relativedelta(month=11, day=1, weekday=TH(+4)), 4),
}
# From Easter Sunday on, in days, and for how many days.
AFTER_EASTER = {"good friday": (-2, 1), "easter sunday": (0, 1), "easter monday": (1, 1), "easter": (-2, 4)}
STEPS = {
    "minute": relativedelta(minutes=1), "hour": relativedelta(hours=1), "day": relativedelta(days=1),
    "weekend": relativedelta(weeks=1), "week": relativedelta(weeks=1), "fortnight": relativedelta(weeks=2),
    "month": relativedelta(months=1), "quarter": relativedelta(months=3), "year": relativedelta(years=1),
    "decade": relativedelta(years=10),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` up to `end`, in local time without a zone. `guessed`: the text does not say which year or week."""

    start: datetime
    end: datetime
    weight: int = RELATIVE
    guessed: bool = False


def midnight(moment: datetime) -> datetime:
    """The beginning of the day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def unit_span(moment: datetime, unit: str) -> Span:
    """The whole unit that `moment` lies in: the latest weekend that has begun, the day for what is shorter."""
    day = midnight(moment)
    starts = {
        "week": relativedelta(weekday=MO(-1)),
        "fortnight": relativedelta(weekday=MO(-1)),
        "weekend": relativedelta(weekday=SA(-1)),
        "month": relativedelta(day=1),
        "quarter": relativedelta(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": relativedelta(month=1, day=1),
        "decade": relativedelta(year=max(1, day.year // 10 * 10), month=1, day=1),
    }
    lengths = {"minute": STEPS["day"], "hour": STEPS["day"], "weekend": relativedelta(days=2), "fortnight": STEPS["week"]}
    start = day + starts.get(unit, relativedelta())
    return Span(start, start + lengths.get(unit, STEPS[unit]))


def year_span(year: int) -> Span:
    """A year that was named by its number."""
    return replace(unit_span(datetime.combine(date(year, 1, 1), time()), "year"), weight=DATED)


def latest(spans: Iterable[Span], which: str | None, present: datetime) -> Span | None:
    """Of spans, newest first: the latest over for "last", the present or this year's for "this", else the latest begun."""
    order = list(spans)
    if which and which.lower() in ("last", "previous"):
        return next((span for span in order if span.end <= present), None)
    if which and which.lower() == "this":
        this_year = (span for span in order if span.start.year == present.year)
        return next((span for span in order if span.start <= present < span.end), None) or next(this_year, None)
    begun = next((span for span in order if span.start <= present), None)
    return replace(begun, guessed=True) if begun else None


def rolling(number: int, unit: str, present: datetime) -> Span:
    """The last so many units, up to and with today."""
    return Span(midnight(present - STEPS[unit] * number), unit_span(present, "day").end)


def season_span(name: str, year: int) -> Span:
    """The season that begins in a year."""
    start = datetime.combine(date(year, SEASON_MONTHS[name.lower()], 1), time())
    return Span(start, start + STEPS["quarter"])


def holiday_span(name: str, year: int) -> Span:
    """The days of a holiday of a year; New Year begins on the eve."""
    january = datetime.combine(date(year, 1, 1), time())
    if name.lower() in AFTER_EASTER:
        sunday = easter(year)
        offset, days = AFTER_EASTER[name.lower()]
        start = january + relativedelta(month=sunday.month, day=sunday.day, days=offset)
    else:
        first, days = HOLIDAYS[name.lower()]
        start = january + first
    return Span(start, start + relativedelta(days=days))


def hours_span(moment: datetime, hours: str | None) -> Span:
    """A day, or its morning, afternoon, evening or night."""
    day = unit_span(moment, "day")
    if hours is None or hours.lower() not in HOURS:
        return day
    first, last = HOURS[hours.lower()]
    return Span(day.start + relativedelta(hours=first), day.start + relativedelta(hours=last))


def nth(whole: Span, number: int, unit: str) -> Span | None:
    """The first (for -1 the last) half, quarter, week, weekend or weekday of a span."""
    if unit in WEEKDAYS or unit == "weekend":
        edge = whole.start if number > 0 else whole.end - STEPS["day"]
        start = edge + relativedelta(weekday=WEEKDAYS.get(unit, SA)(number))
        end = start + relativedelta(days=2 if unit == "weekend" else 1)
    else:
        halved = relativedelta(months=6) if (whole.end - whole.start).days > 300 else (whole.end - whole.start) / 2
        step = halved if unit == "half" else STEPS[unit]
        edge = whole.start + step * (number - 1) if number > 0 else whole.end - step
        start, end = midnight(edge), midnight(edge + step)
    return replace(whole, start=start, end=end) if whole.start <= start < whole.end else None


def parse_day(text: str, present: datetime) -> datetime | None:
    """The day that a date, a month or a weekday names: the latest one where the year or week is not said."""
    found: datetime | None = dateparser.parse(
        text,
        languages=["en"],
        settings={
            "RELATIVE_BASE": present,
            "PREFER_DATES_FROM": "past",
            "PREFER_DAY_OF_MONTH": "first",
            "DATE_ORDER": "YMD" if re.match(r"\d{4}-", text) else "DMY",
        },
    )
    return midnight(found.replace(tzinfo=None)) if found else None
