"""The table that `fact_patterns` reads by: the predicates there are, and one row for each way to say them.

`fact_words` has what the rows are made of, and says how they are written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mem.fact_words import (
    ADJECTIVES,
    ADVERBS,
    BE,
    CALLED,
    CAPITALISED,
    CAR_MAKES,
    CLUBS,
    COMPANY,
    CONDITION_WORDS,
    CONDITIONS,
    COUNT,
    COUNTED,
    DATE,
    DIETS,
    END,
    HAVE,
    INSTRUMENTS,
    JOB,
    JOBS,
    KIN,
    KIND_OF_PLACE,
    LANGUAGES,
    LITERAL,
    MEDICINES,
    MONTH,
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
    WORD,
    WORDS,
)
from mem.lazy_patterns import LazyPattern
from mem.statements import STOP_MARK, spaced

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
    **dict.fromkeys(["takes", "does not drink", "prefers", "supports", "condition", "volunteers at", "is learning"], "many"),
    **dict.fromkeys(["collects", "does", "does not", "uses", "wears", "runs", "writes", "coaches"], "many"),
    **dict.fromkeys(["member of", "smokes", "restores"], "many"),
    "marital status": "one", "breed": "one", "is": "many",
    **dict.fromkeys(["lives on", "lives near"], "one"),
}  # fmt: skip
"""The vocabulary: how many values each predicate has at a time. "favourite X" belongs to it too, with one value for each X."""


def cardinality(predicate: str) -> Cardinality:
    """One value at a time or many; unknown predicates have many, so that none of their values ends another."""
    return "one" if predicate.startswith("favourite ") else PREDICATES.get(predicate, "many")


def relation_name(word: str) -> str:
    """The word that a relation is kept by: a mate is a friend, a greyhound a dog."""
    word = " ".join(word.lower().split())
    return RELATION_NAMES.get(word, word)


VALUE_GROUPS = ("value", "words", "name", "place", "plain", "lower_place", "diet")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A row: what follows the subject, and the predicate it states ("" where the words matched are the predicate).

    `retracted`: it holds no longer; `past`: it is told of a time gone by.
    """

    predicate: str
    regex: LazyPattern
    retracted: bool = False
    several: bool = False
    dated: bool = False
    past: bool = False


def value_group(match: re.Match[str]) -> str:
    """The kind of value that a row has found."""
    return next(name for name in VALUE_GROUPS if match.groupdict().get(name))


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


