"""Sessions and messages in DuckDB. A message is durable, with its episode and the writer's work, when `record_*` returns."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mem.errors import NotFound
from mem.records import Message, Origin, Session, ToolCall
from mem.redaction import mask, masked_message
from mem.stores.database import Connection, Database, from_db, next_id, next_value, to_db
from mem.stores.derived import turns_from
from mem.stores.forks import SET_ASIDE, fork
from mem.text import shorten

TITLE_CHARS = 60
COLUMNS = "id, turn, session, role, text, created_at, interrupted, tool_calls, tool_call_id"
SESSIONS = """
select s.id, coalesce('fork of ' || origin.title, s.title), s.started_at,
    coalesce(max(m.created_at) filter (where m.own), s.started_at), count(distinct m.turn)
from session s
left join (
    select session, turn, seq, created_at, true as own from message
    union all select f.session, h.turn, h.seq, h.created_at, false from forked f join message h on h.id = f.message
) m on m.session = s.id
left join session origin on s.title = 'fork of ' || origin.id
group by s.id, s.title, origin.title, s.started_at, s.seq
"""
OF_SESSION = "(session = $1 or id in (select message from forked where session = $1))"  # with what it was forked from
HISTORY = f"""
select {COLUMNS}
from message
where {OF_SESSION} and role in ('user', 'assistant') and text <> '' and tool_calls = '[]' and seq > $2
order by seq
"""
ANSWERS = f"select {COLUMNS} from message where role = 'assistant' and text <> '' and list_contains(?, turn) order by seq"
# Whether the answer to turn $1 of session $2 was made from what was forgotten since: a hit or a tool's result ($3) that is
# gone, or a turn of the same session, which may have been in the history.
FORGOTTEN_MEANWHILE = """
with ledger as (select id, seq from retrieval where turn = $1 order by seq desc limit 1),
known as (select id from episode union all select id from fact)
select exists(
    select 1 from retrieval_hit h join ledger on ledger.id = h.retrieval
    where (h.injected or h.dropped = 'already in the prompt') and h.item not in (select id from known)
) or exists(select 1 from (select unnest($3::varchar[]) as id) where id not in (select id from known))
or exists(select 1 from event v, ledger where v.action = 'forget' and v.seq > ledger.seq
    and (v.after = $2 or v.after in (select origin from forked where session = $2)))
