import random
import shutil
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import lancedb
import pytest

from mem.errors import StoreError
from mem.models.scripted import HashEmbedder
from mem.records import Message, TimeRange
from mem.stores.database import Database, get_meta, set_meta
from mem.stores.episode_rows import EpisodeRows
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


@pytest.fixture
def filled(rows, now):
    for text in TEXTS:
        rows.file(text)
        now.advance(days=1)


@pytest.fixture
def indexed(filled, index):
    index.catch_up()


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


@pytest.mark.parametrize(
    "query",
    [
        "", " ", '"', '"boiler"', "' OR '1'='1", "boiler'); drop table document; --", "\x00", "a\x00b", "👩‍👩‍👧‍👦 🔥",
        "AND OR NOT", "+boiler -train", "boiler^2", "boiler~", "(", "*", "\\", "\ud800", "\u202e", "ß İ ﬁ", "中文 日本語", "the of a",
        "x" * 100_000, " ".join(f"w{number}" for number in range(10_000)), "boiler " * 10_000, "_", "__init__", "٣",
    ],
)  # fmt: skip
def test_no_query_breaks_the_index(indexed, index, embedder, database, notices, query):
    before = generation(database)
    index.search(query, None, limit=5)
    index.search(query, embedder.embed_query(query), limit=5)

    assert generation(database) == before
    assert notices == []
    assert TEXTS[1] in found(index, "boiler")


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
    document = index._pending()[0]
    directory = generation(database)
    row = table_of(directory).search().select(["episode", "part", "kind", "session", "turn", "happened_at", "vector"]).to_list()[0]
    with pytest.raises(KeyboardInterrupt), database.write() as connection:
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


@pytest.mark.parametrize("how", ["removed", "truncated", "emptied", "flipped"])
def test_a_damaged_index_is_set_aside_and_rebuilt_with_the_same_results(indexed, database, embedder, notices, how):
    before = found(fresh(database, embedder), "the boiler of my sister", vector=embedder.embed_query("cat"))
    directory = generation(database)
    files = len([path for path in directory.rglob("*") if path.is_file()])
    damage_all(directory, how)

    after = found(fresh(database, embedder), "the boiler of my sister", vector=embedder.embed_query("cat"))

    assert sorted(after) == sorted(before)
    assert len(notices) == 1
    assert "\n" not in notices[0]
    aside = list(root_of(database).glob("*.corrupt-*"))
    kept = len([path for path in aside[0].rglob("*") if path.is_file()])
    assert (len(aside), kept) == (1, files - (how == "removed"))
    assert fresh(database, embedder).state(deep=True)["indexed"] == 5


@pytest.mark.parametrize("how", ["removed", "truncated"])
def test_a_damaged_index_loses_no_old_row_when_a_new_one_comes(indexed, rows, database, embedder, how):
    damage_all(generation(database), how)
    rows.file("The dentist is on Tuesday")
    fresh(database, embedder).catch_up()

    assert len(seqs_in(database)) == 6


def test_any_file_of_the_index_may_be_damaged(filled, rows, index, database, embedder):
    index.catch_up()
    rows.file("The dentist is on Tuesday")
    index.catch_up()
    generator = random.Random(3)
    for number in range(12):
        paths = sorted(path for path in generation(database).rglob("*") if path.is_file())
        path = paths[generator.randrange(len(paths))]
        data = bytearray(path.read_bytes())
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        path.write_bytes(data) if number % 3 else path.unlink()

        texts = found(fresh(database, embedder), "boiler", vector=embedder.embed_query("boiler"))
        assert texts[0] == TEXTS[1], path
        assert sorted(texts) == sorted([*TEXTS, "The dentist is on Tuesday"]), path


def test_an_index_directory_that_is_gone_is_built_anew(indexed, database, embedder):
    shutil.rmtree(root_of(database))

    assert found(fresh(database, embedder), "boiler") == [TEXTS[1]]


def test_a_healthy_index_is_not_set_aside_because_another_process_saw_an_older_one_damaged(indexed, database, embedder, notices):
    damage_all(generation(database), "truncated")
    one, other = fresh(database, embedder), fresh(database, embedder)
    found(one, "boiler")
    found(other, "boiler")

    assert len(list(root_of(database).glob("*.corrupt-*"))) == 1
    assert len(notices) == 1


def test_a_deep_look_reads_every_byte(indexed, index, database):
    damage_all(generation(database), "flipped")

    assert index.state()["damage"] == ""
    assert "was changed" in index.state(deep=True)["damage"]


def test_the_state_counts_what_is_indexed_and_what_waits(indexed, index, rows):
    rows.file("not yet")

    assert index.state() == {"generation": 1, "indexed": 5, "waiting": 1, "damage": "", "embedder_matches": True}


def test_many_small_additions_leave_few_files(rows, index, database):
    for number in range(60):
        rows.file(f"boiler {number}")
        index.catch_up()

    assert len(list((generation(database) / "document.lance" / "data").iterdir())) < 40
    assert len(found(index, "boiler", limit=100)) == 60
    assert index.state(deep=True)["damage"] == ""


# Another embedder.


def test_with_another_embedder_words_answer_and_a_notice_says_so(indexed, rows, database):
    other = HashEmbedder(32, name="other")
    index = fresh(database, other)
    rows.file("The dentist is on Tuesday")
    index.catch_up()

    candidates, notice = index.search("dentist", other.embed_query("dentist"), limit=5)
    assert [candidate.distance for candidate in candidates] == [None]
    assert "mem reindex" in notice
    assert index.state()["embedder_matches"] is False


