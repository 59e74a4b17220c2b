"""What takes back something told: "no, I meant Leeds", "sorry, it's Thursday not Friday", "*Aoife".

Such words hardly ever name the fact, so it is found among those that were told just before; where more than one fits, none
is meant. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import SequenceMatcher
from functools import partial
from typing import TypeVar

from mem.deciding import JUST_BEFORE, is_same
from mem.fact_words import CAPITALISED, END, MONTH, TOWN
from mem.kinship import is_relation
from mem.records import Fact, FactCandidate
from mem.slips import ITEM, NAMED, NUMBERED, PLAIN_DATE, find_slips
from mem.statements import asks, in_earnest, one_of, sentences, spaced, states_nothing, with_apostrophes
from mem.text import fold

Claim = TypeVar("Claim", Fact, FactCandidate)
ART = "(?:the |an? |my )?"
RIGHT, WRONG = f"{ART}(?P<right>{ITEM})", f"{ART}(?P<wrong>{ITEM})"
OOPS = one_of(
    "no", "nope", "nah", "sorry", "oops", "whoops", "wait", "actually", "correction", "typo", "my bad", "my mistake",
    "scratch that", "hang on", "hold on", "edit", "ah", "argh", "ugh", "hmm", "er", "erm", "oh", "i mean", "wrong", "damn",
    "dang", "autocorrect", "fat fingers", "well", "that's wrong", "not quite", "brain fart", "typo brain",
)  # fmt: skip
LEAD = rf"(?:{OOPS}[,.!;:—–…-]* )"
DEATH = re.compile(r"\b(?:died|passed away|dead|deceased|put down)\b", re.IGNORECASE)
AFTER = rf"(?={END}| with | without | obviously| of course| actually)"
IT_IS = one_of("it's", "it is", "that's", "its", "should be", "make that", "make it")
IT_SHOULD = one_of("that should be", "that should say", "it should be", "it should say")
# "Tom is not a baker, he is a butcher", "… in Leeds but in York".
INSTEAD = (
    "(?:(?:,|;| -| –| —|,? but)(?: (?:it|he|she|that|they|I|we)(?:'s|'m|'re| is| am| are))?"
    "|,? (?:it's|he's|she's|that's|its))"
)
PREPOSITION = "(?:(?:in|at|from|called|named) )?"
I_MEANT = (
    "(?:(?:I mean(?:t)?|meant|(?<!it\\s)(?<!that\\s)(?<!this\\s)mean(?= to\\b))(?: to (?:say|write|type|put))?"
    "|should(?:'ve| have) (?:said|put|written|been))"
)
SLIP = one_of(
    "sorry", "oops", "whoops", "typo", "correction", "my bad", "my mistake", "make that", "should be", "scratch that",
    "fat fingers", "d'oh", "doh", "argh",
)  # fmt: skip
# Each has the right value, and some the wrong one.
CORRECTIONS = (
    spaced(rf"\b{I_MEANT},? {RIGHT}(?:,? not {WRONG})?{AFTER}"),
    spaced(rf"^{LEAD}{{0,3}}(?:{IT_IS}|he's|she's) (?:actually |now )?{RIGHT}(?: now)?,? not {WRONG}{AFTER}"),
    spaced(rf"^{LEAD}{{1,3}}(?:{IT_IS}|{IT_SHOULD}) (?:actually )?{RIGHT}{AFTER}"),
    spaced(rf"^{LEAD}{{0,2}}{RIGHT},? (?<!'s\s)not {WRONG}{AFTER}"),
    spaced(rf"\b(?P<right>{NUMBERED}|{NAMED}),? (?:sorry,? )?not (?P<wrong>{NUMBERED}|{NAMED})(?:{AFTER}| )"),
    spaced(rf"(?:\bnot|n't) {PREPOSITION}{WRONG}{INSTEAD} {PREPOSITION}{RIGHT}{AFTER}"),
    spaced(rf"(?:it's|it|its|that's|name's|is) (?:actually )?(?:spelled|spelt|written) (?P<right>{CAPITALISED}){AFTER}"),
    spaced(rf"^{LEAD}{{0,3}}(?:{IT_IS} )?(?P<right>{CAPITALISED}),? with (?:an?|one|two|three|no|(?:a )?double) [a-z](?!\w)"),
    spaced(rf"^{LEAD}{{0,2}}(?:spelled|spelt|written) (?P<right>{CAPITALISED}){AFTER}"),
    spaced(rf"^(?:\*(?P<right>{ITEM})|{LEAD}{{1,3}}{ART}(?P<again>{ITEM}))$"),
    spaced(rf"^(?P<right>{ITEM})\*(?= |$)"),
    spaced(rf"^(?P<right>{NAMED}|{NUMBERED}|{PLAIN_DATE}),? I (?:mean|meant)(?: to (?:say|write|type))?{AFTER}"),
    spaced(rf"^(?P<right>[a-z][\w'-]*(?: [a-z][\w'-]*)?), I (?:mean|meant)(?: to (?:say|write|type))?{AFTER}"),
    spaced(rf"^(?P<right>{NAMED}|[a-z][\w'-]*), (?:to be (?:precise|exact)|more precisely|strictly speaking){AFTER}"),
    spaced(rf"^{LEAD}{{0,2}}{SLIP}[,.!:—–-]* {ART}(?P<again>{NAMED}|{NUMBERED}|{PLAIN_DATE})(?:,| -|$)"),
)
BEFORE_NOT = re.compile(rf"(?<=\w)[.!](?= not (?:{CAPITALISED}|[a-z]+)\b)", re.IGNORECASE)
JUST_OOPS = spaced(rf"(?:^|(?<=[.!?]\s))(?:{OOPS},? ){{0,2}}{OOPS}[.!](?= \w)")
ECHO_WORDS = 10
AGAIN_NAMED = re.compile(rf"{CAPITALISED}(?: {CAPITALISED}){{0,2}}")
AGAIN_COUNTED = spaced(
    rf"{LEAD}{{0,3}}(?:it's |that's |the )?(?P<right>{PLAIN_DATE}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?"
    rf"|\d[\w/.]*)(?={END}| I\b| not\b| sorry\b)"
)
AGE_IN_WORDS = spaced(
    rf"{LEAD}{{0,3}}(?:(?:it's|he's|she's|I'm) )?(?P<right>\d{{1,2}}|one|two|three|four|five|six|seven|eight|nine|ten|eleven"
    rf"|twelve)(?={END}| I\b| not\b| sorry\b)"
)
NOT_RIGHT = spaced(
    one_of(
        "i", "you", "he", "she", "it", "we", "they", "sorry", "no", "not", "yes", "ok", "okay", "fine", "that",
        "this", "the", "a", "an", "wait", "thanks", "thank you", "never", "what", "just", "like", "really", "to",
        "in", "at", "my", "your", "too", "so", "well", "nothing", "kidding", "bad", "good", "great", "nice", "cool",
        "right", "wrong", "sure", "true", "funny", "mind", "worries", "problem", "more", "less", "only", "even",
        "always", "maybe", "lot", "much", "world", "prob", "probs", "way", "doubt", "wonder", "matter", "idea", "thing", "need",
        "biggie", "rush", "pressure", "luck", "going", "being", "having", "looking", "trying", "about", "because",
    )
    + r"\b"
)  # fmt: skip
# "Tom is" is a subject with its verb, not a value.
ENDS_IN_VERB = re.compile(
    r"(?:^|\s)(?:\w+n't|is|are|am|was|were|be|been|has|have|had|do|does|did|will|would|can|could|should|must|might)$"
    r"|\w'(?:m|re|ve|ll|d)$|^(?:it|he|she|that|there|who|what|name|mum|dad)'s$",
    re.IGNORECASE,
)
STARTS_OVER = spaced(
    rf"^{LEAD}{{1,3}}|^(?:I meant|I made a typo|that was wrong)\b|\bwrong (?:word|name|one|day|place|person)\b|\b(?:said|got"
    rf"|wrote|typed|put) (?:that|it|this)"
    r" (?:all )?wrong\b"
)

BESIDE_IT = re.compile(r"(?<=\w) (?:now|actually|obviously|instead|then|today)$", re.IGNORECASE)
INSTEAD_OF_IT = spaced(
    r"^(?:(?:no|oh|ah|ok) )?(?:oops|whoops|sorry|correction|typo|scratch that|no wait|wait no|my mistake|my bad)\b"
)
AS_WELL = spaced(r"\b(?:also|too|as well|both|another|and I|plus)\b")
# "Tom doesn't work at Siemens, he works at Bosch": "any more" would tell of a change.
NOT_THIS_BUT_THAT = spaced(
    r"^(?!.*\b(?:any ?more|longer|now|since)\b)(?:[\w-]+ ){0,3}[\w-]+(?: (?:is|are|am|does|do)|'s|'m|'re)?(?: not|n't) "
    r"[^,;.]{2,40}[,;] (?:he|she|it|they|I|we)\b"
)
NO_SLIP = spaced(r"\b(?:now|these days|nowadays|any ?more|no longer|since|from now on)\b")
# "No wait, he is still in Lisbon", after a move was told.
STILL_THERE = spaced(
    rf"(?:^|[,;:–—-] |\b(?:and|but|so) ){LEAD}{{0,3}}"
    rf"(?:(?P<speaker>I|we)|he|she|they|(?:my [\w-]+ )?(?P<name>{CAPITALISED})|my [\w-]+)"
    rf"(?:'s|'m|'re| is| am| are)(?: actually)? still (?:living |based )?in (?P<place>{TOWN})(?={END}|[.!]| for| until| till)"
)


def correct(
    text: str, found: Sequence[FactCandidate], held: Sequence[Fact], *, said_at: datetime
) -> list[FactCandidate]:
    """The claims `found` in a message with its corrections applied: to each other, and to what was told just before."""
    recent = told_just_before(held, said_at)
    claims = [_never_the_other(claim, text, held) for claim in found]
    words = with_apostrophes(text.strip())[0]
    starts_over = STARTS_OVER.search(words) or NOT_THIS_BUT_THAT.search(words)
    if starts_over:
        also = AS_WELL.search(words) is not None
        instead = INSTEAD_OF_IT.search(words) is not None
        claims = [
            claim if also and claim.cardinality != "one" else _in_place_of(claim, recent, instead=instead) for claim in claims
        ]
    stated = [claim.value for claim in claims]
    people = {fold(fact.subject) for fact in held} | {fold(fact.value) for fact in held if is_relation(fact.predicate)}
    slips = [(right, wrong, as_written(said, text)) for right, wrong, said in find_slips(text, claims)]
    for right, wrong, quote in (*slips, *_corrections(text), *_echoes(text, recent, stated)):
        if NOT_RIGHT.match(right) or ENDS_IN_VERB.search(right):
            continue
        if any(is_same(claim.value, right) and claim.corrects for claim in claims):
            continue
        here = _meant(right, wrong, [claim for claim in claims if not claim.retracted and (claim.quote not in quote or wrong)])
        if here is not None:
            at = claims.index(here)
            begin = text.find(here.quote)
            end = text.find(quote, begin) + len(quote)
            claims[at] = replace(here, value=_put(here.value, right, wrong), quote=text[begin:end] if end > begin else quote)
            claims = [claim for claim in claims if claim is claims[at] or not is_same(claim.value, right)]
        elif (there := _meant(right, wrong, recent)) is not None and not (fold(right) in people and _names_none(there)):
            value = _put(there.value, right, wrong)
            claims = [claim for claim in claims if not is_same(claim.value, right) and not _denies(claim, there)]
            claims.append(
                FactCandidate(
                    there.subject, there.predicate, value if value in text else right, quote, there.cardinality,
                    corrects=there.value,
                )
            )  # fmt: skip
    return [*claims, *_still_there(text, claims, recent)] if starts_over else claims


def told_just_before(held: Sequence[Fact], said_at: datetime) -> list[Fact]:
    """The facts that the last message with any told."""
    told = [(max(evidence.said_at for evidence in fact.evidence), fact) for fact in held if fact.evidence]
    told = [(moment, fact) for moment, fact in told if said_at - JUST_BEFORE <= moment <= said_at]
    latest = max((moment for moment, _ in told), default=said_at)
    return [fact for moment, fact in told if moment == latest]


def _in_place_of(claim: FactCandidate, recent: Sequence[Fact], *, instead: bool) -> FactCandidate:
    """After "sorry, …" a claim takes the place of what was said of the same just before; `instead`: though both could be."""
    same_slot = [
        fact for fact in recent if (fold(fact.subject), fact.predicate) == (fold(claim.subject), claim.predicate)
    ]
    if claim.retracted or len(same_slot) != 1 or is_same(same_slot[0].value, claim.value):
        return claim
    if claim.cardinality != "one" and not instead and not _is_close(same_slot[0].value, claim.value):
        return claim
    return replace(claim, corrects=same_slot[0].value)


def _never_the_other(claim: FactCandidate, text: str, held: Sequence[Fact]) -> FactCandidate:
    """The claim in the place of what is held, where that is denied with it, however long ago it was told: "I take lisinopril,
    not ramipril", "he's a fitter and has never been a plumber"."""
    same_slot = [fact for fact in held if (fold(fact.subject), fact.predicate) == (fold(claim.subject), claim.predicate)]
    for fact in () if claim.retracted or NO_SLIP.search(text) else same_slot:
        other = rf"(?:(?:an?|the|my) )?{re.escape(fact.value)}\b"
        never = r"never (?:been|was|worked as|worked at|worked for|lived in)"
        denied = rf"\b(?:{re.escape(claim.value)},? (?:and )?not|{never}) {other}"
        if not is_same(fact.value, claim.value) and re.search(denied, text, re.IGNORECASE):
            return replace(claim, corrects=fact.value)
    return claim


