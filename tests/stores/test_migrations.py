import json

import duckdb
import pytest

from mem.records import Hit, Retrieval, Route, to_json
from mem.stores.database import Database, get_meta
from mem.stores.episode_rows import EpisodeRows
from mem.stores.migrations import SCHEMA_VERSION, m001_first
from mem.stores.probes import Probe, ProbeStore
from mem.stores.retrievals import RetrievalStore

ROUTE = json.dumps(to_json(Route(("episodic",), "x", asks_memory=True)))
OF_THE_FIRST_VERSION = f"""
insert into meta values ('schema_version', '1');
update counter set value = 7;
insert into session values ('s1', 1, 'hello', '2026-06-01 09:00', '', 0);
insert into message values ('m1', 2, 's1', 't1', 'user', 'my sister is Ada', '2026-06-01 09:00', false, '[]', '', 'user_said');
insert into episode values
    ('e1', 3, 'turn', 'my sister is Ada', '2026-06-01 09:00', 's1', 't1', ['m1'], [], 'user_said', '2026-06-01 09:00');
insert into retrieval values ('r1', 4, 't1', 'who is my sister?', '{ROUTE}', '2026-06-01 09:00', 12.5, 40, '');
insert into retrieval_hit values
    ('r1', 0, 'e1', 'turn', 'my sister is Ada', '2026-06-01 09:00', 0.9, 0.2, 3.0, true, '', 't1:user', 's1', false);
"""


@pytest.fixture
def first(tmp_path, now) -> Database:
    """A profile as the first version left it, with data in it."""
    directory = tmp_path / "profile"
    directory.mkdir(mode=0o700)
    with duckdb.connect(directory / "memory.duckdb") as connection:
        connection.execute(m001_first.SQL)
        connection.execute(OF_THE_FIRST_VERSION)
    return Database(directory, now=now, notify=print)


def test_a_profile_of_the_first_version_is_brought_to_this_one_with_all_it_held(first):
    assert [episode.text for episode in EpisodeRows(first).newest(limit=5)] == ["my sister is Ada"]
    with first.read() as connection:
        assert get_meta(connection, "schema_version") == str(SCHEMA_VERSION)

    kept = RetrievalStore(first).of_turn("t1")
    assert (kept.query, [hit.id for hit in kept.injected]) == ("who is my sister?", ["e1"])
    (search,) = RetrievalStore(first).recent()
    assert (search.prompt_tokens, search.found, search.distance) == (None, True, 0.2)


def test_an_upgraded_profile_takes_what_is_new(first):
    RetrievalStore(first).save(Retrieval("x", Route((), "x"), (), 1.0, turn="t2"), prompt_tokens=300)
    ProbeStore(first).add([Probe("who is my sister?", ("e1",))])

    assert RetrievalStore(first).recent()[0].prompt_tokens == 300
    assert [probe.id for probe in ProbeStore(first).active()] == ["q1"]


def test_a_new_profile_and_an_upgraded_one_have_the_same_tables(first, database):
    columns = "select table_name, column_name, data_type, is_nullable, column_default from duckdb_columns() order by all"
    found = []
    for each in (first, database):
        with each.read() as connection:
            found.append(connection.execute(columns).fetchall())

    assert found[0] == found[1]


def test_an_upgrade_that_is_killed_leaves_the_old_version_whole(first):
    with duckdb.connect(first.path) as connection:
        connection.execute("create table probe (x integer)")  # in the way of the new one

    with pytest.raises(Exception, match="probe"), first.read():
        pass

    with duckdb.connect(first.path) as connection:
        assert connection.execute("select value from meta where key = 'schema_version'").fetchone() == ("1",)
        assert connection.execute("select count(*) from duckdb_tables() where table_name = 'verdict'").fetchone() == (0,)


def test_old_hits_of_an_upgraded_profile_are_read_with_their_reasons(first):
    RetrievalStore(first).save(
        Retrieval("y", Route((), "x"), (), 1.0, (Hit("e1", "turn", "x", first.now(), 0.1, dropped="weak"),), turn="t3")
    )

    assert [search.found for search in RetrievalStore(first).recent()] == [False, True]
