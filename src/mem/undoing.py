"""Taking changes back. A change is all that one transaction did (`c12`); its events tell of each item what it was before and
after, so taking it back puts every item back to `before`, and taking that back puts it to `after` again.

How a part of memory takes part in it: it logs what it does, in its own transaction, with

    log_event(connection, now, actor, action, item, turn="", before=STATE | None, after=STATE | None, episodes=[ids])

`item` names what is changed: an id such as `f3` (its kind is the letter, `f`), or `kind:name` such as `core:human` (its kind
is what stands before the colon). A state is any text, None where the item is not there. `episodes` are those whose
words stand in the states: when one of them is forgotten, the states are emptied, and the change can no longer be taken back.
For each kind of item there is one

    Kind(read(connection, item) -> STATE | None, put(connection, item, STATE | None), refuse(connection, item) -> item or "",
         keep(connection, item) -> (STATE, episodes))

`read` gives the state as it is now: it equals what the event kept unless the item was changed since (then the undo is
refused, naming the change that did it). `put` makes it so, in the transaction of the undo. `refuse`, after all is put back,
names another item that stands in the way (of a fact: the one that has its place). A kind that this module does not know is
passed in by `mem.parts`: Undoing(database, index, {**KINDS, "consolidation": consolidation.KIND}). One event is enough for a
whole consolidation: item `consolidation:k1`, before None, after a text that tells it from others; `put` gets None to take it
back. What would be too much to keep of each is kept when it is taken back, as the `before` of that: the whole state that `put`
needs to do it again is what `keep` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mem.errors import InputError, MemError, NotFound
from mem.stores import fact_states
from mem.stores.changes import Change, Step, latest_of, read_change, read_changes, undone_changes
from mem.stores.core_memory import put_block, read_block
from mem.stores.database import Connection, Database
from mem.stores.episode_states import put_episode, read_episode, read_from
from mem.stores.episodes import EpisodeIndex
from mem.stores.events import log_event
from mem.stores.reviews import put_review, read_review

NEWEST = "select change from event where change <> '' group by change order by max(seq) desc limit ? offset ?"
WAS_UNDONE_BY = "select change from event where undoes = ? order by seq desc limit 1"
LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """How the items of one kind are read and put back, each in the caller's transaction."""

    read: Callable[[Connection, str], str | None]
    put: Callable[[Connection, str, str | None], None]
    refuse: Callable[[Connection, str], str] = lambda connection, item: ""
    keep: Callable[[Connection, str], tuple[str, tuple[str, ...]]] | None = None


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "f": Kind(fact_states.read_state, fact_states.put_state, fact_states.in_the_way),
        "e": Kind(read_episode, put_episode, read_from),
        "core": Kind(read_block, put_block),
        "w": Kind(read_review, put_review),
    }
)


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """The change to be taken back, and what that does: of each step `before` is now, and `after` what it becomes."""

    change: Change
    steps: tuple[Step, ...]


