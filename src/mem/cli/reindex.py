"""`mem reindex`: the search index built anew from the database."""

from __future__ import annotations

import typer

from mem.cli import render
from mem.cli.common import JsonOption, open_assistant, options
from mem.cli.progress import bar
from mem.text import number


def reindex(context: typer.Context, json: JsonOption = False) -> None:
    """Build the search index anew from the database."""
    with open_assistant(context) as assistant, bar("indexing", quiet=options(context).quiet) as advance:
        documents = assistant.reindex(progress=advance)
    if json:
        render.as_json({"documents": documents})
    else:
        render.answer(f"the search index holds {number(documents, 'texts')}")
