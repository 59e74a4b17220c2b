"""The table that `fact_patterns` reads by: the predicates there are, their words, and one row for each way to say them.

In these patterns a space stands for any run of blanks, `~` for one that the value may go on after, and case matters only for
the first letter of names. The name of the group that holds the value is its kind, which `fact_patterns` checks further.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mem.statements import STOP_MARK, UPPER, spaced

Cardinality = Literal["one", "many"]

# Words ------------------------------------------------------------------------------------------------------------------
RELATIONS_ONE = "mother|mum|mom|father|dad|wife|husband|spouse|partner|girlfriend|boyfriend|fiancée|fiancé|fiancee|fiance"
RELATIONS_MANY = (
    "sister|brother|daughter|son|child|grandmother|grandma|grandfather|grandpa|aunt|uncle|cousin|niece|nephew|friend|best"
    " friend"
    "|flatmate|roommate|housemate|colleague|coworker|co-worker|neighbour|neighbor|stepmother|stepfather|stepson|stepdaughter"
    "|sister-in-law|brother-in-law|mother-in-law|father-in-law|granddaughter|grandson|twin sister|twin brother|godson"
    "|goddaughter"
)
ROLES = "boss|manager|landlord|landlady|doctor|GP|dentist|therapist|lawyer|accountant|vet|supervisor|advisor|mentor|hairdresser"
PETS = "dog|cat|puppy|kitten|rabbit|hamster|parrot|horse|pony|tortoise|turtle|guinea pig|ferret|goldfish|budgie|snake|gecko|pet"
WITH_NUMBER = (
    "phone number|mobile number|telephone number|shoe size|dress size|ring size|postcode|zip code|address|height|weight"
)
WITH_NAME = "hometown|home town|nickname|surname|last name|middle name|maiden name|native language|mother tongue|nationality"
WITH_ARTICLE = "car|bike|motorbike|motorcycle|phone|laptop|camera|guitar|piano|boat|van"
WITH_WORDS = "wifi network|wi-fi network|timezone|time zone|star sign|job title|pronouns|hobby|operating system"
JOBS = (
    "engineer|developer|programmer|nurse|doctor|surgeon|dentist|teacher|professor|lecturer|lawyer|solicitor|barrister"
    "|accountant"
    "|architect|designer|chef|cook|baker|butcher|waiter|waitress|barista|bartender|electrician|plumber|carpenter|mechanic|pilot"
    "|driver|farmer|gardener|journalist|writer|editor|photographer|musician|actor|actress|artist|scientist|physicist|chemist"
    "|biologist|researcher|analyst|consultant|manager|administrator|librarian|pharmacist|physiotherapist|psychologist|therapist"
    "|paramedic|firefighter|soldier|translator|secretary|receptionist|cashier|hairdresser|tailor|veterinarian|midwife|welder"
    "|social worker|police officer|estate agent|postdoc|data scientist|product manager|beekeeper|bookkeeper"
)
CONDITIONS = (
    "asthma|diabetes|type [12] diabetes|coeliac disease|celiac disease|epilepsy|arthritis|migraines|hay fever|ADHD|dyslexia"
)
COUNTED = (
    "kids?|child|children|sons?|daughters?|brothers?|sisters?|siblings?|grandchildren|dogs?|cats?|rabbits?|horses?|chickens"
    "|bikes?|cars?|motorbikes?|allotment|garden|greenhouse|piano|boat|degree|twins|nephews?|nieces?"
)
DIETS = r"vegetarian|vegan|pescatarian|flexitarian|teetotal|lactose[-\s]intolerant|gluten[-\s]intolerant|coeliac|celiac"
LANGUAGES = (
    "English|German|French|Spanish|Italian|Portuguese|Dutch|Polish|Turkish|Arabic|Hindi|Urdu|Bengali|Punjabi|Mandarin|Cantonese"
    "|Chinese|Japanese|Korean|Vietnamese|Thai|Russian|Ukrainian|Greek|Hebrew|Persian|Farsi|Swedish|Norwegian|Danish|Finnish"
    "|Welsh"
    "|Irish|Czech|Hungarian|Romanian|Bulgarian|Serbian|Croatian|Swahili|Tamil|Telugu|Catalan|Basque|Esperanto"
)
PEOPLES = f"{LANGUAGES}|American|British|Scottish|Australian|Canadian|Indian|Brazilian|Mexican|Swiss|Austrian|Belgian|Nigerian"
# Capitalised words that are no names.
NOT_NAMES = (
    f"{PEOPLES}|Catholic|Christian|Jewish|Muslim|Buddhist|Hindu|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
    f"|January"
    "|February|March|July|August|September|October|November|December|Not|No|So|The|A|An|I|Very|Just|Sorry|Fine|OK|Ok|Okay|Good"
    "|Great|Back|Here|Home|Done|Ready|Happy|Sad|Tired|Sick|Bored|Looking|Trying|Going|Vegan|Vegetarian|Christmas|Easter|God"
    "|Today|Tomorrow|Later|Interested"
)

# Capitalised things one moves to that are no places.
NOT_PLACES = (
    "Google|Microsoft|Apple|Linux|Ubuntu|Windows|Mac|macOS|Android|Python|Rust|Java|TypeScript|Slack|Notion|Obsidian|Gmail"
    "|Outlook|GitHub|GitLab"
    "|Spotify|AWS|Azure|Firefox|Chrome|Teams|Zoom|Vim|Emacs|Postgres|Team|Marketing|Sales|Finance|HR|Engineering|Plan|Step"
    "|Chapter|Level"
)

PREDICATES: Mapping[str, Cardinality] = {
    **dict.fromkeys(
        ["name", "lives in", "is from", "grew up in", "was born in", "birth year", "birthday", "age",
         "works at", "works in", "works as", "studies at"],
        "one",
    ),
    **dict.fromkeys(["married to", "engaged to", "diet", "drives", "email address", "blood type"], "one"),
    **dict.fromkeys(f"{RELATIONS_ONE}|{ROLES}|{WITH_NUMBER}|{WITH_NAME}|{WITH_ARTICLE}|{WITH_WORDS}".lower().split("|"), "one"),
    **dict.fromkeys(f"{RELATIONS_MANY}|{PETS}".split("|"), "many"),
    **dict.fromkeys(["allergic to", "does not eat", "likes", "dislikes", "speaks", "plays", "owns", "has", "studies"], "many"),
}
"""The vocabulary: how many values each predicate has at a time. "favourite X" belongs to it too, with one value for each X."""


def cardinality(predicate: str) -> Cardinality:
    """One value at a time or many; unknown predicates have many, so that none of their values ends another."""
    return "one" if predicate.startswith("favourite ") else PREDICATES.get(predicate, "many")


# Pieces of patterns: a space stands for any run of blanks ------------------------------------------------------------------
MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?"
    "|Oct|Nov|Dec)"
)
NUMBER = r"(?:\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a couple of)"
UNIT = "(?:day|week|month|year|hour|minute|time)s?"
TIME = (
    rf"(?:(?:back |just )?(?:(?:in|since|on|around) )?(?:(?:early|late|mid) )?(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? )?(?:last"
    rf" )?{MONTH}"
    rf"(?: \d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,? (?:19|20)\d\d)?\b|(?:back )?(?:in|since) (?:19|20)\d\d\b|{NUMBER} {UNIT} ago"
    r"|(?:since )?last (?:week|month|year|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)|(?:since )?yesterday|today|this"
    r" (?:morning|week|month|year))"
)
STOP = (
    rf"(?:(?:and|or|but|because|since|so|as|where|which|who|whose|that|when|while|with|without|until|till|for|in|on|at|from"
    rf"|last|this"
    r"|these|now|nowadays|though|although|if|unless|then|too|also|anymore|any|near|to|would|could|can|cannot|will|is|are|was"
    r"|were|has|have"
    r"|had|right|currently|again|yesterday|today|tonight|tomorrow|after|before|about|by|than|better|more|most|very|really"
    r"|instead|please"
    rf"|ever|atm|btw|alone|together|lately|recently|anyway|full-time|part-time|during|every|each|I|we|he|she|they|you|it|a"
    rf"|an|the|my|our|her|his)\b|{NUMBER} {UNIT}\b)"
)
END = rf"(?= ?$| ?[,;:!?()\[\]–—…]| -|[\t\x20]*{STOP_MARK})"
CAPITALISED = rf"(?-i:(?:St|Dr|Mr|Mrs|Ms)\. )?(?-i:[{UPPER}])(?:[\w-]|[’'](?!s\b)(?=\w))*"
NAME = rf"(?P<name>{CAPITALISED}(?: (?:(?:van|von|de|da|del|der|bin|al|la|le) ){{0,2}}{CAPITALISED}){{0,3}}){END}"
CALLED = (
    rf"(?:{NAME}"
    rf"|(?P<plain>(?!(?:not|so|it|the|an?|after|by|out|up|in|on|to|for|back)\b)[^\W\d_]{{2,20}})(?= ?$| ?[,;]| and\b))"
)
TOWN = rf"{CAPITALISED}(?: (?:(?:de|la|del|upon|on|of|the|am|an|der|le|les|sur|do|di) ){{0,2}}{CAPITALISED}){{0,3}}"
PLACE = (
    rf"(?P<place>(?:the )?{TOWN}(?:, {TOWN}(?= ?$| ?[,;]|{STOP_MARK}))?){END}"
    r"|(?P<lower_place>(?!(?:fear|pain|hope|peace|debt|denial|poverty|silence|sin|it|the|an?|my|bed|bits|town|court|love"
    r"|constant|student)\b)"
    r"[a-z]{3,20}(?: (?!now\b|with\b|and\b|but\b|for\b)[a-z]{3,20})?)(?= ?$| ?[,;]| (?:now|and|but|with|for)\b)"
)
WORD = r"[^\s,;:!?()\[\]<>|\"“”…]{1,40}"
NOTHING = (
    r"(?:not|no|none|never|so|very|too|it|its|this|that|these|those|you|your|yours|how|when|what|where|why|who|to|him|her"
    r"|his|them|their|me|my"
    r"|mine|myself|us|our|people|being|having|getting|seeing|knowing|both|all|some|more|most|much|many|any|everything"
    r"|nothing|something|anything"
    r"|one|ones|option|options|idea|ideas|answer|version|suggestion|suggestions|first|second|either|neither|each|such|as|in"
    r"|on|at|if|and|or|but"
    r"|home|night|nights|least|weekends|school|work|now|here|there|also|better|best|just|really|with|for|from|into|up|out"
    r"|off|around|by|about"
    r"|lots?|bit|few|couple|bunch|tons?|tad|little|kind|sort|piece|mess|pain|wreck|lemon|joke|disaster|nightmare|lock|good"
    r"|great|bad|nice"
    r"|well|hard|like|only|always|often|sometimes|together|alone|different|same|other|another|anyone|everyone|someone|nobody"
    r"|none)\b"
)
WORDS = rf"(?P<words>{WORD}(?:~{WORD}){{0,4}}){END}"
TASTE = rf"(?!(?:the|an?)\b|\S{{1,30}}'s ){WORDS}"
SOME = rf"(?:an? ){WORDS}"
LITERAL = rf"(?P<value>(?=[^\s]*\d)[^\s,;!?]+(?:~{WORD}){{0,5}}){END}"
COMPANY = rf"(?:the )?{CAPITALISED}(?:'s)?(?: (?:of )?{CAPITALISED}(?:'s)?){{0,4}}"
JOB = (
    rf"(?:an? )?(?!(?:former|ex|retired|aspiring|future|would-be|bad|good|terrible|great)\b)"
    rf"(?P<words>(?:{WORD}~){{0,3}}?(?:{JOBS}))(?: (?:at|for|with) (?P<employer>{COMPANY}))?{END}"
)
DATE = (
    rf"(?P<value>\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b(?:,? (?:19|20)\d\d)?|{MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd"
    rf"|th)?\b(?:,? (?:19|20)\d\d)?"
    r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?)"
)
COUNT = r"(?:\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten)"
PERSON = rf"(?!(?:{NOT_NAMES})\b){CAPITALISED}(?: (?!(?:{NOT_NAMES})\b){CAPITALISED})?"
BE = "(?:'m|am|'s|is|'re|are)"
HAVE = "(?:'ve|have|'s|has)"
NOT = "(?:do not|don't|does not|doesn't)"
ADVERBS = (
    r"(?:(?:currently|now|just|recently|still|actually|also|really|always|both"
    r"|finally|absolutely|originally|only|even|mostly|in fact)\b ?){0,2}"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A row: what follows the subject, and the predicate it states ("" where the words matched are the predicate)."""

    predicate: str
    regex: re.Pattern[str]
    retracted: bool = False
    several: bool = False
    dated: bool = False


