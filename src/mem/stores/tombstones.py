"""What was forgotten, as salted hashes: so that it is not learned again from what was said before, and no text is kept.

What the user says anew after the forgetting is new. Old is what was entered before it, by sequence number, as clocks jump;
and what is imported and happened before it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mem.errors import NotFound
from mem.records import Episode, Fact, FactCandidate
from mem.stores.database import Connection, Database, from_db, next_id, next_value, to_db
from mem.text import fold

SELECT = "select id, kind, item, forgotten_at, seq, salt, hash from tombstone"
FOUND = "select hash, id, seq, forgotten_at from tombstone where hash in (select unnest(?::varchar[])) order by seq desc"
ADOPT = "insert into tombstone (id, kind, item, forgotten_at, seq, salt, hash) values (?, ?, ?, ?, ?, ?, ?)"
FACT = "fact"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That something was forgotten: its kind and id, and when. The rest is for comparing, and tells nothing."""

    id: str
    kind: str
    item: str
    forgotten_at: datetime
    seq: int
    salt: str
    hash: str


class TombstoneStore:
    """The tombstones of one profile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> list[Tombstone]:
        """The newest first."""
        with self._database.read() as connection:
            rows = connection.execute(f"{SELECT} order by seq desc, length(id) desc, id desc").fetchall()
        return [Tombstone(id, kind, item, from_db(at), *rest) for id, kind, item, at, *rest in rows]

    def lift(self, id: str) -> None:
        """Removes one: what it stands for may be learned again. NotFound where there is none such."""
        with self._database.write() as connection:
            if not connection.execute("delete from tombstone where id = ? returning id", [id]).fetchall():
                raise NotFound(f"there is no tombstone {id[:40]!r}; list them with: mem forget --list")

    def adopt(self, tombstones: Iterable[Tombstone]) -> int:
        """Takes over those of another copy of this profile, such as the one that a restored backup replaced; how many.

        What is said from now on is later than all of them.
        """
        with self._database.write() as connection:
            known = {hash for (hash,) in connection.execute("select hash from tombstone").fetchall()}
            fresh = [tombstone for tombstone in tombstones if tombstone.hash not in known]
            newest = max((tombstone.seq for tombstone in fresh), default=0)
            connection.execute("update counter set value = greatest(value, ?) where kind = 'seq'", [newest])
            for one in reversed(fresh):
                at = to_db(one.forgotten_at)
                row = [next_id(connection, "x"), one.kind, one.item, at, one.seq, one.salt, one.hash]
                connection.execute(ADOPT, row)
        return len(fresh)


def bury(connection: Connection, now: datetime, texts: Sequence[tuple[str, str, str]]) -> None:
    """Keeps a hash of each of these texts, given as kind, id and text, in the caller's transaction."""
    salt, seq = secrets.token_hex(16), next_value(connection, "seq")
    hashes: dict[str, tuple[str, str]] = {}
    for kind, item, text in texts:
        hashes.setdefault(_hash(salt, kind, text), (kind, item))
    if not hashes:
        return
    row = connection.execute("update counter set value = value + ? where kind = 'x' returning value", [len(hashes)]).fetchone()
    assert row is not None
    first = int(row[0]) - len(hashes) + 1
    ids = [f"x{first + place}" for place in range(len(hashes))]
    kinds, items = zip(*hashes.values(), strict=True)
    connection.execute(
        "insert into tombstone (id, kind, item, hash, seq, salt, forgotten_at) "
        "select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]), ?, ?, ?",
        [ids, list(kinds), list(items), list(hashes), seq, salt, to_db(now)],
    )


def buried_texts(connection: Connection, texts: Sequence[str], happened_at: Sequence[datetime]) -> list[str]:
    """For each imported text its tombstone, where it happened before it was forgotten; empty for what may be kept."""
    return _find(connection, "text", texts, lambda place, seq, at: happened_at[place] < at)


def buried_facts(connection: Connection, candidates: Sequence[FactCandidate], episode: Episode) -> list[str]:
    """The same of what is read in an episode: where that was entered before."""
    imported = episode.origin == "imported"
    texts = [fact_text(candidate) for candidate in candidates]
    return _find(
        connection, FACT, texts, lambda place, seq, at: episode.seq < seq or (imported and episode.happened_at < at)
    )


def fact_text(fact: Fact | FactCandidate) -> str:
    """What of a fact is compared."""
    return "\n".join((fact.subject, fact.predicate, fact.value))


def _find(
    connection: Connection, kind: str, texts: Sequence[str], is_old: Callable[[int, int, datetime], bool]
) -> list[str]:
    """For each text the newest tombstone that `is_old` says it is older than: it gets place, `seq` and time."""
    salts = [salt for (salt,) in connection.execute("select distinct salt from tombstone").fetchall()]
    hashes: dict[str, list[int]] = {}
    for salt in salts:
        for place, text in enumerate(texts):
            hashes.setdefault(_hash(salt, kind, text), []).append(place)
    found = [""] * len(texts)
    for hash, id, seq, at in connection.execute(FOUND, [list(hashes)]).fetchall() if hashes else ():
        for place in hashes[hash]:
            if is_old(place, seq, from_db(at)):
                found[place] = found[place] or str(id)
    return found


def _hash(salt: str, kind: str, text: str) -> str:
    compared = FACT if kind == FACT else "text"
    return hashlib.sha256("\n".join((salt, compared, fold(text))).encode()).hexdigest()



def buried_rows(connection: Connection, kind: str, texts: Sequence[str], seqs: Sequence[int]) -> list[str]:
    """For each stored text its tombstone, where it was entered before that, as in a backup that was restored."""
    return _find(connection, kind, texts, lambda place, seq, at: seqs[place] < seq)
