"""`mem sessions`: the conversations, and what was said in them."""

from __future__ import annotations

import sys
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, PlainOption, YesOption, existing_name, open_assistant, options
from mem.cli.forget import DryRunOption, carry_out
from mem.errors import InputError, NotFound
from mem.text import accept, shorten

if TYPE_CHECKING:
    from mem.assistant import Assistant

DEFAULT_LIMIT = 20
LISTED_BY = "mem sessions"
HELP = "List, search, name, export and delete conversations."
sessions = typer.Typer(help=HELP, invoke_without_command=True, no_args_is_help=False)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The session's id; `last` is the newest.")]
LimitOption = Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=1_000_000, help="At most so many.")]


class Format(StrEnum):
    """How a conversation is written."""

    md = "md"
    json = "json"


@sessions.callback()
def main(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """List, search, name, export and delete conversations."""
    if context.invoked_subcommand is None:
        with open_assistant(context) as assistant:
            list_sessions(assistant, limit=DEFAULT_LIMIT, json=json, plain=plain)


@sessions.command("list")
def list_(
    context: typer.Context, limit: LimitOption = DEFAULT_LIMIT, json: JsonOption = False, plain: PlainOption = False
) -> None:
    """The newest conversations first."""
    with open_assistant(context) as assistant:
        list_sessions(assistant, limit=limit, json=json, plain=plain)


@sessions.command("show")
def show(context: typer.Context, session: IdArgument, json: JsonOption = False, plain: PlainOption = False) -> None:
    """What was said in a conversation."""
    with open_assistant(context) as assistant:
        show_session(assistant, session, json=json, plain=plain)


@sessions.command("search")
def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What was said, or a word of the title.")],
    limit: LimitOption = DEFAULT_LIMIT,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Conversations that have these words, the newest first, then those that are about the same."""
    asked = accept(" ".join(words), what="the search")
    with open_assistant(context) as assistant:
        found = assistant.search_sessions(asked.split(), limit=limit)
    if json:
        render.as_json(found)
    elif plain:
        render.plain([one.session.id, one.session.last_at, one.session.turns, one.session.title, one.text] for one in found)
    for one in () if json or plain else found:
        render.item(one.session.id, f"{lines.when(one.session.last_at)}  {one.session.title}", one.text)
    if not found:
        raise NotFound(f"in no conversation was said: {shorten(asked, 80)}; what was filed is searched by: mem recall")


@sessions.command("rename")
def rename(
    context: typer.Context,
    session: IdArgument,
    title: Annotated[list[str], typer.Argument(metavar="TITLE", help="What it is called from now on.")],
) -> None:
    """Give a conversation a title of your own."""
    name = accept(" ".join(title), what="the title")
    with open_assistant(context) as assistant:
        renamed = assistant.rename_session(existing_name(session, "s", LISTED_BY), name)
    render.answer(f"{renamed.id} is called: {renamed.title}")


@sessions.command("delete")
def delete(
    context: typer.Context, session: IdArgument, yes: YesOption = False, dry_run: DryRunOption = False, json: JsonOption = False
) -> None:
    """Remove a conversation for good, with what was learned from it alone."""
    with open_assistant(context) as assistant:
        id = assistant.messages.session(existing_name(session, "s", LISTED_BY)).id
        carry_out(assistant, assistant.forgetting.plan_where(session=id), name=id, yes=yes, dry_run=dry_run, json=json)


@sessions.command("export")
def export(
    context: typer.Context,
    session: IdArgument,
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="The same as --output FILE.")] = None,
    format: Annotated[Format, typer.Option("--format", metavar="FORM", help="md or json.")] = Format.md,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="A file that is not there yet; - is stdout.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write a conversation as markdown, or as JSON."""
    from mem.cli.session_export import session_json, session_markdown, write_new

    if file is not None and output is not None:
        raise InputError("two files were given; nothing was written: give one of them")
    output = file or output or "-"
    format = Format.json if json else format
    with open_assistant(context) as assistant:
        found = assistant.session_messages(existing_name(session, "s", LISTED_BY))
    if output == "-" and format is Format.json:
        render.as_json({"session": found[0], "messages": found[1]})
        return
    if output == "-":
        sys.stdout.write(session_markdown(*found))
        return
    path = write_new(Path(output), session_json(*found) if format is Format.json else session_markdown(*found))
    if not options(context).quiet:
        render.narrate(f"wrote {path}; it is yours to keep: mem forget does not reach it")


def list_sessions(assistant: Assistant, *, limit: int, json: bool, plain: bool) -> None:
    """Prints the newest sessions first."""
    found = assistant.sessions(limit=limit)
    if json:
        render.as_json(found)
    elif plain:
        render.plain([session.id, session.last_at, session.turns, session.title] for session in found)
    elif found:
        rows = [[session.id, lines.when(session.last_at), session.turns, session.title] for session in found]
        render.table(["id", "last", "turns", "begins with"], rows)
    else:
        render.narrate("there is no session yet; start with: mem chat")


def show_session(assistant: Assistant, id: str, *, json: bool, plain: bool) -> None:
    """Prints a session with all that was said in it."""
    session, messages = assistant.session_messages(existing_name(id, "s", LISTED_BY))
    if json:
        render.as_json({"session": session, "messages": messages})
    elif plain:
        render.plain([message.id, message.turn, message.created_at, message.role, message.text] for message in messages)
    else:
        render.item(session.id, f"{lines.when(session.started_at)}  {lines.counted({'turns': session.turns})}  {session.title}")
        for message, after in zip_longest(messages, messages[1:]):
            mark = "  (interrupted)" if message.interrupted else ""
            render.item("you" if message.role == "user" else "mem", f"{message.turn}{mark}", message.text)
            if message.role == "user" and (after is None or after.role == "user"):
                render.answer("    (no answer)", style="dim")
