"""The instance that stays: one file, attached only while it is used."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from mem.errors import StoreDamaged
from mem.stores.database import Database, get_meta, set_meta

ELSEWHERE = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('select count(*) from meta').fetchall()"


@pytest.fixture
def open_database(tmp_path, now) -> Callable[..., Database]:
    def made(directory: Path = tmp_path / "profile") -> Database:
        return Database(directory, now=now, notify=print)

    return made


def key(database: Database) -> str:
    with database.read() as connection:
        return get_meta(connection, "key")


def test_the_file_is_free_for_other_processes_between_two_operations(open_database):
    database = open_database()
    for round in range(3):
        with database.write() as connection:
            set_meta(connection, "key", round)
        subprocess.run([sys.executable, "-c", ELSEWHERE, str(database.path)], check=True)

        assert key(database) == str(round)


def test_two_that_have_the_same_profile_open_in_one_process_take_turns(open_database):
    one, other = open_database(), open_database()
    with one.write() as connection:
        set_meta(connection, "key", "of the first")
    assert key(other) == "of the first"
    with one.read() as first, other.read() as second:
        assert get_meta(first, "key") == get_meta(second, "key")


def test_readers_in_threads_share_the_file_and_the_last_one_gives_it_back(open_database):
    database, seen = open_database(), []
    key(database)
    together = threading.Barrier(4, timeout=60)

    def look() -> None:
        with database.read() as connection:
            together.wait()
            seen.append(get_meta(connection, "schema_version"))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 4
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(database.path)], check=True)


def test_after_an_error_of_the_database_the_next_operation_is_as_good_as_the_first(open_database):
    database = open_database()
    with pytest.raises(duckdb.CatalogException), database.read() as connection:
        connection.execute("select * from no_such_table")
    with database.write() as connection:
        set_meta(connection, "key", "kept")

    assert key(database) == "kept"


def test_a_file_that_is_damaged_and_then_mended_is_read_again(open_database):
    database = open_database()
    with database.write() as connection:
        set_meta(connection, "key", "kept")
    whole = database.path.read_bytes()
    database.path.write_bytes(b"\0" * len(whole))
    with pytest.raises(StoreDamaged):
        key(database)
    database.path.write_bytes(whole)

    assert key(database) == "kept"


@pytest.mark.parametrize("name", ["it's here", "späte Ärzte 医", 'a "quoted" name', "semi;colon"])
def test_any_name_of_a_directory_will_do(tmp_path, open_database, name):
    database = open_database(tmp_path / name / "profile")
    with database.write() as connection:
        set_meta(connection, "key", name)

    assert key(database) == name


def test_a_directory_may_be_reached_through_a_link(tmp_path, open_database):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with open_database(tmp_path / "link" / "profile").write() as connection:
        set_meta(connection, "key", "through the link")

    assert key(open_database(tmp_path / "real" / "profile")) == "through the link"


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/hostname')", "attach '/tmp/other.duckdb' as other", "copy (select 1) to '/tmp/out.csv'",
        "install httpfs", "set enable_external_access = true", "set allowed_paths = ['/etc']",
    ],
)  # fmt: skip
def test_no_statement_reaches_another_file(open_database, sql):
    with open_database().read() as connection, pytest.raises(duckdb.Error, match="disabled|locked|denied|read-only"):
        connection.execute(sql)


