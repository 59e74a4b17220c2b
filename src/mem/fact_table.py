"""The table that `fact_patterns` reads by: the predicates there are, and one row for each way to say them.

`fact_words` has what the rows are made of, and says how they are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mem.fact_words import (
    ADVERBS,
    BE,
    CALLED,
    CAPITALISED,
    CATS,
    COMPANY,
    CONDITION_WORDS,
    CONDITIONS,
    COUNT,
    COUNTED,
    DATE,
    DIETS,
    DOGS,
    END,
    HAVE,
    INSTRUMENTS,
    JOB,
    KIND_OF_PLACE,
    LANGUAGES,
    LITERAL,
    NAME,
    NOT,
    NOT_PLACES,
    PETS,
    PLACE,
    RELATION_NAMES,
    RELATIONS_MANY,
    RELATIONS_ONE,
    ROLES,
    SOME,
    SPORTS,
    TASTE,
    TIME,
    TOWN,
    UNIVERSITY,
    WITH_ARTICLE,
    WITH_NAME,
    WITH_NUMBER,
    WITH_WORDS,
    WORDS,
)
from mem.statements import spaced

Cardinality = Literal["one", "many"]

PREDICATES: Mapping[str, Cardinality] = {
    **dict.fromkeys(
        ["name", "lives in", "is from", "grew up in", "was born in", "birth year", "birthday", "age",
         "works at", "works in", "works as", "studies at"],
        "one",
    ),
    **dict.fromkeys(["married to", "engaged to", "diet", "drives", "email address", "blood type", "teaches", "address"], "one"),
    **dict.fromkeys(f"{RELATIONS_ONE}|{ROLES}|{WITH_NUMBER}|{WITH_NAME}|{WITH_ARTICLE}|{WITH_WORDS}".lower().split("|"), "one"),
    **dict.fromkeys(f"{RELATIONS_MANY}|{PETS}".split("|"), "many"),
    **dict.fromkeys(["allergic to", "does not eat", "likes", "dislikes", "speaks", "plays", "owns", "has", "studies"], "many"),
    **dict.fromkeys(["does not drink", "prefers", "supports", "condition", "volunteers at", "is learning"], "many"),
}  # fmt: skip
"""The vocabulary: how many values each predicate has at a time. "favourite X" belongs to it too, with one value for each X."""


def cardinality(predicate: str) -> Cardinality:
    """One value at a time or many; unknown predicates have many, so that none of their values ends another."""
    return "one" if predicate.startswith("favourite ") else PREDICATES.get(predicate, "many")


def relation_name(word: str) -> str:
    """The word that a relation is kept by: a mate is a friend, a greyhound a dog."""
    word = " ".join(word.lower().split())
    return RELATION_NAMES.get(word, word)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A row: what follows the subject, and the predicate it states ("" where the words matched are the predicate).

    `retracted`: it holds no longer; `past`: it is told of a time gone by.
    """

    predicate: str
    regex: re.Pattern[str]
    retracted: bool = False
    several: bool = False
    dated: bool = False
    past: bool = False


def says(predicate: str, source: str, *, several: bool = False, dated: bool = False) -> tuple[Pattern, ...]:
    return (Pattern(predicate, spaced(rf" ?{ADVERBS}{source}"), several=several, dated=dated),)


def ends(predicate: str, source: str, *, several: bool = False) -> tuple[Pattern, ...]:
    return (Pattern(predicate, spaced(rf" ?{ADVERBS}{source}"), retracted=True, several=several, dated=True),)


def once(predicate: str, source: str, *, several: bool = False) -> tuple[Pattern, ...]:
    regex = spaced(rf" ?{ADVERBS}{source}")
    return (Pattern(predicate, regex, retracted=True, several=several, dated=True, past=True),)


def holds(predicate: str, verb: str, value: str, *, several: bool = False, dated: bool = False) -> tuple[Pattern, ...]:
    """A verb in the present, and the ways to say that it holds no longer."""
    return (
        *once(predicate, f"used to {verb} (?:{value})", several=several),
        *ends(predicate, f"no longer {verb} (?:{value})", several=several),
        *ends(predicate, f"{NOT} (?:really |even )?{verb} (?:{value}) any ?(?:more|longer)", several=several),
        *says(predicate, f"{verb} (?:{value})", several=several, dated=dated),
    )


