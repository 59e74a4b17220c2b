"""A chat model behind an address, through litellm; the only importer of litellm."""

# ruff: noqa: E402 - litellm reads these switches when it is imported

from __future__ import annotations

import os

# Without them the import fetches price lists from the network and sets variables from any `.env` above it.
os.environ.update(
    LITELLM_LOCAL_MODEL_COST_MAP="True",
    LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS="True",
    LITELLM_LOCAL_BLOG_POSTS="True",
    LITELLM_MODE="PRODUCTION",
    PYTHON_DOTENV_DISABLED="1",
)

import json
import logging
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

import httpx
import litellm
import openai

from mem.errors import ContextOverflow, ModelError, ModelMissing, ModelRefused, ModelUnreachable
from mem.models import Chunk, Usage
from mem.models.catalog import usual_key_variable
from mem.models.detached import Detached, Item
from mem.models.remote_keys import is_private, key_names
from mem.models.tool_calls import Screen, ToolCallDeltas, read_tool_call
from mem.models.wire import merge_roles, message_to_json, parse_json, tool_to_json
from mem.records import Message, Tool
from mem.redaction import mask, masked_message
from mem.text import shorten

DEFAULT_CONTEXT_WINDOW = 8192
BYTES_PER_TOKEN = 3
NOT_A_KEY = "none"
CONNECTION_LOST = "connection error"
LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "httpx", "openai")
LIBRARY_ERRORS = (openai.OpenAIError, httpx.HTTPError, OSError)
COUNT_ERRORS = (*LIBRARY_ERRORS, ValueError, KeyError)


