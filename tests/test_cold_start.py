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
import gc, sys
from mem.__main__ import main
sys.argv = ["mem", *sys.argv[1:]]
try:
    main()
finally:
    print("\\nLOADED", *sorted(sys.modules), file=sys.stderr)
    print("COLLECTED", sum(generation["collections"] for generation in gc.get_stats()), file=sys.stderr)
"""


def told(*arguments: str, **environ: str) -> dict[str, list[str]]:
    """The modules that a command had imported when it was done, and how often it had looked for garbage."""
    finished = subprocess.run(
        [sys.executable, "-c", TELL, *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, **environ}, check=False, timeout=120,
    )  # fmt: skip
    assert "Traceback" not in finished.stderr
    lines = [line.split() for line in finished.stderr.splitlines()]
    return {line[0]: line[1:] for line in lines if line and line[0] in ("LOADED", "COLLECTED")}


def loaded(*arguments: str, **environ: str) -> set[str]:
    return set(told(*arguments, **environ)["LOADED"])


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


def test_starting_does_not_look_for_garbage_all_the_time():
    assert int(told("remember", "the boiler was serviced")["COLLECTED"][0]) < 50  # 400 with Python's own threshold


def test_listing_models_loads_none():
    assert loaded("models") & {*HEAVY} <= {"numpy"}


def test_doctor_loads_no_chat_model():
    assert loaded("doctor") & {*MODELS, "prompt_toolkit"} == set()
