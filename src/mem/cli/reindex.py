"""`mem reindex`: the search index built anew from the database."""

from __future__ import annotations

import sys

import typer

from mem.cli import render
from mem.cli.common import JsonOption, open_assistant, options
from mem.text import number


def reindex(context: typer.Context, json: JsonOption = False) -> None:
    """Build the search index anew from the database."""
    with open_assistant(context) as assistant:
        if sys.stderr.isatty() and not options(context).quiet:
            with render.progress("indexing") as advance:
                documents = assistant.reindex(progress=advance)
        else:
            documents = assistant.reindex()
    if json:
        render.as_json({"documents": documents})
    else:
        render.answer(f"the search index holds {number(documents, 'texts')}")
