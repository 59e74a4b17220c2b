"""`mem setup`: three questions, each of which may be skipped."""

from __future__ import annotations

import sys

import typer

from mem.errors import InputError

WITHOUT_TERMINAL = (
    "mem setup asks questions, and there is no terminal to ask on; instead: mem models use NAME, mem keys set PROVIDER, "
    "mem edit human TEXT"
)


def setup(context: typer.Context) -> None:
    """Ask three questions: where answers come from, which model, and what to call you."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(WITHOUT_TERMINAL)
    from mem.cli.setup_questions import ask_all

    ask_all(context)
