"""The terminal between two prompts: what is typed while an answer comes is not echoed into it, the next prompt gets it."""

from __future__ import annotations

import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Keyboard:
    """The terminal that stdin is; does nothing where it is none."""

    def __init__(self) -> None:
        self._usual: list[Any] | None = None
        self._wanted: list[Any] = []

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """No echo, and Enter arrives as the prompt wants it; Ctrl-C still interrupts. Prompts in between return to this."""
        if not sys.stdin.isatty():
            yield
            return
        self._usual = termios.tcgetattr(sys.stdin)
        silent = termios.tcgetattr(sys.stdin)
        silent[0] &= ~termios.ICRNL
        silent[3] &= ~(termios.ECHO | termios.ICANON)
        self._set(silent, termios.TCSADRAIN)
        # After Ctrl-Z and `fg` the shell has left the terminal as it is usually.
        before = signal.signal(signal.SIGCONT, lambda number, frame: self._set(self._wanted, termios.TCSANOW))
        try:
            yield
        finally:
            signal.signal(signal.SIGCONT, before)
            self._set(self._usual, termios.TCSADRAIN)
            self._usual = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """For a question that is answered with a line; what was typed before the question does not answer it."""
        if self._usual is None:
            yield
            return
        silent = termios.tcgetattr(sys.stdin)
        self._set(self._usual, termios.TCSAFLUSH)
        try:
            yield
        finally:
            self._set(silent, termios.TCSADRAIN)

    def _set(self, attributes: list[Any], when: int) -> None:
        self._wanted = attributes
        try:
            termios.tcsetattr(sys.stdin, when, attributes)
        except termios.error:
            return  # the terminal is gone, and with it what there was to restore
