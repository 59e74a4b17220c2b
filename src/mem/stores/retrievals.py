"""The ledger of searches: what each one found, what went into the prompt, what was dropped and why."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mem.errors import NotFound, StoreError
from mem.records import FLOOR, Hit, Prompt, Retrieval, Route, TimeRange, to_json
from mem.redaction import mask
from mem.statements import is_question
from mem.stores.database import Connection, Database, from_db, next_id, next_value, to_db
from mem.stores.derived import TELL_NOTHING
from mem.stores.last_prompt import keep_prompt
from mem.text import shorten
from mem.words import stemmed

DROPPED_LIMIT = 20
DROPPED_CHARS = 600
TURNLESS_KEPT = 1000
HIT_PLACES = f"({', '.join('?' * 15)})"
HITS = """
select item, kind, text, happened_at, score, distance, words, session, source, dropped, injected, superseded, relevance
from retrieval_hit
where retrieval = ?
order by place
"""
# A hit that was dropped for another reason than these was worth giving: what it says stood in the prompt, or had no room there.
NO_ANSWER = ("only a question", "superseded")
SEARCHES = f"""
select r.id, r.seq, r.turn, r.query, r.route, r.created_at, r.milliseconds, r.candidates, r.notice, r.prompt_tokens,
    count(h.item) filter (h.dropped = ''), count(h.item) filter (h.injected),
    count(h.item) filter (h.dropped = '' or (h.relevance >= {FLOOR} and not list_contains($3, h.dropped))) > 0,
    min(h.distance)
from retrieval r left join retrieval_hit h on h.retrieval = r.id
where r.created_at >= coalesce($1, r.created_at)
group by all
order by r.seq desc
limit $2
"""
# What had been said or filed before a search, in other turns, with a word that begins like one of the search.
TOLD = """
select episode, text from document
where seq < $1 and ($2 = '' or turn <> $2) and part <> 'answer'
    and len(list_filter($3, lambda beginning: contains(lower(text), beginning))) > 0
order by seq desc
limit 2000
"""
LEAST_BEGINNING = 3
RARE_DOCUMENTS = 3
RARE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Search:
    """One line of the ledger, without its hits. `turn` is empty where no turn was made of it (`mem recall`).

    `found`: something answered, also where the prompt had it already or had no room for it. `distance`: of the nearest.
    """

    id: str
    seq: int
    turn: str
    query: str
    route: Route
    at: datetime
    milliseconds: float
    candidates: int
    notice: str
    prompt_tokens: int | None
    retrieved: int
    injected: int
    found: bool
    distance: float | None

    @property
    def asks_about_past(self) -> bool:
        """Whether only memory could have answered: the route says so, and the text is not a statement."""
        route = self.route
        named = route.asks_memory or route.about_talk or route.about_past or route.time_range is not None
        return named and (not self.turn or is_question(self.query))


class RetrievalStore:
    """Every search that was made: for turns, by turn, and without one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self, retrieval: Retrieval, *, prompt_tokens: int | None = None, prompt: Prompt | None = None
    ) -> Retrieval:
        """Keeps a search with its hits, and shortened the best of those that were dropped; returns what it keeps.

        `prompt`: what is about to be sent to the model; the last one is kept.
        """
        now = self._database.now()
        retrieval = replace(retrieval, dropped=_worth_keeping(retrieval.dropped))
        hits = (*retrieval.hits, *retrieval.dropped)
        with self._database.write() as connection:
            id, seq = next_id(connection, "r"), next_value(connection, "seq")
            connection.execute(
                "insert into retrieval values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    id, seq, retrieval.turn, mask(retrieval.query).text, json.dumps(to_json(retrieval.route)),
                    to_db(now), retrieval.milliseconds, retrieval.candidates, retrieval.notice, prompt_tokens,
                ],
            )  # fmt: skip
            if hits:
                # One statement: all others wait for the profile's lock meanwhile.
                connection.execute(
                    f"insert into retrieval_hit values {', '.join([HIT_PLACES] * len(hits))}",
                    [value for place, hit in enumerate(hits) for value in _hit_row(id, place, hit)],
                )
            if prompt is not None:
                keep_prompt(connection, retrieval.turn, now, prompt)
            if not retrieval.turn and int(id[1:]) % 100 == 0:
                _drop_oldest_turnless(connection)
        return replace(retrieval, id=id)

    def save_if_possible(self, retrieval: Retrieval) -> Retrieval:
        """`save` for a search that nothing depends on: where the ledger cannot be written, the search says so in its notice."""
        try:
            return self.save(retrieval)
        except StoreError as error:
            told = f"this search is not in the ledger: {error}"
            return replace(retrieval, notice=f"{retrieval.notice}; {told}" if retrieval.notice else told)

    def recent(self, *, limit: int = 1000, since: datetime | None = None) -> list[Search]:
        """The newest searches first."""
        with self._database.read() as connection:
            return read_searches(connection, limit=limit, since=since)

    def silent(self, *, limit: int = 1000, since: datetime | None = None) -> list[Search]:
        """Those of the recent searches that asked about the past and found nothing, the newest first."""
        return [search for search in self.recent(limit=limit, since=since) if search.asks_about_past and not search.found]

    def distances(self, *, limit: int = 1000, since: datetime | None = None) -> list[float]:
        """How far the nearest memory was in each of the recent searches that compared vectors, the newest first."""
        recent = self.recent(limit=limit, since=since)
        return [search.distance for search in recent if search.distance is not None]

    def told_before(self, search: Search) -> tuple[str, tuple[str, ...]]:
        """A memory from before a search that has most of its telling words, one of them rare: its id, and those words;
        nothing where there is none. Only the database is asked, never the index."""
        telling = [word.casefold() for word in _words(search.query) if len(word) >= LEAST_BEGINNING]
        wanted = {stem: word for word in telling if word not in TELL_NOTHING for stem in stemmed([word])}
        beginnings = [stem[: max(LEAST_BEGINNING, len(stem) - 1)] for stem in wanted]
        with self._database.read() as connection:
            rows = connection.execute(TOLD, [search.seq, search.turn, beginnings]).fetchall()
            documents = connection.execute("select count(*) from document").fetchone()
        shared = {episode: wanted.keys() & stemmed(_words(text)) for episode, text in rows if not is_question(text)}
        common = max(RARE_DOCUMENTS, RARE_SHARE * (documents[0] if documents else 0))
        rare = {stem for stem in wanted if sum(stem in stems for stems in shared.values()) <= common}
        best = max(shared, key=lambda episode: len(shared[episode]), default="")
        if not best or not shared[best] & rare or len(shared[best]) <= len(wanted) / 2:
            return "", ()
        return best, tuple(word for stem, word in wanted.items() if stem in shared[best])

    def of_turn(self, turn: str) -> Retrieval | None:
        """The search made before a turn was answered, or None where there was none."""
        return self._one("turn = ? order by seq desc limit 1", turn)

    def get(self, id: str) -> Retrieval:
        """One search by its id, or NotFound."""
        if found := self._one("id = ?", id):
            return found
        raise NotFound(f"there is no search {id[:40]!r}: it was forgotten, or is too old to be kept")

    def _one(self, clause: str, key: str) -> Retrieval | None:
        with self._database.read() as connection:
            row = connection.execute(
                f"select id, turn, query, route, milliseconds, candidates, notice from retrieval where {clause}", [key]
            ).fetchone()
            if row is None:
                return None
            hits = connection.execute(HITS, [row[0]]).fetchall()
        records = [
            replace(Hit(item, kind, text, from_db(at), *measured), relevance=relevance)
            for item, kind, text, at, *measured, relevance in hits
        ]
        id, turn, query, route, milliseconds, candidates, notice = row
        return Retrieval(
            query,
            _route(route),
            tuple(hit for hit in records if not hit.dropped),
            milliseconds,
            tuple(hit for hit in records if hit.dropped),
            candidates,
            turn,
            id,
            notice,
        )