def _still_there(text: str, claims: Sequence[FactCandidate], recent: Sequence[Fact]) -> Iterator[FactCandidate]:
    """Where somebody lives who has not moved, whatever was told just before."""
    homes = [fact for fact in recent if fact.predicate == "lives in"]
    for match in (match for statement in statements(text) if (match := STILL_THERE.search(statement))):
        meant = [fact for fact in homes if (fact.subject == "user") == bool(match["speaker"])]
        if match["name"]:
            meant = [fact for fact in meant if fold(fact.subject) == fold(match["name"])]
        told = any(claim.predicate == "lives in" and is_same(claim.value, match["place"]) for claim in claims)
        if len(meant) == 1 and not told and not is_same(meant[0].value, match["place"]):
            [home] = meant
            quote = as_written(match[0].strip(" ,;:–—-"), text)
            yield FactCandidate(home.subject, "lives in", match["place"], quote, home.cardinality, corrects=home.value)


def _corrections(text: str) -> Iterator[tuple[str, str, str]]:
    """Right value, wrong value or "", and the words that say so."""
    for statement in statements(_joined(text)):
        for pattern in CORRECTIONS:
            match = pattern.search(statement)
            if match is None:
                continue
            groups = match.groupdict()
            right, wrong = (groups.get("right") or groups.get("again") or "").strip(), (groups.get("wrong") or "").strip()
            right = BESIDE_IT.sub("", right)
            if is_same(right, wrong) or (wrong and _kind(right) == "word" != _kind(wrong)):
                continue
            if wrong and _kind(wrong) == "word" != _kind(right):  # "Newcastle under Lyme, not the big one"
                wrong = ""
            if ENDS_IN_VERB.search(right) or ENDS_IN_VERB.search(wrong) or is_relation(right.split()[0].lower()):
                continue
            if right and not NOT_RIGHT.match(right) and not (wrong and NOT_RIGHT.match(wrong)):
                yield right, wrong, as_written(match[0].strip(), text)
                break


