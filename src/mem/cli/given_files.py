"""Files that are named on the command line, or at the prompt of `mem chat`; `-` is what stdin holds."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mem.errors import InputError
from mem.file_text import MAX_FILE_BYTES, FileText, read_bytes, read_file

STDIN = "-"


def given_files(names: Sequence[str]) -> list[FileText]:
    """What each of them says, in order. InputError before anything else is done where one cannot be read."""
    if names.count(STDIN) > 1:
        raise InputError("stdin was named twice; it can be read once: name - once")
    return [_stdin() if name == STDIN else read_file(Path(name)) for name in names]


def type_at_the_terminal() -> None:
    """After stdin was read to its end: where there is a terminal, what is typed there is what stdin holds from now on."""
    if sys.stdin.isatty() or not (sys.stdout.isatty() or sys.stderr.isatty()):
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return  # none: the conversation ends with the first answer, as over any pipe
    os.dup2(terminal, sys.stdin.fileno())
    os.close(terminal)


def _stdin() -> FileText:
    if sys.stdin.isatty():
        raise InputError("- stands for what is piped in, and nothing is: name a file instead")
    return read_bytes(sys.stdin.buffer.read(MAX_FILE_BYTES + 1), name="stdin")
