"""`mem keys`: keys of remote models. None is ever shown, logged, or taken from an argument."""

from __future__ import annotations

import difflib
import getpass
import os
import sys
from typing import Annotated

import typer

from mem.cli import common, render
from mem.cli.common import JsonOption, PlainOption, YesOption, confirm, stdin_is_piped
from mem.config import Config
from mem.errors import ConfigError, InputError
from mem.keys import KeyStore
from mem.text import shorten

keys = typer.Typer(help="Keep the keys of remote models.", invoke_without_command=True, no_args_is_help=False)
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="A provider such as openai, the host of api_base, or the name in api_key_env.")
]
PLACES = {"keyring": "in the system's keyring", "file": "in a file for you alone"}


@keys.callback()
def main(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """Keep the keys of remote models."""
    if context.invoked_subcommand is None:
        _list(common.config(context), json=json, plain=plain)


@keys.command("list")
def list_(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """Which keys there are, and where; never a key."""
    _list(common.config(context), json=json, plain=plain)


@keys.command("set")
def set_(
    context: typer.Context,
    name: NameArgument,
    rest: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    file: Annotated[bool, typer.Option("--file", help="Keep it in a file, also where there is a keyring.")] = False,
) -> None:
    """Keep a key: typed unseen, or from stdin."""
    if rest:
        told = "a key given as an argument stays in your shell's history and in the list of processes"
        raise InputError(f"{told}; nothing was stored: mem keys set {name} asks for it, or: mem keys set {name} < FILE")
    settings = common.config(context)
    place = KeyStore(settings.paths).set(name, read_secret(f"Key for {name} (not shown): "), in_file=file)
    where = f"{PLACES[place]}{f', {KeyStore(settings.paths).file}' if place == 'file' else ''}"
    render.narrate(f"kept the key {name} {where}; {_used_for(name, settings)}")


@keys.command("rm")
def remove(context: typer.Context, name: NameArgument, yes: YesOption = False) -> None:
    """Remove a key."""
    store = KeyStore(common.config(context).paths)
    asks = f"mem keys rm asks before it removes the key {shorten(name, 40)}"
    if any(key.name == name for key in store.list()) and not confirm(f"Remove the key {name}?", yes=yes, asks=asks):
        render.narrate("nothing was changed")
        raise typer.Exit(1)
    render.narrate(f"removed the key {name}, which was {PLACES[store.remove(name)]}")


def read_secret(question: str) -> str:
    """What is typed unseen, or the first line of what is piped in."""
    if stdin_is_piped():
        lines = common.read_stdin().strip().splitlines()
        if len(lines) > 1:
            raise InputError("a key is one line, and more came from stdin; nothing was stored")
        return lines[0] if lines else ""
    try:
        return getpass.getpass(question, stream=sys.stderr)
    except (KeyboardInterrupt, EOFError):
        render.narrate("")
        raise KeyboardInterrupt("nothing was stored") from None


def _list(settings: Config, *, json: bool, plain: bool) -> None:
    from mem.models.remote_keys import keyed_providers

    try:
        stored = KeyStore(settings.paths).list()
    except ConfigError as error:
        raise ConfigError(f"{error}; those in the environment are used as before") from error
    rows: list[tuple[str, str, str]] = [(key.name, key.place, _used_for(key.name, settings)) for key in stored]
    rows += [(name, "environment", f"{variable} is set") for name, variable in keyed_providers(os.environ)]
    if json:
        render.as_json([{"name": name, "place": place, "note": note} for name, place, note in rows])
    elif plain:
        render.plain(rows)
    elif rows:
        render.table(["name", "kept in", ""], rows)
    else:
        render.narrate("there is no key yet, and none is needed for a model on this machine; to keep one: mem keys set openai")


def _used_for(name: str, settings: Config) -> str:
    """When a key of this name is sent, and to whom."""
    from mem.models.catalog import PROVIDERS

    if name == settings.api_key_env:
        return "used where api_key_env names it"
    if name in PROVIDERS:
        return f"sent to {name} alone, once a model of it is chosen: mem models use {name}/MODEL"
    if "." in name or ":" in name or name == "localhost":
        return f"sent to {name} alone, where api_base is there"
    near = difflib.get_close_matches(name.casefold(), sorted(PROVIDERS), n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"no provider is called so{hint}; used where api_key_env = {name}"
