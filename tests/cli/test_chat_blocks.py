"""Streamed text is cut into finished blocks: always the same ones, and never with anything lost."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mem.cli.repl.blocks import Block, BlockSplitter
from mem.cli.streaming import PieceSanitiser
from mem.text import sanitise

ANSWER = """# Lisbon

Ada lives in *Lisbon*.
She works at the aquarium.

1. one
2. two

   still two
3. three
- a
- b
* c

```python
def f():

    return 1
```
| a | b |
|---|---|
| 1 | 2 |

> quoted
> more

Title
=====
[ref]: https://example.org/full "t"

<div>html</div>
***
the end"""


def pieces_of(text: str, cuts: list[int]) -> list[str]:
    places = sorted({min(cut, len(text)) for cut in cuts})
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


def split(pieces: list[str]) -> list[Block]:
    splitter = BlockSplitter()
    blocks = [block for piece in pieces for block in splitter.feed(piece)]
    return [*blocks, *splitter.finish()]


def test_blocks_come_whole_and_items_of_a_list_one_by_one():
    blocks = split([ANSWER])

    assert [block.text.splitlines()[0] for block in blocks] == [
        "# Lisbon", "Ada lives in *Lisbon*.", "1. one", "2. two", "3. three", "- a", "- b", "* c", "```python", "| a | b |",
        "> quoted", "Title", '[ref]: https://example.org/full "t"', "<div>html</div>", "***", "the end",
    ]  # fmt: skip
    assert [block.text for block in blocks if block.joined] == ["2. two\n\n   still two", "3. three", "- b"]


def test_every_cutting_gives_the_same_blocks():
    whole = split([ANSWER])
    chance = random.Random(7)

    for _ in range(200):
        assert split(pieces_of(ANSWER, [chance.randrange(len(ANSWER)) for _ in range(chance.randrange(60))])) == whole
    assert split(list(ANSWER)) == whole


markdown = st.text("ab 1.)-*+#>`~|=_\n\n[]:<\t", max_size=80)


@given(markdown, st.lists(st.integers(0, 80), max_size=12))
@example("- a\n - b\n  - c\n   - d\n    - e\n", [3, 7])
@example("```\n``\n````\nafter", [9])
def test_any_text_in_any_pieces_gives_the_same_blocks(text, cuts):
    assert split(pieces_of(text, cuts)) == split([text])


@given(markdown)
def test_no_line_is_lost_or_doubled(text):
    given_lines = [line.rstrip() for line in text.split("\n") if line.strip()]

    shown = [line.rstrip() for block in split(list(text)) for line in block.text.split("\n") if line.strip()]

    assert shown == given_lines


def test_a_finished_paragraph_and_a_closed_fence_do_not_wait_for_what_follows():
    splitter = BlockSplitter()

    assert splitter.feed("one\n") == []
    assert splitter.feed("\n") == [Block("one")]
    assert splitter.feed("```\ncode\n") == []
    assert splitter.feed("```\n") == [Block("```\ncode\n```")]
    assert splitter.tail == ""


hostile = st.text("ab\x1b[]31;m\x07\\\r\n\t\x9b\x9d\x90\x9c \u202e\ud800P", max_size=40)


@given(hostile, st.lists(st.integers(0, 40), max_size=8))
@example("a\x1b]52;c;QUFB\x07b", [1, 2, 5, 12])
@example("\x1b\tX", [2])
@example("\r\n", [1])
def test_sanitised_pieces_are_the_sanitised_whole(text, cuts):
    sanitiser = PieceSanitiser()

    shown = "".join(sanitiser.feed(piece) for piece in pieces_of(text, cuts)) + sanitiser.finish()

    assert shown == sanitise(text)


@pytest.mark.parametrize("sequence", ["\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x9b31m"])
def test_a_control_sequence_in_single_characters_never_gets_through(sequence):
    sanitiser = PieceSanitiser()

    shown = "".join(sanitiser.feed(character) for character in f"a{sequence}b") + sanitiser.finish()

    assert shown == "ab"
