"""Where the key of a remote model is: in the environment, or among those of `mem keys`. Loads no model library."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from mem.config import Config
from mem.keys import KeyStore
from mem.models.catalog import usual_key_variable

# Those that people have keys of, the most likely first.
USUAL_PROVIDERS = (
    "openai", "anthropic", "gemini", "mistral", "openrouter", "groq", "deepseek", "xai", "together_ai", "cohere", "perplexity",
)  # fmt: skip

Place = Literal["environment", "keyring", "file", "not needed", "missing"]


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where a key was found: `name` is the variable, or its name in `mem keys`. `remedy` says how to give one that is not."""

    place: Place
    name: str = ""
    remedy: str = ""


def key_names(name: str, api_base: str, api_key_env: str) -> list[str]:
    """Under which names of `mem keys` the key of a model may be, the first one first.

    A provider's key is for that provider: a server at another address is only sent the key of its own host.
    """
    if api_key_env:
        return [api_key_env]
    if api_base:
        parts = urlsplit(api_base)
        return [host for host in (parts.netloc.rpartition("@")[2], parts.hostname or "") if host] or [api_base]
    return [name.partition("/")[0]]


def find_key(config: Config, environ: Mapping[str, str]) -> KeySource:
    """Where the key of the settings' remote model is; the key itself is not read."""
    name, names = config.model, key_names(config.model, config.api_base, config.api_key_env)
    usual = usual_key_variable(name)
    if config.api_key_env and environ.get(config.api_key_env):
        return KeySource("environment", config.api_key_env)
    stored = {key.name: key.place for key in KeyStore(config.paths).list()}
    held = next((candidate for candidate in names if candidate in stored), "")
    # The variable of the provider comes first, but for a server of another address, whose own key is more to the point.
    in_environment = bool(usual and environ.get(usual)) and not (config.api_base and held)
    if in_environment and not config.api_key_env and not is_private(config.api_base):
        return KeySource("environment", usual)
    if held:
        return KeySource(stored[held], held)
    if is_private(config.api_base) or (not usual and not config.api_key_env):
        return KeySource("not needed")
    return KeySource("missing", remedy=remedy(names, config.api_key_env or usual))


def read_key(config: Config, environ: Mapping[str, str]) -> str | None:
    """The key of the settings' remote model; None where there is none, or where litellm finds it by itself."""
    if config.api_key_env and environ.get(config.api_key_env):
        return environ[config.api_key_env]
    source = find_key(config, environ)
    return KeyStore(config.paths).get(source.name) if source.place in ("keyring", "file") else None


def remedy(names: Sequence[str], variable: str) -> str:
    """How to give a model its key."""
    export = f", or: export {variable}=…" if variable else ""
    return f"mem keys set {names[0]}{export}"


def keyed_providers(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """The providers whose usual variable is set, each with that variable. Nothing is sent to them for that."""
    found = {provider: usual_key_variable(f"{provider}/x") for provider in USUAL_PROVIDERS}
    return [(provider, variable) for provider, variable in found.items() if environ.get(variable)]


def is_private(address: str) -> bool:
    """Whether an address is on this machine or in a local network, where servers seldom ask for a key."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return bool(host) and ("." not in host or host.endswith((".local", ".lan", ".internal")))
