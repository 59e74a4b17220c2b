"""What forgetting costs in a large profile, beside a plain copy of its files, and how often a batch of forgets writes it anew.

    .venv/bin/python benchmarks/forget.py                 # 10,000 episodes with the hash embedder, a minute
    .venv/bin/python benchmarks/forget.py --episodes 1000

The copy is made with its files synced, as the rewriting is. Each number is the median of the runs, in this order: copy, one
forget, a batch of 20.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mem.assistant import Assistant
from mem.config import load_config
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.stores.durable import sync_file
from mem.stores.episode_rows import Filing

TODAY = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAMES = ["Ada", "Ben", "Clara", "Dev", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kofi", "Lena", "Marek", "Nadia"]
DID = ["bought", "borrowed", "repaired", "painted", "sold", "found", "hid", "lost", "carried", "drew", "lent", "wrapped"]
THINGS = ["kayak", "violin", "ladder", "telescope", "kettle", "compass", "lantern", "saddle", "typewriter", "umbrella"]
BATCH = 20


def fill(assistant: Assistant, episodes: int) -> list[str]:
    """So many turns with answers, twenty a session; their ids."""
    rng = random.Random(1)
    filings = []
    for number in range(episodes):
        told = f"{rng.choice(NAMES)} {rng.choice(DID)} a {rng.choice(THINGS)}"
        text = f"{told}, ticket {rng.randrange(16**6):06x}, and then went home"
        at = TODAY - timedelta(minutes=episodes - number)
        filings.append(Filing(text, at, session=f"s{number // 20}", answer=f"I see, {text.lower()}.", kind="turn"))
    ids = assistant.rows.file_many(filings)
    assistant.index.catch_up()
    return ids


def copy_seconds(directory: Path, target: Path) -> float:
    """How long it takes to copy the files of a profile and to have them on the disk."""
    started = time.perf_counter()
    shutil.copytree(directory, target)
    for path in target.rglob("*"):
        if path.is_file():
            sync_file(path)
    seconds = time.perf_counter() - started
    shutil.rmtree(target)
    return seconds


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mem-forget-") as home:
        os.environ["MEM_HOME"] = home
        assistant = Assistant(load_config(os.environ), model=ScriptedChatModel(), embedder=HashEmbedder())
        ids = fill(assistant, options.episodes)
        directory = assistant.config.profile_dir
        points: list[tuple[str, float]] = []
        assistant.database.reached = lambda point: points.append((point, time.perf_counter()))
        copies, plans, ones, batches, rewrites = [], [], [], [], []
        size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
        for run in range(options.runs):
            copies.append(copy_seconds(directory, Path(home) / "copy"))
            plan = assistant.plan_forget([ids[100 * run]])
            plans.append(timed(lambda plan=plan: assistant.plan_forget([plan.episodes[0].id])))
            ones.append(timed(lambda plan=plan: assistant.forget(plan)))
            batch = assistant.plan_forget(ids[100 * run + 1 : 100 * run + 1 + BATCH])
            points.clear()
            batches.append(timed(lambda batch=batch: assistant.forget(batch)))
            rewrites.append([point for point, _ in points].count("renamed"))
        steps = {f"{a}→{b}": round(y - x, 3) for (a, x), (b, y) in zip(points, points[1:], strict=False)}
        copy, one, many = statistics.median(copies), statistics.median(ones), statistics.median(batches)
        assistant.close()
    print(
        json.dumps(
            {
                "episodes": options.episodes, "profile_bytes": size, "copy_seconds": round(copy, 3),
                "preview_seconds": round(statistics.median(plans), 3), "forget_one_seconds": round(one, 3),
                f"forget_{BATCH}_seconds": round(many, 3), "one_by_copy": round(one / copy, 1),
                "batch_by_copy": round(many / copy, 1), "rewrites_for_a_batch": rewrites, "steps_of_the_last": steps,
            },
            indent=1,
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
