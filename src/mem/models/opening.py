"""Settings to an opened chat model."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable

from mem.config import Config
from mem.models import ChatModel
from mem.models.catalog import ModelChoice
from mem.models.remote_keys import read_key
from mem.models.scripted import ScriptedChatModel


def open_chat_model(
    config: Config, choice: ModelChoice, *, notify: Callable[[str], None] = lambda line: None
) -> ChatModel:
    """The model that `choice` names, loaded. ModelError says what is wrong with it and what to do.

    `notify` is told what the model has to do without.
    """
    # Only the library that is needed gets imported: litellm alone takes three seconds.
    if choice.kind == "scripted":
        return ScriptedChatModel()
    if choice.kind == "remote":
        remote = importlib.import_module("mem.models.remote")
        model: ChatModel = remote.RemoteChatModel(
            choice.name,
            api_base=config.api_base,
            api_key=read_key(config, os.environ),
            timeout_seconds=config.timeout_seconds,
            temperature=config.temperature,
            tools=config.tools,
            answer_tokens=config.answer_tokens,
            # The default is what fits a local model into memory; it says nothing about a server's.
            context_window=config.context_window if "context_window" in config.sources else 0,
        )
        return model
    local = importlib.import_module("mem.models.local")
    opened: ChatModel = local.LocalChatModel(
        choice.path,
        name=choice.name,
        context_window=config.context_window,
        n_gpu_layers=config.n_gpu_layers,
        n_threads=config.n_threads,
        n_batch=config.n_batch,
        flash_attention=config.flash_attention,
        kv_cache_type=config.kv_cache_type,
        rope_freq_base=config.rope_freq_base,
        rope_freq_scale=config.rope_freq_scale,
        temperature=config.temperature,
        tools=config.tools,
        answer_tokens=config.answer_tokens,
        on_trouble=notify,
    )
    return opened
