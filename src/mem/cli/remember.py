"""`mem remember`: files a text by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from mem.cli import lines, render
from mem.cli.common import JsonOption, PlainOption, open_assistant, words_or_stdin
from mem.errors import InputError
from mem.records import Origin
from mem.text import accept, sanitise_line, shorten

TAG_CHARS = 64


def remember(
    context: typer.Context,
    text: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="What to remember; - reads it from stdin.")] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", metavar="TAG", help="A word to file it under, for mem recall --tag; may be repeated."),
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="Remember what a text, markdown or PDF file says.")
    ] = None,
    when: Annotated[
        str, typer.Option("--when", metavar="TIME", help="When it was said, if not now: 2026-05-07, last March, yesterday.")
    ] = "",
    sensitive: Annotated[
        bool, typer.Option("--sensitive", help="Keep passwords, keys and numbers in it, which are masked otherwise.")
    ] = False,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Remember a text, and the facts that are read in it; from a file or stdin they wait for your yes."""
    others = file is not None or list(text or []) in ([], ["-"])
    words = accept(_text(text or [], file), what="the text")
    tags = [_parse_tag(name) for name in tag or []]
    with open_assistant(context) as assistant:
        assistant.on_saved = lambda saved: None  # what was saved is the answer here
        origin: Origin = "imported" if others else "user_said"
        remembered = assistant.remember(words, tags=tags, origin=origin, sensitive=sensitive, when=when)
    if json:
        render.as_json(remembered)
        return
    if plain:
        episode = remembered.episode
        render.plain([[episode.id, episode.happened_at, episode.text]])
        render.plain([outcome.fact.id, outcome.decision, outcome.fact.sentence] for outcome in remembered.saved)
        return
    render.answer(f"remembered: {shorten(remembered.episode.text, lines.LINE_CHARS)} [{remembered.episode.id}]")
    for line in lines.saved_lines(remembered.saved):
        render.answer(line)


def _text(words: list[str], file: str | None) -> str:
    """What is to be remembered: the words, what stdin holds, or a file."""
    if file is None:
        return words_or_stdin(words)
    if words:
        raise InputError("a text and a file were given; nothing was stored: give one of them")
    from mem.cli.given_files import given_files

    try:
        return given_files([file])[0].text
    except InputError as error:
        raise InputError(str(error).replace("nothing was sent", "nothing was stored")) from error


def _parse_tag(raw: str) -> str:
    tag = sanitise_line(accept(raw, what="the tag").lstrip("#"))
    if not tag or len(tag) > TAG_CHARS:
        raise InputError(f"{shorten(raw, 40)!r} is no tag: use 1 to {TAG_CHARS} characters; nothing was stored")
    return tag
