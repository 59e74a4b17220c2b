"""Any file of a profile may be flipped, cut, emptied, zeroed, removed or exchanged: no wrong answer, no abort, no traceback.

`DAMAGES=400 pytest tests/batteries/test_damaged_files.py -s` damages so many; `DAMAGE_SEED` chooses others.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from batteries.processes import NOTES, QUERIES, Died, Worker, fill, size

DAMAGES = size("DAMAGES", 8)
SEED = size("DAMAGE_SEED", 1)
METHODS = ("flip", "flip", "flip", "cut", "half", "zero", "empty", "gone", "swap", "junk")
# Which files of a profile, by kind.
KINDS = {
    "database": "memory.duckdb",
    "log": "memory.duckdb.wal",
    "rows of the index": "index/g-*/document.lance/data/*",
    "words of the index": "index/g-*/document.lance/_indices/*/*",
    "versions of the index": "index/g-*/document.lance/_versions/*.manifest",
    "deletions of the index": "index/g-*/document.lance/_deletions/*",
    "transactions of the index": "index/g-*/document.lance/_transactions/*",
    "hint of the index": "index/g-*/document.lance/_versions/*hint*",
    "trusted": "index/g-*/trusted.json",
    "mark": "acknowledged",
    "lock": "lock",
    "queue": "lock.queue",
    "history": "history",
    "settings": "../../../config.toml",
}
# Whose damage must not cost anything at all, since the database is whole.
DERIVED = {kind for kind in KINDS if kind not in ("database", "log", "settings")}
LEAVE_A_LOG = """
import os, sys, duckdb
from batteries.worker import open_profile
from mem.stores.database import CONFIG
assistant = open_profile(sys.argv[1])
database = assistant.database
assistant.counts()
import mem.stores.acknowledged as acknowledged
with database.lock.exclusive():
    connection = duckdb.connect(database.path, config=CONFIG)
    for number in range(3):
        connection.execute("begin")
        connection.execute("insert into episode (id, seq, kind, text, happened_at, origin, created_at) "
                           "select 'e' || (900 + ?), value + 1, 'note', 'logged ' || ?, now()::timestamp, "
                           "'user_said', now()::timestamp "
                           "from counter where kind = 'seq'", [number, number])
        connection.execute("update counter set value = value + 1 where kind = 'seq'")
        mark = acknowledged.count_commit(connection)
        connection.execute("commit")
        acknowledged.write_mark(database.directory, mark)
    os.kill(os.getpid(), 9)
"""
LOGGED = [f"logged {number}" for number in range(3)]


@pytest.fixture(scope="module")
def homes(worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A profile with all kinds of files, its last changes only in its log; and another one, to exchange files with."""
    made = []
    for texts in (NOTES, [f"{text}, as they say" for text in NOTES]):
        home = tmp_path_factory.mktemp("home")
        fill(worker, home, texts)
        assert "ok" in worker(home, "reindex")
        assert "ok" in worker(home, "edit", "e1", f"{texts[0]}!")  # leaves a file of deletions
        profile = home / "data/profiles/default"
        (profile / "history").write_text("\n# now\n+hello\n")
        (home / "config.toml").write_text("memory_tokens = 700\n")
        environ = os.environ | {"PYTHONPATH": f"{Path(__file__).parent.parent}:{os.environ.get('PYTHONPATH', '')}"}
        subprocess.run([sys.executable, "-c", LEAVE_A_LOG, str(home)], env=environ, check=False)
        assert (profile / "memory.duckdb.wal").stat().st_size > 100
        made.append(home)
    return made[0], made[1]


