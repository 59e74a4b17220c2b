"""What `remember` costs once `mem` runs: milliseconds, processor time, and both as so many openings of a database engine.

    .venv/bin/python benchmarks/remember.py             # half a minute
    .venv/bin/python benchmarks/remember.py --times 200

Everything is that of `mem remember`: the text is filed, facts are read in it with patterns, it is embedded with MiniLM and
indexed. The machine may be busy with other things, so the measure is the ratio to an engine that is made, asked for one row
and closed again, timed in turns with it. The best time counts, and for the processor the mean.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

from mem.assistant import Assistant
from mem.config import load_config
from mem.stores.database import CONFIG


class Timed:
    """The best time on the clock and the mean of the processor, in milliseconds."""

    def __init__(self) -> None:
        self.best = float("inf")
        self.cpu = 0.0
        self.times = 0

    def run(self, act: Callable[[], object]) -> None:
        clock, cpu = time.perf_counter(), time.process_time()
        act()
        self.best = min(self.best, (time.perf_counter() - clock) * 1000)
        self.cpu += (time.process_time() - cpu) * 1000
        self.times += 1

    def told(self, name: str, beside: Timed | None = None) -> str:
        mean = self.cpu / self.times
        ratio = f", {mean / (beside.cpu / beside.times):.1f} openings" if beside else ""
        return f"{name}: {self.best:.1f} ms at best, {mean:.1f} ms of the processor{ratio}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as home:
        assistant = Assistant(load_config({"MEM_HOME": home, "MEM_MODEL": "scripted"}))
        path = assistant.database.path

        def opening() -> None:
            with duckdb.connect(path, read_only=True, config=CONFIG) as connection:
                connection.execute("select value from meta").fetchall()

        first, remembering, asking, opened = Timed(), Timed(), Timed(), Timed()
        first.run(lambda: assistant.remember("my sister Ada lives in Lisbon"))  # loads libraries, patterns, the embedder
        for number in range(times):
            remembering.run(lambda number=number: assistant.remember(f"heron number {number} stood at the pond at dawn"))
            asking.run(lambda number=number: assistant.recall(f"heron {number}"))
            opened.run(opening)
        size = sum(file.stat().st_size for file in Path(home).rglob("*") if file.is_file() and "embedders" not in file.parts)
        print(opened.told("an engine made, asked and closed"))
        print(first.told("the first remember", opened))
        print(remembering.told("remember", opened))
        print(asking.told("recall", opened))
        print(f"{times + 1} memories take {size / 1e6:.1f} MB")
        assistant.close()


if __name__ == "__main__":
    main()
