"""The ledger of searches: what each one found, what went into the prompt, what was dropped and why."""

from __future__ import annotations

import json
from datetime import datetime

from mem.records import Hit, Retrieval, Route, TimeRange, to_json
from mem.stores.database import Database, from_db, next_id, next_value, to_db


class RetrievalStore:
    """Searches made for turns, by turn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, retrieval: Retrieval) -> Retrieval:
        """Keeps a search with all its hits, dropped ones too."""
        now = self._database.now()
        with self._database.write() as connection:
            id = next_id(connection, "r")
            connection.execute(
                "insert into retrieval values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    id, next_value(connection, "seq"), retrieval.turn, retrieval.query, json.dumps(to_json(retrieval.route)),
                    to_db(now), retrieval.milliseconds, retrieval.candidates, retrieval.notice,
                ],
            )  # fmt: skip
            for place, hit in enumerate((*retrieval.hits, *retrieval.dropped)):
                connection.execute(
                    "insert into retrieval_hit values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        id, place, hit.id, hit.kind, hit.text, to_db(hit.happened_at), hit.score, hit.distance, hit.words,
                        hit.injected, hit.dropped, hit.source, hit.session,
                        hit.superseded,
                    ],
                )  # fmt: skip
        return Retrieval(
            retrieval.query, retrieval.route, retrieval.hits, retrieval.milliseconds, retrieval.dropped,
            retrieval.candidates, retrieval.turn, id, retrieval.notice,
        )  # fmt: skip

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


def _route(text: str) -> Route:
    raw = json.loads(text)
    time_range = raw["time_range"]
    if time_range is not None:
        start, end = (time_range[key] and datetime.fromisoformat(time_range[key]) for key in ("start", "end"))
        time_range = TimeRange(start, end, time_range["phrase"])
    return Route(**{**raw, "tiers": tuple(raw["tiers"]), "time_range": time_range})
