"""People, animals, places and organisations as facts know them, and the relations between them.

Pure: facts and episodes in, records out. An entity is every way it is spoken of: where the user's sister is Ada, what is known
of "user's sister" is known of Ada.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property

from mem.errors import InputError, NotFound
from mem.kinship import (
    Gender,
    Kind,
    differ,
    gender,
    is_other_side,
    is_relation,
    kind_of_value,
    may_mean,
    noun,
    plain_relation,
    said_as,
)
from mem.records import Episode, Fact
from mem.text import fold, shorten

USER = "user"
MYSELF = frozenset((USER, "i", "me", "myself", "you"))
CALLED = ("name", "nickname", "full name", "first name", "also known as")
# "ada's husband's dog" is the dog of ada's husband.
OWNED = re.compile(r"(?:(?P<owner>.+)(?:'s|(?<=s)')|my|our|your) (?P<relation>[^']+)")
WORDS = re.compile(r"[^\W_]+")
LONGEST_NAME = 5  # words
SUGGESTED = 3
MOST_OWNERS = 5  # in "A's B's C"


@dataclass(frozen=True, slots=True)
class Relation:
    """A fact that joins two entities, which are named as they are shown. `fact`: its id, or that of one that implies it."""

    source: str
    predicate: str
    target: str
    current: bool
    fact: str
    valid_at: datetime | None = None
    invalid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """Somebody or something that facts speak of. `aliases`: what else it is called; `key` tells it from all others."""

    key: str
    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    now: tuple[Fact, ...] = ()
    before: tuple[Fact, ...] = ()


class EntityGraph:
    """The entities of some facts and the relations between them. A fact that was corrected was never true and is left out."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._of: dict[str, list[Fact]] = {}  # the facts about an entity, by its key
        self._values: dict[str, str] = {}  # by the id of a fact, the key of its value if that is an entity
        self._names: dict[str, dict[str, None]] = {}  # the names an entity has, by its key
        self._owned: dict[str, tuple[str, str]] = {}  # whose what somebody is, of whom no name is known
        self._kinds: dict[str, Kind] = {USER: "you"}
        self._genders: dict[str, Gender] = {}
        self._same: dict[str, str] = {}  # a name, folded: the key of whom it names
        ordered = sorted((fact for fact in facts if fact.expired_at is None), key=_in_order)
        self._apart = names_apart(ordered)
        for fact in ordered:
            if fact.predicate in CALLED and fact.current and not OWNED.fullmatch(fold(fact.subject)):
                self._same.setdefault(fold(fact.value), self.key(fact.subject))
        for fact in ordered:
            self._add(fact)

    def key(self, name: str, *, at: datetime | None = None) -> str:
        """The key of whom a name or "A's sister" means, `at` a time where that changed; a new one for the unknown."""
        folded = fold(name).replace("’", "'")
        if folded in MYSELF:
            return USER
        if folded in self._same:
            return self._same[folded]
        owned = OWNED.fullmatch(folded) if folded.count("'") <= MOST_OWNERS else None
        if owned is None or folded in self._names:
            return folded
        owner = self.key(owned["owner"], at=at) if owned["owner"] else USER
        found = self.follow(owner, owned["relation"], at=at)
        return found[0] if len(found) == 1 else f"{owner}'s {owned['relation']}"

    def follow(self, owner: str, relation: str, *, at: datetime | None = None) -> tuple[str, ...]:
        """Who the `relation` of an entity is: `at` that time, else now, else ever."""
        own = [fact for fact in self._of.get(owner, []) if may_mean(relation, fact.predicate) and self._target(fact)]
        held = [fact for fact in own if plain_relation(fact.predicate) == plain_relation(relation)] or own
        then = [fact for fact in held if at is not None and _held_at(fact, at)]
        told = then or [fact for fact in held if fact.current] or held
        unnamed = [key for key, whose in self._owned.items() if whose == (owner, plain_relation(relation))]
        return tuple(dict.fromkeys(map(self._target, told))) or tuple(unnamed) or self._other_side(owner, relation)

    def relations(self) -> list[Relation]:
        """Every fact that joins two entities, those that hold first."""
        joins = [
            Relation(
                self.name(source), fact.predicate, self.name(target), fact.current, fact.id, fact.valid_at, fact.invalid_at
            )
            for source, facts in self._of.items()
            for fact in facts
            if (target := self._target(fact)) and target != source
        ]
        implied = [
            Relation(self.name(owner), relation, self.name(key), True, self._of[key][0].id)
            for key, (owner, relation) in self._owned.items()
        ]
        return sorted(implied + joins, key=lambda relation: not relation.current)

    def entities(self) -> list[Entity]:
        """Everything that facts speak of: the user first, then in the order of their telling."""
        return [self.entity(key) for key in dict.fromkeys([*([USER] * (USER in self._of)), *self._names, *self._owned])]

    def entity(self, key: str) -> Entity:
        """One of them, by its key."""
        facts, name = self._of.get(key, []), self.name(key)
        now, before = (tuple(fact for fact in facts if fact.current is wanted) for wanted in (True, False))
        called = [*self._names.get(key, ()), *(f"your {noun(word)}" for word in self.relations_to_user(key))]
        return Entity(key, name, self._kind(key), tuple(one for one in called if one != name), now, before)

    def name(self, key: str) -> str:
        """What an entity is called when it is shown."""
        if key == USER:
            return "you"
        if names := self._names.get(key):
            return next((name for name in names if fold(name) == key), next(iter(names)))
        owner, relation = self._owned.get(key, ("", key))
        return f"your {relation}" if owner == USER else f"{self.name(owner)}'s {relation}" if owner else key

    def written(self, key: str) -> tuple[str, ...]:
        """Every name and subject by which facts speak of an entity."""
        return tuple(dict.fromkeys([*self._names.get(key, ()), *(fact.subject for fact in self._of.get(key, []))]))

    def relations_to_user(self, key: str) -> tuple[str, ...]:
        """The words that the user has for somebody of theirs and for nobody else: sister."""
        return tuple(dict.fromkeys(word for word in self._of_user.get(key, ()) if self.follow(USER, word) == (key,)))

    def find(self, name: str) -> str:
        """The key of whom the user means: a name, "my sister", "sister"; NotFound tells what comes near, InputError that
        several can be meant."""
        folded, known = fold(name).replace("’", "'"), {entity.key for entity in self.entities()}
        if (key := self.key(folded)) in known:
            if key == folded and (namesakes := [other for other in known if other.startswith(f"{key} (")]):
                choices = ", ".join(map(self.name, [key, *namesakes]))
                raise InputError(f"{shorten(name, 40)!r} can be any of {choices}; say which")
            return key
        owned = OWNED.fullmatch(folded)
        owner = self.key(owned["owner"]) if owned and owned["owner"] else USER
        meant = self.follow(owner, owned["relation"] if owned else folded) or self._with_word(folded)
        if len(meant) > 1:
            choices = ", ".join(sorted(map(self.name, meant)))
            raise InputError(f"{shorten(name, 40)!r} can be any of {choices}; say which")
        if not meant:
            near = self._near(folded)
            raise NotFound(f"nothing called {shorten(name, 40)!r} is known{near}; see them with: mem inspect entities")
        return meant[0]

    def mentioned(self, episodes: Iterable[Episode]) -> dict[str, list[Episode]]:
        """By key, the episodes that speak of each entity: by name, as "my sister", or as the source of a fact."""
        sources: dict[str, set[str]] = {}
        for key, facts in self._of.items():
            for fact in facts:
                for evidence in fact.evidence:
                    sources.setdefault(evidence.episode, set()).update({key, self._target(fact)} - {""})
        found: dict[str, list[Episode]] = {}
        for episode in episodes:
            for key in sources.get(episode.id, set()) | self._named_in(episode.text):
                found.setdefault(key, []).append(episode)
        return found

    def _add(self, fact: Fact) -> None:
        key = self.key(fact.subject, at=fact.evidence[0].said_at if fact.evidence else fact.created_at)
        called = self._apart.get((fold(fact.predicate), fold(fact.value)), fact.value) if key == USER else fact.value
        self._values[fact.id] = self.key(called)  # before the fact is there to be asked: it may name itself
        self._of.setdefault(key, []).append(fact)
        if fact.predicate in CALLED and fact.current:
            self._same.setdefault(fold(fact.value), key)
            self._name(key, fact.value)
        owned = OWNED.fullmatch(key)
        if owned and key not in self._names:
            self._owned.setdefault(key, (owned["owner"] or USER, plain_relation(owned["relation"])))
            self._tell(key, owned["relation"])
        elif key != USER and not OWNED.fullmatch(fold(fact.subject)):
            self._name(key, fact.subject)
        if kind_of_value(fact.predicate):
            target = self._values[fact.id]
            self._name(target, called)
            self._tell(target, fact.predicate)

    def _name(self, key: str, name: str) -> None:
        self._names.setdefault(key, {}).setdefault(name)
        self._owned.pop(key, None)

    def _tell(self, key: str, relation: str) -> None:
        """Keeps what a relation tells of whom it names."""
        if kind := kind_of_value(relation):
            self._kinds.setdefault(key, kind)
        if told := gender(relation):
            self._genders.setdefault(key, told)

    def _kind(self, key: str) -> Kind:
        """What it was told to be; else a person where it lives or works somewhere, or has people of its own."""
        lives = any(kind_of_value(fact.predicate) for fact in self._of.get(key, []))
        return self._kinds.get(key) or ("person" if lives else "thing")

    def _target(self, fact: Fact) -> str:
        """The key of the entity that a fact's value is, or ""."""
        if fact.predicate in CALLED:
            return ""
        key = self._values[fact.id]
        return key if kind_of_value(fact.predicate) or (key != USER and key in self._of) else ""

    def _other_side(self, owner: str, relation: str) -> tuple[str, ...]:
        """Who says it of the owner the other way round: the husband of Ada is Ben, whose wife Ada is."""
        others = [
            key
            for key, facts in self._of.items()
            for fact in facts
            if key != owner and fact.current and is_other_side(relation, fact.predicate) and self._values[fact.id] == owner
        ]
        wanted = gender(relation)
        return tuple(dict.fromkeys(key for key in others if not wanted or self._genders.get(key, wanted) == wanted))

    def _with_word(self, folded: str) -> tuple[str, ...]:
        """Those with the word in their name: Lovelace is Ada Lovelace."""
        names = ((key, fold(name)) for key, names in self._names.items() for name in names)
        return tuple(dict.fromkeys(key for key, name in names if f" {folded} " in f" {name} "))

    def _near(self, folded: str) -> str:
        names = {fold(name): name for entity in self.entities() for name in (entity.name, *entity.aliases)}
        near = [names[one] for one in get_close_matches(folded, names, n=SUGGESTED, cutoff=0.6)]
        return f"; did you mean {' or '.join(near)}?" if near else ""

    @cached_property
    def _of_user(self) -> dict[str, list[str]]:
        """By key, what the user's people and animals are to the user."""
        told = {key: [relation] for key, (owner, relation) in self._owned.items() if owner == USER and is_relation(relation)}
        for fact in self._of.get(USER, []):
            if fact.current and is_relation(fact.predicate) and (key := self._target(fact)):
                told.setdefault(key, []).append(fact.predicate)
        return told

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """Names as they are written, and "my sister": the key of whom each means."""
        spoken = {
            f"{mine} {word}": key
            for key in (*self._names, *self._owned)
            for told in self.relations_to_user(key)
            for word in said_as(told)
            if self.follow(USER, word) == (key,)
            for mine in ("my", "My", "our", "Our")
        }
        return spoken | {" ".join(WORDS.findall(name)): key for key, names in self._names.items() for name in names}

    @cached_property
    def _small_spellings(self) -> dict[str, str]:
        return {name.lower(): key for name, key in self._spellings.items()}

    def _named_in(self, text: str) -> set[str]:
        """Whose name stands in a text; in small letters only where all of it is written small."""
        words = WORDS.findall(text)
        spellings = self._small_spellings if text == text.lower() else self._spellings
        runs = (" ".join(words[at : at + length]) for at in range(len(words)) for length in range(1, LONGEST_NAME + 1))
        return {spellings[run] for run in runs if run in spellings}


def names_apart(facts: Iterable[Fact]) -> dict[tuple[str, str], str]:
    """By relation and name, what each of the user's people is called: who shares a name with somebody told of before, and
    cannot be them, has the relation beside it: Ada (friend)."""
    called: dict[tuple[str, str], str] = {}
    told: dict[str, list[tuple[str, str]]] = {}
    for fact in facts:
        if fact.current and fact.subject == USER and is_relation(fact.predicate):
            others = told.setdefault(fold(fact.value), [])
            same = next((name for relation, name in others if not differ(relation, fact.predicate)), "")
            name = same or (f"{fact.value} ({noun(fact.predicate)})" if others else fact.value)
            others.append((fact.predicate, name))
            called[fold(fact.predicate), fold(fact.value)] = name
    return called


def _in_order(fact: Fact) -> tuple[bool, bool, int]:
    """The user's facts first, so that it is known who "user's sister" is; then names; then whoever is owned by fewest."""
    return fold(fact.subject) != USER, fact.predicate not in CALLED, fact.subject.count("'s ")


def _held_at(fact: Fact, moment: datetime) -> bool:
    return (fact.valid_at or fact.created_at) <= moment and (fact.invalid_at is None or moment < fact.invalid_at)
