"""BEAM (Tavakoli et al., 2025): long chats with an assistant, and probing questions. github.com/mohammadtavakoli78/BEAM."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from mem.errors import InputError
from mem.evaluation.corpus import Corpus, Dataset, Document, Question
from mem.evaluation.reading import checked, malformed, member, read_json, value

DEFINITION = "evidence: the turns that hold a message of source_chat_ids (BEAM itself has no retrieval metric)"
# The authors cut some chats to their size; where they did, the questions are asked of what was left.
CHATS = ("chat_trunecated.json", "chat.json")
QUESTIONS = "probing_questions/probing_questions.json"
TIME = "%B-%d-%Y"
UNDATED = datetime(2024, 1, 1).astimezone()
MARK = re.compile(r"\s*->->\s*[\d,./NA]*\s*$")  # the authors' own numbering, left in the user's words


def load_beam(path: Path) -> Dataset:
    """The chats below a directory: one chat's, those of one size (`chats/100K`), or all."""
    if not path.is_dir():
        raise InputError(f"{path} is no directory; name one of BEAM's, such as chats/100K; nothing was evaluated")
    directories = sorted({found.parent.parent for found in path.glob(f"**/{QUESTIONS}")}, key=_in_order)
    loaded = [_corpus(directory, directory.relative_to(path)) for directory in directories if _chat(directory)]
    if not loaded:
        raise malformed(str(path), f"no chat with {CHATS[-1]} and {QUESTIONS}")
    missing, unclear = len(directories) - len(loaded), sum(left_out for _, left_out in loaded)
    notes = [f"left out, chats without {CHATS[-1]}: {missing}"] if missing else []
    notes += [f"left out, questions without clear source_chat_ids: {unclear}"] if unclear else []
    return Dataset("beam", DEFINITION, tuple(corpus for corpus, _ in loaded), tuple(notes))


def source_ids(found: Any) -> tuple[str, ...]:
    """All ids in a `source_chat_ids`: a list, or an object of lists."""
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list):
        return tuple(dict.fromkeys(id for entry in found for id in source_ids(entry)))
    return () if found is None else (str(found),)


def _in_order(directory: Path) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else 0, part) for part in directory.parts]


def _chat(directory: Path) -> Path | None:
    return next((directory / name for name in CHATS if (directory / name).is_file()), None)


def _corpus(directory: Path, name: Path) -> tuple[Corpus, int]:
    """A chat, and how many of its questions have no evidence, or evidence that could be several messages."""
    chat = _chat(directory) or directory
    documents = list(_documents(_batches(read_json(chat)), str(chat)))
    if not documents:
        raise malformed(str(chat), "no messages")
    counts = Counter(document.id for document in documents)
    asked = _questions(read_json(directory / QUESTIONS), str(directory / QUESTIONS))
    clear = [question for question in asked if question.evidence and all(counts[id] == 1 for id in question.evidence)]
    return Corpus(str(name), tuple(documents), tuple(clear)), len(asked) - len(clear)


def _batches(found: Any) -> Iterator[tuple[Any, list[Any]]]:
    """The date and the messages of each session: an object with `turns`, or a list of messages, at any depth."""
    children: list[Any] = []
    if isinstance(found, dict):
        if "turns" in found:
            yield found.get("time_anchor"), list(_messages(found["turns"]))
        else:
            children = list(found.values())
    elif isinstance(found, list):
        if found and isinstance(found[0], dict) and "role" in found[0]:
            yield None, found
        else:
            children = found
    for child in children:
        yield from _batches(child)


def _messages(found: Any) -> Iterator[Any]:
    if isinstance(found, list):
        for child in found:
            yield from _messages(child)
    else:
        yield found


def _documents(batches: Iterator[tuple[Any, list[Any]]], where: str) -> Iterator[Document]:
    """Each message, at the last date that was named before it: few name one."""
    happened_at = UNDATED
    for number, (anchor, batch) in enumerate(batches, start=1):
        happened_at = _date(anchor) or happened_at
        for place, message in enumerate(batch):
            happened_at = _date(member(message, "time_anchor", where)) or happened_at
            role = value(message, "role", str, where)
            if role not in ("user", "assistant"):
                raise malformed(where, f"a message has the role {role[:20]!r}")
            text = MARK.sub("", value(message, "content", str, where)).strip()
            if text:
                id = member(message, "id", where)
                named = f"{number}.{place}" if id is None else str(id)
                yield Document(named, f"batch {number}", text, happened_at, "user" if role == "user" else "assistant")


def _date(anchor: Any) -> datetime | None:
    """A date such as "March-15-2024"; None for anything else."""
    try:
        return datetime.strptime(str(anchor), TIME).astimezone()
    except ValueError:
        return None


def _questions(found: Any, where: str) -> list[Question]:
    return [
        Question(value(entry, "question", str, where), source_ids(member(entry, "source_chat_ids", where)), ability)
        for ability, entries in checked(found, dict, "the file", where).items()
        for entry in checked(entries, list, f'"{ability}"', where)
    ]
