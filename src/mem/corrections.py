"""What takes back or ends something held: "no, I meant Leeds", "we sold the van", "I don't live in Bath".

Such words hardly ever name the fact, so it is found among those held: a correction is of what was told just before. Where
more than one fits, none is meant. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import TypeVar

from mem.deciding import STAGES, is_same
from mem.fact_patterns import find_date
from mem.fact_table import cardinality
from mem.fact_words import CAPITALISED, COMPANY, DATE, DIETS, END, JOBS, PERSON, PETS, WITH_ARTICLE
from mem.records import Fact, FactCandidate
from mem.statements import asks, own_words, sentences, spaced, states_nothing, with_apostrophes
from mem.text import fold

Claim = TypeVar("Claim", Fact, FactCandidate)
JUST_BEFORE = timedelta(minutes=30)
PLAIN_DATE = DATE.replace("?P<value>", "?:")
ITEM = (
    rf"(?:{PLAIN_DATE}|(?-i:[A-Z])[\w'-]*(?:\.)?(?: (?:(?:upon|on|of|the|de|la|van|von) )?{CAPITALISED}){{0,3}}"
    rf"|[\d][\w./:+-]*(?: [\d][\w/:+-]*){{0,4}}|[a-z][\w'-]*(?: [a-z][\w'-]*)?)"
)
ART = "(?:the |an? |my )?"
OOPS = (
    r"(?:no|nope|nah|sorry|oops|whoops|wait|actually|correction|typo|my bad|my mistake|scratch that|hang on|hold on"
    r"|edit|ah|argh"
    r"|ugh|hmm|er|erm|oh|i mean|wrong|damn|dang|autocorrect|fat fingers|well|that's wrong|not quite|brain fart|typo brain)"
)
LEAD = rf"(?:{OOPS}[,.!;:—–…-]* )"
AFTER = rf"(?={END}| with | without | obviously| of course| actually)"
# Each has the right value, and some the wrong one.
CORRECTIONS = (
    spaced(rf"\b(?:I )?mean(?:t)?(?: to (?:say|write|type"
        rf"|put))? {ART}(?P<right>{ITEM})(?:,? not {ART}(?P<wrong>{ITEM}))?{AFTER}"),
    spaced(rf"\bnot {ART}(?P<wrong>{ITEM})(?:,|;| -| –| —|,? but|,? (?:it's|he's|she's|that's"
        rf"|its)) {ART}(?P<right>{ITEM}){AFTER}"),
    spaced(rf"^{LEAD}{{0,3}}(?:it's|it is|that's|its|he's|she's|should be|make (?:that|it)) (?:actually "
        rf"|now )?{ART}(?P<right>{ITEM})(?: now)?,? not "
           rf"{ART}(?P<wrong>{ITEM}){AFTER}"),
    spaced(rf"^{LEAD}{{1,3}}(?:it's|it is|that's|its|that should (?:be|say)|it should (?:be|say)|should be"
        rf"|make (?:that|it)) (?:actually )?"
           rf"{ART}(?P<right>{ITEM}){AFTER}"),
    spaced(rf"^{LEAD}{{0,2}}{ART}(?P<right>{ITEM}),? not {ART}(?P<wrong>{ITEM}){AFTER}"),
    spaced(rf"(?:it's|it is|its|that's) (?:spelled|spelt|written) (?P<right>{CAPITALISED}){AFTER}"),
    spaced(rf"^(?:\*(?P<right>{ITEM})|{LEAD}{{1,3}}{ART}(?P<again>{ITEM}))$"),
    spaced(rf"^(?P<right>{ITEM})\*$"),
)
NOT_RIGHT = spaced(
    r"(?:i|you|he|she|it|we|they|sorry|no|not|yes|ok|okay|fine|that|this|the|a|an|wait|thanks|thank you|never|what"
    r"|just|like|really"
    r"|to|in|at|my|your|too|so|well|nothing|kidding|bad|good|great|nice|cool|right|wrong|sure|true|funny|mind|worries|problem"
    r"|more|less|only|even|always|maybe|going|being|having|looking|trying|about|because)\b"
)
STARTS_OVER = spaced(rf"^{LEAD}{{1,3}}|^(?:I meant|I made a typo|that was wrong)\b")
# What ends: with the predicates that it may be said of.
PARTNERS = frozenset().union(*STAGES)
THING = r"(?:the |my |our |that |his |her )?(?P<what>[\w'-]+(?: [\w'-]+){0,2}?)"
WHEN_WORDS = (
    r"(?= ?$|[,.;:!?)…-]| (?:and|but|so|because|last|this|yesterday|today|on|in|at|finally|now|ages|years|a|after|cos|it|for|to"
    r"|completely|the other)\b)"
)
BELONGINGS = frozenset(("owns", "drives", "has", *WITH_ARTICLE.split("|")))
SINCE = r"(?:have |are |have just |are now |just |recently )?"
SPLIT = (
    rf"{SINCE}(?:broke up|broken up|split up|split|divorced|getting divorced|got divorced|separated|no longer together"
    r"|aren't together any ?more|called it quits|called off the engagement)"
)
ENDINGS = (
    (
        BELONGINGS,
        spaced(
            r"(?:^|\b(?:I|we)(?:'ve| have)? ?)(?:just |finally |also |actually )?(?:sold|got rid of|gave away|given away"
            r"|traded in|scrapped|wrote off|parted with|returned|don't have|no longer have|don't own) "
            rf"{THING}(?: any ?more)?{WHEN_WORDS}"
        ),
    ),
    (PARTNERS, spaced(rf"\b(?P<what>[\w'-]+) and (?:I|me) {SPLIT}")),
    (PARTNERS, spaced(rf"\b(?:me|I) and (?P<what>[\w'-]+) {SPLIT}")),
    (
        PARTNERS,
        spaced(
            r"\b(?:I|we)(?:'ve| have)? ?(?:just )?(?:broke up with|broken up with|split up with|split from|dumped|divorced|left"
            r"|am no longer with|'m no longer with|'m not with) (?:my (?:\w+ )?)?(?P<what>[\w'-]+)"
        ),
    ),
    (PARTNERS, spaced(r"\b(?P<what>[\w'-]+) (?:dumped me|left me|broke up with me|broke it off)")),
    (
        frozenset(("works at",)),
        spaced(
            r"\b(?:I|I've|I have|I'm|I am|I was|I got|I've been) ?(?:just |finally |recently |officially )?(?:quit|left|leaving"
            r"|resigned from|retired from|finished at|handed in my notice at|stopped working (?:at|for)|done with"
            r"|out of|(?:got |been |was )?(?:laid off|fired|sacked|let go|made redundant) (?:from|by|at)) "
            rf"(?P<what>{COMPANY}|the [\w ]+?){WHEN_WORDS}"
        ),
    ),
    (
        frozenset(("studies at", "volunteers at")),
        spaced(
            r"\b(?:I|I've|I have) ?(?:just |finally )?(?:graduated from|dropped out of|left|finished at|quit) "
            rf"(?P<what>{COMPANY}){WHEN_WORDS}"
        ),
    ),
    (
        frozenset(("plays", "studies", "is learning", "likes", "supports")),
        spaced(
            r"(?:^|\b(?:I|I've|I have) ?)(?:just |finally |completely )?(?:gave up|given up|gone off|went off|quit|stopped"
            rf"|packed in|jacked in|dropped)(?: on)?(?: playing| learning| studying| supporting| doing)? {THING}{WHEN_WORDS}"
        ),
    ),
    (
        frozenset(PETS.split("|")),
        spaced(
            r"\b(?P<what>[\w'-]+) (?:has )?(?:died|passed away|was put down|was put to sleep|ran away for good"
            r"|went to a new home)"
        ),
    ),
)
DEATH = re.compile(r"\b(?:died|passed away|dead|deceased|put down)\b", re.IGNORECASE)
I_AM = r"\b(?:I'm|I am|I'm really|we're|we are) not (?:actually |really |even )?"
I_DO = r"\b(?:I|we) (?:don't|do not|never|didn't|have never|'ve never) (?:actually |really |even )?"
DENIALS = (
    (frozenset(("lives in",)), spaced(rf"{I_DO}(?:live|lived) in (?P<what>{CAPITALISED}(?: {CAPITALISED}){{0,2}})")),
    (frozenset(("works at",)), spaced(rf"{I_DO}(?:work|worked) (?:at|for) (?P<what>{COMPANY})")),
    (frozenset(("likes",)), spaced(rf"{I_DO}(?:like|love|enjoy) {THING}{WHEN_WORDS}")),
    (frozenset(("plays",)), spaced(rf"{I_DO}(?:play|played) {THING}{WHEN_WORDS}")),
    (frozenset(("drives", "owns", "has")), spaced(rf"{I_DO}(?:drive|own|have) (?:an? )?{THING}{WHEN_WORDS}")),
    (frozenset(("works as",)), spaced(rf"{I_AM}(?:an? )(?P<what>(?:[\w-]+ ){{0,2}}(?:{JOBS})){WHEN_WORDS}")),
    (frozenset(("diet",)), spaced(rf"{I_AM}(?:an? )?(?P<what>{DIETS}){WHEN_WORDS}")),
    (frozenset(("allergic to",)), spaced(rf"{I_AM}allergic to {THING}{WHEN_WORDS}")),
    (frozenset(("is from",)), spaced(rf"{I_AM}from (?P<what>{CAPITALISED})")),
    (frozenset(("married to", "husband", "wife")), spaced(rf"{I_AM}married to (?P<what>{PERSON})")),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that is no question, with its place in the message."""

    text: str
    start: int


