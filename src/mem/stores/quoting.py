"""Where else the words of something forgotten stand: titles, summaries, notes, questions, the log, core memory."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mem.stores.database import Connection
from mem.stores.derived import distinctive_words
from mem.text import fold
from mem.words import stemmed

# What the user and the assistant said, filed and hold true: whatever else has words of it was made from it.
SURVIVING = """
select text from message where role in ('user', 'assistant') and text <> ''
union all select text from episode where kind not in ('turn', 'summary')
union all select concat_ws(' ', subject, predicate, value) from fact
"""
SURVIVING_TEXTS = f"""
select said from (select unnest(?::varchar[]) as said)
where exists(select 1 from ({SURVIVING}) where contains(lower(text), said))
"""
SURVIVING_WORDS = rf"""
select word from (select distinct unnest(regexp_extract_all(lower(text), '[\p{{L}}\p{{N}}]+')) as word from ({SURVIVING}))
where left(word, 3) in (select unnest(?::varchar[]))
"""
WORD = re.compile(r"[^\W_]+")
# Entries of JSON that say nothing of what the user said.
STRUCTURAL = {
    "id", "seq", "kind", "session", "turn", "messages", "message", "episode", "fact", "origin", "created_at", "happened_at",
    "said_at", "valid_at", "invalid_at", "expired_at", "cardinality", "confidence", "pinned", "found_by", "role", "name",
    "label",
}  # fmt: skip
LEAST_QUOTE = 12  # characters: a shorter text is quoted only by what says nothing else


@dataclass(frozen=True)
class Marks:
    """What forgotten texts are known by: themselves, and their distinctive words, as far as nothing that stays has them.

    `values` are those of forgotten facts, and `shared` the words that were left out.
    """

    texts: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()

    @cached_property
    def _stems(self) -> frozenset[str]:
        return stemmed(self.words)

    def quoted_in(self, text: str) -> bool:
        """Whether a text repeats one of them, or has a word that only they have."""
        said = fold(text)
        if any(said == quoted or (len(quoted) >= LEAST_QUOTE and quoted in said) for quoted in self.texts):
            return True
        return not self._stems.isdisjoint(stemmed(WORD.findall(said)))

    def told_in(self, line: str) -> bool:
        """The same of a line of core memory, or whether it tells the value of a forgotten fact."""
        words = f" {_spoken(line)} "
        return self.quoted_in(line) or any(f" {value} " in words for value in self.values)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere that may quote what is forgotten: a key and texts in each row, and how to take it out by a list of keys."""

    name: str
    select: str
    remove: tuple[str, ...]


KEYS = "in (select unnest($1::varchar[]))"
PLACES = (
    Place("titles", "select id, title from session", (f"update session set title = '(forgotten)' where id {KEYS}",)),
    Place(
        "summaries",
        "select id, summary from session where summary <> ''",
        (f"update session set summary = '', summarised_to = 0 where id {KEYS}",),
    ),
    Place("notes", "select turn, note from verdict where note <> ''", (f"update verdict set note = '' where turn {KEYS}",)),
    Place("probes", "select id, question from probe", (f"delete from probe where id {KEYS}",)),
    Place(
        "searches",
        "select id, query from retrieval",
        (f"delete from retrieval_hit where retrieval {KEYS}", f"delete from retrieval where id {KEYS}"),
    ),
    Place(
        "search_results",
        "select retrieval || ':' || place, text from retrieval_hit where text <> ''",
        (f"update retrieval_hit set text = '' where retrieval || ':' || place {KEYS}",),
    ),
    Place(
        "tool_calls",
        "select turn, text, tool_calls from message where role = 'tool' or tool_calls <> '[]'",
        (f"delete from message where (role = 'tool' or tool_calls <> '[]') and turn {KEYS}",),
    ),
    Place("reviews", "select id, claim, quote, candidate from review", (f"delete from review where id {KEYS}",)),
    Place(
        "log_entries",
        "select seq::varchar, coalesce(before, ''), coalesce(after, '') from event "
        "where action <> 'forget' and (before is not null or after is not null)",
        (f"update event set before = null, after = null where seq::varchar {KEYS}",),
    ),
    Place(
        "errors",
        "select id::varchar, last_error from pending where last_error <> ''",
        (f"update pending set last_error = '' where id::varchar {KEYS}",),
    ),
)
IN_TURNS = """
select replace(item, 'core:', ''), coalesce(before, ''), coalesce(after, '')
from event
where action = 'core' and turn <> '' and turn in (select unnest(?::varchar[]))
order by seq
"""
EMPTY_LOG = """
update event set before = null, after = null
where item like 'core:%' and (contains(coalesce(before, ''), $1) or contains(coalesce(after, ''), $1))
"""


