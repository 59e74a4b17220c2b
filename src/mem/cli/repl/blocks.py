"""Streamed text cut into what is finished and what may still change. Pure: nothing here prints.

The result depends on the text alone, never on how it was cut into pieces on its way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

LISTS = ("bullet_list_open", "ordered_list_open")
ONE_LINERS = ("heading_open", "hr")
CLOSED_BY_BLANK = ("paragraph_open", "table_open")
FENCE_END = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*")


def markdown_parser() -> MarkdownIt:
    """CommonMark with tables; HTML is text like any other, so that nothing a model says goes unseen."""
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough").enable("table")


@dataclass(frozen=True, slots=True)
class Block:
    """A finished piece of markdown. `joined`: it continues the list before it, without a blank line between."""

    text: str
    joined: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    """A top-level block, or an item of a top-level list, by its lines `start` up to `end`."""

    kind: str
    start: int
    end: int
    list_mark: str = ""


class BlockSplitter:
    """Gives each markdown block once, as soon as no further text can change it; `tail` is what is left."""

    def __init__(self) -> None:
        self._parser = markdown_parser()
        self._list_mark = ""
        self.tail = ""

    def feed(self, piece: str) -> list[Block]:
        """The blocks that `piece` finished."""
        self.tail += piece
        return self._take(final=False) if "\n" in piece else []

    def finish(self) -> list[Block]:
        """All that is left."""
        return self._take(final=True)

    def _take(self, *, final: bool) -> list[Block]:
        whole, newline, rest = self.tail.rpartition("\n")
        lines = self.tail.split("\n") if final else whole.split("\n") if newline else []
        units = self._units(lines)
        if not final and units and not _is_closed(units[-1], lines):
            units.pop()
        taken = units[-1].end if units else 0
        self.tail = "" if final else "\n".join([*lines[taken:], rest]) if lines else rest
        return [self._block(unit, lines) for unit in units]

    def _block(self, unit: _Unit, lines: list[str]) -> Block:
        joined = bool(unit.list_mark) and unit.list_mark == self._list_mark
        self._list_mark = unit.list_mark
        return Block("\n".join(lines[unit.start : unit.end]).rstrip(), joined)

    def _units(self, lines: list[str]) -> list[_Unit]:
        """The blocks of `lines` in order; what markdown would hide (link definitions) is a block of its own."""
        units: list[_Unit] = []
        end = 0
        for unit in _parsed_units(self._parser.parse("\n".join(lines))):
            units += _hidden(lines, end, unit.start)
            units.append(unit)
            end = unit.end
        return units + _hidden(lines, end, len(lines))


def _parsed_units(tokens: list[Token]) -> list[_Unit]:
    units: list[_Unit] = []
    list_mark = ""
    for token in tokens:
        if token.map is None or token.nesting < 0:
            continue
        if token.level == 0:
            list_mark = f"{token.type}{token.markup}" if token.type in LISTS else ""
            if not list_mark:
                units.append(_Unit(token.type, token.map[0], token.map[1]))
        elif token.level == 1 and token.type == "list_item_open" and list_mark:
            units.append(_Unit(token.type, token.map[0], token.map[1], list_mark))
    return units


def _hidden(lines: list[str], start: int, end: int) -> list[_Unit]:
    spoken = [number for number in range(start, end) if lines[number].strip()]
    return [_Unit("hidden", spoken[0], spoken[-1] + 1)] if spoken else []


def _is_closed(unit: _Unit, lines: list[str]) -> bool:
    """Whether the last block of complete lines stays as it is, whatever comes next."""
    if unit.kind in ONE_LINERS:
        return True
    if unit.kind == "fence":
        opening, closing = lines[unit.start].strip(), FENCE_END.fullmatch(lines[unit.end - 1])
        mark = re.match(r"`+|~+", opening)
        return unit.end - unit.start > 1 and bool(mark and closing and closing[1].startswith(mark[0]))
    return unit.kind in CLOSED_BY_BLANK and unit.end < len(lines) and not lines[unit.end].strip()