KIN = f"(?P<predicate>{RELATIONS_MANY}|{RELATIONS_ONE}|{PETS}|{DOGS}|{CATS}|{ROLES})"
ADJECTIVES = r"(?:(?!called\b|named\b)[\w-]+,? ){0,3}?"
HOUSE = (
    r"(?:(?:in|back in)?to (?:an?|our|the|my|his|her|their) (?:(?:new|first|own|big|small|bigger|smaller|little"
    r"|lovely|tiny|shared"
    r"|rented|\w+-bed|\d-bed|one|two|three|bed|bedroom|studio|ground|floor) ){0,4}"
    r"(?:flat|house|apartment|place|cottage|bungalow|studio|condo|home|room|houseshare|flatshare|maisonette|townhouse) )"
)
# What one works at that is no employer.
NO_EMPLOYER = (
    r"(?!an? |\d|years|ages|my|our|myself|free|peanuts|money|him|her|them|peace|(?:the )?(?:moment|weekends?|times?|same|night"
    r"|nights|desk|best|worst|man|good|company|day|end|future|first|kitchen table|last)\b)"
)
GIVEN = r"(?-i:(?=the |[A-ZÀ-Þ]))"  # an employer of the past is named, or "the council"

VERBS: tuple[Pattern, ...] = (
    # name, place and birth
    *says("name", rf"go by {NAME}"),
    *holds("lives in", "lives? (?:(?:here|up|down|over|out|alone|mostly|full-time) )?in", PLACE, dated=True),
    *says(
        "lives in",
        rf"(?:{BE} {ADVERBS}(?:living|based|settled)|{HAVE} {ADVERBS}(?:been living|been based|settled)|settled)"
        rf"(?: (?:here|up|down|over|out))? in (?:{PLACE})",
        dated=True,
    ),
    *says("lives in", rf"(?:based|living) in (?:{PLACE})"),  # after "I'm a nurse"
    *says("lives in", rf"{HAVE} {ADVERBS}lived in (?:{PLACE})(?=.{{0,3}}\b(?:since|for|all|my|his|her)\b)", dated=True),
    *says(
        "lives in",
        rf"(?:{HAVE} {ADVERBS})?(?:moved|relocated|emigrated) (?:{TIME} )?(?:back |over |house |out |up |down |across )?"
        rf"(?:from (?P<left>{CAPITALISED}) )?(?:(?:back |over |out |up |down |across )?to (?!(?:{NOT_PLACES})\b)|{HOUSE}in )"
        rf"(?:{PLACE})",
        dated=True,
    ),
    *once("lives in", rf"(?:lived|(?:was|were) (?:living|based)) (?:(?:up|down|over|out) )?in (?:{PLACE})"),
    *once("lives in", rf"(?:{HAVE} )?moved away from (?:{PLACE})"),
    *says("is from", rf"(?:{BE} {ADVERBS}|comes? |hails? )from (?:{PLACE})"),
    *says("was born in", rf"(?:was|were) born (?:and (?:raised|bred|grew up) )?in (?:{PLACE})"),
    *says("grew up in", rf"(?:grew up|(?:was|were) (?:raised|brought up)) in (?:{PLACE})"),
    *says("birth year", rf"was born in (?P<value>(?:19|20)\d\d){END}"),
    *says("birthday", rf"was born on (?:the )?{DATE}"),
    *says("age", rf"(?:{BE}|(?:{HAVE} )?{ADVERBS}turned) (?:{ADVERBS})(?P<value>\d{{1,2}})(?: years old)?{END}"),
    # work and study
    *holds("works at", "works? (?:over |down |up |out )?(?:at|for)", rf"{KIND_OF_PLACE}{NO_EMPLOYER}{WORDS}", dated=True),
    *says(
        "works at",
        rf"(?:{BE} {ADVERBS}(?:working|employed)|{HAVE} {ADVERBS}(?:been working|worked)) (?:at|for|by) {KIND_OF_PLACE}"
        rf"{NO_EMPLOYER}(?:{WORDS})",
        dated=True,
    ),
    *says(
        "works at",
        rf"(?:{HAVE} )?(?:{ADVERBS})(?:(?:started|began) (?:work|working|an? (?:\w+ )?job|my (?:\w+ )?job)"
        rf"|(?:got|landed|taken|took|started|accepted) (?:an? |the |my )(?:\w+ ){{0,2}}(?:job|position|role|post)"
        rf"|gone to work) (?:at"
        rf"|with|for) "
        rf"{KIND_OF_PLACE}{NO_EMPLOYER}{WORDS}",
        dated=True,
    ),
    *says("studies at", rf"(?:{HAVE} )?(?:{ADVERBS})(?:started|begun|goes?|go) (?:at |to "
        rf"|uni at )(?P<value>{UNIVERSITY}){END}", dated=True),
    *says("works at", rf"(?:{HAVE} )?(?:{ADVERBS})(?:started"
        rf"|joined)(?: working)? (?:at )?{KIND_OF_PLACE}(?P<value>{COMPANY}){END}"
          r"(?!.{0,40}\bstud)", dated=True),
    *ends("works at", rf"{BE} (?:no longer|not) (?:working )?(?:at|for|with) (?P<value>{COMPANY})(?: any ?(?:more"
        rf"|longer))?{END}"),
    *ends("works at", rf"(?:{HAVE} )?{ADVERBS}(?:stopped|finished|quit) working (?:at|for) {NO_EMPLOYER}{WORDS}"),
    *once("works at", rf"(?:worked|(?:was|were) (?:working|employed)) (?:at|for"
        rf"|by) {KIND_OF_PLACE}{NO_EMPLOYER}{GIVEN}{WORDS}"),
    *holds("works as", "works? as", JOB, dated=True),
    *says("works as", rf"{BE} (?:{ADVERBS})(?:an? |working as (?:an? )?|employed as (?:an? )?){JOB}", dated=True),
    *says(
        "works as",
        rf"(?:{HAVE} )?(?:{ADVERBS})(?:became|got promoted to|been promoted to|was promoted to|retrained as"
        rf"|qualified as|trained as)"
        rf" (?:an? )?{JOB}",
        dated=True,
    ),
    *once("works as", rf"(?:used to (?:be|work as)|was|worked as) an? {JOB}"),
    *says(
        "works in",
        rf"works? in (?P<value>finance|marketing|IT|publishing|education|HR|logistics|law|media|catering|advertising|software"
        rf"|tech|sales|insurance|banking|construction|healthcare|hospitality|retail|film|politics|agriculture|real estate"
        rf"|accounting|security|social care|cyber ?security){END}",
    ),
    *says("teaches", rf"(?:{BE} teaching|teach(?:es)?) (?!at|in|him|her|them|people|kids|children){WORDS}", dated=True),
    *ends(
        "works at",
        rf"(?:{HAVE} )?{ADVERBS}(?:quit|left|resigned from|lost)"
        rf" my (?:\w+ )?(?:job|position|post) (?:at|with) (?:{WORDS})",
    ),
    *says(
        "studies at",
        rf"(?:stud(?:y|ies)|{BE} studying)(?P<field>(?: \w+){{0,3}}) at (?P<value>(?:the )?{TOWN}){END}",
        dated=True,
    ),
    *says("studies at", rf"{BE} (?:{ADVERBS})an? (?:\w+ ){{0,3}}student at (?P<value>{COMPANY}){END}", dated=True),
    *says("studies", rf"(?:stud(?:y|ies)|{BE} studying) (?!for|at|in|hard|abroad|until|like){WORDS}", dated=True),
    *once("studies at", rf"(?:studied(?: \w+){{0,3}} at|went to|graduated from) (?P<value>{UNIVERSITY}){END}"),
    *once("studies at", rf"(?:studied(?P<field>(?: \w+){{0,3}})|did my \w+) at (?P<value>{TOWN}){END}"),
    *once("studies", rf"studied (?!for|at|in|hard|abroad|until|all|it){WORDS}"),
    *says("is learning", rf"{BE} (?:{ADVERBS})learning (?P<value>{LANGUAGES}|the (?:{INSTRUMENTS})){END}", dated=True),
    *says("volunteers at", rf"volunteers? (?:at|for|with) {NO_EMPLOYER}{WORDS}"),
    # family, belongings, health
    *says("married to", rf"(?:{BE} {ADVERBS}|(?:{HAVE} )?{ADVERBS}got )?married (?:to )?{NAME}", dated=True),
    *once("married to", rf"(?:was|used to be) married to {NAME}"),
    *says("engaged to", rf"(?:{BE}|got|{HAVE} got) {ADVERBS}engaged to {NAME}", dated=True),
    *once("", rf"(?:had|used to have) an? {ADJECTIVES}{KIN},? (?:called|named|whose name was) {CALLED}"),
    *says("", rf"(?:{HAVE}(?: {ADVERBS}(?:got|adopted))?|{ADVERBS}(?:got|adopted"
        rf"|rescued)) an? {ADJECTIVES}{KIN},? (?:called|named|whose name is)"
          rf" {CALLED}"),
    *says(
        "has",
        rf"{HAVE}(?: got)? (?P<value>{COUNT} "
        rf"(?:(?:young|small|older|younger|grown|adult|little|teenage|big) )?(?:{COUNTED})){END}",
    ),
    *says("has", rf"(?:{HAVE}(?: got)?|suffers? from) (?P<value>{CONDITIONS}){END}"),
    *says("allergic to", rf"{HAVE}(?: got)? an? (?:\w+ )?(?P<value>peanut|nut|egg|milk|dairy|shellfish|fish|wheat"
        rf"|soy|sesame|latex"
          rf"|penicillin|pollen|cat|dog|bee|wasp|tree nut|gluten) allergy{END}"),
    *says("condition", rf"{BE} {ADVERBS}(?P<value>(?:type [12] )?(?:{CONDITION_WORDS})){END}"),
    *holds("drives", "drives?", rf"(?:an? )(?!bit|lot|few|long|car\b){WORDS}", dated=True),
    *holds("owns", "owns?", rf"(?!an? (?:lots?|couple|bit|few)\b)(?:an? )?{WORDS}", dated=True),
    *ends("allergic to", rf"{BE} (?:no longer|not) allergic to {TASTE} any ?more", several=True),
    *ends("allergic to", rf"{BE} no longer allergic to {TASTE}", several=True),
    *once("allergic to", rf"used to be allergic to {TASTE}", several=True),
    *says("allergic to", rf"{BE} {ADVERBS}(?:(?:very|highly|severely|deathly|mildly|super"
        rf"|slightly) )?allergic to {TASTE}", several=True),
    *ends(
        "diet",
        rf"{BE} (?:no longer|not) (?:an? )?(?P<value>{DIETS})(?: any ?(?:more|longer))(?=\W|$)"
        rf"|{BE} no longer (?:an? )?(?P<diet>{DIETS})\b",
    ),
    *once("diet", rf"(?:used to be|was) (?:an? )?(?P<value>{DIETS}){END}"),
    *says("diet", rf"{BE} {ADVERBS}(?:an? )?(?:strict )?(?P<value>{DIETS}){END}"),
    *says("diet", rf"(?:{HAVE} {ADVERBS}(?:gone|become|turned|been)|went|turned|became) (?:fully "
        rf"|an? )?(?P<value>{DIETS}){END}", dated=True),
    *says(
        "does not eat",
        rf"(?:(?:{NOT}|can't|cannot|never) eat|no longer eats?|(?:can't|cannot) (?:have|do|tolerate)) "
        rf"(?!(?:the|an?|my|your|that|dinner|lunch|breakfast|meetings?|maths?)\b){TASTE}",
        several=True,
    ),
    *says("does not drink", rf"(?:(?:{NOT}|can't|cannot|never) drink|no longer drinks?) {TASTE}", several=True),
    # tastes and skills
    *ends("likes", rf"{NOT} (?:really |even )?(?:like|love|enjoy) (?:{TASTE}) any ?(?:more|longer)"),
    *ends("likes", rf"no longer (?:likes?|loves?|enjoys?) {TASTE}", several=True),
    *once("likes", rf"used to (?:like|love|enjoy) {TASTE}", several=True),
    *says(
        "dislikes",
        rf"(?:hates?|dislikes?|detests?|can't stand|loathes?|{NOT} (?:really |actually )?(?:like|care for)"
        rf"|{BE} (?:really )?not (?:really )?(?:a (?:big |huge )?fan of|keen on|into)) {TASTE}",
        several=True,
    ),
    *says("prefers", rf"prefers? {TASTE}(?! I\b)"),
    *says("supports", rf"supports? (?P<value>{COMPANY}){END}"),
    *says(
        "likes",
        rf"(?:likes?|loves?|adores?|enjoys?|{BE} {ADVERBS}(?:(?:a )?(?:big|huge|massive|proper) fan of|a fan of|fond of|keen on"
        rf"|(?:really |very |super |big )?into|obsessed with)) {TASTE}",
        several=True,
    ),
    *says("speaks", rf"(?:speaks?|{BE} fluent in) (?:(?:fluent|some|good|decent|native"
        rf"|basic) )?(?P<value>{LANGUAGES}){END}", several=True),
    *ends("plays", rf"(?:{HAVE} )?(?:stopped|quit|given up|gave up) playing (?P<value>the (?:{INSTRUMENTS})|{SPORTS}){END}"),
    *holds("plays", "plays?", rf"(?P<value>the (?!game|role|part|fool|long)\w+|(?:{INSTRUMENTS})|(?:{SPORTS})){END}"),
    *once("plays", rf"played (?P<value>the (?:{INSTRUMENTS})){END}"),
)

