"""What is evaluated: documents in sessions, and questions whose evidence is known. Records, and pure functions on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Unit = Literal["turn", "session"]
Role = Literal["", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Document:
    """A text of a data set. `role` is empty where it was not said to an assistant, or by one."""

    id: str
    session: str
    text: str
    happened_at: datetime
    role: Role = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and the ids of the documents that answer it.

    `sessions` are those that count as evidence where the data set names them itself, else they are the documents'.
    """

    text: str
    evidence: tuple[str, ...]
    question_type: str = ""
    asked_at: datetime | None = None
    sessions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """One memory, in the order in which it came to be, and the questions asked of it."""

    id: str
    documents: tuple[Document, ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Corpora to evaluate on. `definition`: what counts as evidence here; `notes`: what was left out, and why."""

    name: str
    definition: str
    corpora: tuple[Corpus, ...]
    notes: tuple[str, ...] = ()

    @property
    def questions(self) -> int:
        return sum(len(corpus.questions) for corpus in self.corpora)

    @property
    def documents(self) -> int:
        return sum(len(corpus.documents) for corpus in self.corpora)


@dataclass(frozen=True, slots=True)
class SourceTurn:
    """What becomes one episode: a document, or the user's words and the assistant's answer. It has its first document's id."""

    id: str
    documents: tuple[str, ...]
    session: str
    text: str
    answer: str
    happened_at: datetime
    conversation: bool


def turns_of(documents: Sequence[Document]) -> list[SourceTurn]:
    """Documents as a conversation would have stored them: an answer joins the user's words right before it."""
    turns: list[SourceTurn] = []
    for document in documents:
        if turns and _answers(document, turns[-1]):
            turns[-1] = replace(turns[-1], documents=(*turns[-1].documents, document.id), answer=document.text)
            continue
        said, answer = ("", document.text) if document.role == "assistant" else (document.text, "")
        conversation = document.role != ""
        turns.append(
            SourceTurn(document.id, (document.id,), document.session, said, answer, document.happened_at, conversation)
        )
    return turns


def _answers(document: Document, turn: SourceTurn) -> bool:
    waiting = turn.conversation and turn.text != "" and not turn.answer
    return document.role == "assistant" and waiting and turn.session == document.session


def evidence_of(question: Question, turns: Sequence[SourceTurn], unit: Unit) -> tuple[str, ...]:
    """The ids of the turns or sessions that answer a question. A document that is not there stays as it is, to be missed."""
    if unit == "session" and question.sessions:
        return question.sessions
    names = {id: session_of(turn) if unit == "session" else turn.id for turn in reversed(turns) for id in turn.documents}
    return tuple(dict.fromkeys(names.get(id, id) for id in question.evidence))


def session_of(turn: SourceTurn) -> str:
    """The session of a turn; a turn without one is its own."""
    return turn.session or turn.id


def asked_at(question: Question, corpus: Corpus) -> datetime:
    """When a question is asked: as the data set says, else a day after the last document."""
    return question.asked_at or max(document.happened_at for document in corpus.documents) + timedelta(days=1)


def limited(dataset: Dataset, questions: int) -> Dataset:
    """The same with so many questions, taken evenly from all, and the corpora that they are asked of."""
    total = dataset.questions
    if questions >= total:
        return dataset
    taken = {place * total // questions for place in range(questions)}
    corpora, first = [], 0
    for corpus in dataset.corpora:
        kept = tuple(question for place, question in enumerate(corpus.questions, start=first) if place in taken)
        first += len(corpus.questions)
        if kept:
            corpora.append(replace(corpus, questions=kept))
    note = f"asked, of {total} questions: {questions}, taken evenly"
    return replace(dataset, corpora=tuple(corpora), notes=(*dataset.notes, note))
