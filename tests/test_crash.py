"""kill -9 at random moments, in real processes with the real embedder: what was acknowledged is there, once, and is found.

`CRASH_KILLS=1000 pytest tests/test_crash.py -m battery -s` kills so many more, twice; `CRASH_SEED` chooses other moments, and
`CRASH_SECONDS` lets the processes that only remember live longer: `CRASH_KILLS=200 CRASH_SECONDS=8` are 400 kills and over
10,000 acknowledged texts, in an hour.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import lancedb
import pytest

from mem.assistant import Assistant
from mem.config import load_config
from mem.stores.passages import pieces

KILLS = 20
WORKER_KILLS = 10
BATTERY_KILLS = int(os.environ.get("CRASH_KILLS", "0"))
SEED = int(os.environ.get("CRASH_SEED", "2"))
LONGEST_SECONDS = float(os.environ.get("CRASH_SECONDS", "4"))
SECONDS_A_KILL = 30
WORKER = Path(__file__).with_name("remember_worker.py")

NAMES = [
    "Ada", "Ben", "Clara", "Dev", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas",
    "Kofi", "Lena", "Marek", "Nadia", "Otis", "Priya", "Rosa", "Sven", "Tomas", "Uma",
]
DID = ["bought", "borrowed", "repaired", "painted", "sold", "found", "hid", "lost", "carried", "drew"]
THINGS = ["kayak", "violin", "ladder", "telescope", "kettle", "compass", "lantern", "saddle", "typewriter", "umbrella"]
PLACES = ["Lisbon", "Vienna", "Oslo", "Krakow", "Leeds", "Ghent", "Turin", "Basel", "Cork", "Tartu"]


@dataclass
class Tally:
    """What was told, what of it was acknowledged before the kill, and the answers of what was not killed."""

    told: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Ended:
    """A process that is over."""

    returncode: int
    stdout: str
    stderr: str
    seconds: float


def statement(rng: random.Random) -> str:
    """A text that has not been said before."""
    words = [rng.choice(words) for words in (NAMES, DID, THINGS, PLACES)]
    return f"{words[0]} {words[1]} a {words[2]} in {words[3]}, ticket {rng.randrange(16**8):08x}"


def run(arguments: Sequence[str], *, stdin: str = "", kill_after: float | None = None, from_output: bool = False) -> Ended:
    """Runs Python with `arguments`; kills it -9 so many seconds after its start, or after its first byte on stdout."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as typed:
        typed.write(stdin.encode())
        typed.seek(0)
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, *arguments], stdin=typed, stdout=out, stderr=err)
        while from_output and process.poll() is None and not os.fstat(out.fileno()).st_size:
            time.sleep(0.001)
        try:
            process.wait(kill_after)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        seconds = time.perf_counter() - started
        out.seek(0)
        err.seek(0)
        return Ended(process.returncode, out.read().decode(), err.read().decode(), seconds)


def mem(*arguments: str, kill_after: float | None = None, from_output: bool = False) -> Ended:
    return run(["-m", "mem", *arguments], kill_after=kill_after, from_output=from_output)


def lifetime(verb: str, rng: random.Random, tally: Tally) -> float:
    """How long a verb takes when nobody kills it; what it was told counts as acknowledged."""
    text = statement(rng)
    ended = mem(verb, text)
    assert ended.returncode == 0, ended
    tally.told.append(text)
    tally.acknowledged.append(text)
    if verb == "ask":
        tally.answers[text] = ended.stdout.strip()
    return ended.seconds


def reopen(tally: Tally) -> None:
    """The next command after a kill ends well and finds what was acknowledged last."""
    last = tally.acknowledged[-1]
    ended = mem("recall", last)

    assert ended.returncode == 0, ended
    assert last in ended.stdout
    assert "Traceback" not in ended.stderr


def kill_verbs(kills: int, rng: random.Random, tally: Tally) -> None:
    """Kills `ask` and `remember` at moments anywhere in their lives, and every second `ask` while it answers and writes."""
    seconds = {verb: lifetime(verb, rng, tally) for verb in ("ask", "remember")}
    seconds = {verb: min(seconds[verb], lifetime(verb, rng, tally)) for verb in seconds}  # the first one made the embedder
    while sum(tally.kills.values()) < kills:
        verb, answering = (("ask", False), ("remember", False), ("ask", True), ("remember", False))[len(tally.told) % 4]
        text = statement(rng)
        tally.told.append(text)
        ended = mem(verb, text, kill_after=rng.uniform(0, 0.4 if answering else seconds[verb] * 1.05), from_output=answering)
        if ended.returncode == -9:
            tally.kills[f"{verb}, {'' if ended.stdout else 'not '}acknowledged"] += 1
        # `remember` prints its line after the commit, `ask` its first piece after the message is durable.
        if ended.stdout:
            tally.acknowledged.append(text)
        if verb == "ask" and ended.returncode == 0:
            tally.answers[text] = ended.stdout.strip()
        assert ended.returncode in (0, -9), ended
        assert "Traceback" not in ended.stderr
        reopen(tally)


