from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mem.records import Document
from mem.stores.passages import PASSAGE_CHARS, passages, pieces


def test_a_short_text_stays_whole():
    assert list(pieces("the boiler is loud")) == ["the boiler is loud"]
    assert list(pieces("")) == [""]


def test_a_document_that_stays_whole_is_the_same():
    document = Document(7, "e3", "text", "imported", "", "", "short", datetime(2026, 1, 1, tzinfo=UTC))

    assert passages([document])[0] is document


def test_a_long_text_is_cut_between_paragraphs_before_sentences():
    paragraphs = ["One sentence here. And another one here, which is longer. " * 12 + "\n\n"] * 3

    assert list(pieces("".join(paragraphs))) == paragraphs


@pytest.mark.parametrize("unit", ["x", "word ", "A sentence. ", "line\n", "日本"])
def test_no_piece_is_much_longer_or_shorter_than_the_others(unit):
    found = list(pieces(unit * 3000))

    assert len(found) > 2
    assert max(map(len, found)) <= 1.2 * PASSAGE_CHARS + 1
    assert min(map(len, found)) >= 0.5 * PASSAGE_CHARS


@given(st.text(max_size=5000))
def test_nothing_is_left_out(text):
    assert "".join(pieces(text)) == text


def test_passages_keep_whose_they_are():
    document = Document(7, "e3", "answer", "turn", "s1", "t2", "A sentence. " * 200, datetime(2026, 1, 1, tzinfo=UTC))

    found = passages([document])

    assert len(found) == 3
    assert {(one.seq, one.episode, one.part, one.turn) for one in found} == {(7, "e3", "answer", "t2")}
