"""What a sentence tells wherever it stands in it: "with my asthma I can't …", "the kerb outside my flat in Leith". Pure.

No subject and verb say it, so each is read only where nothing in the sentence makes it another's, or one of a time gone by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mem.fact_table import MEDICINE
from mem.fact_words import (
    CAPITALISED,
    CAR_MAKES,
    CONDITIONS,
    DIETS,
    JOBS,
    KIN,
    KIND_OF_KIN,
    MONTH,
    NOT_NAMES,
    NOT_PLACES,
    PERSON,
    TOWN,
    WORD,
)
from mem.statements import asks, is_unreal, spaced

NO_TOWN = rf"(?!(?:{MONTH}|{NOT_PLACES}|{NOT_NAMES}|Year|Zone)\b)"
MY_CONDITION = spaced(rf"\bmy (?:(?:chronic|bad|mild|severe|bloody|dodgy|stupid|type [12]) )?(?P<value>{CONDITIONS})(?![\w-]"
          rf"|'s?\b| ?\?)")
CURED = spaced(
    r"\b(?:no longer|outgr\w+|grew out|cured|used to|went away|gone|cleared|misdiagnos\w+|turned out|ruled out|don't have|not"
    r" (?:got|have)|never|when I was|as a (?:child|kid)|thought|think|could it be|clear|negative|not real|isn't real|meme"
    r"|class|group|nurse'?s|project|essay)\b"
)
MY_HOME = spaced(
    r"\b(?:my|our) (?:(?:little|small|new|tiny|big|rented|council|one-bed|two-bed|ground[-\x20]floor|top[-\x20]floor|upstairs"
    r"|basement"
    rf"|terraced|semi-detached) ){{0,2}}(?:flat|apartment|bungalow|maisonette|bedsit|house|home|houseshare|flatshare|terrace"
    rf"|condo) in (?P<value>{NO_TOWN}{TOWN})(?!'s)"
)
NOT_HOME = spaced(
    r"\b(?:holiday|second|other|rent(?:s|ed|ing)? (?:it |them )?out|let|letting|tenants?|old|former|sold|sell|selling|sale"
    r"|first"
    r"|childhood|next|future|dream|Airbnb|used to|was|were|had|inherit\w*|weekend|summer|student|moving|move|moved|leaving|left"
    r"|one day|when I|will|going to|would|exchange|empty|buying|offer|parents?)\b|'ll\b|'d\b"
)
AS_ONE = spaced(
    rf"(?:^|[,;] |\b(?:and|but|so|because) )(?:speaking )?(?:as|being) (?:an? )(?P<value>(?:{WORD} )?(?:{JOBS})|{DIETS}),?"
    r" I(?:'m| am| have to| have| find| need| work| get| can't| hate| love| do| don't| know|'ve) "
)
# What one drives stays one's own, whatever happens to it: "my Honda Civic failed its MOT".
HAPPENS = "is|has|was|got|keeps|won't|needs|needed|failed|died|broke|started|makes|does|drinks"
MY_CAR = spaced(
    rf"\bmy (?P<value>(?:{CAR_MAKES})\b(?: (?!(?:and|just|still|always|only|{HAPPENS})\b){WORD}){{0,2}}?)"
    rf"(?= (?:(?:just|still|always|has|only) )?(?:{HAPPENS})\b|'s (?:making|got|been|in|due|due for|at|broken)\b)"
)
CAR_MODELS = (
    "yaris|corsa|fiesta|astra|clio|micra|civic|corolla|prius|panda|qashqai|passat|octavia|fabia|megane|punto|kuga|berlingo"
    "|duster|sandero|sportage|picanto|tucson|aygo|rav4|hilux|mondeo|kangoo|twingo|(?-i:Golf|Polo|Focus|Leaf|Swift|Jazz|Juke"
    "|Kona|Zoe)"
)
MY_CAR_ASKED = spaced(
    rf"\bmy (?P<value>(?:(?:{CAR_MAKES})~)?(?:{CAR_MODELS})|(?:{CAR_MAKES}))(?= ?$|[,?]| (?:due|be|need|take|on|for|when|so"
    rf"|and|at|in|is|has|with|while|before|after|through|keep|make|making)\b)"
)
# The groups one is in are told by "my": "I'll take that to my drama group".
MY_GROUP = spaced(
    r"\b(?:my|our) (?P<value>(?:(?:local|church|community|chamber|rock|ceilidh|brass|jazz|swing|covers|punk|folk)~){0,2}"
    r"(?:choir|orchestra|ceilidh band|brass band)|(?:book|running|cycling|chess|tennis|golf|rugby|hockey|cricket|rowing"
    r"|swimming"
    r"|boxing|climbing|judo|sailing|bridge|knitting|reading|film|photography|camera|art|gardening|walking|hiking|rambling"
    r"|fencing|karate|drama|theatre|improv|writing|sewing|quilting|craft|dance|history|astronomy|beekeeping)~(?:club|group"
    r"|society|circle|team))\b(?!'| (?:project|chat|assignment|call|meeting)\b)"
)
NOT_IN_IT = spaced(r"\b(?:used to|left|leaving|quit|old|former|was|were|had|join(?:ed|ing)?|start(?:ed|ing)?|want|would|if)\b")
REACTS = spaced(
    rf"\b(?:(?P<value>{WORD}) (?:always |really )?|no (?P<named>{WORD})(?: please)?[,;.:–—-] ?(?:they|it|these) )"
    rf"(?:(?:brings?|bring) (?P<whom>me|{CAPITALISED}) out in|gives? (?P<who>me|{CAPITALISED})) (?:hives|a rash|rashes|spots|an"
    r" anaphyla\w+|welts)\b"
)
DISLIKED = spaced(
    rf"\b(?:not allergic to|no|nothing with|nothing|(?:don't|never|not) (?:eat|touch)) (?P<value>{WORD}(?:~{WORD})?)"
    r"(?: please| thanks| in it)?[,;.:–—-]+ (?:(?:because|as|but|cos) )?(?:I (?:(?:just|really|absolutely"
    r"|simply) )?(?:can't stand"
    r"|cannot stand|can't abide|can't bear|don't like|hate|loathe|detest) (?:them|it|the stuff|the things)|(?:it|they)"
    r" tastes? (?:like|of) (?:soap|socks|cardboard|dirt|soil|feet|vomit|sick|metal|perfume)(?: to me)?)\b"
)
ALLERGIC = spaced(
    rf"\b(?:no|nothing with|without) (?P<value>{WORD}(?:~{WORD})?)(?: please| in it)?[,;.:–—-]+ (?:(?:because|as|cos"
    rf"|since) )?I(?:'m| am)"
    r" (?:(?:very|highly|severely|badly) )?allergic(?: to (?:it|them))?(?= ?$|[,.;!])"
)
PUT_ON = spaced(
    rf"\b(?:put|started|bumped|moved|upped|switched|got|has|have) me"
    rf" (?:up |down |back |over )?(?:on|onto|to) (?:the )?{MEDICINE}"
)
BODY = "hands|back|knees?|joints|chest|skin|eyes|heart|hips?|feet|legs|head|lungs|thyroid|gut|stomach|hearing|memory"
IT_IS = spaced(rf"\bmy (?:{BODY})[,:;–—-]+ (?:it's|that's|it is) (?P<value>(?:rheumatoid |chronic "
          rf"|severe )?(?:{CONDITIONS}))(?![\w-])")
# What was named in the sentence before: "is the train to Leeds any good? I work there".
THERE = spaced(
    r"(?:^|\b(?:and|but|cos|because) |, )(?:(?:that|which)(?:'s| is) where (?:I|we)(?: currently| now)? (?P<verb>live|work"
    r"|grew up)|(?:I|we)(?: actually| only| still| now)? (?P<does>live|work|grew up) there)(?= ?$|[,.;!])"
)
STAYS = {"live": "lives in", "work": "works in", "grew up": "grew up in"}
PLACE_NAMED = spaced(rf"\b(?:from|to|in|around|near|at|of|for|about|is) (?P<place>{NO_TOWN}{TOWN})(?!'s)")
OR_THERE = re.compile(r"\b(?:or|and) [A-Z]")
NO_FOOD = re.compile(r"(?:problem|way|idea|worries|one|thanks?|please|more|less|need|wonder|doubt|matter|it|that|this|today"
          r"|tonight"
    r"|now|yet|else|here|too|love|work|mondays?|meetings?|people|he|she|stress|heat|life|school|exams?|maths|politics|kids"
    r"|children)\b", re.IGNORECASE)


# What is only thought of, before a clause that is not: "we might get a dog; my partner …", "I nearly moved, but I …".
REAL_PART = spaced(
    r"(?!.*\?)(?!\W*(?:imagine|suppose|say|let's)\b)(?!.*\b(?:said|says|told|wrote|thinks?|thought|reckons?|claims?)\b)"
    r"(?:(?P<condition>(?:(?:and|but|so|or) )?(?:if|when|unless)\b[^,;?!]{5,80}, )|[^;?!]{5,150}?(?:; ?(?:and |but |also "
    r"|anyway,? )?|[,–—-]+ (?:but|anyway|though) (?:in the end,? )?))"
    r"(?=(?:I|we|my|our)\b(?!'d|'ll| (?:would|could|might|should|will)\b))(?!(?:(?!; |, but).)*\b(?:would|could|might|if)\b)"
)


# Whoever says something has a name all the same: "my colleague Yusuf told me that …".
WHO_SAYS = spaced(
    rf"\W*(?:(?:and|but|so|well|ok|hi|hello|anyway|also|today|yesterday)[, ]+){{0,2}}(?:my"
    rf"|our) {KIND_OF_KIN}(?:{KIN}),? {PERSON},?"
    r" (?=(?:(?:has|just|always|also|once|keeps) ){0,2}(?:told|tells|telling|says|said|saying|thinks|thought|reckons|asked|asks"
    r"|asking|claims|mentioned|heard|swears|believes)\b)"
)
# "I live in Bath and my mum says …": what stands before is the user's own.
AND_SAYS = spaced(
    rf"(?P<own>[^?,;]{{5,120}}?),? (?:and|but|so) (?:(?:my|our|the|his|her) (?:[\w'-]+ ){{1,3}}?|(?:he|she|they|everyone|people"
    rf"|{CAPITALISED}) )(?:says?|said|tells?|told|thinks?|thought|reckons?|asked|asks|claims|mentioned|believes)\b"
)
EITHER_WAY = spaced(
    r",? (?:whether (?:[\w']+ ){1,6}or not|if (?:that|it|this)(?: (?:matters|helps|counts|makes (?:any|a) difference)|(?:'s"
    r"| is) (?:relevant|important|(?:of )?any (?:use|help))))(?= ?$|[,.;!])"
)
# The reason of a question is no question: "what could I cook, as I'm allergic to nuts?"
REASON = spaced(
    r"[^;?!]{5,150}?(?:,? (?=(?:because|cos|given(?: that)?|seeing (?:as|that)|considering(?: that)?|now that)"
    r" (?:I|we|my|our)\b)|, (?=(?:as|since) (?:I|we|my|our)\b)| (?=as I(?:'m|'ve) ))"
)
# Whom a question names is theirs all the same ("what could I get my sister Ada?"), unless that is what it asks.
ASKS_WHO = spaced(
    r"\W*(?:(?:so|and|but|wait|hang on),? )?(?:is|isn't|was|wasn't|are|who(?:'s| is)|what(?:'s| is)|am|do I have|did I have"
    r"|have I)\b(?: it| that| he| she)? (?:my|our) [^,]{0,40}\?|.*\b(?:called|named|or)\b.*\?"
)


@dataclass(frozen=True, slots=True)
class Aside:
    """A claim that no clause makes, and where in the sentence it stands."""

    subject: str
    predicate: str
    value: str
    start: int
    end: int


Only = Literal["", "names", "mentions"]  # of a sentence: what its people are called, or whom it has in passing; else all


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part of a sentence stands in it, and what may be read there."""

    start: int
    end: int
    only: Only = ""


