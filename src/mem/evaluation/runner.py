"""Data set and embedder to a table: every corpus goes through the real stores and the real retrieval, in a profile of its own.

`rank_all` does the work and `report` counts; so both units cost one run.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from mem.evaluation.corpus import Corpus, Dataset, Question, SourceTurn, Unit, asked_at, evidence_of, session_of, turns_of
from mem.evaluation.embedding_cache import CachedEmbedder
from mem.evaluation.metrics import mean, measure
from mem.models import Embedder
from mem.ranking import Stages, best_sessions
from mem.retrieval import Retriever
from mem.router import route
from mem.stores.database import Database
from mem.stores.episode_rows import EpisodeRows, Filing
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore

ALL_TYPES = "all"
GREP = "grep"
WORD = re.compile(r"[^\W_]+")
Progress = Callable[[int, int], None]


def only(*stages: str) -> Stages:
    """A ranking that uses these stages and no other, whatever others there are."""
    return Stages(**{field.name: field.name in stages for field in fields(Stages) if isinstance(field.default, bool)})


# What `mem` gives, and what each of its two signals would give alone. `grep` needs no stage.
RANKERS: Mapping[str, Stages] = {"mem": Stages(), "words only": only("words"), "meaning only": only("meaning")}


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with, by ranker and unit, the ids of what was ranked, best first."""

    question_type: str
    evidence: Mapping[Unit, tuple[str, ...]]
    ranked: Mapping[str, Mapping[Unit, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Row:
    """How good one ranker is on the questions of one type, or on `all`. `metrics`: means over them, by name."""

    ranker: str
    question_type: str
    questions: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found. `rows`: all questions first, then by type; the rankers in their order."""

    dataset: str
    definition: str
    notes: tuple[str, ...]
    unit: Unit
    embedder: str
    corpora: int
    documents: int
    questions: int
    seconds: float
    rows: tuple[Row, ...]

    def row(self, ranker: str, question_type: str = ALL_TYPES) -> Row:
        """The row of a ranker and a type."""
        return next(row for row in self.rows if (row.ranker, row.question_type) == (ranker, question_type))


def ignore(done: int, total: int) -> None:
    """The default `progress`: nobody is watching."""


def evaluate(
    dataset: Dataset,
    embedder: Embedder,
    *,
    unit: Unit,
    rankers: Mapping[str, Stages] = RANKERS,
    progress: Progress = ignore,
) -> Report:
    """The table of a data set in one unit."""
    started = time.perf_counter()
    answered = rank_all(dataset, embedder, rankers=rankers, progress=progress)
    return report(dataset, answered, unit=unit, embedder=embedder.fingerprint, seconds=time.perf_counter() - started)


def rank_all(
    dataset: Dataset, embedder: Embedder, *, rankers: Mapping[str, Stages] = RANKERS, progress: Progress = ignore
) -> list[Answered]:
    """Every question ranked by every ranker, and by grep. Nothing of the user's own is read or written.

    `progress` is told of documents and questions together.
    """
    cached = CachedEmbedder(embedder)
    answered: list[Answered] = []
    done, total = 0, sum(len(corpus.documents) + len(corpus.questions) for corpus in dataset.corpora)
    for corpus in dataset.corpora:
        with tempfile.TemporaryDirectory(prefix="mem-eval-") as directory:
            memory = _Memory(Path(directory) / "profile", corpus, cached, rankers)
            memory.load(partial(_advance, progress, done, total))
            done += len(corpus.documents)
            with memory.held_open():
                for question in corpus.questions:
                    answered.append(memory.answer(question))
                    done += 1
                    progress(done, total)
    return answered


def report(dataset: Dataset, answered: Sequence[Answered], *, unit: Unit, embedder: str, seconds: float) -> Report:
    """The mean of each metric, for all questions that have evidence in this unit and for each of their types."""
    counted = [entry for entry in answered if entry.evidence[unit]]
    types = [ALL_TYPES, *sorted({entry.question_type for entry in counted} - {""})]
    rankers = list(counted[0].ranked) if counted else []
    rows = []
    for question_type in types:
        asked = [entry for entry in counted if question_type in (ALL_TYPES, entry.question_type)]
        for ranker in rankers:
            measured = [measure(entry.ranked[ranker][unit], entry.evidence[unit]) for entry in asked]
            rows.append(Row(ranker, question_type, len(asked), mean(measured)))
    return Report(
        dataset.name, dataset.definition, dataset.notes, unit, embedder, len(dataset.corpora), dataset.documents,
        len(counted), round(seconds, 1), tuple(rows),
    )  # fmt: skip


def grep(query: str, turns: Sequence[tuple[str, frozenset[str]]]) -> list[str]:
    """The plainest search there is: by how many distinct words of the query a turn has; ties as they were said."""
    asked = words_of(query)
    found = [(id, len(asked & words)) for id, words in turns]
    return [id for id, shared in sorted(found, key=lambda entry: -entry[1]) if shared]


def words_of(text: str) -> frozenset[str]:
    """The distinct words of a text, in lower case."""
    return frozenset(WORD.findall(text.lower()))


def _advance(progress: Progress, done: int, total: int, more: int) -> None:
    progress(done + more, total)


class _Memory:
    """A corpus in a profile that is thrown away."""

    def __init__(self, directory: Path, corpus: Corpus, embedder: Embedder, rankers: Mapping[str, Stages]) -> None:
        self._corpus = corpus
        self._moment = datetime.now(UTC)
        self._database = Database(directory, now=lambda: self._moment, notify=lambda line: None)
        self._rows = EpisodeRows(self._database)
        self._index = EpisodeIndex(self._database, embedder)
        facts = FactStore(self._database)
        self._retrievers = {
            name: Retriever(self._index, self._rows, facts, embedder, now=lambda: self._moment, stages=stages)
            for name, stages in rankers.items()
        }
        self._turns = turns_of(corpus.documents)
        self._words = [(turn.id, words_of(f"{turn.text} {turn.answer}")) for turn in self._turns]
        self._sessions = {turn.id: session_of(turn) for turn in self._turns}
        self._episodes: dict[str, str] = {}

    def load(self, progress: Callable[[int], None]) -> None:
        """Files all turns in their order, and indexes them."""
        ids = self._rows.file_many([_filing(turn) for turn in self._turns])
        self._episodes = {id: turn.id for id, turn in zip(ids, self._turns, strict=True)}
        self._index.catch_up(progress=progress)

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """DuckDB keeps the file open meanwhile, so that no search has to open it, which is half of its time."""
        with self._database.read():
            yield

    def answer(self, question: Question) -> Answered:
        """One question, by every ranker."""
        self._moment = asked_at(question, self._corpus)
        ranked = {name: self._ranking(retriever, question.text) for name, retriever in self._retrievers.items()}
        found = grep(question.text, self._words)
        ranked[GREP] = {"turn": found, "session": [self._sessions[id] for id in found]}
        return Answered(
            question.question_type,
            {unit: evidence_of(question, self._turns, unit) for unit in ("turn", "session")},
            ranked,
        )

    def _ranking(self, retriever: Retriever, query: str) -> dict[Unit, Sequence[str]]:
        hits = retriever.ranking(query, route(query, now=self._moment))
        turns = [(self._episodes[hit.id], hit.score) for hit in hits if hit.id in self._episodes]
        return {"turn": [id for id, _ in turns], "session": best_sessions((self._sessions[id], score) for id, score in turns)}


def _filing(turn: SourceTurn) -> Filing:
    return Filing(turn.text, turn.happened_at, turn.session, turn.answer, "turn" if turn.conversation else "imported")
