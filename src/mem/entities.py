"""Who is meant: "my sister", "Ada" and "she" are one where facts and the last messages leave no doubt, else nobody.

An alias is an ordinary fact (the user's sister is Ada; user's cat is also known as Miso), so a wrong merge is taken back like
any other fact. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from mem.entity_graph import names_apart
from mem.fact_patterns import find_focus
from mem.fact_table import relation_name
from mem.kinship import differ, gender, is_relation, plain_relation
from mem.records import Fact
from mem.text import fold

NAMINGS = frozenset(("name", "nickname", "first name", "full name", "also known as"))
OWN = re.compile(r"(?:my|our|user's) (?P<relation>.+)", re.IGNORECASE)


def known_people(facts: Sequence[Fact]) -> dict[str, str]:
    """Everybody that facts name, with what they are to the user where that is told."""
    people = {fact.subject: "" for fact in facts if fact.subject != "user" and not fact.subject.startswith("user's ")}
    for fact in facts:
        if is_relation(fact.predicate):
            people[fact.value] = fact.predicate if fact.subject == "user" else people.get(fact.value) or fact.predicate
    called = names_apart(facts)
    shared = {value for (_, value), name in called.items() if fold(name) != value}  # two have this name
    return {name: "" if fold(name) in shared else relation for name, relation in people.items()}


def namesakes(name: str, facts: Sequence[Fact]) -> dict[str, str]:
    """Everybody of the user's who has this name, by what they are called to tell them apart, with their relation."""
    return {called: relation for (relation, value), called in names_apart(facts).items() if value == fold(name)}


def readings(who: str, quote: str, facts: Sequence[Fact], relations: Mapping[str, str]) -> tuple[str, ...]:
    """What those are called whom `who` may mean: several where two have that name and nothing said tells which.

    `relations`: what those are to the user who were spoken of here or just before.
    """
    people = namesakes(who, facts)
    said = re.search(rf"\b(?:my|our) ([\w' -]{{2,30}}?),? {re.escape(who)}\b", quote, re.IGNORECASE)
    relation = relation_name(said[1].split()[-1]) if said else relations.get(who, "")
    fitting = [called for called, held in people.items() if relation and not differ(held, relation)]
    return tuple(fitting or people or (who,))


def entity_names(facts: Sequence[Fact]) -> Mapping[str, frozenset[str]]:
    """Each entity by its name, or by "user's sister" where none is told, with all that it is called, folded.

    "user's sister" is a name of hers only while the user has one sister; with two it means neither.
    """
    current = [fact for fact in facts if fact.current]
    apart = names_apart(current)
    names: dict[str, set[str]] = {}
    shown: dict[str, str] = {}
    for fact in current:
        if fact.subject == "user" and is_relation(fact.predicate):
            name = apart[fold(fact.predicate), fold(fact.value)]
            called = names.setdefault(fold(name), {fold(name)})
            shown.setdefault(fold(name), name)
            if len(_who_is(plain_relation(fact.predicate), current)) == 1:
                called |= _possessives(fact.predicate, current)
    for fact in current:
        if fact.subject != "user" and fact.predicate in NAMINGS:
            key = _key(fold(fact.subject), names) or fold(fact.value)
            names.setdefault(key, {fold(fact.value)}).update((fold(fact.subject), fold(fact.value)))
            shown.setdefault(key, fact.value)
    for fact in current:
        if fact.subject != "user" and not _key(fold(fact.subject), names):
            names[fold(fact.subject)] = {fold(fact.subject)}
            shown[fold(fact.subject)] = fact.subject
    return {shown[key]: frozenset(called) for key, called in names.items()}


def subjects_of(who: str, facts: Sequence[Fact]) -> tuple[str, tuple[str, ...]]:
    """The name that facts about `who` are kept under, and the other names that some are kept under already."""
    folded = fold(who)
    if folded == "user":
        return "user", ()
    relation = OWN.fullmatch(folded)
    for name, called in entity_names(facts).items():
        if folded in called or (relation and f"user's {relation['relation']}" in called):
            return name, tuple(sorted(called - {fold(name)}))
    return who, ()


def resolve(mention: str, facts: Sequence[Fact], recent: Sequence[str] = (), *, said_at: datetime) -> str:
    """The subject that a name, "my sister" or "she" stands for; "" for nobody that is known for sure.

    `recent`: what the user said just before, oldest first.
    """
    folded = fold(mention)
    if folded in ("i", "me", "user"):
        return "user"
    if folded in ("she", "her", "he", "him", "his"):
        focus = people_in_focus(facts, recent, said_at=said_at)
        said = "she" if folded in ("she", "her") else "he"
        fitting = [who for who, relation in focus.items() if gender(relation) in (said, "")]
        return subjects_of(fitting[0], facts)[0] if len(fitting) == 1 else ""
    name, _ = subjects_of(mention, facts)
    return name if any(fold(name) in called for called in entity_names(facts).values()) else ""


def people_in_focus(facts: Sequence[Fact], recent: Sequence[str], *, said_at: datetime) -> dict[str, str]:
    """Whom the last message that spoke of anybody spoke of, with what each is to the user."""
    people = known_people(facts)
    for text in reversed(recent):
        if focus := find_focus(text, said_at=said_at, names=people):
            return focus
    return {}


def _who_is(relation: str, current: Sequence[Fact]) -> set[str]:
    """Everybody who is that to the user, under any word for it."""
    return {
        fold(fact.value) for fact in current if fact.subject == "user" and plain_relation(fact.predicate) == relation
    }


def _possessives(relation: str, current: Sequence[Fact]) -> set[str]:
    """ "user's mum", and "user's mother" where facts are kept under that."""
    plain = plain_relation(relation)
    told = (OWN.fullmatch(fact.subject) for fact in current)
    others = {f"user's {fold(match['relation'])}" for match in told if match and plain_relation(match["relation"]) == plain}
    return {f"user's {fold(relation)}", *others}


def _key(called: str, names: Mapping[str, set[str]]) -> str:
    return next((key for key, known in names.items() if called in known), "")
