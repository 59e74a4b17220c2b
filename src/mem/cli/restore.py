"""`mem restore`: a backup in the place of the profile, which is kept aside."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from mem.cli import render
from mem.cli.backup import ask_hidden, contents
from mem.cli.common import JsonOption, YesOption, confirm, open_assistant, options
from mem.cli.exit_codes import FAILURE
from mem.cli.progress import Waiting
from mem.errors import NotFound
from mem.text import shorten


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What mem backup has written; mem backup --list shows others.")],
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Bring a profile back from a backup."""
    if not file.is_file():
        raise NotFound(f"there is no file {shorten(str(file), 200)}; nothing was changed: mem backup --list shows yours")
    with open_assistant(context, strict=False) as assistant:
        profile = assistant.config.profile
        present = assistant.config.profile_dir / "memory.duckdb"
        asks = f"mem restore asks before it replaces profile {profile}"
        if present.exists() and not confirm(f"Replace profile {profile}? What is there is kept aside.", yes=yes, asks=asks):
            render.narrate("nothing was changed")
            raise typer.Exit(FAILURE)
        with Waiting("bringing the backup back", quiet=options(context).quiet) as waiting:

            def ask_passphrase() -> str:
                with waiting.paused():
                    return ask_hidden("Passphrase: ")

            restored = assistant.restore(file, ask_passphrase=ask_passphrase)
    if json:
        render.as_json(restored)
        return
    made = datetime.fromisoformat(restored.created_at).astimezone()
    render.answer(f"restored profile {profile} from {restored.source}, made on {made:%-d %b %Y at %H:%M}")
    render.answer(f"in it: {contents(restored.counts)}")
    if restored.aside:
        render.answer(f"what was there before is kept as {restored.aside}")
        render.narrate(f"to go back: mem restore {restored.aside}; to be rid of it, remove it: mem forget removes it too")
    if restored.forgotten_again:
        ids = ", ".join(restored.forgotten_again)
        render.answer(f"forgotten since that backup was made, and so forgotten again: {ids}")
    for note in restored.notes:
        render.answer(note)
    render.narrate("the search index is made anew by the next mem recall or chat")