def correct(
    text: str, found: Sequence[FactCandidate], held: Sequence[Fact], *, said_at: datetime
) -> list[FactCandidate]:
    """The claims `found` in a message with its corrections applied: to each other, and to what was told just before."""
    recent = _told_just_before(held, said_at)
    claims = list(found)
    starts_over = STARTS_OVER.match(with_apostrophes(text.strip())[0])
    if starts_over:
        claims = [_in_place_of(claim, recent) for claim in claims]
    for right, wrong, quote in _corrections(text):
        if any(is_same(claim.value, right) and claim.corrects for claim in claims):
            continue
        here = _meant(right, wrong, [claim for claim in claims if claim.quote not in quote or wrong])
        if here is not None:
            at = claims.index(here)
            begin = text.find(here.quote)
            end = text.find(quote, begin) + len(quote)
            claims[at] = replace(here, value=_put(here.value, right, wrong), quote=text[begin:end] if end > begin else quote)
            claims = [claim for claim in claims if claim is claims[at] or not is_same(claim.value, right)]
        elif (there := _meant(right, wrong, recent)) is not None:
            value = _put(there.value, right, wrong)
            claims = [claim for claim in claims if not is_same(claim.value, right)]
            claims.append(
                FactCandidate(
                    there.subject, there.predicate, value if value in text else right, quote, there.cardinality,
                    corrects=there.value,
                )
            )  # fmt: skip
    return claims


