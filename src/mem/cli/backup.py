"""`mem backup`: the profile and the settings in one file, while others go on."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from mem.cli import render
from mem.cli.common import JsonOption, PlainOption, open_assistant, options
from mem.cli.progress import Waiting
from mem.errors import InputError
from mem.records import to_json

TRIES = 3


def backup(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to; mem-PROFILE-DATE.zip in this directory if not given.")
    ] = None,
    encrypt: Annotated[bool, typer.Option("--encrypt", "-e", help="Encrypt it with a passphrase, which is asked for.")] = False,
    list_: Annotated[bool, typer.Option("--list", "-l", help="Only list the backups that are known.")] = False,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Write the profile and the settings into one file."""
    with open_assistant(context) as assistant:
        if list_:
            _show(assistant.backups(), json=json, plain=plain)
            return
        target = file or _default_name(assistant.config.profile, encrypt=encrypt)
        passphrase = ask_twice() if encrypt else None
        with Waiting("writing the backup", quiet=options(context).quiet):
            made = assistant.back_up(target, passphrase=passphrase)
    if json:
        render.as_json(made)
        return
    if plain:
        render.plain([[made.path, made.size, "encrypted" if made.encrypted else ""]])
        return
    how = "encrypted" if made.encrypted else "not encrypted: whoever has it can read it"
    render.answer(f"backup: {made.path} ({size(made.size)}, {how})")
    settings = ", and the settings" if made.settings else ""
    render.narrate(f"in it: {contents(made.counts)}{settings}; to bring it back: mem restore {made.path}")


def contents(counts: Mapping[str, int]) -> str:
    """How many there are of what, such as: 2 sessions, 1 memory."""
    singular = {"memories": "memory", "episodes": "episode"}
    told = [f"{count} {name if count > 1 else singular.get(name, name[:-1])}" for name, count in counts.items() if count]
    return ", ".join(told) or "no memories yet"


def ask_twice() -> str:
    """A new passphrase, typed twice and never shown; asked for again where it is too short, or the two differ."""
    from mem.backup import LEAST_PASSPHRASE

    for _ in range(TRIES):
        passphrase = ask_hidden(f"Passphrase (at least {LEAST_PASSPHRASE} characters): ")
        if len(passphrase) < LEAST_PASSPHRASE:
            render.narrate(f"that is shorter than {LEAST_PASSPHRASE} characters; once more", style="yellow")
        elif ask_hidden("Again: ") != passphrase:
            render.narrate("these are not the same; once more", style="yellow")
        else:
            return passphrase
    raise InputError(f"no passphrase was given in {TRIES} tries; no backup was made")


def ask_hidden(question: str) -> str:
    """What is typed without being shown; InputError without a terminal, as it is never an argument."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError("a passphrase is typed on a terminal, and there is none; nothing was changed")
    return getpass(question)


def size(count: int) -> str:
    """Bytes as a person reads them."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


def _default_name(profile: str, *, encrypt: bool) -> Path:
    suffix = ".zip.age" if encrypt else ".zip"
    stem = f"mem-{profile}-{datetime.now().astimezone():%Y-%m-%d}"
    taken = sum(bool(re.fullmatch(rf"{re.escape(stem)}(-\d+)?\.zip(\.age)?", path.name)) for path in Path().iterdir())
    return Path(f"{stem}-{taken + 1}{suffix}" if taken else f"{stem}{suffix}")


def _show(found: object, *, json: bool, plain: bool) -> None:
    listed = to_json(found)
    if json:
        render.as_json(listed)
        return
    rows = [("kept", path, "a forget removes it") for path in listed["kept"]]
    rows += [("made", entry["path"], "" if Path(entry["path"]).exists() else "not there now") for entry in listed["made"]]
    if plain:
        render.plain(rows)
    for kind, path, note in rows if not plain else ():
        render.answer(f"{kind}  {path}{f'  ({note})' if note else ''}")
    if not rows:
        render.narrate("there is no backup yet; make one with: mem backup")
