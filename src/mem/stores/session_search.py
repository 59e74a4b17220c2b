"""Sessions by words in what was said in them, or in their titles: letters alone, no index, so that nothing is missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mem.records import Session
from mem.stores.database import Database
from mem.stores.messages import SESSIONS, read_session
from mem.text import shorten

SNIPPET_CHARS = 160
# A session has all the words, in whichever of its messages; what is shown is the newest message with most of them.
WITH_WORDS = f"""
with said as (
    select session, seq, text, strip_accents(lower(text)) as folded from message
    where role in ('user', 'assistant') and text <> ''
    union all select id, 0, title, strip_accents(lower(title)) from session
),
counted as (
    select session, seq, text, list_filter($1, lambda word: contains(folded, word)) as held from said
),
found as (
    select session, arg_max(text, len(held) * 1e12 + seq) as text, max(seq) as newest from counted
    where len(held) > 0
    group by session
    having len(list_distinct(flatten(list(held)))) = len($1)
)
select listed.*, found.text from found join ({SESSIONS}) listed on listed.id = found.session
order by found.newest desc
limit $2
"""
FOLDED = "select list_distinct(list_transform($1::varchar[], lambda word: strip_accents(lower(word))))"


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session, and the message in it that holds the words."""

    session: Session
    text: str


def search_sessions(database: Database, words: Sequence[str], *, limit: int) -> list[FoundSession]:
    """The sessions that have all of `words`, in any case and with or without accents, the newest first."""
    with database.read() as connection:
        row = connection.execute(FOLDED, [list(words)]).fetchone()
        rows = connection.execute(WITH_WORDS, [row[0] if row else [], limit]).fetchall()
    return [FoundSession(read_session(row[:-1]), _around(row[-1], words)) for row in rows]


def _around(text: str, words: Sequence[str]) -> str:
    """What stands around the first of the words."""
    lowered = text.lower()
    place = min((at for word in words if (at := lowered.find(word.lower())) >= 0), default=0)
    if place <= SNIPPET_CHARS // 2:
        return shorten(text, SNIPPET_CHARS)
    start = text.find(" ", place - SNIPPET_CHARS // 2) + 1
    return f"…{shorten(text[start:], SNIPPET_CHARS)}"
