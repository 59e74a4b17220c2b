"""What is being done while somebody waits, and how long already: one line on stderr that moves."""

from __future__ import annotations

import shutil
import sys
import threading
import time

from mem.cli import render
from mem.cli.status_line import is_fancy

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
PLAIN_FRAMES = "|/-\\"
FRAME_SECONDS = 0.1
TOLD_AFTER_SECONDS = 2
STOP_SECONDS = 1.0


class Spinner:
    """Moves in a thread of its own, on a terminal alone; gone without a trace when `stop` returns."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._wanted = not quiet and is_fancy(sys.stderr)
        self._frames = FRAMES if (sys.stderr.encoding or "").lower().startswith("utf") else PLAIN_FRAMES
        self._doing = ""
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def show(self, doing: str) -> None:
        """From now on this is being done; nothing once it was stopped."""
        self._doing = doing
        if self._wanted and self._thread is None and not self._stopped.is_set():
            self._thread = threading.Thread(target=self._turn, name="spinner", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Takes the line away."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._thread = None
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _turn(self) -> None:
        begun = time.monotonic()
        for frame in iter(lambda: int((time.monotonic() - begun) / FRAME_SECONDS), None):
            seconds = int(time.monotonic() - begun)
            told = f" {seconds} s" if seconds >= TOLD_AFTER_SECONDS else ""
            line = f"{self._frames[frame % len(self._frames)]} {self._doing}…{told}"
            sys.stderr.write("\r\x1b[K")
            render.narrate(line[: max(1, shutil.get_terminal_size().columns - 1)], end="")
            if self._stopped.wait(FRAME_SECONDS):
                return
