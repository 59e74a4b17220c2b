"""`mem edit`: the user's own version of a fact, a note or a core memory block; what it was stays in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, open_assistant, stdin_is_piped, words_or_stdin
from mem.cli.editor import edited
from mem.errors import NotFound
from mem.records import Episode, Fact
from mem.text import shorten

if TYPE_CHECKING:
    from mem.assistant import Assistant


def edit(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="A fact (f3), a note (e5), or a core block (human).")],
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]", help="The new value; without it $EDITOR opens, - reads stdin.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Change what a fact, a note or a core block says; mem log keeps what it was."""
    with open_assistant(context) as assistant:
        new = words_or_stdin(text) if text else None
        if new is None:
            old = _text_of(assistant, id)
            new = words_or_stdin([]) if stdin_is_piped() else edited(old, name=f"{id}.txt")
            if new.strip() == old.strip():
                render.narrate("nothing was changed")
                raise typer.Exit(1)
        found = assistant.edit(id, new)
    if json:
        render.as_json(found)
    elif isinstance(found, Fact):
        lines.show_fact(found)
    elif isinstance(found, Episode):
        lines.show_episode(found)
    else:
        render.item(found.label, f"{len(found.value)} of {found.limit} characters", found.value or "(empty)")


def _text_of(assistant: Assistant, id: str) -> str:
    if lines.ITEM_ID.fullmatch(id):
        found = assistant.inspect(id)
        return found.fact.value if found.fact else found.episode.text if found.episode else ""
    blocks = {block.label: block.value for block in assistant.core()}
    if id not in blocks:  # before an editor opens for what cannot be saved
        raise NotFound(f"there is no fact, memory or block {shorten(id, 40)!r}; the blocks are: {', '.join(blocks)}")
    return blocks[id]
