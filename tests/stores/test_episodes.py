import random
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from index_helpers import TEXTS, CountingEmbedder, found, fresh, generation, holds, root_of, seqs_in, table_of

from mem.errors import StoreError
from mem.records import Message, TimeRange
from mem.stores.database import get_meta, set_meta
from mem.stores.episode_rows import EpisodeRows


def test_an_empty_index_finds_nothing(index):
    assert index.search("anything", None, limit=5) == ([], "")


def test_what_is_caught_up_once_is_not_done_again(filled, index, database):
    assert index.catch_up() == 5
    assert index.catch_up() == 0
    assert len(seqs_in(database)) == 5


def test_progress_tells_how_many_are_done(filled, index):
    told = []
    index.catch_up(progress=told.append)

    assert told == [5]


def test_rows_are_found_by_their_words_in_other_forms(indexed, index):
    assert found(index, "who is repairing boilers?")[0] == TEXTS[1]


def test_rows_are_found_by_meaning_too(indexed, index, embedder):
    candidates, notice = index.search("", embedder.embed_query("peanuts allergic"), limit=1)

    assert [candidate.document.text for candidate in candidates] == [TEXTS[2]]
    assert 0 <= candidates[0].distance < 0.5
    assert notice == ""


def test_by_words_alone_there_is_no_distance(indexed, index):
    assert [candidate.distance for candidate in index.search("boiler", None, limit=5)[0]] == [None]


def test_a_row_found_both_ways_comes_once(indexed, index, embedder):
    texts = found(index, "boiler", vector=embedder.embed_query("boiler"))

    assert sorted(texts) == sorted(set(texts))


def test_a_turn_is_two_documents_and_each_tells_its_episode(messages, rows, index):
    user = messages.record_user("What is a boiler?", session=None)
    messages.record_answer(Message("assistant", "A boiler heats water", turn=user.turn, session=user.session))
    index.catch_up()

    documents = {candidate.document.part: candidate.document for candidate in index.search("boiler", None, limit=5)[0]}
    assert set(documents) == {"user", "answer"}
    assert {document.episode for document in documents.values()} == {rows.of_turn(user.turn).id}


def test_a_time_range_keeps_the_rest_out_before_the_cut(indexed, index, embedder, now):
    start = now() - timedelta(days=4, hours=1)
    within = TimeRange(start, start + timedelta(days=1, hours=2))

    vector = embedder.embed_query("the train to Porto")
    assert found(index, "the boiler or the train", vector=vector, limit=1, time_range=within) == [TEXTS[1]]
    assert set(found(index, "", vector=vector, time_range=TimeRange(now() - timedelta(days=2), None))) == set(TEXTS[3:])
    assert set(found(index, "", vector=vector, time_range=TimeRange(None, now() - timedelta(days=4)))) == {TEXTS[0]}
    assert len(found(index, "", vector=vector, time_range=TimeRange(None, None))) == 5


def test_the_end_of_a_time_range_is_not_in_it(rows, index, now, embedder):
    rows.file("on the dot")
    index.catch_up()

    assert found(index, "dot", time_range=TimeRange(now(), None)) == ["on the dot"]
    assert found(index, "dot", time_range=TimeRange(None, now())) == []


NAUGHTY = [
    "", " ", '"', '"boiler"', "' OR '1'='1", "boiler'); drop table document; --", "\x00", "a\x00b", "👩‍👩‍👧‍👦 🔥",
    "AND OR NOT", "+boiler -train", "boiler^2", "boiler~", "(", "*", "\\", "\ud800", "\u202e", "ß İ ﬁ", "中文 日本語",
    "x" * 100_000, " ".join(f"w{number}" for number in range(10_000)), "boiler " * 10_000, "_", "__init__", "٣", "the of a",
]  # fmt: skip


def test_no_query_breaks_the_index(indexed, index, embedder, database, notices):
    before = generation(database)
    for query in NAUGHTY:
        index.search(query, None, limit=5)
        index.search(query, embedder.embed_query(query), limit=5)

        assert TEXTS[1] in found(index, "boiler"), query[:80]
    assert generation(database) == before
    assert notices == []


def test_a_quoted_query_finds_its_words(indexed, index):
    assert found(index, '"boiler"') == [TEXTS[1]]


def test_two_indexes_on_one_profile_add_each_row_once(filled, database, embedder):
    barrier = threading.Barrier(2)

    def work() -> None:
        index = fresh(database, embedder)
        barrier.wait()
        index.catch_up()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seqs_in(database)) == 5


def test_rows_added_by_a_run_that_was_killed_before_its_commit_are_not_doubled(indexed, rows, database, embedder):
    rows.file("The dentist is on Tuesday")
    index = fresh(database, embedder)
    document = index._builder.pending(limit=1)[0]
    directory = generation(database)
    columns = ["about", "happened_at", "vector"]
    row = table_of(directory).search().select(columns).to_list()[0]
    with pytest.raises(KeyboardInterrupt), database.write() as connection:  # noqa: PT012 all of it is the transaction
        # What `catch_up` does up to its commit.
        table_of(directory).add([{**row, "seq": document.seq, "text": document.text}])
        set_meta(connection, "indexed_seq", document.seq)
        raise KeyboardInterrupt
    assert len(seqs_in(database)) == 6

    assert index.catch_up() == 1
    assert len(seqs_in(database)) == 6
    assert found(index, "dentist") == ["The dentist is on Tuesday"]


