"""An answer on its way to the screen: finished blocks are printed once, above a few live lines of what is not finished.

Only the live lines are ever erased, and they are wrapped so that none can be wider than the terminal, whatever width it
gives a glyph: the number of rows to take back is known, not guessed.
"""

from __future__ import annotations

import shutil
import sys
import unicodedata

from mem.cli import render
from mem.cli.repl.blocks import Block, BlockSplitter
from mem.cli.status_line import is_fancy
from mem.cli.streaming import PieceSanitiser

LIVE_ROWS = 6
PLAIN_RANGE = range(0x20, 0x300)


def cells(character: str) -> int:
    """The most columns that any terminal gives a character."""
    return 1 if ord(character) in PLAIN_RANGE or unicodedata.name(character, "").startswith(("LATIN ", "BOX ")) else 2


def rows_of(text: str, columns: int) -> list[str]:
    """`text` cut into rows that no terminal of that many columns wraps."""
    rows: list[str] = []
    for line in text.split("\n"):
        row, used = "", 0
        for character in line:
            if used + cells(character) > max(columns, 2):
                rows.append(row)
                row, used = "", 0
            row += character
            used += cells(character)
        rows.append(row)
    return rows


class AnswerView:
    """Shows one answer, piece by piece. `end` when it is over, also when it was stopped."""

    def __init__(self) -> None:
        self._fancy = is_fancy(sys.stdout)
        self._sanitiser = PieceSanitiser()
        self._splitter = BlockSplitter()
        self._live: list[str] = []
        self._live_columns = 0
        self._shown = ""
        self._printed = False

    def feed(self, piece: str) -> None:
        """The next piece of the answer."""
        text = self._sanitiser.feed(piece)
        if not self._shown:
            text = text.lstrip()
        if not text:
            return
        if self._fancy:
            self._show(self._splitter.feed(text))
        else:
            render.piece(text)
        self._shown = (self._shown + text)[-1:]

    def end(self) -> None:
        """Shows what is left, and ends the line."""
        rest = self._sanitiser.finish()
        if self._fancy:
            self._show(self._splitter.feed(rest))
            self._print(self._splitter.finish())
        elif self._shown:
            render.piece(rest + ("" if (self._shown + rest).endswith("\n") else "\n"))
        self._shown = ""

    def _show(self, blocks: list[Block]) -> None:
        if blocks:
            self._print(blocks)
        self._redraw()

    def _print(self, blocks: list[Block]) -> None:
        from mem.cli.repl.markdown import renderable

        console = render.stdout()
        sys.stdout.write(self._erasure())
        self._live = []
        for block in blocks:
            if not block.joined and self._printed:
                sys.stdout.write("\n")
            self._printed = True
            console.print(renderable(block.text, console), end="")
        sys.stdout.flush()

    def _redraw(self) -> None:
        """Draws the unfinished end as plain text in place of what was drawn before."""
        size = shutil.get_terminal_size()
        erasure = self._erasure()
        shown = max(1, min(LIVE_ROWS, size.lines - 2))
        tail = "\n".join(self._splitter.tail.strip("\n").split("\n")[-shown:])
        self._live = rows_of(tail, size.columns - 1)[-shown:] if tail.strip() else []
        self._live_columns = size.columns
        sys.stdout.write(erasure + "\n".join(self._live))
        sys.stdout.flush()

    def _erasure(self) -> str:
        if not self._live:
            return ""
        columns = shutil.get_terminal_size().columns
        rows = len(self._live)
        if columns < self._live_columns:
            # A terminal that became narrower has wrapped the rows that no longer fitted.
            rows = sum(max(1, -(-sum(map(cells, row)) // columns)) for row in self._live)
        return "\r" + (f"\x1b[{rows - 1}A" if rows > 1 else "") + "\x1b[J"