def stated_apart(sentence: str) -> Part | None:
    """What may be read of a sentence that states nothing as a whole."""
    if apart := REAL_PART.match(sentence):
        return Part(apart.end(), len(sentence), "names" if apart["condition"] else "")
    if own := AND_SAYS.match(sentence):
        return Part(0, own.end("own"))
    if told := WHO_SAYS.match(sentence):
        return Part(0, told.end(), "names")
    if not asks(sentence) or is_unreal(sentence):
        return None
    end = len(sentence.rstrip(" ?!"))
    if reason := REASON.match(sentence):
        return Part(reason.end(), end)
    return None if ASKS_WHO.match(sentence) else Part(0, end, "mentions")


def find_asides(sentence: str) -> Iterator[Aside]:
    """What the sentence tells beside its clauses."""
    if not CURED.search(sentence):
        for pattern in (MY_CONDITION, IT_IS):
            for match in pattern.finditer(sentence):
                yield Aside("user", "has", match["value"], match.start(), match.end())
    if not NOT_HOME.search(sentence):
        for match in MY_HOME.finditer(sentence):
            yield Aside("user", "lives in", match["value"], match.start(), match.end())
    for match in AS_ONE.finditer(sentence):
        predicate = "diet" if re.fullmatch(DIETS, match["value"], re.IGNORECASE) else "works as"
        yield Aside("user", predicate, match["value"], match.start(), match.end())
    for match in MY_CAR.finditer(sentence):
        yield Aside("user", "owns", match["value"], match.start(), match.end())
    if not NOT_IN_IT.search(sentence):
        for match in MY_GROUP.finditer(sentence):
            yield Aside("user", "member of", match["value"], match.start(), match.end())
    for match in PUT_ON.finditer(sentence):
        yield Aside("user", "takes", match["value"], match.start(), match.end())
    for match in REACTS.finditer(sentence):
        value, whom = match["value"] or match["named"], match["whom"] or match["who"]
        if not NO_FOOD.match(value) and len(value) > 2:
            yield Aside("user" if whom.lower() == "me" else whom, "allergic to", value, match.start(), match.end())
    for predicate, pattern in (("dislikes", DISLIKED), ("allergic to", ALLERGIC)):
        for match in pattern.finditer(sentence):
            if not NO_FOOD.match(match["value"]):
                yield Aside("user", predicate, match["value"], match.start(), match.end())


def find_asked(sentence: str) -> Iterator[Aside]:
    """What a question takes for granted: "is my Corsa due an MOT?" has a Corsa."""
    for match in MY_CAR_ASKED.finditer(sentence):
        yield Aside("user", "owns", match["value"], match.start(), match.end())


def find_there(sentence: str, before: str) -> Iterator[tuple[str, str, int, int]]:
    """Where the user lives or works by "there", said of the only place that the sentence `before` names, with its span."""
    places = {match["place"] for match in PLACE_NAMED.finditer(before)}
    if len(places) == 1 and "there" not in before and not OR_THERE.search(before):
        for match in THERE.finditer(sentence):
            yield STAYS[(match["verb"] or match["does"]).lower()], next(iter(places)), match.start(), match.end()
