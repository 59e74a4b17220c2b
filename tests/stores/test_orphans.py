"""Rows that point nowhere are found, and mended without taking away what the user said."""

import pytest

from mem.records import Message
from mem.stores.orphans import find_orphans, mend_orphans

BREAKS = {
    "a session is gone": ("delete from session", "messages of a session"),
    "a quote of nothing": (
        "insert into fact_evidence (fact, episode, message, quote, said_at) values ('f99', 'e1', 'm1', 'x', now()::timestamp)",
        "quotes of a fact",
    ),
    "a search is gone": ("delete from retrieval", "hits of a search"),
    "a message is gone": ("delete from message", "turns without what was said"),
    "work on nothing": ("insert into pending values (99, 't99', 'facts', 0, '', now()::timestamp)", "writer's work"),
    "an archive of nothing": ("insert into archived values ('e99', 'e1', 'k1')", "entries of the archive"),
    "a summary is gone": ("insert into archived values ('e1', 'e98', 'k1')", "archived for a summary"),
    "a counter is behind": ("update counter set value = 0 where kind = 'e'", "the counter of e is behind"),
}


@pytest.fixture
def assistant(make_assistant):
    """Two notes, a turn and a search."""
    made = make_assistant(Message("assistant", "I see."))
    made.remember("the plums are ripe in August")
    made.remember("the quinces need frost")
    made.open_chat().step("the bees next door are loud")
    assert made.recall("plums").hits
    return made


def test_a_profile_in_use_has_none(assistant):
    with assistant.database.read() as connection:
        assert find_orphans(connection).told == ()


@pytest.mark.parametrize("broken", BREAKS)
def test_what_points_nowhere_is_found_and_mended(assistant, broken):
    sql, told = BREAKS[broken]
    with assistant.database.write() as connection:
        connection.execute(sql)

    with assistant.database.write() as connection:
        assert told in "; ".join(find_orphans(connection).told)
        mend_orphans(connection)
        assert find_orphans(connection).told == ()
    assistant.index.catch_up()
    said = {episode.text for episode in assistant.episodes()}
    assert said == {"the plums are ripe in August", "the quinces need frost", "the bees next door are loud"}
    assert {hit.text for query in said for hit in assistant.recall(query, limit=1).hits} == said
    assert assistant.remember("new").episode.id == "e4"
