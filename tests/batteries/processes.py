"""What the batteries share: a worker process that may die, sizes by variables, profiles to damage."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")
NOTES = [
    "the plums by the weir are ripe in August", "the quinces need frost", "Otis borrowed the long ladder",
    "the boiler was serviced by Mr Wu", "the cat is allergic to chicken",
]  # fmt: skip
SAID = ["my sister is Ada", "I live in Lisbon"]
QUERIES = ["who has the ladder", "what is the cat allergic to", "plums", "where do I live"]


def size(name: str, in_ci: int) -> int:
    """How many cases: those of CI, unless the variable says another number."""
    return int(os.environ.get(name, in_ci))


class Died(Exception):
    """The worker ended: a crash, or an exception that nobody should see."""

    def __init__(self, returncode: int, stderr: str) -> None:
        super().__init__(f"exit status {returncode}: {stderr[-1500:]}")
        self.returncode = returncode
        self.stderr = stderr


class Worker:
    """The worker process; started again when it is asked after it died."""

    def __init__(self, *prefix: str, log: Path) -> None:
        self._prefix = prefix
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, home: Path, verb: str, *arguments: str) -> dict[str, Any]:
        """What it answers; Died where it does not."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps([str(home), verb, *arguments]) + "\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if not line.endswith("\n"):
            raise Died(self.close(), self._log.read_text(errors="replace"))
        return dict(json.loads(line))

    def close(self) -> int:
        """Ends it; the exit status."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        status = process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
        return status

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            with self._log.open("w") as log:
                self._process = subprocess.Popen(
                    [*self._prefix, sys.executable, str(WORKER)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
        return self._process


def fill(worker: Worker, home: Path, texts: Sequence[str] = NOTES, said: Sequence[str] = SAID) -> None:
    """A profile with notes, conversations and facts."""
    for text in texts:
        assert "ok" in worker(home, "remember", text)
    for text in said:
        assert "ok" in worker(home, "say", text)
