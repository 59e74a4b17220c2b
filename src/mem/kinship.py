"""Words for relations between people, animals, places: which mean the same, which are each other's other side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

Kind = Literal["you", "person", "animal", "place", "organisation", "thing"]
Gender = Literal["she", "he", ""]

# The words of one line mean the same; the first stands for all.
SAME = (
    "mother mum mom", "father dad", "grandmother grandma", "grandfather grandpa", "child kid children kids", "dog puppy",
    "cat kitten", "boss manager", "flatmate roommate housemate", "colleague coworker co-worker", "neighbour neighbor",
    "fiancé fiance", "fiancée fiancee", "wife wives", "doctor gp", "spouse married", "fiancés engaged",
)  # fmt: skip
# What may be meant by a wider word.
NARROWER: Mapping[str, str] = {
    "spouse": "husband wife",
    "partner": "husband wife spouse girlfriend boyfriend fiancé fiancée fiancés",
    "husband": "partner boyfriend fiancé",
    "wife": "partner girlfriend fiancée",
    "fiancés": "fiancé fiancée",
    "sibling": "sister brother twin",
    "parent": "mother father",
    "child": "son daughter eldest youngest",
    "grandparent": "grandmother grandfather",
    "grandchild": "grandson granddaughter",
    "pet": "dog cat rabbit hamster parrot horse pony tortoise turtle ferret goldfish budgie snake gecko cow goat donkey"
    " terrapin alpaca llama gerbil chinchilla canary cockatiel goose iguana axolotl hedgehog",
}
# Each word of the left is the other side of each word of the right.
SIDES = (
    ("husband wife spouse partner girlfriend boyfriend", "husband wife spouse partner girlfriend boyfriend"),
    ("fiancé fiancée fiancés", "fiancé fiancée fiancés"),
    ("sister brother sibling twin", "sister brother sibling twin"),
    ("mother father parent", "son daughter child"),
    ("grandmother grandfather grandparent", "grandson granddaughter grandchild"),
    ("aunt uncle", "niece nephew"),
    ("stepmother stepfather", "stepson stepdaughter"),
    ("mother-in-law father-in-law", "son-in-law daughter-in-law"),
    ("sister-in-law brother-in-law", "sister-in-law brother-in-law"),
    ("cousin", "cousin"),
    ("friend", "friend"),
    ("flatmate", "flatmate"),
    ("colleague", "colleague"),
    ("neighbour", "neighbour"),
)
OTHERS = (
    "godson goddaughter boss landlord landlady doctor dentist therapist lawyer accountant vet supervisor advisor mentor"
    " hairdresser eldest youngest lodger tenant classmate teammate"
)
ANIMALS = frozenset(f"pet {NARROWER['pet']}".split())
WOMEN = (
    "mother grandmother wife girlfriend fiancée sister daughter aunt niece stepmother stepdaughter granddaughter goddaughter"
    " mother-in-law sister-in-law daughter-in-law landlady half-sister godmother"
    " mam mummy mommy gran granny nan nana auntie missus stepmum stepmom"
)
MEN = (
    "father grandfather husband boyfriend fiancé brother son uncle nephew stepfather stepson grandson godson father-in-law"
    " brother-in-law son-in-law landlord half-brother godfather daddy grandad granddad hubby stepdad"
)
PLACES = frozenset(("lives in", "is from", "grew up in", "was born in", "hometown", "home town"))
ORGANISATIONS = frozenset(("works at", "studies at"))
VERBAL = ("married", "engaged")
STANDS_FOR = {word: line.split()[0] for line in SAME for word in line.split()}
FAMILY = frozenset(word for left, right in SIDES[2:10] for word in f"{left} {right}".split()) - {"twin"}
PEOPLE = frozenset(f"{OTHERS} {' '.join(f'{left} {right}' for left, right in SIDES)}".split())


@lru_cache(4096)
def plain_relation(words: str) -> str:
    """The one word that a relation is compared by: "Best friend" is friend, "mum" is mother, "sisters" are a sister."""
    last = words.casefold().replace("married to", "married").replace("engaged to", "engaged").split()[-1:]
    word = last[0] if last else ""
    for form in (word, word.removesuffix("s"), word.removesuffix("es")):
        if form in STANDS_FOR or form in PEOPLE or form in ANIMALS:
            return STANDS_FOR.get(form, form)
    return word


@lru_cache(4096)
def kind_of_value(predicate: str) -> Kind | None:
    """What the value of a fact is, where it is something that other facts can be about."""
    if predicate in PLACES:
        return "place"
    if predicate in ORGANISATIONS:
        return "organisation"
    word = plain_relation(predicate)
    return "person" if word in PEOPLE else "animal" if word in ANIMALS else None


def is_relation(words: str) -> bool:
    """Whether it is a word for somebody's people or animals."""
    return plain_relation(words) in PEOPLE | ANIMALS


def said_as(predicate: str) -> tuple[str, ...]:
    """The words by which somebody is spoken of who is told of like this: as mum also mother, as spouse also wife."""
    word = plain_relation(predicate)
    same = [other for line in SAME for other in line.split() if STANDS_FOR[other] == word and other not in VERBAL]
    return tuple(dict.fromkeys([noun(predicate), word, *same, *NARROWER.get(word, "").split()]))


def noun(predicate: str) -> str:
    """What to call somebody of that relation: your spouse, not your married to."""
    return {"married to": "spouse", "engaged to": "partner"}.get(predicate, predicate)


def gender(predicate: str) -> Gender:
    """What a relation tells of whom it names."""
    word = plain_relation(predicate)
    return "she" if word in WOMEN.split() else "he" if word in MEN.split() else ""


@lru_cache(4096)
def may_mean(asked: str, held: str) -> bool:
    """Whether the `asked` can be who was told of as `held`: the partner the husband, but not the son the daughter."""
    asked, held = plain_relation(asked), plain_relation(held)
    return asked == held or held in NARROWER.get(asked, "").split() or asked in NARROWER.get(held, "").split()


@lru_cache(4096)
def differ(one: str, other: str) -> bool:
    """Whether two words can never be said of the same: a sister and a friend, a dog and a son; a friend may become a wife."""
    one, other = plain_relation(one), plain_relation(other)
    if one == other or may_mean(one, other):
        return False
    return bool({one, other} & (FAMILY | ANIMALS))


@lru_cache(4096)
def meant_by(word: str) -> frozenset[str]:
    """Every word for whom a question by this one may be about: by partner also the wife; none where it is no relation."""
    return frozenset(held for held in (*STANDS_FOR, *PEOPLE, *ANIMALS) if may_mean(word, held))


@lru_cache(4096)
def is_other_side(asked: str, held: str) -> bool:
    """Whether A is `asked` to B where B is `held` to A, but for the gender: husband and wife, mother and son."""
    asked, held = plain_relation(asked), plain_relation(held)
    sides = [(left.split(), right.split()) for left, right in SIDES]
    return any((asked in left and held in right) or (asked in right and held in left) for left, right in sides)
