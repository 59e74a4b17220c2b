"""More documents than are compared one by one: the approximate index, its upkeep beside other work, and what is read when."""

import random
import shutil
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from index_helpers import found, fresh, generation, holds, root_of, seqs_in, table_of

from mem.models.scripted import HashEmbedder
from mem.stores.database import Database, get_meta
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
from mem.stores.index_search import FLAT_ROWS
from mem.stores.lock import ProfileLock

ROWS = FLAT_ROWS + 600
NAMES = ["harbour", "violin", "lemon", "granite", "otter", "ladder", "velvet", "meteor", "basil", "copper"]


def text(number: int) -> str:
    return f"{NAMES[number % 10]} {NAMES[number // 10 % 10]} n{number} g{number // 40}"


def add(database: Database, numbers: range) -> None:
    """Texts as they come in bulk: ten a session, a minute apart."""
    rows = [(f"x{number}", number, text(number), number * 60, f"s{number // 10}") for number in numbers]
    with database.write() as connection:
        connection.executemany(
            "insert into episode (id, seq, kind, text, happened_at, session, origin, created_at) "
            "values (?, ?, 'archival', ?, timestamp '2026-01-01' + to_seconds(?), ?, 'user_said', timestamp '2026-01-01')",
            rows,
        )
        connection.execute("update counter set value = ? where kind = 'seq'", [numbers[-1]])


@pytest.fixture(scope="session")
def large_profile(tmp_path_factory):
    """A profile that is just large enough for the approximate index, with that index."""
    directory = tmp_path_factory.mktemp("large") / "profile"
    database = Database(directory, now=lambda: datetime(2026, 6, 1, tzinfo=UTC), notify=print)
    rows = range(1, ROWS + 1)
    with database.write() as connection:
        connection.execute("select 1")
    for first in range(0, ROWS, 5000):
        add(database, rows[first : first + 5000])
    EpisodeIndex(database, HashEmbedder()).catch_up()
    return directory


@pytest.fixture
def large(large_profile, database):
    """The same, as this test's own profile."""
    shutil.copytree(large_profile, database.directory)


def indexed_rows(database: Database, name: str) -> int:
    stats = table_of(generation(database)).index_stats(name)
    return 0 if stats is None else stats.num_indexed_rows


def test_a_large_index_finds_what_an_exact_search_finds(large, index, embedder):
    vectors = embedder.embed_passages([text(number) for number in range(1, ROWS + 1)])
    shares = []
    for number in range(5, ROWS, 1500):
        vector = embedder.embed_query(f"{text(number)} {NAMES[number % 7]}")
        candidates, _ = index.search("", vector, limit=100)
        exact = np.sort(1 - vectors @ vector)[:100]
        own = np.sort([candidate.distance for candidate in candidates])
        assert own == pytest.approx([1 - float(np.dot(candidate.vector, vector)) for candidate in sorted(
            candidates, key=lambda candidate: candidate.distance
        )], abs=1e-5)  # fmt: skip
        # By distance, not by name: many lie equally far.
        shares.append(float(np.mean(own <= exact[-1] + 1e-4)))

    assert np.mean(shares) >= 0.98


def test_a_new_document_is_found_at_once_before_it_is_in_an_index(large, index, rows, database, embedder):
    rows.file("the zeppelin landed in Ghent")
    index.catch_up()

    assert indexed_rows(database, "vector_idx") == ROWS
    assert found(index, "zeppelin") == ["the zeppelin landed in Ghent"]
    vector = embedder.embed_query("zeppelin landed Ghent")
    assert found(index, "", vector=vector, limit=1) == ["the zeppelin landed in Ghent"]


def test_maintenance_takes_in_what_came_since_and_then_is_not_due(large, index, database):
    assert index.maintain() is False
    add(database, range(ROWS + 1, ROWS + 1102))
    index.catch_up()
    before = generation(database)

    index.maintain_in_background().join()
    assert generation(database) != before
    assert indexed_rows(database, "vector_idx") == indexed_rows(database, "text_idx") == ROWS + 1101
    assert [path.name for path in root_of(database).iterdir()] == [generation(database).name]
    assert index.state(deep=True)["damage"] == ""
    assert index.maintain() is False
    assert found(index, f"n{ROWS + 7}") == [text(ROWS + 7)]


