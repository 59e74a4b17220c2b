"""Slips that a message mends itself: "I live in Bath, no, sorry, Bathgate", "Did I say Durham? I meant Dundee". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mem.deciding import is_same
from mem.fact_words import CAPITALISED, DATE
from mem.records import FactCandidate
from mem.statements import in_earnest, one_of, spaced, with_apostrophes

PLAIN_DATE = DATE.replace("?P<value>", "?:")
# What can be right or wrong: a date, a name, a number, or one or two plain words.
NAMED = rf"(?-i:[A-Z])[\w'-]*(?:\.)?(?: (?:(?:upon|on|under|next|by|in|of|the|de|la|le|van|von) )?{CAPITALISED}){{0,3}}"
NUMBERED = r"[\d][\w./:+-]*(?: [\d][\w/:+-]*){0,4}"
WORDS = r"[a-z][\w'-]*(?: [a-z][\w'-]*)?"
ITEM = rf"(?:{PLAIN_DATE}|{NAMED}|{NUMBERED}|{WORDS})"
GAP = r"[,.;:!?…\s–—-]*"
# Said between the wrong word and the right one; of plain words only where nothing else can be meant.
SURELY = one_of(
    "no,? (?:wait|sorry|hang on|hold on|scratch that|I mean|make that)", "sorry,", "oops", "whoops", "I mean(?:t)?",
    "make (?:that|it)", "or rather", "correction", "scratch that", "typo",
)  # fmt: skip
PERHAPS = one_of(
    "no(?=[,.!:…–—-])", "nope", "sorry(?=[,.!:…–—-])", "wait", "rather", "er+m?", "um+", "uh+", "argh", "hang on", "hold on",
    "damn",
)  # fmt: skip
SLIP_INSIDE = spaced(rf"(?P<wrong>.+?){GAP}\b{SURELY}{GAP}(?P<right>\w.*)")
BEFORE_IT = r"(?:(?:it's|that's|I'm|he's|she's|it should be|the|an?|my|in|at) )?"
DONE = (
    r"(?=\s*$|[,.;:!?)…–—]| -| actually\b| obviously\b| of course\b| I\b| not\b| that's\b| now\b"
    r"| (?:and|but|so|where|which)\b"
    r"| (?:in|since|from|until|for) \d)"
)
SAID = r"(?:did I (?:really |just )?(?:say|write|type|put)|I (?:said|wrote|typed|put))"
MEANT = r"(?:I mean(?:t)?(?: to (?:say|write|type|put))?|it's|it is|it was|it should be|should be|should have been|make that)"
SAID_WRONG = (
    spaced(rf"\b{SAID} (?:the |an? |my )?(?P<wrong>{ITEM}?)(?=[?,.!;]| but\b| when\b| instead\b)[^?!.]{{0,30}}[?!.,;]?"
           rf"[^?!.]{{0,20}}?\b{MEANT} (?:the |an? |my )?(?P<right>{ITEM}){DONE}"),
    spaced(rf"^\W*(?P<wrong>{NAMED}|{NUMBERED})\?+ (?:no[,.!]* )?{MEANT} (?P<right>{NAMED}|{NUMBERED}){DONE}"),
)  # fmt: skip


def find_slips(text: str, claims: Sequence[FactCandidate]) -> Iterator[tuple[str, str, str]]:
    """Right value, wrong value, and the words that say so: in what the message claims, and of what it says was said."""
    words, _ = with_apostrophes(in_earnest(text))
    for claim in claims:
        if not claim.retracted and (found := _mended(claim.value, words)):
            yield found
    for pattern in SAID_WRONG:
        if (match := pattern.search(words)) and not is_same(match["right"], match["wrong"]):
            yield match["right"].strip(" ."), match["wrong"].strip(), match[0].strip()


def _mended(value: str, words: str) -> tuple[str, str, str] | None:
    """What stands right after the value and the words for a slip, where it is of the value's kind."""
    if (inside := SLIP_INSIDE.fullmatch(value)) is not None:
        return inside["right"], value, value
    kind, oops = _of_kind(value)
    said = rf"(?<!\w){_pattern_of(value)}\b{GAP}(?:{oops}{GAP})+{BEFORE_IT}(?P<right>{kind}){DONE}"
    match = spaced(said).search(words)
    if match is None or is_same(match["right"], value):
        return None
    return match["right"].strip(" ."), value, match[0].strip()


def _pattern_of(value: str) -> str:
    """A piece of a pattern that stands for these words."""
    return " ".join(map(re.escape, value.split()))


def _of_kind(value: str) -> tuple[str, str]:
    if re.search(r"\d", value):
        return rf"(?:{PLAIN_DATE}|{NUMBERED})", one_of(SURELY, PERHAPS)
    if value[:1].isupper():
        return NAMED, one_of(SURELY, PERHAPS)
    return WORDS, SURELY
