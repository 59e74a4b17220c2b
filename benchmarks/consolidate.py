"""What consolidation changes in a life of thousands of turns: prompt tokens, search time, answers; and what undo restores.

    .venv/bin/python benchmarks/consolidate.py                              # 5,000 turns with the built-in embedder, minutes
    .venv/bin/python benchmarks/consolidate.py --turns 500 --embedder scripted

Half of the turns tell something, some in two sentences; the others ask, chat or thank. All but the last 200 are older than 30
days. Each number after consolidation stands beside the same before it and after its undo, in one run: machines differ.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from mem.assistant import Assistant
from mem.config import load_config
from mem.controller import MEMORIES
from mem.records import Message
from mem.router import route
from mem.stores.episode_rows import Filing
from mem.words import stems
from mem.working_memory import WorkingMemory

TODAY = datetime(2026, 6, 1, 12, tzinfo=UTC)
RECENT_TURNS, TURNS_A_DAY = 200, 20
BUDGET_TOKENS, MEMORY_TOKENS = 3584, 800
PEOPLE = ["Ada", "Ben", "Clara", "Dev", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kofi", "Lena", "Marek", "Nadia"]
PLACES = ["Lisbon", "Vienna", "Oslo", "Krakow", "Leeds", "Ghent", "Turin", "Basel", "Cork", "Tartu", "Porto", "Bergen"]
NAMES_OF_THINGS = """
    kayak violin ladder telescope kettle compass lantern saddle typewriter umbrella teapot anvil sextant accordion tent
    bookshelf camera carpet clock drill easel fountain globe hammock icebox jacket kite lamp mirror necklace oven pillow
"""
THINGS = NAMES_OF_THINGS.split()
DID = ["bought", "borrowed", "repaired", "painted", "sold", "found", "hid", "lost", "carried", "drew", "lent", "wrapped"]
MORE = ["It cost {n} euros and smells of {s}.", "The {s} one was already gone.", "We had {s} soup afterwards, all {n} of us."]
SMELLS = ["lavender", "tar", "cinnamon", "pepper", "leather", "rosemary", "smoke", "ginger", "mint", "vanilla"]
CHAT = ["Good morning!", "Thanks a lot.", "How do I boil an egg?", "What is the capital of Peru?", "Can you tell me a joke?"]
FACTS = ["I live in {c}.", "My sister's name is {p}.", "I work as a carpenter.", "I am allergic to nuts.", "I drive a Volvo."]
TABLES = ("episode", "message", "session", "fact", "fact_evidence", "probe", "core_block", "document")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and the words that tell its answer from all others."""

    question: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """All questions, asked once more than is counted: tokens of the prompts, milliseconds of the searches, which were found."""

    tokens: float
    memories: float
    p50: float
    p95: float
    found: frozenset[str]
    documents: int


def live(turns: int, rng: random.Random) -> tuple[list[Filing], list[Asked]]:
    """So many turns, a session a day, and a question for each that tells something."""
    filings, asked = [], []
    for number in range(turns):
        back = turns - number - 1
        days = back // TURNS_A_DAY if back < RECENT_TURNS else 40 + back // TURNS_A_DAY
        at = TODAY - timedelta(days=days, minutes=back % TURNS_A_DAY)
        text, answer = rng.choice(CHAT), "Certainly, here is what I can say about that in a few words."
        if rng.random() < 0.5:
            person, did, thing, place = (rng.choice(words) for words in (PEOPLE, DID, THINGS, PLACES))
            text = f"{person} {did} a {thing} in {place}, receipt {number}."
            asked.append(Asked(f"What did {person} do with the {thing} in {place}, receipt {number}?", stems(text)))
            if rng.random() < 0.3:
                text += " " + rng.choice(MORE).format(n=rng.randint(2, 99), s=rng.choice(SMELLS))
            answer = f"I see: {person} has been busy in {place} then."
        filings.append(Filing(text, at, session=f"day{days}", answer=answer, kind="turn"))
    return filings, asked


