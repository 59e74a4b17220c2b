"""An embedder that may be exchanged while it is in use, as another process may do; vectors are never mixed up by it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from mem.models import Embedder, Vectors


class FollowingEmbedder:
    """Asks `renew` for the embedder to use whenever `marker` has changed. Safe to use from several threads.

    What a thread is told about the embedder is true of the vectors it was given last, also where another thread has
    since renewed it: so a vector is never taken for one of another space.
    """

    def __init__(self, marker: Callable[[], int], renew: Callable[[Embedder | None], Embedder]) -> None:
        self._marker = marker
        self._renew = renew
        self._lock = threading.Lock()
        self._own = threading.local()
        self._seen = marker()
        self._current = renew(None)

    @property
    def fingerprint(self) -> str:
        return self._last().fingerprint

    @property
    def dimensions(self) -> int:
        return self._last().dimensions

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._follow().embed_passages(texts)

    def embed_query(self, text: str) -> Vectors:
        return self._follow().embed_query(text)

    def _follow(self) -> Embedder:
        # Read first: what changes while `renew` looks is looked at again.
        marked = self._marker()
        with self._lock:
            current, seen = self._current, self._seen
        if marked != seen:
            # Not under the lock: it waits for the profile, which may be held by a thread that wants to embed.
            current = self._renew(current)
            with self._lock:
                self._current, self._seen = current, marked
        self._own.last = current
        return current

    def _last(self) -> Embedder:
        last: Embedder = getattr(self._own, "last", self._current)
        return last
