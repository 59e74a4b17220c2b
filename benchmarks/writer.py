"""How well the memory writer keeps what people say: labelled dialogues replayed through the real stores.

    .venv/bin/python benchmarks/writer.py                        # patterns alone, a minute
    .venv/bin/python benchmarks/writer.py --model FILE.gguf      # the model extracts too: seconds a turn
    .venv/bin/python benchmarks/writer.py --errors               # what was missed and what is wrong, dialogue by dialogue

`tests/data/dialogues` holds half written before the code and half after it, and sets that it had never seen, a dialogue a
line. Each has a profile of its own; the answers are those of the dialogue. Turns "recalled" and "tool" are filed as such, with
the order to learn from them. A label is subject, predicate and value, each with its variants ("|", "*" for anything): `current`
must hold at the end, `past` must be known as over, `allowed` may be found and counts for nothing; `decisions` name what must
have been decided about a fact.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mem.assistant import Assistant
from mem.config import load_config
from mem.errors import MemError
from mem.models import ChatModel
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.records import Fact, Message, SavedFact
from mem.text import fold

DIALOGUES = Path(__file__).parent.parent / "tests" / "data" / "dialogues"
HALVES = ("before", "after")
# Written after the code, each without a look at what it makes of them, and run before anything was changed for them. That
# first run is the honest measure of talk never seen: precision and recall, by patterns alone.
UNSEEN = {
    "third": (0.806, 0.463), "fourth": (0.824, 0.571), "fifth": (0.853, 0.592), "sixth": (0.881, 0.725),
    "seventh": (0.843, 0.711), "eighth": (0.878, 0.796), "ninth": (0.886, 0.731), "tenth": (0.949, 0.860),
    "eleventh": (0.704, 0.229), "twelfth": (0.841, 0.398), "thirteenth": (0.961, 0.742), "fourteenth": (0.930, 0.515),
    "fifteenth": (0.940, 0.452), "sixteenth": (1.000, 0.500),
}  # fmt: skip
SETS = (*HALVES, *UNSEEN)
LEARNED_FROM = ("user_said", "user_confirmed")
ARTICLES = ("a ", "an ", "the ", "my ", "our ")
Label = Sequence[str]
SAME_DECISION = {"update": ("update", "correct")}  # the new value stands; whether the old was ever true shows in `past`


class Actor(ScriptedChatModel):
    """Reads facts by `reader`, where there is one; the answers are those of the dialogue."""

    def __init__(self, reader: ChatModel | None) -> None:
        super().__init__()
        self._reader = reader
        self.can_extract = reader is not None and reader.can_extract

    def complete_json(self, messages: Sequence[Message], schema: Mapping[str, Any], *, max_tokens: int = 512) -> Any:
        assert self._reader is not None
        return self._reader.complete_json(messages, schema, max_tokens=max_tokens)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a dialogue left behind: its facts, what was decided on the way, and facts that should not be there."""

    facts: tuple[Fact, ...]
    outcomes: tuple[SavedFact, ...]
    from_others: tuple[Fact, ...]
    without_quote: tuple[Fact, ...]


