"""What an edit in a conversation does to memory: a message said anew takes along what was read in it; facts and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mem.cli import lines, render
from mem.cli.editor import edited
from mem.cli.repl.conversation import Conversation
from mem.errors import InputError
from mem.records import Fact
from mem.text import shorten

if TYPE_CHECKING:
    from mem.stores.changes import Change

LOOKED_AT = 200  # of the newest changes


def take_back(chat: Conversation, turn: str) -> None:
    """What was read in the message of a turn is held no longer; each change can be brought back, and a line says how."""
    assistant = chat.ready()
    for work in assistant.pending():
        if work.turn == turn:  # the memory writer saves nothing of it then, should it be reading it now
            assistant.pending_store.done(work.id)
    for change in assistant.log(limit=LOOKED_AT):
        if change.undone or change.undoes or not any(step.turn == turn for step in change.steps):
            continue
        try:
            done = assistant.undoing.undo(change.id)
        except InputError as error:
            render.narrate(f"what was read in the old wording stays: {error}")
            continue
        chat.notices.saved_count = max(0, chat.notices.saved_count - len(_facts(change)))
        told = ", ".join(f"{shorten(fact.sentence, lines.LINE_CHARS)} [{fact.id}]" for fact in _facts(change))
        render.narrate(f"taken back with the old wording: {told or change.id} (mem undo {done.id} brings it back)")
    chat.count_reviews()


def edit_item(chat: Conversation, argument: str) -> None:
    """`ID TEXT`, or ID alone for an editor: another value of a fact, another text of a note."""
    id, _, text = argument.partition(" ")
    if not lines.ITEM_ID.fullmatch(id):
        raise InputError("/edit alone changes your last message; /edit f2 TEXT a fact, /edit e5 TEXT a note")
    if chat.incognito:
        raise InputError("/edit ID would change what is remembered, and this is incognito; nothing was changed")
    assistant = chat.ready()
    if not text.strip():
        found = assistant.inspect(id)
        old = found.fact.value if found.fact else found.episode.text if found.episode else ""
        with chat.keyboard.asking():
            text = edited(old, name=f"{id}.txt")
        if text.strip() == old.strip():
            render.narrate("nothing was changed")
            return
    changed = assistant.edit(id, text.strip())
    if isinstance(changed, Fact):
        render.narrate(f"changed: {changed.sentence} [{changed.id}]; what it was: mem log --fact {id}")
    else:
        render.narrate(f"changed: {id}; what it was: mem log --fact {id}")


def _facts(change: Change) -> list[Fact]:
    """The facts that a change brought."""
    return [step.fact_after for step in change.steps if step.fact_after and not step.fact_before]
