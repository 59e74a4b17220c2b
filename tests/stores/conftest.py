"""Profiles with something in them."""

import pytest
from index_helpers import TEXTS


@pytest.fixture
def filled(rows, now):
    """Five texts, a day apart."""
    for text in TEXTS:
        rows.file(text)
        now.advance(days=1)


@pytest.fixture
def indexed(filled, index):
    """The same, in the search index."""
    index.catch_up()
