"""The words by which a text names a time, as regular expressions; `time_ranges` says what they mean.

Every repetition is bounded, so that reading takes time in proportion to the text. In PATTERNS, `@` stands before words that
are a time only after "in", "since" …: May, June and April are people too, "may" is a verb, and 2019 may count stamps.
"""

from __future__ import annotations

import re

FULL_MONTH = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
MONTH = f"(?:{FULL_MONTH}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
WEEKDAY = "(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
SEASON = "(?:spring|summer|autumn|fall|winter)"
HOLIDAY = (
    "(?:christmas eve|christmas day|christmas|boxing day|new year's eve|new year's day|new year's|(?<!the )new year|halloween"
    "|valentine's day|thanksgiving|good friday|easter sunday|easter monday|easter)"
)
DECADES = {"fifties": 5, "sixties": 6, "seventies": 7, "eighties": 8, "nineties": 9}
HOURS = "(?:morning|afternoon|evening|night)"
PARTS = {"early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2}  # which third
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": -1}
ORDINAL = f"(?:{'|'.join(ORDINALS)})"
# The least and the most that a count means.
COUNTS = {
    "a": (1, 1), "an": (1, 1), "one": (1, 1), "two": (2, 2), "three": (3, 3), "four": (4, 4), "five": (5, 5), "six": (6, 6),
    "seven": (7, 7), "eight": (8, 8), "nine": (9, 9), "ten": (10, 10), "eleven": (11, 11), "twelve": (12, 12),
    "fifteen": (15, 15), "twenty": (20, 20), "thirty": (30, 30), "couple": (2, 3), "few": (2, 5), "several": (3, 7),
}  # fmt: skip
COUNT = rf"(?:\d{{1,3}}|(?:a )?couple(?: of)?|(?:a )?few|half an?|{'|'.join(COUNTS)})"
LONG_UNIT = "(?:weekend|week|fortnight|month|quarter|year|decade)"
UNIT = f"(?:minute|hour|day|{LONG_UNIT})"
WHICH = "(?:last|this past|this|previous)"

YEAR = r"(?:19|20)\d\d(?![\d%/]|[.,]\d|:\d)"
DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?!\d)"
COUNTED = r"(?! (?:words|pieces|characters|tokens|lines|steps|people|times|euros?|dollars|pounds|miles|k?m|kg|bce?)\b)"
NUMBER_START = r"(?<![\w.:/$€£#-])"
NUMERIC = (
    rf"(?:{NUMBER_START}\d{{4}}-\d{{1,2}}-\d{{1,2}}(?:[T ]\d\d:[\d:.]{{2,13}}(?:Z|[+-][\d:]{{2,5}})?)?(?![\w-])"
    rf"|{NUMBER_START}\d{{1,2}}/\d{{1,2}}/(?:\d{{4}}|\d\d)(?![\w/])|{NUMBER_START}\d{{1,2}}\.\d{{1,2}}\.\d{{4}}(?!\w|\.\d))"
)
DATE = (
    rf"(?:{NUMERIC}|{NUMBER_START}{DAY}(?: of)? {MONTH}\b\.?,? ?{YEAR}"
    rf"|{NUMBER_START}{DAY}(?: of)? (?:(?!may\b){MONTH}|(?-i:May)|may(?=[^\w ]|$))\b"
    rf"|\b{MONTH}\.? {DAY},? ?{YEAR}"
    rf"|\b(?!(?:may|march) \d{{1,2}} (?:people|[a-z]{{1,20}}s)\b){MONTH}\.? {DAY}(?![.,]\d|%| ?(?:am|pm)\b))"
)
MONTH_OF_YEAR = rf"(?:\b{MONTH}\.?,?(?: of)? {YEAR}|{NUMBER_START}\d{{4}}-(?:0[1-9]|1[0-2])(?![\w-]))"
PERIOD = (
    rf"(?:{MONTH_OF_YEAR}|{SEASON}(?: of)? {YEAR}|{WHICH} (?:{LONG_UNIT}|{SEASON}|{FULL_MONTH})\b|{FULL_MONTH}\b|{SEASON}\b"
    rf"|(?:year )?{YEAR}|(?:19|20)\d0s|(?:month|year|decade)\b)"
)
ENDPOINT = (
    rf"(?:{DATE}|{MONTH_OF_YEAR}|{SEASON}(?: of)? {YEAR}|{FULL_MONTH}\b|{YEAR}|last (?:{LONG_UNIT}|{WEEKDAY})|{WEEKDAY}"
    rf"|{COUNT} {UNIT}s? ago|yesterday|today)"
)
NAME_LIKE = (
    "(?:april|may|june)(?!'s)(?! (?:is|was|has|had|said|says|told|asked|left|came|comes|went|got|likes?|wants?|moved|called"
    r"|knows?|knew|and (?:I|me|my))\b)"
)
PATTERNS = {
    "between": (
        rf"(?:between|from) (?:the )?(?P<first>{ENDPOINT}|{DAY}) (?:and|to|until|till|through|-|–) "
        rf"(?:the )?(?P<last>{ENDPOINT})"
    ),
    "offset": (
        rf"(?:last )?(?:(?P<day>{WEEKDAY})|(?:(?P<count>{COUNT}) )?(?P<unit>{UNIT})s?) (?P<side>before|after|prior to) "
        rf"(?:the )?(?P<base>{DATE})"
    ),
    "part": (
        rf"(?P<place>early|mid|late|(?:beginning|start|middle|end) of"
        rf"|{ORDINAL} (?:week|weekend|half|quarter|{WEEKDAY}) (?:of|in))"
        rf"[ -](?:the )?(?P<whole>{PERIOD})(?! (?:I|we|you|be|have|not)\b)"
    ),
    "date": rf"(?P<date>{DATE})",
    "month_of_year": rf"(?P<month>{MONTH_OF_YEAR})",
    "quarter": rf"Q(?P<number>[1-4]),?(?: of)? (?P<year>{YEAR})",
    "season": (
        rf"(?:(?P<which>{WHICH}) |(?={SEASON}(?: of)? {YEAR})|@(?<!for )(?<!for the )(?<!on )(?<!on the )(?<!at )(?<!at the )"
        rf"(?!(?<=the )fall\b))(?P<name>{SEASON})\b(?:(?: of)? (?P<year>{YEAR}))?"
    ),
    "holiday": rf"(?:(?P<which>{WHICH}) |(?={HOLIDAY} {YEAR})|@)(?P<name>{HOLIDAY})\b(?: (?P<year>{YEAR}))?",
    "decade": rf"(?P<name>(?:19|20)\d0s|(?<=the )'?[5-9]0s|(?<=the )(?:{'|'.join(DECADES)}))",
    "before_last": rf"(?P<unit>{LONG_UNIT}) before last",
    "rolling": (
        rf"(?:(?:last|past|previous) (?P<count>{COUNT}) (?P<unit>{UNIT})s?|(?:(?<=the )(?:last|past)|this past) "
        r"(?P<one>day|week|month|year|decade)\b(?! (?:of|in|at|before)\b))"
    ),
    "ago": rf"(?P<count>{COUNT}) (?P<unit>{UNIT})s?(?P<half> and a half)? (?:ago|back(?=[^\w ]|$| (?:I|we|you|when)\b))",
    "which": rf"(?P<which>{WHICH}) (?P<unit>{LONG_UNIT})",
    "weekend": r"@(?<=the )weekend",
    "weekday": rf"(?:(?P<which>{WHICH}) |@(?<!in )(?<!at )(?<!for ))(?P<name>{WEEKDAY})(?: (?P<hours>{HOURS}))?",
    "day": rf"today|this {HOURS}|last (?:night|evening)|tonight|day before yesterday|yesterday(?: {HOURS})?",
    "month": (
        rf"(?:(?P<which>{WHICH}) |@(?<!on )(?<!at )(?<!over )(?<!for )(?!(?:(?<=by )|(?<=from ))(?:april|may|june)))"
        rf"(?P<name>(?!april|may|june){FULL_MONTH}|{NAME_LIKE})"
    ),
    "year": rf"(?:year |@(?<!on )(?<!at )(?<!over )(?<!for )(?<!by ))(?P<year>{YEAR}){COUNTED}",
    "day_of_month": r"(?<=on the )(?P<number>[12]\d|3[01]|[1-9])(?:st|nd|rd|th)(?=[^\w -]|$)",
    "vague": "(?<!most )(?<!least )recently|lately|of late|these days|(?<=the )(?P<other>other) (?:day|night|week)",
    "unit": r"(?<![\w ])(?P<unit>month|year|decade)(?=$)",
}
RELATION = "(?:(?P<relation>since|after|before|until|till|up to|prior to|by) )?"
PLACING = "(?:(?P<placing>in|on|at|over|during|around|from|for|as of|back in) )?"
PLACED = "(?(relation)|(?(placing)|(?!)))"
ONWARDS = re.compile(r" on(?:wards?)?(?=[^\w ]|$| (?:I|we|you)\b)", re.I)
FUTURE = re.compile(
    rf"\b(?:tomorrow|upcoming|will|shall|going to|from now|(?:next|coming) (?:{UNIT}|{WEEKDAY}|{MONTH}|{SEASON}|{HOLIDAY})"
    rf"|in {COUNT} {UNIT}s?)\b|'ll\b",
    re.I,
)


def _compile(guard: str) -> re.Pattern[str]:
    """All patterns as alternatives, each a group with its name; the groups in them stay nameless."""
    groups = {
        name: f"(?P<{name}>(?:{re.sub(r'[(][?]P<[a-z]+>', '(?:', pattern)})(?!\\w))".replace("@", guard)
        for name, pattern in PATTERNS.items()
    }
    between = groups.pop("between")  # its "from" is not that of "the letter from Monday"
    return re.compile(rf"(?<!\w)(?:{between}|{RELATION}{PLACING}(?:the )?(?:{'|'.join(groups.values())}))", re.I)


SCANNER = _compile(PLACED)
WHOLE = _compile("")  # for a text that is nothing but a time
