"""Random lives, told, corrected, taken back and undone: the facts of a real store against a plain Python model of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from mem.deciding import decide
from mem.errors import InputError, NotFound
from mem.records import Episode, Fact, FactCandidate
from mem.stores.changes import ChangeStore
from mem.stores.database import Database
from mem.stores.facts import FactStore
from mem.undoing import Undoing

STORES = 50
STEPS = 9
VALUES = {"lives in": ("Rome", "Leeds", "Oslo", "Bath"), "works at": ("Acme", "Initech"), "pet": ("Biscuit", "Luna", "Rex")}
ONE = ("lives in", "works at")
FIRST_YEAR, THIS_YEAR = 2010, 2026


@dataclass(frozen=True)
class Held:
    """A fact as the model has it. `said`: its quotes, with the time of each."""

    id: str
    predicate: str
    value: str
    created: datetime
    start: datetime | None
    end: datetime | None = None
    believed: bool = True
    pinned: bool = False
    said: tuple[tuple[str, datetime], ...] = ()

    @property
    def current(self) -> bool:
        return self.end is None and self.believed

    def holds(self, moment: datetime) -> bool:
        return self.believed and (self.start or self.created) <= moment and (self.end is None or moment < self.end)


Touched = dict[str, tuple[Held | None, Held | None]]


@dataclass
class Model:
    """What should be known: facts by id, and the changes that made them so."""

    facts: dict[str, Held] = field(default_factory=dict)
    changes: list[tuple[Touched, int | None]] = field(default_factory=list)  # what was touched; which change it undoes
    ids: int = 0

    def slot(self, predicate: str) -> list[Held]:
        return [fact for fact in self.facts.values() if fact.predicate == predicate and fact.current]

    def new(self, predicate: str, value: str, now: datetime, quote: str, start: datetime | None, end: datetime | None = None):
        self.ids += 1
        return Held(f"f{self.ids}", predicate, value, now, start, end, said=((quote, now),))

    def change(self, *after: Held) -> None:
        touched: Touched = {fact.id: (self.facts.get(fact.id), fact) for fact in after}
        self.apply({id: pair for id, pair in touched.items() if pair[0] != pair[1]}, None)

    def apply(self, touched: Touched, undoes: int | None) -> None:
        if touched:
            self.changes.append((touched, undoes))
        for id, (_, after) in touched.items():
            self.facts.pop(id, None)
            if after is not None:
                self.facts[id] = after

    def tell(self, predicate: str, value: str, now: datetime, quote: str, start: datetime | None) -> None:
        slot = self.slot(predicate)
        same = next((fact for fact in slot if fact.value == value), None)
        if same is not None:
            self.change(replace(same, said=(*same.said, (quote, now))))
        elif predicate in ONE and slot:
            if not slot[0].pinned:
                new = self.new(predicate, value, now, quote, start)
                self.change(replace(slot[0], end=start or now), new)
        else:
            self.change(self.new(predicate, value, now, quote, start))

    def retract(self, predicate: str, value: str, now: datetime) -> None:
        self.change(*(replace(fact, end=now) for fact in self.slot(predicate) if fact.value == value and not fact.pinned))

    def correct(self, predicate: str, value: str, now: datetime, quote: str) -> None:
        held = self.slot(predicate)[-1]
        if not held.pinned:
            self.change(replace(held, believed=False), self.new(predicate, value, now, quote, held.start))

    def past(self, predicate: str, value: str, now: datetime, quote: str, start: datetime) -> None:
        known = [fact for fact in self.facts.values() if fact.predicate == predicate and fact.believed]
        same = next((fact for fact in known if fact.value == value and fact.holds(start)), None)
        if same is not None:
            self.change(replace(same, said=(*same.said, (quote, now))))
            return
        rivals = known if predicate in ONE else []
        later = [fact.start for fact in rivals if fact.start and fact.start > start]
        end = min(later) if later else min(start.replace(year=start.year + 1), now)
        over = [
            replace(fact, end=start)
            for fact in rivals
            if fact.holds(start) and not fact.current and (fact.start or fact.created) < start
        ]
        self.change(*over[:1], self.new(predicate, value, now, quote, start, end))

    def undone(self, place: int) -> bool:
        return any(undoes == place and not self.undone(other) for other, (_, undoes) in enumerate(self.changes))

    def may_undo(self, place: int) -> bool:
        touched, _ = self.changes[place]
        if self.undone(place) or any(self.facts.get(id) != after for id, (_, after) in touched.items()):
            return False
        then = {id: fact for id, fact in self.facts.items() if id not in touched}
        then |= {id: before for id, (before, _) in touched.items() if before is not None}
        return all(not _doubled(then[id], then.values()) for id in touched if id in then)

    def undo(self, place: int) -> None:
        touched, _ = self.changes[place]
        self.apply({id: (after, before) for id, (before, after) in touched.items()}, place)


def _doubled(fact: Held, among) -> bool:
    """Whether another current fact says the same or has the only place."""
    others = [other for other in among if other.id != fact.id and other.predicate == fact.predicate and other.current]
    return fact.current and any(fact.predicate in ONE or other.value == fact.value for other in others)


class Life:
    """A store and the model of it, to which the same happens."""

    def __init__(self, database: Database, seed: int, now) -> None:
        self.random = random.Random(seed)
        self.database, self.now = database, now
        self.facts = FactStore(database)
        self.undoing = Undoing(database, lambda: pytest.fail("no memory is brought back here"))
        self.model = Model()
        self.told = 0
        with database.write() as connection:  # the journal of the writer, for all that will be told
            connection.execute("insert into pending select range, 't' || range, 'facts', 0, '', now() from range(1, 100)")

    def step(self) -> None:
        """One thing that happens, a few days after the one before."""
        self.now.advance(days=self.random.randint(1, 40))
        predicate = self.random.choice([*VALUES])
        value = self.random.choice(VALUES[predicate])
        self.random.choice([self.tell, self.tell, self.retract, self.correct, self.past, self.edit, self.pin, self.undo])(
            predicate, value
        )

    def tell(self, predicate: str, value: str) -> None:
        since = self.now() - timedelta(hours=self.random.randint(1, 23)) if self.random.random() < 0.5 else None
        quote = self.save(predicate, value, decide, valid_at=since)
        self.model.tell(predicate, value, self.now(), quote, since)

    def retract(self, predicate: str, value: str) -> None:
        if value in [fact.value for fact in self.model.slot(predicate)]:
            self.save(predicate, value, decide, retracted=True)
            self.model.retract(predicate, value, self.now())

    def correct(self, predicate: str, value: str) -> None:
        slot = self.model.slot(predicate)
        if slot and value not in [fact.value for fact in slot]:
            quote = self.save(predicate, value, lambda candidate, known, said_at: ("correct", of(known, predicate)))
            self.model.correct(predicate, value, self.now(), quote)

    def past(self, predicate: str, value: str) -> None:
        start = datetime(self.random.randint(FIRST_YEAR, THIS_YEAR - 1), 1, 1, tzinfo=UTC)
        quote = self.save(predicate, value, lambda candidate, known, said_at: ("past", None), valid_at=start)
        self.model.past(predicate, value, self.now(), quote, start)

    def edit(self, predicate: str, value: str) -> None:
        slot = self.model.slot(predicate)
        if slot and value not in [fact.value for fact in slot]:
            self.facts.edit(slot[0].id, value)
            self.model.change(replace(slot[0], value=value, said=(*slot[0].said, (value, self.now()))))

    def pin(self, predicate: str, value: str) -> None:
        if slot := self.model.slot(predicate):
            self.facts.pin(slot[0].id, on=not slot[0].pinned)
            self.model.change(replace(slot[0], pinned=not slot[0].pinned))

    def undo(self, predicate: str, value: str) -> None:
        """Takes back any change there was, also one that takes back another; or is refused, and nothing happens."""
        if not self.model.changes:
            return
        place = self.random.randrange(max(0, len(self.model.changes) - 4), len(self.model.changes))
        if self.model.may_undo(place):
            self.undoing.undo(f"c{place + 1}")
            self.model.undo(place)
        else:
            with pytest.raises(InputError, match=r"cannot be taken back while c\d+ stands|was taken back already, by c\d+"):
                self.undoing.undo(f"c{place + 1}")

    def save(self, predicate: str, value: str, decide: Callable, **options) -> str:
        """Saves what a turn of its own says; the words that it said."""
        self.told += 1
        quote = f"{predicate} {value} ({self.told})"
        candidate = FactCandidate("user", predicate, value, quote, "one" if predicate in ONE else "many", **options)
        episode = Episode(f"e{self.told}", 0, "turn", quote, self.now(), turn=f"t{self.told}")
        self.facts.save([candidate], episode, work=self.told, decide=decide)
        return quote

    def rows(self) -> list[list[tuple]]:
        with self.database.read() as connection:
            return [connection.execute(f"select * from {table} order by all").fetchall() for table in ("fact", "fact_evidence")]


def of(known: list[Fact], predicate: str) -> Fact:
    return [fact for fact in known if fact.predicate == predicate][-1]


def as_modelled(fact: Fact) -> Held:
    said = tuple((evidence.quote, evidence.said_at) for evidence in fact.evidence)
    return Held(
        fact.id, fact.predicate, fact.value, fact.created_at, fact.valid_at, fact.invalid_at, fact.expired_at is None,
        fact.pinned, said,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(STORES))
def test_whatever_is_told_and_undone_the_facts_are_those_of_a_plain_model(database, now, seed):
    life = Life(database, seed, now)
    for _ in range(STEPS // 3):
        life.step()
    beginning, last = life.rows(), len(life.model.changes)

    for _ in range(STEPS):
        life.step()
        assert {fact.id: as_modelled(fact) for fact in life.facts.all()} == life.model.facts
        assert {fact.id for fact in life.facts.current()} == {id for id, fact in life.model.facts.items() if fact.current}

    for year in range(FIRST_YEAR, THIS_YEAR + 2):
        for moment in (datetime(year, 1, 1, tzinfo=UTC), datetime(year, life.random.randint(2, 12), 17, tzinfo=UTC)):
            told = {(fact.id, fact.value) for fact in life.facts.as_of(moment)}
            assert told == {(fact.id, fact.value) for fact in life.model.facts.values() if fact.holds(moment)}

    for place in reversed(range(last, len(life.model.changes))):
        life.undoing.undo(f"c{place + 1}") if not life.model.undone(place) else None
        if not life.model.undone(place):
            life.model.undo(place)
    assert life.rows() == beginning


@pytest.mark.parametrize("seed", range(0, STORES, 5))
def test_whatever_was_undone_undoing_the_undos_brings_back_exactly(database, now, seed):
    life = Life(database, seed, now)
    for _ in range(STEPS):
        life.step()
    end, held = life.rows(), life.facts.all()
    undone = [
        life.undoing.undo(f"c{place + 1}").id
        for place in reversed(range(len(life.model.changes)))
        if not (life.model.undone(place) or life.model.changes[place][1] is not None)
    ]
    beginning = life.rows()
    redone = [life.undoing.undo(change).id for change in reversed(undone)]

    assert beginning == [[], []]
    assert (life.rows(), life.facts.all()) == (end, held)
    for change in reversed(redone):
        life.undoing.undo(change)
    assert life.rows() == beginning


def test_undo_after_undo_goes_back_to_a_store_without_facts(database, now):
    life = Life(database, 1, now)
    for _ in range(STEPS):
        life.step()
    standing = [change for change in ChangeStore(database).list(limit=1000) if not (change.undone or change.undoes)]
    for _ in standing:
        life.undoing.undo()

    assert life.rows() == [[], []]
    with pytest.raises(NotFound, match="no change to take back"):
        life.undoing.undo()
