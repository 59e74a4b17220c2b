"""Who may use a model that can only do one thing at a time: a person waits for nobody, background work gives way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mem.errors import Interrupted, ModelError

CLOSE_WAIT_SECONDS = 10.0


class Turns:
    """One user at a time. `stop` ends the native call that is running, `resume` allows the next one."""

    def __init__(self, *, stop: Callable[[], None], resume: Callable[[], None]) -> None:
        self._stop = stop
        self._resume = resume
        self._lock = threading.Lock()
        self._guard = threading.Lock()
        self._waiting = 0
        self._in_background = False
        self._owner: int | None = None

    @contextmanager
    def foreground(self) -> Iterator[None]:
        """For an answer somebody waits for: stops background work, queues behind another answer."""
        if self._owner == threading.get_ident():
            raise ModelError("the model is still giving another answer; close that one first")
        with self._guard:
            self._waiting += 1
            if self._in_background:
                self._stop()
        try:
            self._lock.acquire()
        finally:
            with self._guard:
                self._waiting -= 1
        try:
            self._owner = threading.get_ident()
            self._resume()
            yield
        finally:
            self._owner = None
            self._lock.release()

    @contextmanager
    def background(self) -> Iterator[None]:
        """For work nobody waits for: Interrupted at once where an answer is due."""
        if self._owner == threading.get_ident():
            raise ModelError("the model is still giving an answer; close that one first")
        with self._lock:
            with self._guard:
                if self._waiting:
                    raise Interrupted("background work gave way to an answer; it can be done again later")
                self._resume()
                self._in_background = True
            try:
                yield
            finally:
                with self._guard:
                    self._in_background = False

    @contextmanager
    def last(self) -> Iterator[bool]:
        """For closing: stops what runs. False where it does not stop, and nothing may be freed."""
        self._stop()
        mine = self._owner == threading.get_ident()
        acquired = not mine and self._lock.acquire(timeout=CLOSE_WAIT_SECONDS)
        try:
            yield mine or acquired
        finally:
            if acquired:
                self._lock.release()