RELATIVE = f"(?P<predicate>{KIN})"
HOUSE = (
    r"(?:(?:in|back in)?to (?:an?|our|the|my|his|her|their) (?:(?:new|first|own|big|small|bigger|smaller|little"
    r"|lovely|tiny|shared|rented|\w+-bed|\d-bed|one|two|three|bed|bedroom|studio|ground|floor) ){0,4}"
    r"(?:flat|house|apartment|place|cottage|bungalow|studio|condo|home|room|houseshare|flatshare|maisonette|townhouse) )"
)
# "with my mum in", "alone in", "in a flat in".
WITH_WHOM = (
    r"(?:(?:here|up|down|over|out|way (?:out|up|down)|alone|mostly|full-time|by (?:my|him|her)self|on (?:my|his|her"
    r"|their) own) )?(?:with (?:(?!(?:who|which|that|is|are|was|works?|lives?|studies|moved|in)\b)[\w'&-]+ ){1,6}?)?"
    r"in(?: an? (?:[\w-]+ ){1,3}?in)?"
)
HOW = (
    "(?:(?:over|down|up|nights|days|evenings|mornings|weekends|lates|earlies|part-time|part time|full-time|full time|shifts"
    "|remotely|freelance) )?"
)
EMAIL = r"(?P<value>[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,20}){1,4})"
# How much of a medicine: "20 mg of ramipril".
DOSE = r"\d{1,4}(?:\.\d+)? ?(?:mg|mcg|µg|micrograms?|milligrams?|ml|iu|units?)"
MEDICINE = (
    rf"(?P<value>{DOSE}(?: of| of the)? [a-z][\w-]{{3,20}}|(?:{DOSE} (?:of )?)?(?:{MEDICINES})(?: {DOSE})?"
    rf"|[a-z][\w-]{{4,20}} {DOSE})"
    r"(?=\W|$)"
)
ON_MEDICINE = "(?:(?:been|was|were|got) (?:on|taking|put on|prescribed)|started(?: taking| on)?)"
OFF_MEDICINE = "(?:stopped taking|came off|come off|weaned off|no longer takes?)"
NO_LONGER_TAKES = rf"(?:(?:{HAVE} )?{ADVERBS}{OFF_MEDICINE}|{NOT} take|{BE} no longer (?:taking|on)|{BE} off)"
FOR_LONG = rf"(?=.{{0,3}}(?:since.{{1,2}}(?:{MONTH}|(?:19|20)\d\d|last year)|for .{{1,12}}(?:months|years)))"
HAD_A_BABY = rf"(?:{HAVE} )?{ADVERBS}(?:had|got) (?:(?:an?|our|my) )?(?:\w+ )?baby"
LONE_NAME = rf"(?P<name>{CAPITALISED}(?: {CAPITALISED})?)(?= ?$|, | \(|{STOP_MARK}(?:and|who)\b)"  # "a cat, Miso"
BOUGHT = "(?:bought|got|picked up|treated (?:myself|ourselves) to)(?: myself| ourselves)?"
A_NEW = "an? (?:(?:new|used|second-hand|second hand|secondhand|brand new|little|old|nice) )?"
DEGREE = "(?:PhD|doctorate|master'?s|degree|MA|MSc|BA|BSc|MBA|diploma|postgrad|A-levels?)"
# What one works at that is no employer.
NO_EMPLOYER = (
    r"(?!an? |\d|(?:two|three|four|several|various|different|years|ages|my|our|myself|free|peanuts|money|him|her|them|peace)\b"
    r"|(?:the )?(?:moment|weekends?|times?|same|night"
    r"|nights|desk|best|worst|man|good|company|day|end|future|first|kitchen table|last)\b)"
)
GIVEN = r"(?-i:(?=the |[A-ZÀ-Þ]))"  # an employer of the past is named, or "the council"