def says(predicate: str, source: str, *, several: bool = False, dated: bool = False) -> tuple[Pattern, ...]:
    return (Pattern(predicate, spaced(rf" ?{ADVERBS}{source}"), several=several, dated=dated),)


def ends(predicate: str, source: str, *, several: bool = False) -> tuple[Pattern, ...]:
    return (Pattern(predicate, spaced(rf" ?{ADVERBS}{source}"), retracted=True, several=several, dated=True),)


def holds(predicate: str, verb: str, value: str, *, several: bool = False, dated: bool = False) -> tuple[Pattern, ...]:
    """A verb in the present, and the ways to say that it holds no longer."""
    return (
        *says(predicate, f"{verb} (?:{value})", several=several, dated=dated),
        *ends(predicate, f"(?:no longer|used to) {verb} (?:{value})", several=several),
        *ends(predicate, f"{NOT} {verb} (?:{value}) any ?(?:more|longer)", several=several),
    )


KIN = f"(?P<predicate>{RELATIONS_MANY}|{RELATIONS_ONE}|{PETS}|{ROLES})"

VERBS: tuple[Pattern, ...] = (
    # name, place and birth
    *says("name", rf"go by {NAME}"),
    *holds("lives in", "lives? (?:here )?in", PLACE, dated=True),
    *says("lives in", rf"(?:{BE} {ADVERBS}(?:living|based)|{HAVE} (?:been living|been based)) in (?:{PLACE})", dated=True),
    *says(
        "lives in",
        rf"(?:{HAVE} {ADVERBS})?(?:moved|relocated) (?:{TIME} )?(?:back |over |house )?"
        rf"(?:from {CAPITALISED} )?to (?!(?:{NOT_PLACES})\b)(?:{PLACE})", dated=True,
    ),
    *says("is from", rf"(?:{BE} {ADVERBS}|comes? )from (?:{PLACE})"),
    *says("was born in", rf"(?:was|were) born (?:and (?:raised|grew up) )?in (?:{PLACE})"),
    *says("grew up in", rf"grew up in (?:{PLACE})"),
    *says("birth year", rf"was born in (?P<value>(?:19|20)\d\d){END}"),
    *says("birthday", rf"was born on (?:the )?{DATE}"),
    *says("age", rf"{BE} (?P<value>\d{{1,2}})(?: years old)?{END}"),
    # work and study
    *holds("works at", "works? (?:at|for)", rf"(?!an? |\d)(?!the (?:moment|weekend|time|same)){WORDS}", dated=True),
    *says("works at", rf"(?:{BE} working|{HAVE} been working) (?:at|for) (?!the moment|years|an? |\d)(?:{WORDS})", dated=True),
    *says(
        "works at",
        rf"(?:{HAVE} )?(?:{ADVERBS})(?:started|got a job|joined|began)"
        rf"(?: working| a new job| a job)? at (?!an? ){WORDS}", dated=True,
    ),
    *holds("works as", "works? as", JOB, dated=True),
    *says("works as", rf"{BE} (?:{ADVERBS})(?:an? |working as (?:an? )?){JOB}", dated=True),
    *says(
        "works in",
        rf"works? in (?P<value>finance|marketing|IT"
        rf"|tech|sales|insurance|banking|construction|healthcare|hospitality|retail){END}",
    ),
    *ends(
        "works at",
        rf"(?:{HAVE} )?{ADVERBS}(?:quit|left|resigned from|lost)"
        rf" my (?:\w+ )?(?:job|position|post) (?:at|with) (?:{WORDS})",
    ),
    *says("studies at", rf"(?:stud(?:y|ies)|{BE} studying)(?: \w+)? at (?P<value>(?:the )?{TOWN}){END}", dated=True),
    *says("studies at", rf"{BE} (?:{ADVERBS})an? (?:\w+ ){{0,2}}student at (?P<value>{COMPANY}){END}", dated=True),
    *says("studies", rf"(?:stud(?:y|ies)|{BE} studying) (?!for|at|in|hard|abroad|until){WORDS}", dated=True),
    # family, belongings, health
    *says("married to", rf"{BE} married to {NAME}"),
    *says("engaged to", rf"{BE} engaged to {NAME}"),
    *says("", rf"(?:{HAVE}(?: got)?|got) an? (?:\w+ )?{KIN},? (?:called|named|whose name is) {CALLED}"),
    *says(
        "has",
        rf"{HAVE}(?: got)? (?P<value>{COUNT} "
        rf"(?:(?:young|small|older|younger|grown|adult|little|teenage) )?(?:{COUNTED})){END}",
    ),
    *says("has", rf"{HAVE}(?: got)? (?P<value>{CONDITIONS}){END}"),
    *holds("drives", "drives?", rf"an? {WORDS}", dated=True),
    *holds("owns", "owns?", rf"(?!an? (?:lots?|couple|bit|few)\b)(?:an? )?{WORDS}", dated=True),
    *says("allergic to", rf"{BE} {ADVERBS}(?:(?:very|highly|severely|deathly|mildly) )?allergic to {TASTE}", several=True),
    *ends("allergic to", rf"{BE} no longer allergic to {TASTE}", several=True),
    *says("diet", rf"{BE} {ADVERBS}(?:an? )?(?:strict )?(?P<value>{DIETS}){END}"),
    *says("diet", rf"{HAVE} {ADVERBS}(?:gone|become|turned|been) (?P<value>{DIETS}){END}", dated=True),
    *ends(
        "diet",
        rf"{BE} (?:no longer|not) (?:an? )?(?P<value>{DIETS})(?: any ?more)(?=\W|$)"
        rf"|{BE} no longer (?:an? )?(?P<diet>{DIETS})\b",
    ),
    *says("does not eat", rf"(?:(?:{NOT}|can't|cannot|never) eat|no longer eats?) {TASTE}", several=True),
    # tastes and skills
    *ends("likes", rf"{NOT} (?:like|love|enjoy) (?:{TASTE}) any ?(?:more|longer)"),
    *says("dislikes", rf"(?:hates?|dislikes?|detests?|can't stand|loathes?|{NOT} like) {TASTE}", several=True),
    *says("likes", rf"(?:likes?|loves?|adores?|enjoys?) {TASTE}", several=True),
    *says("speaks", rf"speaks? (?:fluent )?(?P<value>{LANGUAGES}){END}", several=True),
    *holds("plays", "plays?", rf"(?P<value>the (?!game|role|part|fool|long)\w+){END}"),
)

