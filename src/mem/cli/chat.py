"""`mem chat`: the conversation that goes on where it stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from mem.assistant import Assistant
from mem.cli.common import IncognitoOption, ReadMemoryOption, check_incognito, options, settings_of, start_detached
from mem.config import Config


def chat(
    context: typer.Context,
    message: Annotated[
        list[str] | None, typer.Argument(metavar="[FIRST MESSAGE]", help="Sent before the first prompt.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", "-r", metavar="ID", help="Go on in this session; `--resume last`: in the newest.")
    ] = None,
    incognito: IncognitoOption = False,
    read_memory: ReadMemoryOption = False,
) -> None:
    """Talk; what you say is remembered."""
    from mem.cli.repl.loop import run_chat

    check_incognito(incognito, read_memory, resume)
    with settings_of(context, incognito=incognito, read_memory=read_memory) as settings:
        code = run_chat(
            lambda notices: Assistant(settings, notify=notices.post, on_saved=notices.saved, on_waiting=notices.waiting),
            first=" ".join(message or []).strip(),
            session=resume,
            quiet=options(context).quiet,
            verbose=options(context).verbose,
            incognito=incognito,
            at_end=lambda: None if incognito else _consolidate_later(settings),
        )
    raise typer.Exit(code)


def _consolidate_later(settings: Config) -> None:
    if settings.consolidate == "auto":
        start_detached(settings.profile, ["consolidate", "--idle"])
