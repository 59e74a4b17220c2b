"""Whole conversations across a restart, through the real command line, the real starter model and the real embedder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOLD_AND_ASKED = [
    ("my sister Ada moved to Lisbon in May and works at the aquarium", "where does my sister live?", "Lisbon"),
    ("I'm allergic to peanuts, so no satay for me", "what food must I avoid?", "peanuts"),
    ("our dog is called Biscuit and he is afraid of thunder", "what is the name of my dog?", "Biscuit"),
    ("we decided to paint the kitchen sage green", "what colour are we painting the kitchen?", "sage"),
    ("my landlord is Mr Okafor and the rent is due on the 3rd", "when do I have to pay the rent?", "3rd"),
    ("I started learning the cello last year with a teacher called Vera", "which instrument do I play?", "cello"),
    ("the boiler has been making a clanking noise since Tuesday", "what is wrong with the heating?", "boiler"),
    ("Mina's school play is on 12 December at six", "when is the school play?", "12 December"),
    ("I drive an old blue Volvo that needs new tyres", "what car do I have?", "Volvo"),
    ("the spare key is under the blue flower pot behind the shed", "where did I hide the spare key?", "flower pot"),
    ("my favourite tea is lapsang souchong", "what tea do I like best?", "lapsang"),
    ("I work as a nurse at St Mary's hospital on the night shift", "what is my job?", "nurse"),
]


def mem(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MEM_")} | {"MEM_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "mem", *arguments], input=stdin, env=environ, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the twelve statements were told in one session, which has ended."""
    home = tmp_path_factory.mktemp("home")
    ended = mem(home, "chat", stdin="".join(f"{statement}\n" for statement, _, _ in TOLD_AND_ASKED))

    assert ended.returncode == 0, ended.stderr
    return home


def test_told_on_monday_recalled_on_friday(told: Path) -> None:
    """Each recall is a new process; no model is asked."""
    first = []
    for _, question, word in TOLD_AND_ASKED:
        hits = json.loads(mem(told, "recall", "--json", question).stdout)["hits"]
        first.append((question, bool(hits) and word in hits[0]["text"]))

    assert sum(right for _, right in first) >= 11, first


def test_the_memory_stands_in_the_prompt_of_every_question(told: Path) -> None:
    """Each question is asked in a new process of the starter model."""
    answers = [json.loads(mem(told, "ask", "--json", question).stdout) for _, question, _ in TOLD_AND_ASKED]
    # `sent` is the user's turn as the model got it; the ledger must say the same as it.
    sent = [word in turn["sent"] for turn, (_, _, word) in zip(answers, TOLD_AND_ASKED, strict=True)]
    injected = [
        any(word in hit["text"] and hit["id"] in turn["injected"] for hit in turn["retrieved"])
        for turn, (_, _, word) in zip(answers, TOLD_AND_ASKED, strict=True)
    ]

    assert (sum(sent), sum(injected)) == (12, 12), list(zip(TOLD_AND_ASKED, answers, strict=True))
    assert "Lisbon" in answers[0]["answer"]


def test_what_was_forgotten_is_found_no_more(told: Path) -> None:
    found = mem(told, "recall", "--json", "where is the spare key")
    (key, *_) = [hit["id"] for hit in json.loads(found.stdout)["hits"] if "flower pot" in hit["text"]]

    refused = mem(told, "forget", key)
    forgotten = mem(told, "forget", "--yes", key)
    again = mem(told, "recall", "--json", "where is the spare key hidden, in which shed?")

    assert (refused.returncode, forgotten.returncode) == (2, 0), forgotten.stderr
    assert "flower pot" not in again.stdout
    assert "flower pot" not in mem(told, "ask", "--json", "where did I hide the spare key?").stdout
