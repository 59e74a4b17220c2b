"""Changes as lines for a person: what happened to each fact, memory and core block."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mem.cli import lines, render
from mem.records import Fact, to_json
from mem.text import number, shorten

if TYPE_CHECKING:
    from mem.stores.changes import Change, FactDiff, Step

MOST_STEPS = 20
SAID = {
    "add": "remembered", "update": "remembered", "past": "remembered as past", "evidence": "said again", "pin": "pinned",
    "unpin": "no longer pinned", "invalidate": "no longer true", "correct": "was never so", "remember": "filed",
    "consolidate": "consolidated", "imported": "imported", "summary": "summarised", "forget": "forgotten for good",
    "accept": "accepted", "reject": "rejected",
}  # fmt: skip


def show_change(change: Change, *, most_steps: int = MOST_STEPS) -> None:
    """A change: id, when, by whom; below, what it did to each item."""
    first = change.steps[0]
    turn = f" in {first.turn}" if first.turn else ""
    undoes = f", takes back {change.undoes}" if change.undoes else ""
    undone = "  (taken back)" if change.undone else ""
    more = [f"and {len(change.steps) - most_steps:,} more: mem inspect {change.id}"] if len(change.steps) > most_steps else []
    head = f"{change.at.astimezone():%-d %b %Y %H:%M}  {first.actor}{turn}{undoes}{undone}"
    render.item(change.id, head, *map(step_line, change.steps[:most_steps]), *more)


def step_line(step: Step) -> str:
    """What was done to one item."""
    if step.action in ("undo", "edit"):
        return _turned(step)
    fact = step.fact_after or step.fact_before
    text = fact.sentence if fact else step.text
    told = f": {shorten(text, lines.TEXT_CHARS)}" if text else ""
    if step.action == "consolidate":
        return f"consolidated{_told_counts(step.after)} [{step.item}]"
    if step.action == "core":
        return f"{step.item} {_quoted(step.before)} → {_quoted(step.after)}"
    is_new = step.action == "correct" and step.before is None  # what took the place of what was never so
    return f"{'corrected to' if is_new else SAID.get(step.action, step.action)}{told} [{step.item}]"


def undo_lines(steps: tuple[Step, ...]) -> list[str]:
    """What an undo would do, before the question whether it should."""
    return [_turned(step) for step in steps]


def change_rows(changes: list[Change]) -> list[list[Any]]:
    """One row a step, for other programs."""
    return [
        [
            change.id, change.at, step.actor, step.action, step.item, step.turn, change.undoes,
            "taken back" if change.undone else "", step_line(step),
        ]
        for change in changes
        for step in change.steps
    ]  # fmt: skip


def change_json(change: Change) -> dict[str, Any]:
    """A change as JSON has it, each step with the line that tells of it."""
    steps = [{**to_json(step), "line": step_line(step)} for step in change.steps]
    return {**to_json(change), "steps": steps}


def show_diff(found: FactDiff) -> None:
    """What was added, ended and changed, one line each."""
    for sign, facts in (("+", found.added), ("-", found.ended)):
        for fact in facts:
            past = f" ({lines.fact_times(fact)})" if not fact.current and (sign == "+" or fact.expired_at) else ""
            render.answer(f"{sign} {shorten(fact.sentence, lines.TEXT_CHARS)} [{fact.id}]{past}")
    for before, after in found.changed:
        ids = before.id if before.id == after.id else f"{before.id} → {after.id}"
        render.answer(f"~ {shorten(before.sentence, lines.TEXT_CHARS)} → {shorten(_differing(before, after), 200)} [{ids}]")


def _differing(before: Fact, after: Fact) -> str:
    if before.value != after.value:
        return after.value
    return "pinned" if after.pinned else "no longer pinned"


def _turned(step: Step) -> str:
    """From what an item was to what it becomes."""
    before, after = step.fact_before, step.fact_after
    if before is None and after is None and not step.item.startswith(("e", "core:")):
        return _of_another_kind(step)
    if before is None and after is None:
        return _reworded(step)
    if after is None:
        assert before is not None
        return f"not remembered: {shorten(before.sentence, lines.TEXT_CHARS)} [{before.id}]"
    told = f"{shorten(after.sentence, lines.TEXT_CHARS)} [{after.id}]"
    if before is None:
        return f"remembered: {told}"
    if before.value != after.value:
        return f"{shorten(before.sentence, lines.TEXT_CHARS)} → {shorten(after.value, lines.TEXT_CHARS)} [{after.id}]"
    if before.current != after.current:
        return f"{'true again' if after.current else 'was never so' if after.expired_at else 'no longer true'}: {told}"
    if before.pinned != after.pinned:
        return f"{'pinned' if after.pinned else 'no longer pinned'}: {told}"
    return f"{number(len(after.evidence), 'quotes')} instead of {len(before.evidence)}: {told}"


def _of_another_kind(step: Step) -> str:
    """A consolidation or a review, done or asked again or no longer."""
    gone = step.after is None
    if step.item.startswith("consolidation:"):
        done = "no longer consolidated" if gone else "consolidated again"
        return f"{done}{_told_counts(step.after or step.before)} [{step.item}]"
    if step.item[0] != "w" or step.after is None:
        return f"{'again as it was before' if gone else 'put back'}: {step.item}"
    return f"{'waits again' if json.loads(step.after)['state'] == 'waiting' else 'rejected again'}: {step.item}"


def _told_counts(state: str | None) -> str:
    """How much a consolidation is about, as far as its state says."""
    kept = json.loads(state or "{}")
    counts = {"memories": len(kept["archived"]), "summaries": len(kept["summaries"])} if "archived" in kept else kept
    return f": {lines.counted(counts)}" if counts else ""


def _reworded(step: Step) -> str:
    """A memory or a core block: no longer there, there again, or with other words."""
    old, new = _text(step.before), _text(step.after)
    if step.item[0] == "e" and (step.before is None or step.after is None):
        done = "no longer filed" if step.after is None else "filed again"
        return f"{done}: {shorten(old or new or '', lines.TEXT_CHARS)} [{step.item}]"
    return f"{step.item}: {_quoted(old)} → {_quoted(new)}"


def _text(state: str | None) -> str | None:
    """What a state that is no fact's says: the text of a memory, or all of it."""
    if state is None or not state.startswith("{"):
        return state
    return str(json.loads(state).get("text", state))


def _quoted(text: str | None) -> str:
    return "(nothing)" if not text else f"“{shorten(text, lines.LINE_CHARS)}”"
