"""The simple format for a data set of one's own: one JSON object a line, a document or a question, in any order.

    {"id": "1", "session": "monday", "text": "The boiler is from 2009", "at": "2026-06-01T09:00:00+00:00"}
    {"question": "how old is the boiler?", "gold": ["1"]}

A document has `id`, `session`, `text` and `at` (ISO 8601; without an offset it is local time); if it was said in a
conversation with an assistant, its `role`, `user` or `assistant`: an answer joins the user's words before it to one turn; if
among people, its `speaker`, who is then named in the text. A question has `question` and `gold`, the ids of the documents that
answer it; it may have a `type` and the time when it is `asked_at` (else a day after the last document). Both may name a
`corpus`: a question is asked of the documents of its own corpus alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mem.evaluation.corpus import Corpus, Dataset, Document, Question
from mem.evaluation.reading import checked, malformed, member, moment, optional, parse, read_text, value

DEFINITION = "evidence: the turns that hold a document of `gold`"


def load_jsonl(path: Path) -> Dataset:
    """All documents and questions of a file, corpora in the order in which they first come."""
    documents: dict[str, dict[str, Document]] = {}
    questions: dict[str, list[Question]] = {}
    places: list[tuple[str, Question, str]] = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        entry = parse(line, where)
        corpus = optional(entry, "corpus", str, where, "")
        if member(entry, "question", where) is not None:
            question = _question(entry, where)
            questions.setdefault(corpus, []).append(question)
            places.append((corpus, question, where))
        else:
            document = _document(entry, where)
            if document.id in documents.setdefault(corpus, {}):
                raise malformed(where, f"there is a document {document.id[:40]!r} before it")
            documents[corpus][document.id] = document
    for corpus, question, where in places:
        if unknown := [id for id in question.evidence if id not in documents.get(corpus, {})]:
            raise malformed(where, f"there is no document {unknown[0][:40]!r} in its corpus")
    return _dataset(path, documents, questions)


def _dataset(path: Path, documents: dict[str, dict[str, Document]], questions: dict[str, list[Question]]) -> Dataset:
    asked = {corpus: tuple(question for question in found if question.evidence) for corpus, found in questions.items()}
    if not any(asked.values()):
        raise malformed(str(path), "no question with gold")
    skipped = sum(map(len, questions.values())) - sum(map(len, asked.values()))
    notes = (f"left out, questions without gold: {skipped}",) if skipped else ()
    corpora = tuple(Corpus(name, tuple(documents[name].values()), found) for name, found in asked.items() if found)
    return Dataset("jsonl", DEFINITION, corpora, notes)


def _document(entry: Any, where: str) -> Document:
    text = value(entry, "text", str, where).strip()
    if not text:
        raise malformed(where, '"text" is empty')
    role = optional(entry, "role", str, where, "")
    if role not in ("", "user", "assistant"):
        raise malformed(where, f'"role" is {role[:20]!r} instead of user or assistant')
    speaker = optional(entry, "speaker", str, where, "")
    return Document(
        value(entry, "id", str, where),
        optional(entry, "session", str, where, ""),
        f'{speaker} said, "{text}"' if speaker else text,
        moment(value(entry, "at", str, where), "iso", where),
        "user" if role == "user" else "assistant" if role else "",
    )


def _question(entry: Any, where: str) -> Question:
    asked_at = optional(entry, "asked_at", str, where, "")
    evidence = tuple(checked(id, str, 'an id in "gold"', where) for id in value(entry, "gold", list, where))
    return Question(
        value(entry, "question", str, where),
        evidence,
        optional(entry, "type", str, where, ""),
        moment(asked_at, "iso", where) if asked_at else None,
    )
