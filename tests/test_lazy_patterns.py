"""Patterns are compiled where they may match, and nothing that they would find is missed for it."""

import gc
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mem.doubt_words import KINDS, alone, rows
from mem.lazy_patterns import LazyPattern, fold_case
from mem.statements import spaced

DIALOGUES = Path(__file__).parent / "data" / "dialogues"


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("lives? in (?:Rome|Oslo)", {"live"}),
        ("(?:I|we) (?:moved|came) to", {"moved", "came"}),
        (r"(?:really ){0,2}likes?\b", {"like"}),
        (r"(?:really ){1,2}a", {"really"}),
        ("(?:always)?(?:never)+", {"never"}),
        (r"(?P<value>\d{1,2}) years?", {"year"}),
        ("Ada|Bob (?:Lee)?", {"ada", "bob"}),
        (r"(?!not)(?<=so )\w+ (?=it)", set()),
        ("tea|\\w+|coffee", set()),
        (r"\x20e-?mail[sx]", {"mail"}),
        ("(?-i:Straße)s*", {"strasse"}),
        ("ab{2}c*", {"a"}),
        ("(?:not){0}(?:so)??", set()),
    ],
)
def test_a_pattern_tells_the_words_that_it_cannot_do_without(source: str, needed: set[str]) -> None:
    assert LazyPattern(source).needed == needed


@pytest.mark.parametrize("source", ["(?i)a", r"\012 of", r"\N{DIGIT ONE}st", "(?#a)b", "(?P<a>b)(?P=a)", r"(a)\1"])
def test_a_pattern_with_what_is_not_understood_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="not understood in a pattern"):
        _ = LazyPattern(source).needed


def test_letters_that_are_the_same_to_a_pattern_are_folded_to_the_same() -> None:
    letters = "".join(chr(code) for code in range(sys.maxunicode) if chr(code).isalpha())
    for letter in "abcdefghijklmnopqrstuvwxyzåäéöüßñç":
        same = {match[0] for match in re.finditer(letter, letters, re.IGNORECASE)}
        assert {fold_case(one) for one in same} == {fold_case(letter)}
    assert spaced("I live in").match("I lıve in Ankara")


def test_it_finds_what_the_compiled_pattern_finds() -> None:
    pattern = spaced(r"\b(?:live|work) in (?P<place>\w+)")
    told = "I LIVE  in Rome and\tlive in Oslo"
    assert [match["place"] for match in pattern.finditer(told)] == ["Rome", "Oslo"]
    assert [match["place"] for match in pattern.finditer(told, 3)] == ["Oslo"]
    assert pattern.search(told, 3, 20) is None
    assert (pattern.match(told), pattern.fullmatch(told, 2, 15)) != (None, None)
    assert pattern.match(told, 2)["place"] == "Rome"  # type: ignore[index]
    assert pattern.sub("here", told) == "I here and\there"
    assert pattern.sub(lambda match: match["place"], told) == "I Rome and\tOslo"


def test_where_a_needed_word_is_missing_nothing_is_compiled() -> None:
    pattern = spaced("I live in (?:Rome|Oslo)")
    text = "I love Rome"
    found = (pattern.match(text), pattern.fullmatch(text), pattern.search(text), *pattern.finditer(text))
    assert (found, pattern.sub("", text)) == ((None, None, None), text)
    assert "compiled" not in vars(pattern)


def test_none_of_the_patterns_misses_anything_in_what_people_said() -> None:
    importlib.import_module("mem.memory_writer")  # has every pattern loaded
    said = []
    for path in sorted(DIALOGUES.glob("*.jsonl")):
        said += [json.loads(line) for line in path.read_text().splitlines()]
    texts = sorted({text for dialogue in said for text in _texts(dialogue)})[::40]
    patterns = [thing for thing in gc.get_objects() if type(thing) is LazyPattern]
    patterns += [pattern for kind in KINDS for pattern in (*rows(kind), alone(kind))]
    assert len(texts) > 150
    assert len(patterns) > 350
    missed = [
        (pattern.pattern[:60], text)
        for text in texts
        for pattern in patterns
        if not pattern.may_be_in(text) and pattern.compiled.search(text)
    ]
    assert missed == []


def test_few_patterns_are_compiled_for_one_message() -> None:
    script = (
        "import gc, datetime; from mem.fact_reading import find_facts; from mem.lazy_patterns import LazyPattern;"
        "found = find_facts('I live in Leeds with my cat Miso', said_at=datetime.datetime.now(datetime.UTC));"
        "patterns = [thing for thing in gc.get_objects() if type(thing) is LazyPattern];"
        "print(len(found), len(patterns), sum('compiled' in vars(pattern) for pattern in patterns))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    found, patterns, compiled = map(int, done.stdout.split())
    assert found == 2
    assert compiled < patterns / 5


UNDER_THE_LOCK = """
import gc, sys
from contextlib import contextmanager
from pathlib import Path
from mem.assistant import Assistant
from mem.config import load_config
from mem.lazy_patterns import LazyPattern
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.stores.database import Database

def compiled():
    return sum("compiled" in vars(thing) for thing in gc.get_objects() if type(thing) is LazyPattern)

class Watched(Database):
    under_lock = 0

    @contextmanager
    def together(self, **how):
        with super().together(**how):
            before = compiled()
            yield
            self.under_lock += compiled() - before

config = load_config({"MEM_HOME": sys.argv[1]})
with Assistant(config, model=ScriptedChatModel(), embedder=HashEmbedder()) as assistant:
    database = assistant.__dict__["database"] = Watched(config.profile_dir, now=assistant.now, notify=print)
    assistant.remember("I live in Leeds with my cat Miso")
    print(database.under_lock, compiled() > 20)
"""


def test_nobody_has_to_wait_under_the_lock_for_patterns_to_be_compiled(tmp_path: Path) -> None:
    command = [sys.executable, "-c", UNDER_THE_LOCK, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == ["0", "True"]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]