def find_endings(text: str, held: Sequence[Fact], *, said_at: datetime) -> list[FactCandidate]:
    """Which of the facts held the message ends or denies, though it states nothing new."""
    ended = []
    for statement in _statements(text, mourning=True):
        for rows, denied in ((ENDINGS, False), (DENIALS, True)):
            for predicates, pattern in rows:
                for match in pattern.finditer(statement.text):
                    facts = [
                        fact for fact in held
                        if fact.predicate in predicates and fact.subject == "user" and _names(match["what"], fact.value)
                    ]  # fmt: skip
                    if len({fold(fact.value) for fact in facts}) == 1:
                        when = None if denied else find_date(statement.text[match.start() :], said_at=said_at)
                        ended += [_ended(fact, match[0], text, when, denied=denied) for fact in facts]
    return ended


def _ended(fact: Fact, words: str, text: str, when: datetime | None, *, denied: bool) -> FactCandidate:
    return FactCandidate(
        fact.subject, fact.predicate, fact.value, as_written(words.strip(), text), cardinality(fact.predicate), None, True,
        invalid_at=when, corrects=fact.value if denied else "",
    )  # fmt: skip


def _told_just_before(held: Sequence[Fact], said_at: datetime) -> list[Fact]:
    """The facts that the last message with any told."""
    told = [(max(evidence.said_at for evidence in fact.evidence), fact) for fact in held if fact.evidence]
    told = [(moment, fact) for moment, fact in told if said_at - JUST_BEFORE <= moment <= said_at]
    latest = max((moment for moment, _ in told), default=said_at)
    return [fact for moment, fact in told if moment == latest]


