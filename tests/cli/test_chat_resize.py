"""An answer in a terminal that changes its size meanwhile, and wraps again what it shows, as most do: in tmux."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_with_tall_answer import ITEMS

PROGRAM = Path(__file__).parent / "chat_with_tall_answer.py"
PATIENCE = 60
SIZES = ((60, 20), (40, 10), (100, 30), (50, 15), (41, 12), (80, 24))


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """`tmux(command, …)` on a server of its own."""
    environ = {**os.environ, "TMUX_TMPDIR": str(tmp_path), "LANG": "C.UTF-8"}
    environ.pop("TMUX", None)

    def run(*command: str) -> str:
        done = subprocess.run(["tmux", "-L", "resize", *command], env=environ, capture_output=True, text=True, check=True)
        return done.stdout

    yield run
    subprocess.run(["tmux", "-L", "resize", "kill-server"], env=environ, capture_output=True, check=False)


@pytest.mark.battery
@pytest.mark.skipif(not (shutil.which("tmux") and os.environ.get("MEM_ALL_SCREENS")), reason="MEM_ALL_SCREENS=1, and tmux")
def test_every_line_of_an_answer_is_there_once_however_the_terminal_changes(tmux: Callable[..., str], cli_home: Path):
    def wait_for(text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in tmux("capture-pane", "-p", "-t", "chat"):
            assert time.monotonic() < deadline, tmux("capture-pane", "-p", "-S", "-", "-t", "chat")
            time.sleep(0.1)

    variables = f"env -u NO_COLOR MEM_HOME={cli_home} MEM_MODEL=scripted TERM=screen-256color"
    tmux("new-session", "-d", "-s", "chat", "-x", "80", "-y", "24", f"{variables} {sys.executable} {PROGRAM}")
    tmux("set-option", "-t", "chat", "window-size", "manual")
    wait_for("0 saved")
    tmux("send-keys", "-t", "chat", "go", "Enter")
    wait_for("item 3")
    for columns, rows in SIZES:
        tmux("resize-window", "-t", "chat", "-x", str(columns), "-y", str(rows))
        time.sleep(0.7)
    wait_for("It ends here.")
    tmux("resize-window", "-t", "chat", "-x", "120", "-y", "50")
    time.sleep(1)

    lines = tmux("capture-pane", "-p", "-S", "-", "-t", "chat").splitlines()
    told = [int(line.split()[2]) for line in lines if " item " in line]
    assert told == list(range(1, ITEMS + 1))
    assert sum("It ends here." in line for line in lines) == 1
