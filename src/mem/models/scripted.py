"""For tests, without weights: a chat model that says what it is told to, an embedder that hashes words, a re-ranker."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from mem.errors import ContextOverflow, ModelError
from mem.models import Chunk, Usage, Vectors
from mem.records import Message, Tool, ToolCall


def says(text: str) -> Message:
    """A scripted answer in words."""
    return Message("assistant", text)


def calls(name: str, **arguments: Any) -> Message:
    """A scripted call of one tool."""
    return Message("assistant", "", tool_calls=(ToolCall(f"call-{name}", name, arguments),))


class ScriptedChatModel:
    """Gives its replies in order, then repeats the last user message. A reply that is an exception is raised.

    `prompts` keeps every list of messages it was asked with. A word is a token.
    """

    def __init__(
        self,
        *replies: Message | ModelError,
        context_window: int = 4096,
        can_call_tools: bool = True,
        extractions: Sequence[Any] = (),
    ) -> None:
        self.name = "scripted"
        self.context_window = context_window
        self.can_call_tools = can_call_tools
        self.can_extract = bool(extractions)
        self.usage = Usage(0, 0)
        self.prompts: list[tuple[Message, ...]] = []
        self._replies = list(replies)
        self._extractions = list(extractions)

    def enqueue(self, *replies: Message | ModelError) -> None:
        """Adds replies behind those not yet given."""
        self._replies.extend(replies)

    def count_text(self, text: str) -> int:
        return len(text.split())

    def count_tokens(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> int:
        return sum(self.count_text(message.text) + 1 for message in messages) + sum(
            self.count_text(json.dumps([tool.name, tool.description, tool.parameters])) for tool in tools
        )

    def stream(
        self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), max_tokens: int | None = None
    ) -> Iterator[Chunk]:
        self.prompts.append(tuple(messages))
        prompt_tokens = self.count_tokens(messages, tools)
        if prompt_tokens >= self.context_window:
            raise ContextOverflow(f"the prompt has {prompt_tokens} tokens; scripted takes {self.context_window}")
        reply = self._replies.pop(0) if self._replies else says(f"You said: {_last_user_text(messages)}")
        if isinstance(reply, ModelError):
            raise reply
        words = re.findall(r"\S+\s*", reply.text)[:max_tokens]
        for word in words:
            yield Chunk(word)
        for tool_call in reply.tool_calls:
            yield Chunk(tool_call=tool_call)
        self.usage = Usage(prompt_tokens, len(words))

    def complete_json(self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int = 512) -> Any:
        self.prompts.append(tuple(messages))
        reply = self._extractions.pop(0) if self._extractions else ModelError("scripted has no more extractions")
        if isinstance(reply, ModelError):
            raise reply
        return reply

    def interrupt(self) -> None:
        """Nothing to stop: a scripted reply is there at once."""

    def close(self) -> None:
        self._replies.clear()


class HashEmbedder:
    """Each word adds one to a place chosen by its checksum: texts that share words are near each other."""

    def __init__(self, dimensions: int = 64, *, name: str = "hash") -> None:
        self.dimensions = dimensions
        self.fingerprint = f"{name}-{dimensions}"

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._embed(text) for text in texts]) if texts else np.zeros((0, self.dimensions), np.float32)

    def embed_query(self, text: str) -> Vectors:
        return self._embed(text)

    def _embed(self, text: str) -> Vectors:
        vector = np.full(self.dimensions, 1e-6, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            vector[zlib.crc32(word.encode("utf-8", "replace")) % self.dimensions] += 1.0
        return (vector / np.linalg.norm(vector)).astype(np.float32)


class OverlapReranker:
    """The share of the query's words that a text has."""

    name = "scripted"

    def score(self, query: str, texts: Sequence[str]) -> Vectors:
        asked = set(re.findall(r"\w+", query.lower()))
        shared = [len(asked & set(re.findall(r"\w+", text.lower()))) for text in texts]
        return np.asarray(shared, np.float32) / np.float32(max(1, len(asked)))


def open_hash_embedder(name: str) -> HashEmbedder | None:
    """The embedder that `scripted` names, or with so many dimensions `scripted-32`; None for another name."""
    found = re.fullmatch(r"scripted(?:-([1-9]\d{0,3}))?", name)
    return HashEmbedder(int(found[1] or 64)) if found else None


def _last_user_text(messages: Sequence[Message]) -> str:
    return next((message.text for message in reversed(messages) if message.role == "user"), "")
