"""What verbs share: global options, opening the assistant, reading stdin, asking for a yes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mem.assistant import Assistant
from mem.cli import render
from mem.cli.config_file import save_settings
from mem.cli.lines import review_line, saved_line
from mem.config import Config, load_config
from mem.errors import InputError, MemError, ModelMissing, NotFound
from mem.records import SavedFact
from mem.text import shorten

if TYPE_CHECKING:
    from mem.stores.reviews import Review

MAX_STDIN_BYTES = 4_000_000
MISSING_ID = re.compile(r"(?:there is no \w+ |nothing named |nothing was looked up for turn )'?([a-z]\d{1,18})'?(?![^\s;:,])")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PlainOption = Annotated[bool, typer.Option("--plain", help="Print one record a line, fields separated by tabs.")]
IncognitoOption = Annotated[bool, typer.Option("--incognito", help="Write nothing, learn nothing; memory is not read either.")]
ReadMemoryOption = Annotated[bool, typer.Option("--read-memory", help="With --incognito: recall what is remembered.")]
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


@contextmanager
def open_assistant(
    context: typer.Context, *, strict: bool = True, settings: Config | None = None, **flags: Any
) -> Iterator[Assistant]:
    """The profile of this run, or of these `settings`, with notices on stderr unless --quiet. An id that is not there is told
    with those that look like it."""
    quiet = options(context).quiet

    def notify(line: str) -> None:
        if not quiet:
            render.narrate(line)

    def on_saved(saved: Sequence[SavedFact]) -> None:
        for outcome in saved:
            notify(saved_line(outcome))

    def on_waiting(reviews: Sequence[Review]) -> None:
        for review in reviews:
            notify(review_line(review))

    found = settings or config(context, strict=strict, **flags)
    kept = partial(save_settings, found.paths)
    with Assistant(found, notify=notify, on_saved=on_saved, on_waiting=on_waiting, save_settings=kept) as assistant:
        try:
            yield assistant
        except NotFound as error:
            raise NotFound(_with_near_ids(str(error), assistant)) from error


def _with_near_ids(message: str, assistant: Assistant) -> str:
    """The message with what the user may have meant, where it names an id and there are any like it."""
    named = MISSING_ID.match(message)
    if named is None:
        return message
    near: list[str] = []
    with suppress(MemError):
        near = assistant.near_ids(named[1])
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    return f"{message[: named.end()]}{hint}{message[named.end() :]}"


def check_incognito(incognito: bool, read_memory: bool, session: str | None) -> None:
    """InputError where the options do not go together."""
    if read_memory and not incognito:
        raise InputError("--read-memory goes with --incognito; memory is always read without that")
    if incognito and session is not None and not read_memory:
        raise InputError("a session cannot be gone on with where memory is not read; add --read-memory")


def check_model(settings: Config) -> None:
    """InputError where the model that this run names, on its command line or in the environment, cannot exist."""
    if settings.sources.get("model") not in ("flag", "environment"):
        return
    check_name(settings.model, settings, InputError, told="; nothing was stored")


def check_name(name: str, settings: Config, wrong: type[MemError], *, told: str = "") -> None:
    """`wrong` where no model can have this name: no file, none that mem knows, no PROVIDER/NAME. `told` ends its message."""
    from mem.models.catalog import is_known, resolve_model

    try:
        resolve_model(name, settings.paths.models)
    except ModelMissing as error:
        if not is_known(name):
            raise wrong(f"{error}{told}") from error


def must_not_write(settings: Config) -> bool:
    """Whether the profile is there and read-only: on such a disk, or in a directory that this user cannot write to."""
    directory = settings.profile_dir
    return directory.is_dir() and os.access(directory, os.R_OK | os.X_OK) and not os.access(directory, os.W_OK)


@contextmanager
def settings_of(context: typer.Context, *, incognito: bool, read_memory: bool) -> Iterator[Config]:
    """The settings of this run; `incognito` those of a profile that is gone afterwards, which one line says."""
    settings = config(context)
    if not incognito:
        yield settings
        return
    from mem.incognito import incognito as gone_afterwards

    def notify(line: str) -> None:
        if not options(context).quiet:
            render.narrate(line)

    notify(f"incognito: nothing is written or learned; what is remembered is {'read' if read_memory else 'not read'}")
    with gone_afterwards(settings, read_memory=read_memory, notify=notify) as fleeting:
        yield fleeting


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


def confirm(question: str, *, yes: bool, asks: str = "") -> bool:
    """A yes from the user, or from --yes; without a terminal to ask on, InputError that names --yes.

    `asks`: who asks before what, as that error begins: `mem undo asks before it takes c3 back`.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        before = asks or f"mem asks first: {question.rstrip('?')}"
        raise InputError(f"{before}, and there is no terminal to ask on; nothing was changed: add --yes")
    return typed(f"{question} [y/N] ").lower() in ("y", "yes")


def typed(question: str, *, told: str = "nothing was changed") -> str:
    """The line that the user types after `question`. Ctrl-C means what is `told`, and says so."""
    try:
        render.narrate(question, style="", end="")
        return sys.stdin.readline().strip()
    except KeyboardInterrupt:
        render.narrate(f"\n{told}")
        raise KeyboardInterrupt(told) from None


def start_detached(profile: str, arguments: Sequence[str]) -> None:
    """Runs `mem` with these arguments, quietly, in a process of its own that outlives this one."""
    command = [sys.executable, "-P", "-m", "mem", f"--profile={profile}", "--quiet", *arguments]
    null = subprocess.DEVNULL
    process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, start_new_session=True)
    process.returncode = 0  # nobody waits for it, and Python need not warn of that
