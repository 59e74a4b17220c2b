"""Episodes in DuckDB: the truth that the search index is built from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from mem.errors import InputError, NotFound
from mem.records import Episode, EpisodeKind, Event, Origin
from mem.redaction import mask
from mem.stores.database import Connection, Database, from_db, next_value, next_values, to_db
from mem.stores.episode_states import read_episode
from mem.stores.events import change_id, log_event
from mem.stores.reviews import WAITING
from mem.stores.tombstones import buried_texts

SELECT = """
select e.id, e.seq, e.kind, e.text, e.happened_at, coalesce(m.text, ''), e.session, e.turn, e.tags, e.origin
from episode e left join message m on m.turn = e.turn and m.role = 'assistant' and m.tool_calls = '[]' and e.kind = 'turn'
"""

EPISODE_COLUMNS = {
    "id": "varchar", "seq": "bigint", "kind": "varchar", "text": "varchar", "happened_at": "timestamp", "session": "varchar",
    "turn": "varchar", "messages": "varchar[]", "tags": "varchar[]", "origin": "varchar", "created_at": "timestamp",
}  # fmt: skip
MESSAGE_COLUMNS = {
    "id": "varchar", "seq": "bigint", "session": "varchar", "turn": "varchar", "role": "varchar", "text": "varchar",
    "created_at": "timestamp", "origin": "varchar",
}  # fmt: skip
EVENT_COLUMNS = {
    "seq": "bigint", "happened_at": "timestamp", "actor": "varchar", "action": "varchar", "item": "varchar", "turn": "varchar",
    "change": "varchar",
}  # fmt: skip
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)  # when what others wrote happened, where nobody says
SEQS_OF_TURN = 3  # the user's message, the episode, the answer: in the order in which a conversation makes them


@dataclass(frozen=True, slots=True)
class Filing:
    """One of many texts to file. Of kind `turn`: the user's words and the answer to them, either of which may be empty."""

    text: str
    happened_at: datetime
    session: str = ""
    answer: str = ""
    kind: EpisodeKind = "imported"
    tags: tuple[str, ...] = ()


