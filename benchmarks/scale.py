"""What search and additions cost with 1,000 to 1,000,000 episodes: times, sizes, memory, and what an approximate index misses.

    .venv/bin/python benchmarks/scale.py                    # 1,000, 10,000 and 100,000: some minutes
    .venv/bin/python benchmarks/scale.py 1000000            # a quarter of an hour, 6 GB of disk, freed at the end
    .venv/bin/python benchmarks/scale.py 100000 --json      # for machines

Episodes are made up: sessions of twenty texts about one of 3,000 topics, words after Zipf's law, and vectors around the
topic that lie as far apart as those that MiniLM gives to turns of LoCoMo. Embedding a text takes longer than everything
else here (4 to 10 ms), so passages are not embedded, but read from a file; queries are, as that is a part of a search.
Everything goes through the stores and the retriever that `mem` uses. Each query is timed in five rounds and its best counts,
as the machine may be busy with other things; the ratio to one query embedding is of the same run. Memory is that of a
process that does nothing but search.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS, TOPICS, SESSION = 384, 3000, 20
START = datetime(2020, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=3)
CHUNK = 20_000
QUERIES, REPEATS = 60, 5
STOP_WORDS = np.array(["the", "a", "of", "and", "to", "in", "is", "was", "for", "with", "it", "that", "on", "at", "by"])
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in ["a", "e", "i", "o", "u", "an", "er", "il"]]
Floats = NDArray[np.float32]


class World:
    """Topics, each with a centre and words of its own."""

    def __init__(self) -> None:
        random = np.random.default_rng(7)
        spread = (np.arange(DIMENSIONS) + 4.0) ** -0.55  # few directions hold most of the variance, as with MiniLM
        self.spread = (spread / np.linalg.norm(spread)).astype(np.float32)
        mean = random.standard_normal(DIMENSIONS)
        self.mean = (0.5 * mean / np.linalg.norm(mean)).astype(np.float32)
        self.centres = (0.45**0.5 * random.standard_normal((TOPICS, DIMENSIONS)) * self.spread).astype(np.float32)
        words = {"".join(random.choice(SYLLABLES, size=random.integers(2, 4))) for _ in range(60_000)}
        self.words = np.array(sorted(words))
        random.shuffle(self.words)
        self.words = self.words[:30_000]
        chances = 1 / (np.arange(len(self.words)) + 30.0)
        self.chances = np.cumsum(chances / chances.sum())
        self.own_words = random.integers(200, len(self.words), size=(TOPICS, 60))

    def vectors(self, random: np.random.Generator, topics: NDArray[Any], *, noise: float = 1.0) -> Floats:
        """One a topic, near its centre."""
        off = random.standard_normal((len(topics), DIMENSIONS), dtype=np.float32) * self.spread
        vectors = self.mean + np.float32(0.75**0.5) * (self.centres[topics] + np.float32(noise * 0.55**0.5) * off)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def texts(self, random: np.random.Generator, topics: NDArray[Any], shortest: int, longest: int) -> list[str]:
        """One a topic: three words of ten are the topic's own, and a third of all are such as every text has."""
        lengths = random.integers(shortest, longest + 1, size=len(topics))
        total = int(lengths.sum())
        own = self.own_words[np.repeat(topics, lengths), (60 * random.random(total) ** 2).astype(int)]
        drawn = np.minimum(np.searchsorted(self.chances, random.random(total)), len(self.words) - 1)
        words = self.words[np.where(random.random(total) < 0.3, own, drawn)]
        words = np.where(random.random(total) < 0.35, STOP_WORDS[random.integers(0, len(STOP_WORDS), total)], words)
        ends = np.cumsum(lengths)
        return [" ".join(words[end - length : end]) for end, length in zip(ends, lengths, strict=True)]


