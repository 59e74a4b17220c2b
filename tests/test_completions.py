"""The completion scripts: the files in `completions/` are what `mem completions` prints, and bash completes with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "completions"
COMPLETE = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_mem; printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(*words: str) -> list[str]:
    command = ["bash", "-c", COMPLETE, "bash", str(FOLDER / "mem.bash"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(("shell", "name"), [("bash", "mem.bash"), ("zsh", "_mem"), ("fish", "mem.fish")])
def test_the_kept_script_is_the_one_that_is_printed(shell, name):
    command = [sys.executable, "-m", "mem", "completions", shell]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert (FOLDER / name).read_text("utf-8") == printed


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["mem", "rem"], ["remember"]),
        (["mem", "--profile", "ask", "recall", "--w"], ["--why"]),
        (["mem", "models", ""], ["list", "info", "pull", "use", "embedder", "reranker"]),
        (["mem", "models", "embedder", "use", "--q"], ["--query-prefix"]),
        (["mem", "models", "pull", "--s"], ["--sha256"]),
        (["mem", "recall", "models", ""], []),
        (["mem", "completions", "z"], ["zsh"]),
    ],
)
def test_bash_completes_verbs_and_options_without_starting_python(words, expected):
    assert complete(*words) == expected
