"""An answer as it comes, piece by piece, on its way to the terminal: what is split between pieces is judged whole."""

from __future__ import annotations

from collections.abc import Callable

from mem.text import CONTROL_SEQUENCES, last_cluster, sanitise


class PieceSanitiser:
    """`mem.text.sanitise` for text that comes in pieces: the pieces give together what the whole would have given."""

    def __init__(self) -> None:
        self._held = ""
        self._last = ""  # the last character given, with its marks: how many more it may have depends on them

    def feed(self, piece: str) -> str:
        """What of the text so far can be judged and was not given yet."""
        text = self._held + piece
        cut = len(text) - 1 if text.endswith("\r") else len(text)
        text, line_end = text[:cut], text[cut:]
        # Line ends first, as `sanitise` does: a control sequence is judged without them.
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        open_end = next((match.start() for match in CONTROL_SEQUENCES.finditer(text) if match.end() == len(text)), len(text))
        self._held = text[open_end:] + line_end
        return self._judged(text[:open_end])

    def finish(self) -> str:
        """The rest; a control sequence without an end is left out."""
        held, self._held = self._held, ""
        return self._judged(held)

    def _judged(self, text: str) -> str:
        whole = sanitise(self._last + text)
        given = whole[len(self._last) :]
        self._last = last_cluster(whole)
        return given


class AnswerStream:
    """Gives sanitised pieces to `show`. White space at the very end is left out; `end` closes the answer with a line end."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._sanitiser = PieceSanitiser()
        self._space = ""
        self._open = False

    def feed(self, text: str) -> None:
        """The next piece of the answer."""
        self._give(self._sanitiser.feed(text))

    def end(self) -> None:
        """The answer is over; may be called again."""
        self._give(self._sanitiser.finish())
        if self._open:
            self._show("\n")
        self._space, self._open = "", False

    def _give(self, text: str) -> None:
        text = self._space + text
        shown = text.rstrip()
        self._space = text[len(shown) :]
        if shown:
            self._show(shown)
            self._open = True
