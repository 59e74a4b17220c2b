"""A word on stderr while somebody has to wait."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Self, TextIO

from mem.cli import render


class StatusLine:
    """A word on stderr; only on a terminal, and gone without a trace when cleared."""

    def __init__(self, line: str = "", *, quiet: bool = False) -> None:
        self._wanted = not quiet and is_fancy(sys.stderr)
        self._shown = False
        if line:
            self.show(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.clear()

    def show(self, line: str) -> None:
        """Puts `line` in the place of what stands there."""
        self.clear()
        if self._wanted:
            render.narrate(line, end="")
            self._shown = True

    def clear(self) -> None:
        """Takes the line away; may be called again."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._shown = False


def with_status(line: str, work: Callable[[], None]) -> None:
    """Does `work` while `line` stands on the terminal."""
    with StatusLine(line):
        work()


def is_fancy(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that may be sent control sequences."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
