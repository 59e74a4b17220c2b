"""`mem config`: the settings, where each one comes from, and how to change one."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import fields
from typing import Annotated, Any

import typer

from mem.cli import common, render
from mem.cli.common import JsonOption, PlainOption
from mem.cli.config_file import replace_file, save_setting
from mem.cli.exit_codes import USAGE
from mem.config import Config, load_config, near_settings, setting_names
from mem.errors import ConfigError, InputError
from mem.paths import Paths
from mem.text import shorten

SHORT_SOURCES = {"environment": "environment", "flag": "flag", "": "default"}
config = typer.Typer(help="Show and change settings.", invoke_without_command=True, no_args_is_help=False)


@config.callback()
def main(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """Show and change settings."""
    if context.invoked_subcommand is None:
        _show(common.config(context), json=json, plain=plain)


@config.command("path")
def path() -> None:
    """Where the config file is (it need not exist)."""
    render.answer(str(Paths.find(os.environ).config_file))


@config.command("get")
def get(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="A setting.")], json: JsonOption = False
) -> None:
    """The value of one setting."""
    _require(name)
    value = getattr(common.config(context), name)
    if json:
        render.as_json(value)
    else:
        render.answer(_written(value))


@config.command("set")
def set_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A setting.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value.")],
) -> None:
    """Change one setting in the config file; its comments stay."""
    saved = save_setting(Paths.find(os.environ), name, value)
    render.narrate(f"{name} = {_written(saved)}")


@config.command("check")
def check(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """Look for what is wrong with the settings, or contradicts itself."""
    from mem.cli.config_check import check_settings

    checks = check_settings(common.config(context, strict=False))
    if json:
        render.as_json(checks)
    elif plain:
        render.plain(["ok" if one.ok else "problem", one.name, one.detail, one.remedy] for one in checks)
    for one in () if json or plain else checks:
        render.item("ok     " if one.ok else "problem", f"{one.name}: {one.detail}")
        if one.remedy:
            render.answer(f"           {one.remedy}")
    if any(not one.ok for one in checks):
        raise typer.Exit(USAGE)


@config.command("edit")
def edit() -> None:
    """Open the config file in your editor, and check it afterwards."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError("there is no terminal to edit on; use: mem config set NAME VALUE")
    file = Paths.find(os.environ).config_file
    if not file.exists():
        replace_file(file, _template())
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        finished = subprocess.run([*shlex.split(editor), str(file)], check=False)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot run the editor {editor!r} ({error}); set EDITOR, or: mem config set NAME VALUE") from error
    if finished.returncode:
        raise InputError(f"the editor {editor!r} ended with {finished.returncode}; look at {file}")
    file.chmod(0o600)
    load_config({key: value for key, value in os.environ.items() if key == "MEM_HOME"})
    render.narrate(f"{file} is valid")


def _show(found: Config, *, json: bool, plain: bool) -> None:
    meanings = {entry.name: entry.metadata["meaning"] for entry in fields(Config) if "meaning" in entry.metadata}
    names = setting_names()
    if json:
        described = [(name, getattr(found, name), _source(found, name), meanings[name]) for name in names]
        render.as_json([dict(zip(("name", "value", "source", "meaning"), row, strict=True)) for row in described])
        return
    rows = [[name, _written(getattr(found, name)), _source(found, name), meanings[name]] for name in names]
    if plain:
        render.plain(rows)
    else:
        for name, value, source, meaning in rows:
            render.item(name, f"= {value or '(empty)'}  ({source})", meaning)


def _source(found: Config, name: str) -> str:
    return SHORT_SOURCES.get(found.sources.get(name, ""), "file")


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _require(name: str) -> None:
    if name not in setting_names():
        raise ConfigError(f"there is no setting {shorten(name, 40)!r}{near_settings(name)}; `mem config` lists them")


def _template() -> str:
    settings = (entry for entry in fields(Config) if "meaning" in entry.metadata)
    lines = (f"# {entry.metadata['meaning']}\n# {entry.name} = {_toml(entry.default)}\n" for entry in settings)
    return "# Settings of mem. Remove the # before a setting to change it.\n\n" + "\n".join(lines)


def _toml(value: Any) -> str:
    return _written(value) if isinstance(value, bool | int | float) else f'"{value}"'
