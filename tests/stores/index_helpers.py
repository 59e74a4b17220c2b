"""What the tests of the search index share: texts, a counting embedder, and ways to look into and to damage its files."""

from pathlib import Path

import lancedb

from mem.models.scripted import HashEmbedder
from mem.stores.database import Database, get_meta
from mem.stores.episodes import EpisodeIndex

TEXTS = [
    "My sister Ada moved to Lisbon",
    "The boiler was repaired by Mr Wu",
    "I am allergic to peanuts",
    "Our cat is called Biscuit",
    "The train to Porto leaves at nine",
]


class CountingEmbedder(HashEmbedder):
    """Counts the texts it was asked to embed, and can be told to give up after some."""

    def __init__(self, *, name: str = "hash", give_up_after: int | None = None) -> None:
        super().__init__(name=name)
        self.embedded: list[str] = []
        self.give_up_after = give_up_after

    def embed_passages(self, texts):
        if self.give_up_after is not None and len(self.embedded) + len(texts) > self.give_up_after:
            raise KeyboardInterrupt
        self.embedded += texts
        return super().embed_passages(texts)


def found(index: EpisodeIndex, query: str, *, limit: int = 10, vector=None, **options) -> list[str]:
    return [candidate.document.text for candidate in index.search(query, vector, limit=limit, **options)[0]]


def root_of(database: Database) -> Path:
    return database.directory / "index"


def generation(database: Database) -> Path:
    with database.read() as connection:
        return root_of(database) / f"g-{get_meta(connection, 'index_generation')}"


def table_of(directory: Path):
    return lancedb.connect(directory).open_table("document")


def seqs_in(database: Database) -> list[int]:
    return sorted(table_of(generation(database)).search().to_arrow()["seq"].to_pylist())


def fresh(database: Database, embedder: HashEmbedder) -> EpisodeIndex:
    """The index as another process opens it."""
    return EpisodeIndex(Database(database.directory, now=database.now, notify=database.notify), embedder)


def holds(directory: Path, word: str) -> bool:
    """Whether a word is in any file below, as bytes or as a row that LanceDB can read."""
    in_bytes = any(word.encode() in path.read_bytes() for path in directory.rglob("*") if path.is_file())
    tables = [path.parent for path in directory.rglob("document.lance")]
    return in_bytes or any(word in text for path in tables for text in table_of(path).search().to_arrow()["text"].to_pylist())


def damage_all(directory: Path, how: str) -> list[Path]:
    """Damages every data file of a generation."""
    paths = sorted((directory / "document.lance" / "data").iterdir())
    for path in paths:
        data = path.read_bytes()
        if how == "removed":
            path.unlink()
        elif how == "truncated":
            path.write_bytes(data[: len(data) // 2])
        elif how == "emptied":
            path.write_bytes(b"")
        else:
            path.write_bytes(bytes(byte ^ 1 for byte in data))
    return paths


def forget(database: Database, index: EpisodeIndex, word: str) -> None:
    with database.write() as connection:
        connection.execute("delete from episode where contains(text, ?)", [word])
        index.rewrite(connection)
