"""Words: which carry meaning, and what they have in common."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import lru_cache

import Stemmer

COMMON_WORDS = """
a about after again all also am an and any are as at be been before being but by can could d did do does doing done ever
for from get go going had has have having he her here him his how i if in into is it its just know let like ll m me mine
more most my no not now of off on one only or our out over own please re remember remind s said say she should so some
such t tell than that the their them then there these they thing this those to told too up us use used ve very was we
were what when where which who whom whose why will with would you your yours
"""
STOP_WORDS = frozenset(COMMON_WORDS.split())
_stemmer = Stemmer.Stemmer("english", 0)
_stemming = threading.Lock()  # one word at a time: a stemmer is not safe beside threads


@lru_cache(4096)
def stems(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning."""
    return stemmed(word for word in re.findall(r"[^\W_]+", text.lower()) if word not in STOP_WORDS)


@lru_cache(65536)
def stem(word: str) -> str:
    """The stem of a lower-case word; kept, as talk says the same words again."""
    with _stemming:
        return str(_stemmer.stemWord(word))


def stemmed(words: Iterable[str]) -> frozenset[str]:
    """The stem of each word, whatever it is."""
    return frozenset(stem(word.casefold()) for word in words)