POSSESSIONS: tuple[Pattern, ...] = (
    *says("name", rf"(?:full |first |real )?name(?:'s| is) {CALLED}"),
    *says("", rf"{KIN}(?:(?:'s name)? is|'s) (?:called |named ){CALLED}"),
    *says("", rf"{KIN}'s name(?:'s| is) {CALLED}"),
    *says("", rf"(?P<predicate>{ROLES}|best friend)(?: is|'s) {NAME}"),
    *says("birthday", rf"birthday(?: is|'s) (?:on )?(?:the )?{DATE}"),
    *says("email address", r"e-?mail(?: address)?(?: is|'s) (?P<value>[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,20}){1,4})"),
    *says("blood type", r"blood (?:type|group) is (?P<value>(?:AB|A|B|O)(?: ?[+-]| (?:rh )?(?:positive|negative))?)(?!\w)"),
    *says("address", rf"address(?: is|'s) (?P<value>\d{{1,4}}\w? {TOWN}(?:, {TOWN}){{0,2}}){END}"),
    *says("", rf"(?P<predicate>{WITH_NUMBER})(?: is|'s) {LITERAL}"),
    *says("", rf"(?P<predicate>{WITH_NAME})(?: is|'s) {NAME}"),
    *says("", rf"(?P<predicate>{WITH_ARTICLE})(?: is|'s) {SOME}"),
    *says("", rf"(?P<predicate>{WITH_WORDS})(?: is|'s| are) {WORDS}"),
    *says("", rf"(?P<predicate>favou?rite (?:\w+ )?\w+)(?: is|'s) (?:an? )?{WORDS}"),
)
