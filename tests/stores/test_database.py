import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from mem.errors import NotFound, StoreDamaged, StoreError, StoreTooNew
from mem.stores.database import Database, get_meta, next_id, set_meta
from mem.stores.episode_rows import EpisodeRows
from mem.stores.migrations import SCHEMA_VERSION

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
OPEN = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from mem.stores.database import Database, next_id, set_meta
from mem.stores.episode_rows import EpisodeRows
database = Database(Path(sys.argv[1]), now=lambda: datetime(2026, 6, 1, tzinfo=UTC), notify=sys.stderr.write)
"""


def reopened(database: Database) -> Database:
    return Database(database.directory, now=database.now, notify=database.notify)


def python(script: str, *arguments: object, **options) -> subprocess.Popen:
    command = [sys.executable, "-c", OPEN + script, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


def value_of(database: Database, key: str) -> str:
    with database.read() as connection:
        return get_meta(connection, key)


def test_what_was_written_is_there_when_opened_again(database):
    with database.write() as connection:
        set_meta(connection, "k", "v")

    assert value_of(reopened(database), "k") == "v"


def test_an_exception_inside_a_write_rolls_everything_back(database):
    with database.write() as connection:
        set_meta(connection, "k", "before")

    with pytest.raises(KeyboardInterrupt), database.write() as connection:  # noqa: PT012 all of it is the transaction
        set_meta(connection, "k", "after")
        next_id(connection, "e")
        raise KeyboardInterrupt

    assert value_of(database, "k") == "before"
    with database.write() as connection:
        assert next_id(connection, "e") == "e1"


def test_an_error_in_our_own_sql_is_not_called_damage(database):
    with pytest.raises(duckdb.CatalogException), database.read() as connection:
        connection.execute("select * from no_such_table")
    with pytest.raises(duckdb.ConstraintException), database.write() as connection:
        connection.execute("insert into meta values (null, null)")


def test_a_read_cannot_write(database):
    with pytest.raises(duckdb.InvalidInputException), database.read() as connection:
        set_meta(connection, "k", "v")


def test_a_database_cannot_reach_out_of_its_file(database):
    for sql in ("copy meta to '/tmp/x.csv'", "select * from read_text('/etc/passwd')", "attach '/tmp/x.db'", "install httpfs"):
        with pytest.raises(duckdb.PermissionException), database.write() as connection:
            connection.execute(sql)


def test_threads_lose_nothing(database):
    threads = [threading.Thread(target=lambda: [EpisodeRows(database).file("x") for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({episode.id for episode in EpisodeRows(database).newest(limit=100)}) == 20


def test_processes_lose_nothing(tmp_path, database):
    script = "for number in range(10): print(EpisodeRows(database).file(f'{sys.argv[2]} {number}').id)"
    processes = [python(script, database.directory, name) for name in "abc"]
    acknowledged = [line for process in processes for line in process.communicate()[0].split()]

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(acknowledged) == 30
    assert {episode.id for episode in EpisodeRows(database).newest(limit=100)} == set(acknowledged)


def test_a_reader_beside_a_writer_sees_whole_transactions_only(database):
    script = """
while True:
    with database.write() as connection:
        set_meta(connection, "a", str(os.urandom(4).hex()))
        set_meta(connection, "b", connection.execute("select value from meta where key = 'a'").fetchone()[0])
    print("x", flush=True)
"""
    process = python(script, database.directory)
    process.stdout.readline()
    seen = set()
    for _ in range(20):
        with database.read() as connection:
            seen.add((get_meta(connection, "a"), get_meta(connection, "b")))
    process.kill()
    process.communicate()

    assert all(a == b != "" for a, b in seen)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_acknowledged_survives_kill_9(database, seed):
    process = python("while True: print(EpisodeRows(database).file('x').id, flush=True)", database.directory)
    for _ in range(3 + seed):
        process.stdout.readline()
    time.sleep(random.Random(seed).random() / 20)
    process.send_signal(signal.SIGKILL)
    acknowledged = 3 + seed + len(process.communicate()[0].split())

    there = [episode.seq for episode in EpisodeRows(database).newest(limit=1000)]
    assert acknowledged <= len(there) <= acknowledged + 1


def test_a_run_killed_while_the_database_is_made_leaves_nothing_in_the_way(tmp_path):
    script = """
