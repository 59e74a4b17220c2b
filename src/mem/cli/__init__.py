"""The command line: one module a verb. Verbs talk to `assistant.Assistant` in records, and to nothing below it."""

from __future__ import annotations

import os
import sys

from mem.cli.app import app
from mem.cli.exit_codes import INTERRUPTED, STORE_TROUBLE, exit_code
from mem.cli.render import error
from mem.errors import MemError


def run() -> None:
    """Runs a verb; every MemError becomes one line on stderr and its exit code, here and nowhere else."""
    os.umask(0o077)  # what the libraries write is as private as what we write
    try:
        app(prog_name="mem")
    except MemError as problem:
        error(str(problem))
        sys.exit(exit_code(problem))
    except KeyboardInterrupt:
        error("interrupted; what was acknowledged is kept")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our stdout is gone; keep Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as problem:
        error(f"{problem.strerror or problem}: {problem.filename or 'the disk'}; what was acknowledged is kept")
        sys.exit(STORE_TROUBLE)
