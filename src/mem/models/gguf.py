"""A GGUF file in memory: tokens, evaluation and sampling through llama.cpp's C interface; the only importer of llama_cpp.

Not through `llama_cpp.Llama`: that class points the whole process's stdout and stderr at /dev/null while it loads (or prints
to them), hides the reason of a failed load, and crashes on a grammar that is not valid.
"""

# ruff: noqa: E402 - OpenMP reads its settings when llama_cpp is imported

from __future__ import annotations

import os

# libgomp spins at every barrier; on a busy core that slows decoding ten times and more.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import ctypes
import json
import math
import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import llama_cpp
from llama_cpp.llama_grammar import json_schema_to_gbnf

from mem.errors import ConfigError, ContextOverflow, Interrupted, ModelError, ModelMissing
from mem.text import shorten

WARNING_LEVEL, ERROR_LEVEL = 3, 4
ABORTED = 2
NO_ROOM = 1
ALL_LAYERS = 0x7FFFFFFF
PIECE_BYTES = 512
REMEDY = "`mem models list` shows the models there are, `mem models pull` fetches one"
_log: deque[tuple[int, str]] = deque(maxlen=100)
_loading = threading.Lock()


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
def _keep_log(level: int, text: bytes, _: Any) -> None:
    """llama.cpp's log goes nowhere but here: a line of it would land in the middle of the prompt on the screen."""
    if level in (WARNING_LEVEL, ERROR_LEVEL) or b"offloaded" in text:
        _log.append((level, text.decode("utf-8", "replace").strip()))


@dataclass(frozen=True, slots=True)
class GgufSettings:
    """How a file is loaded; the fields of Config with the same names say what they mean."""

    context_window: int
    n_gpu_layers: str
    n_threads: int
    n_batch: int
    flash_attention: bool
    kv_cache_type: str
    rope_freq_base: float
    rope_freq_scale: float


@dataclass(frozen=True, slots=True)
class Parked:
    """The state of a context, to be put back later."""

    tokens: tuple[int, ...]
    state: ctypes.Array[ctypes.c_uint8]


