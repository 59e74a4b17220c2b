"""`mem remember`: files a text by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, open_assistant, words_or_stdin
from mem.errors import InputError
from mem.text import accept, sanitise_line, shorten

TAG_CHARS = 64


def remember(
    context: typer.Context,
    text: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="What to remember; - reads it from stdin.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", "-t", metavar="TAG", help="A word to file it under; may be repeated.")
    ] = None,
    sensitive: Annotated[
        bool, typer.Option("--sensitive", help="Keep passwords, keys and numbers in it, which are masked otherwise.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Remember a text, and the facts that are read in it; from stdin they wait for your yes."""
    piped = list(text or []) in ([], ["-"])
    words = accept(words_or_stdin(text or []), what="the text")
    tags = [_parse_tag(name) for name in tag or []]
    with open_assistant(context) as assistant:
        assistant.on_saved = lambda saved: None  # what was saved is the answer here
        remembered = assistant.remember(words, tags=tags, origin="imported" if piped else "user_said", sensitive=sensitive)
    if json:
        render.as_json(remembered)
        return
    render.answer(f"remembered: {shorten(remembered.episode.text, lines.LINE_CHARS)} [{remembered.episode.id}]")
    for line in lines.saved_lines(remembered.saved):
        render.answer(line)


def _parse_tag(raw: str) -> str:
    tag = sanitise_line(accept(raw, what="the tag").lstrip("#"))
    if not tag or len(tag) > TAG_CHARS:
        raise InputError(f"{shorten(raw, 40)!r} is no tag: use 1 to {TAG_CHARS} characters; nothing was stored")
    return tag