import duckdb
connection = duckdb.connect(sys.argv[2])
connection.execute("create table meta (key varchar)")
os.kill(os.getpid(), 9)
"""
    directory = tmp_path / "profile"
    directory.mkdir()
    python(script, directory, directory / "memory.new").communicate()
    assert (directory / "memory.new.wal").exists()

    database = Database(directory, now=lambda: NOW, notify=print)

    assert value_of(database, "schema_version") == str(SCHEMA_VERSION)
    assert sorted(path.name for path in directory.iterdir()) == ["lock", "lock.queue", "memory.duckdb"]


def test_a_newer_schema_is_refused_and_the_file_unchanged(database):
    with database.write() as connection:
        set_meta(connection, "schema_version", SCHEMA_VERSION + 1)
    before = database.path.read_bytes()

    with pytest.raises(StoreTooNew, match="upgrade mem"), reopened(database).write():
        pass

    assert database.path.read_bytes() == before


def damaged(data: bytes, how: str) -> bytes:
    middle = len(data) // 2
    return {
        "empty": b"",
        "truncated": data[:middle],
        "not a database": b"hello" * 1000,
        "zeroed": bytes(len(data)),
    }[how]


@pytest.mark.parametrize("how", ["empty", "truncated", "not a database", "zeroed"])
def test_a_damaged_file_is_reported_in_one_line_and_left_as_it_is(database, how):
    EpisodeRows(database).file("precious")
    database.path.write_bytes(damaged(database.path.read_bytes(), how))
    before = database.path.read_bytes()

    for use in (lambda: EpisodeRows(reopened(database)).newest(limit=1), lambda: EpisodeRows(database).file("x")):
        with pytest.raises(StoreDamaged) as error:
            use()
        assert "\n" not in str(error.value)
        assert str(database.path) in str(error.value)
    assert database.path.read_bytes() == before


def test_flipped_bytes_never_give_a_wrong_answer(database):
    rows = EpisodeRows(database)
    for number in range(50):
        rows.file(f"precious {number} " + "x" * 500)
    expected = rows.newest(limit=100)
    data = database.path.read_bytes()
    generator = random.Random(7)
    outcomes = set()
    for _ in range(30):
        place = generator.randrange(len(data))
        database.path.write_bytes(data[:place] + bytes([data[place] ^ (1 << generator.randrange(8))]) + data[place + 1 :])
        try:
            assert EpisodeRows(reopened(database)).newest(limit=100) == expected
            outcomes.add("right")
        except StoreDamaged:
            outcomes.add("damaged")

    assert "damaged" in outcomes


def test_a_database_of_another_program_is_not_taken_for_ours(database):
    database.directory.mkdir(parents=True)
    with duckdb.connect(database.path) as connection:
        connection.execute("create table something (x integer)")

    with pytest.raises(StoreDamaged, match="not a database of mem"), database.read():
        pass


@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_in_the_place_of_the_database_is_refused(database, tmp_path, dangling):
    EpisodeRows(database).file("x")
    target = tmp_path / "elsewhere.duckdb"
    shutil.move(database.path, target)
    database.path.symlink_to(target)
    if dangling:
        target.unlink()

    with pytest.raises(StoreError, match="symbolic link"), reopened(database).write():
        pass

    assert database.path.is_symlink()
    assert target.exists() != dangling


def test_a_link_in_the_place_of_the_profile_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "profile").symlink_to(tmp_path / "real")

    with pytest.raises(StoreError, match="symbolic link"), Database(tmp_path / "profile", now=lambda: NOW, notify=print).read():
        pass


def test_directories_and_files_are_private_whatever_the_umask(tmp_path):
    script = """
