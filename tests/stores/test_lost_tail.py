"""A log that is damaged or cut off, a database that is older than it was, a directory that is read-only."""

import os
import random
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mem.errors import StoreDamaged, StoreError
from mem.stores.acknowledged import NAME, Mark, missing, read_mark, write_mark
from mem.stores.database import Database
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex

# Ends between a commit and the checkpoint that closing the database makes, so that the log is left behind.
LEAVE_A_LOG = """
import os, sys, duckdb
from datetime import UTC, datetime
from pathlib import Path
import mem.stores.database as stores
from mem.stores.episode_rows import EpisodeRows
database = stores.Database(Path(sys.argv[1]), now=lambda: datetime(2026, 6, 1, tzinfo=UTC), notify=print)
EpisodeRows(database).file("in the database")
with database.lock.exclusive():
    connection = duckdb.connect(database.path, config=stores.CONFIG)
    for number in range(3):
        connection.execute("begin")
        connection.execute("insert into episode (id, seq, kind, text, happened_at, origin, created_at) values "
                           "(?, ?, 'note', 'in the log', now()::timestamp, 'user_said', now()::timestamp)",
                           [f"e{number + 2}", number + 2])
        connection.execute("update counter set value = ? where kind = 'e'", [number + 2])
        mark = stores.count_commit(connection)
        connection.execute("commit")
        stores.write_mark(database.directory, mark)
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def logged(database: Database) -> Database:
    """One note in the database, three in its log."""
    subprocess.run([sys.executable, "-c", LEAVE_A_LOG, str(database.directory)], check=False)
    assert log(database).stat().st_size > 100
    return database


def log(database: Database) -> Path:
    return database.path.with_name("memory.duckdb.wal")


def texts(database: Database) -> list[str]:
    return sorted(episode.text for episode in EpisodeRows(database).newest(limit=10))


def reopened(database: Database) -> Database:
    return Database(database.directory, now=database.now, notify=database.notify)


def kept(database: Database) -> list[bytes]:
    return [path.read_bytes() for path in database.directory.glob("*.corrupt-*")]


def test_a_whole_log_is_taken_in_without_a_word(logged, notices):
    assert texts(logged) == ["in the database", *["in the log"] * 3]
    assert notices == []


def test_a_log_with_a_flipped_bit_is_set_aside_and_what_is_missing_is_told(logged, notices):
    damaged = bytearray(log(logged).read_bytes())
    damaged[len(damaged) // 2] ^= 4
    log(logged).write_bytes(damaged)

    assert texts(logged) == ["in the database"]
    assert kept(logged) == [bytes(damaged)]
    assert [line.partition(" of /")[0] for line in notices[:1]] == ["WARNING: the log"]
    assert "missing is 3 changes (3 memories)" in notices[1]
    assert all("\n" not in line for line in notices)
    assert texts(reopened(logged)) == ["in the database"]
    assert len(notices) == 2  # told once


@pytest.mark.parametrize(("how", "left"), [("cut", 2), ("half", 1), ("empty", 0), ("zeros", 0), ("gone", 0), ("junk", 0)])
def test_a_log_that_ends_too_early_is_noticed_and_kept_as_it_was(logged, notices, how, left):
    whole = log(logged).read_bytes()
    found = {
        "cut": whole[:-9], "half": whole[: len(whole) // 2], "empty": b"", "zeros": bytes(len(whole)), "junk": b"hello" * 99
    }  # fmt: skip
    log(logged).unlink() if how == "gone" else log(logged).write_bytes(found[how])

    assert texts(logged) == ["in the database", *["in the log"] * left]
    assert [f"missing is {3 - left} change" in line for line in notices] == [True]
    assert kept(logged) == ([] if how == "gone" else [found[how]])
    texts(reopened(logged))
    assert len(notices) == 1


def test_no_number_is_used_again_after_a_loss(logged):
    log(logged).unlink()

    assert EpisodeRows(logged).file("after the loss").id == "e5"


def test_an_older_copy_in_the_place_of_the_database_is_noticed_and_the_index_follows_it(database, embedder, notices):
    rows, index = EpisodeRows(database), EpisodeIndex(database, embedder)
    rows.file("the first harvest of plums")
    index.catch_up()
    shutil.copy(database.path, database.directory / "copy")
    rows.file("the second harvest of plums")
    index.catch_up()
    (database.directory / "copy").replace(database.path)

    again = EpisodeIndex(reopened(database), embedder)
    again.catch_up()
    found, _ = again.search("harvest of plums", None, limit=9)
    assert [candidate.document.text for candidate in found] == ["the first harvest of plums"]
    assert "1 memory" in notices[0]
    assert again.state(deep=True)["damage"] == ""


def test_the_database_of_another_profile_is_noticed(database, tmp_path, notices):
    other = Database(tmp_path / "other", now=database.now, notify=notices.append)
    for each in (database, other, other):
        EpisodeRows(each).file("x")
    shutil.copy(other.path, database.path)

    texts(reopened(database))
    assert "not the database that was here" in notices[0]


def test_a_missing_database_is_not_replaced_even_if_nothing_was_indexed(database):
    EpisodeRows(database).file("x")
    database.path.unlink()

    with pytest.raises(StoreDamaged, match=f"missing, but .*{NAME} is there"):
        texts(reopened(database))
    assert not database.path.exists()


def test_a_mark_that_is_damaged_is_no_mark(tmp_path):
    write_mark(tmp_path, Mark("p", 7, {"e": 3}))
    whole = (tmp_path / NAME).read_bytes()
    generator = random.Random(3)
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << generator.randrange(8)
        (tmp_path / NAME).write_bytes(damaged)
        assert read_mark(tmp_path) is None
    (tmp_path / NAME).write_bytes(whole)
    assert read_mark(tmp_path) == Mark("p", 7, {"e": 3})


def test_what_is_missing_is_told_in_words():
    noted = Mark("p", 7, {"m": 4, "e": 2, "seq": 9})

    assert missing(noted, Mark("p", 5, {"m": 2, "e": 1, "seq": 4})) == "2 changes (2 messages, 1 memory)"
    assert missing(noted, Mark("p", 6, {"m": 4, "e": 2})) == "1 change"
    assert missing(noted, Mark("p", 8, {})) == ""
    assert missing(None, Mark("p", 0, {})) == ""


def test_a_rolled_back_write_is_not_counted(database):
    EpisodeRows(database).file("x")
    before = read_mark(database.directory)
    with pytest.raises(KeyboardInterrupt), database.write():
        raise KeyboardInterrupt

    assert read_mark(database.directory) == before


@pytest.fixture
def read_only(database, embedder):
    """A profile with a note in it, that nobody can write to."""
    EpisodeRows(database).file("the plums are ripe")
    EpisodeIndex(database, embedder).catch_up()
    mounted = not os.geteuid()
    if mounted:
        done = [
            subprocess.run(["mount", *options, database.directory], capture_output=True, check=False).returncode
            for options in (("--bind", str(database.directory)), ("-o", "remount,bind,ro"))
        ]
        if any(done):
            pytest.skip("root may write anywhere, and nothing can be mounted here")
    else:
        database.directory.chmod(0o500)
    yield reopened(database)
    if mounted:
        subprocess.run(["umount", database.directory], check=True)
    else:
        database.directory.chmod(0o700)


def test_a_read_only_profile_is_read_and_a_write_fails_in_one_line(read_only, embedder):
    index = EpisodeIndex(read_only, embedder)
    index.catch_up()

    assert texts(read_only) == ["the plums are ripe"]
    assert [found.document.text for found in index.search("plums", None, limit=3)[0]] == ["the plums are ripe"]
    with pytest.raises(StoreError, match="it is read-only; nothing was changed") as error:
        EpisodeRows(read_only).file("x")
    assert "\n" not in str(error.value)


def test_a_directory_that_its_owner_made_read_only_stays_so(database):
    EpisodeRows(database).file("x")
    database.directory.chmod(0o500)
    texts(reopened(database))

    assert database.directory.stat().st_mode & 0o777 == 0o500
    database.directory.chmod(0o700)


def test_too_few_open_files_are_one_line(database):
    EpisodeRows(database).file("x")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (31, hard))
    try:
        with pytest.raises(StoreError, match="only 31 files may be open"):
            texts(reopened(database))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