class EpisodeRows:
    """What happened: turns, filed texts, summaries."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.together = database.together

    def file(
        self,
        text: str,
        *,
        kind: EpisodeKind = "archival",
        origin: Origin = "user_said",
        actor: str = "user",
        tags: Sequence[str] = (),
        session: str = "",
        happened_at: datetime | None = None,
        learn: bool = False,
        filed_in: str = "",
        sensitive: bool = False,
    ) -> Episode:
        """A new episode that is not a turn; durable when this returns. `learn`: facts are to be read from it too.

        `filed_in`: the turn in which the model filed it; forgetting that turn forgets it too. `sensitive`: secrets in the
        text are kept, by the user's wish; else they are masked. InputError for a text of others that was forgotten, unless
        it is known to have happened since.
        """
        now = self._database.now()
        text = text if sensitive else mask(text).text
        with self._database.write() as connection:
            if origin == "imported":
                _refuse_buried(connection, text, happened_at or LONG_AGO)
            happened_at = happened_at or now
            # A text filed by hand is its own turn for the writer's journal, so that facts can point to where they came from.
            number, seq, *owed = next_values(connection, "e", "seq", *(("t", "p") if learn else ()))
            id, turn = f"e{number}", f"t{owed[0]}" if learn else ""
            connection.execute(
                "insert into episode values (?, ?, ?, ?, ?, ?, ?, [], ?, ?, ?)",
                [id, seq, kind, text, to_db(happened_at), session, turn, list(tags), origin, to_db(now)],
            )
            if learn:
                connection.execute(
                    "insert into pending values (?, ?, 'facts', 0, '', ?)", [owed[1], turn, to_db(now)]
                )
            log_event(connection, now, actor, "remember" if kind == "archival" else kind, id, turn=turn or filed_in)
        return Episode(id, seq, kind, text, happened_at, session=session, turn=turn, tags=tuple(tags), origin=origin)

    def file_many(self, filings: Sequence[Filing], *, origin: Origin = "imported", actor: str = "user") -> list[str]:
        """New episodes in this order, all of them or none; durable when this returns. Their ids.

        No facts are read from them, and `session` is kept as it is given: no session is made. Texts that were forgotten since
        they happened are left out.
        """
        now = self._database.now()
        with self._database.write() as connection:
            filings, buried = _unburied(connection, filings)
            episodes, messages = _numbered(connection, filings)
            first = _reserve(connection, "seq", len(filings)) + 1
            change = change_id(connection)
            events = [
                {"seq": first + place, "happened_at": to_db(now), "actor": actor, "action": row["kind"], "item": row["id"],
                 "turn": row["turn"], "change": change}
                for place, row in enumerate(episodes)
            ]  # fmt: skip
            stamp = {"origin": origin, "created_at": to_db(now)}
            _insert_all(connection, "episode", EPISODE_COLUMNS, [{**row, **stamp} for row in episodes])
            _insert_all(connection, "message", MESSAGE_COLUMNS, [{**row, "origin": origin} for row in messages])
            _insert_all(connection, "event", EVENT_COLUMNS, events)
        if buried:
            self._database.notify(
                f"not taken in: {len(buried)} that {'were' if len(buried) > 1 else 'was'} forgotten after that time; "
                f"to allow the first: mem forget --lift {buried[0]}"
            )
        return [str(row["id"]) for row in episodes]

    def edit(self, id: str, text: str, *, actor: str = "user") -> Episode:
        """Another text for a memory that was filed; what was said in a conversation stays as it was said."""
        with self._database.write() as connection:
            before = read_episode(connection, id)
            if before is None:
                self.get(id)
                raise InputError(f"{id} was said in a conversation and stays as it was said; to remove it: mem forget {id}")
            # A new `seq`, so that the index takes it as a new text.
            seq = next_value(connection, "seq")
            connection.execute("update episode set text = ?, seq = ? where id = ?", [mask(text).text, seq, id])
            after, now = read_episode(connection, id), self._database.now()
            log_event(connection, now, actor, "edit", id, before=before, after=after, episodes=[id])
        return self.get(id)

    def get(self, id: str) -> Episode:
        """One episode, or NotFound."""
        if found := self.get_many([id]):
            return found[0]
        raise NotFound(f"there is no memory {id[:40]!r}; see what there is with: mem inspect")

    def get_many(self, ids: Sequence[str]) -> list[Episode]:
        """The episodes that exist among `ids`, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(f"{SELECT} where list_contains(?, e.id) order by e.seq", [list(ids)]).fetchall()
        return [_episode(row) for row in rows]

    def of_turn(self, turn: str) -> Episode | None:
        """The episode that a turn became, or None where it was forgotten."""
        with self._database.read() as connection:
            row = connection.execute(f"{SELECT} where e.turn = ?", [turn]).fetchone()
        return _episode(row) if row else None

    def said_before(self, episode: Episode, *, within: timedelta) -> list[str]:
        """The user's message before this one in its session, where it is not older than that; as a list of one or none."""
        with self._database.read() as connection:
            rows = connection.execute(
                "select text from episode where session = ? and kind = 'turn' and seq < ? and happened_at >= ? "
                "order by seq desc limit 1",
                [episode.session, episode.seq, to_db(episode.happened_at - within)],
            ).fetchall()
        return [text for (text,) in rows]

    def newest(self, *, limit: int, kind: str | None = None) -> list[Episode]:
        """The newest episodes first, of one kind or of all."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"{SELECT} where e.kind = coalesce(?, e.kind) order by e.seq desc limit ?", [kind, limit]
            ).fetchall()
        return [_episode(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How many there are of everything a user may count."""
        with self._database.read() as connection:
            return {
                "sessions": _count(connection, "select count(*) from session"),
                "turns": _count(connection, "select count(*) from episode where kind = 'turn'"),
                "filed": _count(connection, "select count(*) from episode where kind not in ('turn', 'summary')"),
                "facts": _count(connection, "select count(*) from fact where invalid_at is null and expired_at is null"),
                "facts_superseded": _count(connection, "select count(*) from fact") - _count(
                    connection, "select count(*) from fact where invalid_at is null and expired_at is null"
                ),
                "pending": _count(connection, "select count(*) from pending"),
                "to_review": _count(connection, f"select count(*) from review where {WAITING}"),
            }

    def events(self, *, item: str | None = None, limit: int = 50) -> list[Event]:
        """The newest lines of the log of changes first, of one item or of all."""
        with self._database.read() as connection:
            rows = connection.execute(
                "select seq, happened_at, actor, action, item, turn, change from event "
                "where item = coalesce(?, item) order by seq desc limit ?",
                [item, limit],
            ).fetchall()
        return [Event(row[0], from_db(row[1]), *row[2:]) for row in rows]


