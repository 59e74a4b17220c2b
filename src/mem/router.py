"""Where to look for a text, and why: rules, no model call, a hundredth of a millisecond.

A route adds weight to a tier or names a time range. It never switches looking up off: measured on other people's
questions, rules find 84 % of those that need memory.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import dateparser

from mem.records import Route, Tier, TimeRange
from mem.statements import is_question

JUST_NOW = re.compile(
    r"\b(just (say|said|tell|told|ask|asked|write|wrote)|previous (message|answer)"
    r"|(say|said) (that )?again|above|repeat that)\b",
    re.I,
)
CONVERSATION = re.compile(
    r"\b((we|i|you) (talk|talked|discuss|discussed|said|say|told|tell|mention|mentioned|ask|asked|decide|decided)"
    r"|did (we|i|you) (talk|discuss|say|tell|mention|ask|decide)|our (last )?(chat|conversation|session)s?)\b",
    re.I,
)
ABOUT_PAST = re.compile(
    r"\b(used? to|did i (live|work|have|own|drive|like)|before i|previous(ly)?|formerly"
    r"|old (job|address|flat|house)|no longer)\b",
    re.I,
)
STABLE = re.compile(
    r"\b(my|our|i)\b.*\b(name|birthday|address|job|sister|brother|wife|husband|partner|mother|father|mum|mom|dad|son|daughter|friend|dog|cat|"
    r"pet|car|doctor|boss|favou?rite|allerg\w*|live|work|phone|email|number)\b|^\s*(who|what) (is|are|was) my\b",
    re.I,
)
ABOUT_USER = re.compile(
    r"\bwho am i\b|\bwhat (do|did|have|else do) you (all )?(know|remember|learn|learned) (about|of) me\b"
    r"|\b(tell me|say something) about (me|myself)\b|\bwhat have i told you\b|\bdo you know me\b",
    re.I,
)
# The user's people and animals; the words of one line mean the same.
KIN = (
    "mother mum mom",
    "father dad",
    "wife husband spouse partner girlfriend boyfriend fiancé fiancée fiance",
    "grandmother grandma",
    "grandfather grandpa",
    "daughter son child kid children kids",
    "dog puppy",
    "cat kitten",
    "boss manager",
    "flatmate roommate housemate",
    "sister", "brother", "aunt", "uncle", "cousin", "niece", "nephew", "friend", "colleague", "neighbour", "landlord", "doctor",
    "dentist", "therapist", "pet",
)  # fmt: skip
SELF = re.compile(r"\b(?:do|did|am|was|have|had|should|will|can|could) I\b", re.I)
OWNED = re.compile(r"\b(?:my|our) (?:\w+ )?(\w+)", re.I)
MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
NUMBER = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a few)"
TIME_PHRASE = re.compile(
    rf"\b(?P<since>since |after )?(?P<phrase>"
    rf"today|yesterday|this (?:week|month|year)|last (?:week|month|year)|last (?:{DAYS})|(?<=on )(?:{DAYS})"
    rf"|{NUMBER} (?:day|week|month|year)s? ago"
    rf"|(?:\d{{1,2}} )?(?:{MONTHS}) \d{{4}}|\d{{1,2}} (?:{MONTHS})|(?:{MONTHS}) \d{{1,2}}(?!\d)"
    rf"|(?<=in )(?:{MONTHS})\b|(?<=last )(?:{MONTHS})\b|(?<=since )(?:{MONTHS}|\d{{4}}|{DAYS})\b|(?<=in )(?:19|20)\d\d"
    r"|\d{4}-\d\d-\d\d)",
    re.I,
)


def route(text: str, *, now: datetime) -> Route:
    """The tiers that a text asks for, its time range relative to `now`, and the rule that decided."""
    time_range = find_time_range(text, now=now)
    about_past = bool(ABOUT_PAST.search(text))
    tiers, reason = _tiers(text)
    about_talk = tiers[0] == "working" or bool(CONVERSATION.search(text))
    asks_memory = is_question(text) and (about_talk or bool(STABLE.search(text))) and tiers[0] != "working"
    if time_range is not None:
        reason += f"; names a time ({time_range.phrase})"
    if about_past:
        reason += "; about the past, so superseded facts count"
    return Route(tiers, reason, time_range, about_past, about_talk, asks_memory, about_user=bool(ABOUT_USER.search(text)))


def asks_of_self(text: str) -> bool:
    """Whether a question is about the user and nobody else: "where do I live?"."""
    return bool(SELF.search(text)) and is_question(text) and not kin_asked(text)


def kin_asked(text: str) -> frozenset[str]:
    """Whom of the user's people a question is about: the words for them (mother, mum, mom), or nothing."""
    if not is_question(text):
        return frozenset()
    owned = {word.lower().removesuffix("s") for match in OWNED.finditer(text) for word in match[0].split()[1:]}
    return frozenset(word for group in KIN if owned & set(group.split()) for word in group.split())


def find_time_range(text: str, *, now: datetime) -> TimeRange | None:
    """The first time phrase as a range in local days; None where there is none or it cannot be read."""
    match = TIME_PHRASE.search(text[:2000])
    if match is None:
        return None
    phrase = match["phrase"].lower()
    local = now.astimezone()
    moment = dateparser.parse(
        re.sub(rf"^(last|this) (?=(?:{DAYS})$)", "", phrase),
        languages=["en"],
        settings={"RELATIVE_BASE": local.replace(tzinfo=None), "PREFER_DATES_FROM": "past", "PREFER_DAY_OF_MONTH": "first"},
    )
    if moment is None:
        return None
    try:
        start, end = _span(phrase, moment.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=local.tzinfo))
        (end or start).astimezone(UTC)
    except (OverflowError, ValueError):
        return None  # the end of the year 9999 is later than any datetime
    if match["since"]:
        return TimeRange(start, None, match["since"] + phrase)
    return TimeRange(start, end, phrase)


def _tiers(text: str) -> tuple[tuple[Tier, ...], str]:
    if ABOUT_USER.search(text):
        return ("semantic", "episodic"), "asks what is known about the user"
    if JUST_NOW.search(text):
        return ("working", "episodic"), "asks about what was just said"
    if CONVERSATION.search(text):
        return ("episodic", "semantic"), "asks about a conversation"
    if STABLE.search(text):
        return ("semantic", "episodic"), "asks for something lasting about the user"
    return ("episodic", "semantic"), "no rule fits: all memories"


def _span(phrase: str, day: datetime) -> tuple[datetime, datetime]:
    """The whole day, week, month or year that `phrase` means, given a moment in it."""
    if "week" in phrase:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if "month" in phrase or re.fullmatch(rf"(?:{MONTHS})(?: \d{{4}})?", phrase):
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)
    if "year" in phrase or re.fullmatch(r"\d{4}", phrase):
        january = day.replace(month=1, day=1)
        return january, january.replace(year=january.year + 1)
    return day, day + timedelta(days=1)
