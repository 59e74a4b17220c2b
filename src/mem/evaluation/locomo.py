"""LoCoMo (Maharana et al., ACL 2024): ten long conversations between two people. github.com/snap-research/locomo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mem.evaluation.corpus import Corpus, Dataset, Document, Question
from mem.evaluation.reading import checked, malformed, moment, optional, read_json, value

DEFINITION = "evidence: the turns that LoCoMo names; adversarial questions count, questions without evidence do not"
# Other projects give these numbers other names; these are those of the authors' code.
TYPES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
SESSION = re.compile(r"session_(\d+)")
EVIDENCE = re.compile(r"D:?(\d+):(\d+)")
TIME = "%I:%M %p on %d %B, %Y"


def load_locomo(path: Path) -> Dataset:
    """All conversations of a file such as `locomo10.json`."""
    entries = checked(read_json(path), list, "the file", str(path))
    if not entries:
        raise malformed(str(path), "no conversations")
    corpora = tuple(_corpus(entry, f"{path}, conversation {number}") for number, entry in enumerate(entries, start=1))
    skipped = sum(len(entry["qa"]) for entry in entries) - sum(len(corpus.questions) for corpus in corpora)
    notes = (f"left out, questions without evidence: {skipped}",) if skipped else ()
    return Dataset("locomo", DEFINITION, corpora, notes)


def evidence_ids(entries: list[Any]) -> tuple[str, ...]:
    """The ids of turns in a question's evidence. Some are malformed: "D8:6; D9:17", "D30:05", "D:11:26", "D"."""
    found = [f"D{int(session)}:{int(turn)}" for entry in entries for session, turn in EVIDENCE.findall(str(entry))]
    return tuple(dict.fromkeys(found))


def _corpus(entry: Any, where: str) -> Corpus:
    conversation = value(entry, "conversation", dict, where)
    numbers = sorted(int(match[1]) for name in conversation if (match := SESSION.fullmatch(name)))
    documents = [document for number in numbers for document in _session(conversation, number, where)]
    if not documents:
        raise malformed(where, "no turns")
    questions = [
        _question(question, f"{where}, question {number}")
        for number, question in enumerate(value(entry, "qa", list, where), start=1)
    ]
    name = optional(entry, "sample_id", str, where, where)
    return Corpus(name, tuple(documents), tuple(question for question in questions if question.evidence))


def _session(conversation: dict[str, Any], number: int, where: str) -> list[Document]:
    name = f"session_{number}"
    where = f"{where}, {name}"
    turns = value(conversation, name, list, where)
    if not turns:
        return []
    happened_at = moment(value(conversation, f"{name}_date_time", str, where), TIME, where)
    return [Document(value(turn, "dia_id", str, where), name, _text(turn, where), happened_at) for turn in turns]


def _text(turn: Any, where: str) -> str:
    """The text as LoCoMo's authors index it."""
    text = f'{value(turn, "speaker", str, where)} said, "{value(turn, "text", str, where)}"'
    caption = optional(turn, "blip_caption", str, where, "")
    return f"{text} and shared {caption}" if caption else text


def _question(entry: Any, where: str) -> Question:
    category = optional(entry, "category", int, where, 0)
    evidence = evidence_ids(optional(entry, "evidence", list, where, []))
    return Question(value(entry, "question", str, where), evidence, TYPES.get(category, f"category {category}"))