class RemoteChatModel:
    """A model that litellm reaches: PROVIDER/NAME, or openai/NAME at `api_base`."""

    def __init__(
        self,
        name: str,
        *,
        api_base: str,
        api_key: str | None,
        timeout_seconds: int,
        temperature: float,
        tools: str,
        answer_tokens: int,
        context_window: int = 0,
    ) -> None:
        _silence()
        self.name = name
        self.usage = Usage(0, 0)
        self.can_call_tools = tools != "off"
        self.can_extract = True
        # litellm's `ollama/` turns tools into prompt text; `ollama_chat/` is the same server's chat interface.
        self._model = name.replace("ollama/", "ollama_chat/", 1) if name.startswith("ollama/") else name
        self.context_window = _known_window(self._model) or context_window or DEFAULT_CONTEXT_WINDOW
        self._api_base = api_base
        # A server of one's own may call its model as another's is called, which has a price.
        self.dollars = 0.0 if not api_base and price(self._model, 1, 1) else None
        self._key = api_key or (NOT_A_KEY if is_private(api_base) else None)
        self._timeout_seconds = timeout_seconds
        self._temperature = temperature
        self._answer_tokens = answer_tokens
        self._running: set[Detached[Any]] = set()

    def count_text(self, text: str) -> int:
        try:
            return int(litellm.token_counter(model=self._model, text=text))
        except COUNT_ERRORS:
            return _guess_tokens(text)

    def count_tokens(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> int:
        wire = [message_to_json(message) for message in merge_roles(messages)]
        described = [tool_to_json(tool) for tool in tools]
        try:
            return int(litellm.token_counter(model=self._model, messages=wire, tools=described or None))
        except COUNT_ERRORS:
            return _guess_tokens(json.dumps([wire, described], ensure_ascii=False))

    def stream(
        self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), max_tokens: int | None = None
    ) -> Iterator[Chunk]:
        prompt_tokens = self._fit(messages, tools)
        answer = ""
        called = 0
        limit = self._answer_tokens if max_tokens is None else max_tokens
        with self._translated(), closing(self._chunks(messages, tools, limit)) as chunks:
            for chunk in chunks:
                answer += chunk.text
                called += chunk.tool_call is not None
                yield chunk
        self._count(prompt_tokens, answer)
        if not answer.strip() and not called:
            raise ModelError(
                f"{self.name} answered nothing; the prompt (about {prompt_tokens:,} tokens) may be larger than its context "
                "window: set a smaller budget_tokens, or ask again"
            )

    def complete_json(self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int = 512) -> Any:
        prompt_tokens = self._fit(messages)
        with self._translated():
            (text,) = self._waited_for(lambda: self._whole_answer(messages, max_tokens, dict(schema)))
        self._count(prompt_tokens, text)
        return parse_json(text, schema, self.name)

    def _count(self, prompt_tokens: int, answer: str) -> None:
        """Notes what a request took, and adds what it cost where litellm's list has a price for it."""
        answer_tokens = self.count_text(answer)
        if self.dollars is not None:
            self.dollars += price(self._model, prompt_tokens, answer_tokens)
        self.usage = Usage(prompt_tokens, answer_tokens, dollars=self.dollars)

    def interrupt(self) -> None:
        """Stops all that is being waited for, also before its first byte; from any thread or a signal handler."""
        for waited_for in tuple(self._running):
            waited_for.stop()

    def close(self) -> None:
        self.interrupt()

    def _waited_for(self, produce: Callable[[], Generator[Item]]) -> Generator[Item]:
        """What `produce` yields in a thread of its own: a server that never answers cannot be waited for in this one."""
        detached = Detached(produce)
        self._running.add(detached)
        try:
            yield from detached
        finally:
            self._running.discard(detached)

    def _chunks(self, messages: Sequence[Message], tools: Sequence[Tool], limit: int) -> Generator[Chunk]:
        """Text as it comes, then the tool calls. Calls that a server leaves in the text are found there."""
        screen = Screen(tools_offered=bool(tools), spelled_ends=False)
        deltas = ToolCallDeltas()
        spelled: str | None = None
        for delta in self._waited_for(lambda: self._deltas(messages, tools, limit)):
            for part in delta.tool_calls or ():
                called = part.function
                deltas.add(index=part.index, id=part.id, name=called and called.name, arguments=called and called.arguments)
            text = delta.content or ""
            if spelled is not None:
                spelled += text
                continue
            seen = screen.feed(text)
            if seen.text:
                yield Chunk(seen.text)
            if seen.call is not None:
                spelled = screen.rest()
        if rest := screen.rest():
            yield Chunk(rest)
        if spelled is not None:
            tool_call = read_tool_call(spelled)
            yield Chunk(tool_call=tool_call) if tool_call else Chunk(spelled)
        for tool_call in deltas.finish():
            yield Chunk(tool_call=tool_call)

    def _deltas(self, messages: Sequence[Message], tools: Sequence[Tool], limit: int) -> Generator[Any]:
        """The server's deltas; closes the connection however this ends."""
        offered = {"tools": [tool_to_json(tool) for tool in tools], "_skip_mcp_handler": True} if tools else {}
        response = self._request(messages, limit, temperature=self._temperature, stream=True, **offered)
        try:
            for chunk in response:
                if chunk.choices:
                    yield chunk.choices[0].delta
        finally:
            _disconnect(response)

    def _whole_answer(self, messages: Sequence[Message], limit: int, schema: dict[str, Any]) -> Generator[str]:
        response = self._request(messages, limit, temperature=0.0, response_format=self._response_format(schema))
        yield response.choices[0].message.content or ""

    def _request(self, messages: Sequence[Message], limit: int, **options: Any) -> Any:
        try:
            return self._request_once(messages, limit, **options)
        except litellm.InternalServerError as error:
            if CONNECTION_LOST not in str(error).lower():
                raise
            # The server may have closed a connection that was kept from an earlier request; a new one is opened now.
            return self._request_once(messages, limit, **options)

    def _request_once(self, messages: Sequence[Message], limit: int, **options: Any) -> Any:
        return litellm.completion(
            model=self._model,
            # What the user keeps in full on this machine is still no business of a server.
            messages=[message_to_json(masked_message(message)) for message in merge_roles(messages)],
            api_base=self._api_base or None,
            api_key=self._key,
            max_tokens=limit,
            timeout=self._timeout_seconds,
            max_retries=0,
            drop_params=True,
            **options,
        )

    def _response_format(self, schema: dict[str, Any]) -> dict[str, Any] | None:
        if self._api_base:
            # What llama.cpp's servers and their like understand; several fail on `json_schema`.
            return {"type": "json_object", "schema": schema}
        if litellm.supports_response_schema(model=self._model):
            return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        return {"type": "json_object"}

    def _fit(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> int:
        tokens = self.count_tokens(messages, tools)
        if tokens >= self.context_window:
            raise ContextOverflow(
                f"the prompt has about {tokens:,} tokens, the context window of {self.name} is {self.context_window:,}; "
                "shorten it, or set a larger context_window if the model has one"
            )
        return tokens

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """What litellm raises, as one line of ours; never with the key in it."""
        try:
            yield
        except LIBRARY_ERRORS as error:
            raise self._translate(error) from error

    def _translate(self, error: Exception) -> ModelError:
        where = f"{self.name} at {self._api_base}" if self._api_base else self.name
        reason = self._reason(error)
        match error:
            case litellm.ContextWindowExceededError():
                return ContextOverflow(f"the prompt is larger than the context window of {where}; set a smaller budget_tokens")
            case litellm.AuthenticationError() | litellm.PermissionDeniedError():
                return ModelRefused(f"{where} refused the key; check {self._key_place()}")
            case litellm.RateLimitError():
                return ModelRefused(f"{where} refused for now (too many requests, or no credit left); try again later")
            case litellm.NotFoundError():
                return ModelMissing(f"{where} does not exist there: {reason}; check model and api_base (it ends with /v1)")
            case litellm.Timeout():
                return self._too_slow(where)
        return self._translate_by_words(error, where, reason)

    def _translate_by_words(self, error: Exception, where: str, reason: str) -> ModelError:
        """Errors whose class says too little: a server that is down, say, is an internal error to litellm."""
        words = str(error).lower()
        if "llm provider not provided" in words or "model_not_found" in words:
            return ModelMissing(f"{where}: no such model is known; write PROVIDER/NAME, e.g. openai/NAME with api_base")
        if getattr(error, "status_code", 0) == 403:
            return ModelRefused(f"{where} does not allow this: {reason}")
        if "missing credentials" in words or "api_key" in words or "api key" in words:
            return ModelRefused(f"{where} needs a key; put it in {self._key_place()}")
        lost = (litellm.APIConnectionError, litellm.ServiceUnavailableError, litellm.BadGatewayError, httpx.HTTPError, OSError)
        if "timed out" in words:
            return self._too_slow(where)
        if isinstance(error, lost) or CONNECTION_LOST in words:
            return ModelUnreachable(f"cannot reach {where}, or the connection broke; check that the server runs and api_base")
        return ModelError(f"{where} failed: {reason}")

    def _key_place(self) -> str:
        named = "the variable that api_key_env names"
        usual = usual_key_variable(self.name)
        stored = f"or keep it with: mem keys set {key_names(self.name, self._api_base, '')[0]}"
        return f"{usual}, or {named}, {stored}" if usual else f"{named}, {stored}"

    def _too_slow(self, where: str) -> ModelUnreachable:
        return ModelUnreachable(f"{where} gave no answer in {self._timeout_seconds} s; set a larger timeout_seconds")

    def _reason(self, error: Exception) -> str:
        text = str(error).replace(self._key, "…") if self._key and self._key != NOT_A_KEY else str(error)
        return shorten(mask(text.rpartition("Exception - ")[2]).text, 160)


def _disconnect(response: Any) -> None:
    close = getattr(getattr(response, "completion_stream", None), "close", None)
    if close:
        with suppress(*LIBRARY_ERRORS, RuntimeError):  # the server may be gone
            close()


def _known_window(model: str) -> int:
    """From the list that litellm brings along; its own function may ask a server."""
    known = litellm.model_cost.get(model) or litellm.model_cost.get(model.partition("/")[2]) or {}
    return int(known.get("max_input_tokens") or known.get("max_tokens") or 0)


def price(model: str, prompt_tokens: int, answer_tokens: int) -> float:
    """In dollars, by the list that litellm brings along; 0 for a model that is not on it."""
    try:
        return float(sum(litellm.cost_per_token(model=model, prompt_tokens=prompt_tokens, completion_tokens=answer_tokens)))
    except (*COUNT_ERRORS, litellm.exceptions.ModelNotMappedError):
        return 0.0


def _guess_tokens(text: str) -> int:
    return len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN + 1


def _silence() -> None:
    """litellm prints advice on stdout and logs on stderr; and it would fetch tokenizers."""
    litellm.suppress_debug_info = True
    litellm.disable_hf_tokenizer_download = True
    litellm.telemetry = False
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        # The first objects finish litellm's pydantic classes, which warns about their annotations.
        warnings.simplefilter("ignore", UserWarning)
        litellm.ModelResponse()
        litellm.ModelResponse(stream=True)
        litellm.utils.ModelResponseStream(choices=[litellm.utils.StreamingChoices(delta=litellm.utils.Delta())])
