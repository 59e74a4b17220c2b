"""`mem models`: which chat models there are, which one is used and why, and how to get a better one."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import common, render
from mem.cli.common import JsonOption, PlainOption, YesOption, check_name, confirm, open_assistant, options
from mem.cli.config_file import save_setting
from mem.cli.embedder import embedder
from mem.cli.reranker import reranker
from mem.cli.status_line import StatusLine
from mem.config import Config
from mem.errors import InputError, ModelMissing, NotFound

if TYPE_CHECKING:
    from mem.models.catalog import ModelChoice

models = typer.Typer(help="List, fetch and choose chat models.", invoke_without_command=True, no_args_is_help=False)
NameArgument = Annotated[
    str | None, typer.Argument(metavar="NAME", help="A model, as `mem models` lists it; without it, the one that is used.")
]
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
def info(
    context: typer.Context,
    name: NameArgument = None,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """A model: where it is, its size, checksum, licence, key, and how much of it runs on a GPU."""
    from mem.cli.model_details import describe_model, show_model

    settings = common.config(context)
    if name is not None:
        check_name(name, settings, NotFound)
    with StatusLine("looking at the model…", quiet=options(context).quiet):
        found = describe_model(settings, name)
    if json:
        render.as_json(found)
    elif plain:
        render.plain([key, value] for key, value in found.items() if value not in ("", None, 0))
    else:
        show_model(found)


@models.command("pull")
def pull(
    context: typer.Context,
    source: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="A listed name, hf:OWNER/REPO/FILE.gguf, or an address.")
    ] = None,
    sha256: Annotated[str | None, typer.Option("--sha256", metavar="HEX", help="What the file's checksum must be.")] = None,
    yes: YesOption = False,
) -> None:
    """Fetch a model file, resumed and checked."""
    if not source:
        raise InputError(_which_to_pull())
    from mem.cli.model_details import fetch

    path = fetch(common.config(context), " ".join(source), sha256=sha256, yes=yes, quiet=options(context).quiet)
    render.answer(str(path))
    render.narrate(f"use it with: mem models use {path.stem}")


@models.command("rm")
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A pulled model, as `mem models` lists it.")],
    yes: YesOption = False,
) -> None:
    """Remove the file of a model that was pulled."""
    from mem.models.catalog import remove_model, resolve_model

    settings = common.config(context)
    check_name(name, settings, NotFound)
    choice = resolve_model(name, settings.paths.models)
    if choice.path is None or choice.path.parent != settings.paths.models:
        raise InputError(f"{name} was not pulled, so there is no file of it to remove; see: mem models list")
    asks = f"mem models rm asks before it removes {choice.path}"
    if not confirm(f"Remove {choice.path} ({render.size(choice.size_bytes)})?", yes=yes, asks=asks):
        render.narrate("nothing was changed")
        raise typer.Exit(1)
    remove_model(choice.path)
    render.answer(f"removed {choice.path}")
    if settings.model in (name, choice.path.name, choice.path.stem):
        render.narrate("it was the one that is used; choose another: mem models use starter")


@models.command("default")
def default(context: typer.Context, name: NameArgument = None, json: JsonOption = False) -> None:
    """Which model is used; with NAME, the same as use."""
    if name is not None:
        choose(context, name)
        return
    settings = common.config(context)
    if json:
        render.as_json({"model": settings.model, "source": _source(settings)})
    else:
        render.answer(settings.model)


@models.command("use")
def use(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="A model, as `mem models` lists it.")]
) -> None:
    """Make a model the one that is used."""
    choose(context, name)


def choose(context: typer.Context, name: str) -> None:
    """Makes `name` the model of the settings, and says what it still needs."""
    from mem.models.catalog import resolve_model
    from mem.models.remote_keys import find_key

    settings = common.config(context)
    check_name(name, settings, InputError)
    choice = resolve_model(name, settings.paths.models)
    save_setting(settings.paths, "model", name)
    render.narrate(f"model = {choice.name} ({choice.why})")
    if choice.kind == "remote" and (key := find_key(replace(settings, model=name), os.environ)).remedy:
        render.narrate(f"no key for it is found; give it one: {key.remedy}")


def _list(context: typer.Context, *, json: bool, plain: bool) -> None:
    from mem.models.catalog import list_models
    from mem.models.remote_keys import keyed_providers

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
    rows = [[mark, c.name, c.kind, render.size(c.size_bytes), c.why] for mark, c in zip(marks, found, strict=True)]
    if plain:
        render.plain(rows)
    else:
        render.table(["", "model", "kind", "size", ""], rows)
    render.narrate(problem or f"used: {settings.model} ({_source(settings)}); change it with: mem models use NAME")
    for provider, variable in keyed_providers(os.environ):
        if not settings.model.startswith(f"{provider}/"):
            render.narrate(f"{variable} is set, and not used unless a model of {provider} is: mem models use {provider}/NAME")


def _which_to_pull() -> str:
    """The question which model, with one that fits this machine."""
    from mem.models.hardware import ask_llama, look_at_machine, suggested

    found = suggested(look_at_machine(), ask_llama())
    fitting = f"for this machine: mem models pull {found.name} ({render.size(found.size_bytes)})" if found else ""
    return f"which one? {fitting or 'none fits this machine well'}; all: mem models list"


def _is_used(choice: ModelChoice, used: ModelChoice | None) -> bool:
    return used is not None and (choice.name, choice.path) == (used.name, used.path)


def _described(choice: ModelChoice) -> dict[str, object]:
    return {"name": choice.name, "kind": choice.kind, "path": choice.path, "size_bytes": choice.size_bytes, "why": choice.why}


def _source(settings: Config) -> str:
    return settings.sources.get("model", "default")
