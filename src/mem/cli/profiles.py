"""`mem profiles`: separate memories, one directory each; nothing crosses."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mem.cli import common, render
from mem.cli.common import JsonOption, PlainOption, YesOption, open_assistant, typed
from mem.errors import InputError, NotFound
from mem.paths import make_private

profiles = typer.Typer(help="List, make and remove profiles.", invoke_without_command=True, no_args_is_help=False)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="a-z, 0-9, - and _; at most 64.")]


@profiles.callback()
def main(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """List, make and remove profiles."""
    if context.invoked_subcommand is None:
        _list(context, json=json, plain=plain)


@profiles.command("list")
def list_(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """Which profiles exist, and which one is used."""
    _list(context, json=json, plain=plain)


@profiles.command("create")
def create(context: typer.Context, name: NameArgument) -> None:
    """Make a profile."""
    paths = common.config(context).paths
    directory = paths.profile(name)
    if directory.exists():
        raise InputError(f"there is a profile {name!r} already; use it with: mem --profile {name} chat")
    for folder in (paths.data, paths.profiles, directory):
        make_private(folder)
    render.answer(f"made profile {name}; use it with: mem --profile {name} chat")


@profiles.command("delete")
def delete(
    context: typer.Context,
    name: NameArgument,
    confirm: Annotated[
        str | None, typer.Option("--confirm", metavar="NAME", help="The profile's name again, instead of being asked.")
    ] = None,
    yes: YesOption = False,
) -> None:
    """Remove a profile with everything in it."""
    settings = common.config(context)
    if not settings.paths.profile(name).is_dir():
        known = ", ".join(settings.paths.profile_names()) or "none yet"
        raise NotFound(f"there is no profile {name!r} (known: {known}); nothing was changed")
    if not yes and (confirm if confirm is not None else _ask_name(name)) != name:
        raise InputError(f"that is not the profile's name; {name!r} was not removed")
    # An assistant of that profile, whichever one this run would use.
    with open_assistant(context, profile=name) as assistant:
        assistant.delete_profile()
    render.answer(f"removed profile {name}")


def _list(context: typer.Context, *, json: bool, plain: bool) -> None:
    settings = common.config(context)
    rows = [(name, name == settings.profile, settings.paths.profile(name)) for name in settings.paths.profile_names()]
    if json:
        render.as_json([{"name": name, "used": used, "directory": directory} for name, used, directory in rows])
    elif plain:
        render.plain([name, "used" if used else "", directory] for name, used, directory in rows)
    elif rows:
        render.table(["", "profile", "directory"], [["*" if used else "", name, directory] for name, used, directory in rows])
    else:
        render.narrate("there is no profile yet; the first is made when something is stored")


def _ask_name(name: str) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError("mem profiles delete asks first, and there is no terminal to ask on; nothing was changed: add --yes")
    return typed(f"This removes profile {name} for good. Type its name to go on: ")
