"""Whom a message means by "she", "he" or "they", of those it introduced; nobody where that is not certain. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mem.fact_grammar import (
    AGED,
    ALSO_HAS,
    AND,
    FAMILY,
    IS_MINE,
    NAME_FIRST,
    NEXT_DOOR,
    NOT_A_NAME,
    OF_MINE,
    ONE_OF,
    SEVERAL,
)
from mem.fact_table import relation_name
from mem.fact_words import MONTH
from mem.kinship import FAMILY as RELATIVES
from mem.kinship import ORGANISATIONS, gender, kind_of_value, plain_relation
from mem.records import FactCandidate
from mem.statements import STOP_MARK, UPPER

# What one of them is to the user, where it is not the word without its "s".
SINGULAR: Mapping[str, str] = {
    "boys": "son", "girls": "daughter", "puppies": "puppy", "grandkids": "grandchild", "grandchildren": "grandchild",
    "twins": "child", "children": "child", "kids": "child", "goldfish": "goldfish", "ponies": "pony", "bunnies": "rabbit",
    "tabbies": "cat", "moggies": "cat", "huskies": "dog", "bosses": "boss",
}  # fmt: skip


NEAR = RELATIVES | {"husband", "wife", "partner", "spouse", "girlfriend", "boyfriend", "fiancé", "fiancée"}


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody of the user's whom a sentence names, what they are to the user, and where it says so.

    `is_last`: what follows may be said of them.
    """

    relation: str
    name: str
    start: int
    end: int
    is_last: bool = True


def named_kin(sentence: str, introduced: Mapping[str, str]) -> Iterator[Named]:
    """Whom the sentence names as the user's, other than by "my sister Ada". `introduced`: whom "he" or "she" may mean."""
    for match in FAMILY.finditer(sentence):
        for name in re.split(rf"{AND}|, ", match["names"].replace(STOP_MARK, " ")):
            name = re.sub(AGED + "$", "", name.strip())
            yield Named(one_of_many(match["kind"]), name, match.start(), match.end(), match["names"].endswith(name))
    for match in ONE_OF.finditer(sentence):
        for name in filter(None, (match["name"], match["other"])):
            yield Named(one_of_many(match["kind"]), name, match.start(), match.end(), name == (match["other"] or match["name"]))
    for match in NEXT_DOOR.finditer(sentence):
        yield Named("neighbour", match["name"] or match["titled"], match.start(), match.end())
    for pattern in (ALSO_HAS, IS_MINE, OF_MINE, NAME_FIRST):
        for match in pattern.finditer(sentence):
            who = match["name"]
            if who.lower() in ("he", "she"):
                who = whom(who, introduced)
            if who and not who.startswith("user's "):
                yield Named(relation_name(match["kind"]), who, match.start(), match.end())


def whom(pronoun: str, introduced: Mapping[str, str]) -> str:
    """The one person introduced that "he", "her" … can mean, or ""."""
    said = "she" if pronoun.lower() in ("she", "her") else "he"
    fitting = [
        who
        for who, relation in introduced.items()
        if (_by_title(who) or gender(relation)) in (said, "") and relation not in SEVERAL
    ]
    return fitting[0] if len(fitting) == 1 else ""


def whose_kin(subject: re.Match[str], introduced: Mapping[str, str]) -> str:
    """The nameless one that "my sister's husband" means, or "her husband" of the one person introduced; or ""."""
    of = relation_name(subject["of"] or "")
    owner = whom(subject["whose"], introduced) if subject["whose"] else f"user's {of}" if plain_relation(of) in NEAR else ""
    return f"{owner}'s {relation_name(subject['kin'])}" if owner else ""


def _by_title(name: str) -> str:
    """What a title tells of whom it stands before."""
    title = name.split()[0].rstrip(".")
    return "she" if title in ("Ms", "Mrs", "Miss") else "he" if title in ("Mr", "Sir") else ""


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
    named = rf"(?<=\s)(?<!\b(?:at|in)\s)(?<!\bnear\s)(?<!n't\scalled\s)(?<!not\scalled\s)[{UPPER}][\w-]+"
    others = [word for word in re.findall(named, sentence) if word not in told]
    return any(not NOT_A_NAME.match(word) and not re.fullmatch(MONTH, word) for word in others)


def one_of_many(plural: str) -> str:
    """What one of them is to the user: of the boys a son."""
    plural = plural.lower().replace("'", "")
    return SINGULAR.get(plural) or relation_name(plural.removesuffix("s"))
