"""`mem stats`: memories over time, how searches went, what turns cost, and whether retrieval gets better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mem.cli import render
from mem.cli.chart import LEAST_WIDTH
from mem.cli.common import JsonOption, PlainOption, open_assistant
from mem.cli.stats_plots import plots
from mem.cli.stats_text import summary_lines
from mem.errors import InputError
from mem.records import to_json

if TYPE_CHECKING:
    from mem.assistant import Assistant
    from mem.stores.statistics import Statistics

HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a page for a browser instead, with a map of memories.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the file of a page.")]


def stats(
    context: typer.Context,
    html: HtmlOption = None,
    force: ForceOption = False,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Show how memory and retrieval did over time."""
    if force and html is None:
        raise InputError("--force belongs to: mem stats --html FILE")
    with open_assistant(context) as assistant:
        found = assistant.stats()
        limit = assistant.config.extract_tokens_per_day
        if html is not None:
            _write_page(assistant, found, html, force=force)
            return
    if json:
        render.as_json({**to_json(found), "extract_tokens_per_day": limit})
    elif plain:
        render.plain(row for plot in plots(found) for row in plot.rows)
    elif found.empty:
        render.answer("nothing is stored yet, so there is nothing to count; begin with: mem chat")
    else:
        _show(found, limit)


def _write_page(assistant: Assistant, found: Statistics, file: Path, *, force: bool) -> None:
    from mem.cli.page_file import write_page_file
    from mem.cli.stats_page import stats_page

    profile = assistant.config.profile

    def page() -> str:
        facts = assistant.facts(superseded=True)
        return stats_page(found, assistant.topic_map(), facts, profile=profile, drawn_at=assistant.now())

    write_page_file(assistant, file, page, force=force)


def _show(found: Statistics, limit: int) -> None:
    for line in [*summary_lines(found), *_writer_line(found, limit)]:
        render.answer(line)
    width = render.drawing_width()
    for plot in plots(found):
        if width >= LEAST_WIDTH and plot.points > 1:
            for line in ("", *plot.draw(width)):
                render.answer(line)
        elif not width:
            for row in plot.rows:
                render.answer("  ".join(row))


def _writer_line(found: Statistics, limit: int) -> list[str]:
    if not found.writer_tokens_today:
        return []
    of_limit = f" of {limit:,}" if limit else ""
    return [f"read for facts by the remote model today: {found.writer_tokens_today:,}{of_limit} tokens"]
