"""`mem forget`: preview, confirm, gone, and a receipt."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, PlainOption, YesOption, confirm, open_assistant, options, typed
from mem.cli.progress import Waiting
from mem.errors import InputError
from mem.records import ForgetPlan

if TYPE_CHECKING:
    from mem.assistant import Assistant

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")]
SURE = "Remove this for good?"
GRACE = re.compile(r"(\d{1,3}) ?(m|min|minutes?|h|hours?|d|days?)")
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
ONE_WAY = (
    "say in one way what should be forgotten: ids (mem forget e3 f5), words, --session, --entity, --since and --until, "
    "--from-import, or --all; nothing was changed"
)


def forget(
    context: typer.Context,
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID|WORDS", help="Ids such as e3 f5, or words to search for; with --all: the profile."),
    ] = None,
    session: Annotated[str | None, typer.Option("--session", "-s", metavar="ID", help="All of a session, or last.")] = None,
    entity: Annotated[str | None, typer.Option("--entity", metavar="NAME", help="All about somebody or something.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="WHEN", help="All from then on.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="All up to then.")] = None,
    from_import: Annotated[
        str | None, typer.Option("--from-import", metavar="FILE", help="All that was remembered from a file; - reads stdin.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that the profile holds; asks for its name.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="What was forgotten, and is not learned again.")] = False,
    lift: Annotated[str | None, typer.Option("--lift", metavar="ID", help="Let it be learned again (ids from --list).")] = None,
    grace: Annotated[
        str | None, typer.Option("--grace", metavar="TIME", help="Not before so long: 10m, 2h, 3d; mem undo calls it off.")
    ] = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Remove memories and facts for good."""
    text = " ".join(what or []).strip()
    if not text and what:
        raise InputError("what should be forgotten? Give ids (mem forget e3 f5) or words; nothing was changed")
    named = (session, entity, from_import, lift)
    if sum([bool(text) or everything, bool(since or until), list_, *(name is not None for name in named)]) != 1:
        raise InputError(ONE_WAY)
    with open_assistant(context) as assistant:
        if list_:
            _list(assistant, json=json, plain=plain)
        elif lift is not None:
            assistant.tombstone_store.lift(lift)
            render.answer(f"lifted {lift}: it may be learned again")
        else:
            by = {"session": session, "entity": entity, "since": since, "until": until, "imported": _file(from_import)}
            later = _time_of(grace)
            plan = _plan(assistant, what or [], by, everything=everything)
            quiet = options(context).quiet
            carry_out(assistant, plan, name=text, yes=yes, dry_run=dry_run, json=json, quiet=quiet, later=later)


def _time_of(grace: str | None) -> timedelta | None:
    if grace is None:
        return None
    match = GRACE.fullmatch(grace.strip().lower())
    if match is None:
        raise InputError(f"--grace {grace!r} is no time such as 10m, 2h or 3d; nothing was changed")
    return timedelta(**{UNITS[match[2][0]]: int(match[1])})


def _file(name: str | None) -> str | None:
    """What the file says that something was remembered from."""
    if name is None:
        return None
    from mem.cli.given_files import given_files

    try:
        return given_files([name])[0].text
    except InputError as error:
        raise InputError(str(error).replace("nothing was sent", "nothing was changed")) from error


def _plan(assistant: Assistant, what: list[str], by: dict[str, str | None], *, everything: bool) -> ForgetPlan:
    if everything:
        if what and what != [assistant.config.profile]:
            raise InputError(f"--all goes with the profile's name, {assistant.config.profile}; nothing was changed")
        return assistant.forgetting.plan_everything()
    if not what:
        return assistant.forgetting.plan_where(**by)
    ids = lines.ids_or_none(what)
    return assistant.plan_forget(ids) if ids else assistant.plan_forget_query(" ".join(what).strip())


def carry_out(
    assistant: Assistant,
    plan: ForgetPlan,
    *,
    name: str,
    yes: bool,
    dry_run: bool,
    json: bool,
    quiet: bool = False,
    later: timedelta | None = None,
) -> None:
    """Shows the plan, asks, forgets (not before `later`) and shows the receipt; only the plan for a dry run."""
    if dry_run:
        _show_dry_run(plan, json=json)
        return
    lines.show_forget_preview(plan)
    if not (_named(assistant.config.profile, yes=yes) if plan.everything and not name else confirm(SURE, yes=yes)):
        render.narrate("nothing was changed")
        raise typer.Exit(1)
    with Waiting("forgetting, and looking through every file", quiet=quiet):
        receipt = assistant.forget(plan) if later is None else assistant.forgetting.forget_later(plan, later)
    if json:
        render.as_json(receipt)
    elif later is not None:
        render.answer(f"waits: {receipt.checks[0]}")
    else:
        lines.show_receipt(receipt)
    if later is not None:
        render.narrate("to keep it after all: mem undo")


def _named(profile: str, *, yes: bool) -> bool:
    """Whether the user types the profile's name."""
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(f"removing all needs the profile's name; nothing was changed: mem forget --all {profile} --yes")
    return typed(f"This removes all that profile {profile} holds. Type its name to go on: ") == profile


def _show_dry_run(plan: ForgetPlan, *, json: bool) -> None:
    if json:
        render.as_json(plan)
        return
    for line in lines.forget_lines(plan):
        render.answer(line)
    render.narrate("nothing was changed (--dry-run)")


def _list(assistant: Assistant, *, json: bool, plain: bool) -> None:
    found, waiting = assistant.tombstone_store.list(), assistant.forgetting.leaving.list()
    if json:
        render.as_json([{"id": t.id, "kind": t.kind, "item": t.item, "forgotten_at": t.forgotten_at} for t in found])
    elif plain:
        render.plain([t.id, t.kind, t.item, t.forgotten_at] for t in found)
    elif found or waiting:
        rows = [["", ", ".join(one.ids), f"after {one.due.astimezone():%-d %b %Y, %H:%M}"] for one in waiting]
        rows += [[t.id, f"{t.kind} {t.item}", render.day(t.forgotten_at)] for t in found]
        render.table(["", "what", "forgotten"], rows)
        render.narrate("only hashes are kept, no text; to let one be learned again: mem forget --lift ID")
    else:
        render.narrate("nothing was forgotten yet")
