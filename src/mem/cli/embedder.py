"""`mem models embedder`: which model searches by meaning, and the change to another one while the old one answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import render
from mem.cli.common import JsonOption, open_assistant, options, start_detached
from mem.errors import InputError
from mem.text import number

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.embedder_switch import Candidate, EmbedderStatus
    from mem.stores.embedder_choices import EmbedderChoice
    from mem.stores.episodes import EpisodeIndex

embedder = typer.Typer(help="Show and change the model that searches by meaning.", invoke_without_command=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME|PATH", help="A sentence-transformers model, or its folder.")]


@embedder.callback()
def main(context: typer.Context, json: JsonOption = False) -> None:
    """Show and change the model that searches by meaning."""
    if context.invoked_subcommand is not None:
        return
    with open_assistant(context) as assistant:
        status = assistant.embedder_switch.status()
    if json:
        render.as_json(status)
    else:
        _show(status)


@embedder.command("use")
def use(
    context: typer.Context,
    name: NameArgument,
    query_prefix: Annotated[str, typer.Option("--query-prefix", metavar="TEXT", help="Put before each query.")] = "",
    passage_prefix: Annotated[str, typer.Option("--passage-prefix", metavar="TEXT", help="Put before each memory.")] = "",
    download: Annotated[bool, typer.Option("--download", help="Fetch it from the hub if it is not here.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also where it finds less of your memory.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--background", help="Wait for it, or let it be done meanwhile.")] = True,
) -> None:
    """Build the search index anew with another embedder, then use that; the old one answers until then."""
    with open_assistant(context) as assistant:
        switch = assistant.embedder_switch
        candidate = switch.open(name, query_prefix=query_prefix, passage_prefix=passage_prefix, download=download)
        if not wait:
            if switch.status().running:
                raise InputError("the embedder is being changed already; nothing was done: see mem models embedder")
            _start(context, assistant.config.profile, candidate.choice, force=force)
            render.narrate("the index is built anew in the background; see how far it is with: mem models embedder")
            return
        documents = _switch(context, assistant, candidate, force=force)
    were = "was" if documents == 1 else "were"
    render.answer(f"{candidate.choice.embedder} is used from now on; {number(documents, 'texts')} {were} embedded with it")


def _switch(context: typer.Context, assistant: Assistant, candidate: Candidate, *, force: bool) -> int:
    def approve(index: EpisodeIndex) -> None:
        from mem.evaluation.adoption import adopt, compare_embedder

        parts = assistant.database, assistant.rows, assistant.fact_store, lambda: assistant.retriever
        told = adopt(
            "embedder",
            candidate.choice.embedder,
            better=lambda: compare_embedder(*parts, index=index, embedder=candidate.embedder),
            force=force,
        )
        assistant.notify(told)

    try:
        if sys.stderr.isatty() and not options(context).quiet:
            with render.progress("embedding") as advance:
                return assistant.embedder_switch.to(candidate, progress=advance, approve=approve)
        return assistant.embedder_switch.to(candidate, approve=approve)
    except KeyboardInterrupt:
        assistant.notify("the embedder stays as it was; the same command goes on where this one stopped")
        raise


def _start(context: typer.Context, profile: str, choice: EmbedderChoice, *, force: bool) -> None:
    """The same command, waiting, in a process of its own that outlives this one; it writes down why it failed."""
    prefixes = [f"--query-prefix={choice.query_prefix}", f"--passage-prefix={choice.passage_prefix}"]
    start_detached(profile, ["models", "embedder", "use", *prefixes, *["--force"] * force, "--", choice.embedder])


def _show(status: EmbedderStatus) -> None:
    used = status.used or status.settings
    texts = number(status.documents, "texts")
    known = f"the index of {texts} was made with it" if status.used else "nothing was indexed with it yet"
    render.item(used.embedder, f"searches by meaning; {known}", *_details(used, status.fingerprint))
    if status.used and status.used != status.settings:
        render.item(status.settings.embedder, "is what the settings say; take it into use with: mem reindex")
    switch = status.switch
    if switch is None:
        return
    done = f"{switch.done:,} of {switch.total:,} texts" if switch.total else "no text yet"
    if switch.state == "failed":
        told = f"was not taken: {switch.reason}"
    elif status.running:
        told = f"is to be next: {done} embedded"
    else:
        told = f"was to be next, and was interrupted ({done} embedded); go on with: mem models embedder use"
    render.item(switch.to.embedder, told)


def _details(choice: EmbedderChoice, fingerprint: str) -> list[str]:
    prefixes = (("query prefix", choice.query_prefix), ("passage prefix", choice.passage_prefix))
    return [f"{name}: {text!r}" for name, text in prefixes if text] + ([fingerprint] if fingerprint else [])
