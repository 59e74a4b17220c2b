"""`mem recall`: what memory holds on a query, best first. No model is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, PlainOption, open_assistant, options, words_or_stdin
from mem.cli.explain import left_out_lines, scores, search_lines
from mem.cli.tagged import recall_tagged
from mem.errors import InputError, NotFound
from mem.records import Retrieval, to_json
from mem.text import age, shorten


class Kind(StrEnum):
    """What a memory is: a fact, a turn of a conversation, a text filed by hand, one brought in, a summary."""

    fact = "fact"
    turn = "turn"
    archival = "archival"
    imported = "imported"
    summary = "summary"


def recall(
    context: typer.Context,
    query: Annotated[list[str] | None, typer.Argument(metavar="QUERY", help="What to look for; - reads it from stdin.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, max=100, help="At most so many memories.")] = 5,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only from then on: 2026-05-07, last March, two weeks ago.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only up to then, and with it.")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="What was true, and had been told, at the end of then.")
    ] = None,
    kind: Annotated[
        list[Kind] | None,
        typer.Option("--kind", "-k", metavar="KIND", help="Only fact, turn, archival, imported or summary; may be repeated."),
    ] = None,
    tag: Annotated[
        str | None, typer.Option("--tag", "-t", metavar="TAG", help="Only what was filed with it; without QUERY all of that.")
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Show scores, and what was left out and why.")] = False,
    archived: Annotated[
        bool, typer.Option("--archived", help="Search what mem consolidate has archived, by words alone.")
    ] = False,
    no_ledger: Annotated[bool, typer.Option("--no-ledger", help="Keep no note of this search.")] = False,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Search memory: dated memories with their ids, best first."""
    text = " ".join(query or []) if tag is not None and not query else words_or_stdin(query or [])
    if tag is not None and (as_of or ((since or until) and not text.strip())):
        raise InputError("--tag goes without --as-of, and with --since and --until only where there are words to search for")
    if not text.strip() and tag is None:
        raise InputError("what should be looked for? For example: mem recall where does my sister live")
    with open_assistant(context) as assistant:
        if archived:
            if kind or as_of or tag is not None:
                raise InputError("--archived goes without --kind, --as-of and --tag: it searches what was archived, by words")
            found = assistant.recall_archived(text, limit=limit, since=since, until=until)
        elif tag is not None:
            found = recall_tagged(assistant, text, tag, limit=limit, kinds=kind or [], since=since, until=until)
        else:
            found = assistant.recall(
                text, limit=limit, since=since, until=until, as_of=as_of, kinds=kind or [], keep=not no_ledger
            )
    if json:
        render.as_json(_with_ages(found))
    elif plain:
        render.plain([hit.id, hit.happened_at, hit.kind, f"{hit.score:.4f}", hit.session, hit.text] for hit in found.hits)
    else:
        _show(found, why=why)
    for line in search_lines(found) if options(context).verbose and not why else ():
        render.narrate(line)
    if not found.hits:
        within = " in that time" if since or until else f" as of {as_of}" if as_of else ""
        where = "the archive" if archived else "memory"
        where += f" of kind {' or '.join(kind)}" if kind else ""
        where += f" filed with the tag {shorten(tag, 40)!r}" if tag is not None else ""
        if not text.strip():
            raise NotFound(f"nothing in {where}; to file something: mem remember TEXT --tag {shorten(tag or '', 40)}")
        raise NotFound(f"nothing in {where} matches {shorten(text, 80)!r}{within}")


def _with_ages(found: Retrieval) -> dict[str, Any]:
    """The search as JSON has it, each hit with its age beside its date."""
    hits = [{**to_json(hit), "age": age(hit.happened_at, now=datetime.now(UTC))} for hit in found.hits]
    return {**to_json(found), "hits": hits}


def _show(found: Retrieval, *, why: bool) -> None:
    if found.notice:
        render.narrate(found.notice)
    for hit in found.hits:
        lines.show_hit(hit)
        if why:
            render.answer(f"    {scores(hit)}", style="dim")
    for line in (*search_lines(found), *left_out_lines(found)) if why else ():
        render.answer(line, style="dim")
