"""`mem review`: what waits for a yes before it becomes a fact, one by one or all at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, PlainOption, open_assistant, typed
from mem.cli.editor import edited
from mem.errors import InputError
from mem.records import to_json

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.records import FactCandidate
    from mem.stores.reviews import Review

QUESTION = "remember it? [y]es, [n]o, [e]dit, [s]kip, [q]uit: "
NOTHING = "nothing waits for review"
FIELDS = ("subject", "predicate", "value")


def review(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Which of them; see --accept, --reject.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Remember those named.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Do not remember those named, and do not ask again.")] = False,
    all: Annotated[bool, typer.Option("--all", help="Everything that waits; alone: list also what was rejected.")] = False,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Say yes or no to what waits before it is remembered."""
    if (accept and reject) or (ids and all) or (ids and not (accept or reject)) or ((accept or reject) and not (ids or all)):
        raise InputError("say what to accept or reject: mem review --accept w1 w2, or --accept --all; nothing was changed")
    with open_assistant(context) as assistant:
        if accept or reject:
            decide(assistant, _named(assistant, ids or []) if ids else assistant.approval.waiting(), yes=accept)
            return
        found = assistant.approval.all() if all else assistant.approval.waiting()
        if json:
            render.as_json([{**to_json(each), "sentence": each.sentence} for each in found])
        elif plain:
            render.plain([each.id, each.created_at, each.reason, each.episode, each.sentence, each.state] for each in found)
        elif sys.stdin.isatty() and sys.stderr.isatty() and not all:
            review_each(assistant)
        else:
            show_waiting(found)


def show_waiting(reviews: Sequence[Review]) -> None:
    """The list, and how to say yes or no to it."""
    for each in reviews:
        _show(each)
    render.narrate("say yes or no: mem review --accept ID, mem review --reject ID" if reviews else NOTHING)


def decide(assistant: Assistant, reviews: Sequence[Review], *, yes: bool) -> None:
    """The same answer for all of them."""
    for each in reviews:
        _accept(assistant, each) if yes else _reject(assistant, each)
    if not reviews:
        render.narrate(NOTHING)


def review_each(
    assistant: Assistant, *, asking: Callable[[], AbstractContextManager[None]] = nullcontext
) -> None:
    """One by one; `asking` makes the terminal ready for a line that is typed."""
    waiting = assistant.approval.waiting()
    for each in waiting:
        _show(each)
        answer = ""
        while answer not in ("y", "n", "e", "s", "q"):
            with asking():
                answer = typed(QUESTION, told="the rest still waits").lower()[:1] or "s"
        if answer == "q":
            return
        if answer == "y":
            _accept(assistant, each)
        elif answer == "n":
            _reject(assistant, each)
        elif answer == "e":
            with asking():
                claim = _rewritten(assistant, each)
            _accept(assistant, each, claim)
    if not waiting:
        render.narrate(NOTHING)


def _accept(assistant: Assistant, review: Review, claim: FactCandidate | None = None) -> None:
    accepted = assistant.approval.accept(review.id, edited=claim)
    render.answer(lines.saved_line(accepted.saved) if accepted.saved else f"{review.id}: nothing to change any more")


def _reject(assistant: Assistant, review: Review) -> None:
    assistant.approval.reject(review.id)
    render.answer(f"not remembered: {review.sentence} [{review.id}]")


def _rewritten(assistant: Assistant, review: Review) -> FactCandidate:
    """The claim as the user makes it in their editor; InputError where it is no fact any more."""
    claim = review.candidate
    text = edited("".join(f"{name}: {getattr(claim, name)}\n" for name in FIELDS), name="fact.txt")
    written = {name.strip(): value.strip() for name, colon, value in (line.partition(":") for line in text.splitlines())}
    return assistant.approval.rewritten(review, **{name: written.get(name, "") for name in FIELDS})


def _named(assistant: Assistant, ids: Sequence[str]) -> list[Review]:
    return [assistant.approval.get(id) for id in dict.fromkeys(ids)]


def _show(review: Review) -> None:
    rejected = "rejected: " if review.state == "rejected" else ""
    told = f"{rejected}{review.reason}; told {lines.when(review.created_at)} in {review.episode}"
    render.item(review.id, told, review.sentence, f"“{review.candidate.quote}”")
