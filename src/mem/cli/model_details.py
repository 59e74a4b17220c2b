"""What `mem models` tells of one model, and what it asks before one is fetched."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mem.cli import render
from mem.cli.common import confirm
from mem.config import Config
from mem.errors import ModelUnreachable
from mem.models.catalog import RECOMMENDED, resolve_model
from mem.models.gguf_header import read_header
from mem.models.hardware import ask_llama, fits, how_to_get, look_at_machine, needed_bytes
from mem.models.pull import Download, fetch_model, find_download, find_licence, known_licence
from mem.models.remote_keys import find_key

if TYPE_CHECKING:
    from mem.models.catalog import Recommended

NOT_TOLD = "not told by its source"


def describe_model(settings: Config, name: str | None) -> dict[str, Any]:
    """All that is known of a model: the one of the settings, or the one of this name, pulled or not."""
    asked = name or settings.model
    offered = next((model for model in RECOMMENDED if model.name == asked), None)
    found: dict[str, Any] = {
        "name": asked, "kind": "local", "path": None, "size_bytes": 0, "why": "", "used": asked == settings.model,
        "setting": settings.model, "source": settings.sources.get("model", "default"), "licence": "", "sha256": "",
        "architecture": "", "parameters": "", "context_tokens": 0, "memory_bytes": 0, "fits": None, "offload": "",
        "gpu": "", "key": "", "address": "", "remedy": "",
    }  # fmt: skip
    if offered is not None and not (settings.paths.models / offered.file).is_file():
        return found | _of_offered(offered)
    choice = resolve_model(asked, settings.paths.models)
    found |= {"name": choice.name, "kind": choice.kind, "path": choice.path and str(choice.path)}
    found |= {"size_bytes": choice.size_bytes, "why": choice.why}
    if choice.kind == "remote":
        return found | _of_remote(settings, asked)
    return found | (_of_file(settings, choice.path) if choice.path else {})


def show_model(found: dict[str, Any]) -> None:
    """The same as lines for a person."""
    render.item(found["name"], f"{found['kind']}, {found['why']}")
    size = render.size(found["size_bytes"])
    if found["path"]:
        render.answer(f"    {found['path']} ({size})")
    elif size:
        render.answer(f"    {size} to fetch")
    told = [found["parameters"] and f"{found['parameters']} parameters", found["architecture"]]
    told += [found["context_tokens"] and f"trained with {found['context_tokens']:,} tokens of context"]
    _show(", ".join(filter(None, told)))
    _show(found["licence"] and f"licence: {found['licence']}")
    _show(found["sha256"] and f"sha256: {found['sha256']}")
    if found["memory_bytes"]:
        room = "" if found["fits"] else "; that is more than this machine has"
        render.answer(f"    memory: about {render.size(found['memory_bytes'])}{room}")
    _show(found["offload"] and f"on a GPU: {found['offload']}")
    _show(found["gpu"])
    if found["kind"] == "remote":
        render.answer(f"    {found['address']}; what you say is sent there")
        render.answer(f"    its key: {found['key']}")
    if found["used"]:
        render.answer(f"    chosen by model = {found['setting']} ({found['source']})")
    _show(found["remedy"])


def fetch(settings: Config, source: str, *, sha256: str | None, yes: bool, quiet: bool) -> Path:
    """The file of `source`, after its size, licence and checksum were shown, and a yes was given."""
    try:
        download = find_download(source, sha256=sha256)
    except ModelUnreachable:
        offered = next((model for model in RECOMMENDED if model.name == source.strip()), None)
        if offered is not None and not quiet:
            render.narrate(f"{offered.name}: {render.size(offered.size_bytes)} to fetch, {offered.licence}", style="")
        raise
    if not quiet:
        _show_download(download, find_licence(source), settings.paths.models)
    there = (settings.paths.models / download.file_name).exists()
    asks = f"mem models pull asks before it fetches {download.file_name}"
    if not there and not confirm("Fetch it?", yes=yes, asks=asks):
        render.narrate("nothing was fetched")
        raise typer.Exit(1)
    if quiet or not sys.stderr.isatty():
        return fetch_model(download, settings.paths.models)
    with render.progress(download.file_name[:60], of_bytes=True) as advance:
        return fetch_model(download, settings.paths.models, progress=advance)


def _show_download(download: Download, licence: str, models_dir: Path) -> None:
    size = render.size(download.about_bytes) or NOT_TOLD
    came = [part.stat().st_size for part in models_dir.glob(f".{download.file_name}.*.part")]
    render.narrate(f"{download.file_name} from {download.url}", style="")
    here = f", {render.size(max(came))} of it here already" if any(came) else ""
    render.narrate(f"    size: {size}{here}", style="")
    render.narrate(f"    licence: {licence or NOT_TOLD}", style="")
    render.narrate(f"    sha256: {download.sha256 or f'{NOT_TOLD}; give yours with --sha256'}", style="")


def _show(line: str) -> None:
    if line:
        render.answer(f"    {line}")


def _of_offered(model: Recommended) -> dict[str, Any]:
    return {
        "size_bytes": model.size_bytes,
        "why": f"{model.why}; not on this machine yet",
        "licence": model.licence,
        "memory_bytes": needed_bytes(model.size_bytes),
        "fits": fits(model.size_bytes, look_at_machine()),
        "address": model.source,
        "remedy": f"to fetch it: mem models pull {model.name}",
    }


def _of_remote(settings: Config, name: str) -> dict[str, Any]:
    key = find_key(replace(settings, model=name), os.environ)
    where = {"missing": "none is found", "not needed": "none is needed"}.get(key.place, f"{key.name}, in the {key.place}")
    address = settings.api_base or f"the usual address of {name.partition('/')[0]}"
    return {"key": where, "address": address, "remedy": key.remedy and f"give it one: {key.remedy}"}


def _of_file(settings: Config, path: Path) -> dict[str, Any]:
    header, machine, size_bytes = read_header(path), look_at_machine(), path.stat().st_size
    build = ask_llama(path, settings.n_gpu_layers)
    built = ask_llama() if build.problem else build
    gpu = f"llama.cpp: built for {', '.join(built.backends) or built.problem}; "
    gpu += f"{machine.gpu_name} is there" if machine.gpu_maker else "no GPU is seen"
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "licence": known_licence(path.name) or header.licence,
        "sha256": checksum,
        "architecture": header.architecture,
        "parameters": header.size_label,
        "context_tokens": header.context_tokens,
        "memory_bytes": needed_bytes(size_bytes),
        "fits": fits(size_bytes, machine),
        "offload": build.offload or f"not known: {build.problem}",
        "gpu": gpu,
        "remedy": f"for the GPU: {how_to_get(machine)}" if machine.gpu_maker and not built.gpu else "",
    }
