"""How memory and retrieval did over time: read from the ledger and the tables in one go, for `mem stats`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mem.stores.database import Connection, Database, from_db, to_db
from mem.stores.pending import tokens_of_day
from mem.stores.probes import ProbeRun, read_runs
from mem.stores.retrievals import read_searches

DAYS = 30
SEARCHES_READ = 5000
RUNS = 50
KINDS = "select kind, count(*) from episode group by kind order by count(*) desc, kind"
# By the day on which it came into memory, which is not always the day on which it happened.
GROWTH = """
select day, sum(episodes), sum(facts)
from (
    select date_trunc('day', created_at) as day, 1 as episodes, 0 as facts from episode
    union all
    select date_trunc('day', created_at), 0, 1 from fact
)
group by day
order by day
"""
MEASURED = """
select quantile_cont(milliseconds, 0.5), quantile_cont(milliseconds, 0.95),
    quantile_cont(prompt_tokens, 0.5), quantile_cont(prompt_tokens, 0.95)
from retrieval
where created_at >= ?
"""


@dataclass(frozen=True, slots=True)
class Day:
    """How many memories there were at the end of a day, of those that are still there."""

    at: datetime
    episodes: int
    facts: int


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle value, and the one that 95 of 100 do not exceed; None where nothing was measured."""

    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """What `mem stats` shows. Searches, times and tokens are those of the last `days`.

    `writer_tokens_today`: what the memory writer asked a remote model for; `extract_tokens_per_day` is its limit.
    `silent`: questions about the past that found nothing; they are among `found_nothing`.
    """

    episodes: Mapping[str, int]
    growth: tuple[Day, ...]
    days: int
    searches: int
    found_nothing: int
    silent: int
    milliseconds: Spread
    prompt_tokens: Spread
    verdicts: Mapping[str, int]
    runs: tuple[ProbeRun, ...]
    writer_tokens_today: int = 0

    @property
    def empty(self) -> bool:
        return not (self.growth or self.searches or self.runs)


def read_statistics(database: Database) -> Statistics:
    """Everything at one moment."""
    since = database.now() - timedelta(days=DAYS)
    with database.read() as connection:
        searches = read_searches(connection, limit=SEARCHES_READ, since=since)
        p50_ms, p95_ms, p50_tokens, p95_tokens = _one(connection, MEASURED, since)
        said = connection.execute("select verdict, count(*) from verdict group by verdict").fetchall()
        return Statistics(
            episodes={str(kind): int(count) for kind, count in connection.execute(KINDS).fetchall()},
            growth=_growth(connection),
            days=DAYS,
            searches=len(searches),
            found_nothing=sum(not search.found for search in searches),
            silent=sum(search.asks_about_past and not search.found for search in searches),
            milliseconds=Spread(p50_ms, p95_ms),
            prompt_tokens=Spread(p50_tokens, p95_tokens),
            verdicts={"good": 0, "bad": 0} | {str(verdict): int(count) for verdict, count in said},
            runs=tuple(read_runs(connection, limit=RUNS)),
            writer_tokens_today=tokens_of_day(connection, database.now()),
        )


def _growth(connection: Connection) -> tuple[Day, ...]:
    days: list[Day] = []
    episodes = facts = 0
    for day, more_episodes, more_facts in connection.execute(GROWTH).fetchall():
        episodes, facts = episodes + int(more_episodes), facts + int(more_facts)
        days.append(Day(from_db(day), episodes, facts))
    return tuple(days)


def _one(connection: Connection, sql: str, since: datetime) -> tuple[Any, ...]:
    row = connection.execute(sql, [to_db(since)]).fetchone()
    assert row is not None
    return tuple(row)
