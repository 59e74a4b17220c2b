"""What is archived and what stands in its place. An archived episode stays as it was; it only leaves the search index."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mem.errors import InputError
from mem.records import Document, Episode
from mem.stores.changes import latest_of
from mem.stores.database import Connection, Database, from_db, next_value, set_meta, to_db
from mem.stores.episode_states import read_episode
from mem.stores.events import log_event
from mem.stores.index_rows import to_document
from mem.stores.row_images import as_text, insert_rows, read_rows
from mem.words import stems

ACTIVE = "id not in (select episode from archived)"
TURNS = f"""
select id, seq, session, text, happened_at
from episode
where kind = 'turn' and happened_at < ? and {ACTIVE} and turn not in (select turn from pending)
order by session, seq
"""
DUE = f"select count(*) from episode where kind = 'turn' and happened_at < ? and {ACTIVE}"
NOTES = f"""
select id, text, tags, happened_at
from episode
where kind in ('archival', 'imported') and {ACTIVE} and (turn = '' or turn not in (select turn from pending))
order by seq
"""
MOST_OF_IT = 0.8
LEAST_DUE = 20  # turns, before it is worth the work
RESERVE = "update counter set value = value + ? where kind = ? returning value"
ARCHIVED = "select seq, episode, part, kind, session, turn, text, happened_at from archived_document"
TOLD_BY = f"{ARCHIVED} where part <> 'answer' and episode in (select episode from archived where stands_in = ?)"
SUMMARIES_OF = """
select distinct a.stands_in from archived a join episode e on e.id = a.stands_in and e.kind = 'summary'
where list_contains(?, a.episode)
order by all
"""
SOURCES = """
select a.episode from archived a join episode e on e.id = a.episode
where list_contains(?, a.stands_in)
order by e.seq
"""
# What of these episodes is archived now, and by which consolidation.
ARCHIVED_SINCE = "select episode, consolidation from archived where list_contains(?, episode) order by all limit 1"


@dataclass(frozen=True, slots=True)
class OldTurn:
    """What the user said in a turn, and when."""

    episode: str
    seq: int
    session: str
    text: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """A text that was filed or imported."""

    episode: str
    text: str
    tags: tuple[str, ...]
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: what it is archived for, and what it stands for itself; both may be empty."""

    stands_in: str = ""
    sources: tuple[str, ...] = ()


class SummaryStore:
    """Archived episodes of one profile, and the summaries in their place."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def turns(self, *, before: datetime) -> list[OldTurn]:
        """The turns in the search index that are older, by session, oldest first; not those that the writer still reads."""
        with self._database.read() as connection:
            rows = connection.execute(TURNS, [to_db(before)]).fetchall()
        return [OldTurn(id, seq, session, text, from_db(at)) for id, seq, session, text, at in rows]

    def due(self, *, before: datetime) -> int:
        """How many turns could be summarised."""
        with self._database.read() as connection:
            row = connection.execute(DUE, [to_db(before)]).fetchone()
        return int(row[0]) if row else 0

    def notes(self) -> list[Note]:
        """The notes in the search index, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(NOTES).fetchall()
        return [Note(id, text, tuple(tags), from_db(at)) for id, text, tags, at in rows]

    def archived(self, contains: Sequence[str]) -> list[Document]:
        """The archived documents that have any of these pieces of words, in lower case."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"{ARCHIVED} where len(list_filter(?, lambda piece: contains(lower(text), piece))) > 0 order by seq",
                [list(contains)],
            ).fetchall()
        return [to_document(row) for row in rows]

    def seqs(self, episodes: Sequence[str]) -> set[int]:
        """The documents of these episodes in the search index."""
        with self._database.read() as connection:
            rows = connection.execute("select seq from document where episode in (select unnest(?))", [list(episodes)])
            return {int(seq) for (seq,) in rows.fetchall()}

    def reserve(self, count: int, *, if_so: Callable[[Connection], bool]) -> tuple[list[str], list[int]] | None:
        """Ids and `seq` for so many new episodes, for good; None where `if_so` says no at that moment."""
        with self._database.write() as connection:
            if not if_so(connection):
                return None
            last_id, last_seq = (_reserve(connection, kind, count) for kind in ("e", "seq"))
        return [f"e{last_id - count + n}" for n in range(1, count + 1)], list(range(last_seq - count + 1, last_seq + 1))

    def tellers(self, summary: str, line: str) -> list[str]:
        """The archived episodes that a line of a summary tells of: those with most of its words."""
        with self._database.read() as connection:
            rows = connection.execute(TOLD_BY, [summary]).fetchall()
        said = stems(line)
        shared = {document.episode: len(stems(document.text) & said) for document in map(to_document, rows)}
        most = max(shared.values(), default=0)
        return [episode for episode, count in shared.items() if most and count >= MOST_OF_IT * most]

    def place(self, episode: str) -> Place:
        """What an episode is archived for, and what it stands for."""
        with self._database.read() as connection:
            row = connection.execute("select stands_in from archived where episode = ?", [episode]).fetchone()
            return Place(str(row[0]) if row else "", tuple(sources_of(connection, [episode])))


def archive(
    connection: Connection, summaries: Sequence[Episode], places: Mapping[str, str], counts: Mapping[str, int], now: datetime
) -> str:
    """Archives the episodes that are the keys of `places`, each for what stands in its place; the consolidation's id."""
    id = f"k{next_value(connection, 'k')}"
    for summary in summaries:
        connection.execute(
            "insert into episode (id, seq, kind, text, happened_at, session, turn, messages, tags, origin, created_at) "
            "values (?, ?, 'summary', ?, ?, ?, '', [], [], 'program', ?)",
            [summary.id, summary.seq, summary.text, to_db(summary.happened_at), summary.session, to_db(now)],
        )
    connection.execute(
        "insert into archived select unnest(?::varchar[]), unnest(?::varchar[]), ?", [list(places), list(places.values()), id]
    )
    log_event(connection, now, "user", "consolidate", f"consolidation:{id}", after=json.dumps(dict(counts)))
    return id


