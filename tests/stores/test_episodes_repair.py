import random
import shutil
import threading

import pytest
from index_helpers import TEXTS, CountingEmbedder, damage_all, forget, found, fresh, generation, holds, root_of, seqs_in

from mem.models.scripted import HashEmbedder


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


def test_an_index_that_two_processes_saw_damaged_is_set_aside_once(indexed, database, embedder, notices):
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
    with pytest.raises(KeyboardInterrupt), database.write() as connection:  # noqa: PT012 all of it is the transaction
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
    number = half._builder._begin_rebuild()
    documents = half._builder.pending(limit=256, after=0)
    assert half._builder._extend(number, documents, other.embed_passages([document.text for document in documents]))

    forget(database, index, "boiler")
    index.remove_old_generations()

    assert not holds(root_of(database), "boiler")
    assert half._builder._extend(number, documents, other.embed_passages([document.text for document in documents])) is False
    assert half._builder._complete(number, documents[-1].seq) is None
    assert half._builder._take_into_use(number, documents[-1].seq, {}, lambda connection: None) is False
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