def _joined(text: str) -> str:
    """`text` at the same length, with what is cut off though it belongs together in one sentence: "Sorry. Dutch.",
    "Praia. Not Prague."."""
    comma = partial(re.sub, r"[.!]", ",")
    text = BEFORE_NOT.sub(lambda stop: comma(stop[0]), text)
    return JUST_OOPS.sub(lambda said: comma(said[0]), text)


def _echoes(text: str, recent: Sequence[Fact], stated: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """What a short message says again with a slip mended: "Nibbles, silly keyboard", "42, I keep forgetting"."""
    words, _ = with_apostrophes(in_earnest(text.strip()))
    if len(words.split()) > ECHO_WORDS or text.rstrip().endswith("?"):
        return
    for fact in recent:
        kind = _kind(fact.value)
        if kind == "name":
            said = [match[0] for match in AGAIN_NAMED.finditer(words)]
            found = [one for one in said if not is_same(one, fact.value) and _is_close(one, fact.value, at_least=0.7)]
        else:
            again = AGE_IN_WORDS if fact.predicate == "age" else AGAIN_COUNTED
            match = again.match(words) if kind in ("number", "date") else None
            found = [match["right"]] if match and not is_same(match["right"], fact.value) else []
        if len(found) == 1 and not any(is_same(found[0], value) for value in stated):
            yield found[0], fact.value, as_written(found[0], text)


def _meant(right: str, wrong: str, told: Sequence[Claim]) -> Claim | None:
    """The one claim that is corrected, or None where it is not certain which."""
    if wrong:
        fitting = [claim for claim in told if names(wrong, claim.value)]
        return fitting[-1] if len(fitting) == 1 else None
    alike = [claim for claim in told if _kind(claim.value) == _kind(right) and not is_same(claim.value, right)]
    if len(alike) == 1 and len(told) == 1:
        return alike[0]
    close = [claim for claim in alike if _is_close(claim.value, right)]
    if len(close) == 1:
        return close[0]
    single = [claim for claim in alike if claim.cardinality == "one"]
    return alike[0] if len(alike) == 1 and single else None


def _names_none(fact: Fact) -> bool:
    """Whether the value is nobody's name: then somebody who is known is not the right one, but spoken to or of."""
    return not is_relation(fact.predicate) and fact.predicate not in ("name", "nickname")


def _denies(claim: FactCandidate, fact: Fact) -> bool:
    """Whether the claim is that the fact does not hold."""
    same_slot = (fold(claim.subject), claim.predicate) == (fold(fact.subject), fact.predicate)
    return claim.retracted and same_slot and is_same(claim.value, fact.value)


def _is_close(one: str, other: str, *, at_least: float = 0.6) -> bool:
    """Whether they may be two spellings of the same."""
    return SequenceMatcher(None, fold(one), fold(other)).ratio() >= at_least


def names(words: str, value: str) -> bool:
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


def statements(text: str, *, mourning: bool = False) -> Iterator[str]:
    """The sentences of a message that state something; where `mourning`, somebody's death too."""
    words, _ = with_apostrophes(in_earnest(text))
    for start, end in sentences(words):
        sentence = words[start:end].rstrip(" .!")
        real = DEATH.sub("", sentence) if mourning else sentence
        if not asks(sentence) and not states_nothing(real):
            yield sentence


def as_written(words: str, text: str) -> str:
    """The words as the message has them, apostrophes or none."""
    if words in text:
        return words
    loosely = (re.sub(",$", "[,.!]", re.escape(word).replace("'", "['’]?")) for word in words.split())
    pattern = r"\s+".join(loosely)
    match = re.search(pattern, text, re.IGNORECASE)
    return match[0] if match else words