def read_consolidation(connection: Connection, item: str) -> str | None:
    """The state of `consolidation:k1` as the log has it; None where it was taken back."""
    row = connection.execute(
        "select max(after) from event where item = ? and action = 'consolidate' "
        "and exists(select 1 from archived where consolidation = ?)",
        [item, item.partition(":")[2]],
    ).fetchone()
    return None if row is None or row[0] is None else str(row[0])


def put_consolidation(connection: Connection, item: str, state: str | None) -> None:
    """Takes `consolidation:k1` back: its summaries go, and what it archived is as it was, and to be indexed again.

    With a `state` that `keep_consolidation` gave it is done again; InputError where something else was done since.
    """
    if state is not None:
        _put_back(connection, item.partition(":")[2], json.loads(state))
        return
    rows = connection.execute("select episode from archived where consolidation = ?", [item.partition(":")[2]]).fetchall()
    episodes = [str(episode) for (episode,) in rows]
    summaries = summaries_of(connection, episodes)
    bring_back(connection, episodes)
    connection.execute("insert into unindexed select seq from episode where list_contains(?, id)", [summaries])
    connection.execute("delete from episode where list_contains(?, id)", [summaries])


def keep_consolidation(connection: Connection, item: str) -> tuple[str, tuple[str, ...]]:
    """All that is needed to do a consolidation again after it was taken back, and the episodes whose words stand in that."""
    rows = connection.execute(
        "select episode, stands_in from archived where consolidation = ? order by all", [item.partition(":")[2]]
    ).fetchall()
    places = {str(episode): str(stands_in) for episode, stands_in in rows}
    summaries = summaries_of(connection, list(places))
    notes = [*places, *(place for place in places.values() if place and place not in summaries)]
    kept = {
        "archived": places,
        "summaries": read_rows(connection, "episode", "list_contains(?, id) order by seq", [summaries]),
        "notes": {id: note for id in dict.fromkeys(notes) if (note := read_episode(connection, id)) is not None},
    }
    return as_text(kept), (*places, *summaries)


def _put_back(connection: Connection, id: str, kept: Mapping[str, Any]) -> None:
    """Archives again what `keep_consolidation` kept. The summaries get new numbers, so that the index takes them as new."""
    if "archived" not in kept:
        raise InputError("an older mem took it back, and kept too little to do it again; nothing was changed: mem consolidate")
    places = kept["archived"]
    if other := connection.execute(ARCHIVED_SINCE, [list(places)]).fetchone():
        first = latest_of(connection, f"consolidation:{other[1]}")
        raise InputError(
            f"{other[0]} was consolidated again since; nothing was changed: first mem undo {first.id if first else 'that'}"
        )
    for note, text in kept["notes"].items():
        if read_episode(connection, note) != text:
            later = latest_of(connection, note)
            by = f", by {later.id}" if later else ""
            raise InputError(f"{note} was changed since{by}; nothing was changed, but it can be done anew: mem consolidate")
    numbered = [{**row, "seq": next_value(connection, "seq")} for row in kept["summaries"]]
    insert_rows(connection, "episode", numbered)
    connection.execute(
        "insert into archived select unnest(?::varchar[]), unnest(?::varchar[]), ?", [list(places), list(places.values()), id]
    )
    connection.execute(
        "insert into unindexed select seq from archived_document where episode in (select unnest(?::varchar[]))", [list(places)]
    )
    _give_up_building(connection)


def _give_up_building(connection: Connection) -> None:
    set_meta(connection, "index_building", "")
    set_meta(connection, "index_maintaining", "")


def bring_back(connection: Connection, episodes: Sequence[str]) -> None:
    """Takes episodes out of the archive; `catch_up` indexes them. An index that is being built is given up: it lacks them."""
    connection.execute(
        "insert into unindexed select seq from archived_document where episode in (select unnest(?::varchar[]))", [[*episodes]]
    )
    connection.execute("delete from archived where episode in (select unnest(?::varchar[]))", [[*episodes]])
    _give_up_building(connection)


def summaries_of(connection: Connection, episodes: Sequence[str]) -> list[str]:
    """The summaries that stand for any of these episodes."""
    return [str(id) for (id,) in connection.execute(SUMMARIES_OF, [list(episodes)]).fetchall()]


def sources_of(connection: Connection, episodes: Sequence[str]) -> list[str]:
    """What these summaries and notes stand for, oldest first."""
    return [str(id) for (id,) in connection.execute(SOURCES, [list(episodes)]).fetchall()]


def _reserve(connection: Connection, kind: str, count: int) -> int:
    row: Any = connection.execute(RESERVE, [count, kind]).fetchone()
    return int(row[0])