@dataclass
class Score:
    """Counts of some dialogues, and lines that say what went wrong."""

    dialogues: int = 0
    found: int = 0
    right: int = 0
    expected: int = 0
    met: int = 0
    decided: int = 0
    decided_right: int = 0
    from_others: int = 0
    without_quote: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.met / self.expected if self.expected else 1.0

    @property
    def decisions(self) -> float:
        return self.decided_right / self.decided if self.decided else 1.0

    def add(self, other: Score) -> None:
        """Adds the counts and the errors of `other` to these."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def read_dialogues(half: str) -> list[dict[str, Any]]:
    """The dialogues of one half, in their order; none where it is not written yet."""
    path = DIALOGUES / f"{half}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def replay(dialogue: Mapping[str, Any], home: Path, reader: ChatModel | None = None) -> Replayed:
    """What the writer makes of a dialogue, told at its own times to an empty profile in `home`; nothing is indexed."""
    turns = dialogue["turns"]
    clock = [datetime.fromisoformat(turns[0]["at"])]
    outcomes: list[SavedFact] = []
    actor = Actor(reader)
    config = load_config({**os.environ, "MEM_HOME": str(home)}, {"model": "scripted", "learn": "auto", "approve": "never"})
    with Assistant(
        config, on_saved=outcomes.extend, now=lambda: clock[0], model=actor, embedder=HashEmbedder(), notify=_complain
    ) as assistant:
        assistant.writer.model = actor
        asked = None
        for turn in turns:
            clock[0] = datetime.fromisoformat(turn["at"])
            if turn["role"] == "user":
                asked = assistant.messages.record_user(turn["text"], session=asked.session if asked else None)
            elif turn["role"] == "assistant" and asked:
                assistant.messages.record_answer(Message("assistant", turn["text"], turn=asked.turn, session=asked.session))
            else:
                origin = "tool" if turn["role"] == "tool" else "imported"
                assistant.rows.file(turn["text"], kind="imported", origin=origin, actor="writer", learn=True)
            for step in ("facts", "extract"):
                for work in [work for work in assistant.pending() if work.step == step]:
                    assistant.writer.do(work)
        return _look(assistant, outcomes)


def _complain(line: str) -> None:
    print(line, file=sys.stderr)


def _look(assistant: Assistant, outcomes: Sequence[SavedFact]) -> Replayed:
    facts = assistant.facts(superseded=True)
    sources = {evidence.episode for fact in facts for evidence in fact.evidence}
    episodes = {episode.id: episode for episode in assistant.rows.get_many(sorted(sources))}
    others, quoteless = [], []
    for fact in facts:
        if any(episodes[evidence.episode].origin not in LEARNED_FROM for evidence in fact.evidence):
            others.append(fact)
        if not fact.evidence or any(
            not evidence.quote or evidence.quote not in episodes[evidence.episode].text for evidence in fact.evidence
        ):
            quoteless.append(fact)
    return Replayed(tuple(facts), tuple(outcomes), tuple(others), tuple(quoteless))


def matches(fact: Fact, label: Label) -> bool:
    """Whether the label means this fact: one of its variants each for subject, predicate and value."""
    said = fact.subject, fact.predicate, fact.value
    return all(
        any(fnmatchcase(plain(part), plain(variant)) for variant in variants.split("|"))
        for part, variants in zip(said, label, strict=True)
    )


def plain(text: str) -> str:
    """`text` without case, article and stop, for comparing."""
    text = fold(text).rstrip(".!,")
    return next((text.removeprefix(article) for article in ARTICLES if text.startswith(article)), text)


def judge(dialogue: Mapping[str, Any], replayed: Replayed) -> Score:
    """The counts of one dialogue."""
    score = Score(dialogues=1, from_others=len(replayed.from_others), without_quote=len(replayed.without_quote))
    believed = [fact for fact in replayed.facts if fact.expired_at is None]
    for status, facts in (
        ("current", [fact for fact in believed if fact.current]),
        ("past", [fact for fact in believed if not fact.current]),
    ):
        labels = dialogue[status]
        met = [label for label in labels if any(matches(fact, label) for fact in facts)]
        score.expected += len(labels)
        score.met += len(met)
        score.errors += [f"missed ({status}): {' | '.join(label)}" for label in labels if label not in met]
        for fact in facts:
            right = _is_any(fact, labels)
            if right or not _is_any(fact, dialogue["allowed"]):
                score.found += 1
                score.right += right
                score.errors += [] if right else [f"wrong ({status}): {fact.subject} | {fact.predicate} | {fact.value}"]
    _judge_decisions(dialogue, replayed, score)
    return score


def _judge_decisions(dialogue: Mapping[str, Any], replayed: Replayed, score: Score) -> None:
    """A fact with a label of its own must have had that decision; every other expected fact was to be added."""
    named = [(decision, label) for decision, *label in dialogue["decisions"]]
    for decision, label in named:
        made = [outcome.decision for outcome in replayed.outcomes if matches(outcome.fact, label)]
        if made:
            score.decided += 1
            right = any(one in SAME_DECISION.get(decision, (decision,)) for one in made)
            score.decided_right += right
            score.errors += [] if right else [f"decided {made}, not {decision}: {' | '.join(label)}"]
    expected = [*dialogue["current"], *dialogue["past"]]
    for outcome in replayed.outcomes:
        if _is_any(outcome.fact, expected) and not _is_any(outcome.fact, [label for _, label in named]):
            score.decided += 1
            is_past = outcome.decision in ("past", "invalidate") and _is_any(outcome.fact, dialogue["past"])
            right = outcome.decision == "add" or is_past
            score.decided_right += right
            if not right:
                score.errors.append(f"decided {outcome.decision}, not add: {outcome.fact.sentence}")


def _is_any(fact: Fact, labels: Iterable[Label]) -> bool:
    return any(matches(fact, label) for label in labels)


def run_half(half: str, *, reader: ChatModel | None = None, only: str = "", limit: int = 0) -> dict[str, Score]:
    """The score of each class of one half, and of `all`. `only`: an id or a class; `limit`: the first so many."""
    scores: dict[str, Score] = defaultdict(Score)
    dialogues = [dialogue for dialogue in read_dialogues(half) if only in ("", dialogue["id"], dialogue["class"])]
    for dialogue in dialogues[: limit or None]:
        with tempfile.TemporaryDirectory(prefix="mem-writer-") as home:
            score = judge(dialogue, replay(dialogue, Path(home), reader))
        score.errors = [f"{dialogue['id']} {dialogue['class']}: {error}" for error in score.errors]
        scores[dialogue["class"]].add(score)
        scores["all"].add(score)
    return dict(scores)


def open_reader(name: str) -> ChatModel:
    """The model that reads facts beside the patterns."""
    from mem.models.catalog import resolve_model
    from mem.models.opening import open_chat_model

    config = load_config(os.environ, {"model": name})
    return open_chat_model(config, resolve_model(config.model, config.paths.models))


def as_json(scores: Mapping[str, Score]) -> dict[str, Any]:
    """Counts and shares of every class."""
    return {
        name: {**vars(score), "precision": score.precision, "recall": score.recall, "decisions": score.decisions}
        for name, score in scores.items()
    }


def show(half: str, scores: Mapping[str, Score], *, errors: bool) -> None:
    """A table of one half, a class a line, and what went wrong where `errors`."""
    print(f"{half:18} {'n':>4} {'precision':>16} {'recall':>16} {'decisions':>16} {'recalled':>9} {'no quote':>9}")
    for name, score in scores.items():
        print(
            f"{name:18} {score.dialogues:4} {_share(score.right, score.found)} {_share(score.met, score.expected)} "
            f"{_share(score.decided_right, score.decided)} {score.from_others:9} {score.without_quote:9}"
        )
    if half in UNSEEN:
        precision, recall = UNSEEN[half]
        print(f"{'when unseen':18} {'':4} {precision:5.3f} {'':10} {recall:5.3f}")
    if errors:
        print(*scores["all"].errors, sep="\n")
        print(dict(Counter(line.split(": ")[1].split(" ")[0] for line in scores["all"].errors)))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:5.3f} {part:4}/{whole:<4} " if whole else f"{'-':>5} {part:4}/{whole:<4} "


def main() -> None:
    """Replays the dialogues and prints what was kept of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", choices=SETS, help="only this one")
    parser.add_argument("--model", default="", help="a file or a name that `mem` knows; none: patterns alone")
    parser.add_argument("--only", default="", help="one dialogue's id, or a class")
    parser.add_argument("--limit", type=int, default=0, help="the first so many of each half")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    try:
        reader = open_reader(given.model) if given.model else None
    except MemError as error:
        sys.exit(str(error))
    results = {
        half: run_half(half, reader=reader, only=given.only, limit=given.limit)
        for half in ([given.half] if given.half else SETS)
    }
    if given.json:
        print(json.dumps({half: as_json(scores) for half, scores in results.items()}, indent=2, ensure_ascii=False))
        return
    for half, scores in results.items():
        if scores:
            show(half, scores, errors=given.errors)


if __name__ == "__main__":
    main()
