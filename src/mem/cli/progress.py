"""What stands on the terminal while somebody has to wait: a bar where it is known how much is done, the time where not.

On stderr alone, only where that is a terminal that takes control sequences, and never with --quiet. Gone when the work is done.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from mem.cli import render
from mem.cli.status_line import is_fancy
from mem.text import sanitise_line

Advance = Callable[[int, int], None]
AFTER_SECONDS = 1.0  # what takes less needs no word


def bar(what: str, *, quiet: bool, of_bytes: bool = False) -> AbstractContextManager[Advance]:
    """Yields what is to be told how much is done, of how much (0: unknown)."""
    if quiet or not is_fancy(sys.stderr):
        return nullcontext(lambda done, total: None)
    return render.progress(what, of_bytes=of_bytes)


class Waiting:
    """A word, a bar that moves, and the time that it takes; begins to show after a second."""

    def __init__(self, what: str, *, quiet: bool = False, after_seconds: float = AFTER_SECONDS) -> None:
        self._what = what
        self._wanted = not quiet and is_fancy(sys.stderr)
        self._after_seconds = after_seconds
        self._changing = threading.Lock()
        self._timer: threading.Timer | None = None
        self._shown: Any = None

    def __enter__(self) -> Waiting:
        self._begin()
        return self

    def __exit__(self, *exception: object) -> None:
        self._end()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is shown meanwhile: for what asks a question."""
        self._end()
        try:
            yield
        finally:
            self._begin()

    def _begin(self) -> None:
        if self._wanted:
            self._timer = threading.Timer(self._after_seconds, self._show)
            self._timer.daemon = True
            self._timer.start()

    def _show(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        with self._changing:
            if self._timer is None:
                return
            columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
            self._shown = Progress(*columns, console=render.stderr(), transient=True)
            self._shown.add_task(sanitise_line(self._what), total=None)
            self._shown.start()

    def _end(self) -> None:
        with self._changing:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._shown is not None:
                self._shown.stop()
                self._shown = None
