"""Questions whose answer is known, made from the user's own memories by rule: no model, the same every time."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar

from mem.kinship import is_relation
from mem.records import Fact
from mem.statements import is_question, looks_secret, sentences
from mem.stores.derived import TELL_NOTHING
from mem.stores.probes import Probe, Statement
from mem.words import stemmed

Item = TypeVar("Item")
FACT_SHARE = 0.4  # of all probes at most, so that a few facts told often do not stand for everything
RAREST_WORDS = 6
LEAST_WORDS = 2
# The question that a fact answers, of the user and of another; predicates that are nouns need no entry.
QUESTIONS: Mapping[str, tuple[str, str]] = {
    "lives in": ("where do I live?", "where does {} live?"),
    "is from": ("where am I from?", "where is {} from?"),
    "grew up in": ("where did I grow up?", "where did {} grow up?"),
    "was born in": ("where was I born?", "where was {} born?"),
    "works at": ("which company do I work for?", "which company does {} work for?"),
    "works in": ("in what field do I work?", "in what field does {} work?"),
    "works as": ("what do I do for a living?", "what does {} do for a living?"),
    "studies at": ("which university do I go to?", "which university does {} go to?"),
    "studies": ("which subject do I study?", "which subject does {} study?"),
    "drives": ("what do I drive?", "what does {} drive?"),
    "does not eat": ("what food do I avoid?", "what food does {} avoid?"),
    "likes": ("what do I like?", "what does {} like?"),
    "dislikes": ("what do I dislike?", "what does {} dislike?"),
    "speaks": ("which languages do I speak?", "which languages does {} speak?"),
    "plays": ("what do I play?", "what does {} play?"),
    "owns": ("what do I own?", "what does {} own?"),
    "allergic to": ("what am I allergic to?", "what is {} allergic to?"),
    "married to": ("who am I married to?", "who is {} married to?"),
    "engaged to": ("who am I engaged to?", "who is {} engaged to?"),
}
VERB = re.compile(r"\w+(?:ed|[^aious]s)\b(?<!boss|ress)")  # that a model chose


def make_probes(facts: Sequence[Fact], statements: Sequence[Statement], *, limit: int) -> list[Probe]:
    """At most `limit` probes: questions that current facts answer, and words of statements, spread over all of time."""
    asked = spread(list(fact_probes(facts)), key=lambda probe: probe.question)[: int(FACT_SHARE * limit)]
    told = statement_probes(statements)
    return [*asked, *(probe for probe, _ in zip(told, range(limit - len(asked)), strict=False))]


def fact_probes(facts: Sequence[Fact]) -> Iterator[Probe]:
    """One probe for each thing that is known about a subject; any of its facts, or what they were read from, answers it."""
    groups: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.current and fact.evidence:
            groups[fact.subject, fact.predicate].append(fact)
    for (subject, predicate), group in groups.items():
        if question := fact_question(subject, predicate):
            items = [item for fact in group for item in (fact.id, *(evidence.episode for evidence in fact.evidence))]
            yield Probe(question, tuple(dict.fromkeys(items)))


def fact_question(subject: str, predicate: str) -> str:
    """The question that a fact of this kind answers; empty where it would not be one that a person asks."""
    name = re.sub(r"^user's ", "my ", subject)
    if predicate in QUESTIONS:
        of_user, of_other = QUESTIONS[predicate]
        return of_user if subject == "user" else of_other.format(name)
    if predicate == "has" or VERB.match(predicate):
        return ""
    asks_who = "who" if is_relation(predicate) else "what"
    return f"{asks_who} is my {predicate}?" if subject == "user" else f"{asks_who} is {name}'s {predicate}?"


def statement_probes(statements: Sequence[Statement]) -> Iterator[Probe]:
    """Probes of some of the rarest words of a statement, in another order, where they name no other statement."""
    usable = [one for one in statements if not is_question(one.text) and not looks_secret(one.text)]
    holders: dict[str, set[int]] = defaultdict(set)
    for place, statement in enumerate(usable):
        for stem in stemmed(words_of(statement.text)):
            holders[stem].add(place)
    for place, statement in spread(list(enumerate(usable)), key=lambda pair: pair[1].episode):
        if words := _telling_words(statement.text, holders, place):
            yield Probe(" ".join(sorted(words, key=_hash)), (statement.episode,))


def words_of(text: str) -> list[str]:
    """The words that carry meaning, each once, as they stand."""
    words = [word for word in re.findall(r"[^\W_]+", text) if word.lower() not in TELL_NOTHING and len(word) > 2]
    return list({word.lower(): word for word in reversed(words)}.values())[::-1]


def spread(items: Sequence[Item], *, key: Callable[[Item], str]) -> list[Item]:
    """The items in an order that has nothing to do with time, so that the first few stand for all."""
    return sorted(items, key=lambda item: (_hash(key(item)), key(item)))


def _telling_words(text: str, holders: Mapping[str, Collection[int]], place: int) -> list[str]:
    """Words of the rarest sentence, without the very rarest unless it takes that to tell the text from all others."""
    said = [words_of(text[start:end]) for start, end in sentences(text)] or [[]]
    frequency = {word: len(holders[stem]) for words in said for word in words for stem in stemmed([word])}
    words = max(said, key=lambda words: sum(1 / frequency[word] for word in words))
    rarest = sorted(words, key=lambda word: (frequency[word], word))[:RAREST_WORDS]
    if len(rarest) <= LEAST_WORDS:
        return []
    some = [word for number, word in enumerate(rarest) if number % 3]
    return next((kept for kept in (some, rarest) if _names_only(kept, holders, place)), [])


def _names_only(words: Sequence[str], holders: Mapping[str, Collection[int]], place: int) -> bool:
    return set.intersection(*(set(holders[stem]) for stem in stemmed(words))) == {place}


def _hash(text: str) -> int:
    return zlib.crc32(text.encode())