def test_a_torn_write_by_a_run_that_was_killed_is_repaired_by_the_next_catch_up(indexed, rows, database, embedder, notices):
    rows.file("The dentist is on Tuesday")
    directory = generation(database)
    row = table_of(directory).search().limit(1).to_list()[0]
    row.pop("_distance", None)
    before = {path: path.read_bytes() for path in (directory / "document.lance" / "_versions").iterdir()}
    table_of(directory).add([row])
    for path in (directory / "document.lance" / "_versions").iterdir():
        if path not in before:
            path.write_bytes(b"")

    index = fresh(database, embedder)
    index.catch_up()

    assert len(seqs_in(database)) == 6
    assert found(index, "dentist") == ["The dentist is on Tuesday"]
    assert len(notices) == 1
    assert len(list(root_of(database).glob("*.corrupt-*"))) == 1


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_while_indexing_leaves_no_duplicates_and_no_gaps(database, seed, embedder):
    script = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mem.models.scripted import HashEmbedder
from mem.stores.database import Database
from mem.stores.episode_rows import EpisodeRows
from mem.stores.episodes import EpisodeIndex
database = Database(Path(sys.argv[1]), now=lambda: datetime(2026, 6, 1, tzinfo=UTC), notify=print)
rows, index = EpisodeRows(database), EpisodeIndex(database, HashEmbedder())
while True:
    rows.file("the boiler")
    index.catch_up()
    print("x", flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", script, str(database.directory)], stdout=subprocess.PIPE)
    process.stdout.readline()
    threading.Event().wait(random.Random(seed).random() / 5)
    process.kill()
    process.communicate()

    index = fresh(database, embedder)
    index.catch_up()
    with database.read() as connection:
        expected = [seq for (seq,) in connection.execute("select seq from document order by seq").fetchall()]
    assert seqs_in(database) == expected
    assert index.state(deep=True)["damage"] == ""


def test_the_state_counts_what_is_indexed_and_what_waits(indexed, index, rows):
    rows.file("not yet")

    assert index.state() == {"generation": 1, "indexed": 5, "waiting": 1, "damage": "", "embedder_matches": True}


def test_many_small_additions_leave_few_files(rows, index, database):
    for number in range(30):
        rows.file(f"boiler {number}")
        index.catch_up()

    assert len(list((generation(database) / "document.lance" / "data").iterdir())) <= 26
    assert len(found(index, "boiler", limit=100)) == 30
    assert index.state(deep=True)["damage"] == ""


def test_the_index_never_finds_what_the_database_does_not_have(indexed, index, database, embedder):
    with database.write() as connection:
        connection.execute("delete from episode where contains(text, 'boiler')")

    assert found(index, "boiler") == []
    assert len(found(index, "", vector=embedder.embed_query("boiler"))) == 4


def test_a_link_in_the_place_of_the_index_is_refused(filled, index, database, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    root_of(database).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreError, match="symbolic link"):
        index.catch_up()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_embedder_that_fails_leaves_the_rows_waiting(filled, database, index):
    with pytest.raises(KeyboardInterrupt):
        fresh(database, CountingEmbedder(give_up_after=0)).catch_up()

    assert index.state()["waiting"] == 5
    assert index.catch_up() == 5


def test_rows_with_the_same_text_are_all_kept(database, index):
    rows = EpisodeRows(database)
    for _ in range(3):
        rows.file("boiler")
    index.catch_up()

    assert found(index, "boiler") == ["boiler"] * 3


class ForgettingEmbedder(CountingEmbedder):
    """Another process deletes a text while this one embeds it."""

    database = None

    def embed_passages(self, texts):
        if self.database is not None:
            with self.database.write() as connection:
                connection.execute("delete from episode where contains(text, 'peanuts')")
        return super().embed_passages(texts)


@pytest.mark.parametrize("begin", ["catch_up", "rebuild"])
def test_what_is_forgotten_while_it_is_embedded_is_not_written_to_the_index(filled, database, begin):
    embedder = ForgettingEmbedder()
    embedder.database = fresh(database, embedder)._database
    index = fresh(database, embedder)
    getattr(index, begin)()

    assert TEXTS[2] in embedder.embedded
    assert len(seqs_in(database)) == 4
    assert not holds(root_of(database), "peanuts")
    assert index.state()["waiting"] == 0


def test_the_mark_goes_past_what_was_forgotten_last(rows, database):
    rows.file("allergic to peanuts")
    embedder = ForgettingEmbedder()
    embedder.database = fresh(database, embedder)._database

    assert fresh(database, embedder).catch_up() == 0
    assert seqs_in(database) == []
    with database.read() as connection:
        assert int(get_meta(connection, "indexed_seq")) > 0