"""


class MessageStore:
    """What was said, in order."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at: dict[str, int] = {}  # how far the log was when the history of a session was read

    def record_user(self, text: str, *, session: str | None, learn: bool = True) -> Message:
        """The user's message, as the start of a turn; makes the session when there is none yet.

        In one transaction: the message, the turn's episode, and, where facts are to be read from it, the memory writer's work.
        """
        now, text = self._database.now(), mask(text).text
        with self._database.write() as connection:
            session = session or next_id(connection, "s")
            # A session whose every turn was forgotten while it was open begins anew.
            connection.execute(
                "insert into session (id, seq, title, started_at) values (?, ?, ?, ?) on conflict do nothing",
                [session, next_value(connection, "seq"), shorten(text, TITLE_CHARS), to_db(now)],
            )
            turn = next_id(connection, "t")
            message = Message("user", text, turn=turn, session=session, created_at=now)
            message = _insert(connection, message, origin="user_said")
            id, seq = next_id(connection, "e"), next_value(connection, "seq")
            connection.execute(
                "insert into episode values (?, ?, 'turn', ?, ?, ?, ?, ?, [], 'user_said', ?)",
                [id, seq, text, to_db(now), session, turn, [message.id], to_db(now)],
            )
            if learn:
                connection.execute(
                    "insert into pending values (?, ?, 'facts', 0, '', ?)", [next_value(connection, "p"), turn, to_db(now)]
                )
        return message

    def record_answer(self, answer: Message, tool_messages: Sequence[Message] = ()) -> Message:
        """The answer to a turn, with the tool calls and results that led to it, in one transaction.

        When the turn was forgotten meanwhile nothing is stored, and the answer has no id; when something that it was made
        from was, an empty answer is stored. What is returned has the text that was said.
        """
        now = self._database.now()
        with self._database.write() as connection:
            asked = connection.execute("select 1 from message where turn = ? and role = 'user'", [answer.turn]).fetchone()
            if asked is None:
                return answer
            said = answer.text
            if _forgotten_meanwhile(connection, answer, tool_messages):
                answer, tool_messages = replace(answer, text=""), ()
            for message in tool_messages:
                origin = "tool" if message.role == "tool" else "assistant_said"
                _insert(connection, _stamped(message, answer, now), origin=origin)
            stored = _insert(connection, _stamped(answer, answer, now), origin="assistant_said")
            connection.execute(
                "update episode set messages = list_append(messages, ?) where turn = ? and kind = 'turn'",
                [stored.id, answer.turn],
            )
        return replace(stored, text=said)

    def drop_answer(self, turn: str) -> None:
        """Takes back what followed the user's message of a turn, so that it can be asked again."""
        with self._database.write() as connection:
            connection.execute("delete from message where turn = ? and role <> 'user'", [turn])
            connection.execute("update episode set messages = messages[:1] where turn = ? and kind = 'turn'", [turn])

    def say_anew(self, turn: str, *, session: str) -> None:
        """The message of a turn is to be said anew: what followed it goes, or, where it was said in the session that this one
        was forked from, it is no part of this one any more."""
        if self.turn(turn)[0].session == session:
            self.drop_answer(turn)
            return
        with self._database.write() as connection:
            connection.execute(SET_ASIDE, [session, turn])

    def history(self, session: str) -> list[Message]:
        """The user's messages and the answers of a session that are not in its summary, oldest first."""
        with self._database.read() as connection:
            row = connection.execute("select summarised_to from session where id = ?", [session]).fetchone()
            if row is None:
                raise NotFound(f"there is no session {session!r}; list them with: mem sessions")
            newest = connection.execute("select value from counter where kind = 'seq'").fetchone()
            self._read_at[session] = int(newest[0]) if newest else 0
            return [_message(row) for row in connection.execute(HISTORY, [session, row[0]]).fetchall()]

    def turn(self, turn: str) -> list[Message]:
        """All messages of a turn, tools included, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(f"select {COLUMNS} from message where turn = ? order by seq", [turn]).fetchall()
        if not rows:
            raise NotFound(f"there is no turn {turn[:40]!r}; see what was said with: mem sessions show last")
        return [_message(row) for row in rows]

    def get(self, id: str) -> Message:
        """One message, or NotFound."""
        with self._database.read() as connection:
            row = connection.execute(f"select {COLUMNS} from message where id = ?", [id]).fetchone()
        if row is None:
            raise NotFound(f"there is no message {id[:40]!r}; see what was said with: mem sessions show last")
        return _message(row)

    def answers_from(self, items: Sequence[str]) -> list[Message]:
        """Answers that were made from one of the memories `items`, oldest first."""
        with self._database.read() as connection:
            return read_answers_from(connection, items)

    def last_turn(self, session: str | None = None) -> str:
        """The id of the newest turn, of one session or of all; NotFound when nothing was said yet."""
        with self._database.read() as connection:
            row = connection.execute(
                "select turn from message where session = coalesce(?, session) order by seq desc limit 1", [session]
            ).fetchone()
        if row is None:
            raise NotFound("nothing has been said yet; start with: mem chat")
        return str(row[0])

    def summary(self, session: str) -> str:
        """The summary of the messages that scrolled out of the prompt; empty while all fit."""
        with self._database.read() as connection:
            row = connection.execute("select summary from session where id = ?", [session]).fetchone()
        return str(row[0]) if row else ""

    def save_summary(
        self, session: str, summary: str, *, last: Message, origin: Origin = "assistant_said"
    ) -> None:
        """`summary` now stands for everything up to and including `last`; dropped when `last` was forgotten meanwhile, or
        anything else of the session since its history was read.

        `origin`: of the least trusted words in it.
        """
        with self._database.write() as connection:
            connection.execute(
                "update session set summary = ?, summarised_to = m.seq, summary_origin = ? from message m "
                "where session.id = ? and m.id = ? "
                "and not exists(select 1 from event v where v.action = 'forget' and v.seq > ? and (v.after = session.id "
                "or v.after in (select origin from forked f where f.session = session.id)))",
                [summary, origin, session, last.id, self._read_at.get(session, sys.maxsize)],
            )

    def sessions(self, *, limit: int = 20) -> list[Session]:
        """The newest sessions first, by their last message."""
        with self._database.read() as connection:
            rows = connection.execute(f"{SESSIONS} order by max(m.seq) desc nulls last, s.seq desc limit ?", [limit]).fetchall()
        return [read_session(row) for row in rows]

    def session(self, id: str) -> Session:
        """One session; `last` is the newest."""
        if id == "last":
            if newest := self.sessions(limit=1):
                return newest[0]
            raise NotFound("there is no session yet; start with: mem chat")
        with self._database.read() as connection:
            row = connection.execute(f"{SESSIONS} having s.id = ?", [id]).fetchone()
        if row is None:
            raise NotFound(f"there is no session {id[:40]!r}; list them with: mem sessions")
        return read_session(row)

    def fork(self, id: str) -> Session:
        """A new session that begins with what was said in another (an id, or `last`)."""
        return self.session(fork(self._database, self.session(id)))

    def rename(self, id: str, title: str) -> Session:
        """Gives a session (an id, or `last`) another title."""
        session = self.session(id)
        title = shorten(mask(title).text, TITLE_CHARS)
        with self._database.write() as connection:
            connection.execute("update session set title = ? where id = ?", [title, session.id])
        return replace(session, title=title)

    def session_messages(self, id: str) -> list[Message]:
        """Everything said in a session, oldest first, whether summarised or not."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"select {COLUMNS} from message "
                f"where {OF_SESSION} and role in ('user', 'assistant') and text <> '' order by seq",
                [id],
            ).fetchall()
        return [_message(row) for row in rows]


