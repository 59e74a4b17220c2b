"""Simulated power loss: what was not synced is gone, empty or half. Found by tracing; what was acknowledged is there, always.

`POWER_IMAGES=200 pytest tests/batteries/test_power_loss.py -s` makes so many disks as a power loss leaves them.
"""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from batteries.processes import SAID, Died, Worker, size
from batteries.test_kill_points import strace_works

IMAGES = size("POWER_IMAGES", 8)
SEED = size("POWER_SEED", 1)
IMAGES_AN_OPERATION = 4
CALLS = (
    "openat,open,creat,write,pwrite64,writev,pwritev,fallocate,copy_file_range,sendfile,"
    "fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir,mkdir,mkdirat"
)
CALL = re.compile(r"^\d+ +(\w+)\((.*)")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
OF_FD = re.compile(r"^\d+<([^>]*)>")
SENDING = ("copy_file_range", "sendfile")
# Not ftruncate: DuckDB cuts off the free end of a file that it has synced; lost, the file is only longer.
WRITING = ("write", "pwrite64", "writev", "pwritev", "fallocate", *SENDING)


class Disk:
    """What of a directory a power loss could take, from what was written and synced in it."""

    def __init__(self, home: Path) -> None:
        self._home = str(home)
        self.unsynced: set[str] = set()  # files whose bytes are not on the disk
        self.unnamed: set[str] = {self._home}  # files and directories whose names are not
        self.synced: dict[str, bytes] = {}

    def follow(self, lines: list[str]) -> None:
        """Goes on with what the trace says."""
        for line in lines:
            if match := CALL.match(line):
                self._call(match[1], match[2])

    def settle(self) -> None:
        """Remembers what the files are that are on the disk now."""
        for path in Path(self._home).rglob("*"):
            if path.is_file() and str(path) not in self.unsynced:
                self.synced[str(path)] = path.read_bytes()

    def _call(self, call: str, rest: str) -> None:
        names = [name for name in QUOTED.findall(rest) if name.startswith(self._home)]
        of_fd = OF_FD.match(rest)
        path = of_fd[1] if of_fd else ""
        if call in SENDING:
            path = next((found for found in re.findall(r"\d+<([^>]*)>", rest)[-1 if call == "copy_file_range" else 0 :]), "")
        if call in ("fsync", "fdatasync"):
            self.unsynced.discard(path)
            self.unnamed = {name for name in self.unnamed if str(Path(name).parent) != path}
        elif call.startswith("rename") and len(names) == 2:
            for marked in (self.unsynced, self.unnamed):
                inside = {name for name in marked if name == names[0] or name.startswith(f"{names[0]}/")}
                marked -= inside
                marked |= {names[1] + name[len(names[0]) :] for name in inside}
            self.unnamed.add(names[1])
        elif call.startswith("link") and len(names) == 2:
            self.unnamed.add(names[1])
            if names[0] in self.unsynced:
                self.unsynced.add(names[1])
        elif call.startswith(("unlink", "rmdir")) and names:
            self.unsynced.discard(names[0])
            self.unnamed.discard(names[0])
            self.synced.pop(names[0], None)
        elif call.startswith("mkdir") and names and " = -1" not in rest:
            self.unnamed.add(names[0])
        elif call in ("open", "openat", "creat") and names:
            if "O_CREAT" in rest and names[0] not in self.synced:
                self.unnamed.add(names[0])
            if "O_TRUNC" in rest:
                self.unsynced.add(names[0])
        elif call in WRITING and path.startswith(self._home):
            self.unsynced.add(path)

    def image(self, target: Path, rng: random.Random) -> Counter[str]:
        """A copy of the directory as a power loss may leave it; what was done to how many files."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self._home, target)
        done: Counter[str] = Counter()
        for name in sorted(self.unsynced | self.unnamed):
            path = target / Path(name).relative_to(self._home)
            how = rng.choice(("kept", "dropped", "dropped", "empty", "half"))
            if how == "kept" or not path.exists():
                continue
            done[how] += 1
            if path.is_dir():
                if how == "dropped" and path != target:
                    shutil.rmtree(path)
            elif how == "dropped" and name in self.synced and name not in self.unnamed:
                path.write_bytes(self.synced[name])
            elif how == "dropped":
                path.unlink()
            elif name in self.unsynced:
                path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 if how == "half" else 0])
        return done


def operations(rng: random.Random) -> list[tuple[str, ...]]:
    """What is done, one after another."""
    plain = [("remember", f"ticket {rng.randrange(16**8):08x} is for the heron boat") for _ in range(5)]
    return [
        *plain[:2], ("say", SAID[0]), ("edit", "e1", "the first ticket was given back"), plain[2], ("rewrite",),
        ("say", SAID[1]), ("backup",), ("reindex",), *plain[3:], ("recall", "ticket"), ("restore",),
    ]  # fmt: skip


@pytest.mark.skipif(not strace_works(), reason="strace cannot trace here")
@pytest.mark.battery
@pytest.mark.timeout(300 + IMAGES * 30)
def test_a_power_loss_takes_nothing_that_was_acknowledged(worker, tmp_path):
    rng = random.Random(SEED)
    images = 0
    lost: list[object] = []
    done: Counter[str] = Counter()
    after: Counter[str] = Counter()
    while images < IMAGES:
        home, log = tmp_path / f"home{images}", tmp_path / "strace.log"
        disk, read = Disk(home), 0
        tracer = Worker("strace", "-f", "-y", "-qq", "-s", "600", "-e", f"trace={CALLS}", "-o", str(log), log=tmp_path / "err")
        for verb, *arguments in operations(rng):
            if images >= IMAGES:
                break
            if verb in ("backup", "restore"):
                arguments = [str(home / "b.zip")]
            answer = tracer(home, verb, *arguments)
            assert "ok" in answer, answer
            lines = log.read_text(errors="replace").splitlines()
            disk.follow(lines[read:])
            read = len(lines)
            disk.settle()
            acknowledged = worker(_copied(home, tmp_path / "whole"), "look", "ticket")["ok"]
            for _ in range(IMAGES_AN_OPERATION):
                done += disk.image(tmp_path / "image", rng)
                images += 1
                after[verb] += 1
                if wrong := _compared(worker, tmp_path / "image", acknowledged):
                    marked = sorted(name.removeprefix(str(home)) for name in disk.unsynced | disk.unnamed)
                    lost.append((verb, wrong, marked))
        tracer.close()
        shutil.rmtree(home)
    print(f"{images} images, after {dict(after)}; files {dict(done)}; lost or unopenable: {len(lost)}")
    assert lost == []


def _compared(worker: Worker, image: Path, acknowledged: object) -> str:
    """What is not as it was acknowledged; empty for nothing."""
    try:
        found = worker(image, "look", "ticket")
        state = worker(image, "state")
    except Died as death:
        return str(death)
    if found.get("ok") != acknowledged:
        return str(found)
    return "" if (state["ok"]["damage"], state["ok"]["waiting"]) == ("", 0) else str(state)


def _copied(home: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(home, target)
    return target
