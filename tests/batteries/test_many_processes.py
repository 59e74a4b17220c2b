"""Many processes on one profile: some remember, some search, one tidies the index, one forgets. Nothing lost, nothing twice.

`WRITERS=8 TEXTS_EACH=100 pytest tests/batteries/test_many_processes.py -s` lets so many remember so much.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from batteries.processes import WORKER, Worker, size

WRITERS, TEXTS_EACH = size("WRITERS", 2), size("TEXTS_EACH", 5)
SEARCHERS = 2


class Teller:
    """A worker that is given one thing after another, as fast as it answers."""

    def __init__(self, home: Path) -> None:
        self._home = str(home)
        command, pipe = [sys.executable, str(WORKER), "--hold"], subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self.answers: list[dict[str, Any]] = []

    def ask(self, verb: str, *arguments: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([self._home, verb, *arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        self.answers.append(json.loads(line) if line else {"died": True})
        return self.answers[-1]

    def close(self) -> str:
        _, stderr = self._process.communicate()
        return stderr


def write(teller: Teller, number: int, told: list[str]) -> None:
    for count in range(TEXTS_EACH):
        text = f"process {number} counted {count * 7 + 3} herons, ticket {number}-{count}"
        if "ok" in teller.ask("remember", text):
            told.append(text)


def until(over: threading.Event, teller: Teller, pause: float, *act: str) -> None:
    while not over.wait(pause):
        teller.ask(*act)


def forget(over: threading.Event, teller: Teller, told: list[str], gone: list[str]) -> None:
    """Forgets every tenth thing that was acknowledged, one at a time."""
    while not over.is_set() or len(gone) < len(told) // 10:
        if len(gone) < len(told) // 10:
            text = told[len(gone) * 10]
            found = teller.ask("find", text)["ok"]
            answer = teller.ask("forget", *found)
            assert "ok" in answer, answer
            gone.append(text)
        else:
            time.sleep(0.05)


@pytest.mark.battery
@pytest.mark.timeout(300 + WRITERS * TEXTS_EACH * 10)
def test_many_processes_lose_nothing_double_nothing_and_wait_two_seconds_at_most(tmp_path):
    home = tmp_path / "home"
    log = Worker(log=tmp_path / "stderr")
    assert "ok" in log(home, "remember", "the first heron")
    tellers = [Teller(home) for _ in range(WRITERS + SEARCHERS + 2)]
    writers, searchers, (optimiser, forgetter) = tellers[:WRITERS], tellers[WRITERS:-2], tellers[-2:]
    for teller in tellers:
        assert "ok" in teller.ask("recall", "heron")  # everything is loaded
        teller.answers.clear()
    told: list[str] = []
    gone: list[str] = []
    over = threading.Event()
    writing = [threading.Thread(target=write, args=(teller, number, told)) for number, teller in enumerate(writers)]
    others = [threading.Thread(target=until, args=(over, teller, 0.1, "recall", "herons, ticket 1-2")) for teller in searchers]
    others.append(threading.Thread(target=until, args=(over, optimiser, 1.0, "rewrite")))
    others.append(threading.Thread(target=forget, args=(over, forgetter, told, gone)))
    started = time.perf_counter()
    for thread in (*writing, *others):
        thread.start()
    for thread in writing:
        thread.join()
    seconds = time.perf_counter() - started
    over.set()
    for thread in others:
        thread.join()
    stderr = "".join(teller.close() for teller in tellers)
    answers = [answer for teller in tellers for answer in teller.answers]
    failed = [answer for answer in answers if "ok" not in answer]
    waits = sorted(answer["seconds"] for teller in writers for answer in teller.answers)
    seen = log(home, "look", "herons")["ok"]
    state = log(home, "state")["ok"]
    log.close()

    expected = Counter(told) - Counter(gone) + Counter(["the first heron"])
    print(
        f"{WRITERS} × {TEXTS_EACH}: {len(told)} acknowledged, {len(gone)} forgotten in {seconds:.0f} s; "
        f"p50 {waits[len(waits) // 2]:.2f} s, p95 {waits[int(len(waits) * 0.95)]:.2f} s, longest {waits[-1]:.2f} s; "
        f"{sum(len(teller.answers) for teller in searchers)} searches, {len(optimiser.answers)} rewrites of the index"
    )
    assert failed == []
    assert "Traceback" not in stderr
    assert len(told) == WRITERS * TEXTS_EACH
    assert Counter(seen["texts"]) == expected
    assert (state["damage"], state["waiting"]) == ("", 0)
    assert len(gone) == len(told) // 10
