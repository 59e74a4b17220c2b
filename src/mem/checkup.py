"""What `mem doctor` looks at. Each check mends nothing, makes no profile, and says what to do when something is wrong.

Looking may prepare, as any other verb would: an older database is brought to this version, the embedder is exported.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from mem import __version__
from mem.alerts import silence, spaces, verdicts
from mem.config import MEND_FILE, Config
from mem.errors import MemError, ModelMissing
from mem.keys import KeyStore
from mem.models.catalog import resolve_model
from mem.models.hardware import ask_llama, how_to_get, look_at_machine
from mem.models.remote_keys import find_key, keyed_providers
from mem.paths import forbidden
from mem.records import Check
from mem.stores.backup_files import FOLDER, automatic_backups, offer
from mem.stores.database import get_meta
from mem.stores.generations import damage
from mem.stores.in_a_child import tried
from mem.stores.migrations import SCHEMA_VERSION
from mem.stores.orphans import find_orphans
from mem.stores.quarantine import set_aside_in
from mem.stores.summaries import LEAST_DUE, SummaryStore
from mem.text import number

if TYPE_CHECKING:
    from mem.assistant import Assistant

LIBRARIES = (
    "typer", "rich", "prompt-toolkit", "duckdb", "lancedb", "onnxruntime", "tokenizers", "sentence-transformers",
    "llama-cpp-python", "litellm",
)  # fmt: skip
LEAST_FREE_BYTES = 500_000_000
REINSTALL = "run: pip install --force-reinstall"
GGUF_MAGIC = b"GGUF"
REPAIR = "run: mem doctor --repair"
UNTRIED = ("it could not be tried", "exit status")  # as `in_a_child.tried` says it
NEEDS_DATABASE = "not looked at: it is described in the database"


def check_all(assistant: Assistant, *, deep: bool) -> list[Check]:
    """Every check, in the order in which one depends on another. `deep` reads every byte of the search index."""
    config = assistant.config
    directory = config.paths.existing_profile(config.profile)
    checks = [_versions(), _settings(config), _files(directory)]
    if (directory / "memory.duckdb").exists():
        if told := forbidden(directory / "memory.duckdb") or tried("mem.stores.trial", directory / "memory.duckdb"):
            # What ends another process when it reads it is not opened in this one.
            remedy = _remedy(told, offer(directory))
            checks += [Check("database", False, told, remedy), Check("search index", False, NEEDS_DATABASE)]
        else:
            checks += _of_profile(assistant, deep=deep)
    checks += [_copies(directory), _disk(config.paths.data), *_chat_model(config), _keys(config), _gpu(config)]
    return [*checks, _embedder(config), _network(config)]


def _of_profile(assistant: Assistant, *, deep: bool) -> list[Check]:
    """What needs the database."""
    checks = [
        _guarded("database", lambda: _database(assistant), offer(assistant.database.directory)),
        _guarded("rows", lambda: _rows(assistant), REPAIR),
    ]
    files = _guarded("search index", lambda: _index_files(assistant, deep=deep), REPAIR)
    checks += [files] * (not files.ok)
    if all(check.ok for check in checks):
        checks += [
            _guarded("search index", lambda: _index(assistant, deep=deep), "run: mem reindex"),
            _guarded("questions about the past", lambda: silence(assistant), "run: mem reindex"),
            _guarded("distances", lambda: spaces(assistant), "run: mem reindex"),
            _guarded("verdicts", lambda: verdicts(assistant), "restore a copy, or move the profile aside"),
            _guarded("old turns", lambda: _consolidation(assistant), "run it again later"),
            _guarded("memory writer", lambda: _writer(assistant), "run it again later"),
        ]
    return checks


def _remedy(told: str, usual: str) -> str:
    """The usual one, but where nothing could be looked at: then nothing says that there is any damage."""
    if told.startswith(UNTRIED) or "cannot be read: it is " in told:
        return f"nothing shows that it is damaged: see that this user may read it, and run {sys.executable}"
    return "see whose files these are: this user must be able to read and write them" if "ermission denied" in told else usual


def _guarded(name: str, check: Callable[[], Check], remedy: str) -> Check:
    try:
        return check()
    # LanceDB raises RuntimeError for damaged files, ValueError for what it cannot parse, OSError for the disk.
    except (MemError, RuntimeError, ValueError, OSError) as error:
        told = (str(error).splitlines() or [type(error).__name__])[0][:300]
        return Check(name, False, told, _remedy(told, remedy))


def _versions() -> Check:
    found = [f"mem {__version__}", f"Python {platform.python_version()}"]
    missing = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("versions", False, f"not installed: {', '.join(missing)}", f"{REINSTALL} mem-assistant")
    return Check("versions", True, ", ".join(found))


def _settings(config: Config) -> Check:
    path = config.paths.config_file
    if config.problems:
        told = "; ".join(problem.removesuffix(MEND_FILE) for problem in config.problems)
        in_file = any(problem.endswith(MEND_FILE) or str(path) in problem for problem in config.problems)
        return Check("settings", False, told, "run: mem config edit" if in_file else "set that variable anew, or unset it")
    changed = ", ".join(f"{name} ({source})" for name, source in config.sources.items()) or "all defaults"
    if path.exists() and path.stat().st_mode & 0o077:
        return Check("settings", False, f"{path} can be read by others", f"run: chmod 600 {path}")
    return Check("settings", True, f"{path if path.exists() else 'no config file'}; {changed}")


def _files(directory: Path) -> Check:
    """Whether only their owner can read the profile's files."""
    if not directory.is_dir():
        return Check("profile", True, f"nothing stored yet; {directory} is made when something is")
    paths = [path for path in (directory, *directory.rglob("*")) if not path.is_symlink()]
    if open_to_others := [path for path in paths if path.lstat().st_mode & 0o077]:
        detail = f"{len(open_to_others)} files can be read by others, such as {open_to_others[0]}"
        return Check("profile", False, detail, f"run: chmod -R go-rwx {directory}")
    return Check("profile", True, f"{directory}, readable by its owner only")


