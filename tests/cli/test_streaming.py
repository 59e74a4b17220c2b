from __future__ import annotations

import pytest

from mem.cli.streaming import AnswerStream
from mem.text import sanitise

HOSTILE = "a\x1b[31mb\x1b]0;title\x07c\x1b]52;c;ZXZpbA==\x1b\\d\x9b2Je\x1bPq#0\x1b\\f\r\ng"


def shown(*pieces: str) -> str:
    out: list[str] = []
    stream = AnswerStream(out.append)
    for piece in pieces:
        stream.feed(piece)
    stream.end()
    stream.end()
    return "".join(out)


@pytest.mark.parametrize("cut", range(1, len(HOSTILE)))
def test_a_sequence_split_between_two_pieces_does_not_get_through(cut):
    assert shown(HOSTILE[:cut], HOSTILE[cut:]) == sanitise(HOSTILE) + "\n"


def test_a_sequence_that_comes_character_by_character_does_not_get_through():
    assert shown(*HOSTILE) == "abcdef\ng\n"


def test_an_answer_ends_with_exactly_one_line_end():
    assert shown("yes", "\n", "\n") == "yes\n"
    assert shown("yes") == "yes\n"
    assert shown("one\n", "\ntwo") == "one\n\ntwo\n"


def test_no_answer_is_no_output():
    assert shown() == ""
    assert shown("\n\n") == ""


def test_a_sequence_that_never_ends_is_not_held_back_for_ever():
    assert shown("a\x1b]0;" + "x" * 5000, "\x07", "b").endswith("b\n")
