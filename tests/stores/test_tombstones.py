"""What was forgotten is not learned again from what was said before; what is said anew is new."""

from datetime import timedelta

import pytest

from mem.errors import InputError, NotFound
from mem.forgetting import Forgetting
from mem.memory_writer import decide
from mem.records import FactCandidate
from mem.stores.episode_rows import Filing
from mem.stores.pending import PendingStore
from mem.stores.tombstones import TombstoneStore

JAZZ = FactCandidate("user", "likes", "jazz", "I like jazz")


@pytest.fixture
def tombstones(database) -> TombstoneStore:
    return TombstoneStore(database)


@pytest.fixture
def forgetting(database, messages, rows, facts, index) -> Forgetting:
    return Forgetting(database, messages, rows, facts, index)


@pytest.fixture
def say(messages, rows):
    """`say(text)`: a turn of which facts are to be read; its episode."""
    return lambda text: rows.of_turn(messages.record_user(text, session=None).turn)


@pytest.fixture
def learn(database, facts):
    """`learn(episode)`: does what is owed on an episode, whose words say that the user likes jazz; what was saved."""

    def do(episode):
        work = next(work.id for work in PendingStore(database).list() if work.turn == episode.turn)
        return [saved.fact.id for saved in facts.save([JAZZ], episode, work=work, decide=decide)]

    return do


def rows_of(database) -> str:
    with database.read() as connection:
        return repr(connection.execute("from tombstone").fetchall())


def test_a_fact_is_not_learned_again_from_words_that_are_older_than_its_forgetting(say, learn, forgetting, facts, notices):
    first, second = say("I like jazz"), say("As I said: I like jazz")
    assert learn(first) == ["f1"]
    forgetting.forget(forgetting.plan([first.id]))

    assert learn(second) == []
    assert facts.all() == []
    assert notices == ["not learned again: what e2 says was forgotten since; to allow it: mem forget --lift x1"]


def test_a_fact_is_learned_from_what_the_user_says_after_the_forgetting_whatever_the_clock_says(say, learn, forgetting, now):
    first = say("I like jazz")
    learn(first)
    forgetting.forget(forgetting.plan([first.id]))
    now.advance(days=-30)

    assert learn(say("I like jazz")) == ["f2"]


def test_another_value_is_learned_from_older_words(say, learn, forgetting, facts, database):
    first, second = say("I like jazz"), say("I like tea")
    learn(first)
    forgetting.forget(forgetting.plan([first.id]))
    work = PendingStore(database).list()[0].id
    facts.save([FactCandidate("user", "likes", "tea", "I like tea")], second, work=work, decide=decide)

    assert [fact.value for fact in facts.all()] == ["tea"]


def test_what_is_lifted_is_learned_again(say, learn, forgetting, tombstones):
    first, second = say("I like jazz"), say("As I said: I like jazz")
    learn(first)
    forgetting.forget(forgetting.plan([first.id]))
    (fact,) = [tombstone for tombstone in tombstones.list() if tombstone.kind == "fact"]
    tombstones.lift(fact.id)

    assert learn(second) == ["f2"]
    with pytest.raises(NotFound, match="mem forget --list"):
        tombstones.lift(fact.id)


def test_an_old_transcript_does_not_bring_it_back_and_what_happened_later_comes_in(say, forgetting, rows, now, notices):
    told = say("My sister has leukaemia")
    forgetting.forget(forgetting.plan([told.id]))
    before, after = now() - timedelta(days=1), now() + timedelta(days=1)
    filings = [
        Filing("my sister  has LEUKAEMIA", before, answer="I am sorry.", kind="turn"),
        Filing("My sister has leukaemia", after, kind="turn"),
        Filing("The boiler is broken", before, kind="turn"),
    ]
    ids = rows.file_many(filings)

    assert [rows.get(id).text for id in ids] == ["My sister has leukaemia", "The boiler is broken"]
    assert notices == ["not taken in: 1 that was forgotten after that time; to allow the first: mem forget --lift x1"]


def test_a_tombstone_keeps_no_text_and_tells_what_it_is_of(say, learn, forgetting, tombstones, database, now):
    learn(say("I like jazz"))
    forgetting.forget(forgetting.plan(["e1"]))

    listed = [(tombstone.id, tombstone.kind, tombstone.item, tombstone.forgotten_at) for tombstone in tombstones.list()]
    assert listed == [("x2", "fact", "f1", now()), ("x1", "episode", "e1", now())]
    assert "jazz" not in rows_of(database)


def test_what_also_stands_in_something_that_stays_is_not_forgotten(say, forgetting, tombstones):
    say("I like jazz")
    forgetting.forget(forgetting.plan([say("I like jazz").id]))

    assert tombstones.list() == []


def test_equal_texts_have_different_hashes_when_they_are_forgotten_at_different_times(say, forgetting, tombstones):
    for _ in range(2):
        forgetting.forget(forgetting.plan([say("I like jazz").id]))

    hashes = [tombstone.hash for tombstone in tombstones.list()]
    assert len(hashes) == len(set(hashes)) == 2


def test_tombstones_of_another_copy_are_taken_over_once_and_what_is_said_then_is_new(
    say, learn, forgetting, tombstones, database, facts
):
    first = say("I like jazz")
    learn(first)
    forgetting.forget(forgetting.plan([first.id]))
    known = tombstones.list()
    for tombstone in known:
        tombstones.lift(tombstone.id)
    with database.write() as connection:
        connection.execute("update counter set value = 1 where kind = 'seq'")  # as in a backup of before

    assert (tombstones.adopt(known), tombstones.adopt(known)) == (2, 0)
    assert [(tombstone.kind, tombstone.item) for tombstone in tombstones.list()] == [("fact", "f1"), ("episode", "e1")]
    assert learn(say("I like jazz")) == ["f2"]


def test_what_others_wrote_is_not_filed_again_unless_it_is_known_to_be_newer(rows, forgetting, tombstones, now):
    filed = rows.file("Otto repairs bicycles", origin="imported")
    forgetting.forget(forgetting.plan([filed.id]))

    with pytest.raises(InputError, match=r"forgotten \(x1\) .* nothing was stored: .* mem forget --lift x1"):
        rows.file("otto  repairs BICYCLES", origin="imported")
    with pytest.raises(InputError):
        rows.file("Otto repairs bicycles", origin="imported", happened_at=now() - timedelta(days=3))
    assert rows.file("Otto repairs bicycles", origin="imported", happened_at=now() + timedelta(days=3)).id == "e2"
    assert rows.file("Otto repairs bicycles").id == "e3"
    tombstones.lift("x1")
    assert rows.file("Otto repairs bicycles", origin="imported").id == "e4"
