"""Old episodes to summaries: planned, tried on an index that nobody uses yet, then taken in one transaction that can be undone.

Recent episodes stay whole. Older turns are summarised a session and day at a time; of notes that say the same the newest
stays. What they stand for is archived: it leaves the search index and nothing else. Before that, questions that the touched
episodes answer are asked of the old index and of the new one; what would no longer be found stays whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from mem.errors import MemError, NotFound, StoreBusy
from mem.models import ChatModel, Embedder
from mem.probe_making import fact_probes, spread, statement_probes
from mem.ranking import query_stems
from mem.records import Document, Episode
from mem.retrieval import Retriever
from mem.router import route
from mem.stores.database import Connection, Database
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore
from mem.stores.index_replacing import IndexReplacer
from mem.stores.probes import Probe, ProbeStore, Statement
from mem.stores.summaries import LEAST_DUE, Note, OldTurn, SummaryStore, archive
from mem.summarising import telling_lines, word_frequency, written_lines
from mem.text import fold, number
from mem.words import stems

MOST_TURNS = 24  # in a summary
ATTEMPTS = 5
PROBES_A_PART, STATEMENT_PROBES, FACT_PROBES, KEPT_PROBES = 2, 400, 100, 200
LOOKED_AT = 10  # of what a question finds, the first so many count
NAMED = 3
FILLER = frozenset(["a", "an", "the", "please", "just", "also", "really", "so"])

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Turns of one session and day, and the lines that tell of them; `extracted` are the plain ones."""

    turns: tuple[OldTurn, ...]
    lines: tuple[str, ...]
    extracted: tuple[str, ...]

    @property
    def session(self) -> str:
        return self.turns[0].session


@dataclass(frozen=True, slots=True)
class Plan:
    """What a consolidation would do. `merged`: notes that say the same as another, by its id."""

    before: datetime
    parts: tuple[Part, ...]
    merged: Mapping[str, str] = field(default_factory=dict)

    @property
    def turns(self) -> int:
        return sum(len(part.turns) for part in self.parts)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "turns": self.turns,
            "sessions": len({part.session for part in self.parts}),
            "summaries": sum(bool(part.lines) for part in self.parts),
            "lines": sum(len(part.lines) for part in self.parts),
            "merged": len(self.merged),
        }


@dataclass(frozen=True, slots=True)
class Consolidated:
    """What a consolidation did. `probes` questions found their answers before and after; `left_whole`: sessions of which
    something stays as it was, because the questions in `lost` would not have."""

    id: str
    counts: Mapping[str, int]
    probes: int
    left_whole: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


