"""When something that a message tells is, or was, so: read from the words around it, as seen from when they were said. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dateparser

from mem.fact_grammar import TIME_LEAD, TIME_PHRASE
from mem.fact_table import Pattern, value_group
from mem.records import TimeRange
from mem.statements import STOP_MARK
from mem.time_ranges import find_time_range

RECENT = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Told:
    """When something was so: from, and up to."""

    since: datetime | None = None
    until: datetime | None = None


def when_told(
    pattern: Pattern,
    match: re.Match[str],
    sentence: str,
    span: tuple[int, int],
    *,
    said_at: datetime,
    opened_at: datetime | None,
) -> Told | None:
    """From when, or up to when, what stands in `span` of the sentence is told to be so; None for the last few weeks only.

    `opened_at`: the time that the clause begins with.
    """
    if not pattern.dated:
        return Told()
    start, end = span
    if pattern.past:
        return _gone_by(sentence, start, end, said_at)
    value_start, value_end = match.span(value_group(match))
    around = f"{sentence[match.start() : value_start]} {sentence[value_end:end]}"
    when = find_date(around, said_at=said_at) or opened_at
    return Told(until=when) if pattern.retracted else Told(since=when)


def _gone_by(sentence: str, start: int, end: int, said_at: datetime) -> Told | None:
    rest = re.match(rf"(?:(?!{STOP_MARK}but\b)[^,;:–—(])*", sentence[end:])
    told = sentence[start : end + (rest.end() if rest else 0)].replace(STOP_MARK, " ")
    found = find_time_range(told, now=said_at) or TimeRange(None, None)
    since, until = (moment and moment.astimezone(UTC) for moment in (found.start, found.end))
    if since and since > said_at - RECENT:
        return None
    return Told(since, until if until and until < said_at else None)


def find_date(text: str, *, said_at: datetime) -> datetime | None:
    """The first time that `text` names ("in May", "since 2019"), in UTC; a month alone is the latest before `said_at`."""
    match = TIME_PHRASE.search(text)
    if match is None:
        return None
    phrase = " ".join(TIME_LEAD.sub("", match[0]).lower().split()).replace("a couple of", "2").replace(" of ", " ")
    settings: dict[str, object] = {"RELATIVE_BASE": said_at.replace(tzinfo=None), "PREFER_DATES_FROM": "past"}
    if "ago" not in phrase:
        settings |= {"PREFER_DAY_OF_MONTH": "first", "PREFER_MONTH_OF_YEAR": "first"}
    found: datetime | None = dateparser.parse(phrase, languages=["en"], settings=settings)
    if found is None or found > said_at.replace(tzinfo=None):
        return None
    return found.replace(tzinfo=said_at.tzinfo).astimezone(UTC)
