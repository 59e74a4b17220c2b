"""Looks whether anything of what was forgotten is left: in every byte of every file of a profile, and in every row decoded.

Both, as neither is enough: what is compressed has no such bytes, and what was deleted has no row.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

from mem.models.scripted import HashEmbedder
from mem.stores.database import Connection, Database
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.generations import LANCE_ERRORS
from mem.stores.index_tables import open_table
from mem.stores.quoting import STRUCTURAL, WORD, Marks, plain_texts

CHUNK_BYTES = 16_000_000
OVERLAP_BYTES = 400_000  # more than the longest text has in UTF-16
MOST_TOGETHER = 5000  # characters in one pattern: of one with 20,000 RE2 takes a thousand times as long
TEXTS_ANYHOW = 50
LEAST_BYTES = 5  # what is shorter stands in any large file by chance
TEXT_COLUMNS = """
select table_name, list(column_name) from duckdb_columns()
where data_type in ('VARCHAR', 'VARCHAR[]') and table_name in (select table_name from duckdb_tables())
and table_name not in ('tombstone', 'index_file')  -- hashes, and names of files
group by all order by all
"""
BY_CHANCE = re.compile("[0-9a-f]{1,8}")  # in the hashes that are in the database
COMPRESSED: Mapping[bytes, Callable[[IO[bytes]], Any]] = MappingProxyType(
    {
        b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
        b"BZh": bz2.BZ2File,
        b"\xfd7zXZ\x00": lzma.LZMAFile,
        b"\x28\xb5\x2f\xfd": lambda file: pa.CompressedInputStream(pa.PythonFile(file), "zstd"),
    }
)
# What is in these columns nobody said: ids, kinds, names that we gave.
NOT_TEXT = STRUCTURAL | {
    "action", "actor", "change", "char_limit", "consolidation", "description", "dropped", "embedder", "episodes", "expected",
    "hash", "item", "key", "metrics", "path", "ranks", "reason", "reranker", "retrieval", "route", "salt", "settings", "sha256",
    "source", "stands_in", "state", "step", "summary_origin", "tool_call_id", "undoes", "verdict",
}  # fmt: skip
DAMAGED = (OSError, EOFError, ValueError, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Scan:
    """What was looked through, where something was found (a file or table, and the text or word), and what was not readable."""

    files: int
    size: int
    found: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    common: frozenset[str] = frozenset()  # words that the files of any profile have


@dataclass
class _Hits:
    """What was found so far: where, and which text or word."""

    raw: dict[str, set[str]] = field(default_factory=dict)
    decoded: dict[str, set[str]] = field(default_factory=dict)
    structure: set[str] = field(default_factory=set)  # words that stand for something else where they were found
    unread: list[str] = field(default_factory=list)


def scan(directory: Path, connection: Connection, marks: Marks) -> Scan:
    """Looks through a profile, by an open connection to its database, for forgotten texts and the words that only they had."""
    hits, needles = _Hits(), _Needles(marks)
    files = sorted(path for path in directory.rglob("*") if path.is_file() and not path.is_symlink())
    for path in files if needles else ():
        _scan_file(path, str(path.relative_to(directory)), needles, hits)
    _scan_tables(connection, marks, hits)
    _scan_index(directory / "index", marks, hits)
    suspects = {needle for found in hits.raw.values() for needle in found} & marks.words
    common = frozenset[str]()
    if suspects:
        common = _in_any_profile(suspects) | (suspects & hits.structure)
    found = [
        f"{place}: {needle!r}"
        for hit in (hits.raw, hits.decoded)
        for place, names in hit.items()
        for needle in sorted(names - common if hit is hits.raw else names)
    ]
    size = sum(path.stat().st_size for path in files if path.exists())
    return Scan(len(files), size, tuple(dict.fromkeys(found)), tuple(hits.unread), common)


class _Needles:
    """The bytes to look for, all at once: of texts and words in small letters, in three encodings."""

    def __init__(self, marks: Marks) -> None:
        looked_for = [text for text in _looked_for(marks) if len(text.encode()) >= LEAST_BYTES]
        wanted = [text for text in looked_for if not BY_CHANCE.fullmatch(text)]
        named = {text.encode(encoding): text for text in wanted for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
        self._parts = [
            ("|".join(map(_escaped, part)), {needle: named[needle] for needle in part}) for part in _parts(list(named))
        ]

    def __bool__(self) -> bool:
        return bool(self._parts)

    def found_in(self, chunk: bytes) -> set[str]:
        """Which of them stand in it. RE2 takes as long for a hundred of them as for one (measured: 4 ms for a megabyte)."""
        small = chunk.lower()
        looked = pa.array([small], pa.large_binary())
        return {
            text
            for pattern, needles in self._parts
            if pc.match_substring_regex(looked, pattern)[0].as_py()
            for needle, text in needles.items()
            if needle in small
        }


def _escaped(needle: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in needle)


def _looked_for(marks: Marks) -> list[str]:
    """The words; and the texts in which none of them stands, for the others are found by their words. Of those a few too."""
    texts = sorted(marks.texts)
    without = [text for text in texts if marks.words.isdisjoint(WORD.findall(text))]
    return list(dict.fromkeys([*sorted(marks.words), *without, *texts[:TEXTS_ANYHOW]]))


def _parts(needles: list[Any]) -> list[list[Any]]:
    """Them in lists that are short enough together to be looked for at once."""
    parts: list[list[Any]] = []
    room = 0
    for needle in needles:
        if len(needle) > room:
            parts.append([])
            room = MOST_TOGETHER
        parts[-1].append(needle)
        room -= len(needle)
    return parts


def _patterns(marks: Marks) -> list[str]:
    return ["|".join(map(re.escape, part)) for part in _parts(_looked_for(marks))]


def _scan_file(path: Path, name: str, needles: _Needles, hits: _Hits) -> None:
    try:
        with path.open("rb") as file:
            beginning = file.read(8)
            file.seek(0)
            _scan_stream(file, name, needles, hits)
            opener = next((opener for magic, opener in COMPRESSED.items() if beginning.startswith(magic)), None)
            if opener is not None:
                file.seek(0)
                _scan_stream(opener(file), f"{name} (unpacked)", needles, hits)
            elif beginning.startswith(b"PK"):
                _scan_archive(file, name, needles, hits)
    except DAMAGED:
        hits.unread.append(name)


def _scan_archive(file: IO[bytes], name: str, needles: _Needles, hits: _Hits) -> None:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.namelist():
            with archive.open(entry) as inside:
                _scan_stream(inside, f"{name}/{entry}", needles, hits)


def _scan_stream(file: Any, name: str, needles: _Needles, hits: _Hits) -> None:
    for chunk in _chunks(file):
        if found := needles.found_in(chunk):
            hits.raw.setdefault(name, set()).update(found)


def _chunks(file: Any) -> Iterator[bytes]:
    """Its bytes, each piece with the end of the one before, so that nothing is cut in two."""
    end = b""
    while chunk := file.read(CHUNK_BYTES):
        yield end + chunk
        end = chunk[-OVERLAP_BYTES:]


def _scan_tables(connection: Connection, marks: Marks, hits: _Hits) -> None:
    """Every text in every table, as the database reads it."""
    patterns = _patterns(marks)
    for table, columns in connection.execute(TEXT_COLUMNS).fetchall() if patterns else ():
        # All columns at once first: most often none of them has any, and each statement takes a millisecond.
        every = ", ".join(f'cast("{column}" as varchar)' for column in columns)
        if not _matching(connection, table, f"concat_ws(chr(31), {every})", patterns):
            continue
        for column in columns:
            values = _matching(connection, table, f'cast("{column}" as varchar)', patterns)
            said = [] if column in NOT_TEXT or table == "meta" else [text for value in values for text in plain_texts(value)]
            _note(hits, f"table {table}", marks, said)
            hits.structure |= marks.words & set(WORD.findall(" ".join(values).lower()))


def _matching(connection: Connection, table: str, texts: str, patterns: Sequence[str]) -> list[str]:
    # Each pattern a parameter of its own: of a column of them DuckDB compiles one for each row.
    matches = " or ".join([f"regexp_matches(lower({texts}), ?)"] * len(patterns))
    rows = connection.execute(f'select distinct {texts} from "{table}" where {matches}', list(patterns)).fetchall()
    return [str(value) for (value,) in rows]


def _scan_index(root: Path, marks: Marks, hits: _Hits) -> None:
    """Every text in every generation of the search index, as LanceDB reads it."""
    for directory in sorted(root.glob("g-*")):
        try:
            number = int(directory.name[2:])
            texts = open_table(root, number).search().select(["text"]).to_arrow()["text"]
        except LANCE_ERRORS:
            hits.unread.append(f"index/{directory.name}")
            continue
        small = pc.utf8_lower(texts)
        for pattern in _patterns(marks):
            _note(hits, f"index/{directory.name}", marks, texts.filter(pc.match_substring_regex(small, pattern)).to_pylist())


def _note(hits: _Hits, place: str, marks: Marks, texts: Iterable[str]) -> None:
    for text in texts:
        said = text.lower()
        names = {quoted for quoted in marks.texts if quoted in said and re.search(rf"(?<!\w){re.escape(quoted)}(?!\w)", said)}
        names |= marks.words & set(WORD.findall(said))
        if names:
            hits.decoded.setdefault(place, set()).update(names)


def _in_any_profile(words: set[str]) -> frozenset[str]:
    """Those of the words that the files of a profile have in which nobody said them: names of columns and the like."""
    with tempfile.TemporaryDirectory(prefix="mem-empty-") as folder:
        directory = Path(folder) / "profile"
        database = Database(directory, now=lambda: datetime.now(UTC), notify=lambda line: None)
        EpisodeRows(database).file("x")
        EpisodeIndex(database, HashEmbedder()).catch_up()
        raw = b"".join(path.read_bytes().lower() for path in directory.rglob("*") if path.is_file())
    return frozenset(word for word in words if word.encode() in raw)
