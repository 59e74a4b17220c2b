"""What was last sent to the chat model, kept so that it can be shown. Any forget removes it: it quotes memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mem.errors import NotFound
from mem.records import Message, Prompt
from mem.stores.database import Connection, Database, from_db, to_db


@dataclass(frozen=True, slots=True)
class SentPrompt:
    """The prompt of a turn, with what each part of it cost in tokens; then the tool calls and results of that turn."""

    turn: str
    sent_at: datetime
    tokens: int
    budget_tokens: int
    parts: Mapping[str, int]
    messages: tuple[Message, ...]
    exchanged: tuple[Message, ...] = ()


def keep_prompt(connection: Connection, turn: str, now: datetime, prompt: Prompt) -> None:
    """In place of the one before, in the caller's transaction."""
    messages = [{"role": message.role, "text": message.text} for message in prompt.messages]
    connection.execute("delete from last_prompt")
    connection.execute(
        "insert into last_prompt values (?, ?, ?, ?, ?, ?)",
        [turn, to_db(now), prompt.tokens, prompt.budget_tokens, json.dumps(dict(prompt.parts)), json.dumps(messages)],
    )


def last_prompt(database: Database) -> SentPrompt:
    """What was last sent; NotFound where nothing was, or something was forgotten since."""
    with database.read() as connection:
        row = connection.execute("select * from last_prompt").fetchone()
    if row is None:
        raise NotFound("no prompt is kept: nothing was sent to a model yet, or something was forgotten since")
    turn, sent_at, tokens, budget_tokens, parts, messages = row
    told = tuple(Message(message["role"], message["text"]) for message in json.loads(messages))
    counted = json.loads(parts)
    counted["tools and format"] = max(0, tokens - sum(counted.values()))
    return SentPrompt(turn, from_db(sent_at), tokens, budget_tokens, counted, told)