class FileEmbedder:
    """Passages are not embedded: they are the next rows of a file, as the index asks for them in order."""

    dimensions = DIMENSIONS
    fingerprint = "benchmark"

    def __init__(self, vectors: Floats) -> None:
        self._vectors = vectors
        self._next = 0

    def embed_passages(self, texts: Sequence[str]) -> Floats:
        first, self._next = self._next, self._next + len(texts)
        return np.array(self._vectors[first : self._next])

    def embed_query(self, text: str) -> Floats:
        raise NotImplementedError(text)


class QueryEmbedder:
    """Queries take as long as with MiniLM, and have the vectors that were made up for them."""

    dimensions = DIMENSIONS
    fingerprint = "benchmark"

    def __init__(self, known: dict[str, Floats], embedder: Any) -> None:
        self._known = known
        self._embedder = embedder

    def embed_passages(self, texts: Sequence[str]) -> Floats:
        return self._embedder.embed_passages(texts)

    def embed_query(self, text: str) -> Floats:
        embedded = self._embedder.embed_query(text)
        return self._known.get(text, embedded)


@dataclass
class Spent:
    """Seconds on the clock and of the processor."""

    seconds: float = 0.0
    cpu: float = 0.0


@dataclass
class Report:
    """One size."""

    episodes: int
    ingest_per_second: float = 0.0
    index_mb: float = 0.0
    database_mb: float = 0.0
    build: Spent = field(default_factory=Spent)
    search: dict[str, Any] = field(default_factory=dict)
    recall_10: float = 0.0
    recall_100: float = 0.0
    one_more_ms: float = 0.0
    maintenance: Spent = field(default_factory=Spent)
    longest_wait_ms: float = 0.0


@contextmanager
def spent(into: Spent) -> Iterator[None]:
    clock, cpu = time.perf_counter(), time.process_time()
    yield
    into.seconds += time.perf_counter() - clock
    into.cpu += time.process_time() - cpu


def best_ms(run: Callable[[Any], Any], items: Sequence[Any]) -> dict[str, float]:
    """p50 and p95 over the items, each the best of some runs, and the processor's time for one."""
    cpu, best = time.process_time(), [float("inf")] * len(items)
    for _ in range(REPEATS):
        for place, item in enumerate(items):
            started = time.perf_counter()
            run(item)
            best[place] = min(best[place], (time.perf_counter() - started) * 1000)
    cpu = (time.process_time() - cpu) / len(items) / REPEATS * 1000
    return {"p50": float(np.percentile(best, 50)), "p95": float(np.percentile(best, 95)), "cpu": cpu}


def make_queries(world: World) -> tuple[list[str], Floats]:
    random = np.random.default_rng(99)
    topics = random.integers(0, TOPICS, QUERIES)
    return world.texts(random, topics, 2, 8), world.vectors(random, topics, noise=1.2)


def open_stores(directory: Path) -> tuple[Any, Any, Any]:
    from mem.stores.database import Database
    from mem.stores.episode_rows import EpisodeRows
    from mem.stores.facts import FactStore

    database = Database(directory / "profile", now=lambda: START + timedelta(days=3650), notify=partial(print, file=sys.stderr))
    return database, EpisodeRows(database), FactStore(database)


def file_texts(rows: Any, texts: Sequence[str], first: int) -> None:
    from mem.stores.episode_rows import Filing

    rows.file_many(
        [Filing(text, START + (first + place) * STEP, f"s{(first + place) // SESSION}") for place, text in enumerate(texts)]
    )