POSSESSIONS: tuple[Pattern, ...] = (
    *says("name", rf"(?:full |first |real |actual )?name(?:'s| is) {CALLED}"),
    *says("", rf"{KIN}(?:(?:'s name)? is|'s) (?:called |named ){CALLED}"),
    *says("", rf"{KIN}'s name(?:'s| is) {CALLED}"),
    *says("", rf"(?:new |old )?(?P<predicate>{ROLES}|best friend|wife|husband|partner|girlfriend|boyfriend"
        rf"|fiancée?)(?: is|'s) (?:now )?{NAME}"),
    *says("birthday", rf"birthday(?: is|'s) (?:on )?(?:the )?{DATE}"),
    *says("email address", r"(?:new )?e-?mail(?: address)?(?: is"
        r"|'s) (?:now )?(?P<value>[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,20}){1,4})"),
    *says("blood type", r"blood (?:type|group) is (?P<value>(?:AB|A|B|O)(?: ?[+-]| (?:rh )?(?:positive|negative|neg"
        r"|pos))?)(?!\w)"),
    *says("address", rf"(?:new )?address(?: is|'s) (?:now )?(?P<value>\d{{1,4}}\w? {TOWN}(?:, {TOWN}){{0,2}}){END}"),
    *says("", rf"(?:new )?(?P<predicate>{WITH_NUMBER})(?: is|'s) (?:now )?{LITERAL}"),
    *says("", rf"(?P<predicate>{WITH_NAME})(?: is|'s) {NAME}"),
    *says("", rf"(?:new )?(?P<predicate>{WITH_ARTICLE})(?: is|'s) (?:now )?{SOME}"),
    *says("", rf"(?P<predicate>{WITH_WORDS})(?: is|'s| are) (?:now )?{WORDS}"),
    *says("", rf"(?:(?:new|current|all-time|absolute|all time) )?(?P<predicate>favou?rite (?!(?:part|bit|thing|one|way|time)\b)"
          rf"(?:\w+ )?\w+)(?: (?:ever"
        rf"|of all time|right now|at the moment))?"
          rf"(?: is|'s) (?:now |still )?(?:an? )?{WORDS}"),
    *says("works as", rf"(?:job|profession|trade|occupation)(?: is|'s) (?:an? )?{JOB}"),
)
