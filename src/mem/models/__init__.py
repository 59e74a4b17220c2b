"""What `mem` asks of a chat model, an embedder and a re-ranker; the implementations are the only importers of a model library.

`local` is llama.cpp, `remote` is litellm, `embedder` is ONNX or sentence-transformers, `scripted` needs no weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mem.records import Message, Tool, ToolCall

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer: text to show, or one complete tool call."""

    text: str = ""
    tool_call: ToolCall | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the last request. `evaluated` is how much of the prompt had to be read anew; -1 where unknown.

    `dollars`: about what all requests of this model have cost so far; None where nobody knows.
    """

    prompt: int
    answer: int
    evaluated: int = -1
    dollars: float | None = None


class ChatModel(Protocol):
    """A model that answers in words, and may call tools where `can_call_tools`."""

    @property
    def name(self) -> str:
        """What the user would write in `model = …`."""

    @property
    def context_window(self) -> int:
        """The most tokens that prompt and answer may have together."""

    @property
    def can_call_tools(self) -> bool:
        """Whether offering tools is worth their tokens."""

    @property
    def can_extract(self) -> bool:
        """Whether facts read by this model can be trusted after grounding (1B parameters and up, any remote)."""

    @property
    def usage(self) -> Usage:
        """Tokens of the last finished `stream` or `complete_json`."""

    def count_tokens(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> int:
        """Tokens of the whole prompt as the model would see it, template included."""

    def count_text(self, text: str) -> int:
        """Tokens of `text` alone."""

    def stream(
        self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), max_tokens: int | None = None
    ) -> Iterator[Chunk]:
        """The answer as it is made. Closing the iterator stops the model.

        Raises ModelError or a child of it; an empty answer without a tool call is an error too.
        """

    def complete_json(self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int = 512) -> Any:
        """A value that matches the JSON schema. Work in the background: a local model drops it when `stream` is
        called meanwhile (Interrupted) and keeps the chat's prefix."""

    def interrupt(self) -> None:
        """Stops what the model is doing, from any thread: `stream` and `complete_json` raise Interrupted."""

    def close(self) -> None:
        """Frees the weights or connections; the model cannot be used afterwards."""


class Embedder(Protocol):
    """Texts to vectors of one space."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever vectors made before and after could not be compared."""

    @property
    def dimensions(self) -> int:
        """Length of each vector."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """One unit-length row for each text, in order; shape (len(texts), dimensions)."""

    def embed_query(self, text: str) -> Vectors:
        """One unit-length vector; shape (dimensions,)."""


class Reranker(Protocol):
    """Reads a query and a text together, which is slower than comparing vectors and may be better."""

    @property
    def name(self) -> str:
        """What the user would write in `reranker = …`."""

    def score(self, query: str, texts: Sequence[str]) -> Vectors:
        """How well each text answers the query, higher is better; shape (len(texts),), on the model's own scale."""