def test_reindexing_makes_the_index_fit_the_embedder(indexed, database):
    other = HashEmbedder(32, name="other")
    index = fresh(database, other)

    assert index.rebuild() == 5
    candidates, notice = index.search("", other.embed_query("the boiler was repaired by"), limit=1)
    assert candidates[0].document.text == TEXTS[1]
    assert notice == ""
    assert [path.name for path in root_of(database).iterdir()] == [generation(database).name]


def test_an_interrupted_rebuild_goes_on_where_it_was(rows, database):
    with database.write() as connection:
        connection.execute(
            "insert into episode (id, seq, kind, text, happened_at, origin, created_at) "
            "select 'x' || n, n, 'archival', 'text ' || n, now(), 'user_said', now() from range(1, 601) r(n)"
        )
    first = CountingEmbedder(give_up_after=300)
    with pytest.raises(KeyboardInterrupt):
        fresh(database, first).rebuild()
    second = CountingEmbedder()
    told = []

    assert fresh(database, second).rebuild(progress=lambda done, total: told.append((done, total))) == 600
    assert len(first.embedded) == 256
    assert len(second.embedded) == 600 - 256
    assert told == [(512, 600), (600, 600)]
    assert seqs_in(database) == list(range(1, 601))


def test_the_old_index_answers_while_a_new_one_is_built(indexed, database, embedder):
    with pytest.raises(KeyboardInterrupt):
        fresh(database, CountingEmbedder(name="other", give_up_after=0)).rebuild()

    assert found(fresh(database, embedder), "boiler") == [TEXTS[1]]


def test_a_rebuild_interrupted_with_another_embedder_begins_anew(indexed, database):
    with pytest.raises(KeyboardInterrupt):
        fresh(database, CountingEmbedder(name="other", give_up_after=0)).rebuild()
    counting = CountingEmbedder(name="third")
    fresh(database, counting).rebuild()

    assert len(counting.embedded) == 5
    assert len(list(root_of(database).iterdir())) == 1


def test_two_rebuilds_at_once_do_not_double_rows(indexed, database):
    embedder = HashEmbedder(name="other")
    threads = [threading.Thread(target=fresh(database, embedder).rebuild) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seqs_in(database)) == 5
    assert found(fresh(database, embedder), "boiler") == [TEXTS[1]]


def test_a_rebuild_of_nothing_is_an_empty_index(index):
    assert index.rebuild() == 0
    assert found(index, "x") == []


# Forgetting.


def forget(database: Database, index: EpisodeIndex, word: str) -> None:
    with database.write() as connection:
        connection.execute("delete from episode where contains(text, ?)", [word])
        index.rewrite(connection)


def test_rewriting_drops_what_the_database_does_not_have(indexed, index, database):
    forget(database, index, "boiler")
    index.remove_old_generations()

    assert len(seqs_in(database)) == 4
    assert found(index, "boiler") == []
    assert found(index, "peanuts") == [TEXTS[2]]
    assert not holds(database.directory / "index", "boiler")
    assert holds(database.directory / "index", "peanuts")
    assert [path.name for path in root_of(database).iterdir()] == ["g-2"]


def test_a_rewrite_that_is_rolled_back_changes_nothing(indexed, index, database):
    with pytest.raises(KeyboardInterrupt), database.write() as connection:
        connection.execute("delete from episode")
        index.rewrite(connection)
        raise KeyboardInterrupt

    assert found(index, "boiler") == [TEXTS[1]]
    assert index.state(deep=True)["indexed"] == 5


def test_what_waits_to_be_indexed_still_waits_after_a_rewrite(indexed, index, rows, database):
    rows.file("The dentist is on Tuesday")
    forget(database, index, "boiler")

    assert index.catch_up() == 1
    assert len(seqs_in(database)) == 5


def test_a_rewrite_without_an_index_is_nothing(index, database):
    with database.write() as connection:
        index.rewrite(connection)
    index.remove_old_generations()

    assert index.search("x", None, limit=1) == ([], "")


def test_a_rewrite_that_was_killed_before_the_old_files_went_is_finished_by_the_next_start(indexed, index, database, embedder):
    forget(database, index, "boiler")
    assert holds(root_of(database), "boiler")

    fresh(database, embedder).catch_up()

    assert not holds(root_of(database), "boiler")


def test_what_was_set_aside_does_not_keep_what_is_forgotten(indexed, database, embedder, rows):
    damage_all(generation(database), "truncated")
    index = fresh(database, embedder)
    index.catch_up()
    found(index, "boiler")
    assert list(root_of(database).glob("*.corrupt-*"))

    forget(database, index, "boiler")
    index.remove_old_generations()

    assert [path.name for path in root_of(database).iterdir()] == [generation(database).name]


def test_an_interrupted_rebuild_does_not_keep_what_is_forgotten(indexed, index, database):
    other = CountingEmbedder(name="other")
    half = fresh(database, other)
    number = half._begin_rebuild()
    documents = half._pending(after=0)
    assert half._extend(number, documents, other.embed_passages([document.text for document in documents]))

    forget(database, index, "boiler")
    index.remove_old_generations()

    assert not holds(root_of(database), "boiler")
    assert half._extend(number, documents, other.embed_passages([document.text for document in documents])) is False
    assert half._finish_rebuild(number, documents[-1].seq) is False
    assert half.rebuild() == 4
    assert not holds(root_of(database), "boiler")


@pytest.mark.parametrize("how", ["removed", "truncated", "flipped"])
def test_a_damaged_index_does_not_stop_a_forget(indexed, database, embedder, how):
    damage_all(generation(database), how)
    index = fresh(database, embedder)
    forget(database, index, "boiler")
    index.remove_old_generations()
    assert not holds(root_of(database), "boiler")

    index.catch_up()
    assert sorted(found(index, "", vector=embedder.embed_query("x"))) == sorted(set(TEXTS) - {TEXTS[1]})


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
