"""`mem inspect entity NAME` and `mem inspect entities`: whom facts speak of, and what is known about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mem.cli import lines, render
from mem.errors import InputError
from mem.text import number, shorten

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.entity_graph import Relation
    from mem.entity_views import EntityCount, EntityView

NEWEST = 5
NAME_CHARS = 26  # so that a line of the list is 80 wide
EVERY = 1_000_000


def inspect_entity(assistant: Assistant, name: str, *, all: bool, json: bool, plain: bool) -> None:
    """Prints what is known about whom the name means: facts, relations, and the newest memories of them, or all."""
    if not name.strip():
        raise InputError("whom do you mean? For example: mem inspect entity Ada; list them with: mem inspect entities")
    found = assistant.entity(name, limit=EVERY if all else NEWEST)
    if json:
        render.as_json(found)
    elif plain:
        _rows(found)
    else:
        _show(found)


def list_entities(assistant: Assistant, *, json: bool, plain: bool) -> None:
    """Prints everybody and everything that facts speak of, with counts."""
    found = assistant.entities()
    if json:
        render.as_json(found)
    elif plain:
        render.plain(
            [one.name, one.kind, one.facts, one.ended, one.relations, one.mentions, one.last_mention, ", ".join(one.aliases)]
            for one in found
        )
    elif found:
        render.table(["name", "kind", "facts", "relations", "memories", "last"], map(_line, found))
    else:
        render.narrate("no facts are known yet, so nobody and nothing is known")


def relation_line(relation: Relation) -> str:
    """`you: sister → Ada  [f1]`, and until when it was so."""
    until = "" if relation.current else f"  until {render.day(relation.invalid_at)}" if relation.invalid_at else "  before"
    return f"{relation.source}: {relation.predicate} → {relation.target}{until}  [{relation.fact}]"


def _line(one: EntityCount) -> list[str | int]:
    name = shorten(", ".join([one.name, *one.aliases]), NAME_CHARS)
    last = f"{one.last_mention.astimezone():%Y-%m-%d}" if one.last_mention else ""
    return [name, "" if one.kind == "you" else one.kind, one.facts, one.relations, one.mentions, last]


def _show(found: EntityView) -> None:
    entity = found.entity
    render.item(entity.name, ", ".join([*(() if entity.kind == "you" else (entity.kind,)), *entity.aliases]))
    if found.first_mention and found.last_mention:
        times = f"first {lines.when(found.first_mention)}, last {lines.when(found.last_mention)}"
        render.answer(f"    in {number(found.mentions, 'memories')}: {times}")
    for title, facts in (("true now", entity.now), ("no longer true", entity.before)):
        if facts:
            render.answer(f"\n{title}", style="bold")
        for fact in facts:
            lines.show_fact(fact)
    if found.relations:
        render.answer("\nrelations", style="bold")
    for relation in found.relations:
        render.answer(f"    {relation_line(relation)}")
    if found.episodes:
        more = f" (the newest {len(found.episodes)} of {found.mentions}; all of them: --all)"
        render.answer(f"\nmemories{more if len(found.episodes) < found.mentions else ''}", style="bold")
    for episode in found.episodes:
        lines.show_episode(episode)


def _rows(found: EntityView) -> None:
    for kind, facts in (("now", found.entity.now), ("before", found.entity.before)):
        render.plain([kind, one.id, one.subject, one.predicate, one.value, one.valid_at, one.invalid_at] for one in facts)
    render.plain(
        ["relation", join.fact, join.source, join.predicate, join.target, join.valid_at, join.invalid_at]
        for join in found.relations
    )
    render.plain(
        ["memory", episode.id, episode.happened_at, episode.kind, episode.session, episode.text] for episode in found.episodes
    )
