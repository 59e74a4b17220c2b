"""Searching a generation of the index before it is the current one, to decide whether it becomes that."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mem.models import Embedder
from mem.stores.database import Database
from mem.stores.episodes import Current, EpisodeIndex
from mem.stores.generations import Listed
from mem.stores.glances import Glance


class PreviewIndex(EpisodeIndex):
    """Searches generation `number`, built with `embedder`, as `EpisodeIndex` would if it were current. Adds nothing."""

    def __init__(self, database: Database, embedder: Embedder, number: int) -> None:
        super().__init__(database, embedder)
        self._number = number

    def catch_up(self, *, progress: Callable[[int], None] = lambda done: None) -> int:
        """Nothing: what came in since belongs into the index that answers."""
        return 0

    def _read_current(self, glance: Glance) -> Current:
        return Current(glance.token, self._number, self._embedder.fingerprint, ())

    def _verify(self, number: int, files: Sequence[Listed]) -> None:
        """Nothing: a list of its files is made when it becomes current."""
