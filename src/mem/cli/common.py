"""What verbs share: global options, opening the assistant, reading stdin, asking for a yes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import typer

from mem.assistant import Assistant
from mem.cli import render
from mem.cli.config_file import save_settings
from mem.cli.lines import saved_line
from mem.config import Config, load_config
from mem.errors import InputError, NotFound
from mem.records import SavedFact
from mem.text import shorten

MAX_STDIN_BYTES = 4_000_000

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PlainOption = Annotated[bool, typer.Option("--plain", help="Print one record a line, fields separated by tabs.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@dataclass(slots=True)
class GlobalOptions:
    """What stood before the verb."""

    profile: str | None = None
    model: str | None = None
    quiet: bool = False
    verbose: bool = False


def options(context: typer.Context) -> GlobalOptions:
    """The global options of this run."""
    found = context.find_root().obj
    return found if isinstance(found, GlobalOptions) else GlobalOptions()


def config(context: typer.Context, *, strict: bool = True, **flags: Any) -> Config:
    """All settings of this run; what is wrong with them raises, or is told in `problems` where not `strict`."""
    given = options(context)
    return load_config(os.environ, {"profile": given.profile, "model": given.model, **flags}, strict=strict)


def open_assistant(context: typer.Context, *, strict: bool = True, **flags: Any) -> Assistant:
    """The profile of this run, with notices on stderr unless --quiet."""
    quiet = options(context).quiet

    def notify(line: str) -> None:
        if not quiet:
            render.narrate(line)

    def on_saved(saved: Sequence[SavedFact]) -> None:
        for outcome in saved:
            notify(saved_line(outcome))

    found = config(context, strict=strict, **flags)
    return Assistant(found, notify=notify, on_saved=on_saved, save_settings=partial(save_settings, found.paths))


def stdin_is_piped() -> bool:
    """Whether stdin may be read without asking a person to type."""
    return not sys.stdin.closed and not sys.stdin.isatty()


def read_stdin() -> str:
    """All of stdin as text, or InputError: too large, or not UTF-8."""
    raw = sys.stdin.buffer.read(MAX_STDIN_BYTES + 1)
    if len(raw) > MAX_STDIN_BYTES:
        raise InputError(f"stdin is larger than {MAX_STDIN_BYTES:,} bytes; nothing was stored: split it")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"stdin is not UTF-8 text (byte {error.start}); nothing was stored") from error


def words_or_stdin(words: Sequence[str]) -> str:
    """The arguments as one text; for `-` alone, or none where something is piped in, the text on stdin."""
    if list(words) == ["-"] or (not words and stdin_is_piped()):
        return read_stdin()
    return " ".join(words)


def existing_name(raw: str, letter: str, listed_by: str) -> str:
    """`raw` if it could be an id that begins with `letter`, or `last`; else NotFound, for nothing can have that name."""
    if raw == "last" or re.fullmatch(rf"{letter}\d{{1,18}}", raw):
        return raw
    raise NotFound(f"{shorten(raw, 40)!r} is no id: they look like {letter}3; list them with: {listed_by}")


def confirm(question: str, *, yes: bool) -> bool:
    """A yes from the user, or from --yes; without a terminal to ask on, InputError that names --yes."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(f"{question} There is no terminal to ask on: nothing was changed; add --yes")
    return typed(f"{question} [y/N] ").lower() in ("y", "yes")


def typed(question: str) -> str:
    """The line that the user types after `question`. Ctrl-C means that nothing was changed, and says so."""
    render.narrate(question, style="", end="")
    try:
        return sys.stdin.readline().strip()
    except KeyboardInterrupt:
        told = "nothing was changed"
        render.narrate(f"\n{told}")
        raise KeyboardInterrupt(told) from None
