"""The one way out: everything that is printed passes through here, sanitised, markup off.

stdout is for the answer, stderr for the narration. Neither carries an escape sequence when it is not a terminal.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Literal, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mem.records import to_json
from mem.text import sanitise, sanitise_line


def stdout() -> Console:
    """A console on the present stdout (tests and pipes replace it)."""
    return _console(sys.stdout)


def stderr() -> Console:
    """A console on the present stderr."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    # NO_COLOR means no control sequence at all here; rich alone would keep bold and dim.
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(
        file=stream, color_system=colours, markup=False, emoji=False, highlight=False, soft_wrap=not stream.isatty()
    )


def drawing_width() -> int:
    """How many columns there are to draw in; 0 where stdout is no terminal, or cannot show dots."""
    console = stdout()
    return console.width if console.is_terminal and console.encoding.lower().startswith("utf") else 0


def answer(text: str = "", *, style: str = "") -> None:
    """A line or more of the answer."""
    stdout().print(Text(sanitise(text), style=style))


def item(name: str, rest: str, *body: str) -> None:
    """One thing of a list: its id, what it is; below, indented, what it says."""
    console = stdout()
    console.print(Text.assemble((sanitise(name), "bold"), "  ", sanitise(rest)))
    for text in body:
        # On a terminal long lines wrap under themselves; in a pipe nothing is wrapped or cut.
        if console.is_terminal:
            console.print(Padding(Text(sanitise(text)), (0, 0, 0, 4)))
        else:
            console.print(Text("\n".join(f"    {line}".rstrip() for line in sanitise(text).splitlines())))


def piece(text: str) -> None:
    """A piece of an answer that is still coming, at once."""
    # It may begin with marks that belong to the character before it, which is on the screen already.
    sys.stdout.write(sanitise(f"·{text}")[1:])
    sys.stdout.flush()


def narrate(text: str, *, style: str = "dim", end: str = "\n") -> None:
    """A line of what is going on."""
    stderr().print(Text(sanitise(text), style=style), end=end)


def error(text: str) -> None:
    """The one line that tells what went wrong; the exit code tells it too where stderr cannot be written."""
    with suppress(OSError):
        stderr().print(Text.assemble(("mem: ", "bold red"), sanitise_line(text)))


def as_json(value: Any) -> None:
    """The answer as one JSON value; records become objects. Control characters stay escaped."""
    told = json.dumps(to_json(value), indent=2, ensure_ascii=True).replace("\x7f", "\\u007f")
    sys.stdout.write(told + "\n")


def json_line(value: Any) -> None:
    """The same on one line, at once: an event of several."""
    sys.stdout.write(json.dumps(to_json(value), ensure_ascii=True).replace("\x7f", "\\u007f") + "\n")
    sys.stdout.flush()


def plain(rows: Iterable[Sequence[Any]]) -> None:
    """One record a line, fields separated by tabs, for other programs."""
    for row in rows:
        sys.stdout.write("\t".join(sanitise_line(_field(value)) for value in row) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table for a person: no boxes, the last column takes what width is left; in a pipe nothing is wrapped or cut."""
    if not stdout().is_terminal:
        _unbounded_table(columns, rows)
        return
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        last = place == len(columns) - 1
        grid.add_column(column, no_wrap=not last, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(sanitise(_field(value))) for value in row))
    stdout().print(grid)


def _unbounded_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The same one line a row, however long, with nothing behind the last word."""
    cells = [list(columns), *([sanitise_line(_field(value)) for value in row] for row in rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        told = (cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(told).rstrip() + "\n")


@contextmanager
def progress(what: str, *, of_bytes: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr; yields what is to be told how much is done, of how much (0: unknown)."""
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    amount = DownloadColumn() if of_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task(sanitise_line(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def day(moment: datetime | None) -> str:
    """A date as a person writes it, in local time; empty for none."""
    return f"{moment.astimezone():%-d %b %Y}" if moment else ""


def size(size_bytes: int) -> str:
    """Bytes as a person writes them; empty where they are not known."""
    if size_bytes >= 1e9:
        return f"{size_bytes / 1e9:.1f} GB"
    return f"{size_bytes / 1e6:.0f} MB" if size_bytes >= 1e6 else f"{size_bytes:,} bytes" if size_bytes else ""


def _field(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone().isoformat(timespec="seconds")
    return "" if value is None else str(value)
