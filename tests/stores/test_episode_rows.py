from datetime import timedelta

import pytest

from mem.errors import NotFound
from mem.records import Episode, Message
from mem.stores.episode_rows import Filing
from mem.stores.pending import PendingStore


def test_a_filed_text_comes_back_as_it_was_filed(rows, now):
    before = now() - timedelta(days=2)
    filed = rows.file("The boiler is from 2009", tags=["house", "boiler"], session="s1", happened_at=before)

    assert rows.get(filed.id) == filed
    assert filed == Episode(
        "e1", filed.seq, "archival", "The boiler is from 2009", before, session="s1", tags=("house", "boiler")
    )


def test_a_text_filed_to_be_learned_from_waits_for_the_writer(rows, database):
    filed = rows.file("I live in Lisbon", learn=True)
    rows.file("not this one")

    assert [work.turn for work in PendingStore(database).list()] == [filed.turn]
    assert rows.of_turn(filed.turn) == filed


def test_filing_is_in_the_log_of_changes(rows, now):
    filed = rows.file("x", actor="model")
    rows.file("y", kind="imported", origin="imported")

    assert [(event.actor, event.action, event.item, event.at) for event in rows.events()] == [
        ("user", "imported", "e2", now()),
        ("model", "remember", "e1", now()),
    ]
    assert [event.item for event in rows.events(item=filed.id)] == ["e1"]
    assert len(rows.events(limit=1)) == 1


def test_several_are_found_oldest_first_and_unknown_ones_left_out(rows):
    for text in "abc":
        rows.file(text)

    assert [episode.text for episode in rows.get_many(["e3", "e1", "e9", "e1"])] == ["a", "c"]
    assert rows.get_many([]) == []


def test_the_newest_come_first_whatever_the_clock_says(rows, now, messages):
    rows.file("a")
    now.advance(days=-3650)
    messages.record_user("b", session=None)
    rows.file("c")

    assert [episode.text for episode in rows.newest(limit=5)] == ["c", "b", "a"]
    assert [episode.text for episode in rows.newest(limit=1, kind="archival")] == ["c"]
    assert [episode.text for episode in rows.newest(limit=5, kind="turn")] == ["b"]


def test_an_episode_of_a_turn_without_an_answer_has_none(rows, messages):
    user = messages.record_user("hello", session=None)

    assert rows.of_turn(user.turn).answer == ""
    assert rows.of_turn("t9") is None


def test_an_unknown_id_is_not_found(rows):
    with pytest.raises(NotFound, match="mem inspect"):
        rows.get("e1")


def test_everything_is_counted(rows, messages):
    user = messages.record_user("hello", session=None)
    messages.record_answer(Message("assistant", "hi", turn=user.turn, session=user.session))
    rows.file("x", learn=True)

    assert rows.counts() == {
        "sessions": 1, "turns": 1, "filed": 1, "facts": 0, "facts_superseded": 0, "pending": 2, "to_review": 0,
    }  # fmt: skip


def test_many_texts_are_filed_in_their_order_as_one_by_one(rows, now):
    before = now() - timedelta(days=2)
    ids = rows.file_many([Filing(text, before, session="a", tags=("x",)) for text in ("one", "two", "three")])

    found = rows.get_many(ids)
    assert ids == ["e1", "e2", "e3"]
    assert found == [
        Episode(f"e{place}", place, "imported", text, before, session="a", tags=("x",), origin="imported")
        for place, text in enumerate(("one", "two", "three"), start=1)
    ]
    assert [(event.action, event.item) for event in rows.events()] == [("imported", id) for id in reversed(ids)]
    assert rows.file("four").seq > max(event.seq for event in rows.events(item="e3"))


def test_filed_turns_are_documents_of_the_user_and_of_the_assistant(rows, database, messages, now):
    asked = messages.record_user("before", session=None)
    rows.file_many(
        [
            Filing("how tall is it?", now(), session="a", answer="300 m", kind="turn"),
            Filing("", now(), session="a", answer="and heavy", kind="turn"),
            Filing("thanks", now(), session="b", kind="turn"),
        ]
    )

    with database.read() as connection:
        documents = connection.execute("select episode, part, turn, session, text from document order by seq").fetchall()
        repeated = connection.execute("select count(*) - count(distinct seq) from document").fetchone()
    assert documents == [
        ("e1", "user", asked.turn, asked.session, "before"),
        ("e2", "user", "t2", "a", "how tall is it?"),
        ("e2", "answer", "t2", "a", "300 m"),
        ("e3", "answer", "t3", "a", "and heavy"),
        ("e4", "user", "t4", "b", "thanks"),
    ]
    assert repeated == (0,)
    assert [episode.answer for episode in rows.get_many(["e2", "e3", "e4"])] == ["300 m", "and heavy", ""]


def test_filing_nothing_changes_nothing(rows):
    assert rows.file_many([]) == []
    assert rows.file("first").id == "e1"
