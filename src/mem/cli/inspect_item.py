"""What is known about one memory or one fact: the words it came from, when they were said, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mem.cli import lines, render
from mem.records import Episode, Fact, Inspection

if TYPE_CHECKING:
    from mem.assistant import Assistant


def inspect_item(assistant: Assistant, id: str, *, json: bool, plain: bool) -> None:
    """Prints an item with its sources and its history."""
    found = assistant.inspect(id)
    if json:
        render.as_json(found)
    elif plain:
        render.plain([event.item, event.at, event.action, event.actor, event.turn] for event in found.events)
    elif found.fact is not None:
        _show_fact(found.fact, found)
    elif found.episode is not None:
        _show_episode(found.episode, found)
        _show_place(assistant, id)


def _show_fact(fact: Fact, found: Inspection) -> None:
    render.item(fact.id, fact.sentence)
    render.answer(f"    {lines.fact_times(fact)}; confidence {fact.confidence:.2f}")
    sessions = {episode.id: lines.episode_origin(episode.kind, episode.session) for episode in found.sources}
    render.answer("why")
    for evidence in fact.evidence:
        origin = sessions.get(evidence.episode, "a memory that is gone")
        if evidence.message.startswith("c"):
            origin = f"your own word for it ({evidence.message})"
        render.item(f"  {evidence.episode}", f"{lines.when(evidence.said_at)}  {origin}", f"  “{evidence.quote}”")
    _show_history(found)


def _show_episode(episode: Episode, found: Inspection) -> None:
    tags = "  " + " ".join(f"#{tag}" for tag in episode.tags) if episode.tags else ""
    origin = lines.episode_origin(episode.kind, episode.session)
    render.item(episode.id, f"{lines.when(episode.happened_at)}  {origin}{tags}", episode.text)
    if episode.answer:
        render.answer("answered")
        render.item("", "", episode.answer)
    if found.facts:
        render.answer("facts read in it")
        for fact in found.facts:
            lines.show_fact(fact)
    _show_history(found)


def _show_place(assistant: Assistant, id: str) -> None:
    place = assistant.place_of(id)
    if place.stands_in:
        render.answer(f"archived: {place.stands_in} stands in its place", style="dim")
    if place.sources:
        render.answer(f"stands in the place of {', '.join(place.sources)}, which are archived", style="dim")


def _show_history(found: Inspection) -> None:
    if found.events:
        render.answer("history")
    for event in reversed(found.events):
        where = ", ".join(filter(None, [event.turn, event.change]))
        render.answer(f"    {render.day(event.at)}  {event.action} by {event.actor}{f' ({where})' if where else ''}")
    last = found.events[0] if found.events else None
    if last is not None and last.action == "undo" and found.fact is not None and found.fact.expired_at is not None:
        render.answer(f"taken back; to bring it back: mem undo {last.change}", style="dim")
    render.answer(f"to remove it: mem forget {found.id}", style="dim")
