"""`mem pin`: a fact that nothing but the user changes."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, existing_name, open_assistant
from mem.errors import InputError


def pin(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="A fact, such as f3.")],
    off: Annotated[bool, typer.Option("--off", help="No longer: new things said may change it again.")] = False,
    json: JsonOption = False,
) -> None:
    """Keep a fact as it is: what is said later does not change or end it."""
    if re.fullmatch(r"(?!f)[a-z]\d{1,18}|core:\w+", id):
        raise InputError(f"only facts can be pinned, and {id} is none; list them with: mem inspect facts")
    with open_assistant(context) as assistant:
        fact = assistant.fact_store.pin(existing_name(id, "f", "mem inspect facts"), on=not off)
    if json:
        render.as_json(fact)
    else:
        lines.show_fact(fact)
