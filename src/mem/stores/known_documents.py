"""Which documents DuckDB has, kept in memory between commits: an index proposes, DuckDB is the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mem.stores.database import Connection
from mem.stores.glances import Glance, Token

# Rows of the tables that documents are made of: all, those after a `seq`, and the last `seq`.
ROWS = """
select count(*), count(*) filter (where seq > ?), coalesce(max(seq), 0)
from (select seq from message union all select seq from episode)
"""
DOCUMENTS_AFTER = "select seq, hash(session) as session from document where seq > ? order by seq"
INTERLEAVED = 50  # so many documents of other sessions may stand between two of one, where several go on at once
THESE = "select seq from document where seq between ? and ? and list_contains(?, seq)"  # so that not all are read


class KnownDocuments:
    """The `seq` of all documents, and their sessions: read once (measured: 0.1 s for a million), later only what was added
    since."""

    def __init__(self) -> None:
        self._token: Token = ()
        self._seqs, self._sessions = np.zeros(0, np.int64), np.zeros(0, np.uint64)
        self._rows, self._last = 0, -1

    def among(self, glance: Glance, seqs: Sequence[int]) -> set[int]:
        """Those of `seqs` that DuckDB has."""
        self._look(glance)
        asked = np.asarray(seqs, np.int64)
        found = _are_in(self._seqs, asked)
        known = set(asked[found].tolist())
        if not found.all():
            # An episode that came later than its message makes a document that no addition shows.
            known |= known_of(glance.connection, asked[~found].tolist())
        return known

    def around(self, glance: Glance, seqs: Sequence[int], reach: int) -> list[int]:
        """The documents up to `reach` places before and after one of `seqs` in its session, but not these; in order."""
        self._look(glance)
        asked = np.asarray(seqs, np.int64)
        near: set[int] = set()
        for place in np.searchsorted(self._seqs, asked[_are_in(self._seqs, asked)]):
            first = max(0, place - INTERLEAVED)
            same = first + np.flatnonzero(self._sessions[first : place + INTERLEAVED + 1] == self._sessions[place])
            own = int(np.searchsorted(same, place))
            near.update(self._seqs[same[max(0, own - reach) : own + reach + 1]].tolist())
        return sorted(near.difference(seqs))

    def _look(self, glance: Glance) -> None:
        if glance.token != self._token:
            self._refresh(glance.connection)
            self._token = glance.token

    def _refresh(self, connection: Connection) -> None:
        """What was added is appended. If more happened, the numbers of rows do not add up, and all is read again."""
        rows, added, last = connection.execute(ROWS, [self._last]).fetchall()[0]
        if self._last < 0 or rows != self._rows + added:
            self._forget_all()
        if last > self._last:
            came = connection.execute(DOCUMENTS_AFTER, [self._last]).fetchnumpy()
            self._seqs = np.concatenate([self._seqs, np.asarray(came["seq"], np.int64)])
            self._sessions = np.concatenate([self._sessions, np.asarray(came["session"], np.uint64)])
        self._rows, self._last = rows, last

    def _forget_all(self) -> None:
        self._seqs, self._sessions = self._seqs[:0], self._sessions[:0]
        self._rows, self._last = 0, -1


def known_of(connection: Connection, seqs: Sequence[int]) -> set[int]:
    """Those of a few `seqs` that DuckDB has."""
    if not seqs:
        return set()
    return {int(seq) for (seq,) in connection.execute(THESE, [min(seqs), max(seqs), list(seqs)]).fetchall()}


def all_known(connection: Connection) -> NDArray[np.int64]:
    """The `seq` of all documents, in order."""
    return np.asarray(connection.execute(DOCUMENTS_AFTER, [-1]).fetchnumpy()["seq"], np.int64)


def come_back(connection: Connection) -> set[int]:
    """The documents at or below the mark that are to be indexed again."""
    rows = connection.execute("select seq from document where seq in (select seq from unindexed)").fetchall()
    return {int(seq) for (seq,) in rows}


def stale(connection: Connection) -> set[int]:
    """Those, and what is no more: no row of them may be in the index before it is added to."""
    return {int(seq) for (seq,) in connection.execute("select seq from unindexed").fetchall()}


def _are_in(known: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(asked), bool)
    return np.asarray(known[np.minimum(np.searchsorted(known, asked), len(known) - 1)] == asked)
