"""Vectors by text: what was embedded once in an evaluation is not embedded again."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from mem.models import Embedder, Vectors


class CachedEmbedder:
    """An embedder that remembers. Haystacks share most of their texts, and all rankers ask the same questions."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._passages: dict[bytes, Vectors] = {}
        self._queries: dict[str, Vectors] = {}

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        keys = [blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._passages}
        self._passages.update(zip(fresh, self._embedder.embed_passages(list(fresh.values())), strict=True))
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([self._passages[key] for key in keys])

    def embed_query(self, text: str) -> Vectors:
        if text not in self._queries:
            self._queries[text] = self._embedder.embed_query(text)
        return self._queries[text]