def read_searches(connection: Connection, *, limit: int, since: datetime | None = None) -> list[Search]:
    """`RetrievalStore.recent`, inside another transaction."""
    return [_search(row) for row in connection.execute(SEARCHES, [to_db(since), limit, list(NO_ANSWER)]).fetchall()]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


def _search(row: Sequence[Any]) -> Search:
    id, seq, turn, query, route, at, *measured = row
    return Search(id, seq, turn, query, _route(route), from_db(at), *measured)


def _drop_oldest_turnless(connection: Connection) -> None:
    """Searches without a turn are kept for statistics alone: a program that makes thousands must not fill the disk."""
    connection.execute(
        "delete from retrieval where turn = '' and seq not in "
        "(select seq from retrieval where turn = '' order by seq desc limit ?)",
        [TURNLESS_KEPT],
    )
    connection.execute("delete from retrieval_hit where retrieval not in (select id from retrieval)")


def _worth_keeping(dropped: Sequence[Hit]) -> tuple[Hit, ...]:
    """The best dropped hits in their order, each with as much of its text as a person reads."""
    best = sorted(range(len(dropped)), key=lambda place: -dropped[place].score)[:DROPPED_LIMIT]
    return tuple(
        replace(hit, text=shorten(hit.text, DROPPED_CHARS)) if len(hit.text) > DROPPED_CHARS else hit
        for hit in (dropped[place] for place in sorted(best))
    )


def _hit_row(retrieval: str, place: int, hit: Hit) -> tuple[Any, ...]:
    return (
        retrieval, place, hit.id, hit.kind, hit.text, to_db(hit.happened_at), hit.score, hit.distance, hit.words,
        hit.injected, hit.dropped, hit.source, hit.session, hit.superseded, hit.relevance,
    )  # fmt: skip


def _route(text: str) -> Route:
    raw = json.loads(text)
    time_range = raw["time_range"]
    if time_range is not None:
        start, end = (time_range[key] and datetime.fromisoformat(time_range[key]) for key in ("start", "end"))
        time_range = TimeRange(start, end, time_range["phrase"])
    return Route(**{**raw, "tiers": tuple(raw["tiers"]), "time_range": time_range})
