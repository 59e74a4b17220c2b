"""Long texts in pieces: an embedder reads the first thousand characters or so, and one vector for all of a long answer
says little of any part of it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mem.records import Document

PASSAGE_CHARS = 800
ASKED = "Asked: "  # how the line of a summary begins that names questions
# Where to cut, best first: between paragraphs, lines, sentences, words.
BREAKS = tuple(map(re.compile, (r"\n\s*\n", r"\n", r"(?<=[.!?…])\s+", r"\s+")))
EARLIEST, LATEST = 0.6, 1.2  # of the length that pieces would have if they were all as long


def passages(documents: Sequence[Document]) -> list[Document]:
    """Each document whole, or where it is long as several, with the same `seq` and nothing of the text left out.

    Each line of a summary tells of something else: it is found, and shown, by itself. What was asked is found only where
    nothing else is: a question has the words of its answer.
    """
    return [
        document if piece is document.text else replace(document, text=piece)
        for document in documents
        for text in (_lines(document.text) if document.kind == "summary" else [document.text])
        for piece in pieces(text)
    ]


def _lines(summary: str) -> list[str]:
    lines = summary.split("\n")
    return [line for line in lines if not line.startswith(ASKED)] or lines


def pieces(text: str) -> Iterator[str]:
    """`text`, or pieces of it of about PASSAGE_CHARS: at most a fifth longer, none much shorter than the others."""
    count = math.ceil(len(text) / PASSAGE_CHARS)
    if count <= 1:
        yield text
        return
    start = 0
    for left in range(count, 1, -1):
        length = (len(text) - start) // left
        end = start + _cut(text[start : start + int(LATEST * length)], length)
        yield text[start:end]
        start = end
    yield text[start:]


def _cut(text: str, wanted: int) -> int:
    for pattern in BREAKS:
        if ends := [found.end() for found in pattern.finditer(text, int(EARLIEST * wanted))]:
            return min(ends, key=lambda end: abs(end - wanted))
    return wanted