def _database(assistant: Assistant) -> Check:
    with assistant.database.read() as connection:
        version = get_meta(connection, "schema_version", "0")
    counts = ", ".join(number(count, name.replace("_", " ")) for name, count in assistant.counts().items())
    return Check("database", True, f"schema {version} of {SCHEMA_VERSION}; {counts}")


def _rows(assistant: Assistant) -> Check:
    """Whether every row points to one that is there."""
    with assistant.database.read() as connection:
        found = find_orphans(connection)
    if found.told:
        return Check("rows", False, "; ".join(found.told), REPAIR)
    return Check("rows", True, "every row points to one that is there")


def _index_files(assistant: Assistant, *, deep: bool) -> Check:
    """Whether the files of the search index are as they were written, and can be opened: in another process than this."""
    with assistant.database.read() as connection:
        root, number = assistant.database.directory / "index", int(get_meta(connection, "index_generation", "0"))
        problem = damage(connection, root, number, deep=deep) if number else ""
    if number and not problem:
        problem = tried("mem.stores.index_trial", root, number, *["all"] * deep)
    if problem:
        return Check("search index", False, f"damaged: {problem}; nothing is lost: it is made from the database", REPAIR)
    return Check("search index", True, "its files are as they were written")


def _copies(directory: Path) -> Check:
    """Backups, and what was set aside: for its owner to look at, and to remove."""
    kept, damaged = automatic_backups(directory), set_aside_in(directory)
    told = f"{len(kept)} automatic, in {directory / FOLDER}" if kept else "none automatic yet; your own: mem backup --list"
    if damaged:
        told += f"; set aside as damaged: {', '.join(str(path) for path in damaged[:3])}{' …' * (len(damaged) > 3)}"
    return Check("backups", True, told, "look at what was set aside, then remove it" if damaged else "")


def _consolidation(assistant: Assistant) -> Check:
    """Whether there is much to summarise; to leave it as it is, is no failure."""
    days = assistant.config.consolidate_after_days
    due = SummaryStore(assistant.database).due(before=assistant.now() - timedelta(days=days))
    told = f"{due} are older than {days} days and not summarised"
    worth_it = due >= LEAST_DUE and assistant.config.consolidate != "off"
    return Check("old turns", True, told, "see what it would do: mem consolidate" if worth_it else "")


def _index(assistant: Assistant, *, deep: bool) -> Check:
    state = assistant.index.state(deep=deep)
    if state["damage"]:
        remedy = "run: mem reindex (nothing is lost: it is made from the database)"
        return Check("search index", False, f"damaged: {state['damage']}", remedy)
    if not state["embedder_matches"]:
        return Check("search index", False, "made with another embedder, so only words are searched", "run: mem reindex")
    looked = "every byte checked" if deep else "sizes checked; every byte with --deep"
    told = f"{state['indexed']} texts, {state['waiting']} waiting; {looked}"
    status = assistant.embedder_switch.status()
    if status.used is not None and status.used != status.settings:
        told += f"; made with {status.used.embedder} as it was set then, which goes on answering"
        return Check("search index", True, told, "run: mem reindex, to use the embedder of the settings")
    return Check("search index", True, told, "the next mem recall indexes what waits" if state["waiting"] else "")


def _writer(assistant: Assistant) -> Check:
    pending = assistant.pending()
    failed = [work for work in pending if work.last_error]
    if failed:
        detail = f"{len(failed)} of {len(pending)} pieces of work failed, the last with: {failed[-1].last_error[:200]}"
        return Check("memory writer", False, detail, "see: mem inspect pending; to try again: mem retry")
    told = f"{len(pending)} waiting" if pending else "nothing waiting"
    if reviews := assistant.approval.waiting():
        since = f"{reviews[0].created_at.astimezone():%-d %b %Y}"
        return Check("memory writer", True, f"{told}; {len(reviews)} for your yes, since {since}", "say yes or no: mem review")
    return Check("memory writer", True, told)


