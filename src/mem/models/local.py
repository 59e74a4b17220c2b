"""A chat model in a GGUF file on this machine, run by llama.cpp."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from mem.errors import ContextOverflow, ModelError
from mem.models import Chunk, Usage
from mem.models.gguf import Gguf, GgufSettings, Parked
from mem.models.gguf_prompt import ChatTemplate
from mem.models.tool_calls import ENDS, MARKERS, Screen, read_tool_call, tool_call_schema
from mem.models.turns import Turns
from mem.records import Message, Tool, ToolCall

TOOLS_FROM_PARAMS = 3_000_000_000
EXTRACTION_FROM_PARAMS = 1_000_000_000
CALL_TOKENS = 1024
TOKENISED_TEXTS = 1024
CONTROL_MARKS = frozenset(mark.encode() for mark in (*ENDS, *MARKERS))


class LocalChatModel:
    """One GGUF file, one context; requests from several threads wait for each other, extraction gives way to answers."""

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        context_window: int,
        n_gpu_layers: str,
        n_threads: int,
        n_batch: int,
        flash_attention: bool,
        kv_cache_type: str,
        rope_freq_base: float,
        rope_freq_scale: float,
        temperature: float,
        tools: str,
        answer_tokens: int,
        on_trouble: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self.name = name
        self.usage = Usage(0, 0)
        settings = GgufSettings(
            context_window, n_gpu_layers, n_threads, n_batch, flash_attention, kv_cache_type, rope_freq_base, rope_freq_scale
        )
        self._gguf = Gguf(path, settings)
        self._temperature = temperature
        self._answer_tokens = answer_tokens
        bos, eos = self._gguf.special_texts()
        self._template = ChatTemplate(
            self._gguf.template,
            bos=bos,
            eos=eos,
            loaded_at=datetime.now(UTC).astimezone(),
            on_trouble=lambda reason: on_trouble(f"{name}: {reason}"),
        )
        self._turns = Turns(stop=self._gguf.stop, resume=self._gguf.resume)
        self._tokenise = lru_cache(TOKENISED_TEXTS)(self._tokenise_anew)
        self._side: Parked | None = None
        able = self._template.mentions_tools and self._gguf.n_params >= TOOLS_FROM_PARAMS
        self.can_call_tools = tools == "on" or (tools == "auto" and able)
        self.can_extract = self._gguf.n_params >= EXTRACTION_FROM_PARAMS

    @property
    def context_window(self) -> int:
        return self._gguf.context_window

    @property
    def offload(self) -> str:
        """How much of the model really is on a GPU, for `mem models` and `mem doctor`."""
        return self._gguf.offload

    def count_text(self, text: str) -> int:
        return len(self._tokenise(text, special=False))

    def count_tokens(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> int:
        return len(self._prompt(messages, tools))

    def stream(
        self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), max_tokens: int | None = None
    ) -> Iterator[Chunk]:
        """The answer as it is made; a tool call is decoded under a grammar from where it begins, so it is well-formed."""
        prompt = self._fitting_prompt(messages, tools)
        limit = self._answer_tokens if max_tokens is None else max_tokens
        with self._turns.foreground():
            anything = False
            for chunk in self._chunks(prompt, tools, limit):
                anything = anything or bool(chunk.text.strip()) or chunk.tool_call is not None
                yield chunk
        if not anything:
            raise ModelError(f"{self.name} gave an empty answer; ask again in other words, or try another model")

    def force_tool_call(self, messages: Sequence[Message], tools: Sequence[Tool]) -> ToolCall:
        """A call of one of `tools`, whatever the model would have preferred to say."""
        prompt = self._fitting_prompt(messages, tools)
        with self._turns.foreground():
            return self._call([*prompt, *self._tokenise("<tool_call>\n", special=True)], tools)

    def complete_json(self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int = 512) -> Any:
        prompt = self._fitting_prompt(messages)
        with self._turns.background():
            text = self._aside(prompt, schema, max_tokens)
        try:
            return json.loads(text, strict=False)
        except json.JSONDecodeError:
            raise ModelError(f"{self.name} did not end its JSON within {max_tokens} tokens; nothing of it was used") from None

    def interrupt(self) -> None:
        """Stops what the model is doing, also while it reads a prompt; from any thread or a signal handler."""
        self._gguf.stop()

    def close(self) -> None:
        with self._turns.last() as stopped:
            if stopped:
                self._template.close()
                self._gguf.close()

    def _chunks(self, prompt: list[int], tools: Sequence[Tool], limit: int) -> Iterator[Chunk]:
        screen = Screen(tools_offered=bool(tools))
        said = ""
        for piece in self._generate(prompt, limit):
            seen = screen.feed(piece)
            said += seen.text
            if seen.text:
                yield Chunk(seen.text)
            if seen.call is not None:
                opening = self._tokenise(said, special=False) + self._tokenise(seen.call, special=True)
                words = self.usage
                tool_call = self._call([*prompt, *opening], tools)
                evaluated = words.evaluated + self.usage.evaluated
                self.usage = Usage(len(prompt), words.answer + self.usage.answer, evaluated)
                yield Chunk(tool_call=tool_call)
                return
            if seen.ended:
                return
        if rest := screen.rest():
            yield Chunk(rest)

    def _call(self, prompt: list[int], tools: Sequence[Tool]) -> ToolCall:
        """One call, decoded under the grammar of the tools' schemas from the end of `prompt`."""
        text = ""
        for piece in self._generate(prompt, CALL_TOKENS, tool_call_schema(tools)):
            text += piece
            if "}" in piece and (tool_call := read_tool_call(text)):
                return tool_call
        raise ModelError(f"{self.name} did not end its tool call within {CALL_TOKENS} tokens; nothing was run, ask again")

    def _aside(self, prompt: list[int], schema: Mapping[str, Any], limit: int) -> str:
        """Text under a schema, with the chat's tokens out of the context meanwhile and back afterwards.

        The side work's own tokens are kept too: its prompts all begin with the same instructions.
        """
        chat = self._gguf.park()
        if self._side:
            self._gguf.put_back(self._side)
        try:
            return "".join(self._generate(prompt, limit, schema, temperature=0.0))
        finally:
            self._side = self._gguf.park()
            self._gguf.put_back(chat)

    def _generate(
        self, prompt: list[int], limit: int, schema: Mapping[str, Any] | None = None, *, temperature: float | None = None
    ) -> Iterator[str]:
        """Pieces of text until the model ends its turn, the limit or the context window; whole characters only."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        limit = min(limit, self.context_window - len(prompt))
        with self._gguf.sampler(self._temperature if temperature is None else temperature, schema) as sampler:
            evaluated = self._gguf.evaluate(prompt)
            for count in range(1, limit + 1):
                token = sampler.sample()
                self.usage = Usage(len(prompt), count, evaluated)
                if self._gguf.is_end(token):
                    break
                if text := decoder.decode(self._piece(token)):
                    yield text
                if count < limit:
                    self._gguf.extend([token])
            if text := decoder.decode(b"", final=True):
                yield text

    def _piece(self, token: int) -> bytes:
        """What a token adds to the text; of the control tokens only those that `Screen` acts on."""
        if text := self._gguf.piece(token):
            return text
        mark = self._gguf.piece(token, special=True)
        return mark if mark in CONTROL_MARKS else b""

    def _fitting_prompt(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> list[int]:
        prompt = self._prompt(messages, tools)
        if len(prompt) >= self.context_window:
            raise ContextOverflow(
                f"the prompt has {len(prompt):,} tokens, the context window of {self.name} is {self.context_window:,}; "
                "shorten it or set a larger context_window"
            )
        return prompt

    def _prompt(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> list[int]:
        parts = self._template.render(messages, tools)
        tokens = [token for part in parts for token in self._tokenise(part.text, special=part.special)]
        bos = self._gguf.bos
        return tokens if bos is None or tokens[:1] == [bos] else [bos, *tokens]

    def _tokenise_anew(self, text: str, *, special: bool) -> tuple[int, ...]:
        return tuple(self._gguf.tokenise(text, special=True) if special else self._gguf.tokenise_content(text))