def measure(size: int, directory: Path) -> Report:
    """Fills a profile with `size` episodes, searches it in a process of its own, and adds to it."""
    from mem.stores.episodes import EpisodeIndex

    report, world = Report(size), World()
    database, rows, _ = open_stores(directory)
    more = max(1001, min(5001, size // 15))
    vectors = np.lib.format.open_memmap(directory / "vectors.npy", "w+", np.float32, (size + more + 10, DIMENSIONS))
    embedder = FileEmbedder(vectors)
    index = EpisodeIndex(database, embedder)
    random, ingest = np.random.default_rng(1), Spent()
    texts: list[str] = []
    for first in range(0, len(vectors), CHUNK):
        topics = np.repeat(random.integers(0, TOPICS, CHUNK // SESSION), SESSION)[: len(vectors) - first]
        vectors[first : first + len(topics)] = world.vectors(random, topics)
        texts = world.texts(random, topics, 4, 25)
        with spent(ingest):
            file_texts(rows, texts[: max(0, size - first)], first)
    with spent(report.build):
        index.catch_up()
    report.ingest_per_second = size / (ingest.seconds + report.build.seconds)
    report.index_mb = sum(path.stat().st_size for path in (directory / "profile" / "index").rglob("*") if path.is_file()) / 1e6
    report.database_mb = database.path.stat().st_size / 1e6
    report.search = in_child("--search", str(directory))
    found = np.load(directory / "found.npy")
    report.recall_10, report.recall_100 = recall(found, vectors[:size], make_queries(world)[1])
    grow(report, index, rows, texts[-more - 10 :], size)
    return report


def grow(report: Report, index: Any, rows: Any, texts: Sequence[str], size: int) -> None:
    """One more at a time, then so many that the index is due for maintenance, and one more in the midst of that."""
    times = []
    for text in texts[:9]:
        started = time.perf_counter()
        rows.file(text)
        index.catch_up()
        times.append((time.perf_counter() - started) * 1000)
    report.one_more_ms = float(np.median(times))
    file_texts(rows, texts[9:-1], size + 9)
    index.catch_up()

    def maintain() -> None:
        with spent(report.maintenance):
            index.maintain()

    thread = threading.Thread(target=maintain)
    thread.start()
    while thread.is_alive():
        started = time.perf_counter()
        rows.file(texts[-1])
        report.longest_wait_ms = max(report.longest_wait_ms, (time.perf_counter() - started) * 1000)
        time.sleep(0.02)
    thread.join()


def recall(found: NDArray[Any], vectors: Floats, queries: Floats) -> tuple[float, float]:
    """The share of the exact 10 and 100 nearest that were found."""
    best = [np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64)]
    for first in range(0, len(vectors), 100_000):
        scores = queries @ vectors[first : first + 100_000].T
        places = np.broadcast_to(np.arange(first, first + scores.shape[1]), scores.shape)
        scores, places = np.hstack([best[0], scores]), np.hstack([best[1], places])
        top = np.argsort(-scores, axis=1)[:, :100]
        best = [np.take_along_axis(scores, top, 1), np.take_along_axis(places, top, 1)]
    shares = [
        float(np.mean([len(set(row[:k]) & set(exact[:k])) / k for row, exact in zip(found, best[1], strict=True)]))
        for k in (10, 100)
    ]
    return shares[0], shares[1]


def in_child(*arguments: str) -> Any:
    command = [sys.executable, __file__, *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def search(directory: Path) -> dict[str, Any]:
    """In a process of its own: what a search costs, part by part, and the most memory that it took."""
    from mem.models.embedder import open_embedder
    from mem.records import TimeRange
    from mem.retrieval import Retriever
    from mem.router import route
    from mem.stores.episodes import EpisodeIndex

    texts, vectors = make_queries(World())
    known = dict(zip(texts, vectors, strict=True))
    database, rows, facts = open_stores(directory)
    minilm = open_embedder("all-MiniLM-L6-v2", cache_dir=Path(os.environ["MEM_HOME"]) / "cache")
    embedder = QueryEmbedder(known, minilm)
    index = EpisodeIndex(database, embedder)
    retriever = Retriever(index, rows, facts, embedder, now=database.now)
    report: dict[str, Any] = {}
    started = time.perf_counter()
    index.search(texts[0], known[texts[0]], limit=100)
    report["first_ms"] = (time.perf_counter() - started) * 1000

    span = rows.newest(limit=1)[0].happened_at - START
    ranges = {share: TimeRange(START + span / 2, START + span / 2 + span * share) for share in (0.01, 0.3)}
    report["embed_query"] = best_ms(minilm.embed_query, texts)
    report["vectors"] = best_ms(lambda text: index.search("", known[text], limit=100), texts)
    report["words"] = best_ms(lambda text: index.search(text, None, limit=100), texts)
    report["both"] = best_ms(lambda text: index.search(text, known[text], limit=100), texts)
    for share, span in ranges.items():
        report[f"both_in_{share:.0%}"] = best_ms(
            lambda text, span=span: index.search(text, known[text], limit=100, time_range=span), texts
        )
    candidates = {text: index.search(text, known[text], limit=100)[0][:30] for text in texts}
    report["around_30"] = best_ms(lambda text: index.around(candidates[text], known[text]), texts)
    routes = {text: route(text, now=database.now()) for text in texts}
    report["retriever"] = best_ms(lambda text: retriever.search(text, routes[text]), texts)
    report["ratio_to_embedding"] = report["retriever"]["p95"] / report["embed_query"]["p50"]
    # Not ru_maxrss: that one begins with what the parent had.
    report["peak_mb"] = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    found = np.full((len(texts), 100), -1, np.int64)
    for row, text in enumerate(texts):
        nearest = sorted(index.search("", known[text], limit=100)[0], key=lambda candidate: candidate.distance or 0.0)
        places = [round((candidate.document.happened_at - START) / STEP) for candidate in nearest]
        found[row, : len(places)] = places
    np.save(directory / "found.npy", found)
    return report


def table(reports: Sequence[Report]) -> str:
    def both(times: dict[str, float]) -> str:
        return f"{times['p50']:.1f} / {times['p95']:.1f} ({times['cpu']:.1f})"

    lines: list[tuple[str, Callable[[Report], str]]] = [
        ("filed and indexed a second, without embedding", lambda r: f"{r.ingest_per_second:,.0f}"),
        ("index and database, MB", lambda r: f"{r.index_mb:,.0f} + {r.database_mb:,.0f}"),
        ("to index all, s (of the processor)", lambda r: f"{r.build.seconds:.1f} ({r.build.cpu:.1f})"),
        ("first search of a process, ms", lambda r: f"{r.search['first_ms']:.0f}"),
        ("by meaning, p50 / p95 ms (of the processor)", lambda r: both(r.search["vectors"])),
        ("by words (2 to 8)", lambda r: both(r.search["words"])),
        ("both", lambda r: both(r.search["both"])),
        ("both, in 1 % of the time", lambda r: both(r.search["both_in_1%"])),
        ("both, in 30 % of the time", lambda r: both(r.search["both_in_30%"])),
        ("neighbours of 30 hits", lambda r: both(r.search["around_30"])),
        ("**`Retriever.search`, embedding included**", lambda r: both(r.search["retriever"])),
        (
            "its p95 in query embeddings",
            lambda r: f"{r.search['ratio_to_embedding']:.1f} of {r.search['embed_query']['p50']:.1f} ms",
        ),
        ("recall@10, recall@100 of exact", lambda r: f"{r.recall_10:.3f}, {r.recall_100:.3f}"),
        ("peak memory of a searching process, MB", lambda r: f"{r.search['peak_mb']:,.0f}"),
        ("one more episode, filed and indexed, ms", lambda r: f"{r.one_more_ms:.0f}"),
        ("maintenance, s (of the processor)", lambda r: f"{r.maintenance.seconds:.1f} ({r.maintenance.cpu:.1f})"),
        ("longest wait of a write meanwhile, ms", lambda r: f"{r.longest_wait_ms:.0f}"),
    ]
    head = ["", *(f"{report.episodes:,}" for report in reports)]
    rows = [[name, *(cell(report) for report in reports)] for name, cell in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000, 100_000])
    parser.add_argument("--json", action="store_true", help="everything that was measured, as JSON")
    parser.add_argument("--search", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.search:
        print(json.dumps(search(arguments.search)))
        return
    reports = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(prefix="mem-scale-") as directory:
            os.environ["MEM_HOME"] = directory
            reports.append(measure(size, Path(directory)))
            print(f"{size:,} episodes done", file=sys.stderr)
    print(json.dumps([asdict(report) for report in reports]) if arguments.json else table(reports))


if __name__ == "__main__":
    main()
