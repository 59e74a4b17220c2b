"""An answer as it comes, piece by piece, on its way to the terminal: what is split between pieces is judged whole."""

from __future__ import annotations

import re
from collections.abc import Callable

from mem.text import sanitise

HELD_CHARS = 4096
# What a control sequence may begin with, and a whole one: CSI; a string (OSC, DCS, …) with its end; any other pair.
INTRODUCERS = "\x1b\x90\x98\x9b\x9d\x9e\x9f"
WHOLE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-OQ-WYZ\\`-~]"
)


class AnswerStream:
    """Gives sanitised pieces to `show`; holds back the start of a control sequence until its end is known.

    Line ends at the very end of the answer are left out; `end` closes it with one.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._held = ""
        self._open = False

    def feed(self, text: str) -> None:
        """The next piece of the answer."""
        text = self._held + text
        cut = _safe_length(text)
        self._held = text[cut:]
        if shown := sanitise(text[:cut]):
            self._open = True
            self._show(shown)

    def end(self) -> None:
        """The answer is over; may be called again."""
        if rest := sanitise(self._held).rstrip():
            self._show(rest)
            self._open = True
        self._held = ""
        if self._open:
            self._show("\n")
        self._open = False


def _safe_length(text: str) -> int:
    """How much of `text` can be judged now: up to white space at its end, or a control sequence that is not over."""
    end = len(text.rstrip())
    start = max(text.rfind(introducer) for introducer in INTRODUCERS)
    if start >= 0 and len(text) - start < HELD_CHARS and not WHOLE.match(text, start):
        return min(start, end)
    return end
