"""`mem models info`, `pull`, `default` and `rm`: what is shown of a model before and after it is fetched."""

from __future__ import annotations

import functools
import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pexpect
import pytest

from mem.models.catalog import RECOMMENDED
from mem.models.gguf_header import Header, read_header
from mem.models.hardware import LlamaBuild, Machine, ask_llama, fits, how_to_get, suggested

GB = 2**30


def text(value: str) -> bytes:
    """A text as GGUF files have it."""
    return struct.pack("<Q", len(value)) + value.encode()


def entry(key: str, value: str | int) -> bytes:
    """A key and a value as GGUF files have them."""
    kind, written = (8, text(value)) if isinstance(value, str) else (4, struct.pack("<I", value))
    return text(key) + struct.pack("<I", kind) + written


ENTRIES = [
    entry("general.architecture", "llama"), entry("general.name", "Small"), entry("general.license", "mit"),
    entry("general.size_label", "7B"), entry("llama.block_count", 12), entry("llama.context_length", 2048),
    text("some.list") + struct.pack("<IIQ", 9, 4, 3) + bytes(12), entry("tokenizer.ggml.model", "gpt2"),
]  # fmt: skip
MODEL = b"GGUF" + struct.pack("<IQQ", 3, 0, len(ENTRIES)) + b"".join(ENTRIES) + bytes(2000)
SHA256 = hashlib.sha256(MODEL).hexdigest()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """The test's output stays clean."""


@pytest.fixture
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server on loopback that has one model file."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "small.gguf").write_bytes(MODEL)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/small.gguf"
        server.shutdown()


@pytest.fixture
def pulled(home: Path) -> Path:
    """A model in the models directory."""
    folder = home / "data" / "models"
    folder.mkdir(parents=True)
    (folder / "small.gguf").write_bytes(MODEL)
    return folder / "small.gguf"


def test_a_file_tells_its_licence_size_and_context_without_being_loaded(pulled):
    assert read_header(pulled) == Header("Small", "llama", "7B", "mit", 12, 2048)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"GGUF", b"nonsense", MODEL[:60], b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60),
        b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**62),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("deep") + struct.pack("<IIQ", 9, 9, 2**40),
    ],
)  # fmt: skip
def test_a_file_that_is_damaged_or_lies_tells_nothing(tmp_path, raw):
    (tmp_path / "bad.gguf").write_bytes(raw)

    assert read_header(tmp_path / "bad.gguf") == Header()
    assert read_header(tmp_path) == Header()


def test_info_tells_size_checksum_licence_and_what_the_gpu_does(run_cli, pulled):
    found = json.loads(run_cli("models", "info", "small", "--json").stdout)

    assert (found["path"], found["size_bytes"], found["sha256"]) == (str(pulled), len(MODEL), SHA256)
    assert (found["licence"], found["parameters"], found["context_tokens"], found["fits"]) == ("mit", "7B", 2048, True)
    assert "llama.cpp: built for" in found["gpu"]
    assert found["used"] is False
    assert f"sha256: {SHA256}" in run_cli("models", "info", "small").stdout


def test_info_of_a_model_that_is_not_there_yet_tells_what_it_would_take(run_cli):
    told = run_cli("models", "info", "qwen3-4b").stdout

    assert "licence: Apache-2.0" in told
    assert "to fetch it: mem models pull qwen3-4b" in told
    assert run_cli("models", "info", "qwen3-5b").complaint.count("did you mean qwen3-4b") == 1


def test_info_of_a_remote_model_tells_where_its_key_is(run_cli, monkeypatch):
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    missing = json.loads(run_cli("models", "info", "mistral/small", "--json").stdout)
    monkeypatch.setenv("MISTRAL_API_KEY", "a-key-that-must-not-be-shown")

    assert missing["remedy"] == "give it one: mem keys set mistral, or: export MISTRAL_API_KEY=…"
    found = json.loads(run_cli("models", "info", "mistral/small", "--json").stdout)
    assert found["key"] == "MISTRAL_API_KEY, in the environment"