def test_what_is_written_during_maintenance_is_neither_lost_nor_doubled(large, index, database, embedder):
    add(database, range(ROWS + 1, ROWS + 1102))
    index.catch_up()
    other = fresh(database, embedder)
    rows = EpisodeRows(other._database)
    done = []
    thread = threading.Thread(target=lambda: done.append(index.maintain()))
    thread.start()
    written = 0
    while thread.is_alive():
        rows.file(f"zeppelin {written}")
        other.catch_up()
        assert f"zeppelin {written}" in found(other, f"zeppelin {written}", limit=1000)
        written += 1
    thread.join()

    assert done == [True]
    assert written
    seqs = seqs_in(database)
    assert len(seqs) == len(set(seqs)) == ROWS + 1101 + written
    assert len(found(fresh(database, embedder), "zeppelin", limit=1000)) == written


def test_only_one_process_builds_and_the_others_go_on(large, index, rows, database, embedder):
    add(database, range(ROWS + 1, ROWS + 1102))
    index.catch_up()
    lock = ProfileLock(database.directory / "building.lock", notify=print, patient_seconds=0)
    with lock.exclusive():
        assert index.maintain() is False
        rows.file("zeppelin")
        fresh(database, embedder).catch_up()
        assert found(index, "zeppelin") == ["zeppelin"]

    assert index.maintain() is True


@pytest.mark.parametrize("seed", range(3))
def test_what_is_forgotten_during_maintenance_does_not_come_back(large, index, database, embedder, seed):
    add(database, range(ROWS + 1, ROWS + 1102))
    index.catch_up()
    thread = threading.Thread(target=index.maintain)
    thread.start()
    time.sleep(random.Random(seed).random() / 3)
    other = fresh(database, embedder)
    with other._database.write() as connection:
        connection.execute("delete from episode where seq = 777")
        other.rewrite(connection)
    other.remove_old_generations()
    thread.join()

    assert 777 not in seqs_in(database)
    assert not holds(root_of(database), "n777 ")
    assert len(seqs_in(database)) == ROWS + 1100
    index.maintain()
    assert not holds(root_of(database), "n777 ")
    assert indexed_rows(database, "vector_idx") == ROWS + 1100


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_during_maintenance_leaves_the_old_index_and_the_next_one_is_whole(large, index, database, embedder, seed):
    add(database, range(ROWS + 1, ROWS + 1102))
    index.catch_up()
    script = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mem.models.scripted import HashEmbedder
from mem.stores.database import Database
from mem.stores.episodes import EpisodeIndex
index = EpisodeIndex(Database(Path(sys.argv[1]), now=lambda: datetime(2026, 6, 1, tzinfo=UTC), notify=print), HashEmbedder())
print("ready", flush=True)
index.maintain()
"""
    process = subprocess.Popen([sys.executable, "-c", script, str(database.directory)], stdout=subprocess.PIPE)
    process.stdout.readline()
    threading.Event().wait(random.Random(seed).random() * 0.8)
    process.kill()
    process.communicate()

    after = fresh(database, embedder)
    assert found(after, f"n{ROWS + 7}") == [text(ROWS + 7)]
    after.maintain()
    assert seqs_in(database) == list(range(1, ROWS + 1102))
    assert after.state(deep=True)["damage"] == ""
    assert len(list(root_of(database).glob("g-*"))) == 1


def test_a_damaged_index_is_not_copied_by_maintenance(large, index, database, embedder):
    add(database, range(ROWS + 1, ROWS + 1102))
    index.catch_up()
    largest = max((generation(database) / "document.lance" / "data").iterdir(), key=lambda path: path.stat().st_size)
    data = bytearray(largest.read_bytes())
    data[len(data) // 2] ^= 1
    largest.write_bytes(data)
    before = generation(database)

    assert fresh(database, embedder).maintain() is False
    assert generation(database) == before


def test_a_rebuild_of_many_has_the_same_indexes(large, database):
    other = HashEmbedder(32, name="other")

    assert fresh(database, other).rebuild() == ROWS
    assert indexed_rows(database, "vector_idx") == indexed_rows(database, "seq_idx") == ROWS
    assert indexed_rows(database, "text_idx") == ROWS
    with database.read() as connection:
        assert get_meta(connection, "index_fingerprint") == other.fingerprint


def test_neighbours_are_found_in_a_large_index(large, index, embedder):
    candidates, _ = index.search("n4444", None, limit=1)

    near = index.around(candidates, embedder.embed_query("x"), reach=2)
    assert sorted(candidate.document.seq for candidate in near) == [4442, 4443, 4445, 4446]
    assert all(candidate.words == 0 and candidate.distance is not None and candidate.vector is not None for candidate in near)