class Gguf:
    """Weights and one context. Not for two threads at once, except `stop`, `tokenise` and the properties."""

    def __init__(self, path: Path, settings: GgufSettings) -> None:
        self.path = path
        self._check(settings)
        llama_cpp.llama_log_set(_keep_log, ctypes.c_void_p(0))
        with _loading:
            _log.clear()
            llama_cpp.llama_backend_init()
            self._model = self._load_model(settings)
            self._context = self._make_context(settings)
            self.offload = self._read_offload()
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self._held: list[int] = []
        self._marks = self._find_marks()
        self._n_batch = int(llama_cpp.llama_n_batch(self._context))
        self.context_window = int(llama_cpp.llama_n_ctx(self._context))
        self.n_params = int(llama_cpp.llama_model_n_params(self._model))
        self.template = self._metadata("tokenizer.chat_template")
        self._watch_stop_flag()

    def _check(self, settings: GgufSettings) -> None:
        if not self.path.is_file():
            raise ModelMissing(f"there is no model file {self.path}; {REMEDY}")
        try:
            with self.path.open("rb") as file:
                magic = file.read(4)
        except OSError as error:
            raise ModelMissing(f"cannot read the model file {self.path}: {error.strerror}; {REMEDY}") from error
        if magic != b"GGUF":
            raise ModelError(f"{self.path} is not a GGUF file; {REMEDY}")
        if settings.kv_cache_type == "q8_0" and not settings.flash_attention:
            raise ConfigError("kv_cache_type = q8_0 needs flash_attention = true; set one of the two")

    def _load_model(self, settings: GgufSettings) -> Any:
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = _gpu_layers(settings.n_gpu_layers)
        model = llama_cpp.llama_model_load_from_file(os.fsencode(self.path), params)
        if not model:
            raise ModelError(f"cannot load {self.path}: {_reason()}; the file may be damaged or too new; {REMEDY}")
        return model

    def _make_context(self, settings: GgufSettings) -> Any:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = settings.context_window
        params.n_batch = settings.n_batch
        params.n_ubatch = min(settings.n_batch, params.n_ubatch)
        params.n_threads = params.n_threads_batch = settings.n_threads or _cores()
        params.rope_freq_base = settings.rope_freq_base
        params.rope_freq_scale = settings.rope_freq_scale
        flash = llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO if settings.flash_attention else llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.flash_attn_type = flash
        kinds = {"f16": llama_cpp.GGML_TYPE_F16, "q8_0": llama_cpp.GGML_TYPE_Q8_0}
        params.type_k = params.type_v = kinds[settings.kv_cache_type]
        context = llama_cpp.llama_init_from_model(self._model, params)
        if not context:
            llama_cpp.llama_model_free(self._model)
            raise ModelError(f"cannot make a context for {self.path.name}: {_reason()}; try a smaller context_window")
        return context

    def _read_offload(self) -> str:
        layers = int(llama_cpp.llama_model_n_layer(self._model)) + 1
        if not llama_cpp.llama_supports_gpu_offload():
            return f"0 of {layers} layers (this build of llama.cpp has no GPU support)"
        found = re.findall(r"offloaded (\d+)/(\d+) layers", " ".join(line for _, line in _log))
        done, layers = (int(number) for number in found[-1]) if found else (0, layers)
        return f"all {layers} layers" if done == layers else f"{done} of {layers} layers"

    def _watch_stop_flag(self) -> None:
        # llama.cpp asks at every node of the graph whether to stop. strlen of the flag answers that: 0, or 1 once it is set,
        # without Python, which would make each node wait for whatever else this process runs.
        self._flag = ctypes.create_string_buffer(2)
        self._asks = ctypes.cast(ctypes.CDLL(None).strlen, llama_cpp.ggml_abort_callback)
        llama_cpp.llama_set_abort_callback(self._context, self._asks, ctypes.addressof(self._flag))

    def stop(self) -> None:
        """Ends the evaluation that is running, in any thread, and refuses others until `resume`. Safe in a signal handler."""
        self._flag[0] = b"\x01"

    def resume(self) -> None:
        self._flag[0] = b"\x00"

    # Tokens

    def tokenise(self, text: str, *, special: bool) -> list[int]:
        """Tokens of `text`, without any at its start; `special` decides whether `<|…|>` in it is a control token."""
        self._check_open()
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 8
        tokens = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self._vocab, raw, len(raw), tokens, room, False, special)
        if count < 0:
            raise ModelError(f"{self.path.name} cannot tokenise the text")
        return list(tokens[:count])

    def tokenise_content(self, text: str) -> list[int]:
        """Tokens of text that is said or stored: none of them is one that files mark up a conversation with.

        llama.cpp reads control tokens as text where it is told to, but not those that a file calls its user's own.
        """
        starts = [match.start() + 1 for match in self._marks.finditer(text)] if self._marks else []
        pieces = [text[start:end] for start, end in zip([0, *starts], [*starts, len(text)], strict=True)]
        return [token for piece in pieces for token in self.tokenise(piece, special=False)]

    def _find_marks(self) -> re.Pattern[str] | None:
        """The user's own tokens that look like mark-up: `<|assistant|>`, `[INST]`."""
        texts = []
        for token in range(llama_cpp.llama_vocab_n_tokens(self._vocab)):
            if int(llama_cpp.llama_vocab_get_attr(self._vocab, token)) & llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED:
                text = (llama_cpp.llama_vocab_get_text(self._vocab, token) or b"").decode("utf-8", "replace")
                if len(text) > 1 and not text.isspace():
                    texts.append(text)
        return re.compile(f"(?={'|'.join(map(re.escape, texts))})") if texts else None

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes of a token; none for a control token unless `special`."""
        buffer = ctypes.create_string_buffer(PIECE_BYTES)
        length = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, PIECE_BYTES, 0, special)
        return buffer.raw[: max(length, 0)]

    def is_end(self, token: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token))

    @property
    def bos(self) -> int | None:
        """The token every prompt begins with, if the model wants one."""
        return int(llama_cpp.llama_vocab_bos(self._vocab)) if llama_cpp.llama_vocab_get_add_bos(self._vocab) else None

    def special_texts(self) -> tuple[str, str]:
        """Beginning and end of a sequence as templates write them."""
        tokens = (llama_cpp.llama_vocab_bos(self._vocab), llama_cpp.llama_vocab_eos(self._vocab))
        bos, eos = (self.piece(token, special=True).decode("utf-8", "replace") if token >= 0 else "" for token in tokens)
        return bos, eos

    # Evaluation

    def evaluate(self, tokens: Sequence[int]) -> int:
        """Makes the context hold exactly `tokens`, reusing an equal beginning; returns how many were read anew."""
        same = next((n for n, (held, new) in enumerate(zip(self._held, tokens, strict=False)) if held != new), None)
        kept = min(len(self._held), len(tokens)) if same is None else same
        # The last one is always read: sampling needs its outcome.
        kept = self._trim(min(kept, len(tokens) - 1))
        for start in range(kept, len(tokens), self._n_batch):
            self.extend(tokens[start : start + self._n_batch])
        return len(tokens) - kept

    def extend(self, tokens: Sequence[int]) -> None:
        """Reads at most one batch of tokens more. Interrupted after `stop`; what was held before stays."""
        self._check_open()
        if self._flag[0] != b"\x00":
            raise Interrupted("the model was stopped; what came so far was kept")
        array = (llama_cpp.llama_token * len(tokens))(*tokens)
        code = llama_cpp.llama_decode(self._context, llama_cpp.llama_batch_get_one(array, len(tokens)))
        if code == 0:
            self._held.extend(tokens)
            return
        self._trim(len(self._held))
        if code == ABORTED:
            raise Interrupted("the model was stopped; what came so far was kept")
        if code == NO_ROOM:
            raise ContextOverflow(f"the context of {self.path.name} is full: {len(self._held)} of {self.context_window} tokens")
        raise ModelError(f"{self.path.name} failed while reading the prompt: {_reason()}")

    def _trim(self, length: int) -> int:
        """Cuts the context to `length` tokens; to none where the model cannot be cut (recurrent ones)."""
        self._check_open()
        memory = llama_cpp.llama_get_memory(self._context)
        if length > 0 and llama_cpp.llama_memory_seq_rm(memory, 0, length, -1):
            del self._held[length:]
            return length
        self.clear()
        return 0

    def clear(self) -> None:
        self._check_open()
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        self._held.clear()

    def park(self) -> Parked:
        """A copy of the context's state, for `put_back`."""
        self._check_open()
        size = llama_cpp.llama_state_seq_get_size(self._context, 0) if self._held else 0
        state = (ctypes.c_uint8 * size)()
        if size:
            llama_cpp.llama_state_seq_get_data(self._context, state, size, 0)
        return Parked(tuple(self._held), state)

    def put_back(self, parked: Parked) -> None:
        """The context as it was when `parked` was taken; empty if llama.cpp refuses the state."""
        self.clear()
        if parked.tokens and llama_cpp.llama_state_seq_set_data(self._context, parked.state, len(parked.state), 0):
            self._held.extend(parked.tokens)

    def sampler(self, temperature: float, schema: Mapping[str, Any] | None = None) -> Sampler:
        """Chooses tokens; under a grammar made from `schema` where there is one."""
        self._check_open()
        return Sampler(self._context, self._vocab, temperature, schema)

    def close(self) -> None:
        """Frees weights and context. Again is harmless; any other use afterwards is a ModelError."""
        if self._context:
            llama_cpp.llama_free(self._context)
            llama_cpp.llama_model_free(self._model)
            self._context = self._model = None

    def _check_open(self) -> None:
        if not self._context:
            raise ModelError(f"{self.path.name} was closed")

    def _metadata(self, key: str) -> str:
        size = llama_cpp.llama_model_meta_val_str(self._model, key.encode(), ctypes.create_string_buffer(1), 1)
        if size < 0:
            return ""
        buffer = ctypes.create_string_buffer(size + 1)
        llama_cpp.llama_model_meta_val_str(self._model, key.encode(), buffer, size + 1)
        return buffer.value.decode("utf-8", "replace")