def kill_workers(kills: int, rng: random.Random, tally: Tally) -> None:
    """Kills a process that does nothing but remember, so that nearly each kill falls into a write."""
    tally.acknowledged.append(statement(rng))
    tally.told.append(tally.acknowledged[-1])
    assert run([str(WORKER)], stdin=tally.acknowledged[-1]).returncode == 0
    tally.told.append(statement(rng))
    tally.acknowledged.append(tally.told[-1])
    alone = run([str(WORKER)], stdin=tally.told[-1]).seconds  # until it has loaded all that it needs
    while tally.kills["a process that only remembers"] < kills:
        texts = [statement(rng) for _ in range(200)]
        ended = run([str(WORKER)], stdin="\n".join(texts), kill_after=alone + rng.uniform(0.5, LONGEST_SECONDS))
        tally.kills["a process that only remembers"] += ended.returncode == -9
        acknowledged = [line.partition("\t")[2] for line in ended.stdout.splitlines(keepends=True) if line.endswith("\n")]
        acknowledged = [text.removesuffix("\n") for text in acknowledged]
        tally.told += texts
        tally.acknowledged += acknowledged
        assert acknowledged == texts[: len(acknowledged)]
        assert ended.returncode in (0, -9), ended
        assert "Traceback" not in ended.stderr
        reopen(tally)


def check(tally: Tally) -> str:
    """Every acknowledged text is in the database and in the index once, and is found first; the counts as one line."""
    with Assistant(load_config(os.environ)) as assistant:
        episodes = assistant.episodes(limit=1_000_000)
        found = Counter(episode.text for episode in episodes)
        answers = {episode.text: episode.answer.strip() for episode in episodes if episode.text in tally.answers}
        lost = [text for text in tally.acknowledged if text not in found]
        first = {text: [hit.text for hit in assistant.recall(text).hits][:1] for text in tally.acknowledged}
        state = assistant.index.state(deep=True)
        with assistant.database.read() as connection:
            said = connection.execute("select seq, text from document").fetchall()
        folder = assistant.config.profile_dir / "index" / f"g-{state['generation']}"
        rows = lancedb.connect(folder).open_table("document").to_arrow().select(["seq", "text"]).to_pylist()
        indexed = sorted((row["seq"], row["text"]) for row in rows)
        pending = assistant.pending()

    assert lost == []
    assert answers == tally.answers
    assert [text for text, times in found.items() if times > 1] == []
    assert set(found) <= set(tally.told)
    assert [text for text, hits in first.items() if hits != [text]] == []
    # What is long stands there in pieces, each of them once.
    assert indexed == sorted((seq, piece) for seq, text in said for piece in pieces(text))
    assert (state["waiting"], state["damage"]) == (0, "")
    assert [work for work in pending if work.attempts] == []
    kills = "; ".join(f"{count} × {what}" for what, count in sorted(tally.kills.items()))
    return (
        f"kills: {kills}. Told {len(tally.told)}, acknowledged {len(tally.acknowledged)}, lost {len(lost)}, "
        f"kept without acknowledgement {len(found) - len(tally.acknowledged)}, passages indexed {len(indexed)}"
    )


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch, home: Path) -> Tally:
    monkeypatch.setenv("MEM_MODEL", "scripted")
    return Tally()


@pytest.mark.timeout(KILLS * SECONDS_A_KILL)
def test_nothing_acknowledged_is_lost_when_ask_and_remember_are_killed_at_20_random_moments(tally: Tally) -> None:
    kill_verbs(KILLS, random.Random(SEED), tally)

    print(check(tally))


@pytest.mark.timeout((WORKER_KILLS + 1) * SECONDS_A_KILL)
def test_nothing_acknowledged_is_lost_when_a_process_is_killed_in_the_middle_of_writing(tally: Tally) -> None:
    kill_workers(WORKER_KILLS, random.Random(SEED), tally)

    print(check(tally))


@pytest.mark.battery
@pytest.mark.timeout((BATTERY_KILLS + 1) * SECONDS_A_KILL * 2)
@pytest.mark.skipif(not BATTERY_KILLS, reason="long; set CRASH_KILLS to the number of kills, such as 1000")
@pytest.mark.parametrize("kill", [kill_verbs, kill_workers])
def test_nothing_acknowledged_is_lost_in_many_kills(kill: Callable[[int, random.Random, Tally], None], tally: Tally) -> None:
    kill(BATTERY_KILLS, random.Random(SEED + 1), tally)

    print(check(tally))