def test_pull_shows_size_licence_and_checksum_before_it_fetches(run_cli, address):
    told = run_cli("models", "pull", address, "--yes", "--sha256", SHA256).stderr

    assert f"size: {len(MODEL):,} bytes" in told
    assert "licence: not told by its source" in told
    assert f"sha256: {SHA256}" in told
    assert run_cli("--quiet", "models", "pull", address, "--sha256", SHA256).stderr == "use it with: mem models use small\n"


def test_without_a_terminal_and_without_a_yes_nothing_is_fetched(run_cli, home, address):
    told = run_cli("models", "pull", address)

    assert (told.exit_code, told.stdout, list((home / "data").glob("models/*.gguf"))) == (2, "", [])
    assert "mem models pull asks before it fetches small.gguf, and there is no terminal" in told.complaint


def test_on_a_terminal_pull_asks_and_a_no_fetches_nothing(on_terminal, home, address):
    child = on_terminal("models", "pull", address)
    child.expect_exact("Fetch it? [y/N] ")
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, list((home / "data").glob("models/*.gguf"))) == (1, [])

    child = on_terminal("models", "pull", address, "--yes")
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, (home / "data" / "models" / "small.gguf").read_bytes()) == (0, MODEL)


def test_a_pulled_model_is_removed_on_a_yes_and_nothing_else_is(run_cli, pulled):
    assert run_cli("models", "rm", "small").exit_code == 2
    assert run_cli("models", "rm", "starter", "--yes").exit_code == 2
    assert run_cli("models", "rm", "smal", "--yes").exit_code == 3
    assert pulled.exists()
    assert run_cli("models", "rm", "small", "--yes").stdout == f"removed {pulled}\n"
    assert not pulled.exists()


def test_default_shows_the_model_and_chooses_another(run_cli, pulled, monkeypatch):
    monkeypatch.delenv("MEM_MODEL")

    assert run_cli("models", "default").stdout == "starter\n"
    assert run_cli("models", "default", "small").exit_code == 0
    source = str(pulled.parents[2] / "config.toml")
    assert json.loads(run_cli("models", "default", "--json").stdout) == {"model": "small", "source": source}


@pytest.mark.parametrize(
    ("machine", "build", "name"),
    [
        (Machine(2 * GB, 8), LlamaBuild(), None),
        (Machine(8 * GB, 8), LlamaBuild(), "qwen3-4b"),
        (Machine(64 * GB, 2), LlamaBuild(), "qwen2.5-1.5b"),
        (Machine(64 * GB, 8, "NVIDIA", "a card", 24 * GB), LlamaBuild(gpu=True), "qwen2.5-7b"),
        (Machine(64 * GB, 8, "NVIDIA", "a card", 24 * GB), LlamaBuild(), "qwen3-4b"),
        (Machine(64 * GB, 8, "NVIDIA", "a card", 4 * GB), LlamaBuild(gpu=True), "qwen2.5-1.5b"),
    ],
)
def test_the_model_that_is_suggested_fits_the_machine(machine, build, name):
    found = suggested(machine, build)

    assert (found and found.name) == name
    assert found is None or fits(found.size_bytes, machine)


def test_how_to_get_a_gpu_build_names_the_flag_of_its_maker():
    assert "GGML_CUDA" in how_to_get(Machine(GB, 1, "NVIDIA"))
    assert "GGML_VULKAN" in how_to_get(Machine(GB))


def test_llama_says_why_a_file_does_not_load(tmp_path):
    (tmp_path / "bad.gguf").write_bytes(b"nothing of the kind")

    assert "is not a GGUF file" in ask_llama(tmp_path / "bad.gguf").problem
    assert ask_llama().problem == ""
    assert all(model.licence and model.size_bytes for model in RECOMMENDED)


def test_pull_without_a_source_names_a_model_for_this_machine(run_cli):
    told = run_cli("models", "pull")

    assert told.exit_code == 2
    assert "which one?" in told.complaint
    assert "mem models list" in told.complaint
