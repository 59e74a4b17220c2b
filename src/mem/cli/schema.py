"""`mem schema`: what `--json` of a verb prints, as a JSON schema."""

from __future__ import annotations

import difflib
import json as json_module
from importlib.resources import files
from typing import Annotated, Any

import typer

from mem.cli import render
from mem.cli.common import JsonOption, PlainOption
from mem.errors import NotFound
from mem.text import shorten

# Verbs that print what another one does.
SAME_AS = {
    "sessions-list": "sessions", "sessions-delete": "forget", "sessions-export": "sessions-show", "models-list": "models",
    "keys-list": "keys", "profiles-list": "profiles", "eval-locomo": "eval", "eval-longmemeval": "eval", "eval-beam": "eval",
    "eval-jsonl": "eval",
}  # fmt: skip


def schema(
    verb: Annotated[
        list[str] | None, typer.Argument(metavar="VERB", help="Such as recall, or sessions search; without it, all are listed.")
    ] = None,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Print the JSON schema of what a verb prints with --json; its fields are kept."""
    if verb:
        name = "-".join(word for part in verb for word in part.split())
        render.as_json(read_schema(SAME_AS.get(name, name)))
        return
    rows = [(name, read_schema(name)["description"]) for name in schema_names()]
    if json:
        render.as_json([{"name": name, "description": told} for name, told in rows])
    elif plain:
        render.plain(rows)
    else:
        render.table(["schema", "of what"], rows)


def schema_names() -> list[str]:
    """Every schema there is, in alphabetical order."""
    folder = files("mem") / "schemas"
    return sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json"))


def read_schema(name: str) -> Any:
    """One schema; NotFound names those that are nearly called so."""
    names = schema_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise NotFound(f"there is no schema of {shorten(name, 40)!r}{hint}; list them with: mem schema")
    return json_module.loads((files("mem") / "schemas" / f"{name}.json").read_text("utf-8"))
