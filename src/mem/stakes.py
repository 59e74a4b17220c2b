"""What is at stake when a fact is learned: whether it is saved at once or waits for the user's yes.

A wrong plain fact costs a correction. One about who the user is, their health or money costs more, so it is never taken on
the word of a pattern or a model alone.
"""

from __future__ import annotations

import re
from typing import Literal

from mem.fact_table import PREDICATES
from mem.fact_words import CONDITIONS
from mem.records import Decision, Fact, FactCandidate, Origin

Approve = Literal["stakes", "all", "never"]
USER_TEXT: tuple[Origin, ...] = ("user_said", "user_confirmed")

IDENTITY = re.compile(
    r"(?:(?:full|first|middle|last|maiden|legal|real|birth) )?name|surname|birth ?(?:day|year|date|place)|date of birth|age"
    r"|(?:was|is) born (?:in|on)|gender|sex|pronouns|sexuality|sexual orientation|nationality|citizenship|ethnicity|religion"
    r"|marital status"
)
HEALTH = re.compile(
    r"^(?:condition|takes)\b"
    r"|\b(?:allerg\w+|intoleran\w+|diagnos\w+|medicat\w+|medicines?|prescri\w+|takes? [\w ]*\d+ ?m?g|insulin"
    r"|illness|disease|disorder|syndrome|disabilit\w+|disabled|symptoms?|asthma|diabet\w+|epilep\w+|cancer|tumou?r|depression|anxiety|adhd"
    r"|autis\w+|dyslexia|pregnan\w+|coeliac|celiac|migraines?|hay fever|arthritis|hiv|surgery|pacemaker|blood (?:type|group"
    r"|pressure)|health|wheelchair|hearing aids?|inhaler|crutches|walking (?:stick|frame)|mobility scooter|cpap|stoma|catheter"
    r"|prosthe\w+|deaf|blind)\b"
)
MONEY = re.compile(
    r"\b(?:salary|salaries|income|wages?|earns?|earning|paid|debts?|loans?|mortgage|owes?|owed|bank|bank account"
    r"|account (?:balance|number)|savings|credit (?:card|score|limit)|overdraft|pension|net worth|tax(?:es)?|invest\w*|money)\b"
    r"|[€£$¥] ?\d|\d ?(?:€|£|\$|¥|euros?|pounds?|dollars?|eur|gbp|usd)\b"
)
ILLNESS = re.compile(rf"\b(?:{CONDITIONS})(?![\w-])", re.IGNORECASE)
# Of the vocabulary, what may tell of health or money by its value; those of the others are places, people and tastes.
TELLING = frozenset(("allergic to", "blood type", "diet", "has", "owns", "uses", "wears"))


def stake(
    candidate: FactCandidate, decision: Decision, concerned: Fact | None, *, origin: Origin, approve: Approve
) -> str:
    """Why the candidate waits for the user's yes; "" where it is saved at once, or changes nothing.

    `decision` and `concerned` are what saving it would do, `origin` is whose text it was read in.
    """
    if decision == "none":
        return ""  # known already: it is one more piece of evidence
    if origin not in USER_TEXT:
        return "it does not stand in your own words"
    if candidate.unsure:
        return candidate.unsure
    if concerned is not None and concerned.pinned and decision != "past":
        return f"it contradicts a pinned fact: {concerned.sentence}"
    if decision == "review":
        return f"it may or may not replace: {concerned.sentence}" if concerned else "it is not clear what it replaces"
    if approve == "never":
        return ""
    if approve == "all":
        return "everything is asked"
    said = candidate.predicate.casefold()
    if candidate.subject == "user" and IDENTITY.fullmatch(said):
        return "who you are"
    words = f"{said} {candidate.value.casefold()}" if said not in PREDICATES or said in TELLING else said
    if HEALTH.search(words) or (words != said and ILLNESS.search(candidate.value)):
        return "health"
    return "money" if MONEY.search(words) else ""
