"""Patterns that are compiled when a text first has a word that they cannot do without.

There are hundreds of patterns, some of many thousand characters, and `re` takes over a second to compile them all; what
somebody writes has the words of a few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache

# A piece of a word that no quantifier cuts, a group's beginning and end, a quantifier, or anything else as a whole.
TOKEN = re.compile(
    r"(?P<run>[^\W_](?:[\w'’-]*[\w'’])?(?![?*+{]))"
    r"|(?P<group>\((?:\?(?P<prefix>P<\w+>|[:=!]|<[=!]|[a-z]*-?[a-z]+:)|(?!\?)))|(?P<end>\))|(?P<or>\|)"
    r"|(?P<quantifier>(?P<none>[?*]|\{0?[,}])|[+{])[\d,]*\}?\??"
    r"|\\(?:x[\da-f]{2}|u[\da-f]{4}|[^xuUN\d])|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<unknown>[\\(])|.",
    re.DOTALL,
)
LONG = 4  # letters: a longer word is hardly rarer
Words = frozenset[str]
NOTHING_NEEDED: Words = frozenset()


class LazyPattern:
    """A pattern that says by its `needed` words where it cannot match, and is compiled where it might; case does not matter.

    Its methods are those of `re.Pattern` that are used here, and find the same.
    """

    def __init__(self, source: str) -> None:
        self.pattern = source
        self._last: tuple[str | None, bool] = None, False

    @cached_property
    def needed(self) -> Words:
        """Folded words one of which is in all that matches; none where that cannot be told. ValueError for a pattern with
        anything that is not understood here."""
        return _one_of_several(TOKEN.finditer(self.pattern))

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE)

    def may_be_in(self, text: str) -> bool:
        """Whether anything in `text` may match."""
        asked, answer = self._last
        if asked is not text:  # the same text is asked about at each of its clauses
            folded = _folded(text)
            answer = not self.needed or any(word in folded for word in self.needed)
            self._last = text, answer
        return answer

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        return self.compiled.match(text, start) if self.may_be_in(text) else None

    def fullmatch(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        return self.compiled.fullmatch(text, start, len(text) if end is None else end) if self.may_be_in(text) else None

    def search(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        return self.compiled.search(text, start, len(text) if end is None else end) if self.may_be_in(text) else None

    def finditer(self, text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
        return self.compiled.finditer(text, start, len(text) if end is None else end) if self.may_be_in(text) else iter(())

    def sub(self, replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self.compiled.sub(replacement, text) if self.may_be_in(text) else text


def fold_case(text: str) -> str:
    """`text` with one letter for all that `re` takes for the same; `casefold` alone leaves İ and ı beside i."""
    return text.replace("İ", "i").replace("ı", "i").casefold()


_folded = lru_cache(maxsize=4)(fold_case)  # of a sentence, which hundreds of patterns are asked about


def _one_of_several(tokens: Iterator[re.Match[str]]) -> Words:
    """The words of which any match has one, for the alternatives that follow, up to the end of their group."""
    found: set[str] = set()
    best = last = NOTHING_NEEDED  # of this alternative; of its last piece, which a quantifier may still undo
    is_open = False  # whether an alternative needs no word
    for token in tokens:
        kind = token.lastgroup
        if kind == "quantifier":
            last = NOTHING_NEEDED if token["none"] else last
            continue
        if last:
            best, last = _rarer(best, last), NOTHING_NEEDED
        if kind == "run" or (kind is None and token[0].isalnum()):
            last = frozenset((fold_case(token[0]),))
        elif kind == "group":
            inner = _one_of_several(tokens)
            last = NOTHING_NEEDED if (token["prefix"] or ":")[0] in "=!<" else inner
        elif kind == "or":
            is_open |= not best
            found |= best
            best = NOTHING_NEEDED
        elif kind == "end":
            break
        elif kind == "unknown":
            raise ValueError(f"not understood in a pattern: {token.string[token.start() :][:20]!r}")
    best = _rarer(best, last)
    return NOTHING_NEEDED if is_open or not best else best | found


def _rarer(one: Words, other: Words) -> Words:
    """Of two sets of words that a match has one of each, the one that fewer texts have."""
    if not one or not other:
        return one or other
    return max(one, other, key=lambda words: (min(LONG, *map(len, words)), -len(words)))