class AnswersLost(MemError):
    """Questions that would not find their answers any more; nothing was changed."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        questions = "; ".join(probe.question for probe in probes[:NAMED])
        answers = "its answer" if len(probes) == 1 else "their answers"
        told = f"{number(len(probes), 'questions')} would no longer find {answers}"
        super().__init__(f"{told} ({questions}); nothing was changed")
        self.probes = tuple(probes)


class Consolidation:
    """Summarises and archives what is older than `after_days`. `retriever_on` gives a retriever that uses an index."""

    def __init__(
        self,
        database: Database,
        facts: FactStore,
        index: EpisodeIndex,
        embedder: Embedder,
        *,
        retriever_on: Callable[[EpisodeIndex], Retriever],
        after_days: int,
    ) -> None:
        self._database = database
        self._facts = facts
        self._index = index
        self._retriever_on = retriever_on
        self._after_days = after_days
        self._replacer = IndexReplacer(database, embedder)
        self.store = SummaryStore(database)

    def due(self) -> int:
        """How many turns are old enough."""
        return self.store.due(before=self._before(None))

    def plan(
        self,
        *,
        older_than_days: int | None = None,
        model: ChatModel | None = None,
        progress: Progress = lambda done, total: None,
    ) -> Plan:
        """What would be done; changes nothing. `model` writes the summaries, else they are the user's own sentences."""
        before = self._before(older_than_days)
        turns = self.store.turns(before=before)
        frequency, quotes = word_frequency(turns), self._quotes(turns)
        parts: list[Part] = []
        for own in _days(turns):
            extracted = tuple(telling_lines(own, frequency, quotes))
            lines = tuple(written_lines(model, own, extracted)) if model is not None and extracted else extracted
            parts.append(Part(tuple(own), lines, extracted))
            progress(sum(len(part.turns) for part in parts), len(turns))
        return Plan(before, tuple(parts), same_texts(self.store.notes(), before=before))

    def carry_out(self, plan: Plan) -> Consolidated:
        """Does what the plan says, in one transaction with the index; NotFound where it is empty.

        Where questions would no longer find their answers, what they are about stays whole. AnswersLost, and nothing was
        changed, where that does not help.
        """
        lost: list[Probe] = []
        whole: dict[str, None] = {}
        problem: MemError = StoreBusy("memory is being changed by another process; nothing was changed: try again later")
        for _ in range(ATTEMPTS):
            if not plan.parts and not plan.merged:
                break
            try:
                if done := self._try(plan):
                    return replace(done, left_whole=tuple(whole), lost=tuple(probe.question for probe in lost))
            except AnswersLost as found:
                problem = found
                lost += [probe for probe in found.probes if probe not in lost]
                smaller = _without(plan, found.probes)
                taken = {part.turns for part in smaller.parts}
                whole |= dict.fromkeys(part.session for part in plan.parts if part.turns not in taken)
                plan = smaller
        if lost:
            raise problem if isinstance(problem, AnswersLost) else AnswersLost(lost)
        if not plan.parts and not plan.merged:
            raise NotFound(f"nothing is older than {plan.before.astimezone():%-d %B %Y} and not summarised yet")
        raise problem

    def when_idle(self) -> Consolidated | None:
        """Does it without a model where enough is due; None where it is not. To be called where nobody waits."""
        if self.due() < LEAST_DUE:
            return None
        return self.carry_out(self.plan())

    def _try(self, plan: Plan) -> Consolidated | None:
        """One attempt; None where something came in between, which a look at the index before the next one mends."""
        self._index.catch_up()
        plan = self._still(plan)
        kept = [part for part in plan.parts if part.lines]
        reserved = self.store.reserve(len(kept), if_so=self._replacer.is_whole)
        if reserved is None:
            return None
        summaries = [_summary(part, id, seq) for part, id, seq in zip(kept, *reserved, strict=True)]
        places = {turn.episode: "" for part in plan.parts for turn in part.turns}
        for part, summary in zip(kept, summaries, strict=True):
            places |= {turn.episode: summary.id for turn in part.turns}
        places |= plan.merged
        probes = self._probes(plan, places)
        consolidated: list[str] = []

        def approve(index: EpisodeIndex) -> None:
            retriever = self._retriever_on(index)
            if lost := [probe for probe in probes if not self._finds(retriever, probe, places)]:
                raise AnswersLost(lost)

        def on_current(connection: Connection) -> None:
            consolidated.append(archive(connection, summaries, places, plan.counts, self._database.now()))

        documents = [_document(summary) for summary in summaries]
        if not self._replacer.replace(self.store.seqs(list(places)), documents, approve=approve, on_current=on_current):
            return None
        return Consolidated(consolidated[0], plan.counts, len(probes))

    def _still(self, plan: Plan) -> Plan:
        """The plan without what was forgotten or archived since it was made: none of a part is taken then."""
        active = {turn.episode for turn in self.store.turns(before=plan.before)}
        notes = {note.episode for note in self.store.notes()}
        parts = [part for part in plan.parts if all(turn.episode in active for turn in part.turns)]
        merged = {one: other for one, other in plan.merged.items() if {one, other} <= notes}
        return replace(plan, parts=tuple(parts), merged=merged)

    def _probes(self, plan: Plan, places: Mapping[str, str]) -> list[Probe]:
        """Questions that find their answers in what the plan touches now: some of each part, of facts, and the user's own."""
        part_of = {turn.episode: number for number, part in enumerate(plan.parts) for turn in part.turns}
        of_part: Counter[int] = Counter()
        told = []
        statements = [Statement(turn.episode, turn.text) for part in plan.parts for turn in part.turns]
        for probe in statement_probes(statements):
            part = part_of[probe.expected[0]]
            of_part[part] += 1
            if of_part[part] <= PROBES_A_PART:
                told.append(probe)
        facts = list(fact_probes(self._facts.of_episodes(list(places))))
        kept = [probe for probe in ProbeStore(self._database).active() if set(probe.expected) & places.keys()]
        asked = [*told[:STATEMENT_PROBES], *spread(facts, key=_question)[:FACT_PROBES], *kept[-KEPT_PROBES:]]
        retriever = self._retriever_on(self._index)
        return [probe for probe in asked if self._finds(retriever, probe, {})]

    def _finds(self, retriever: Retriever, probe: Probe, places: Mapping[str, str]) -> bool:
        """Whether a question finds what it expects, what stands in its place, a fact read from it, or all its own words."""
        wanted = {*probe.expected, *(places[id] for id in probe.expected if places.get(id))}
        asked = frozenset(query_stems(probe.question))
        found = retriever.search(probe.question, route(probe.question, now=self._database.now()), limit=LOOKED_AT).hits
        return any(
            hit.id in wanted or (hit.kind == "fact" and hit.source in wanted) or asked <= stems(hit.text)
            for hit in found
            if not (probe.turn and hit.source.partition(":")[0] == probe.turn)
        )

    def _quotes(self, turns: Sequence[OldTurn]) -> dict[str, list[str]]:
        """By episode, the words that facts were read from which hold now."""
        quotes: dict[str, list[str]] = {}
        for fact in self._facts.of_episodes([turn.episode for turn in turns]):
            for evidence in fact.evidence if fact.current else ():
                quotes.setdefault(evidence.episode, []).append(evidence.quote)
        return quotes

    def _before(self, older_than_days: int | None) -> datetime:
        days = self._after_days if older_than_days is None else older_than_days
        return self._database.now() - timedelta(days=days)


