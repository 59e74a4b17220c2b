"""Whether what a model read follows from the words it quotes: predicate, subject and value, checked by rule. Pure.

A model may choose any predicate, so it is held to the vocabulary, or else to a verb of the user's own; and whoever the quote
speaks of must be the subject. What was true once, and what matters only today, is not taken from a model at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mem.fact_table import PREDICATES, relation_name
from mem.fact_words import DIETS, JOBS, KIN, RELATION_NAMES
from mem.kinship import is_relation, kind_of_value, said_as
from mem.records import FactCandidate
from mem.text import fold

# Words of which one must stand in the quote for a predicate of the vocabulary; for others, their own words must.
CUES: Mapping[str, str] = {
    "name": r"name|call me|calls me|i'm|i am",
    "lives in": r"liv(?:e|es|ing)|based|moved|settled|relocated|home is",
    "is from": r"from",
    "grew up in": r"grew up|raised|brought up|childhood",
    "was born in": r"born",
    "birth year": r"born",
    "birthday": r"birthday|born",
    "age": r"years old|turned|turning|aged?|i'm|i am|is|he's|she's|\(\d+\)",
    "works at": r"work(?:s|ing)?|job|employed|started at|started with|intern(?:ing)? at|contract(?:ing)? (?:at|for)",
    "works in": r"work(?:s|ing)? in|job in|career in",
    "works as": rf"work(?:s|ing)?|job|profession|trade|living|{JOBS}",
    "studies at": r"stud(?:y|ies|ying)|student|degree|uni|university|college|school|phd",
    "studies": r"stud(?:y|ies|ying)|student|degree|phd|course|master'?s|a-? ?levels?",
    "is learning": r"learn(?:s|ing)?|lessons?|duolingo",
    "teaches": r"teach(?:es|ing)?",
    "volunteers at": r"volunteer(?:s|ing)?",
    "married to": r"married|husband|wife|spouse|marry",
    "engaged to": r"engaged|fianc[eé]+|marrying|getting married",
    "allergic to": r"allerg\w+|anaphyla\w+|epipen",
    "diet": rf"{DIETS}|kosher|halal|diet|\w+-free",
    "does not eat": r"(?:don't|doesn't|never|can't|cannot|do not|does not|not) (?:eat|have|touch|do|tolerate)|avoids?|off",
    "does not drink": r"(?:don't|doesn't|never|can't|cannot|do not|does not|not) (?:drink|touch)",
    "takes": r"tak(?:e|es|ing)|on|prescribed|medication|meds",
    "condition": r"am|i'm|is|he's|she's|have|has|i've|with|diagnosed",
    "likes": r"likes?|loves?|enjoys?|adores?|fan of|fond of|keen on|into|obsessed with|mad about|crazy about|addicted to",
    "dislikes": r"hates?|dislikes?|can't stand|cannot stand|loathes?|detests?|don't like|doesn't like|not (?:keen|a fan)",
    "prefers": r"prefers?|rather",
    "supports": r"supports?|supporter|fan",
    "speaks": r"speaks?|fluent|bilingual|language|mother tongue",
    "plays": r"plays?|playing|player",
    "owns": r"owns?|bought|have|has|got|my|our|i've|we've",
    "drives": r"driv(?:e|es|ing)|car|van|truck",
    "email address": r"e-?mail",
}
# What everybody does or is today is no predicate; nor is what only says how or when.
EMPTY = frozenset(
    ["is", "are", "was", "were", "be", "been", "am", "has", "have", "had", "does", "do", "did", "done", "feels", "feel",
     "needs", "need", "wants", "want", "gets", "get", "got", "goes", "go", "went", "going", "makes", "make", "made",
     "thinks", "think", "says", "said", "knows", "know", "sees", "see", "looks", "look", "seems", "asks", "ask", "tries",
     "try", "hopes", "plans", "plan", "will", "would", "should", "can", "may", "might", "must", "usually", "often",
     "always", "sometimes", "currently", "now", "recently", "still", "also", "never", "mostly", "just", "really", "very",
     "rarely", "daily", "weekly", "soon", "already"]
)  # fmt: skip
NO_VALUE = frozenset(
    ["it", "that", "this", "there", "here", "them", "they", "him", "her", "something", "anything", "someone", "everything",
     "nothing", "things", "stuff"]
)  # fmt: skip
OWNED = "user's "
VERB = re.compile(r"[a-z]{3,}(?:s|es)(?: (?:in|at|on|with|for|to|from|as|by|about|into|of))?")
GONE_BY = re.compile(
    r"\b(?:(?<!have )(?<!'ve )(?<!has )(?<!been )"
    r"(?:lived|worked|studied|owned|played|drove|loved|liked|hated|smoked|kept|taught)"
    r"|was|were|had|ex|former|late|back when|as a (?:kid|child|teenager)|at school"
    r"|next (?:week|month|year)|tomorrow|tonight|soon)\b",
    re.IGNORECASE,
)
TOLD_OF_THEN = frozenset(("grew up in", "was born in", "birth year", "birthday", "is from", "name"))
SPEAKS = re.compile(r"\b(?:i|we|i'm|i've|we're|we've|im|ive|i am)\b", re.IGNORECASE)
OTHERS = re.compile(
    r"\b(?:he|she|they|who|he's|she's|they're|(?:his|her|their) \w+"
    rf"|my (?:\w+ )?(?:{KIN})|[A-Z]\w+ (?:is|has|lives|works|loves))\b"
)
HE_OR_SHE = re.compile(r"(?:he|she|he's|she's|hes|shes)\b", re.IGNORECASE)
NAMES = re.compile(rf"\b(?i:my|our|his|her|{KIN})\b|(?<=[a-z,] )[A-Z]\w+")  # of somebody else
MINE = re.compile(r"\b(?:my|our)\b", re.IGNORECASE)
WORDS = re.compile(r"[^\W_]+")


def follows(candidate: FactCandidate, before: str = "") -> bool:
    """Whether the quote says it: the predicate by a word for it, of the subject, and as true now.

    `before`: what the message says before the quote, where "she" of the quote may have her name.
    """
    predicate, quote = candidate.predicate, candidate.quote.replace("’", "'")
    if predicate == "has" or (predicate not in TOLD_OF_THEN and GONE_BY.search(quote)):
        return False
    if is_relation(predicate) and predicate not in CUES:
        return _names_somebody(candidate, quote)
    subject, value = candidate.subject, candidate.value
    return _says(subject, predicate, value, quote) and (
        _is_of(subject, predicate, value, quote) or _is_of_whom(subject, quote, before)
    )


def _says(subject: str, predicate: str, value: str, quote: str) -> bool:
    words = WORDS.findall(predicate)
    if not words or set(words) & set(WORDS.findall(fold(value))):
        return False
    if predicate in CUES:
        # An animal is a dog of the user's, not a thing they own.
        belongs = predicate != "owns" or not is_relation(relation_name(value))
        return belongs and fold(value) not in NO_VALUE and bool(re.search(rf"\b(?:{CUES[predicate]})\b", quote, re.IGNORECASE))
    if predicate in PREDICATES or predicate.startswith("favourite "):
        return all(_stem(word) in fold(quote).replace("favorite", "favourite") for word in words)
    is_verb = VERB.fullmatch(predicate) and not set(words) & EMPTY and not words[0].endswith(("ss", "ly", "us"))
    if not is_verb or fold(value) in NO_VALUE or not all(_stem(word) in fold(quote) for word in words[1:]):
        return False
    who = r"i|we|i've|we've|he|she|they" if subject == "user" else f"{re.escape(subject.removeprefix(OWNED))}|he|she|they|who"
    doing = rf"\b(?:{who}) (?:(?:have|also|still|both|even|really|now) )*{re.escape(_stem(words[0]))}"
    return bool(re.search(doing, quote, re.IGNORECASE))


def _stem(word: str) -> str:
    return word.removesuffix("es").removesuffix("s")[: max(3, len(word) - 3)]


def _names_somebody(candidate: FactCandidate, quote: str) -> bool:
    """Whether the quote has a word for the relation, and a name for whoever it is."""
    words = {*said_as(candidate.predicate), *(word for word, name in RELATION_NAMES.items() if name == candidate.predicate)}
    is_said = any(re.search(rf"\b{re.escape(word)}\b", quote, re.IGNORECASE) for word in words)
    is_named = candidate.value[:1].isupper() and not kind_of_value(fold(candidate.value))
    owner = MINE if candidate.subject == "user" else re.compile(re.escape(candidate.subject), re.IGNORECASE)
    return is_said and is_named and bool(owner.search(quote) or (candidate.subject == "user" and SPEAKS.search(quote)))


def _is_of_whom(subject: str, quote: str, before: str) -> bool:
    """Whether "she" of the quote is the subject: named before it, and nobody else in between."""
    name = subject.removeprefix(OWNED)
    at = before.lower().rfind(name.lower())
    between = before[at + len(name) :]
    return subject != "user" and at >= 0 and bool(HE_OR_SHE.match(quote)) and not NAMES.search(between)


def _is_of(subject: str, predicate: str, value: str, quote: str) -> bool:
    """Whether it is the subject that the quote says it of."""
    before = quote[: quote.lower().find(value.lower())] if value.lower() in quote.lower() else quote
    if subject != "user":
        name = subject.removeprefix(OWNED)
        at = before.lower().rfind(name.lower())
        return at >= 0 and not SPEAKS.search(before[at + len(name) :])
    told = list(SPEAKS.finditer(quote if not SPEAKS.search(before) else before))
    if told:
        return not OTHERS.search(before[told[-1].end() :])
    noun = predicate.split()[0] if predicate.startswith("favourite") else predicate
    own = rf"\b(?:my|our) (?:(?!(?:{KIN})\b)\w+ )?{re.escape(noun)}"
    return bool(re.search(own, quote.replace("favorite", "favourite"), re.IGNORECASE))
