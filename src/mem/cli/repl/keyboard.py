"""The terminal between two prompts: what is typed while an answer comes is not echoed into it, the next prompt gets it."""

from __future__ import annotations

import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Keyboard:
    """The terminal that stdin is; does nothing where it is none."""

    def __init__(self) -> None:
        self._usual: list[Any] | None = None

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
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, silent)
        try:
            yield
        finally:
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

    @staticmethod
    def _set(attributes: list[Any], when: int) -> None:
        try:
            termios.tcsetattr(sys.stdin, when, attributes)
        except termios.error:
            return  # the terminal is gone, and with it what there was to restore
