"""Whom a message means by "she", "he" or "they", of those it introduced; nobody where that is not certain. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from mem.fact_grammar import NOT_A_NAME, SEVERAL
from mem.fact_table import relation_name
from mem.fact_words import MONTH
from mem.kinship import ORGANISATIONS, gender, kind_of_value
from mem.records import FactCandidate
from mem.statements import UPPER

# What one of them is to the user, where it is not the word without its "s".
SINGULAR: Mapping[str, str] = {
    "boys": "son", "girls": "daughter", "puppies": "puppy", "grandkids": "grandchild", "grandchildren": "grandchild",
    "twins": "child", "children": "child", "kids": "child", "goldfish": "goldfish",
}  # fmt: skip


def whom(pronoun: str, introduced: Mapping[str, str]) -> str:
    """The one person introduced that "he", "her" … can mean, or ""."""
    said = "she" if pronoun.lower() in ("she", "her") else "he"
    fitting = [who for who, relation in introduced.items() if gender(relation) in (said, "") and relation not in SEVERAL]
    return fitting[0] if len(fitting) == 1 else ""


def whom_they(introduced: Mapping[str, str], before: Collection[str], found: Sequence[FactCandidate]) -> str:
    """Whom "they" means, or "": the parents, or the one person of this message of whom neither he nor she is known.

    `before`: those spoken of before it. An employer may be "they" too.
    """
    if len(introduced) != 1 or any(fact.predicate in ORGANISATIONS for fact in found):
        return ""
    [(who, relation)] = introduced.items()
    is_one = bool(relation) and not gender(relation) and who not in before and kind_of_value(relation) == "person"
    return who if relation in SEVERAL or is_one else ""


def names_others(sentence: str, found: Sequence[FactCandidate], introduced: Collection[str]) -> bool:
    """Whether anybody else is named in the sentence: from then on "she" is nobody for sure."""
    told = {word for fact in found for word in f"{fact.subject} {fact.value}".split()}
    told |= {word for who in introduced for word in who.split()}
    others = [word for word in re.findall(rf"(?<=\s)[{UPPER}][\w-]+", sentence) if word not in told]
    return any(not NOT_A_NAME.match(word) and not re.fullmatch(MONTH, word) for word in others)


def one_of_many(plural: str) -> str:
    """What one of them is to the user: of the boys a son."""
    plural = plural.lower()
    return SINGULAR.get(plural) or relation_name(plural.removesuffix("s"))
