"""Whether what a row has found is a value of its kind, and the predicate that it has. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mem.fact_grammar import EMPLOYER, NO_PLACE, NO_WORDS, NOT_A_NAME, is_half_said
from mem.fact_table import Pattern, value_group
from mem.kinship import ANIMALS, plain_relation
from mem.lazy_patterns import LazyPattern

CHILDREN = ("son", "daughter", "child", "baby", "toddler", "eldest", "youngest", "niece", "nephew", "grandson", "granddaughter")
# What else a row may tell beside its value.
ALSO_TOLD = {
    "employer": "works at", "field": "studies", "age": "age", "origin": "is from", "job": "works as", "home": "lives in",
    "site": "works in", "near": "lives near", "condition": "condition", "eats": "diet",
    "nation": "nationality", "breed": "breed",
}  # fmt: skip
TASTES = ("likes", "dislikes", "prefers")
# Jobs that begin with a word with which no other value begins.
JOB_BEGINS = re.compile(r"(?:night|home|school|life|first|second|work|all|best|little|good|living|lock) (?=\w)", re.IGNORECASE)
# Chores, in jest.
NO_ALLERGEN = re.compile(r"(?:\w+ )?\w+ing$|(?:you|this|that|it|him|her|them|everything|nothing|life)$", re.IGNORECASE)
NO_EMPLOYER = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|christmas|easter|england|scotland|wales|britain|ireland|santa)\b",
    re.IGNORECASE,
)
# What a value of its kind is not.
UNFIT: Mapping[str, LazyPattern | re.Pattern[str]] = {"words": NO_WORDS, "name": NOT_A_NAME, "place": NO_PLACE}


def predicate_of(pattern: Pattern, match: re.Match[str]) -> str:
    """What the row states: its own predicate, the words that it matched for one, or a verb as it is said of others."""
    if verb := match.groupdict().get("verb"):
        return third_person(verb.lower())
    return pattern.predicate or " ".join(match["predicate"].lower().replace("favorite", "favourite").split())


def is_of_another_kind(relation: str | None, pattern: Pattern, match: re.Match[str]) -> bool:
    """A child who started somewhere does not work there, and a brother who is a boxer is no dog."""
    starts_school = pattern.predicate == "works at" and relation in CHILDREN and "start" in match[0].lower()
    has_breed = pattern.predicate == "breed" or bool(match.groupdict().get("breed"))
    return starts_school or (has_breed and plain_relation(relation or "") not in ANIMALS)


def third_person(verb: str) -> str:
    """As it is said of others: he fixes, she cleans."""
    return f"{verb}es" if verb.endswith(("s", "x", "ch", "sh", "z")) else f"{verb}s"


def is_clear(match: re.Match[str], predicate: str, *, lower: bool) -> bool:
    """Whether the value is one of its kind. In small letters a name needs "called" before it, unless all is written small."""
    kind = value_group(match)
    value = match[kind]
    if predicate in TASTES and is_half_said(value, match.string[match.end(kind) :]):
        return False
    if predicate == "allergic to" and NO_ALLERGEN.match(value):
        return False
    if predicate == "works at" and (NO_EMPLOYER.match(value) or not (lower or EMPLOYER.match(value))):
        return False
    if predicate == "works as" and JOB_BEGINS.match(value):
        return True
    if kind in UNFIT:
        return not UNFIT[kind].match(value)
    if kind == "lower_place":
        return lower
    return kind != "plain" or lower or "called" in match[0].lower() or "named" in match[0].lower()
