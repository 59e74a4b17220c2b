"""What a person sees of a conversation: a script is typed at a real terminal, and the terminal's screen is read."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import pyte
from chat_conversations import ENDED
from pseudo_terminal import PseudoTerminal

PATIENCE = float(os.environ.get("MEM_SCREEN_PATIENCE", "60"))
MODEL = "scripted"
SCROLLBACK = 5000
READS = b"\x1b[?2004h"  # the prompt switches bracketed paste on when it begins to read
WHERE = b"\x1b[6n"
CONTROLS = {f"c-{letter}": chr(ord(letter) - 96) for letter in "cdegjruxz"}
KEYS = {"enter": "\r", "tab": "\t", "escape": "\x1b", **CONTROLS}
CHANGING = (
    (re.compile(r"\d{1,2} [A-Z][a-z]{2,8} \d{4} \([a-z0-9 ]+\)"), "DATE"),
    (re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}(?:, \d\d:\d\d)?"), "DATE"),
    (re.compile(r"in [\d.]+ ms"), "in N ms"),
    (re.compile(r"\d+ files with [\d,]+ bytes"), "N files with N bytes"),
    (re.compile(r"\bmem \d+\.\d+\.\d+"), "mem VERSION"),
)


@dataclass
class Script:
    """A conversation: how it is set up, what is typed, and the screen that it must leave."""

    setup: dict[str, Any]
    steps: list[str]
    expected: list[str]
    columns: int = 80
    rows: int = 24
    path: Path = field(default_factory=Path)


def read_script(path: Path) -> Script:
    """Three parts divided by `---`: JSON, steps, screen."""
    setup, steps, screen = path.read_text("utf-8").split("\n---\n", 2)
    told = json.loads(setup)
    columns, rows = told.pop("size", [80, 24])
    return Script(told, steps.splitlines(), screen.rstrip("\n").split("\n"), columns, rows, path)


class Terminal:
    """A terminal that understands what is written to it, with a process that converses on it."""

    def __init__(self, environ: dict[str, str], homes: Path) -> None:
        self._environ = environ
        self._homes = homes
        self._open()

    def _open(self) -> None:
        program = [str(Path(__file__).parent / "chat_conversations.py"), str(self._homes)]
        self._child = PseudoTerminal(sys.executable, program, env=self._environ, timeout=PATIENCE, dimensions=(24, 80))
        self._child.delaybeforesend = None
        self._new_screen(80, 24)

    def close(self) -> None:
        self._child.close(force=True)

    def _new_screen(self, columns: int, rows: int) -> None:
        self._screen = pyte.HistoryScreen(columns, rows, history=SCROLLBACK, ratio=0.001)
        self._stream = pyte.ByteStream(self._screen)
        self._prompts, self._asked_in_row = 0, -1

    def play(self, script: Script) -> list[str]:
        """Types the script; what was on the screen, scrollback included, when it ended. `look` adds the screen at that time."""
        if not self._child.isalive():
            self._open()
        try:
            return self._play(script)
        except (TimeoutError, RuntimeError):
            self._child.close(force=True)  # one that failed takes no other along
            raise

    def _play(self, script: Script) -> list[str]:
        self._child.setwinsize(script.rows, script.columns)
        self._new_screen(script.columns, script.rows)
        self._dumb = script.setup.get("environ", {}).get("TERM") == "dumb"
        self._child.setecho(False)
        self._child.sendline(str(script.path))
        self._until(self._asked)
        self._until(lambda: self._dumb or any(line.startswith(f"{MODEL} ") for line in self._screen.display))
        looked: list[str] = []
        for step in script.steps:
            looked += self._step(step)
        self._until(self._ended)
        return [*looked, *_steady(self._lines())]

    def _step(self, step: str) -> list[str]:
        kind, _, rest = step.partition(" ")
        if kind == ">":
            self._expect_another()
            self._child.send(rest + "\r")
            self._until(lambda: self._asked() or self._ended())
        elif kind == "type":
            self._expect_another()
            self._child.send("".join(KEYS.get(word.lower(), word) for word in rest.split("|")))
        elif kind == "wait":
            self._until(lambda: any(rest in line for line in self._lines()))
        elif kind == "prompt":
            self._until(self._asked)
        elif kind == "resize":
            columns, rows = map(int, rest.split("x"))
            self._child.setwinsize(rows, columns)
            self._screen.resize(rows, columns)
        elif kind == "look":
            self._settle()
            return [f"[{rest or 'the screen'}]", *_steady(list(self._screen.display)), "[end]"]
        return []

    def _asked(self) -> bool:
        """Whether a line is asked for; a dumb terminal shows it by nothing but the line itself."""
        return self._prompts > 0 or self._line_is_asked_for()

    def _line_is_asked_for(self) -> bool:
        """Whether the cursor stands behind an empty prompt of a dumb terminal."""
        line = self._screen.display[self._screen.cursor.y]
        return self._dumb and line.rstrip() == ">" and self._row() > self._asked_in_row

    def _row(self) -> int:
        return len(self._screen.history.top) + int(self._screen.cursor.y)

    def _expect_another(self) -> None:
        """The next prompt is another one than that which stands there."""
        self._prompts, self._asked_in_row = 0, self._row()

    def _ended(self) -> bool:
        return self._screen.cursor.x == 0 and any(ENDED in line for line in self._lines())

    def _until(self, arrived: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not arrived():
            if time.monotonic() > deadline:
                raise TimeoutError("\n".join(self._lines()))
            self._read(0.2)

    def _settle(self) -> None:
        while self._read(0.3):
            pass

    def _read(self, seconds: float) -> bool:
        try:
            raw = self._child.read_nonblocking(65536, timeout=seconds)
        except pexpect.EOF:
            raise RuntimeError("\n".join(self._lines())) from None
        except pexpect.TIMEOUT:
            return False
        for part in re.split(b"(\x1b\\[6n|\x1b\\[\\?2004h)", raw):
            if part == WHERE:
                self._child.send(f"\x1b[{self._screen.cursor.y + 1};{self._screen.cursor.x + 1}R")
            elif part == READS:
                self._prompts += 1
            self._stream.feed(part)
        return True

    def _lines(self) -> list[str]:
        top = ["".join(line[place].data for place in range(self._screen.columns)) for line in self._screen.history.top]
        return [*top, *self._screen.display]


def _steady(lines: list[str]) -> list[str]:
    """Lines without what differs between two runs: times, versions, and blanks at the end."""
    told = [line.rstrip() for line in lines]
    for pattern, name in CHANGING:
        told = [pattern.sub(name, line) for line in told]
    while told and not told[-1]:
        told.pop()
    return told
