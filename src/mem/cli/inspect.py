"""`mem inspect`: what is known, why, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, PlainOption, open_assistant
from mem.cli.graph import show_graph, write_page
from mem.cli.inspect_context import show_context
from mem.cli.inspect_entity import inspect_entity, list_entities
from mem.cli.inspect_ids import ID, inspect_id
from mem.cli.sessions import list_sessions
from mem.errors import InputError
from mem.records import to_json
from mem.text import shorten

if TYPE_CHECKING:
    from mem.assistant import Assistant

NEWEST = 5


def inspect(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="facts, core, episodes, sessions, pending, context, entities, entity NAME, graph [FILE],"
            " or any id that mem shows: f3, e5, s1, t7, c12, w2.",
        ),
    ] = "overview",
    name: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Whom an entity is, or where the page of a graph goes.")
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Also what is no longer true; more than the newest.")] = False,
    html: Annotated[bool, typer.Option("--html", help="Of a graph: write a page for a browser instead.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of a page.")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="TIME", help="Of facts: those true at the end of then: 2019, last March.")
    ] = None,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Show what is known, why, and since when."""
    named = " ".join(name or ())
    if named and what != "entity" and not (what == "graph" and html):
        raise InputError(f"{shorten(what, 40)!r} takes nothing after it; a name goes after entity, a file after graph --html")
    if (html or force) and what != "graph":
        raise InputError("--html and --force belong to: mem inspect graph")
    if as_of is not None and what != "facts":
        raise InputError("--as-of belongs to: mem inspect facts, and mem recall")
    with open_assistant(context) as assistant:
        if as_of is not None:
            _facts(assistant, all, json, plain, as_of=as_of)
        elif what == "entity":
            inspect_entity(assistant, named, all=all, json=json, plain=plain)
        elif what == "graph" and html:
            write_page(assistant, named, force=force)
        elif what in VIEWS:
            VIEWS[what](assistant, all, json, plain)
        elif ID.fullmatch(what.lower()):
            inspect_id(assistant, what.lower(), json=json, plain=plain)
        else:
            meant = shorten(what, 40)
            raise InputError(
                f"there is no view {meant!r}; use one of {', '.join(VIEWS)}, or an id such as f1, e1 or c1;"
                f" for a name: mem inspect entity {meant}"
            )


def _overview(assistant: Assistant, all: bool, json: bool, plain: bool) -> None:
    counts, core, facts = assistant.counts(), assistant.core(), assistant.facts()
    episodes, pending = assistant.episodes(limit=NEWEST), assistant.pending()
    newest_facts = facts[: -NEWEST - 1 : -1]
    if json:
        found = {"counts": counts, "core": core, "facts": newest_facts, "episodes": episodes, "pending": pending}
        render.as_json({**found, "profile": assistant.config.profile, "directory": assistant.config.profile_dir})
        return
    if plain:
        render.plain(counts.items())
        return
    render.answer(lines.counted(counts))
    for block in core:
        render.item(block.label, shorten(block.value, lines.LINE_CHARS) or "(empty)")
    _section("newest facts", newest_facts, lines.show_fact)
    _section("newest memories", episodes, lines.show_episode)
    _section("not done yet", pending, lines.show_pending)
    render.answer(f"\nprofile {assistant.config.profile}: {assistant.config.profile_dir}", style="dim")
    hint = "mem inspect facts · core · episodes · sessions · <id>    mem recall QUERY    mem forget <id>"
    render.answer(hint if episodes else "nothing is stored yet; start with: mem chat, or mem remember TEXT", style="dim")


def _section(title: str, records: list[Any], show: Any) -> None:
    if records:
        render.answer(f"\n{title}", style="bold")
        for record in records:
            show(record)


def _facts(assistant: Assistant, all: bool, json: bool, plain: bool, *, as_of: str | None = None) -> None:
    facts = assistant.facts(superseded=all, as_of=as_of)
    rows = ([f.id, f.subject, f.predicate, f.value, f.created_at, f.valid_at, f.invalid_at, f.expired_at] for f in facts)
    if as_of and not facts and (json or plain):
        render.narrate(f"no fact was true at the end of {shorten(as_of, 40)!r}")
    then = f"of what is known, nothing was true at the end of {shorten(as_of, 40)!r}" if as_of else ""
    _list(facts, rows, lines.show_fact, json, plain, empty=then or "no facts are known yet")


def _core(assistant: Assistant, all: bool, json: bool, plain: bool) -> None:
    blocks = assistant.core()
    rows = ([block.label, len(block.value), block.limit, block.value] for block in blocks)
    _list(blocks, rows, lines.show_block, json, plain, empty="there are no core memory blocks")


def _episodes(assistant: Assistant, all: bool, json: bool, plain: bool) -> None:
    episodes = assistant.episodes(limit=1_000_000 if all else 20)
    rows = ([episode.id, episode.happened_at, episode.kind, episode.session, episode.text] for episode in episodes)
    _list(episodes, rows, lines.show_episode, json, plain, empty="nothing is remembered yet")


def _sessions(assistant: Assistant, all: bool, json: bool, plain: bool) -> None:
    list_sessions(assistant, limit=1_000_000 if all else 20, json=json, plain=plain)


def _pending(assistant: Assistant, all: bool, json: bool, plain: bool) -> None:
    pending = assistant.pending()
    rows = ([work.id, work.turn, work.step, work.attempts, work.last_error, work.created_at] for work in pending)
    _list(pending, rows, lines.show_pending, json, plain, empty="nothing is waiting to be written")


def _entities(assistant: Assistant, all: bool, json: bool, plain: bool) -> None:
    list_entities(assistant, json=json, plain=plain)


def _graph(assistant: Assistant, all: bool, json: bool, plain: bool) -> None:
    show_graph(assistant, all=all, json=json, plain=plain)


def _list(records: list[Any], rows: Any, show: Any, json: bool, plain: bool, *, empty: str) -> None:
    if json:
        render.as_json(to_json(records))
    elif plain:
        render.plain(rows)
    elif records:
        for record in records:
            show(record)
    else:
        render.narrate(empty)


def _context(assistant: Assistant, all: bool, json: bool, plain: bool) -> None:
    show_context(assistant, json=json, plain=plain)


VIEWS = {
    "overview": _overview,
    "facts": _facts,
    "core": _core,
    "episodes": _episodes,
    "sessions": _sessions,
    "pending": _pending,
    "context": _context,
    "entities": _entities,
    "graph": _graph,
}
