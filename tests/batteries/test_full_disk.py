"""A disk that is full, at many points of many operations: nothing acknowledged is lost, one clear line, works again afterwards.

`FULL_DISKS=100 pytest tests/batteries/test_full_disk.py -s` fills it so often. Where nothing can be mounted, files are limited
in size instead, which fails in the same places.
"""

from __future__ import annotations

import random
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from batteries.processes import QUERIES, Worker, fill, size

DISKS = size("FULL_DISKS", 2)
SEED = size("DISK_SEED", 1)
DISK_BYTES = 16_000_000
VERBS = ("remember", "say", "edit", "reindex", "rewrite", "backup", "restore", "forget")


@pytest.fixture(scope="module")
def master(worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    fill(worker, home)
    assert "ok" in worker(home, "backup", str(home / "b.zip"))
    return home


def can_mount(place: Path) -> bool:
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True, check=False)
    if done.returncode == 0:
        subprocess.run(["umount", place], check=True)
    return done.returncode == 0


@contextmanager
def small_disk(place: Path, master: Path) -> Iterator[Path]:
    """A copy of the profile on a disk of its own."""
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", place], check=True)
    try:
        shutil.copytree(master, place / "home")
        yield place / "home"
    finally:
        subprocess.run(["umount", place], check=True)


def fill_up(disk: Path, left: int) -> None:
    """Writes a file that leaves so many bytes."""
    free = shutil.disk_usage(disk).free
    with (disk / "filler").open("wb") as file:
        file.write(bytes(max(0, free - left)))


def arguments_of(verb: str, home: Path, number: int) -> list[str]:
    return {
        "remember": [f"heron number {number}"],
        "say": [f"my boat is called Heron {number}"],
        "edit": ["e1", f"the plums of year {number}"],
        "backup": [str(home / f"b{number}.zip")],
        "restore": [str(home / "b.zip")],
        "forget": ["e2"],
    }.get(verb, [])


def one_line(answer: dict[str, Any]) -> bool:
    return all("\n" not in line and "Traceback" not in line for line in [answer.get("told", ""), *answer["notices"]])


@pytest.mark.battery
@pytest.mark.timeout(120 + DISKS * 30)
def test_a_full_disk_loses_nothing_says_one_line_and_works_again_when_there_is_room(worker, master, tmp_path):
    if not can_mount(tmp_path / "disk"):
        pytest.skip("nothing can be mounted here; test_files_that_may_not_grow fails in the same places")
    rng = random.Random(SEED)
    outcomes: Counter[tuple[str, str]] = Counter()
    for number in range(DISKS):
        verb = VERBS[number % len(VERBS)]
        left = rng.choice((0, 4096, 16_384, rng.randrange(400_000), rng.randrange(100_000)))
        with small_disk(tmp_path / "disk", master) as home:
            before = worker(home, "look", *QUERIES)["ok"]
            fill_up(tmp_path / "disk", left)
            answer = worker(home, verb, *arguments_of(verb, home, number))
            during = worker(home, "look", *QUERIES)
            (tmp_path / "disk" / "filler").unlink()
            after = worker(home, "look", *QUERIES, "heron")
            state = worker(home, "state")["ok"]
            outcomes[verb, "done" if "ok" in answer else answer["error"]] += 1

            told = (number, verb, left, answer, during, after)
            assert one_line(answer), told
            assert one_line(during), told
            assert "ok" in after, told
            assert not any("WARNING" in line for line in after["notices"]), told
            if "ok" in answer:
                added = set(after["ok"]["texts"]) - set(before["texts"])
                assert bool(added) == (verb in ("remember", "say", "edit")), told
            else:
                # What was to be forgotten may be gone; what was not acknowledged may be there.
                lost = set(before["texts"]) - set(after["ok"]["texts"])
                assert len(lost) <= (verb in ("forget", "edit")), told
            assert (state["damage"], state["waiting"]) == ("", 0), told
            assert "ok" in worker(home, "remember", "there is room again"), told
            assert "ok" in worker(home, verb, *arguments_of(verb, home, number + DISKS)) or verb == "forget", told
    for (verb, found), count in sorted(outcomes.items()):
        print(f"{verb:10} {found:16} {count}")


@pytest.mark.timeout(300)
def test_files_that_may_not_grow_lose_nothing_and_say_one_line(master, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(master, home)
    limit = (home / "data/profiles/default/memory.duckdb").stat().st_size // 3
    bounded = Worker("prlimit", f"--fsize={limit}:{resource.getrlimit(resource.RLIMIT_FSIZE)[1]}", log=tmp_path / "stderr")
    before = bounded(home, "look", *QUERIES)
    answers = [bounded(home, verb, *arguments_of(verb, home, 1)) for verb in VERBS[:6]]
    bounded.close()
    free = Worker(log=tmp_path / "stderr2")
    after = free(home, "look", *QUERIES)
    state = free(home, "state")["ok"]
    again = free(home, "remember", "there is room again")
    free.close()

    assert all(one_line(answer) for answer in answers), answers
    assert "ok" in before
    assert set(before["ok"]["texts"]) <= set(after["ok"]["texts"]) | {"the plums by the weir are ripe in August"}
    assert (state["damage"], state["waiting"]) == ("", 0)
    assert "ok" in again
