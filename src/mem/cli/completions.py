"""`mem completions`: the script that lets a shell complete `mem`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mem.cli import render
from mem.cli.completion_scripts import bash_script, fish_script, read_places, zsh_script


class Shell(StrEnum):
    """The shells there are scripts for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


ARGUMENTS = {
    "inspect": ("facts", "core", "episodes", "sessions", "pending"),
    "completions": tuple(Shell),
    "show": ("last",),
}
WRITERS = {Shell.bash: bash_script, Shell.zsh: zsh_script, Shell.fish: fish_script}


def completions(
    context: typer.Context, shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]
) -> None:
    """Print the script that completes mem in a shell."""
    places = read_places(context.find_root().command, ARGUMENTS)
    render.piece(WRITERS[shell](places))