def _in_place_of(claim: FactCandidate, recent: Sequence[Fact]) -> FactCandidate:
    """After "sorry, …" a claim takes the place of what was said of the same just before."""
    same_slot = [
        fact for fact in recent if (fold(fact.subject), fact.predicate) == (fold(claim.subject), claim.predicate)
    ]
    if claim.retracted or claim.cardinality != "one" or len(same_slot) != 1 or is_same(same_slot[0].value, claim.value):
        return claim
    return replace(claim, corrects=same_slot[0].value)


def _corrections(text: str) -> Iterator[tuple[str, str, str]]:
    """Right value, wrong value or "", and the words that say so."""
    for statement in _statements(text):
        for pattern in CORRECTIONS:
            match = pattern.search(statement.text)
            if match is None:
                continue
            groups = match.groupdict()
            right, wrong = (groups.get("right") or groups.get("again") or "").strip(), (groups.get("wrong") or "").strip()
            if right and not NOT_RIGHT.match(right) and not (wrong and NOT_RIGHT.match(wrong)):
                yield right, wrong, as_written(match[0].strip(), text)
                break


def _meant(right: str, wrong: str, told: Sequence[Claim]) -> Claim | None:
    """The one claim that is corrected, or None where it is not certain which."""
    if wrong:
        fitting = [claim for claim in told if _names(wrong, claim.value)]
        return fitting[-1] if len(fitting) == 1 else None
    alike = [claim for claim in told if _kind(claim.value) == _kind(right) and not is_same(claim.value, right)]
    if len(alike) == 1 and len(told) == 1:
        return alike[0]
    close = [claim for claim in alike if SequenceMatcher(None, fold(claim.value), fold(right)).ratio() >= 0.6]
    if len(close) == 1:
        return close[0]
    single = [claim for claim in alike if claim.cardinality == "one"]
    return alike[0] if len(alike) == 1 and single else None


def _names(words: str, value: str) -> bool:
    """Whether the words name the value: all of it, or its last words, or its first."""
    said, whole = re.findall(r"\w+", fold(words)), re.findall(r"\w+", fold(value))
    said = said[1:] if said[:1] in (["the"], ["my"], ["our"]) else said
    whole = whole[1:] if len(whole) > 1 and whole[0] in ("the", "a", "an") else whole
    return bool(said) and (said == whole or whole[-len(said) :] == said or whole[: len(said)] == said)


def _put(value: str, right: str, wrong: str) -> str:
    """The value with the wrong part of it made right."""
    if wrong and re.search(rf"\b{re.escape(wrong)}\b", value, re.IGNORECASE) and not is_same(value, wrong):
        return re.sub(rf"\b{re.escape(wrong)}\b", lambda match: right, value, flags=re.IGNORECASE)
    return right


def _kind(value: str) -> str:
    """Only like is corrected by like: a date by a date, a name by a name."""
    if re.search(r"\d", value):
        return "number" if re.match(r"[\d +().-]+$", value) else "date"
    return "name" if value[:1].isupper() else "word"


def _statements(text: str, *, mourning: bool = False) -> Iterator[Statement]:
    words, _ = with_apostrophes(own_words(text))
    for start, end in sentences(words):
        sentence = words[start:end].rstrip(" .!")
        real = DEATH.sub("", sentence) if mourning else sentence
        if not asks(sentence) and not states_nothing(real):
            yield Statement(sentence, start)


def as_written(words: str, text: str) -> str:
    """The words as the message has them, apostrophes or none."""
    if words in text:
        return words
    pattern = r"\s+".join(re.escape(word).replace("'", "['’]?") for word in words.split())
    match = re.search(pattern, text, re.IGNORECASE)
    return match[0] if match else words
