"""kill -9 at named points: at each kind of write, sync, rename or removal that an operation makes, found by tracing it.

`KILL_POINTS=40 KILL_ROUNDS=10 pytest tests/batteries/test_kill_points.py -s` kills at so many points so often.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from batteries.processes import QUERIES, Died, Worker, fill, size

from mem.stores.migrations import SCHEMA_VERSION, m001_first

POINTS, ROUNDS = size("KILL_POINTS", 2), size("KILL_ROUNDS", 1)
SEED = size("KILL_SEED", 1)
CALLS = "fdatasync,fsync,rename,renameat,link,linkat,unlink,unlinkat,ftruncate,pwrite64,write"
LINE = re.compile(r"^(\d+) +(\w+)\((.*)")
OLD = """
insert into meta values ('schema_version', '1');
update counter set value = 7;
insert into session values ('s1', 1, 'hello', '2026-06-01 09:00', '', 0);
insert into message values ('m1', 2, 's1', 't1', 'user', 'my sister is Ada', '2026-06-01 09:00', false, '[]', '', 'user_said');
insert into episode values
    ('e1', 3, 'turn', 'my sister is Ada', '2026-06-01 09:00', 's1', 't1', ['m1'], [], 'user_said', '2026-06-01 09:00');
"""
# What is done to which profile.
VERBS = {
    "remember": ("full", "the heron came back"),
    "say": ("full", "I work at Acme"),
    "edit": ("full", "e1", "the plums are gone"),
    "reindex": ("full",),
    "rewrite": ("full",),
    "restore": ("full", "BACKUP"),
    "backup": ("full", "NEW"),
    "recall": ("unindexed", "plums"),
    "look": ("old", "sister"),
}


def strace_works() -> bool:
    """Whether a process may be traced, and killed at a call, here."""
    command = ["strace", "-qq", "-e", "trace=fsync", "-e", "inject=fsync:signal=SIGKILL:when=1", "sync", "/tmp"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode in (-9, 137)


@pytest.fixture(scope="module")
def homes(worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A profile in use, the same without an index, and one of the first version."""
    base = tmp_path_factory.mktemp("homes")
    fill(worker, base / "full")
    assert "ok" in worker(base / "full", "backup", str(base / "b.zip"))
    shutil.copytree(base / "full", base / "unindexed")
    profile = base / "unindexed/data/profiles/default"
    shutil.rmtree(profile / "index")
    with duckdb.connect(profile / "memory.duckdb") as connection:
        connection.execute("update meta set value = '0' where key in ('index_generation', 'indexed_seq')")
        connection.execute("delete from index_file")
    old = base / "old/data/profiles/default"
    old.mkdir(parents=True)
    with duckdb.connect(old / "memory.duckdb") as connection:
        connection.execute(m001_first.SQL)
        connection.execute(OLD)
    return {name: base / name for name in ("full", "unindexed", "old")}


def copy(homes: dict[str, Path], verb: str, target: Path) -> tuple[Path, list[str]]:
    """A profile of its own for an operation, and the operation's arguments."""
    profile, *arguments = VERBS[verb]
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(homes[profile], target)
    places = {"BACKUP": str(homes[profile].parent / "b.zip"), "NEW": str(target / "new.zip")}
    return target, [places.get(argument, argument) for argument in arguments]


def points_of(verb: str, homes: dict[str, Path], folder: Path) -> list[tuple[str, int, str]]:
    """The calls that an operation makes on files of its profile: which, the how many-th in its thread, on what."""
    home, arguments = copy(homes, verb, folder / "traced")
    log = folder / "strace.log"
    tracer = Worker("strace", "-f", "-y", "-qq", "-e", f"trace={CALLS}", "-o", str(log), log=folder / "stderr")
    assert "ok" in tracer(home, verb, *arguments)
    tracer.close()
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[str, tuple[str, int, str]] = {}
    for line in log.read_text(errors="replace").splitlines():
        if match := LINE.match(line):
            thread, call, rest = match.groups()
            seen[thread, call] += 1
            if path := re.search(rf"{re.escape(str(home))}/data/profiles/default/([^\">, ]*)", rest):
                name = re.sub(r"[0-9a-f-]{12,}|\d+", "#", path[1])
                found.setdefault(f"{verb}: {call} {name}", (call, seen[thread, call], f"{verb}: {call} {name}"))
    return list(found.values())


def asked_only(state: dict[str, Any]) -> dict[str, Any]:
    """The state, but for what a search finds: a message whose answer never came is kept without it."""
    return {**state, "found": {}}


def look(worker: Worker, home: Path) -> dict[str, Any]:
    """What a person sees once what was owed is done, and that the index is whole."""
    assert "ok" in worker(home, "catch up")
    seen = worker(home, "look", *QUERIES, "sister", "heron")
    assert "ok" in seen, seen
    assert [line for line in seen["notices"] if "WARNING" in line or "damaged" in line] == []
    state = worker(home, "state")["ok"]
    assert (state["damage"], state["waiting"]) == ("", 0)
    return dict(seen["ok"])


@pytest.mark.skipif(not strace_works(), reason="strace cannot trace here")
@pytest.mark.battery
@pytest.mark.timeout(300 + POINTS * ROUNDS * 60)
def test_an_operation_that_is_killed_at_a_named_point_is_done_or_not_begun(worker, homes, tmp_path):
    rng = random.Random(SEED)
    verbs = list(VERBS) if len(VERBS) <= POINTS else rng.sample(list(VERBS), max(2, POINTS // 2))
    points = {verb: points_of(verb, homes, tmp_path) for verb in verbs}
    for found in points.values():
        rng.shuffle(found)
    chosen = [(verb, found.pop()) for _ in range(POINTS) for verb, found in points.items() if found][:POINTS]
    allowed: dict[str, list[dict[str, Any]]] = {}
    outcomes: Counter[str] = Counter()
    for verb, (call, number, name) in chosen * ROUNDS:
        if verb not in allowed:
            home, arguments = copy(homes, verb, tmp_path / "allowed")
            before = look(worker, home) if verb != "look" else None
            home, arguments = copy(homes, verb, tmp_path / "allowed")
            assert "ok" in worker(home, verb, *arguments)
            allowed[verb] = [state for state in (before, look(worker, home)) if state is not None]
        home, arguments = copy(homes, verb, tmp_path / "case")
        inject = f"inject={call}:signal=SIGKILL:when={number}"
        doomed = Worker("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject, log=tmp_path / "stderr")
        status = 0
        try:
            acknowledged = "ok" in doomed(home, verb, *arguments)
            doomed.close()
        except Died as death:
            acknowledged, status = False, death.returncode
        assert status in (0, -9, 137), name
        seen = look(worker, home)
        *before_it, after_it = allowed[verb]
        unanswered = verb == "say" and not acknowledged and asked_only(seen) == asked_only(after_it)
        assert unanswered or seen == after_it or (seen in before_it and not acknowledged), (name, seen, allowed[verb])
        done = "done" if seen == after_it else "kept, not answered" if unanswered else "not begun"
        outcomes[f"{'not reached' if acknowledged else 'killed'}, {done}"] += 1
        assert "ok" in worker(home, "remember", "afterwards"), name
    assert SCHEMA_VERSION > 1
    print(f"points {len(chosen)}, rounds {ROUNDS}: {dict(outcomes)}")
    print("\n".join(sorted(name for _, (_, _, name) in chosen)))
