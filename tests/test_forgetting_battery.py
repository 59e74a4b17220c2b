"""Forgotten means gone: sentinels in every state a memory can be in, and kill -9 in the middle of forgetting.

`FORGET_SENTINELS=400 FORGET_KILLS=60 pytest tests/test_forgetting_battery.py -m battery -s`; `FORGET_SEED` chooses others.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import lancedb
import pytest

from mem.assistant import Assistant
from mem.config import load_config
from mem.input_history import append_entry
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.records import Message
from mem.stores.backup_files import keep_automatic_backup
from mem.stores.core_memory import CoreMemoryStore
from mem.stores.episode_rows import Filing
from mem.stores.migrations import SCHEMA_VERSION
from mem.stores.probes import Probe, ProbeStore

SENTINELS, KILLS = 36, 6
BATTERY_SENTINELS = int(os.environ.get("FORGET_SENTINELS", "0"))
BATTERY_KILLS = int(os.environ.get("FORGET_KILLS", "0"))
SEED = int(os.environ.get("FORGET_SEED", "4"))
WORKER = Path(__file__).with_name("forget_worker.py")
POINTS = ("noted", "erased", "committed", "copied", "renamed", "purged")
STAYS = "The boiler in the cellar was repaired by Otto"


@dataclass
class Profile:
    """A profile to be lived in: its assistant, its clock, and the ids that hold the sentinels."""

    assistant: Assistant
    now: Callable
    rng: random.Random
    ids: list[str] = field(default_factory=list)
    sentinels: dict[str, str] = field(default_factory=dict)

    def new(self, state: str) -> str:
        """A word that nobody has said before."""
        word = "Qu" + "".join(self.rng.choice("bcdfghjklmnprstvz") + self.rng.choice("aeiou") for _ in range(4))
        self.sentinels[word] = state
        return word

    def say(self, text: str, session: str | None = None) -> str:
        """A turn with an answer that repeats it; the id of its episode."""
        user = self.assistant.messages.record_user(text, session=session)
        self.assistant.messages.record_answer(Message("assistant", f"You said: {text}", turn=user.turn, session=user.session))
        return self.of_turn(user.turn)

    def ask(self, text: str) -> str:
        """The same in a chat, with a search and a prompt."""
        return self.of_turn(self.assistant.open_chat().step(text).id)

    def of_turn(self, turn: str) -> str:
        episode = self.assistant.rows.of_turn(turn)
        assert episode is not None
        return episode.id


def told(profile: Profile, word: str) -> list[str]:
    return [profile.say(f"My dentist is called {word}")]


def updated(profile: Profile, word: str) -> list[str]:
    first = profile.say(f"I live in {word}")
    profile.say("I live in Basel now")
    return [first]


def in_core(profile: Profile, word: str) -> list[str]:
    first = profile.say(f"My tailor is called {word}")
    turn = profile.assistant.rows.get(first).turn
    core = CoreMemoryStore(profile.assistant.database)
    core.append("human", f"has a tailor, {word}", actor="model", turn=turn)
    core.append("human", "likes the sea", actor="user")
    core.append("persona", f"asks after {word.lower()}", actor="user")
    return [first]


def typed(profile: Profile, word: str) -> list[str]:
    history = profile.assistant.config.profile_dir / "history"
    append_entry(history, f"\n# 2026-06-01\n+My piano teacher is called {word}\n".encode())
    append_entry(history, f"\n# 2026-06-01\n+/recall {word}\n".encode())
    append_entry(history, f"\n# 2026-06-01\n+{STAYS}\n".encode())
    return [profile.say(f"My piano teacher is called {word}")]


def pending(profile: Profile, word: str) -> list[str]:
    message = profile.assistant.messages.record_user(f"My plumber is called {word}", session=None)
    (work,) = [work for work in profile.assistant.pending() if work.turn == message.turn]
    profile.assistant.pending_store.failed(work.id, f"no facts in {word}")
    return [profile.of_turn(message.turn)]


def edited(profile: Profile, word: str) -> list[str]:
    note = profile.assistant.remember(f"the key is with {word}").episode.id
    profile.assistant.edit(note, "the key is with the neighbours")
    return [note]


def noted(profile: Profile, word: str) -> list[str]:
    first = profile.say(f"My accountant is called {word}")
    profile.ask("What is the weather like?")
    last = profile.assistant.messages.last_turn()
    profile.assistant.judge(last, "bad", note=f"should have asked {word}")
    ProbeStore(profile.assistant.database).add([Probe(f"where is {word}?", ("e999",))])
    return [first]


def titled(profile: Profile, word: str) -> list[str]:
    first = profile.say(f"{word} is my landlady")
    session = profile.assistant.rows.get(first).session
    profile.say("What is the capital of France?", session)
    return [first]


def searched(profile: Profile, word: str) -> list[str]:
    first = profile.say(f"My vet is called {word}")
    profile.assistant.recall(f"who is {word}?")
    return [first, profile.ask(f"Who is {word}?")]


def ahead(profile: Profile, word: str, days: int = 30) -> list[str]:
    profile.now.advance(days=days)
    first = profile.say(f"My gardener is called {word}")
    profile.now.advance(days=-days)
    return [first]


def behind(profile: Profile, word: str) -> list[str]:
    return ahead(profile, word, -30)


def after_a_crash(profile: Profile, word: str) -> list[str]:
    text = f"the cobbler is called {word}"
    ended = subprocess.run([sys.executable, WORKER, "remember", text], capture_output=True, text=True)
    assert ended.returncode == -9, ended
    return [profile.assistant.episodes(limit=1)[0].id]


def copied(profile: Profile, word: str) -> list[str]:
    first = profile.say(f"My optician is called {word}")
    database = profile.assistant.database
    with database.lock.exclusive():
        keep_automatic_backup(database.path, database.copy, schema=SCHEMA_VERSION, now=profile.now())
        shutil.copyfile(database.path, database.path.with_name("memory.duckdb.corrupt-20260601T090000"))
    return [first]


def archived(profile: Profile, word: str) -> list[str]:
    """Two turns of long ago, of which one has the sentinel: both go into a summary."""
    texts = (f"I went to the lake with {word} and we saw a heron.", f"Is {word} the name of a bird? My bicycle is green.")
    filings = [Filing(text, profile.now(), session="s900", answer="I see.", kind="turn") for text in texts]
    ids = profile.assistant.rows.file_many(filings)
    profile.assistant.index.catch_up()
    profile.now.advance(days=90)
    consolidation = profile.assistant.consolidation
    consolidation.carry_out(consolidation.plan())
    profile.now.advance(days=-90)
    return ids


STATES = (
    *(told, updated, in_core, typed, edited, noted, titled, searched, ahead, behind, pending) * 3, after_a_crash, copied,
    archived,
)  # fmt: skip
LAST = (pending,)  # of these nothing must have been learned


@pytest.fixture
def live(make_assistant, now) -> Callable[..., Profile]:
    """`live(rng, states)`: a profile with a sentinel in each of these states, and a memory that stays."""

    def start(rng: random.Random, states: tuple = STATES) -> Profile:
        shutil.rmtree(load_config(os.environ).profile_dir, ignore_errors=True)
        profile = Profile(make_assistant(), now, rng)
        for state in sorted(states, key=LAST.count):
            if state in LAST:
                profile.assistant.writer.drain()
            profile.ids += state(profile, profile.new(state.__name__))
        profile.say(STAYS)
        profile.assistant.index.catch_up()
        return profile

    return start


def hits(assistant: Assistant, *words: str) -> dict[str, Counter[str]]:
    """Where each of the words stands: in bytes of files, in rows decoded, among what is recalled, in the next prompts."""
    directory = assistant.config.profile_dir
    raw = b"".join(path.read_bytes().lower() for path in directory.rglob("*") if path.is_file())
    with duckdb.connect(directory / "memory.duckdb", read_only=True) as connection:
        tables = [table for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        rows = repr([connection.execute(f'from "{table}"').fetchall() for table in tables]).lower()
    opened = [lancedb.connect(path.parent).open_table("document") for path in (directory / "index").rglob("document.lance")]
    index = repr([table.search().to_arrow().to_pylist() for table in opened]).lower()
    recalled = {word: [*assistant.recall(word, keep=False).hits, *assistant.recall_archived(word).hits] for word in words}
    prompts = ""
    for session in (None, "last"):
        assistant.open_chat(session).step("What do you know about me, and who are they?")
        prompts += repr(assistant.context().messages).lower()
    return {
        word: +Counter(
            raw=sum(word.lower().encode(encoding) in raw for encoding in ("utf-8", "utf-16-le", "utf-16-be")),
            rows=word.lower() in rows,
            index=word.lower() in index,
            recalled=sum(word.lower() in hit.text.lower() for hit in recalled[word]),
            prompt=word.lower() in prompts,
        )
        for word in words
    }


def left(profile: Profile, assistant: Assistant) -> dict[str, Counter[str]]:
    """Where any of its sentinels still stands."""
    found = hits(assistant, *profile.sentinels)
    return {f"{word} ({profile.sentinels[word]})": places for word, places in found.items() if places}


def forget_all(profile: Profile) -> None:
    """A few one by one, the others at once."""
    first, rest = profile.ids[:2], profile.ids[2:]
    for ids in ([id] for id in first):
        profile.assistant.forget(profile.assistant.plan_forget(ids))
    if rest:
        receipt = profile.assistant.forget(profile.assistant.plan_forget(rest))
        wrong = [check for check in receipt.checks if " found " in check and "found 0 times" not in check or "NOT" in check]
        assert wrong == []


def run_sentinels(count: int, rng: random.Random, live: Callable[..., Profile]) -> Counter[str]:
    """How many sentinels of each state were forgotten; each was there before, and none is afterwards."""
    tally: Counter[str] = Counter()
    while tally.total() < count:
        states = tuple(rng.sample(STATES, min(len(STATES), count - tally.total())))
        profile = live(rng, states)
        assert len(left(profile, profile.assistant)) == len(states)  # the control: each is there before
        forget_all(profile)

        assert left(profile, profile.assistant) == {}
        assert profile.assistant.recall("who repaired the boiler?", keep=False).hits[0].text == STAYS
        assert set(profile.assistant.retry_pending()) == set()
        tally.update(profile.sentinels.values())
    return tally


@pytest.mark.timeout(600)
def test_what_is_forgotten_is_nowhere_whatever_state_it_was_in(live):
    print(run_sentinels(SENTINELS, random.Random(SEED), live))


@pytest.mark.battery
@pytest.mark.timeout(max(600, BATTERY_SENTINELS * 30))
@pytest.mark.skipif(not BATTERY_SENTINELS, reason="long; set FORGET_SENTINELS to how many, such as 400")
def test_many_sentinels_are_nowhere(live):
    print(run_sentinels(BATTERY_SENTINELS, random.Random(SEED + 1), live))


def test_a_survivor_with_the_same_word_is_still_found_and_the_receipt_says_that_it_stays(live):
    profile = live(random.Random(SEED), (told,))
    (word,) = profile.sentinels
    other = profile.say(f"I met {word} at the market")
    profile.assistant.index.catch_up()
    receipt = profile.assistant.forget(profile.assistant.plan_forget(profile.ids))

    found = hits(profile.assistant, word)[word]
    assert set(found) >= {"raw", "rows", "index", "recalled"}
    assert [check for check in receipt.checks if f"words of it stand in others, which stay: {other}" in check]
    assert [check for check in receipt.checks if check.endswith(f"not looked for: {word.lower()}")]


@dataclass
class Killed:
    """What became of the runs that were killed: all of it there as before, or all of it gone by the next start."""

    untouched: int = 0
    gone: int = 0
    moments: Counter[str] = field(default_factory=Counter)


def check_after_kill(profile: Profile, tally: Killed, *, moment: str) -> None:
    """The next start leaves the sentinels whole or gone, and forgetting again leaves nothing."""
    assistant = Assistant(load_config(os.environ), now=profile.now, model=ScriptedChatModel(), embedder=HashEmbedder())
    assistant.counts()
    there = set(profile.ids) & {episode.id for episode in assistant.episodes(limit=1000)}
    assert there in (set(), set(profile.ids)), "half of it is gone"
    if there:
        assert moment == "random"
        tally.untouched += 1
        assistant.forget(assistant.plan_forget(profile.ids))
    else:
        tally.gone += 1
    tally.moments[moment] += 1
    assistant.index.catch_up()
    assert left(profile, assistant) == {}
    assert hits(assistant, "boiler")["boiler"]
    assert not assistant.database.rewrite_is_due()
    assistant.close()


def run_kills(count: int, rng: random.Random, live: Callable[..., Profile], home: Path) -> Killed:
    """Kills a forget of everything that holds a sentinel: at the named points in turn, every other one at a random moment."""
    profile, tally = live(rng, (told, in_core, typed, updated, copied)), Killed()
    profile.assistant.close()
    directory, kept = profile.assistant.config.profile_dir, home / "kept"
    shutil.copytree(directory, kept)
    command = [sys.executable, WORKER, "never", *profile.ids]
    only_named = count == len(POINTS)
    started = time.perf_counter()
    assert only_named or subprocess.run(command, capture_output=True).returncode == 0
    seconds = time.perf_counter() - started
    for number in range(count):
        shutil.rmtree(directory)
        shutil.copytree(kept, directory)
        if number % 2 or only_named:
            point = POINTS[(number if only_named else number // 2) % len(POINTS)]
            ended = subprocess.run([sys.executable, WORKER, point, *profile.ids], capture_output=True, text=True)
            assert ended.returncode == -9, ended
            check_after_kill(profile, tally, moment=point)
        else:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.3, 1.0) * seconds)
            process.kill()
            process.wait()
            check_after_kill(profile, tally, moment="random")
    return tally


@pytest.mark.timeout(600)
def test_a_forget_that_is_killed_at_any_named_point_is_finished_by_the_next_start(live, tmp_path):
    tally = run_kills(KILLS, random.Random(SEED), live, tmp_path)

    assert tally.gone == len(POINTS)


@pytest.mark.battery
@pytest.mark.timeout(max(600, BATTERY_KILLS * 60))
@pytest.mark.skipif(not BATTERY_KILLS, reason="long; set FORGET_KILLS to how many, such as 60")
def test_forgets_that_are_killed_anywhere_leave_all_or_nothing(live, tmp_path):
    print(run_kills(BATTERY_KILLS, random.Random(SEED + 1), live, tmp_path))


def test_the_command_itself_killed_leaves_all_or_nothing(live, tmp_path):
    profile = live(random.Random(SEED), (told,))
    profile.assistant.close()
    command = [sys.executable, "-m", "mem", "forget", *profile.ids, "--yes"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    intent = profile.assistant.config.profile_dir / "memory.duckdb.wal"
    while process.poll() is None and not intent.exists():
        time.sleep(0.001)
    process.kill()
    process.wait()

    check_after_kill(profile, Killed(), moment="random")