def _refuse_buried(connection: Connection, text: str, happened_at: datetime) -> None:
    (buried,) = buried_texts(connection, [text], [happened_at])
    if buried:
        raise InputError(
            f"this text was forgotten ({buried}) and is not taken in again; nothing was stored: to allow it, run: "
            f"mem forget --lift {buried}; or say it in your own words"
        )


def _unburied(connection: Connection, filings: Sequence[Filing]) -> tuple[list[Filing], list[str]]:
    """Those that were not forgotten, and the tombstones of the others. A turn goes with what the user said in it."""
    times = [filing.happened_at for filing in filings]
    texts = buried_texts(connection, [filing.text for filing in filings], times)
    answers = buried_texts(connection, [filing.answer for filing in filings], times)
    kept = [
        replace(filing, answer="") if answer else filing
        for filing, text, answer in zip(filings, texts, answers, strict=True)
        if not text
    ]
    return kept, [text or answer for text, answer in zip(texts, answers, strict=True) if text or answer]


def _numbered(connection: Connection, filings: Sequence[Filing]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of episodes and of the messages of turns, with ids and sequence numbers of their own."""
    is_turn = [filing.kind == "turn" for filing in filings]
    id, turn = _reserve(connection, "e", len(filings)) + 1, _reserve(connection, "t", sum(is_turn))
    steps = list(accumulate((SEQS_OF_TURN if told else 1 for told in is_turn), initial=1))
    seq = _reserve(connection, "seq", steps[-1] - 1)
    said = [sum(map(bool, (filing.text, filing.answer))) if told else 0 for filing, told in zip(filings, is_turn, strict=True)]
    message = _reserve(connection, "m", sum(said))
    episodes, messages = [], []
    for place, raw in enumerate(filings):
        filing = replace(raw, text=mask(raw.text).text, answer=mask(raw.answer).text)
        own: list[dict[str, Any]] = []
        at, named = to_db(filing.happened_at), ""
        if is_turn[place]:
            turn, named = turn + 1, f"t{turn + 1}"
            for offset, role, text in ((0, "user", filing.text), (2, "assistant", filing.answer)):
                if text:
                    message += 1
                    own.append(
                        {"id": f"m{message}", "seq": seq + steps[place] + offset, "session": filing.session, "turn": named,
                         "role": role, "text": text, "created_at": at}
                    )  # fmt: skip
        episodes.append(
            {"id": f"e{id + place}", "seq": seq + steps[place] + (1 if named else 0), "kind": filing.kind, "text": filing.text,
             "happened_at": at, "session": filing.session, "turn": named, "messages": [row["id"] for row in own],
             "tags": list(filing.tags)}
        )  # fmt: skip
        messages += own
    return episodes, messages


def _reserve(connection: Connection, kind: str, count: int) -> int:
    """Takes `count` numbers of a counter; the last one that was taken before."""
    row = connection.execute("update counter set value = value + ? where kind = ? returning value", [count, kind]).fetchone()
    assert row is not None, kind
    return int(row[0]) - count


def _insert_all(connection: Connection, table: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """All rows by one statement: DuckDB takes a second for two thousand of them by `executemany`."""
    lists = ", ".join(f"unnest(?::{kind}[])" for kind in columns.values())
    connection.execute(
        f"insert into {table} ({', '.join(columns)}) select {lists}", [[row[name] for row in rows] for name in columns]
    )


def _count(connection: Connection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _episode(row: Sequence[Any]) -> Episode:
    id, seq, kind, text, happened_at, answer, session, turn, tags, origin = row
    return Episode(id, seq, kind, text, from_db(happened_at), answer, session, turn, tuple(tags), origin)
