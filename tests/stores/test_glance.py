"""What need not be read again: the token of a commit, and searches that leave DuckDB alone."""

import subprocess
import sys
from contextlib import contextmanager

import pytest
from index_helpers import TEXTS, found, fresh

from mem.records import Message
from mem.stores.database import Database, set_meta
from mem.stores.episodes import EpisodeIndex
from mem.stores.facts import FactStore


class CountingDatabase(Database):
    """Counts how often the file is opened."""

    opened = 0

    @contextmanager
    def _connection(self, *, read_only):
        self.opened += 1
        with super()._connection(read_only=read_only) as connection:
            yield connection


@pytest.fixture
def counting(database):
    return CountingDatabase(database.directory, now=database.now, notify=database.notify)


def token(database: Database):
    with database.glance() as glance:
        return glance.token


def test_each_commit_has_a_token_of_its_own_and_reading_changes_none(database):
    tokens = [token(database)]
    for number in range(100):
        with database.write() as connection:
            set_meta(connection, "x", number % 2)
        tokens.append(token(database))
        with database.read() as connection:
            connection.execute("select * from meta").fetchall()
        assert token(database) == tokens[-1]

    assert len(set(tokens)) == 101


def test_what_was_rolled_back_cannot_be_told_from_a_commit_but_only_costs_a_look(database):
    before = token(database)
    with pytest.raises(KeyboardInterrupt), database.write() as connection:  # noqa: PT012 all of it is the transaction
        set_meta(connection, "x", 1)
        raise KeyboardInterrupt

    with database.glance() as glance:
        assert glance.token == before or glance.connection.execute("select * from meta where key = 'x'").fetchall() == []


def test_a_commit_of_a_process_that_was_killed_right_after_changes_the_token(database):
    before = token(database)
    script = """
import os, sys
from pathlib import Path
from mem.stores.database import CONFIG
import duckdb
connection = duckdb.connect(sys.argv[1], config=CONFIG)
connection.execute("insert or replace into meta values ('x', 'y')")
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", script, str(database.path)], check=False)

    assert token(database) != before


def test_a_glance_opens_the_database_only_for_its_connection(counting):
    token(counting)
    before = counting.opened
    with counting.glance():
        pass
    assert counting.opened == before
    with counting.glance() as glance:
        assert glance.connection is glance.connection
    assert counting.opened == before + 1


def test_a_search_in_an_unchanged_profile_does_not_open_the_database(indexed, counting, embedder):
    index = EpisodeIndex(counting, embedder)
    first = found(index, "boiler", vector=embedder.embed_query("boiler"))
    before = counting.opened

    assert found(index, "boiler", vector=embedder.embed_query("boiler")) == first
    assert found(index, "peanuts") == [TEXTS[2]]
    assert counting.opened == before


def test_a_search_sees_what_another_process_committed(indexed, index, rows, database, embedder):
    assert found(index, "dentist") == []
    rows.file("The dentist is on Tuesday")
    fresh(database, embedder).catch_up()

    assert found(index, "dentist") == ["The dentist is on Tuesday"]


def test_a_search_sees_what_another_process_rebuilt_or_forgot(indexed, index, database, embedder):
    assert found(index, "boiler") == [TEXTS[1]]
    other = fresh(database, embedder)
    other.rebuild()
    assert found(index, "boiler") == [TEXTS[1]]
    with other._database.write() as connection:
        connection.execute("delete from episode where contains(text, 'boiler')")
        other.rewrite(connection)
    other.remove_old_generations()

    assert found(index, "boiler") == []
    assert found(index, "peanuts") == [TEXTS[2]]


def test_a_document_deleted_between_two_searches_is_not_found_by_the_second(messages, index):
    first = messages.record_user("What is a boiler?", session=None)
    messages.record_answer(Message("assistant", "A boiler heats water", turn=first.turn, session=first.session))
    index.catch_up()
    assert sorted(found(index, "boiler")) == ["A boiler heats water", "What is a boiler?"]

    messages.drop_answer(first.turn)
    assert found(index, "boiler") == ["What is a boiler?"]
    messages.record_answer(Message("assistant", "It heats water in a boiler", turn=first.turn, session=first.session))
    index.catch_up()
    assert sorted(found(index, "boiler")) == ["It heats water in a boiler", "What is a boiler?"]


def test_neighbours_are_those_of_the_same_session_also_where_two_sessions_alternate(rows, index, embedder):
    for number in range(8):
        rows.file(f"note {number}", session="o'clock" if number % 2 else "s2")
    rows.file("alone")
    index.catch_up()

    def around(word: str, reach: int) -> list[str]:
        candidates, _ = index.search(word, None, limit=1)
        return sorted(candidate.document.text for candidate in index.around(candidates, None, reach=reach))

    assert around("3", 1) == ["note 1", "note 5"]
    assert around("4", 2) == ["note 0", "note 2", "note 6"]
    assert around("alone", 2) == []
    assert index.around([], None) == []


def test_neighbours_are_not_repeated_and_leave_out_those_that_were_given(rows, index, embedder):
    for number in range(6):
        rows.file(f"note {number}", session="s1")
    index.catch_up()
    vector = embedder.embed_query("note 2")
    given = [candidate for candidate in index.search("note", None, limit=9)[0] if candidate.document.text[-1] in "23"]

    near = index.around(given, vector, reach=2)
    assert sorted(candidate.document.text for candidate in near) == ["note 0", "note 1", "note 4", "note 5"]
    assert all(candidate.distance is not None for candidate in near)


def test_all_facts_are_read_once_until_something_is_written(counting, rows):
    facts = FactStore(counting)
    assert facts.all() == []
    opened = counting.opened

    assert facts.all() == facts.all() == []
    assert counting.opened == opened

    rows.file("I live in Ghent")
    facts.all()
    assert counting.opened == opened + 1
