"""Models of the hub: whether one is in this machine's cache, and fetching one that was asked for. Loads no model library."""

from __future__ import annotations

import os

import httpx
from huggingface_hub import HfApi, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

from mem.errors import ModelMissing, ModelUnreachable
from mem.models.embedder import find_folder

# A pickle of weights can run code, and is not fetched; nor are the other libraries' formats.
WANTED_FILES = ("*.json", "*.txt", "*.safetensors", "*.model")
UNWANTED_FILES = ("onnx/*", "openvino/*")
HUB_SECONDS = 10
# With another cache of its own, only sentence-transformers knows what is there.
OTHER_CACHE = "SENTENCE_TRANSFORMERS_HOME"


def require_local(name: str, what: str) -> None:
    """ModelMissing where `name` is neither a folder nor in the hub's cache: found out at once, as loading takes seconds."""
    if find_folder(name) is not None or (name and os.environ.get(OTHER_CACHE)):
        return
    try:
        if any(isinstance(try_to_load_from_cache(known, "config.json"), str) for known in _hub_names(name)):
            return
    except (HFValidationError, ValueError, OSError) as error:
        raise missing(name, what) from error
    raise missing(name, what)


def download(name: str) -> None:
    """Fetches a model of the hub into its cache; does nothing for a folder of this machine."""
    if find_folder(name) is not None:
        return
    try:
        # The libraries try five times a file: whether anybody is there is asked once.
        found = HfApi().model_info(_hub_names(name)[0], timeout=HUB_SECONDS).id
        snapshot_download(found, allow_patterns=[*WANTED_FILES], ignore_patterns=[*UNWANTED_FILES], etag_timeout=HUB_SECONDS)
    except HFValidationError as error:
        raise missing(name, "embedder") from error
    except HfHubHTTPError as error:
        raise ModelMissing(f"the hub has no model {name[:200]!r} that may be fetched ({first_line(error)})") from error
    except (httpx.HTTPError, OfflineModeIsEnabled, OSError) as error:
        told = f"cannot fetch {name[:200]}: the hub does not answer ({first_line(error)}); try again"
        raise ModelUnreachable(told) from error


def missing(name: str, what: str) -> ModelMissing:
    """The error for a model that is not here, with what to do about it."""
    told = f"there is no {what} {name[:200]!r} on this machine; give the path of a downloaded "
    if what == "embedder":
        told += "sentence-transformers folder, or fetch it: mem models embedder use NAME --download"
    else:
        told += "CrossEncoder's folder, or turn it off: mem models reranker off"
    return ModelMissing(told)


def first_line(error: BaseException) -> str:
    """What a library says of an error, short and in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _hub_names(name: str) -> tuple[str, ...]:
    """As sentence-transformers reads it: a name without an owner is one of its own."""
    return (name,) if "/" in name else (f"sentence-transformers/{name}", name)