def read_answers_from(connection: Connection, items: Sequence[str]) -> list[Message]:
    """`MessageStore.answers_from`, inside another transaction."""
    turns = turns_from(connection, items)
    return [_message(row) for row in connection.execute(ANSWERS, [list(turns)]).fetchall()]


def _forgotten_meanwhile(connection: Connection, answer: Message, tool_messages: Sequence[Message]) -> bool:
    results = [message.text for message in tool_messages if message.role == "tool"]
    found = [id for text in results for id in re.findall(r"^\[([ef]\d+)\]", text, re.MULTILINE)]
    row = connection.execute(FORGOTTEN_MEANWHILE, [answer.turn, answer.session, found]).fetchone()
    return bool(row and row[0])


def _insert(connection: Connection, message: Message, *, origin: str) -> Message:
    id = next_id(connection, "m")
    message = masked_message(message)
    calls = [{"id": call.id, "name": call.name, "arguments": dict(call.arguments)} for call in message.tool_calls]
    connection.execute(
        "insert into message values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            id, next_value(connection, "seq"), message.session, message.turn, message.role, message.text,
            to_db(message.created_at), message.interrupted, json.dumps(calls), message.tool_call_id, origin,
        ],
    )  # fmt: skip
    return Message(
        message.role, message.text, id, message.turn, message.session, message.created_at,
        message.tool_calls, message.tool_call_id, message.interrupted,
    )  # fmt: skip


def _stamped(message: Message, answer: Message, now: Any) -> Message:
    return Message(
        message.role, message.text, "", answer.turn, answer.session, now,
        message.tool_calls, message.tool_call_id, message.interrupted,
    )  # fmt: skip


def _message(row: Sequence[Any]) -> Message:
    id, turn, session, role, text, created_at, interrupted, tool_calls, tool_call_id = row
    parsed = tuple(ToolCall(call["id"], call["name"], call["arguments"]) for call in json.loads(tool_calls))
    return Message(role, text, id, turn, session, from_db(created_at), parsed, tool_call_id, interrupted)


def read_session(row: Sequence[Any]) -> Session:
    """A row of SESSIONS."""
    id, title, started_at, last_at, turns = row
    return Session(id, title, from_db(started_at), from_db(last_at), turns)