from mem.models.scripted import HashEmbedder
from mem.stores.episodes import EpisodeIndex
os.umask(0)
EpisodeRows(database).file("x")
EpisodeIndex(database, HashEmbedder()).catch_up()
print("done")
"""
    directory = tmp_path / "home" / "data" / "profiles" / "default"
    assert python(script, directory).communicate()[0] == "done\n"

    folders = [tmp_path / "home", tmp_path / "home/data", tmp_path / "home/data/profiles", directory, directory / "index"]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir() if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (directory / "index").iterdir()} == {0o700}


def test_a_directory_that_was_open_to_others_is_closed(tmp_path):
    directory = tmp_path / "profile"
    directory.mkdir()
    directory.chmod(0o755)

    with Database(directory, now=lambda: NOW, notify=print).read():
        assert directory.stat().st_mode & 0o777 == 0o700


def test_ids_are_never_used_again(database):
    rows = EpisodeRows(database)
    first = rows.file("x")
    with database.write() as connection:
        connection.execute("delete from episode")

    assert first.id == "e1"
    assert EpisodeRows(reopened(database)).file("y").id == "e2"


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 6, 1, 9, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2))),
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-12))),
        datetime(2100, 1, 1, tzinfo=UTC),
    ],
)
def test_times_come_back_aware_and_equal(database, moment):
    rows = EpisodeRows(database)
    found = rows.get(rows.file("x", happened_at=moment).id).happened_at

    assert found == moment
    assert found.tzinfo == UTC


def test_texts_come_back_as_they_were(database):
    rows = EpisodeRows(database)
    for text in ("\x00", "' OR '1'='1", 'a"b\\c', "\u202egnihton", "👩‍👩‍👧‍👦", "x\r\ny", "\ufeff", "x" * 100_000, "%s {} $1 ?"):
        assert rows.get(rows.file(text, tags=[text]).id).text == text


def test_an_id_that_is_sql_is_only_an_unknown_id(database):
    rows = EpisodeRows(database)
    rows.file("x")
    for id in ("' OR '1'='1", "e1; drop table episode", "", "\x00", "e" * 10_000):
        with pytest.raises(NotFound):
            rows.get(id)

    assert len(rows.newest(limit=5)) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_is_an_error_of_one_line(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError), Database(tmp_path / "profile", now=lambda: NOW, notify=print).read():
        pass


def test_a_file_in_the_place_of_the_profile_is_an_error_of_one_line(tmp_path):
    (tmp_path / "profile").write_text("x")

    with pytest.raises(StoreError, match="cannot use"), Database(tmp_path / "profile", now=lambda: NOW, notify=print).read():
        pass


def test_another_program_that_holds_the_file_is_named_as_the_reason(database):
    EpisodeRows(database).file("x")
    script = """
import duckdb
connection = duckdb.connect(sys.argv[2])
print("held", flush=True)
sys.stdin.read()
"""
    process = python(script, database.directory / "other", database.path, stdin=subprocess.PIPE)
    process.stdout.readline()
    with pytest.raises(StoreError, match="open in another program"), database.read():
        pass
    process.communicate()

    assert len(EpisodeRows(database).newest(limit=5)) == 1


def test_the_path_of_the_database_is_in_its_profile(database):
    assert database.path == Path(database.directory) / "memory.duckdb"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block of size 256.0 KiB"), "not enough memory"),
        (duckdb.IOException('IO Error: Cannot open file "memory.duckdb": Too many open files'), "too many open files"),
    ],
)
def test_what_the_machine_lacks_is_not_called_damage(database, error, said):
    with pytest.raises(StoreError, match=said) as caught, database.read():
        raise error

    assert not isinstance(caught.value, StoreDamaged)
