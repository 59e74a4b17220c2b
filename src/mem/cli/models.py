"""`mem models`: which chat models there are, which one is used and why, and how to get a better one."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import common, render
from mem.cli.common import JsonOption, PlainOption, open_assistant, options
from mem.cli.config_file import save_setting
from mem.cli.embedder import embedder
from mem.cli.reranker import reranker
from mem.config import Config
from mem.errors import ModelMissing

if TYPE_CHECKING:
    from mem.models.catalog import ModelChoice

models = typer.Typer(help="List, fetch and choose chat models.", invoke_without_command=True, no_args_is_help=False)
models.add_typer(embedder, name="embedder")
models.add_typer(reranker, name="reranker")


@models.callback()
def main(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """List, fetch and choose chat models."""
    if context.invoked_subcommand is None:
        _list(context, json=json, plain=plain)


@models.command("list")
def list_(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """What there is, what is used and why, what can be pulled."""
    _list(context, json=json, plain=plain)


@models.command("info")
def info(context: typer.Context, json: JsonOption = False) -> None:
    """The model that is used, and which setting chose it."""
    from mem.models.catalog import resolve_model

    settings = common.config(context)
    choice = resolve_model(settings.model, settings.paths.models)
    if json:
        render.as_json({**_described(choice), "setting": settings.model, "source": _source(settings)})
        return
    render.item(choice.name, f"{choice.kind}, {choice.why}")
    if choice.path:
        render.answer(f"    {choice.path} ({_size(choice.size_bytes)})")
    if choice.kind == "remote":
        render.answer(f"    {settings.api_base or 'the usual address of its provider'}; what you say is sent there")
    render.answer(f"    chosen by model = {settings.model} ({_source(settings)})")


@models.command("pull")
def pull(
    context: typer.Context,
    source: Annotated[
        list[str], typer.Argument(metavar="SOURCE", help="A listed name, hf:OWNER/REPO/FILE.gguf, or an address.")
    ],
    sha256: Annotated[str | None, typer.Option("--sha256", metavar="HEX", help="What the file's checksum must be.")] = None,
) -> None:
    """Fetch a model file, resumed and checked."""
    from mem.models.pull import pull_model

    settings, name = common.config(context), " ".join(source)
    if sys.stderr.isatty() and not options(context).quiet:
        with render.progress(name[:60], of_bytes=True) as advance:
            path = pull_model(name, settings.paths.models, sha256=sha256, progress=advance)
    else:
        path = pull_model(name, settings.paths.models, sha256=sha256)
    render.answer(str(path))
    render.narrate(f"use it with: mem models use {path.stem}")


@models.command("use")
def use(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="A model, as `mem models` lists it.")]
) -> None:
    """Make a model the one that is used."""
    from mem.models.catalog import resolve_model
    from mem.models.remote_keys import find_key

    settings = common.config(context)
    choice = resolve_model(name, settings.paths.models)
    save_setting(settings.paths, "model", name)
    render.narrate(f"model = {choice.name} ({choice.why})")
    if choice.kind == "remote" and (key := find_key(replace(settings, model=name), os.environ)).remedy:
        render.narrate(f"no key for it is found; give it one: {key.remedy}")


def _list(context: typer.Context, *, json: bool, plain: bool) -> None:
    from mem.models.catalog import list_models

    with open_assistant(context) as assistant:
        settings = assistant.config
        try:
            used, problem = assistant.model_choice, ""
        except ModelMissing as error:
            used, problem = None, str(error)
    found = list_models(settings.paths.models)
    if used is not None and all((choice.name, choice.path) != (used.name, used.path) for choice in found):
        same = [choice for choice in found if choice.path and choice.path == used.path]
        found = [used, *(choice for choice in found if choice not in same)]
    if json:
        described = [{**_described(choice), "used": _is_used(choice, used)} for choice in found]
        render.as_json({"models": described, "setting": settings.model, "source": _source(settings), "problem": problem})
        return
    marks = ["*" if _is_used(choice, used) else "" for choice in found]
    rows = [[mark, c.name, c.kind, _size(c.size_bytes), c.why] for mark, c in zip(marks, found, strict=True)]
    if plain:
        render.plain(rows)
    else:
        render.table(["", "model", "kind", "size", ""], rows)
    render.narrate(problem or f"used: {settings.model} ({_source(settings)}); change it with: mem models use NAME")


def _is_used(choice: ModelChoice, used: ModelChoice | None) -> bool:
    return used is not None and (choice.name, choice.path) == (used.name, used.path)


def _described(choice: ModelChoice) -> dict[str, object]:
    return {"name": choice.name, "kind": choice.kind, "path": choice.path, "size_bytes": choice.size_bytes, "why": choice.why}


def _source(settings: Config) -> str:
    return settings.sources.get("model", "default")


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else (f"{size_bytes / 1e6:.0f} MB" if size_bytes else "")
