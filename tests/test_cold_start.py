"""Which heavy libraries each verb loads, in a process of its own: what is not needed is not imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "duckdb", "lancedb", "numpy", "pyarrow", "onnxruntime", "tokenizers", "torch", "sentence_transformers", "transformers",
    "litellm", "openai", "llama_cpp", "prompt_toolkit", "dateparser", "rich.markdown", "huggingface_hub", "httpx",
)  # fmt: skip
MODELS = ("torch", "sentence_transformers", "transformers", "litellm", "openai", "llama_cpp")
INDEX = ("lancedb", "pyarrow", "onnxruntime", "tokenizers", "dateparser")
TELL = """
import sys
from mem.__main__ import main
sys.argv = ["mem", *sys.argv[1:]]
try:
    main()
finally:
    print("\\nLOADED", *sorted(sys.modules), file=sys.stderr)
"""


def loaded(*arguments: str, **environ: str) -> set[str]:
    """The modules that a command had imported when it was done."""
    finished = subprocess.run(
        [sys.executable, "-c", TELL, *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, **environ}, check=False, timeout=120,
    )  # fmt: skip
    assert "Traceback" not in finished.stderr
    line = next(line for line in finished.stderr.splitlines() if line.startswith("LOADED"))
    return set(line.split())


@pytest.mark.parametrize(
    "command",
    ["--version", "--help", "-h", "recall --help", "chat --help", "config", "profiles", "completions bash", "nonsense"],
)
def test_what_needs_no_memory_loads_no_heavy_library(command):
    assert loaded(*command.split()) & set(HEAVY) == set()


def test_the_version_is_answered_before_the_command_line_is_built():
    assert loaded("--version") & {"typer", "rich", "mem.cli"} == set()


@pytest.mark.parametrize(
    "command", ["inspect", "inspect facts", "inspect entities", "inspect graph", "sessions", "review", "retry"]
)
def test_looking_at_what_is_stored_loads_the_database_only(command):
    found = loaded(*command.split())

    assert "duckdb" in found
    assert found & {*MODELS, *INDEX, "prompt_toolkit", "numpy"} == set()


def test_recall_and_remember_load_no_chat_model(home: Path):
    for command in (["remember", "the boiler was serviced"], ["recall", "boiler"]):
        found = loaded(*command)

        assert "lancedb" in found
        assert found & {*MODELS, "prompt_toolkit"} == set()


def test_listing_models_loads_none():
    assert loaded("models") & {*HEAVY} <= {"numpy"}


def test_doctor_loads_no_chat_model():
    assert loaded("doctor") & {*MODELS, "prompt_toolkit"} == set()