VERBS: tuple[Pattern, ...] = (
    # name, place and birth
    *says("name", rf"go by {NAME}"),
    *holds("lives in", f"lives? {WITH_WHOM}", PLACE, dated=True),
    *says(
        "lives in",
        rf"(?:{BE} {ADVERBS}(?:living|based|settled)|{HAVE} {ADVERBS}(?:been living|been based|settled)|settled)"
        rf"(?: (?:here|up|down|over|out))? in (?:{PLACE})",
        dated=True,
    ),
    *says("lives in", rf"{HAVE} {ADVERBS}been in (?:{PLACE}){FOR_LONG}", dated=True),
    *says("lives in", rf"(?:based|living) in (?:{PLACE})"),  # after "I'm a nurse"
    *says("lives in", rf"{HAVE} {ADVERBS}lived in (?:{PLACE})(?=.{{0,3}}\b(?:since|for|all|my|his|her)\b)", dated=True),
    *says(
        "lives in",
        rf"(?:{HAVE} {ADVERBS})?(?:moved|relocated|emigrated) (?:{TIME} )?(?:again,? (?:this time )?)?"
        r"(?:back |over |house |out |up |down |across )?"
        rf"(?:from (?P<left>{CAPITALISED}) )?(?:(?:back |over |out |up |down |across )?to (?!(?:{NOT_PLACES})\b)|{HOUSE}in )"
        rf"(?:{PLACE})",
        dated=True,
    ),
    *says("lives in", rf"(?:{BE} )?{ADVERBS}renting (?:an? |our |my )(?!(?:\w+ ){{0,2}}(?:car|van|bike|boat|scooter|suit) in )"
          rf"(?:[\w-]+ ){{1,3}}?in (?:{PLACE})", dated=True),
    *once("lives in", rf"(?:lived|(?:was|were) (?:living|based)) (?:(?:up|down|over|out) )?in (?:{PLACE})"),
    *once("lives in", rf"(?:{HAVE} )?moved away from (?:{PLACE})"),
    *says("is from", rf"(?:{BE} {ADVERBS}|comes? |hails? )from (?:{PLACE})"),
    *says("was born in", rf"(?:(?:was|were) )?born (?:and (?:raised|bred|grew up) )?in (?:{PLACE})"),
    *says("grew up in", rf"(?:grew up|(?:was|were) (?:raised|brought up)) in (?:{PLACE})"),
    *says("birth year", rf"was born in (?P<value>(?:19|20)\d\d){END}"),
    *says("birthday", rf"(?:was born|turns? \d{{1,3}}|{BE} turning \d{{1,3}}|will be \d{{1,3}}) on (?:the )?{DATE}"),
    *says("age", rf"(?:{BE}|(?:{HAVE} )?{ADVERBS}turned) (?:{ADVERBS})(?P<value>\d{{1,2}})(?: years old)?{END}"),
    # work and study
    *says("email address", rf"(?:{HAVE} )?{ADVERBS}(?:changed|updated|switched) my e-?mail(?: address)? to {EMAIL}"),
    *says("phone number", rf"(?:{HAVE} )?{ADVERBS}(?:changed|updated|switched) my (?:phone |mobile )?number to {LITERAL}"),
    *holds("works at", f"works? {HOW}(?:at|for)", rf"{KIND_OF_PLACE}{NO_EMPLOYER}{WORDS}", dated=True),
    *says(
        "works at",
        rf"(?:(?:{BE} )?{ADVERBS}(?:working|employed)|{HAVE} {ADVERBS}(?:been working|worked)) (?:at|for|by) {KIND_OF_PLACE}"
        rf"{NO_EMPLOYER}(?:{WORDS})(?: as an? (?P<job>(?:{WORD}~){{0,2}}?(?:{JOBS})){END})?",
        dated=True,
    ),
    *says(
        "works at",
        rf"(?:{HAVE} )?(?:{ADVERBS})(?:(?:started|began) (?:work|working|an? (?:\w+ )?job|my (?:\w+ )?job)"
        rf"|(?:got|landed|taken|took|started|accepted) (?:an? |the |my )(?:\w+ ){{0,2}}(?:job|position|role|post)"
        rf"|gone to work) (?:at|with|for) "
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
        rf"|qualified as|trained as) (?:an? )?{JOB}",
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
        rf" (?:my|his|her|their) (?:\w+ )?(?:job|position|post) (?:at|with) (?:{WORDS})",
    ),
    *says("studies", rf"{BE} (?:doing|studying for|halfway through) (?:an? |my ){DEGREE} in {WORDS}", dated=True),
    *says(
        "studies at",
        rf"(?:stud(?:y|ies)|{BE} studying)(?P<field>(?: \w+){{0,3}}) at (?P<value>(?:the )?{TOWN}){END}",
        dated=True,
    ),
    *says("studies at", rf"{BE} (?:{ADVERBS})an? (?:\w+ ){{0,3}}student at (?P<value>{COMPANY}){END}", dated=True),
    *says("studies", rf"(?:stud(?:y|ies)|{BE} studying) (?!for|at|in|hard|abroad|until|like|home|my|it|how|what|why"
          rf"|every|all|the (?!{INSTRUMENTS}|history|law|arts?|classics)){WORDS}", dated=True),
    *once("studies at", rf"(?:studied(?: \w+){{0,3}} at|went to|graduated from) (?P<value>{UNIVERSITY}){END}"
        r"(?!.{0,2}(?:for|on|with|yesterday|last)\b)"),
    *once("studies at", rf"(?:studied(?P<field>(?: \w+){{0,3}})|did my \w+) at (?P<value>{TOWN}){END}"),
    *once("studies", rf"studied (?!for|at|in|hard|abroad|until|all|it|the|my|his|her|your|this|that){WORDS}"),
    *says("is learning", rf"{BE} (?:{ADVERBS})learning (?P<value>{LANGUAGES}|the (?:{INSTRUMENTS})){END}", dated=True),
    *says("volunteers at", rf"volunteers? (?:at|for|with) {NO_EMPLOYER}{WORDS}"),
    # family, belongings, health
    *ends("takes", rf"{NO_LONGER_TAKES} (?:the |my )?{MEDICINE}"),
    *once("takes", rf"(?:used to (?:take|be on)|was on) {MEDICINE}"),
    *says("takes", rf"(?:takes?|{BE} {ADVERBS}(?:taking|on)|(?:{HAVE} )?{ADVERBS}{ON_MEDICINE}) {MEDICINE}", dated=True),
    *says("daughter", rf"{HAD_A_BABY} (?:girl|daughter),? (?:called|named) {CALLED}"),
    *says("son", rf"{HAD_A_BABY} (?:boy|son),? (?:called|named) {CALLED}"),
    *says("married to", rf"(?:{BE} {ADVERBS}|(?:{HAVE} )?{ADVERBS}(?:got|been) )?married (?:to )?{NAME}", dated=True),
    *once("married to", rf"(?:was|used to be) married to {NAME}"),
    *says("engaged to", rf"(?:{BE}|got|{HAVE} got) {ADVERBS}engaged to {NAME}", dated=True),
    *once("", rf"(?:had|used to have) an? {ADJECTIVES}{RELATIVE},? (?:called|named|whose name was) {CALLED}"),
    *says("", rf"(?:{HAVE}(?: {ADVERBS}(?:got|adopted))?|{ADVERBS}(?:got|adopted"
        rf"|rescued)) an? {ADJECTIVES}{RELATIVE},? (?:called|named|whose name is)"
          rf" {CALLED}"),
    *says("", rf"{HAVE}(?: {ADVERBS}got)? an? {ADJECTIVES}{RELATIVE}, {LONE_NAME}"),
    *says(
        "has",
        rf"{HAVE}(?: got)? (?P<value>{COUNT} "
        rf"(?:(?:young|small|older|younger|grown|adult|little|teenage|big) )?(?:{COUNTED})){END}",
    ),
    *says("has", rf"(?:{HAVE}(?: got)?|suffers? from) (?P<value>{CONDITIONS}){END}"),
    *says("allergic to", rf"{HAVE}(?: got)? an? (?:\w+ )?(?P<value>peanut|nut|egg|milk|dairy|shellfish|fish|wheat"
        rf"|soy|sesame|latex|penicillin|pollen|cat|dog|bee|wasp|tree nut|gluten) allergy{END}"),
    *says("condition", rf"{BE} {ADVERBS}(?P<value>(?:type [12] )?(?:{CONDITION_WORDS})){END}"),
    *holds("drives", "drives?", rf"(?:an? )(?!bit|lot|few|long|car\b|half|hours?\b|miles?\b|minutes?\b|hard\b|hundred"
                                rf"|thousand){WORDS}", dated=True),
    *says("owns", rf"(?:{HAVE} )?{ADVERBS}{BOUGHT} {A_NEW}(?P<value>(?:{CAR_MAKES})\b(?:~{WORD}){{0,2}}){END}", dated=True),
    *holds("owns", "owns?", rf"(?!an? (?:lots?|couple|bit|few)\b)(?:an? )?{WORDS}", dated=True),
    *ends("allergic to", rf"{BE} (?:no longer|not) (?:actually )?allergic to {TASTE} (?:any ?more|after all)", several=True),
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
    *says("supports", rf"supports? (?P<value>{COMPANY}|{CLUBS}){END}"),
    *says(
        "likes",
        rf"(?:likes?|loves?|adores?|enjoys?|{BE} {ADVERBS}(?:(?:a )?(?:big|huge|massive|proper) fan of|a fan of|fond of|keen on"
        rf"|(?:really |very |super |big )?into|obsessed with)) {TASTE}",
        several=True,
    ),
    *says("speaks", rf"(?:speaks?|{BE} fluent in) (?:(?:fluent|some|good|decent|native"
        rf"|basic|broken|rusty|enough|a (?:(?:tiny|wee|little) )?bit of"
        rf"|a little(?: bit of)?) )?(?P<value>{LANGUAGES}){END}", several=True),
    *ends("plays", rf"(?:{HAVE} )?(?:stopped|quit|given up|gave up) playing (?P<value>the (?:{INSTRUMENTS})|{SPORTS}){END}"),
    *holds("plays", "plays?", rf"(?P<value>the (?!game|role|part|fool|long|field|lottery|victim|market|odds|system"
           rf"|clown|host|villain|hero|blame)[\w-]+|(?:{INSTRUMENTS})|(?:{SPORTS}))(?:{END}|(?= (?:online|competitively"
           rf"|together)\b))"
           rf"(?!.{{1,6}}(?:in my head|(?:my|the|a) (?:phone|ipad|tablet|laptop|x-?box|switch|play ?station|console"
           rf"|computer)))"),
    *once("plays", rf"played (?P<value>the (?:{INSTRUMENTS})){END}"),
)

