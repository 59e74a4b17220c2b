"""What is wrong with the settings, or contradicts itself; nothing is opened or loaded for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from mem.config import Config
from mem.errors import MemError
from mem.models.catalog import resolve_model
from mem.models.remote_keys import find_key
from mem.records import Check

CHANGE = "mem config set"


def check_settings(config: Config) -> list[Check]:
    """Everything that can be told of the settings; a problem is not `ok`, and has its remedy."""
    path = config.paths.config_file
    told = str(path) if path.exists() else f"no file at {path}, which needs none"
    checks = [Check("settings", False, problem, "mem config edit, or unset that variable") for problem in config.problems]
    return [*(checks or [Check("settings", True, told)]), *_access(config), *_model(config), *_numbers(config)]


def _access(config: Config) -> Iterator[Check]:
    path = config.paths.config_file
    if path.exists() and path.stat().st_mode & 0o077:
        yield Check("access", False, f"{path} can be read by others", f"chmod 600 {path}")


def _model(config: Config) -> Iterator[Check]:
    try:
        choice = resolve_model(config.model, config.paths.models)
    except MemError as error:
        yield Check("model", False, str(error), f"{CHANGE} model starter")
        return
    yield Check("model", True, f"{choice.name} ({choice.kind}): {choice.why}")
    if config.api_base and urlsplit(config.api_base).scheme not in ("http", "https"):
        yield Check("api_base", False, f"{config.api_base} is no address", f"{CHANGE} api_base http://HOST:PORT/v1")
    elif config.api_base and choice.kind != "remote":
        yield Check("api_base", True, f"not used: {choice.name} is on this machine", f"to use it: {CHANGE} model openai/NAME")
    if choice.kind == "remote":
        yield from _key(config)


def _key(config: Config) -> Iterator[Check]:
    try:
        found = find_key(config, os.environ)
    except MemError as error:
        yield Check("key", False, str(error), "mem keys")
        return
    told = {"missing": "none is found", "not needed": "none is needed"}.get(found.place, f"{found.name}, in the {found.place}")
    yield Check("key", found.place != "missing", told, found.remedy)


def _numbers(config: Config) -> Iterator[Check]:
    window = config.budget_tokens or config.context_window
    room = window - (0 if config.budget_tokens else config.answer_tokens)
    if window and config.memory_tokens >= room:
        told = f"memory_tokens = {config.memory_tokens} leaves nothing of {room} tokens for a conversation"
        yield Check("memory_tokens", False, told, f"{CHANGE} memory_tokens {max(room // 4, 0)}")
    if config.kv_cache_type == "q8_0" and not config.flash_attention:
        yield Check("kv_cache_type", False, "q8_0 needs flash_attention = true", f"{CHANGE} flash_attention true")
    if config.n_gpu_layers not in ("auto", "off") and not config.n_gpu_layers.isdecimal():
        told = f"{config.n_gpu_layers!r} is neither auto, off nor a number"
        yield Check("n_gpu_layers", False, told, f"{CHANGE} n_gpu_layers auto")
