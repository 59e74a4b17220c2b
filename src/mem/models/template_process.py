"""A chat template in a process of its own, with limits of time and memory: whatever is in it, this process goes on."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

CHILD = Path(__file__).with_name("template_child.py")
START_SECONDS = 60.0  # a busy machine may need long until Python runs
WORK_SECONDS = 4.0
READ_BYTES = 65_536
ANSWER_BYTES = 40_000_000


class TemplateFailed(Exception):
    """The template raised, took too long or too much. The text says which."""


class TemplateProcess:
    """One template, compiled on first use. After a time-out or a crash it stays down. Safe for several threads."""

    def __init__(self, source: str, *, loaded_at: datetime, seconds: float = WORK_SECONDS) -> None:
        self._source = source
        self._loaded_at = loaded_at
        self._seconds = seconds
        self._lock = Lock()
        self._down = ""
        self._rest = b""
        command = [sys.executable, "-P", "-B", str(CHILD)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True)
        self._end = weakref.finalize(self, _end, self._process)
        self._compiled = False

    def render(self, values: Mapping[str, Any]) -> str:
        """The rendered text, or TemplateFailed."""
        with self._lock:
            if self._down:
                raise TemplateFailed(self._down)
            if not self._compiled:
                self._receive(START_SECONDS)
                self._ask({"source": self._source, "now": self._loaded_at.isoformat()}, final=True)
                self._compiled = True
            return str(self._ask(values)["text"])

    def close(self) -> None:
        """Ends the process; may be called again."""
        self._down = self._down or "the model was closed"
        self._end()

    def _ask(self, values: Mapping[str, Any], *, final: bool = False) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(values).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            self._give_up("it ended its process", error)
        answer = self._receive(self._seconds)
        if reason := answer.get("error"):
            if final:
                self._give_up(str(reason))
            raise TemplateFailed(str(reason))
        return answer

    def _receive(self, seconds: float) -> dict[str, Any]:
        """The next line from the process."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + seconds
        while b"\n" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                self._give_up(f"it took longer than {seconds:.0f} s")
            piece = os.read(self._process.stdout.fileno(), READ_BYTES)
            if not piece or len(self._rest) > ANSWER_BYTES:
                self._give_up("it ended its process")
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _give_up(self, reason: str, error: OSError | None = None) -> None:
        self._down = reason
        self._end()
        raise TemplateFailed(reason) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                continue  # what was still to be written has nobody to read it
    process.wait()
