"""`mem chat`: the conversation that goes on where it stopped."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from mem.assistant import Assistant
from mem.cli.common import IncognitoOption, ReadMemoryOption, check_incognito, options, settings_of, start_detached
from mem.config import Config
from mem.errors import InputError


class ChatCommand(TyperCommand):
    """`--resume` may stand alone, which means the newest session."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As typer does, once what may be left out stands there."""
        for place in range(len(args), 0, -1):
            named = args[place - 1] in ("--resume", "-r") and "--" not in args[:place]
            if named and (place == len(args) or args[place].startswith("-")):
                args = [*args[:place], "last", *args[place:]]
        return super().parse_args(ctx, args)


def chat(
    context: typer.Context,
    message: Annotated[
        list[str] | None, typer.Argument(metavar="[FIRST MESSAGE]", help="Sent before the first prompt.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", "-r", metavar="[ID]", help="Go on in this session; in the newest without an ID.")
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", "-f", metavar="FILE", help="Text, markdown or PDF for the first message; - is stdin."),
    ] = None,
    system: Annotated[str, typer.Option("--system", metavar="TEXT", help="More instructions, for this conversation.")] = "",
    persona: Annotated[str, typer.Option("--persona", metavar="TEXT", help="Who mem is, in this conversation.")] = "",
    no_memory: Annotated[
        bool, typer.Option("--no-memory", help="Recall nothing and learn nothing; the conversation itself is kept.")
    ] = False,
    incognito: IncognitoOption = False,
    read_memory: ReadMemoryOption = False,
) -> None:
    """Talk; what you say is remembered."""
    from mem.cli.given_files import STDIN, given_files, type_at_the_terminal
    from mem.cli.repl.conversation import Manner
    from mem.cli.repl.loop import run_chat

    check_incognito(incognito, read_memory, resume)
    if no_memory and read_memory:
        raise InputError("--no-memory and --read-memory contradict each other")
    first = " ".join(message or []).strip()
    files = given_files(file or [])
    if STDIN in (file or []):
        type_at_the_terminal()
    manner = Manner(
        incognito=incognito,
        system=system,
        persona=persona,
        use_memory=not no_memory,
        files=tuple(files),
        quiet=options(context).quiet,
        verbose=options(context).verbose,
    )
    with settings_of(context, incognito=incognito, read_memory=read_memory) as settings:
        code = run_chat(
            lambda notices: Assistant(settings, notify=notices.post, on_saved=notices.saved, on_waiting=notices.waiting),
            first=first,
            session=resume,
            manner=manner,
            at_end=lambda: None if incognito else _consolidate_later(settings),
        )
    raise typer.Exit(code)


def _consolidate_later(settings: Config) -> None:
    if settings.consolidate == "auto":
        start_detached(settings.profile, ["consolidate", "--idle"])