def measure(assistant: Assistant, asked: Sequence[Asked], *, rounds: int) -> Measured:
    """Every question, looked up and packed into a prompt."""
    memory = WorkingMemory(
        assistant.model, assistant.core_memory, assistant.messages, session=None, budget_tokens=BUDGET_TOKENS,
        memory_tokens=MEMORY_TOKENS, now=assistant.now,
    )  # fmt: skip
    tokens, memories, milliseconds, found = [], [], [], set()
    for turn in range(rounds + 1):
        for one in asked:
            started = time.perf_counter()
            retrieval = assistant.retriever.search(one.question, route(one.question, now=assistant.now()), limit=MEMORIES)
            if turn:  # everything was read once
                milliseconds.append((time.perf_counter() - started) * 1000)
                continue
            prompt = memory.pack(Message("user", one.question), retrieval).prompt
            tokens.append(prompt.tokens)
            memories.append(prompt.parts["memories"])
            if any(one.words <= stems(hit.text) for hit in retrieval.hits):
                found.add(one.question)
    documents = assistant.index.state()["indexed"]
    p50, p95 = (float(np.percentile(milliseconds, share)) for share in (50, 95))
    return Measured(float(np.mean(tokens)), float(np.mean(memories)), p50, p95, frozenset(found), documents)


def digest(assistant: Assistant) -> str:
    """Of every row of the tables that hold what was said and learned."""
    with assistant.database.read() as connection:
        rows = [connection.execute(f"select * from {table} order by all").fetchall() for table in TABLES]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def run(home: Path, *, turns: int, questions: int, embedder: str, rounds: int) -> dict[str, Any]:
    """One life: told, measured, consolidated, measured, taken back, measured."""
    rng = random.Random(5)
    clock = [TODAY - timedelta(days=2 * 365)]
    config = load_config({**os.environ, "MEM_HOME": str(home)}, {"model": "scripted", "embedder": embedder})
    with Assistant(config, now=lambda: clock[0], notify=lambda line: print(line, file=sys.stderr)) as assistant:
        chat = assistant.open_chat()
        for text in FACTS:
            chat.step(text.format(c="Trieste", p="Mirjam"))
        clock[0] = TODAY
        filings, all_asked = live(turns - len(FACTS), rng)
        assistant.rows.file_many(filings)
        assistant.index.catch_up()
        asked = rng.sample(all_asked, min(questions, len(all_asked)))
        asked += [Asked("Where do I live?", stems("Trieste")), Asked("Who is my sister?", stems("Mirjam"))]
        before, rows = measure(assistant, asked, rounds=rounds), digest(assistant)
        started = time.perf_counter()
        done = assistant.consolidation.carry_out(assistant.consolidation.plan())
        seconds = time.perf_counter() - started
        after = measure(assistant, asked, rounds=rounds)
        started = time.perf_counter()
        assistant.undoing.undo()
        assistant.index.catch_up()
        undo_seconds = time.perf_counter() - started
        undone = measure(assistant, asked, rounds=rounds)
        return {
            "turns": turns, "counts": dict(done.counts), "survival_probes": done.probes, "left_whole": len(done.left_whole),
            "seconds": round(seconds, 1), "undo_seconds": round(undo_seconds, 1),
            "documents": [before.documents, after.documents, undone.documents],
            "prompt_tokens": [round(one.tokens, 1) for one in (before, after, undone)],
            "of_that_memories": [round(one.memories, 1) for one in (before, after, undone)],
            "prompt_tokens_ratio": round(after.tokens / before.tokens, 3),
            "search_p50_ms": [round(one.p50, 1) for one in (before, after, undone)],
            "search_p95_ms": [round(one.p95, 1) for one in (before, after, undone)],
            "search_p95_ratio": round(after.p95 / ((before.p95 + undone.p95) / 2), 3),
            "questions": len(asked), "found": [len(one.found) for one in (before, after, undone)],
            "lost": sorted(before.found - after.found), "undo_restores_rows": digest(assistant) == rows,
            "undo_finds_the_same": undone.found == before.found,
        }  # fmt: skip


def main() -> None:
    """Prints the numbers as JSON; exits with 1 where tokens grew, an answer was lost or a row is another after the undo."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=5000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2, help="how often each question is timed")
    parser.add_argument("--embedder", default="all-MiniLM-L6-v2")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mem-consolidate-") as home:
        found = run(
            Path(home), turns=given.turns, questions=given.questions, embedder=given.embedder, rounds=given.rounds
        )  # fmt: skip
    print(json.dumps(found, indent=2))
    kept = found["undo_restores_rows"] and not found["lost"]
    sys.exit(0 if kept and found["prompt_tokens_ratio"] <= 1 else 1)


if __name__ == "__main__":
    main()
