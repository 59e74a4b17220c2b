"""Settings: defaults < `config.toml` < `MEM_*` < flags. Every setting is a field of `Config`, with its meaning beside it."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from mem import __version__
from mem.errors import ConfigError
from mem.paths import Paths, forbidden

MEND_FILE = "; mend it with: mem config edit"


def setting(default: Any, meaning: str, *, choices: tuple[str, ...] = (), least: int | None = None) -> Any:
    """A field of Config that carries its own documentation and limits."""
    return field(default=default, metadata={"meaning": meaning, "choices": choices, "least": least})


@dataclass(frozen=True, slots=True)
class Config:
    """All settings, resolved. `sources` tells where each one that is not a default came from.

    `problems` is what was wrong and left out; only where that was asked for.
    """

    paths: Paths
    profile: str = setting("default", "which profile to use; a profile is one directory, nothing crosses")
    model: str = setting(
        "starter", "`starter`, the path of a GGUF file, the name of a pulled model, or PROVIDER/NAME for a remote one"
    )
    api_base: str = setting("", "address of an OpenAI-compatible server, with /v1; for remote models")
    api_key_env: str = setting(
        "", "name of the environment variable, or of a key of `mem keys`, that holds the key; empty: the provider's usual one"
    )
    embedder: str = setting(
        "all-MiniLM-L6-v2", "`all-MiniLM-L6-v2` (built in), or the name or path of a sentence-transformers model"
    )
    query_prefix: str = setting("", "text put before a query when it is embedded")
    passage_prefix: str = setting("", "text put before a memory when it is embedded")
    reranker: str = setting("", "name or path of a CrossEncoder that sorts what was found, or `scripted`; empty: none")
    tools: str = setting(
        "auto",
        "whether the model may call memory tools; auto: remote, and local from 3B parameters",
        choices=("auto", "on", "off"),
    )
    learn: str = setting(
        "auto", "where facts come from; auto: patterns, and the model where it is able", choices=("auto", "patterns", "off")
    )
    approve: str = setting(
        "stakes",
        "which facts wait for a yes (mem review); stakes: who you are, health, money, what contradicts a pinned fact",
        choices=("stakes", "all", "never"),
    )
    extract_tokens_per_day: int = setting(
        200_000, "most tokens a day that a remote model is asked for to read facts; 0: no limit", least=0
    )
    consolidate: str = setting(
        "ask",
        "when old turns are summarised; ask: when you say so, and mem doctor tells when it is due; auto: also after a chat",
        choices=("ask", "auto", "off"),
    )
    consolidate_after_days: int = setting(30, "how old a turn is before it may be summarised", least=1)
    budget_tokens: int = setting(0, "hard limit of a prompt in tokens; 0: the context window less room for the answer", least=0)
    answer_tokens: int = setting(512, "longest answer in tokens", least=16)
    memory_tokens: int = setting(800, "most tokens of recalled memories in one prompt", least=0)
    temperature: float = setting(0.0, "0: the same answer each time; higher: more varied", least=0)
    timeout_seconds: int = setting(120, "how long a remote model may take", least=1)
    context_window: int = setting(
        4096,
        "tokens of context for a local model (0: what it was trained with), and, if set, for a remote one that litellm "
        "does not know",
        least=0,
    )
    n_gpu_layers: str = setting("auto", "layers of a local model put on the GPU: auto, off, or a number")
    n_threads: int = setting(0, "threads of a local model; 0: one for each core", least=0)
    n_batch: int = setting(256, "tokens of the prompt read in one step by a local model", least=1)
    flash_attention: bool = setting(True, "flash attention in a local model")
    kv_cache_type: str = setting(
        "f16",
        "type of a local model's KV cache; q8_0 halves its memory and reads prompts slower on a CPU",
        choices=("f16", "q8_0"),
    )
    rope_freq_base: float = setting(0.0, "RoPE base frequency; 0: the model's own", least=0)
    rope_freq_scale: float = setting(0.0, "RoPE frequency scale; 0: the model's own", least=0)
    vi_mode: bool = setting(False, "vi keys in the line that is typed in `mem chat`")
    sources: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def profile_dir(self) -> Path:
        return self.paths.profile(self.profile)


def setting_names() -> list[str]:
    """The names a user may set, in the order of the class."""
    return [entry.name for entry in fields(Config) if "meaning" in entry.metadata]


def near_settings(name: str) -> str:
    """` (did you mean memory_tokens?)` for what is almost the name of a setting."""
    near = difflib.get_close_matches(name.casefold(), setting_names(), n=2)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def load_config(environ: Mapping[str, str], flags: Mapping[str, Any] | None = None, *, strict: bool = True) -> Config:
    """Defaults, then the config file, then `MEM_*`, then `flags` that are not None. ConfigError names what is wrong.

    Not `strict`: what is wrong in the file or the environment is left out, and told in `problems`.
    """
    paths = Paths.find(environ)
    config = Config(paths)
    known = {f"MEM_{name.upper()}": name for name in setting_names()}
    variables = {known[key]: value for key, value in environ.items() if key in known and value}
    try:
        written = _read_file(paths.config_file)
    except ConfigError as error:
        if strict:
            raise
        written, config = {}, replace(config, problems=(str(error),))
    config = _apply(config, written, str(paths.config_file), remedy=MEND_FILE, strict=strict)
    config = _apply(config, variables, "environment", strict=strict)
    return _apply(config, {key: value for key, value in (flags or {}).items() if value is not None}, "flag")


def parse_setting(name: str, raw: Any, *, source: str) -> Any:
    """`raw` in the type of setting `name`, or ConfigError that names the source and what would be right."""
    entry = next((entry for entry in fields(Config) if entry.name == name and "meaning" in entry.metadata), None)
    if entry is None:
        told = f"{source}: there is no setting {name!r}{near_settings(name)} in mem {__version__}"
        raise ConfigError(f"{told}: upgrade mem, or remove it; see: mem config")
    value = _parse(str(entry.type), raw)
    choices, least = entry.metadata["choices"], entry.metadata["least"]
    if value is None or (choices and value not in choices) or (least is not None and value < least):
        expected = " or ".join(choices) or {"int": "a whole number", "float": "a number", "bool": "true or false"}.get(
            str(entry.type), "text"
        )
        bound = f" of at least {least}" if least is not None else ""
        raise ConfigError(f"{source}: {name} = {str(raw)[:80]!r} should be {expected}{bound}")
    return value


def _apply(config: Config, values: Mapping[str, Any], source: str, *, remedy: str = "", strict: bool = True) -> Config:
    for name, raw in values.items():
        try:
            value = parse_setting(name, raw, source=source)
            if name == "profile":
                config.paths.profile(value)
        except ConfigError as error:
            if strict:
                raise ConfigError(f"{error}{remedy}") from error
            config = replace(config, problems=(*config.problems, f"{error}{remedy}"))
        else:
            config = replace(config, **{name: value}, sources={**config.sources, name: source})
    return config


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:  # not TOML, not UTF-8, or a number of thousands of digits
        raise ConfigError(f"{path} is not valid TOML: {error}{MEND_FILE}") from error
    except OSError as error:
        raise ConfigError(forbidden(path) or f"cannot read {path}: {error.strerror}") from error


def _parse(kind: str, raw: Any) -> Any:
    """`raw` as `kind`, or None where it is not one."""
    if kind == "bool":
        if isinstance(raw, bool):
            return raw
        return {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}.get(
            str(raw).lower()
        )
    if kind in ("int", "float"):
        if isinstance(raw, bool):
            return None
        try:
            number = int(str(raw)) if kind == "int" else float(raw)
        except (TypeError, ValueError, OverflowError):
            return None
        return None if isinstance(number, float) and not math.isfinite(number) else number
    text = str(raw)
    return None if isinstance(raw, dict | list) or "\x00" in text else text
