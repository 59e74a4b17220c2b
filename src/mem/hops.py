"""Whom a question means without a name: "what does my sister's husband do" walks from the user to Ada, and on to Ben. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mem.entity_graph import LONGEST_NAME, USER, EntityGraph
from mem.kinship import is_relation
from mem.records import Fact

# Words of a question, "sister's" and "parents'" in two: the word and the mark of an owner.
TOKENS = re.compile(r"[^\W_]+(?:-[^\W_]+)*|['’]s\b|(?<=s)['’](?=\s)")
MARKS = ("'s", "’s", "'", "’")


def hop(query: str, facts: Sequence[Fact]) -> tuple[str, ...]:
    """Whom a question means by a chain of relations, by every name and subject that facts have for them: by "my sister's
    husband" Ben, where the sister is Ada and her husband is Ben.

    Walked as far as it is known; empty where nothing is owned by anybody but the user, or the first step is not known.
    """
    words = TOKENS.findall(query)
    if not any(word in MARKS or word.lower() == "of" for word in words):
        return ()
    graph = EntityGraph(facts)
    for place, word in enumerate(words):
        meant: tuple[str, ...] = ()
        if word in MARKS:
            meant = _walk(graph, _owner_before(graph, words[:place]), words[place + 1 :])
        elif word.lower() == "of" and place and is_relation(words[place - 1]):
            meant = _whose(graph, words[place - 1], words[place + 1 :])
        if meant:
            return tuple(dict.fromkeys(name for key in meant for name in graph.written(key)))
    return ()


def _owner_before(graph: EntityGraph, words: Sequence[str]) -> tuple[str, ...]:
    """Whom the words before the mark of an owner mean: "my sister", "my sister Ada", "Ada"."""
    known = {entity.key for entity in graph.entities()} - {USER}
    for start in range(max(0, len(words) - LONGEST_NAME), len(words)):
        phrase = " ".join(words[start:])
        if words[start].lower() in ("my", "our"):
            if meant := graph.follow(USER, " ".join(words[start + 1 :])):
                return meant
        elif (key := graph.key(phrase)) in known:
            return (key,)
    return ()


def _walk(graph: EntityGraph, owners: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """From the owners along the relations that follow: as far as is known, at least one step."""
    reached: tuple[str, ...] = ()
    while owners and words:
        for length in (2, 1):
            found = [key for owner in owners for key in graph.follow(owner, " ".join(words[:length]))]
            if found:
                break
        else:
            break
        owners = reached = tuple(dict.fromkeys(found))
        if len(words) <= length or words[length] not in MARKS:
            break
        words = words[length + 1 :]
    return reached


def _whose(graph: EntityGraph, relation: str, words: Sequence[str]) -> tuple[str, ...]:
    """The husband of my sister, the dog of Ada."""
    for length in range(min(LONGEST_NAME, len(words)), 0, -1):
        if owners := _owner_before(graph, words[:length]):
            return tuple(dict.fromkeys(key for owner in owners for key in graph.follow(owner, relation)))
    return ()
