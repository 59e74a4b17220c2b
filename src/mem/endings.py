"""What ends something held: "we sold the van", "I don't live in Bath", "we split up".

Such words hardly ever name the fact, so it is found among those held; where more than one fits, none is meant. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from mem.corrections import as_written, names, statements
from mem.deciding import STAGES, is_just_told
from mem.fact_table import PREDICATES, cardinality, relation_name
from mem.fact_times import find_date
from mem.fact_words import CAPITALISED, CATS, COMPANY, DIETS, DOGS, JOBS, KIN, PERSON, PETS, ROLES, WITH_ARTICLE
from mem.kinship import is_relation
from mem.records import Fact, FactCandidate
from mem.statements import one_of, spaced
from mem.text import fold

# With the predicates that it may be said of.
PARTNERS = frozenset().union(*STAGES)
KEPT = frozenset(filter(is_relation, PREDICATES)) - frozenset(ROLES.split("|"))  # who one no longer sees is still a sister
BELONGINGS = frozenset(("owns", "drives", "has", *WITH_ARTICLE.split("|")))
ANIMALS = frozenset(f"{PETS}|{DOGS}|{CATS}".split("|"))
RELATIVES = frozenset(filter(is_relation, PREDICATES))
HOUSEMATES = frozenset(("flatmate", "housemate", "roommate", "lodger", "tenant"))
# Who speaks, said or left out: at the beginning, or after a comma or "and" where they opened the sentence.
I_AM = r"(?:I|we)(?:'ve|'m|'re| have| am| are| was| were| got)?(?: been)? ?"
OPENED = r"^(?:I\b|we\b|I'|we'|changed|quit|finally|sold|moved|got)[^.;]{0,40}?(?:, ?| and )"
BY_ME = rf"(?:^|\b{I_AM}|{OPENED})(?:just |so |finally |also |actually |recently |officially |completely )?"
WE = r"(?:^|\bwe(?:'ve|'re| have| are)? (?:just |finally )?)"
THING = r"(?:the |my |our |that |his |her )?(?P<what>[\w'-]+(?: [\w'-]+){0,2}?)"
A_JOB = rf"(?P<what>(?:[\w-]+ ){{0,2}}(?:{JOBS}))"
ANIMAL = rf"(?:the |my |our )?(?:(?:{PETS}) )?(?P<what>[\w'-]+)"
GOES_ON = one_of(
    "and", "but", "so", "because", "last", "this", "yesterday", "today", "on", "in", "at", "finally", "now", "ages",
    "years", "a", "after", "cos", "it", "for", "to", "completely", "the other", "btw", "tbh", "though", "rn", "I", "we",
    "with", "when", "while", "which", "as", "by", "from", "before", "until", "since", "instead", "anyway", "honestly",
    "early",
)  # fmt: skip
AFTER_IT = rf"(?= ?$|[,.;:!?)…-]| {GOES_ON}\b)"
NO_MORE = " any ?(?:more|longer)"
GOT_RID = one_of(
    "sold", "got rid of", "gave away", "given away", "traded in", "scrapped", "wrote off", "parted with", "returned",
    "don't have", "no longer have", "don't own",
)  # fmt: skip
STOLEN = "(?:got|was|has been|'s been|been) (?:stolen|nicked|written off|scrapped|totalled)"
SPLIT_UP = r"split(?: up)?(?! (?:the|an?|our|it|some|that|this)\b)"  # not the bill
SPLIT = one_of(
    "(?:have |have just |just |recently )?" + one_of("broke up", "broken up", SPLIT_UP, "separated", "called it quits"),
    "(?:are |are now |got |getting |have )?divorced", "called off the engagement", "(?:are )?no longer together",
    "aren't together any ?more", "are (?:over|done|finished|through)(?= ?$|[,.!])",
)  # fmt: skip
PARTED_FROM = one_of(
    "broke up with", "broken up with", "split up with", "split from", "dumped", "divorced", "left", "no longer with",
    "not with",
)  # fmt: skip
APART = one_of(
    SPLIT_UP, "broken? up", "broke up", "got divorced", "separated", "called it off", "called it quits", "not together",
    "no longer together",
)  # fmt: skip
SINGLE = r"\bI(?:'m| am) (?:newly )?(?:single|divorced)(?= ?$| now| again| these days)|\bI got divorced\b"
DISMISSED_ME = "(?:(?:sacked|fired|canned|dismissed) me|let me go|laid me off|made me redundant)"
DISMISSED = "(?:laid off|fired|sacked|let go|made redundant)"
QUIT = one_of(
    "quit", "left", "leaving", "no longer (?:at|with)", "not (?:at|with)", "handed my notice in at", "handed in my notice at",
    "resigned from", "retired from", "finished at", "stopped working (?:at|for)", "done with", "out of",
    rf"(?:got |been |was )?{DISMISSED} (?:from|by|at)",
)  # fmt: skip
OUT_OF_WORK = one_of(
    "(?:quit|left|lost|resigned from) my job", "handed in my notice", "handed my notice in",
    rf"(?:been |got |was )?{DISMISSED}", "out of work", "unemployed", "retired",
)  # fmt: skip
STUDIES_OVER = one_of("graduated from", "dropped out of", "left", "finished at", "quit")
GRADUATED = one_of(
    "graduated", "finished (?:uni|university|college)", r"(?:finished|completed) my (?:\w+ )?(?:degree|course|phd|studies)"
)
GAVE_UP = one_of(
    "gave up", "given up", "gone off", "went off", "quit", "stopped", "packed in", "jacked in", "dropped",
    "(?:had|have|was forced|decided) to (?:stop|quit|give up|drop|pack in)",
) + "(?: on)?"  # fmt: skip
DOING = "(?: (?:playing|learning|studying|supporting|doing))?"
DIED = one_of(
    "died", "passed away", "was put down", "was put to sleep", "had to be put down", "ran away for good",
    "went to a new home",
)  # fmt: skip
OFF_MEDICINE = "(?:came off|come off|off|stopped taking|no longer (?:take|on|taking)|weaned off)"
EATS = "(?:eat|eating|started eating|can eat)"
ANY_FOOD = "(?:meat|fish|dairy|everything|anything|gluten)"
EATS_AGAIN = rf"\bI(?:'m| am|'ve| have)? (?:started )?(?:eat|eating|eaten) {ANY_FOOD} (?:again|now)\b"
BACK_TO = r"\b(?:gone|went) back to (?:eating )?(?:meat|fish|dairy)\b"
DIET_OVER = "(?:not|no longer|stopped being|given up being|gave up being)"
# What follows names nothing after "we split up" or "I was laid off": then the one fact that is held is meant.
ENDINGS = (
    (BELONGINGS, spaced(rf"{BY_ME}{GOT_RID} {THING}(?:{NO_MORE})?{AFTER_IT}")),
    (BELONGINGS | ANIMALS, spaced(rf"{BY_ME}(?:gave|given|donated|passed) {ANIMAL} (?:away|back|to)\b")),
    (BELONGINGS, spaced(rf"\b(?:my|our|the) (?P<what>[\w'-]+(?: [\w'-]+)?) {STOLEN}\b")),
    (PARTNERS, spaced(rf"\b(?P<what>[\w'-]+) and (?:I|me) {SPLIT}")),
    (PARTNERS, spaced(rf"\b(?:me|I) and (?P<what>[\w'-]+) {SPLIT}")),
    (PARTNERS, spaced(rf"{BY_ME}{PARTED_FROM} (?:my (?:\w+ )?)?(?P<what>[\w'-]+)")),
    (PARTNERS, spaced(r"\b(?P<what>[\w'-]+) (?:dumped me|left me|broke up with me|broke it off)")),
    (PARTNERS, spaced(r"\bmy ex(?:[-~](?:wife|husband|girlfriend|boyfriend|partner))?,? (?P<what>[\w'-]+)")),
    (PARTNERS, spaced(rf"{WE}{APART}\b(?! (?:the|an?|our|my|some|this|that|for)\b)")),
    (PARTNERS, spaced(SINGLE)),
    (frozenset(("works at",)), spaced(rf"{BY_ME}{QUIT} (?P<what>{COMPANY}|the [\w ]+?){AFTER_IT}")),
    (frozenset(("works at",)), spaced(rf"{BY_ME}{OUT_OF_WORK}{AFTER_IT}")),
    (frozenset(("works at",)), spaced(rf"\b(?P<what>{COMPANY}) {DISMISSED_ME}\b")),
    (frozenset(("works as",)), spaced(rf"{BY_ME}(?:stopped being|gave up being|no longer) an? {A_JOB}\b")),
    (frozenset(("studies at",)), spaced(rf"{BY_ME}{GRADUATED}{AFTER_IT}")),
    (frozenset(("allergic to",)), spaced(rf"{BY_ME}no longer allergic to {THING}{AFTER_IT}")),
    (frozenset(("studies at", "volunteers at")), spaced(rf"{BY_ME}{STUDIES_OVER} (?P<what>{COMPANY}){AFTER_IT}")),
    (frozenset(("volunteers at",)), spaced(rf"{BY_ME}{GAVE_UP} volunteering (?:at|for|with|in) {THING}{AFTER_IT}")),
    (
        frozenset(("plays", "studies", "is learning", "likes", "supports")),
        spaced(rf"{BY_ME}{GAVE_UP}{DOING} {THING}{AFTER_IT}"),
    ),
    (ANIMALS, spaced(rf"\b(?P<what>[\w'-]+) (?:has )?{DIED}")),
    (ANIMALS, spaced(rf"{BY_ME}(?:had to )?put {ANIMAL} (?:down|to sleep)")),
    (ANIMALS, spaced(rf"{BY_ME}(?:lost|rehomed|had to rehome|said goodbye to) {ANIMAL}{AFTER_IT}")),
    (HOUSEMATES, spaced(r"\b(?P<what>[\w'-]+) (?:has |have |'s )?(?:just |finally )?moved (?:out|in with)\b")),
    (frozenset(("works at",)), spaced(rf"{BY_ME}done with {THING}{AFTER_IT}")),
    (frozenset(("volunteers at", "member of")), spaced(rf"{BY_ME}(?:step|stepped|stood) (?:down|back) from"
        rf" {THING}{AFTER_IT}")),
    (frozenset(("member of",)), spaced(rf"{BY_ME}cancell?ed (?:my |the )?(?P<what>[\w'-]+(?: [\w'-]+)?) membership\b")),
    (frozenset(("member of",)), spaced(rf"{BY_ME}(?:quit|left|{GAVE_UP}) {THING}{AFTER_IT}")),
    (frozenset(("takes",)), spaced(rf"\b(?:put|switched|moved) (?:me )?.{{3,40}}(?:in place of|instead of|replacing)"
        rf" {THING}{AFTER_IT}")),
    (frozenset(("takes",)), spaced(rf"{BY_ME}{OFF_MEDICINE} {THING}{AFTER_IT}")),
    (frozenset(("does not eat",)), spaced(rf"\b{I_AM}{EATS} {THING} (?:now|again)\b")),
    (frozenset(("does not drink",)), spaced(r"\bI(?:'m| am)? (?:drink|drinking)(?: alcohol)? again\b")),
    (frozenset(("diet",)), spaced(rf"{EATS_AGAIN}|{BACK_TO}")),
    (frozenset(("diet",)), spaced(rf"{BY_ME}{DIET_OVER} (?:an? )?(?P<what>{DIETS})\b")),
    (frozenset(("diet",)), spaced(rf"\b(?:scratch|forget|ditch(?:ed)?|dropped) the (?P<what>{DIETS})(?: thing|"
        rf" diet)?{AFTER_IT}")),
    (frozenset(("lives in",)), spaced(rf"{BY_ME}(?:moved|moving) (?:out of|away from) (?P<what>{COMPANY}){AFTER_IT}")),
    (frozenset(PREDICATES) - KEPT, spaced(rf"(?:^|\b(?:I|we) )(?:don't|do not|can't) (?:\w+ ){{1,3}}?{THING}{NO_MORE}")),
)
I_AM_NOT = r"\b(?:I'm|I am|I'm really|we're|we are) not (?:actually |really |even )?"
I_DO_NOT = r"\b(?:I|we) (?:don't|do not|never|didn't|have never|'ve never) (?:actually |really |even )?"
DENIALS = (
    (frozenset(("lives in",)), spaced(rf"{I_DO_NOT}(?:live|lived) in (?P<what>{CAPITALISED}(?: {CAPITALISED}){{0,2}})")),
    (frozenset(("works at",)), spaced(rf"{I_DO_NOT}(?:work|worked) (?:at|for) (?P<what>{COMPANY})")),
    (frozenset(("likes",)), spaced(rf"{I_DO_NOT}(?:like|love|enjoy) {THING}{AFTER_IT}")),
    (frozenset(("plays",)), spaced(rf"{I_DO_NOT}(?:play|played) {THING}{AFTER_IT}")),
    (frozenset(("drives", "owns", "has")), spaced(rf"{I_DO_NOT}(?:drive|own|have) (?:an? )?{THING}{AFTER_IT}")),
    (frozenset(("works as",)), spaced(rf"{I_AM_NOT}(?:an? ){A_JOB}{AFTER_IT}")),
    (frozenset(("diet",)), spaced(rf"{I_AM_NOT}(?:an? )?(?P<what>{DIETS}){AFTER_IT}")),
    (frozenset(("allergic to",)), spaced(rf"{I_AM_NOT}allergic to {THING}{AFTER_IT}")),
    (frozenset(("is from",)), spaced(rf"{I_AM_NOT}from (?P<what>{CAPITALISED})")),
    (RELATIVES, spaced(rf"\b(?P<what>{PERSON})(?: is not|'s not| isn't) (?:actually |really )?my (?P<role>{KIN})(?![\w'-])")),
    (frozenset(("married to", "husband", "wife")), spaced(rf"{I_AM_NOT}married to (?P<what>{PERSON})")),
)


def find_endings(text: str, held: Sequence[Fact], *, said_at: datetime) -> list[FactCandidate]:
    """Which of the facts held the message ends or denies, though it states nothing new."""
    ended: dict[str, FactCandidate] = {}
    for statement in statements(text, mourning=True):
        for rows, denied in ((ENDINGS, False), (DENIALS, True)):
            for predicates, pattern in rows:
                for match in pattern.finditer(statement):
                    facts = [
                        fact for fact in held if fact.predicate in predicates and fact.subject == "user" and _ends(match, fact)
                    ]
                    if len({fold(fact.value) for fact in facts}) == 1:
                        when = None if denied else find_date(statement[match.start() :], said_at=said_at)
                        for fact in facts:
                            wrong = denied and is_just_told(fact, said_at)
                            ended.setdefault(fact.id, _ended(fact, match[0], text, when, wrong=wrong))
    return list(ended.values())


def is_part(claim: FactCandidate, of: FactCandidate) -> bool:
    """Whether a claim says less of the same: "sertraline" where "50mg sertraline" is held."""
    return (claim.subject, claim.predicate) == (of.subject, of.predicate) and names(claim.value, of.value)


def _ends(match: re.Match[str], fact: Fact) -> bool:
    """Whether it is this fact that the words end: they name its value, or what it is ("our cat died"), or nothing at all."""
    what = match.groupdict().get("what")
    of_others = what is not None and match.string[: match.start("what")].endswith("'s ")  # the neighbour's dog
    if (role := match.groupdict().get("role")) and relation_name(role) != fact.predicate:
        return False
    return what is None or names(what, fact.value) or (fold(what) == fact.predicate and not of_others)


def _ended(fact: Fact, words: str, text: str, when: datetime | None, *, wrong: bool) -> FactCandidate:
    return FactCandidate(
        fact.subject, fact.predicate, fact.value, as_written(words.strip(), text), cardinality(fact.predicate), None, True,
        invalid_at=when, corrects=fact.value if wrong else "",
    )  # fmt: skip
