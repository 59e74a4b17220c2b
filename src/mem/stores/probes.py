"""The probes of `mem eval self`: questions whose answer is known to be in memory, and the scores of each run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from mem.stores.database import Connection, Database, from_db, next_id, next_value, to_db

ProbeOrigin = Literal["self", "good", "bad"]
# A probe is over when nothing that it expects is there any more, or when all the facts it expects have ended.
RETIRE = """
update probe set retired_at = ?
where retired_at is null and (
    not exists(select 1 from episode where list_contains(expected, id))
        and not exists(select 1 from fact where list_contains(expected, id))
    or exists(select 1 from fact where list_contains(expected, id)) and not exists(
        select 1 from fact where list_contains(expected, id) and invalid_at is null and expired_at is null
    )
)
"""
# What is archived is found by what stands in its place.
EXPECTED = """
expected || coalesce((
    select list(distinct stands_in order by stands_in) from archived where list_contains(expected, episode) and stands_in <> ''
), [])
"""
# The user's own words and what was filed, of what is in the search index, evenly over all of time.
STATEMENTS = """
select id, text
from (
    select id, seq, text, row_number() over (order by seq) - 1 as place, count(*) over () as total
    from episode
    where kind <> 'summary' and length(text) between 20 and 20000 and id not in (select episode from archived)
)
where place % greatest(1, total // $1) = 0
order by seq
limit $1
"""


@dataclass(frozen=True, slots=True)
class Statement:
    """The text of an episode, as probes are made from it."""

    episode: str
    text: str


@dataclass(frozen=True, slots=True)
class Probe:
    """A question, and the memories of which at least one must be found for it.

    `origin`: made from the user's own memories, or from an answer that the user called good or bad. `turn`: where the
    question was asked, if it was; what was said in it is no answer to it.
    """

    question: str
    expected: tuple[str, ...]
    origin: ProbeOrigin = "self"
    turn: str = ""
    id: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class ProbeRun:
    """The scores of one run. `ranks`: by probe id, where the first expected memory stood; 0 where none was found."""

    at: datetime
    embedder: str
    metrics: Mapping[str, float]
    ranks: Mapping[str, int]
    reranker: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


class ProbeStore:
    """Probes and runs of one profile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def active(self) -> list[Probe]:
        """The probes that are in use, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"select question, {EXPECTED}, origin, turn, id, seq from probe where retired_at is null order by seq"
            ).fetchall()
        return [Probe(question, tuple(expected), *rest) for question, expected, *rest in rows]

    def add(self, probes: Sequence[Probe]) -> None:
        """Keeps these probes, all or none."""
        with self._database.write() as connection:
            for probe in probes:
                insert_probe(connection, probe, self._database.now())

    def replace_own(self, probes: Sequence[Probe]) -> None:
        """Keeps these probes in the place of all that were made from the user's memories."""
        with self._database.write() as connection:
            connection.execute("delete from probe where origin = 'self'")
            for probe in probes:
                insert_probe(connection, probe, self._database.now())

    def statements(self, *, limit: int) -> list[Statement]:
        """At most `limit` texts that probes can be made from, spread over time, oldest first."""
        with self._database.read() as connection:
            return [Statement(id, text) for id, text in connection.execute(STATEMENTS, [limit]).fetchall()]

    def retire(self) -> None:
        """Takes out of use what can be answered no more."""
        with self._database.write() as connection:
            connection.execute(RETIRE, [to_db(self._database.now())])

    def save_run(self, run: ProbeRun) -> None:
        """Keeps the scores of a run."""
        with self._database.write() as connection:
            connection.execute(
                "insert into probe_run values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    next_value(connection, "seq"), to_db(run.at), run.embedder, run.reranker, json.dumps(dict(run.settings)),
                    json.dumps(dict(run.metrics)), json.dumps(dict(run.ranks)), len(run.ranks),
                ],
            )  # fmt: skip

    def runs(self, *, limit: int = 100) -> list[ProbeRun]:
        """The newest runs, the oldest of them first."""
        with self._database.read() as connection:
            return read_runs(connection, limit=limit)


def insert_probe(connection: Connection, probe: Probe, now: datetime) -> str:
    """A new probe in the caller's transaction; its id."""
    id = next_id(connection, "q")
    connection.execute(
        "insert into probe values (?, ?, ?, ?, ?, ?, ?, null)",
        [id, next_value(connection, "seq"), probe.question, list(probe.expected), probe.origin, probe.turn, to_db(now)],
    )
    return id


def read_runs(connection: Connection, *, limit: int) -> list[ProbeRun]:
    """`ProbeStore.runs`, inside another transaction."""
    rows = connection.execute(
        "select happened_at, embedder, metrics, ranks, reranker, settings from probe_run order by seq desc limit ?", [limit]
    ).fetchall()
    return [
        ProbeRun(from_db(at), embedder, json.loads(metrics), json.loads(ranks), reranker, json.loads(settings))
        for at, embedder, metrics, ranks, reranker, settings in reversed(rows)
    ]
