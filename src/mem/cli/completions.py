"""`mem completions`: the script that lets a shell complete `mem`, and the manual page."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import Annotated

import typer

from mem import __version__
from mem.cli import render
from mem.cli.completion_places import FILES, IDS, MODELS, PROFILES, Argument, Place, read_places
from mem.cli.completion_scripts import bash_script, fish_script, zsh_script
from mem.cli.schema import schema_names
from mem.config import Config, setting_names


class Shell(StrEnum):
    """What can be printed."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"
    man = "man"


# As `models.catalog` has them, which would bring numpy along.
STARTER, PULLABLE = "starter", ("qwen2.5-1.5b", "llama-3.2-3b", "qwen3-4b", "qwen2.5-7b")
KEYED = (
    "openai", "anthropic", "gemini", "mistral", "openrouter", "groq", "deepseek", "xai", "together_ai", "cohere", "perplexity",
)  # fmt: skip
SESSIONS = f"last {IDS}s"
MEMORIES = f"{IDS}ef"
WRITERS = {Shell.bash: bash_script, Shell.zsh: zsh_script, Shell.fish: fish_script}


def values() -> dict[str, str]:
    """What can stand where a word is wanted, by the names that the verbs give to it."""
    pullable, settings = " ".join(PULLABLE), " ".join(setting_names())
    views = "facts core episodes sessions pending context entities entity graph"
    return {
        "profile": PROFILES,
        "profiles/delete/name": PROFILES,
        "profiles/delete/confirm": PROFILES,
        "model": f"{STARTER} {MODELS}",
        "models/use/name": f"{STARTER} {MODELS}",
        "models/default/name": f"{STARTER} {MODELS}",
        "models/info/name": f"{STARTER} {MODELS} {pullable}",
        "models/rm/name": MODELS,
        "models/pull/source": pullable,
        "keys/set/name": " ".join(KEYED),
        "keys/rm/name": " ".join(KEYED),
        "schema/verb": " ".join(schema_names()),
        "session": SESSIONS,
        "resume": SESSIONS,
        "inspect/what": f"{views} {IDS}fesctw",
        "forget/what": MEMORIES,
        "forget/lift": f"{IDS}x",
        "log/fact": MEMORIES,
        "undo/change": f"{IDS}c",
        "edit/id": f"persona human {MEMORIES}",
        "pin/id": f"{IDS}f",
        "review/ids": f"{IDS}w",
        "why/turn": f"{IDS}t",
        "config/get/name": settings,
        "config/set/name": settings,
        "file": FILES,
    }


def settings() -> list[Place]:
    """What a setting may be set to, as places behind its name."""
    known = {"profile": PROFILES, "model": values()["model"]}
    for entry in fields(Config):
        if choices := entry.metadata.get("choices"):
            known[entry.name] = " ".join(choices)
        elif isinstance(entry.default, bool):
            known[entry.name] = "true false"
    return [
        Place(("config", "set", name), "", (), (), (Argument("VALUE", "", allowed, several=False, required=True),))
        for name, allowed in known.items()
    ]


def completions(
    context: typer.Context,
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish; man for the manual page.")],
) -> None:
    """Print the script that completes mem in a shell."""
    places = read_places(context.find_root().command, values())
    if shell is Shell.man:
        from mem.cli.man_page import man_page

        render.piece(man_page(places, version=__version__))
    else:
        render.piece(WRITERS[shell]([*places, *settings()]))