class Undoing:
    """Takes changes back, one at a time, each in one transaction that is a change itself."""

    def __init__(self, database: Database, index: Callable[[], EpisodeIndex], kinds: Mapping[str, Kind] = KINDS) -> None:
        self._database = database
        self._index = index
        self._kinds = kinds

    def plan(self, id: str | None = None) -> UndoPlan:
        """What taking back a change would do; the last one that still stands, by default. Changes nothing.

        InputError names what is in the way: a later change, or a forget.
        """
        with self._database.write() as connection:
            plan = self._plan(connection, id)
            self._put_back(connection, plan)  # a rehearsal: what stands in the way shows only when all is put back
            connection.execute("rollback")
            connection.execute("begin")
        return plan

    def undo(self, id: str | None = None, *, actor: str = "user") -> Change:
        """Takes a change back, and returns the change that this is."""
        with self._database.write() as connection:
            plan = self._plan(connection, id)
            self._put_back(connection, plan)
            for step in plan.steps:
                kind = self._kind(step.item)
                log_event(
                    connection, self._database.now(), actor, "undo", step.item, turn=step.turn, before=step.before,
                    after=kind.read(connection, step.item) if kind.keep else step.after,
                    undoes=plan.change.id, episodes=step.episodes,
                )  # fmt: skip
            done = _newest(connection)
        self._make_findable(plan)
        return done

    def _plan(self, connection: Connection, id: str | None) -> UndoPlan:
        change = _last_standing(connection) if id is None else read_change(connection, id)
        if change.undone:
            row = connection.execute(WAS_UNDONE_BY, [change.id]).fetchone()
            by = row[0] if row else ""
            raise InputError(f"{change.id} was taken back already, by {by}; to bring it back: mem undo {by}")
        forgotten = [step.item for step in change.steps if step.action == "forget"]
        if forgotten:
            raise InputError(_forgotten_for_good(connection, change, forgotten))
        steps = (self._inverse(connection, change, item) for item in dict.fromkeys(step.item for step in change.steps))
        return UndoPlan(change, tuple(steps)[::-1])

    def _put_back(self, connection: Connection, plan: UndoPlan) -> None:
        for step in plan.steps:
            self._kind(step.item).put(connection, step.item, step.after)
        for step in plan.steps:
            if other := self._kind(step.item).refuse(connection, step.item):
                raise _refused(plan.change.id, other, latest_of(connection, other))

    def _inverse(self, connection: Connection, change: Change, item: str) -> Step:
        """The step that puts one item back; InputError where it is no longer as the change left it."""
        steps = [step for step in change.steps if step.item == item]
        first, last = steps[0], steps[-1]
        now = self._kind(item).read(connection, item)
        filed = first.before is None and last.after is None and item[0] == "e"  # its text is kept once, in its row
        if not filed and first.before is None and last.after is None:
            raise InputError(f"{change.id} cannot be taken back: words that {item} came from were forgotten since")
        if (now is None or latest_of(connection, item) != change) if filed else now != last.after:
            if item[0] == "f" and not fact_states.can_be_put([first.before, last.after]):
                raise InputError(f"{change.id} was made by an older mem, which kept too little to take it back")
            raise _refused(change.id, item, latest_of(connection, item))
        episodes = (item,) if item[0] == "e" else tuple(dict.fromkeys(id for step in steps for id in step.episodes))
        if keep := self._kind(item).keep:
            now, episodes = keep(connection, item) if now is not None else (None, ())
        return Step("user", "undo", item, last.turn, now, first.before, episodes)

    def _kind(self, item: str) -> Kind:
        kind = item.partition(":")[0] if ":" in item else item[:1]
        if kind not in self._kinds:
            raise InputError(f"nothing is known about how to take back a change of {item[:40]!r}; nothing was changed")
        return self._kinds[kind]

    def _make_findable(self, plan: UndoPlan) -> None:
        """A memory that is there again, and a summary, enters the search index like a new one."""
        if any((step.item[0] == "e" or self._kind(step.item).keep) and step.after is not None for step in plan.steps):
            try:
                self._index().catch_up()
            except MemError as error:
                self._database.notify(f"{plan.change.id} is taken back, but the index waits: {error}")


def _newest(connection: Connection) -> Change:
    row = connection.execute(NEWEST, [1, 0]).fetchone()
    assert row is not None
    return read_change(connection, row[0])


def _last_standing(connection: Connection) -> Change:
    """The newest change that was not taken back and takes nothing back itself."""
    gone, offset = undone_changes(connection), 0
    while found := [id for (id,) in connection.execute(NEWEST, [LOOKED_AT, offset]).fetchall()]:
        standing = (change for change in read_changes(connection, [id for id in found if id not in gone]) if not change.undoes)
        if change := next(standing, None):
            return change
        offset += LOOKED_AT
    raise NotFound("there is no change to take back")


def _forgotten_for_good(connection: Connection, change: Change, items: list[str]) -> str:
    told = f"{change.id} forgot {', '.join(items)} for good: it is in no log any more and cannot be brought back"
    found = [id for (id,) in connection.execute(NEWEST, [LOOKED_AT, 0]).fetchall()]
    older = found[found.index(change.id) + 1 :] if change.id in found else []
    earlier = (other for other in read_changes(connection, older) if not other.undone and not other.undoes)
    before = next((other.id for other in earlier if all(step.action != "forget" for step in other.steps)), "")
    return f"{told}; the change before it: mem undo {before}" if before else told


def _refused(id: str, item: str, later: Change | None) -> InputError:
    if later is None or later.id == id:
        return InputError(f"{id} cannot be taken back: {item} is not as it left it, since something was forgotten")
    return InputError(f"{id} cannot be taken back while {later.id} stands, which concerns {item}: first mem undo {later.id}")