def damage(path: Path, how: str, other: Path | None, rng: random.Random) -> None:
    """Does to the file what is asked."""
    raw = path.read_bytes()
    place = rng.randrange(max(1, len(raw)))
    if how == "gone":
        path.unlink()
        return
    if how == "swap" and other is not None:
        shutil.copyfile(other, path)
        return
    changed = {
        "flip": raw[:place] + bytes([raw[place] ^ (1 << rng.randrange(8))]) + raw[place + 1 :] if raw else b"x",
        "cut": raw[: -rng.randrange(1, 64)],
        "half": raw[: len(raw) // 2],
        "zero": raw[: place // 4096 * 4096] + bytes(min(4096, len(raw))) + raw[place // 4096 * 4096 + 4096 :],
        "empty": b"",
        "junk": rng.randbytes(rng.randrange(1, 5000)),
        "swap": raw[::-1],
    }[how]
    path.write_bytes(changed)


def outcome(worker: Worker, home: Path, kind: str, whole: dict[str, Any]) -> str:
    """How the damage showed; a line that begins with WRONG where it did as it must not."""
    try:
        seen = worker(home, "look", *QUERIES)
        added = worker(home, "remember", "after the damage came the heron")
        again = worker(home, "look", *QUERIES, "heron")
    except Died as death:
        return f"WRONG: {'abort' if death.returncode < 0 else 'traceback'}: {death}"
    told = [*seen["notices"], *added["notices"], *again["notices"]]
    if any("\n" in line or "Traceback" in line for line in [*told, seen.get("told", ""), added.get("told", "")]):
        return f"WRONG: more than a line: {told} {seen.get('told')}"
    if "error" in seen:
        if kind in DERIVED:
            return f"WRONG: not repaired: {seen['told']}"
        return "refused in one line"
    if "error" in added or "error" in again:
        return f"WRONG: read, but not written: {added} {again}"
    warned = any(line.startswith("WARNING") for line in told)
    if seen["ok"] == whole:
        result = "right, and told" if told else "right"
    elif warned and kind in ("log", "database"):
        texts = set(seen["ok"]["texts"])
        if any("not the database that was here" in line for line in told):
            return "another database, told"
        result = "loss told" if texts <= set(whole["texts"]) else f"WRONG: {texts - set(whole['texts'])}"
        if kind == "log" and texts != set(whole["texts"]) - set(LOGGED) and not texts >= set(whole["texts"]) - set(LOGGED):
            result = f"WRONG: more was lost than the log held: {set(whole['texts']) - texts}"
    else:
        result = f"WRONG: another answer, and not a word: {told} {seen['ok']}"
    if again["ok"]["found"]["heron"][:1] != ["after the damage came the heron"]:
        result = f"WRONG: what came after is not found: {again['ok']['found']['heron']}"
    return result


@pytest.mark.battery
@pytest.mark.timeout(120 + DAMAGES * 20)
def test_a_damaged_file_never_gives_a_wrong_answer_an_abort_or_a_traceback(worker, homes, tmp_path):
    master, other = homes
    plain = tmp_path / "plain"
    shutil.copytree(master, plain)
    whole = worker(plain, "look", *QUERIES)["ok"]
    assert set(LOGGED) <= set(whole["texts"])
    rng = random.Random(SEED)
    kinds = rng.sample(list(KINDS), len(KINDS))
    outcomes: Counter[tuple[str, str]] = Counter()
    wrong = []
    for number in range(DAMAGES):
        kind = kinds[number % len(KINDS)]
        home = tmp_path / "case"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(master, home)
        profile = home / "data/profiles/default"
        candidates = sorted(profile.glob(KINDS[kind]))
        if not candidates:
            outcomes[kind, "no such file"] += 1
            continue
        path, how = rng.choice(candidates), rng.choice(METHODS)
        others = sorted((other / "data/profiles/default").glob(KINDS[kind]))
        damage(path, how, rng.choice(others) if others else None, rng)
        found = outcome(worker, home, kind, whole)
        if found.startswith("WRONG"):
            wrong.append(f"{number}: {kind}, {how}, {path.name}: {found}")
            print(wrong[-1], flush=True)
            found = "WRONG"
        outcomes[kind, found] += 1
    for (kind, found), count in sorted(outcomes.items()):
        print(f"{kind:28} {found:24} {count}")
    assert wrong == []
