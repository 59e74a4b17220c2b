"""Records as lines for a person, where several verbs show the same."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mem.cli import render
from mem.errors import InputError
from mem.records import CoreBlock, Episode, Fact, ForgetPlan, Hit, Pending, Receipt, SavedFact
from mem.text import age, number, shorten

if TYPE_CHECKING:
    from mem.stores.reviews import Review

TEXT_CHARS = 300
LINE_CHARS = 80
LISTED = 40  # of what a forget removes
ITEM_ID = re.compile(r"[ef]\d{1,18}")


def ids_or_none(arguments: Sequence[str]) -> list[str]:
    """The ids that the arguments are; empty where they are words. InputError where they are both."""
    split = [argument.split() for argument in arguments if argument.strip()]
    named = [words for words in split if all(map(ITEM_ID.fullmatch, words))]
    if named and len(named) < len(split):
        raise InputError(f"{named[0][0]} is an id among words; nothing was changed: give ids alone, or put the words in quotes")
    return [id for words in named for id in words]


def saved_line(outcome: SavedFact) -> str:
    """What the memory writer did, as the line that is shown only after the commit."""
    fact = outcome.fact
    if outcome.decision == "update" and outcome.replaced is not None:
        return f"remembered: {fact.sentence} [{fact.id}], no longer {outcome.replaced.value} [{outcome.replaced.id}]"
    if outcome.decision == "correct" and outcome.replaced is not None:
        return f"corrected: {fact.sentence} [{fact.id}], never {outcome.replaced.value} [{outcome.replaced.id}]"
    if outcome.decision == "correct":
        return f"taken back: {fact.sentence} [{fact.id}]"
    if outcome.decision == "past":
        return f"remembered as past: {fact.sentence} [{fact.id}]"
    if outcome.decision == "invalidate":
        return f"no longer true: {fact.sentence} [{fact.id}]"
    if outcome.decision == "none":
        return f"known already: {fact.sentence} [{fact.id}]"
    return f"remembered: {fact.sentence} [{fact.id}]"


def review_line(review: Review, *, see: str = "mem review") -> str:
    """What the memory writer put before the user instead of saving it; `see` is where they say yes or no."""
    return f"waits for review: {review.sentence} [{review.id}] ({review.reason}); {see}"


def when(moment: datetime) -> str:
    """`16 Nov 2026 (5 days ago)`."""
    return f"{render.day(moment)} ({age(moment, now=datetime.now(UTC))})"


def episode_origin(kind: str, session: str) -> str:
    """Where an episode comes from: `turn in s1`, `filed by hand`."""
    named = {"answer": "mem answered", "archival": "filed"}.get(kind, kind)
    return f"{named} in {session}" if session else named


def show_episode(episode: Episode, *, limit_chars: int = TEXT_CHARS) -> None:
    """An episode: id, date, origin; below, its text."""
    tags = "  " + " ".join(f"#{tag}" for tag in episode.tags) if episode.tags else ""
    head = f"{when(episode.happened_at)}  {episode_origin(episode.kind, episode.session)}{tags}"
    render.item(episode.id, head, shorten(episode.text, limit_chars))


def show_fact(fact: Fact) -> None:
    """A fact: id, since when it is known or until when it was true, its sources; below, the sentence."""
    render.item(fact.id, f"{fact_times(fact)}{_sources(fact)}", shorten(fact.sentence, TEXT_CHARS))


def fact_times(fact: Fact) -> str:
    """Since when a fact is known, from when it is true where that is another day, and until when it was.

    One that was taken back is held never to have been true, so no time is told at which it ended.
    """
    parts = [f"known since {render.day(fact.created_at)}"]
    if fact.valid_at is not None and render.day(fact.valid_at) != render.day(fact.created_at):
        parts.append(f"true since {_told(fact.valid_at)}")
    if fact.pinned:
        parts.append("pinned")
    if fact.expired_at is not None:
        parts.append(f"taken back on {render.day(fact.expired_at)}")
    elif fact.invalid_at is not None:
        parts.append(f"no longer true since {_told(fact.invalid_at)}")
    return ", ".join(parts)


def show_block(block: CoreBlock) -> None:
    """A core memory block: how full it is, what it is for; below, what it says."""
    render.item(block.label, f"{len(block.value)} of {block.limit} characters: {block.description}", block.value or "(empty)")


def show_pending(work: Pending) -> None:
    """What the memory writer owes: for which turn, which step, and what stopped it."""
    error = f": {work.last_error}" if work.last_error else ""
    render.item(work.turn, f"{work.step}, {number(work.attempts, 'attempts')} since {render.day(work.created_at)}{error}")


def show_hit(hit: Hit) -> None:
    """A memory found: id, date, origin; below, its text."""
    if hit.kind == "fact":
        source = f"  from {hit.source}" if hit.source else ""
        head = f"known since {when(hit.happened_at)}{source}"
    else:
        kind = "answer" if hit.source.endswith(":answer") else hit.kind
        head = f"{when(hit.happened_at)}  {episode_origin(kind, hit.session)}"
    render.item(hit.id, head, shorten(hit.text, TEXT_CHARS))


def forget_lines(plan: ForgetPlan) -> list[str]:
    """What would be removed, and what would be kept."""
    told = _some([f"{e.id}  {when(e.happened_at)}  {shorten(e.text, LINE_CHARS)}" for e in plan.episodes])
    told += _some([f"{fact.id}  {shorten(fact.sentence, LINE_CHARS)}  ({fact_times(fact)})" for fact in plan.facts])
    told += _some([f"answer of {answer.turn}: {shorten(answer.text, LINE_CHARS)}" for answer in plan.answers])
    for place, texts in plan.also.items():
        told += _some([f"{place.replace('_', ' ')}: {shorten(text, LINE_CHARS)}" for text in texts])
    told.append(f"in all: {counted(plan.counts)}")
    return told + [f"kept: {line}" for line in plan.kept]


def _some(listed: Sequence[str]) -> list[str]:
    """The first of them, and how many more there are."""
    more = [f"… and {len(listed) - LISTED:,} more"] if len(listed) > LISTED else []
    return [*listed[:LISTED], *more]


def show_forget_preview(plan: ForgetPlan) -> None:
    """What would be removed, before the question whether it should be."""
    render.narrate("this would be removed:", style="bold")
    for line in forget_lines(plan):
        render.narrate(line, style="")


def show_receipt(receipt: Receipt, *, told: Collection[str] = ()) -> None:
    """What was removed, how that was checked, and what could not be reached; one line for what was `told` of that before."""
    more = f" and {len(receipt.removed) - LISTED:,} more" if len(receipt.removed) > LISTED else ""
    render.answer(f"removed: {', '.join(receipt.removed[:LISTED])}{more}")
    render.answer(f"that is: {counted(receipt.counts)}")
    for check in receipt.checks:
        render.answer(f"checked: {check}")
    for limit in receipt.limits:
        if limit not in told:
            render.answer(f"not reached: {limit}", style="dim")
    if any(limit in told for limit in receipt.limits):
        render.answer("not reached: as before (mem forget prints it)", style="dim")


def saved_lines(saved: tuple[SavedFact, ...]) -> list[str]:
    """What was read in a text, one line for each fact."""
    return [saved_line(outcome) for outcome in saved]


def _told(moment: datetime) -> str:
    """A month where a month was said, a year where a year was: both are kept as their first day."""
    if moment.day > 1:
        return render.day(moment)
    return f"{moment:%B %Y}" if moment.month > 1 else f"{moment:%Y}"


def counted(counts: Mapping[str, int]) -> str:
    """`1 session, 3 facts`; what there is none of is left out."""
    return ", ".join(number(count, name.replace("_", " ")) for name, count in counts.items() if count) or "nothing"


def _sources(fact: Fact) -> str:
    episodes = dict.fromkeys(evidence.episode for evidence in fact.evidence)
    return f"  from {', '.join(episodes)}" if episodes else ""
