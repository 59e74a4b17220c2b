"""What is known about one memory or one fact: the words it came from, when they were said, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mem.cli import lines, render
from mem.cli.change_lines import SAID
from mem.errors import NotFound
from mem.records import Episode, Fact, Inspection, to_json
from mem.text import number, shorten

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.stores.uses import Uses

USES_SHOWN = 10
QUESTION_CHARS = 60


def inspect_item(assistant: Assistant, id: str, *, json: bool, plain: bool) -> None:
    """Prints an item with its sources, its history, and where it was used."""
    found = assistant.inspect(id)
    if plain:
        render.plain([event.item, event.at, event.action, event.actor, event.turn] for event in found.events)
        return
    uses = assistant.uses(id, limit=USES_SHOWN)
    if json:
        render.as_json({**to_json(found), "used": to_json(uses)})
        return
    if found.fact is not None:
        _show_fact(found.fact, found, _whose(assistant, id))
    elif found.episode is not None:
        _show_episode(found.episode, found, _whose(assistant, id))
    _show_uses(uses)
    _show_history(found)
    if found.fact is not None and found.fact.expired_at is not None:
        _show_taken_back(assistant, found)
    if found.episode is not None:
        _show_place(assistant, id)
    render.answer(f"to remove it: mem forget {id}", style="dim")


def _whose(assistant: Assistant, id: str) -> str:
    """Whose words it is made of; of what was taken back nobody knows any more."""
    try:
        return f"; {assistant.provenance(id).whose}"
    except NotFound:
        return ""


def _show_fact(fact: Fact, found: Inspection, whose: str) -> None:
    render.item(fact.id, fact.sentence)
    render.answer(f"    {lines.fact_times(fact)}; confidence {fact.confidence:.2f}{whose}")
    sessions = {episode.id: lines.episode_origin(episode.kind, episode.session) for episode in found.sources}
    render.answer("why")
    for evidence in fact.evidence:
        origin = sessions.get(evidence.episode, "a memory that is gone")
        if evidence.message.startswith("c"):
            origin = f"your own word for it ({evidence.message})"
        render.item(f"  {evidence.episode}", f"{lines.when(evidence.said_at)}  {origin}", f"  “{evidence.quote}”")


def _show_episode(episode: Episode, found: Inspection, whose: str) -> None:
    tags = "  " + " ".join(f"#{tag}" for tag in episode.tags) if episode.tags else ""
    origin = lines.episode_origin(episode.kind, episode.session)
    render.item(episode.id, f"{lines.when(episode.happened_at)}  {origin}{whose}{tags}", episode.text)
    if episode.answer:
        render.answer("answered")
        render.item("", "", episode.answer)
    if found.facts:
        render.answer("facts read in it")
        for fact in found.facts:
            lines.show_fact(fact)


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
        done = f"{SAID.get(event.action, event.action)} by {event.actor}"
        render.answer(f"    {render.day(event.at)}  {done}{f' ({where})' if where else ''}")


def _show_uses(uses: Uses) -> None:
    """The turns in whose prompts it stood; what the model looked up by itself is not told here."""
    if not uses.total:
        render.answer("used in no answer yet")
        return
    render.answer(f"used in {number(uses.total, 'answers')}")
    for use in uses.newest:
        render.answer(f"    {use.turn}  {render.day(use.at)}  {shorten(use.question, QUESTION_CHARS)}")
    if uses.total > len(uses.newest):
        render.answer(f"    … and {uses.total - len(uses.newest):,} more, all of them older")


def _show_taken_back(assistant: Assistant, found: Inspection) -> None:
    """Whether a fact is gone because the user corrected it, or because what made it was undone."""
    last = next((event for event in found.events if event.action in ("correct", "undo") and event.change), None)
    if last is None:
        return
    if last.action == "undo":
        render.answer(f"taken back; to bring it back: mem undo {last.change}", style="dim")
        return
    steps = assistant.changes.get(last.change).steps
    instead = " ".join(f"{step.item} has its place." for step in steps if step.item != found.id and step.fact_after)
    render.answer(f"it was never so: you corrected it in {last.change}. {instead}".rstrip())
    render.answer(f"to take the correction back: mem undo {last.change}", style="dim")