def _disk(data: Path) -> Check:
    place = next(folder for folder in (data, *data.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    detail = f"{free / 1e9:.1f} GB free for {data}"
    if free < LEAST_FREE_BYTES:
        return Check("disk", False, detail, "free some space: writing needs it, and so does mem reindex")
    return Check("disk", True, detail)


def _chat_model(config: Config) -> Iterator[Check]:
    try:
        choice = resolve_model(config.model, config.paths.models)
    except ModelMissing as error:
        yield Check("chat model", False, str(error), "see: mem models")
        return
    if choice.path is not None and not _is_gguf(choice.path):
        detail = f"{choice.path} is no GGUF file, or cannot be read"
        yield Check("chat model", False, detail, "pull it again, or: mem models use NAME")
        return
    told = f"{choice.name} ({choice.kind}): {choice.why}"
    if choice.kind != "remote":
        yield Check("chat model", True, told)
        return
    try:
        key = find_key(config, os.environ)
    except MemError as error:
        yield Check("chat model", False, f"{told}; {error}", "see: mem keys")
        return
    where = {"missing": "no key for it is found", "not needed": "it needs no key"}.get(
        key.place, f"its key is {key.name}, in the {key.place}"
    )
    yield Check("chat model", True, f"{told}; {where}", f"give it one: {key.remedy}" if key.remedy else "")


def _keys(config: Config) -> Check:
    """Where keys are; whether only their owner can read them."""
    store = KeyStore(config.paths)
    try:
        told = [f"{key.name} (in the {key.place})" for key in store.list()]
    except MemError as error:
        return Check("keys", False, str(error), "see: mem keys -h")
    if store.file.exists() and store.file.stat().st_mode & 0o077:
        return Check("keys", False, f"{store.file} can be read by others", f"run: chmod 600 {store.file}")
    for name, variable in keyed_providers(os.environ):
        unused = "" if config.model.startswith(f"{name}/") else "; not used unless a model of it is chosen"
        told.append(f"{name} (in the environment, {variable}{unused})")
    return Check("keys", True, ", ".join(told) or "none, and none is needed for a model on this machine")


def _is_gguf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(GGUF_MAGIC)) == GGUF_MAGIC
    except OSError:
        return False


def _gpu(config: Config) -> Check:
    """What llama.cpp was compiled for, how much of the model really is on a GPU, and how to get more."""
    path, machine = _model_file(config), look_at_machine()
    build = ask_llama(path, config.n_gpu_layers)
    if build.problem and path is not None:
        reason, build = build.problem, ask_llama()
        if not build.problem:
            return Check("llama.cpp", False, f"cannot load {path}: {reason}", "choose another: mem models use NAME")
    if build.problem:
        return Check("llama.cpp", False, build.problem, f"{REINSTALL} llama-cpp-python")
    seen = f"{machine.gpu_name} is there" if machine.gpu_maker else "no GPU is seen"
    told = f"built for {', '.join(build.backends)}; {seen}; n_gpu_layers = {config.n_gpu_layers}"
    if build.offload:
        told += f"; on the GPU: {build.offload}"
    if build.gpu:
        return Check("llama.cpp", True, told)
    wanted = config.n_gpu_layers not in ("auto", "off", "0")
    remedy = f"run: {how_to_get(machine)}" if wanted or machine.gpu_maker else ""
    return Check("llama.cpp", not wanted, told, remedy + ", or: mem config set n_gpu_layers auto" * wanted)


def _model_file(config: Config) -> Path | None:
    """The file of the settings' model; None where it has none that could be loaded."""
    try:
        path = resolve_model(config.model, config.paths.models).path
    except ModelMissing:
        return None
    return path if path is not None and _is_gguf(path) else None


def _embedder(config: Config) -> Check:
    prepared = any((config.paths.cache / "embedders").glob("*/model.onnx"))
    ready = f"prepared in {config.paths.cache}" if prepared else "prepared at its first use, which takes some seconds"
    return Check("embedder", True, f"{config.embedder}; {ready}")


def _network(config: Config) -> Check:
    remote = config.model.partition("/")[0] if _is_remote(config) else ""
    if remote:
        return Check("network", True, f"no telemetry; what you say goes to {config.api_base or remote}, and nowhere else")
    return Check("network", True, "no telemetry, and no network but for mem models pull: the models run on this machine")


def _is_remote(config: Config) -> bool:
    try:
        return resolve_model(config.model, config.paths.models).kind == "remote"
    except ModelMissing:
        return False