POSSESSIONS: tuple[Pattern, ...] = (
    *says("name", rf"(?:full |first |real |actual )?name(?:'s| is) {CALLED}"),
    *says("", rf"{RELATIVE}(?:(?:'s name)? is|'s) {ADVERBS}(?:called |named ){CALLED}"),
    *says("", rf"{RELATIVE}'s name(?:'s| is) {CALLED}"),
    *says("", rf"(?P<predicate>mum|mom|mother|dad|father)(?:'s name)? is {NAME}"),
    *says("", rf"(?:new |old )?(?P<predicate>{ROLES}|best friend|wife|husband|partner|girlfriend|boyfriend|flatmate|housemate"
        rf"|roommate|lodger|landlord|sister|brother|son|daughter|cousin|dog|cat|fiancée?)(?: is|'s) (?:now )?{NAME}"),
    *says("birthday", rf"(?:birthday|b-?day)(?: is|'s) (?:on )?(?:the )?{DATE}"),
    *says("email address", r"(?:new )?e-?mail(?: address)?(?: is"
        r"|'s|:) (?:now )?" + EMAIL),
    *says("blood type", r"blood (?:type|group) is (?P<value>(?:AB|A|B|O)(?: ?[+-]| (?:rh )?(?:positive|negative|neg"
        r"|pos))?)(?!\w)"),
    *says("address", rf"(?:new )?address(?: is|'s|:) (?:now )?(?P<value>\d{{1,4}}\w? {TOWN}(?:, {TOWN}){{0,2}}){END}"),
    *says("phone number", rf"(?:new |mobile |phone )?number(?: is|'s|:) (?:now )?{LITERAL}"),
    *says("", rf"(?:new )?(?P<predicate>{WITH_NUMBER})(?: is|'s|:) (?:now )?{LITERAL}"),
    *says("", rf"(?P<predicate>{WITH_NAME})(?: is|'s|:) {NAME}"),
    *says("", rf"(?:new )?(?P<predicate>{WITH_ARTICLE})(?: is|'s) (?:now )?{SOME}"),
    *says("", rf"(?P<predicate>{WITH_WORDS})(?: is|'s| are) (?:now )?{WORDS}"),
    *says("", rf"(?:(?:new|current|all-time|absolute|all time) )?"
          rf"(?P<predicate>favou?rite (?!(?:part|bit|thing|one|way|time|of)\b)(?:\w+ )?\w+)(?: (?:ever"
        rf"|of all time|right now|at the moment))?"
          rf"(?: is|'s|:) (?:now |still )?(?:an? )?{WORDS}"),
    *says("works at", rf"(?:new )?job(?: is|'s) (?:at|with) {KIND_OF_PLACE}{NO_EMPLOYER}{WORDS}"),
    *says("lives in", rf"new (?:place|house|home|flat|apartment)(?: is|'s) in (?:{PLACE})"),
    *says("works as", rf"(?:job|profession|trade|occupation)(?: is|'s) (?:an? )?{JOB}"),
    *says("takes", rf"(?:[\w-]+ ){{0,3}}(?:tablets?|medication|meds|medicine|pills?|prescription)(?: is| are|'s) (?:called )?"
          rf"{MEDICINE}"),
)

# What opens a sentence without subject and verb, and is said of who speaks: "allergic to nuts, by the way".
FRAGMENTS: tuple[Pattern, ...] = (
    *says("allergic to", rf"(?:(?:very|highly|severely|deathly|badly) )?allergic to {TASTE}", several=True),
    *says("diet", rf"(?P<value>{DIETS})(?=,? (?:here|btw|by the way|fyi)\b)"),
    *says("lives in", rf"(?:based|living) in (?:{PLACE})(?= ?$|,? (?:so|and|but|btw|by the way|fyi|if|now)\b)"),
    *says("married to", rf"married to {NAME}(?= ?$|,? (?:so|and|but|btw|since|for)\b)", dated=True),
)
FRAGMENTS += says("takes", rf"(?:been )?(?:taking|on) {MEDICINE}", dated=True)
NEW_WORK = says("works as", JOB, dated=True)