class Sampler:
    """Chooses the next token: the likeliest at temperature 0, only among those the schema allows where there is one."""

    def __init__(self, context: Any, vocab: Any, temperature: float, schema: Mapping[str, Any] | None) -> None:
        self._context = context
        self._grammar = _grammar(vocab, schema) if schema is not None else None
        self._free = _chain(_choosers(temperature))
        self._strict = _chain([self._grammar, *_choosers(temperature)]) if self._grammar else None

    def sample(self) -> int:
        token = int(llama_cpp.llama_sampler_sample(self._free, self._context, -1))
        if self._strict is None:
            return token
        if not self._allows(token):
            return int(llama_cpp.llama_sampler_sample(self._strict, self._context, -1))
        llama_cpp.llama_sampler_accept(self._strict, token)
        return token

    def _allows(self, token: int) -> bool:
        """Asks the grammar about one token: asking about the whole vocabulary costs a third of the speed."""
        candidate = llama_cpp.llama_token_data(token, 1.0, 0.0)
        candidates = llama_cpp.llama_token_data_array(ctypes.pointer(candidate), 1, -1, False)
        llama_cpp.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        return math.isfinite(candidate.logit)

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        llama_cpp.llama_sampler_free(self._free)
        if self._strict:
            llama_cpp.llama_sampler_free(self._strict)


