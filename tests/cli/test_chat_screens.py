"""Scripted conversations on a real terminal: each must leave exactly the screen that its file shows.

All of them are held by one process, one after another, each in a home of its own. `MEM_NEW_SCREENS=1` writes the screens anew.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from screens import Terminal, read_script

SCRIPTS = sorted((Path(__file__).parent / "conversations").glob("*.txt"))
REWRITTEN = bool(os.environ.get("MEM_NEW_SCREENS"))
ALL = bool(os.environ.get("MEM_ALL_SCREENS")) or REWRITTEN


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR" and not name.startswith("MEM_")}
    opened = Terminal({**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8"}, tmp_path_factory.mktemp("homes"))
    yield opened
    opened.close()


def marked(path: Path) -> object:
    """Those that begin with a letter run in CI, the others in the battery."""
    return pytest.param(path, marks=() if path.stem[0].isalpha() else pytest.mark.battery, id=path.stem)


@pytest.mark.parametrize("path", [marked(path) for path in SCRIPTS])
def test_the_screen_is_as_the_script_shows_it(terminal: Terminal, path: Path):
    if not (path.stem[0].isalpha() or ALL):
        pytest.skip("MEM_ALL_SCREENS=1 runs the battery")
    script = read_script(path)

    seen = terminal.play(script)

    if REWRITTEN:
        head = path.read_text("utf-8").split("\n---\n", 2)[:2]
        path.write_text("\n---\n".join([*head, "\n".join(seen)]) + "\n", "utf-8")
        return
    assert seen == script.expected, "\n".join(difflib.unified_diff(script.expected, seen, "expected", "seen", lineterm=""))


def test_there_are_thirty_of_them():
    assert len(SCRIPTS) >= 30
