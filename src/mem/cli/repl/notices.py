"""Lines that come while something else is on the screen, from any thread: kept until they can be printed whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from mem.cli.lines import review_line, saved_line
from mem.records import SavedFact

if TYPE_CHECKING:
    from mem.stores.reviews import Review


class Notices:
    """Takes lines from any thread; `show` prints them, in the main thread only."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._on_arrival: Callable[[], None] | None = None
        self._held = False
        self.saved_count = 0
        self.to_review = 0

    def post(self, line: str) -> None:
        """Prints a line now if that is possible, else as soon as it is."""
        self._lines.put(line)
        if self._on_arrival is not None:
            self._on_arrival()
        elif threading.current_thread() is threading.main_thread() and not self._held:
            self.flush()

    def saved(self, outcomes: Sequence[SavedFact]) -> None:
        """Tells what the memory writer has committed."""
        for outcome in outcomes:
            self.saved_count += outcome.decision != "none"
            self.post(saved_line(outcome))

    def waiting(self, reviews: Sequence[Review]) -> None:
        """Tells what waits for the user's yes."""
        self.to_review += len(reviews)
        for review in reviews:
            self.post(review_line(review, see="/review"))

    @property
    def any(self) -> bool:
        return not self._lines.empty()

    def flush(self) -> None:
        """Prints what has come; only where nothing else is being written."""
        while True:
            try:
                line = self._lines.get_nowait()
            except Empty:
                return
            self._show(line)

    @contextmanager
    def held(self) -> Iterator[None]:
        """While an answer is being written nothing is printed; afterwards all that came."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self.flush()

    @contextmanager
    def announced(self, on_arrival: Callable[[], None]) -> Iterator[None]:
        """While the user types, `on_arrival` is told of each line and sees to it that `flush` is called."""
        self._on_arrival = on_arrival
        try:
            yield
        finally:
            self._on_arrival = None
