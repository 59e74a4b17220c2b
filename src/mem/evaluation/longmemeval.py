"""LongMemEval (Wu et al., ICLR 2025): one question, one haystack of sessions. github.com/xiaowu0162/LongMemEval."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mem.evaluation.corpus import Corpus, Dataset, Document, Question
from mem.evaluation.reading import checked, malformed, member, moment, optional, read_json, value

DEFINITION = (
    "a turn is the user's words with the answer to them, and evidence where either has has_answer; sessions: "
    "answer_session_ids. The paper indexes user words only and reports recall_all; most others report recall_any"
)
TIME = "%Y/%m/%d (%a) %H:%M"


def load_longmemeval(path: Path) -> Dataset:
    """All questions of `longmemeval_s.json` or one of its kind but those without an answer (`_abs`)."""
    entries = checked(read_json(path), list, "the file", str(path))
    if not entries:
        raise malformed(str(path), "no questions")
    asked = [entry for entry in entries if not str(member(entry, "question_id", str(path))).endswith("_abs")]
    corpora = tuple(_corpus(entry, f"{path}, question {number}") for number, entry in enumerate(asked, start=1))
    abstained, unmarked = len(entries) - len(asked), sum(not corpus.questions[0].evidence for corpus in corpora)
    notes = [f"left out, questions that have no answer (_abs): {abstained}"] if abstained else []
    notes += [f"left out by turn, questions without has_answer: {unmarked}"] if unmarked else []
    return Dataset("longmemeval", DEFINITION, corpora, tuple(notes))


def _corpus(entry: Any, where: str) -> Corpus:
    where = f"{where} ({value(entry, 'question_id', str, where)})"
    sessions = value(entry, "haystack_sessions", list, where)
    ids, dates = value(entry, "haystack_session_ids", list, where), value(entry, "haystack_dates", list, where)
    if not len(sessions) == len(ids) == len(dates):
        raise malformed(where, "haystack_sessions, haystack_session_ids and haystack_dates are not of one length")
    documents, evidence = [], []
    for place in sorted(range(len(sessions)), key=lambda place: moment(str(dates[place]), TIME, where)):
        happened_at = moment(str(dates[place]), TIME, where)
        for number, message in enumerate(checked(sessions[place], list, "a session", where)):
            document = _document(message, f"{ids[place]}:{place}:{number}", str(ids[place]), happened_at, where)
            if document.text:
                documents.append(document)
                evidence += [document.id] if member(message, "has_answer", where) is True else []
    if not documents:
        raise malformed(where, "no messages")
    question = Question(
        value(entry, "question", str, where),
        tuple(evidence),
        value(entry, "question_type", str, where),
        moment(value(entry, "question_date", str, where), TIME, where),
        tuple(str(id) for id in optional(entry, "answer_session_ids", list, where, [])),
    )
    return Corpus(value(entry, "question_id", str, where), tuple(documents), (question,))


def _document(message: Any, id: str, session: str, happened_at: Any, where: str) -> Document:
    role = value(message, "role", str, where)
    if role not in ("user", "assistant"):
        raise malformed(where, f"a message has the role {role[:20]!r}")
    text = value(message, "content", str, where).strip()
    return Document(id, session, text, happened_at, "user" if role == "user" else "assistant")
