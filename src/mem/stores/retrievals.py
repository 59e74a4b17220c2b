"""The ledger of searches: what each one found, what went into the prompt, what was dropped and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from mem.records import Hit, Retrieval, Route, TimeRange, to_json
from mem.stores.database import Database, from_db, next_id, next_value, to_db
from mem.text import shorten

DROPPED_LIMIT = 20
DROPPED_CHARS = 600


class RetrievalStore:
    """Searches made for turns, by turn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, retrieval: Retrieval) -> Retrieval:
        """Keeps a search with its hits, and shortened the best of those that were dropped; returns what it keeps."""
        now = self._database.now()
        retrieval = replace(retrieval, dropped=_worth_keeping(retrieval.dropped))
        hits = (*retrieval.hits, *retrieval.dropped)
        with self._database.write() as connection:
            id = next_id(connection, "r")
            connection.execute(
                "insert into retrieval values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    id, next_value(connection, "seq"), retrieval.turn, retrieval.query, json.dumps(to_json(retrieval.route)),
                    to_db(now), retrieval.milliseconds, retrieval.candidates, retrieval.notice,
                ],
            )  # fmt: skip
            if hits:
                # One statement: all others wait for the profile's lock meanwhile.
                connection.execute(
                    f"insert into retrieval_hit values {', '.join(['(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'] * len(hits))}",
                    [value for place, hit in enumerate(hits) for value in _hit_row(id, place, hit)],
                )
        return replace(retrieval, id=id)

    def of_turn(self, turn: str) -> Retrieval | None:
        """The search made before a turn was answered, or None where there was none."""
        with self._database.read() as connection:
            row = connection.execute(
                "select id, query, route, milliseconds, candidates, notice from retrieval "
                "where turn = ? order by seq desc limit 1",
                [turn],
            ).fetchone()
            if row is None:
                return None
            hits = connection.execute(
                "select item, kind, text, happened_at, score, distance, words, session, source, dropped, injected, superseded "
                "from retrieval_hit where retrieval = ? order by place",
                [row[0]],
            ).fetchall()
        records = [
            Hit(item, kind, text, from_db(at), score, distance, words, session, source, dropped, injected, superseded)
            for item, kind, text, at, score, distance, words, session, source, dropped, injected, superseded in hits
        ]
        id, query, route, milliseconds, candidates, notice = row
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
        hit.injected, hit.dropped, hit.source, hit.session, hit.superseded,
    )  # fmt: skip


def _route(text: str) -> Route:
    raw = json.loads(text)
    time_range = raw["time_range"]
    if time_range is not None:
        start, end = (time_range[key] and datetime.fromisoformat(time_range[key]) for key in ("start", "end"))
        time_range = TimeRange(start, end, time_range["phrase"])
    return Route(**{**raw, "tiers": tuple(raw["tiers"]), "time_range": time_range})
