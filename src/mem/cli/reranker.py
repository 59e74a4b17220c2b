"""`mem models reranker`: an optional model that reads what was found again and sorts it."""

from __future__ import annotations

from typing import Annotated

import typer

from mem.cli import common, render
from mem.cli.common import JsonOption, open_assistant
from mem.cli.config_file import save_setting

reranker = typer.Typer(help="Show and change the model that sorts what was found.", invoke_without_command=True)


@reranker.callback()
def main(context: typer.Context, json: JsonOption = False) -> None:
    """Show and change the model that sorts what was found."""
    if context.invoked_subcommand is not None:
        return
    settings = common.config(context)
    if json:
        render.as_json({"reranker": settings.reranker, "source": settings.sources.get("reranker", "default")})
    elif settings.reranker:
        render.item(settings.reranker, f"sorts what was found ({settings.sources['reranker']})")
    else:
        render.answer("off: what was found is sorted by its own scores")


@reranker.command("use")
def use(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="A CrossEncoder of this machine, or its folder.")],
    force: Annotated[bool, typer.Option("--force", help="Also where it does not find more of your memory.")] = False,
) -> None:
    """Sort with a CrossEncoder, if it finds more of your memory than without."""
    from mem.evaluation.adoption import adopt, compare_retrievers
    from mem.models.embedder import full_name
    from mem.models.reranker import OFF, check_reranker

    name = full_name(name)
    if name in OFF:
        off(context)
        return
    with open_assistant(context) as present, open_assistant(context, reranker=name) as with_it:
        loaded = with_it.reranker
        assert loaded is not None, name
        check_reranker(loaded)
        told = adopt(
            "reranker",
            name,
            better=lambda: compare_retrievers(present.database, present.fact_store, present.retriever, with_it.retriever),
            force=force,
        )
        save_setting(present.config.paths, "reranker", name)
        present.notify(told)
    render.answer(f"{name} is used from now on, by what is started after this")


@reranker.command("off")
def off(context: typer.Context) -> None:
    """Sort by the scores of the search itself."""
    save_setting(common.config(context).paths, "reranker", "")
    render.answer("no re-ranker is used from now on")
