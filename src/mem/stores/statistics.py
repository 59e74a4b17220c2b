"""How memory and retrieval did over time: read from the ledger and the tables in one go, for `mem stats`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from mem.stores.database import Connection, Database, from_db, to_db
from mem.stores.pending import tokens_of_day
from mem.stores.probes import ProbeRun, read_runs
from mem.stores.retrievals import Search, read_searches

DAYS = 30
SEARCHES_READ = 5000
RUNS = 50
TURNS_SHOWN = 300
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
BUDGET = "select coalesce(max(budget_tokens), 0) from last_prompt"
# In order, the largest prompt of every so many turns, so that there are not more of them than can be drawn.
PROMPTS = """
with sent as (
    select row_number() over (order by seq) as turn, count(*) over () as turns, prompt_tokens
    from retrieval where prompt_tokens is not null
)
select max(turn), max(prompt_tokens)
from sent
group by (turn - 1) // greatest(1, ceil(turns / $1))
order by 1
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
class SearchDay:
    """The searches of a day."""

    at: datetime
    searches: int
    found_nothing: int
    milliseconds: Spread


@dataclass(frozen=True, slots=True)
class PromptSize:
    """How many tokens the prompt of a turn had; `turn` counts them from the first on."""

    turn: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What `mem stats` shows. Searches, times and tokens are those of the last `days`.

    `writer_tokens_today`: what the memory writer asked a remote model for; `extract_tokens_per_day` is its limit.
    `silent`: questions about the past that found nothing; they are among `found_nothing`. `prompts`: of all turns, in the
    order in which they were, or the largest of every few; `budget_tokens`: their limit as it was last, 0 where unknown.
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
    searches_by_day: tuple[SearchDay, ...] = ()
    prompts: tuple[PromptSize, ...] = ()
    budget_tokens: int = 0

    @property
    def empty(self) -> bool:
        return not (self.growth or self.searches or self.runs)


def read_statistics(database: Database) -> Statistics:
    """Everything at one moment."""
    since = database.now() - timedelta(days=DAYS)
    with database.read() as connection:
        searches = read_searches(connection, limit=SEARCHES_READ, since=since)
        p50_ms, p95_ms, p50_tokens, p95_tokens = _one(connection, MEASURED, to_db(since))
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
            searches_by_day=_by_day(searches),
            prompts=tuple(PromptSize(*row) for row in connection.execute(PROMPTS, [TURNS_SHOWN]).fetchall()),
            budget_tokens=int(_one(connection, BUDGET)[0]),
        )


def _by_day(searches: Sequence[Search]) -> tuple[SearchDay, ...]:
    """The oldest day first, in local time."""
    days: dict[date, list[Search]] = {}
    for search in reversed(searches):
        days.setdefault(search.at.astimezone().date(), []).append(search)
    return tuple(
        SearchDay(those[0].at, len(those), sum(not search.found for search in those), _spread(those))
        for _, those in sorted(days.items())
    )


def _spread(searches: Sequence[Search]) -> Spread:
    taken = sorted(search.milliseconds for search in searches)
    return Spread(taken[len(taken) // 2], taken[min(len(taken) - 1, round(0.95 * (len(taken) - 1)))])


def _growth(connection: Connection) -> tuple[Day, ...]:
    days: list[Day] = []
    episodes = facts = 0
    for day, more_episodes, more_facts in connection.execute(GROWTH).fetchall():
        episodes, facts = episodes + int(more_episodes), facts + int(more_facts)
        days.append(Day(from_db(day), episodes, facts))
    return tuple(days)


def _one(connection: Connection, sql: str, *parameters: object) -> tuple[Any, ...]:
    row = connection.execute(sql, list(parameters)).fetchone()
    assert row is not None
    return tuple(row)
