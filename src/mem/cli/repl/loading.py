"""The models are loaded in the background while the user types."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mem.assistant import Assistant
from mem.cli.status_line import with_status
from mem.errors import MemError


class Loader:
    """Runs `assistant.warm_up` once in its own thread."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._failed = False
        self._running = False
        self._thread: threading.Thread | None = None

    def start(
        self,
        *,
        on_failure: Callable[[MemError], None] = lambda error: None,
        on_done: Callable[[], None] = lambda: None,
    ) -> None:
        """Begins to load. The callbacks are called in the thread: what went wrong, and in any case that it is over."""
        self._running = True
        self._thread = threading.Thread(target=self._load, args=(on_failure, on_done), name="loading", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._running

    def wait(self) -> None:
        """Until nothing is being loaded any more, with a quiet word on stderr while it lasts."""
        if self._thread is not None and self._running:
            with_status("loading…", self._thread.join)

    def finish(self) -> None:
        """Everything is loaded when this returns. What failed in the background is tried again here, and raised."""
        self.wait()
        if self._failed:
            with_status("loading…", self._assistant.warm_up)
            self._failed = False

    def _load(self, on_failure: Callable[[MemError], None], on_done: Callable[[], None]) -> None:
        try:
            self._assistant.warm_up()
        except MemError as error:
            self._failed = True
            on_failure(error)
        finally:
            self._running = False
            on_done()
