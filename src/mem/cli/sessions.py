"""`mem sessions`: the conversations, and what was said in them."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, PlainOption, existing_name, open_assistant

if TYPE_CHECKING:
    from mem.assistant import Assistant

DEFAULT_LIMIT = 20
sessions = typer.Typer(help="List conversations, or show one.", invoke_without_command=True, no_args_is_help=False)


@sessions.callback()
def main(context: typer.Context, json: JsonOption = False, plain: PlainOption = False) -> None:
    """List conversations, or show one."""
    if context.invoked_subcommand is None:
        with open_assistant(context) as assistant:
            list_sessions(assistant, limit=DEFAULT_LIMIT, json=json, plain=plain)


@sessions.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="N", min=1, max=1_000_000, help="At most so many.")
    ] = DEFAULT_LIMIT,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """The newest conversations first."""
    with open_assistant(context) as assistant:
        list_sessions(assistant, limit=limit, json=json, plain=plain)


@sessions.command("show")
def show(
    context: typer.Context,
    session: Annotated[str, typer.Argument(metavar="ID", help="The session's id; `last` is the newest.")],
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """What was said in a conversation."""
    with open_assistant(context) as assistant:
        show_session(assistant, session, json=json, plain=plain)


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
    session, messages = assistant.session_messages(existing_name(id, "s", "mem sessions"))
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
                render.answer("    (no answer came)", style="dim")
