"""What Ctrl-C and the signals that end a process do while `mem chat` runs, and how it leaves."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

from mem.cli.exit_codes import INTERRUPTED

TWICE_SECONDS = 2.0
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Leave(BaseException):
    """The conversation ends here. Like KeyboardInterrupt no error, so that nothing on the way takes it for one."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Presses:
    """Counts Ctrl-C: the second one within two seconds means to leave."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None

    def again(self) -> bool:
        """Whether this press follows another one closely."""
        now = self._clock()
        close = self._last is not None and now - self._last < TWICE_SECONDS
        self._last = now
        return close


class Stopper:
    """While an answer comes: the first Ctrl-C stops the answer, a second one leaves."""

    def __init__(self, interrupt: Callable[[], None], presses: Presses) -> None:
        self._interrupt = interrupt
        self._presses = presses
        self._stopped = False
        self._leaving = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        if self._leaving:
            raise Leave(INTERRUPTED)

    def check(self) -> None:
        """Stops here, between two pieces of the answer, if Ctrl-C was pressed; not every model can be interrupted."""
        if self._stopped:
            raise KeyboardInterrupt

    def _pressed(self, number: int, frame: FrameType | None) -> None:
        if self._presses.again():
            self._leaving = True
            raise KeyboardInterrupt
        self._stopped = True
        self._interrupt()


@contextmanager
def ending_signals(leave_prompt: Callable[[Leave], bool]) -> Iterator[None]:
    """SIGTERM and SIGHUP leave by the usual way out: through the prompt if it takes it, else from where we are."""

    def end(number: int, frame: FrameType | None) -> None:
        leave = Leave(128 + number)
        if not leave_prompt(leave):
            raise leave

    before = [(number, signal.signal(number, end)) for number in ENDING_SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