def _choosers(temperature: float) -> list[Any]:
    if temperature <= 0:
        return [llama_cpp.llama_sampler_init_greedy()]
    return [
        llama_cpp.llama_sampler_init_top_k(40),
        llama_cpp.llama_sampler_init_top_p(0.95, 1),
        llama_cpp.llama_sampler_init_min_p(0.05, 1),
        llama_cpp.llama_sampler_init_temp(temperature),
        llama_cpp.llama_sampler_init_dist(llama_cpp.LLAMA_DEFAULT_SEED),
    ]


def _chain(links: Sequence[Any]) -> Any:
    """A chain that owns its links."""
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    for link in links:
        llama_cpp.llama_sampler_chain_add(chain, link)
    return chain


def _grammar(vocab: Any, schema: Mapping[str, Any]) -> Any:
    """A grammar sampler; llama.cpp would crash at the first token of one that is not valid."""
    try:
        text = json_schema_to_gbnf(json.dumps(schema))
    except (AssertionError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"no grammar can be made from the JSON schema: {shorten(str(error), 120)}") from error
    sampler = llama_cpp.llama_sampler_init_grammar(vocab, text.encode(), b"root")
    if not sampler:
        raise ModelError(f"llama.cpp refuses the grammar made from the JSON schema: {_reason()}")
    return sampler


def _gpu_layers(setting: str) -> int:
    if setting == "off" or not llama_cpp.llama_supports_gpu_offload():
        return 0
    if setting == "auto":
        return ALL_LAYERS
    if not setting.isdecimal():
        raise ConfigError(f"n_gpu_layers = {setting!r} should be auto, off or a number")
    return int(setting)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _reason() -> str:
    """llama.cpp's first complaint since loading began: the ones after it say less and less."""
    errors = [line for level, line in _log if level == ERROR_LEVEL]
    return shorten(errors[0].rpartition("error loading model: ")[2], 200) if errors else "no reason given"