def same_texts(notes: Sequence[Note], *, before: datetime) -> dict[str, str]:
    """Of notes with the same words in the same order, but for case, marks and filler words, each older one by the newest."""
    newest: dict[tuple[object, ...], Note] = {}
    for note in sorted(notes, key=lambda note: note.happened_at):
        newest[_said(note)] = note
    return {
        note.episode: newest[_said(note)].episode
        for note in notes
        if note.happened_at < before and newest[_said(note)].episode != note.episode
    }


def _said(note: Note) -> tuple[object, ...]:
    words = re.findall(r"\w+(?:[.,:/'-]\w+)*", fold(note.text))
    return (tuple(word for word in words if word not in FILLER) or fold(note.text), frozenset(note.tags))


def _days(turns: Sequence[OldTurn]) -> Iterator[list[OldTurn]]:
    """Turns of one session and one day of the user's, at most MOST_TURNS together."""
    for _, group in groupby(turns, key=lambda turn: (turn.session, turn.happened_at.astimezone().date())):
        own = list(group)
        pieces = -(-len(own) // MOST_TURNS)
        length = -(-len(own) // pieces)
        yield from (own[start : start + length] for start in range(0, len(own), length))


def _summary(part: Part, id: str, seq: int) -> Episode:
    text = "\n".join(part.lines)
    return Episode(id, seq, "summary", text, part.turns[0].happened_at, session=part.session, origin="program")


def _document(summary: Episode) -> Document:
    return Document(
        summary.seq, summary.id, "text", summary.kind, summary.session, "", summary.text, summary.happened_at
    )  # fmt: skip


def _without(plan: Plan, lost: Sequence[Probe]) -> Plan:
    """The plan with the plain lines where what a model wrote lost an answer, and without the parts where plain lines did."""
    failed = {id for probe in lost for id in probe.expected}
    parts = []
    for part in plan.parts:
        if not failed & {turn.episode for turn in part.turns}:
            parts.append(part)
        elif part.lines != part.extracted:
            parts.append(replace(part, lines=part.extracted))
    merged = {one: other for one, other in plan.merged.items() if one not in failed}
    return replace(plan, parts=tuple(parts), merged=merged)


def _question(probe: Probe) -> str:
    return probe.question
