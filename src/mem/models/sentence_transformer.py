"""Any sentence-transformers embedder or CrossEncoder of this machine, on its GPU where there is one. Imported in seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from sentence_transformers import CrossEncoder, SentenceTransformer
from transformers.utils import logging

from mem.errors import ModelError
from mem.models import Vectors
from mem.models.embedder import BATCH_TEXTS, clean, find_folder, make_fingerprint
from mem.models.hub import first_line, missing

# What the two libraries raise on files that are absent, cut short or of another kind; they have no class of their own for it.
LOAD_ERRORS = (OSError, ValueError, RuntimeError, LookupError, AttributeError, TypeError, ImportError, SafetensorError)
GPU_BATCH_TEXTS = 256  # a GPU is idle with the few that keep a processor busy
PASSAGE_PROMPTS = ("document", "passage", "corpus")


class SentenceTransformerEmbedder:
    """The model of a folder, or one of the local hub cache. A prefix left empty is the one the model itself asks for."""

    def __init__(self, name: str, *, query_prefix: str = "", passage_prefix: str = "") -> None:
        self._model = _load(name)
        prompts = self._model.prompts
        self._query_prefix = query_prefix or prompts.get("query") or ""
        self._passage_prefix = passage_prefix or next((prompts[key] for key in PASSAGE_PROMPTS if prompts.get(key)), "")
        self.dimensions = int(self._model.get_embedding_dimension() or 0) or self._encode([""], "").shape[1]
        self.fingerprint = make_fingerprint(
            Path(name).name,
            weights=_hash_weights(self._model),
            dimensions=self.dimensions,
            pooling=_describe(self._model),
            query_prefix=self._query_prefix,
            passage_prefix=self._passage_prefix,
        )

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        return self._encode(list(texts), self._passage_prefix)

    def embed_query(self, text: str) -> Vectors:
        row: Vectors = self._encode([text], self._query_prefix)[0]
        return row

    def _encode(self, texts: list[str], prompt: str) -> Vectors:
        try:
            vectors = self._model.encode(
                [clean(text) for text in texts],
                prompt=prompt,
                batch_size=_batch_size(self._model),
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
            )
        except RuntimeError as error:
            raise ModelError(f"the embedder failed ({str(error)[:200]}); what was stored stays: try again") from error
        return np.asarray(vectors, np.float32)


class CrossEncoderReranker:
    """A CrossEncoder that gives one number for a query and a text."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._model = _load(name, CrossEncoder, "re-ranker")
        if self._model.num_labels != 1:
            raise ModelError(f"{name} sorts texts into {self._model.num_labels} kinds; a re-ranker gives one number")

    def score(self, query: str, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros(0, np.float32)
        pairs = [(clean(query), clean(text)) for text in texts]
        try:
            scores = self._model.predict(pairs, batch_size=_batch_size(self._model), show_progress_bar=False)
        except RuntimeError as error:
            raise ModelError(f"the re-ranker failed ({str(error)[:200]}); turn it off with: mem models reranker off") from error
        return np.asarray(scores, np.float32)


def _load(name: str, kind: Any = SentenceTransformer, what: str = "embedder") -> Any:
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    if not name:
        raise missing(name, what)
    folder = find_folder(name)
    try:
        # Weights in other formats than safetensors are pickles: loading one runs code.
        return kind(
            str(folder or name),
            device=None,
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
    except LOAD_ERRORS as error:
        if folder is None:
            raise missing(name, what) from error
        library_kind = "sentence-transformers model" if what == "embedder" else "CrossEncoder"
        raise ModelError(f"{folder} is no {library_kind} with safetensors weights: {first_line(error)}") from error


def _batch_size(model: Any) -> int:
    return BATCH_TEXTS if model.device.type == "cpu" else GPU_BATCH_TEXTS


def _hash_weights(model: Any) -> str:
    """Of the parameters themselves, so that a moved or renamed folder is still the same model."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:16]


def _describe(model: Any) -> str:
    """The model's stages, with how they pool and where they cut."""
    stages = [type(stage).__name__ + str(getattr(stage, "pooling_mode", "")) for stage in model]
    return f"{'+'.join(stages)}-of-{model.max_seq_length}"
