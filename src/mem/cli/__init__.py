"""The command line: one module a verb. What is in a profile, verbs reach through `assistant.Assistant` alone, in records.

Only `mem models` looks below it, into `models.catalog` and `models.pull`: model files belong to no profile.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.exceptions import TyperException
from typer.main import get_command

from mem.cli.app import app
from mem.cli.exit_codes import FAILURE, INTERRUPTED, STORE_TROUBLE, exit_code
from mem.cli.global_options import moved_to_the_front
from mem.cli.render import error, narrate
from mem.errors import InputError, MemError
from mem.paths import forbidden
from mem.text import shorten

USAGE_CHARS = 300
READER_GONE = 141
# What other programs call our verbs.
CALLED_OTHERWISE = {
    "add": "remember", "save": "remember", "note": "remember", "search": "recall", "find": "recall", "query": "recall",
    "list": "inspect", "show": "inspect", "ls": "inspect", "facts": "inspect facts", "entities": "inspect entities",
    "delete": "forget", "remove": "forget", "rm": "forget", "history": "log", "status": "doctor", "check": "doctor",
    "init": "setup", "session": "sessions", "model": "models", "key": "keys", "settings": "config", "profile": "profiles",
    "help": "-h", "talk": "chat", "resume": "chat --resume", "export": "sessions export", "pull": "models pull",
}  # fmt: skip


def run(arguments: Sequence[str] | None = None) -> None:
    """Runs a verb; every MemError becomes one line on stderr and its exit code, here and nowhere else."""
    os.umask(0o077)  # what the libraries write is as private as what we write
    _tame_streams()
    try:
        arguments = moved_to_the_front(sys.argv[1:] if arguments is None else arguments, get_command(app))
        if {"--json", "--plain"} <= set(_before_words(arguments)):
            raise InputError("--json and --plain are two forms of the same; choose one")
        status = app(args=arguments, prog_name="mem", standalone_mode=False)
        _leave(status if isinstance(status, int) else 0)
    except MemError as problem:
        error(str(problem))
        sys.exit(exit_code(problem))
    except TyperException as problem:
        _explain_usage(problem, arguments or [])
        sys.exit(problem.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        error("interrupted; what was acknowledged is kept")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        _leave_without_reader()
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):  # typer makes it an exit with 1, as if something had failed
            _leave_without_reader()
        raise
    except OSError as problem:
        error(_explain_os(problem))
        sys.exit(STORE_TROUBLE)
    except MemoryError:
        error("out of memory; what was acknowledged is kept: close something, or choose a smaller model")
        sys.exit(FAILURE)


def _before_words(arguments: Sequence[str]) -> Sequence[str]:
    """The arguments before a `--`, behind which no option stands."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _explain_os(problem: OSError) -> str:
    """What the system refused; of a place that is not the user's, whose it is."""
    named = problem.filename if isinstance(problem, PermissionError) else ""
    if named and (kept_out := forbidden(Path(os.fsdecode(named)))):
        return kept_out
    return f"{problem.strerror or problem}: {problem.filename or 'the disk'}; what was acknowledged is kept"


def _tame_streams() -> None:
    """No character may make printing fail; a closed stream is an empty one."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the life of the process
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _explain_usage(problem: TyperException, arguments: Sequence[str]) -> None:
    """A mistyped command as one line that names its help; the help itself where nothing was asked for."""
    context = getattr(problem, "ctx", None)
    if type(problem).__name__ == "NoArgsIsHelpError":
        narrate(problem.format_message(), style="")
        if context is not None and context.parent is None:
            narrate("start with: mem chat", style="")
        return
    told = problem.format_message().replace("Value error, ", "")
    if (named := re.match(r"No such command '(\w+)'\.", told)) and (verb := CALLED_OTHERWISE.get(named[1])):
        told = f"{named[0]} Did you mean '{verb}'?"
    path = context.command_path if context else "mem"
    if option := getattr(problem, "option_name", ""):  # an option without its value: typer does not tell of which verb
        command, path = _verb(arguments)
        about = next((parameter for parameter in command.params if option in parameter.opts), None)
        told += f" {option} {about.metavar}: {about.help}" if about else ""
    error(f"{shorten(told, USAGE_CHARS)} Try: {path} -h")


def _verb(arguments: Sequence[str]) -> tuple[Any, str]:
    """The command that the arguments name, and how it is called."""
    command, path = get_command(app), "mem"
    for word in arguments:
        if child := getattr(command, "commands", {}).get(word):
            command, path = child, f"{path} {word}"
    return command, path


def _leave_without_reader() -> NoReturn:
    """As a process leaves that SIGPIPE ended; nothing is left for Python to complain about at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(READER_GONE)


def _leave(status: int) -> None:
    with suppress(ValueError):
        sys.stdout.flush()
    sys.exit(status)
