"""The database file without the bytes of what was deleted."""

import duckdb
import pytest

from mem.errors import StoreError
from mem.stores.database import Database
from mem.stores.episode_rows import EpisodeRows
from mem.stores.rewriting import rewrite_file

SECRET = "Xanthippe"
ROWS = "select table_name, sql from duckdb_tables() order by all"


@pytest.fixture
def reached() -> list[str]:
    """The named points that the database of `watched` came by."""
    return []


@pytest.fixture
def watched(database, now, notices, reached) -> Database:
    """The database, with a deleted row in it, as another run opens it."""
    rows = EpisodeRows(database)
    for number in range(30):
        rows.file(f"{SECRET} {number}")
    with database.write() as connection:
        connection.execute("delete from episode where id <> 'e7'")
        connection.execute("delete from event")
    return Database(database.directory, now=now, notify=notices.append, reached=reached.append)


def contents(database) -> list:
    with database.read() as connection:
        tables = connection.execute(ROWS).fetchall()
        counted = {name: connection.execute(f'select count(*) from "{name}"').fetchone() for name, _ in tables}
        views = connection.execute("select view_name, sql from duckdb_views() where not internal order by all").fetchall()
        return [tables, views, counted]


def test_deleted_text_stays_in_the_file_until_it_is_rewritten(watched, reached):
    with duckdb.connect(watched.path) as connection:
        connection.execute("force checkpoint")
    assert f"{SECRET} 8".encode() in watched.path.read_bytes()
    before, inode = contents(watched), watched.path.stat().st_ino
    with watched.write(rewrite=True):
        pass

    assert reached == ["committed", "copied", "renamed"]
    assert f"{SECRET} 8".encode() not in watched.path.read_bytes()
    assert watched.path.stat().st_ino != inode
    assert watched.path.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in watched.directory.glob("memory*")) == ["memory.duckdb"]
    assert contents(watched)[:2] == before[:2]
    assert not watched.rewrite_is_due()
    assert EpisodeRows(watched).file("after").id == "e31"


def test_a_write_that_fails_rewrites_nothing(watched, reached):
    with pytest.raises(KeyboardInterrupt), watched.write(rewrite=True):
        raise KeyboardInterrupt

    assert reached == []
    assert not watched.rewrite_is_due()


@pytest.fixture
def full(watched, monkeypatch):
    """The disk of the profile has no room for a copy."""
    monkeypatch.setattr("mem.stores.rewriting.FREE_SHARE", 10**15)


def test_where_the_disk_is_full_the_rows_are_gone_and_the_rewrite_stays_due_until_there_is_room(
    watched, full, notices, now, monkeypatch
):
    with watched.write(rewrite=True):
        pass
    assert [notice.split("; it is tried")[0] for notice in notices] != []
    assert "bytes free and" in notices[-1]
    assert watched.rewrite_is_due()
    assert EpisodeRows(watched).get("e7").text == f"{SECRET} 6"

    monkeypatch.undo()
    again = Database(watched.directory, now=now, notify=notices.append)
    assert not again.rewrite_is_due()
    assert f"{SECRET} 8".encode() not in again.path.read_bytes()


def test_what_a_killed_copy_has_left_is_removed_by_the_next_start(watched, now, notices):
    left = [watched.path.with_name(name) for name in ("memory.duckdb.new", "memory.duckdb.new.wal")]
    for path in left:
        path.write_text(SECRET)
    with Database(watched.directory, now=now, notify=notices.append).read():
        pass

    assert [path for path in left if path.exists()] == []


def test_a_log_beside_the_file_is_never_left_to_the_copy(watched):
    watched.path.with_name("memory.duckdb.wal").write_bytes(b"x")
    with duckdb.connect(":memory:") as copier, pytest.raises(StoreError, match="write-ahead log"):
        rewrite_file(watched.path, copier, reached=lambda point: None)
