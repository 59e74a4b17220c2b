"""Several processes on one profile: `mem recall` beside an open `mem chat`, and four that remember at once."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lancedb
import pexpect
import pytest
from pseudo_terminal import PseudoTerminal

from mem.assistant import Assistant
from mem.config import load_config

WORKER = Path(__file__).with_name("remember_worker.py")
PATIENCE_SECONDS = 60
PROCESSES, TEXTS_EACH = 4, 10
RECALLS = int(os.environ.get("TERMINAL_RECALLS", "6"))  # at most 20
CONTROL_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[ -~])")

MEMORIES = {
    "who repaired the boiler": "Jonas repaired the boiler in March",
    "where is the spare key": "the spare key hangs behind the bicycle shed",
    "what did Greta plant": "Greta planted three plum trees by the river",
    "which train goes to Tartu": "the train to Tartu leaves at seven from platform two",
    "what is the cat allergic to": "the cat is allergic to chicken",
    "when is the concert": "the concert of the choir is on the ninth of May",
    "who has the ladder": "our neighbour Otis borrowed the ladder",
    "what colour is the kayak": "I painted the kayak bright green",
    "how much is the rent": "the rent of the studio is 640 euros",
    "where did Priya study": "Priya studied geology in Leeds",
}


@pytest.fixture(autouse=True)
def scripted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted chat model, the real embedder, a terminal of ordinary size."""
    monkeypatch.setenv("MEM_MODEL", "scripted")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PROMPT_TOOLKIT_NO_CPR", "1")
    # Made once, here: two processes at once would both be told to wait for it.
    with Assistant(load_config(os.environ)) as assistant:
        assistant.embedder.embed_query("ready")


class Terminal:
    """`mem chat` in a terminal of its own."""

    def __init__(self) -> None:
        self.shown = io.StringIO()
        self.process = PseudoTerminal(
            sys.executable, ["-m", "mem", "chat"], encoding="utf-8", timeout=PATIENCE_SECONDS, dimensions=(40, 200)
        )
        self.process.logfile_read = self.shown
        self.process.expect_exact("\x1b[?2004h")  # from now on a paste can be told from typing: the prompt is there

    def type(self, text: str) -> None:
        """Types a line and sends it; does not wait for anything."""
        self.process.send(text + "\r")

    def wait_for(self, text: str) -> None:
        """Waits until it was shown."""
        self.process.expect_exact(text)

    def wait_for_prompt(self) -> None:
        """Waits until the answer is there, and the next line may be typed."""
        self.process.expect_exact("\x1b[?2004h")

    def leave(self) -> int:
        """Types /exit; the exit status."""
        self.type("/exit")
        self.process.expect(pexpect.EOF)
        self.process.close()
        assert self.process.signalstatus is None
        return int(self.process.exitstatus if self.process.exitstatus is not None else -1)

    @property
    def text(self) -> str:
        """All that was shown, without control sequences."""
        return CONTROL_SEQUENCE.sub("", self.shown.getvalue())


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.process.close(force=True)


def talk(terminal: Terminal, enough: threading.Event) -> list[str]:
    """Says one thing after another until it is enough; what was said."""
    told = []
    while not enough.is_set():
        told.append(f"on day {len(told)} we counted {len(told) * 7} herons at the weir")
        terminal.type(told[-1])
        terminal.wait_for_prompt()  # not for the answer: the model repeats the notes from memory, too, once there are any
    return told


def recall(query: str) -> tuple[int, str, str]:
    """Exit code, the text of the best memory, and stderr, of `mem recall` in a process of its own."""
    command = [sys.executable, "-m", "mem", "recall", query]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    lines = ended.stdout.splitlines()
    return ended.returncode, lines[1].strip() if len(lines) > 1 else "", ended.stderr


def stored_texts() -> Counter[str]:
    """How often each text is in the database."""
    with Assistant(load_config(os.environ)) as assistant:
        return Counter(episode.text for episode in assistant.episodes(limit=1_000_000))


def indexed_and_documents() -> tuple[list[int], list[int]]:
    """The documents in the index, and those in the database, by number."""
    with Assistant(load_config(os.environ)) as assistant:
        assistant.index.catch_up()
        folder = assistant.config.profile_dir / "index" / f"g-{assistant.index.state()['generation']}"
        with assistant.database.read() as connection:
            documents = connection.execute("select seq from document order by seq").fetchall()
    indexed = lancedb.connect(folder).open_table("document").to_arrow()["seq"].to_pylist()
    return sorted(indexed), [seq for (seq,) in documents]


@pytest.mark.timeout(400)
def test_recall_works_every_time_while_a_chat_is_open_in_another_terminal(terminal: Terminal) -> None:
    asked = list(MEMORIES.items())[: RECALLS // 2]
    for text in MEMORIES.values():
        terminal.type(text)
        terminal.wait_for(f"You said: {text}")
        terminal.wait_for_prompt()
    idle = [(recall(query), text) for query, text in asked]
    enough = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        talking = thread.submit(talk, terminal, enough)  # one turn after another, without a pause
        try:
            busy = [(recall(query), text) for query, text in asked]
        finally:
            enough.set()
        told = talking.result()
    status = terminal.leave()

    assert [found for (code, found, error), _ in (*idle, *busy) if code or "Traceback" in error] == []
    assert [(found, text) for (_, found, _), text in (*idle, *busy) if not re.search(_tail(text), found)] == []
    assert len(idle) + len(busy) == RECALLS
    assert len(told) >= len(busy) // 2  # else the chat was not in the middle of turns
    assert status == 0
    assert "Traceback" not in terminal.text
    assert "mem:" not in terminal.text
    assert stored_texts() == Counter([*MEMORIES.values(), *told])
    indexed, documents = indexed_and_documents()
    assert indexed == documents


def test_four_processes_remember_ten_texts_each_and_none_is_lost_or_doubled() -> None:
    texts = [[f"process {one} saw comet {one}-{two} over the ridge" for two in range(TEXTS_EACH)] for one in range(PROCESSES)]
    running = [
        subprocess.Popen(
            [sys.executable, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(PROCESSES)
    ]
    for process, own in zip(running, texts, strict=True):
        assert process.stdin is not None
        process.stdin.write("\n".join(own))
        process.stdin.close()
        process.stdin = None
    ended = [(*process.communicate(timeout=300), process.returncode) for process in running]

    assert [code for _, _, code in ended] == [0] * PROCESSES, ended
    assert [[line.partition("\t")[2] for line in out.splitlines()] for out, _, _ in ended] == texts
    assert stored_texts() == Counter(text for own in texts for text in own)
    indexed, documents = indexed_and_documents()
    assert indexed == documents
    assert len(indexed) == PROCESSES * TEXTS_EACH


def _tail(text: str) -> str:
    """The last word of a memory, which a fact read in it shares."""
    return re.escape(text.split()[-1])
