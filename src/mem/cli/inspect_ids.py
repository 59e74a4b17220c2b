"""`mem inspect ID`: what bears an id, of whatever kind; here what waits for review, changes and core blocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from mem.cli import lines, render
from mem.cli.change_lines import change_json, change_rows, show_change
from mem.cli.inspect_item import inspect_item
from mem.cli.inspect_turn import show_message, show_search, show_turn
from mem.cli.sessions import show_session
from mem.errors import InputError, NotFound
from mem.records import to_json

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.stores.changes import Change
    from mem.stores.reviews import Review

ID = re.compile(r"(?:core:[a-z_]{1,40}|(?:consolidation:)?[a-z]\d{1,18})")
EVERY = 10_000
STATES = {"waiting": "waits for your yes or no", "rejected": "rejected: it is not remembered, nor asked again"}


def inspect_id(assistant: Assistant, id: str, *, json: bool, plain: bool) -> None:
    """Prints what bears an id, of whatever kind; InputError where no kind has it."""
    kind = "core" if id.startswith("core:") else id.removeprefix("consolidation:")[0]
    if kind not in KINDS:
        raise InputError(
            f"{id} is no id that mem gives; they are f3 (fact), e5 (memory), s1 (session), t7 (turn), m9 (message),"
            " c12 (change), w2 (review), r4 (search), k1 (consolidation)"
        )
    KINDS[kind](assistant, id, json, plain)


def _item(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    inspect_item(assistant, id, json=json, plain=plain)


def _session(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    show_session(assistant, id, json=json, plain=plain)


def _review(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    try:
        review = assistant.reviews.get(id)
    except NotFound:
        _decided(assistant, id, json, plain)
        return
    source = next(iter(assistant.rows.get_many([review.episode])), None)
    if json:
        render.as_json({**to_json(review), "sentence": review.sentence, "source": to_json(source)})
        return
    if plain:
        render.plain([[id, review.created_at, review.reason, review.episode, review.sentence, review.state]])
        return
    render.item(id, STATES[review.state], review.sentence)
    render.answer(f"why it {'waits' if review.state == 'waiting' else 'was asked'}: {review.reason}")
    told = f"{lines.when(source.happened_at)}  {lines.episode_origin(source.kind, source.session)}" if source else ""
    render.item(f"said in {review.episode}", told, f"“{review.candidate.quote}”")
    render.answer(_ways(review), style="dim")


def _ways(review: Review) -> str:
    accept = f"mem review --accept {review.id}"
    if review.state == "rejected":
        return f"to remember it after all: {accept}"
    return f"to decide: {accept}, or --reject {review.id}; to be asked, or to edit it first: mem review"


def _decided(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    """What was accepted is a fact by now: the change that made it one; NotFound where there is none."""
    changes = assistant.changes.list(item=id, limit=EVERY)
    if not changes:
        raise NotFound(f"nothing named {id} waits for review, or was decided about; see what waits with: mem review")
    _show_changes(id, changes, json=json, plain=plain)


def _change(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    change = assistant.changes.get(id)
    if json:
        render.as_json(change_json(change))
        return
    if plain:
        render.plain(change_rows([change]))
        return
    show_change(change, most_steps=EVERY)
    if change.undone:
        by = next((later.id for later in assistant.changes.list(limit=EVERY) if later.undoes == id), "")
        render.answer(f"it was taken back{f'; to bring it back: mem undo {by}' if by else ''}", style="dim")
    else:
        render.answer(f"to {'bring it back' if change.undoes else 'take it back'}: mem undo {id}", style="dim")


def _show_changes(id: str, changes: list[Change], *, json: bool, plain: bool) -> None:
    if json:
        render.as_json({"id": id, "changes": [change_json(change) for change in changes]})
    elif plain:
        render.plain(change_rows(changes))
    else:
        for change in changes:
            show_change(change)


def _history(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    """A consolidation, by the changes that made it and took it back."""
    item = id if ":" in id else f"consolidation:{id}"
    changes = assistant.changes.list(item=item, limit=EVERY)
    if not changes:
        raise NotFound(f"there is no consolidation {id}; see what was done with: mem log")
    _show_changes(id, changes, json=json, plain=plain)


def _core(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    label = id.removeprefix("core:")
    block = next((block for block in assistant.core() if block.label == label), None)
    if block is None:
        raise NotFound(f"there is no core block {label!r}; see them with: mem inspect core")
    if json:
        render.as_json(block)
    elif plain:
        render.plain([[block.label, len(block.value), block.limit, block.value]])
    else:
        lines.show_block(block)
        render.answer(f"its history: mem log --fact {id}; to change it: mem edit {label}", style="dim")


def _work(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    work = next((work for work in assistant.pending() if f"p{work.id}" == id), None)
    if work is None:
        raise NotFound(f"{id} is not owed any more, or never was; see what is with: mem inspect pending")
    if json:
        render.as_json(work)
    elif plain:
        render.plain([[work.id, work.turn, work.step, work.attempts, work.last_error, work.created_at]])
    else:
        lines.show_pending(work)
        render.answer("to try it again: mem retry", style="dim")


def _probe(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    raise InputError(f"{id} is a question of mem eval self, which shows how it fared: mem eval self --json")


def _forgotten(assistant: Assistant, id: str, json: bool, plain: bool) -> None:
    raise InputError(f"{id} stands for what was forgotten; list that with: mem forget --list")


KINDS: dict[str, Callable[[Assistant, str, bool, bool], None]] = {
    "f": _item,
    "e": _item,
    "s": _session,
    "t": show_turn,
    "m": show_message,
    "r": show_search,
    "c": _change,
    "w": _review,
    "p": _work,
    "k": _history,
    "q": _probe,
    "x": _forgotten,
    "core": _core,
}