def marks_of(connection: Connection, texts: Iterable[str], values: Iterable[str] = ()) -> Marks:
    """What these texts, which are no longer in the database, are known by."""
    texts = [*texts]
    said = {text.strip().lower() for text in texts} - {""}
    staying = {text for (text,) in connection.execute(SURVIVING_TEXTS, [list(said)]).fetchall()}
    words = frozenset[str]().union(*map(distinctive_words, texts))
    beginnings = list({word[:3] for word in words})
    left = stemmed(word for (word,) in connection.execute(SURVIVING_WORDS, [beginnings]).fetchall())
    shared = frozenset(word for word in words if stemmed([word]) & left)
    held = {_spoken(value) for (value,) in connection.execute("select value from fact").fetchall()}
    told = frozenset(map(_spoken, values)) - held
    return Marks(
        frozenset(fold(text) for text in said - staying),
        words - shared,
        frozenset(value for value in told if len(value) > 2),
        shared,
    )


def quotes(connection: Connection, marks: Marks) -> dict[str, dict[str, str]]:
    """For each place the texts in it that quote what is forgotten, by key; places without any are left out."""
    found: dict[str, dict[str, str]] = {}
    for place in PLACES:
        for key, *texts in connection.execute(place.select).fetchall():
            quoting = next((said for text in texts for said in plain_texts(text) if marks.quoted_in(said)), "")
            if quoting:
                found.setdefault(place.name, {})[str(key)] = quoting
    return found


def plain_texts(text: str) -> Iterator[str]:
    """What a column says: the text, or where it is JSON the texts in it, without the names of its entries and their ids."""
    if text[:1] in ("{", "["):
        try:
            parsed = json.loads(text)
        except ValueError:
            yield text
        else:
            yield from _strings(parsed)
    else:
        yield text


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from _strings(entry)
    elif isinstance(value, dict):
        for name, entry in value.items():
            if isinstance(entry, dict) or name not in STRUCTURAL:
                yield from _strings(entry)


def _spoken(text: str) -> str:
    return " ".join(WORD.findall(fold(text)))


def remove_quotes(connection: Connection, found: Mapping[str, Mapping[str, str]]) -> None:
    """Takes out what `quotes` found."""
    for place in PLACES:
        for statement in place.remove if place.name in found else ():
            connection.execute(statement, [list(found[place.name])])


def core_lines_of(connection: Connection, turns: Sequence[str]) -> set[tuple[str, str]]:
    """The lines of core memory that were written in these turns, each with its block, as long as the log has them."""
    return {
        (label, line)
        for label, before, after in connection.execute(IN_TURNS, [list(turns)]).fetchall()
        for line in set(after.splitlines()) - set(before.splitlines())
    }


def core_lines(connection: Connection, marks: Marks, written: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """The lines of core memory that are among those `written`, or tell of what is forgotten; with their block."""
    blocks = connection.execute("select label, value from core_block order by label").fetchall()
    return [
        (label, line)
        for label, value in blocks
        for line in value.splitlines()
        if line.strip() and ((label, line) in written or marks.told_in(line))
    ]


def remove_core_lines(connection: Connection, lines: Sequence[tuple[str, str]]) -> None:
    """Takes these lines out of core memory, and out of the log of its changes."""
    for label, line in lines:
        row = connection.execute("select value from core_block where label = ?", [label]).fetchone()
        left = [kept for kept in (row[0] if row else "").splitlines() if kept != line]
        connection.execute("update core_block set value = ? where label = ?", ["\n".join(left), label])
        connection.execute(EMPTY_LOG, [line])
