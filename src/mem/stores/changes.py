"""The log of changes, read: which there were, what of each still stands, and what differs between then and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mem.errors import NotFound
from mem.records import Episode, Fact
from mem.stores.database import Connection, Database, from_db, to_db
from mem.stores.episode_states import episode_of_state
from mem.stores.fact_states import fact_of_state

SELECT = """
select change, happened_at, actor, action, item, turn, before, after, undoes, episodes,
    (select text from episode where id = event.item and kind <> 'turn')
from event
"""
CHANGES = """
select change from event
where change <> '' and ($1 is null or happened_at >= $1) and ($2 is null or happened_at < $2) and ($3 is null or item = $3)
group by change
order by max(seq) desc
limit $4
"""
GONE = SELECT + "where item = ? and action = 'undo' and after is null and before is not null order by seq desc limit 1"
UNDOINGS = "select change, any_value(undoes) from event where undoes <> '' group by change order by max(seq) desc"
END_OF_TIME = datetime.max.replace(tzinfo=UTC)
SINCE = SELECT + "where happened_at >= ? and happened_at < ? and item similar to 'f[0-9]+' order by seq"


@dataclass(frozen=True, slots=True)
class Step:
    """What a change did to one item: the state before and after, None where it was not there. `text`: of a memory, as it
    is now."""

    actor: str
    action: str
    item: str
    turn: str = ""
    before: str | None = None
    after: str | None = None
    episodes: tuple[str, ...] = ()
    text: str = ""

    @property
    def fact_before(self) -> Fact | None:
        return fact_of_state(self.before) if self.item[0] == "f" else None

    @property
    def fact_after(self) -> Fact | None:
        return fact_of_state(self.after) if self.item[0] == "f" else None


@dataclass(frozen=True, slots=True)
class Change:
    """All that one transaction changed. `undoes`: the change that it took back; `undone`: whether it was taken back."""

    id: str
    at: datetime
    steps: tuple[Step, ...]
    undoes: str = ""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class FactDiff:
    """The facts held true now and not then, those held then and not now, and those with another value in their place."""

    added: tuple[Fact, ...] = ()
    ended: tuple[Fact, ...] = ()
    changed: tuple[tuple[Fact, Fact], ...] = ()


class ChangeStore:
    """Reads the log; nothing here writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self, *, since: datetime | None = None, until: datetime | None = None, item: str | None = None, limit: int = 20
    ) -> list[Change]:
        """The newest changes first, of one item or of all."""
        with self._database.read() as connection:
            found = connection.execute(CHANGES, [to_db(since), to_db(until), item, limit]).fetchall()
            return read_changes(connection, [id for (id,) in found])

    def get(self, id: str) -> Change:
        """One change, or NotFound."""
        with self._database.read() as connection:
            return read_change(connection, id)

    def diff(self, since: datetime, until: datetime | None = None) -> FactDiff:
        """What the facts held true at `until` have that those at `since` had not, and the other way round."""
        with self._database.read() as connection:
            rows = connection.execute(SINCE, [to_db(since), to_db(until or END_OF_TIME)]).fetchall()
        steps = [_step(row) for row in rows]
        first = {step.item: step.fact_before for step in reversed(steps)}
        last = {step.item: step.fact_after for step in steps}
        return _compare([(first[item], last[item]) for item in last])


def read_change(connection: Connection, id: str) -> Change:
    """`ChangeStore.get`, inside another transaction."""
    if found := read_changes(connection, [id]):
        return found[0]
    raise NotFound(f"there is no change {id[:40]!r}; see them with: mem log")


def read_changes(connection: Connection, ids: Sequence[str]) -> list[Change]:
    """The changes of these ids that there are, in this order."""
    rows = connection.execute(SELECT + "where list_contains(?, change) order by seq", [[*ids]]).fetchall()
    gone = undone_changes(connection)
    by_change: dict[str, list[Any]] = {}
    for row in rows:
        by_change.setdefault(row[0], []).append(row)
    return [
        Change(id, from_db(found[0][1]), tuple(_step(row) for row in found), found[0][8], id in gone)
        for id in ids
        if (found := by_change.get(id))
    ]


def taken_back_fact(connection: Connection, id: str) -> Fact:
    """A fact that is not held any more because the change that made it was taken back; or NotFound."""
    step, at = _taken_back(connection, id, "fact")
    fact = step.fact_before
    assert fact is not None
    return replace(fact, expired_at=at)


def taken_back_episode(connection: Connection, id: str) -> Episode:
    """The same of a memory."""
    step, _ = _taken_back(connection, id, "memory")
    return episode_of_state(step.before or "{}")


def undone_changes(connection: Connection) -> set[str]:
    """The changes that were taken back, and not brought back since."""
    gone: set[str] = set()
    for change, undoes in connection.execute(UNDOINGS).fetchall():  # the newest first: what was brought back undoes nothing
        if change not in gone:
            gone.add(undoes)
    return gone


def latest_of(connection: Connection, item: str) -> Change | None:
    """The newest change of an item that still stands."""
    found = connection.execute(CHANGES, [None, None, item, 1000]).fetchall()
    standing = (change for change in read_changes(connection, [id for (id,) in found]) if not change.undone)
    return next((change for change in standing if not change.undoes), None)


def _taken_back(connection: Connection, id: str, kind: str) -> tuple[Step, datetime]:
    row = connection.execute(GONE, [id]).fetchone()
    if row is None:
        raise NotFound(f"there is no {kind} {id[:40]!r}; see what there is with: mem inspect{' facts' * (kind == 'fact')}")
    return _step(row), from_db(row[1])


def _compare(pairs: Sequence[tuple[Fact | None, Fact | None]]) -> FactDiff:
    added = [after for before, after in pairs if after and _is_news(after) and not (before and _is_news(before))]
    ended = [after or before for before, after in pairs if before and before.current and not (after and after.current)]
    kept = [(before, after) for before, after in pairs if before and after and before.current and after.current]
    changed = [(before, after) for before, after in kept if (before.value, before.pinned) != (after.value, after.pinned)]
    for new in [fact for fact in added if fact.current and fact.cardinality == "one"]:
        old = next((fact for fact in ended if fact and _slot(fact) == _slot(new)), None)
        if old is not None:
            changed.append((old, new))
            added.remove(new)
            ended.remove(old)
    return FactDiff(tuple(added), tuple(fact for fact in ended if fact), tuple(changed))


def _is_news(fact: Fact) -> bool:
    """Whether it is held true, or was told as something of the past."""
    told_as_past = fact.expired_at is None and fact.invalid_at is not None and fact.invalid_at <= fact.created_at
    return fact.current or told_as_past


def _slot(fact: Fact) -> tuple[str, str]:
    return fact.subject.lower(), fact.predicate


def _step(row: Sequence[Any]) -> Step:
    _, _, actor, action, item, turn, before, after, _, episodes, text = row
    return Step(actor, action, item, turn, before, after, tuple(episodes or ()), text or "")
