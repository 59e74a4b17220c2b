"""What is shown of entities: one with all that is known about it, all of them counted, and what a drawing needs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mem.entity_graph import Entity, EntityGraph, Relation
from mem.kinship import Kind
from mem.records import Episode, Fact


@dataclass(frozen=True, slots=True)
class EntityView:
    """All that is known about one entity. `episodes` are the newest of those that mention it, `mentions` how many do."""

    entity: Entity
    relations: tuple[Relation, ...]
    episodes: tuple[Episode, ...]
    mentions: int
    first_mention: datetime | None = None
    last_mention: datetime | None = None


@dataclass(frozen=True, slots=True)
class EntityCount:
    """One line of the list of entities."""

    name: str
    kind: Kind
    aliases: tuple[str, ...]
    facts: int
    ended: int
    relations: int
    mentions: int
    last_mention: datetime | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a drawing of the graph shows."""

    entities: tuple[Entity, ...]
    relations: tuple[Relation, ...]


def view(name: str, facts: Sequence[Fact], episodes: Iterable[Episode], *, limit: int) -> EntityView:
    """All that is known about whom `name` means, with the newest `limit` of the episodes that mention it."""
    graph = EntityGraph(facts)
    entity = graph.entity(graph.find(name))
    told = sorted(graph.mentioned(episodes).get(entity.key, []), key=_happened_at, reverse=True)
    joins = tuple(relation for relation in graph.relations() if entity.name in (relation.source, relation.target))
    dates = (told[-1].happened_at, told[0].happened_at) if told else (None, None)
    return EntityView(entity, joins, tuple(told[:limit]), len(told), *dates)


def counts(facts: Sequence[Fact], episodes: Iterable[Episode]) -> list[EntityCount]:
    """Every entity with what there is of it: those mentioned most first."""
    graph = EntityGraph(facts)
    mentioned, joins = graph.mentioned(episodes), graph.relations()
    joined = Counter(name for relation in joins for name in {relation.source, relation.target})
    listed = []
    for entity in graph.entities():
        told = mentioned.get(entity.key, [])
        listed.append(
            EntityCount(
                entity.name, entity.kind, entity.aliases, len(entity.now), len(entity.before), joined[entity.name], len(told),
                max((episode.happened_at for episode in told), default=None),
            )
        )  # fmt: skip
    return sorted(listed, key=lambda one: -one.mentions)


def drawing(facts: Sequence[Fact]) -> Drawing:
    """What there is to draw."""
    graph = EntityGraph(facts)
    return Drawing(tuple(graph.entities()), tuple(graph.relations()))


def _happened_at(episode: Episode) -> datetime:
    return episode.happened_at
