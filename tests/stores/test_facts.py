from datetime import timedelta

import pytest

from mem.deciding import decide
from mem.errors import NotFound
from mem.records import Episode, FactCandidate
from mem.stores.facts import FactStore
from mem.stores.pending import PendingStore


@pytest.fixture
def learn(database, rows, facts):
    """`learn(text, *candidates)`: files the text and saves the candidates as read from it."""

    def run(text: str, *candidates: FactCandidate, **options):
        episode = rows.file(text, learn=True)
        return facts.save(candidates, episode, work=work_of(database, episode), decide=decide, **options)

    return run


def work_of(database, episode: Episode) -> int:
    return next(work.id for work in PendingStore(database).list() if work.turn == episode.turn)


def lives_in(city: str, **options) -> FactCandidate:
    return FactCandidate("user", "lives in", city, f"I live in {city}", cardinality="one", **options)


def likes(thing: str, **options) -> FactCandidate:
    return FactCandidate("user", "likes", thing, f"I like {thing}", **options)


def test_a_new_fact_is_added_with_the_words_it_came_from(learn, facts, now):
    (outcome,) = learn("I live in Lisbon", lives_in("Lisbon", valid_at=now() - timedelta(days=30)))

    assert outcome.decision == "add"
    (fact,) = facts.current()
    assert fact == outcome.fact == facts.get("f1")
    assert (fact.subject, fact.predicate, fact.value, fact.cardinality) == ("user", "lives in", "Lisbon", "one")
    assert (fact.valid_at, fact.created_at, fact.current) == (now() - timedelta(days=30), now(), True)
    (evidence,) = fact.evidence
    assert (evidence.quote, evidence.episode, evidence.said_at) == ("I live in Lisbon", "e1", now())


def test_evidence_names_the_message_of_a_turn(messages, rows, facts, database):
    user = messages.record_user("I live in Lisbon", session=None)
    facts.save([lives_in("Lisbon")], rows.of_turn(user.turn), work=1, decide=decide)

    assert facts.get("f1").evidence[0].message == user.id


def test_a_new_value_ends_the_old_one(learn, facts, now):
    learn("I live in Lisbon", lives_in("Lisbon"))
    now.advance(days=4)
    (outcome,) = learn("I live in Porto", lives_in("Porto"))

    assert (outcome.decision, outcome.fact.value, outcome.replaced.value) == ("update", "Porto", "Lisbon")
    assert [fact.value for fact in facts.current()] == ["Porto"]
    old = facts.get("f1")
    assert (old.invalid_at, old.current) == (now(), False)
    assert [fact.id for fact in facts.all()] == ["f1", "f2"]


def test_a_change_that_is_dated_ends_the_old_value_on_that_date(learn, facts, now):
    learn("I live in Lisbon", lives_in("Lisbon"))
    moved = now() + timedelta(days=2)
    now.advance(days=9)
    learn("I moved to Porto last week", lives_in("Porto", valid_at=moved))

    assert facts.get("f1").invalid_at == moved


def test_what_may_be_many_stands_side_by_side(learn, facts):
    learn("I like tea and jazz", likes("tea"), likes("jazz"))

    assert [fact.value for fact in facts.current()] == ["tea", "jazz"]


def test_the_same_again_is_evidence_and_no_new_fact(learn, facts, now):
    learn("I like tea", likes("tea"))
    now.advance(days=1)
    (outcome,) = learn("I like TEA", likes("TEA"))

    assert (outcome.decision, outcome.fact.id) == ("none", "f1")
    (fact,) = facts.all()
    assert [(evidence.quote, evidence.episode) for evidence in fact.evidence] == [("I like tea", "e1"), ("I like TEA", "e2")]


def test_the_same_words_are_evidence_once(learn, facts):
    learn("I like tea", likes("tea"), likes("tea"), likes("tea"))

    assert [evidence.quote for evidence in facts.get("f1").evidence] == ["I like tea"]


def test_what_is_taken_back_is_no_longer_true_and_not_gone(learn, facts, now):
    learn("I like tea", likes("tea"))
    now.advance(days=1)
    (outcome,) = learn("I do not like tea any more", likes("tea", retracted=True))

    assert (outcome.decision, outcome.fact.invalid_at) == ("invalidate", now())
    assert facts.current() == []
    assert [fact.id for fact in facts.all()] == ["f1"]


def test_taking_back_what_was_never_said_leaves_nothing_that_holds(learn, facts):
    learn("I do not like tea any more", likes("tea", retracted=True))

    assert facts.current() == []


def test_an_earlier_time_does_not_overwrite_what_holds_now(learn, facts, now):
    learn("I live in Lisbon since last year", lives_in("Lisbon", valid_at=now() - timedelta(days=365)))
    (outcome,) = learn("In 2010 I lived in Porto", lives_in("Porto", valid_at=now() - timedelta(days=5000)))

    assert outcome.decision == "past"
    assert [fact.value for fact in facts.current()] == ["Lisbon"]
    assert facts.get("f2").invalid_at == now() - timedelta(days=365)


def test_work_done_twice_is_saved_once(rows, facts, database):
    episode = rows.file("I like tea", learn=True)
    work = work_of(database, episode)

    assert len(facts.save([likes("tea")], episode, work=work, decide=decide)) == 1
    assert facts.save([likes("tea"), likes("jazz")], episode, work=work, decide=decide) == []
    assert [fact.value for fact in facts.all()] == ["tea"]
    assert PendingStore(database).list() == []


def test_the_next_step_of_the_work_is_entered_with_the_outcome_of_the_first(learn, database):
    learn("I like tea", likes("tea"), next_step="extract")

    assert [(work.turn, work.step) for work in PendingStore(database).list()] == [("t1", "extract")]


def test_a_failure_half_way_saves_nothing_and_keeps_the_work(rows, facts: FactStore, database):
    episode = rows.file("I like tea and jazz", learn=True)

    def fail_at_jazz(candidate, known, said_at):
        if candidate.value == "jazz":
            raise ZeroDivisionError
        return decide(candidate, known, said_at)

    with pytest.raises(ZeroDivisionError):
        facts.save([likes("tea"), likes("jazz")], episode, work=work_of(database, episode), decide=fail_at_jazz)

    assert facts.all() == []
    assert len(PendingStore(database).list()) == 1


def test_every_change_is_in_the_log(learn, rows):
    learn("I live in Lisbon", lives_in("Lisbon"))
    learn("I live in Porto", lives_in("Porto"))

    assert [event.action for event in rows.events(item="f1")] == ["invalidate", "add"]
    assert [event.action for event in rows.events(item="f2")] == ["update"]


def test_facts_are_found_by_the_episodes_behind_them(learn, facts):
    learn("I like tea", likes("tea"))
    learn("I like jazz", likes("jazz"))

    assert [fact.id for fact in facts.of_episodes(["e2"])] == ["f2"]
    assert facts.of_episodes([]) == []


def test_a_fact_read_by_a_model_is_less_certain(learn, facts):
    learn("I like tea and jazz", likes("tea", found_by="model"), likes("jazz"))

    assert [fact.confidence for fact in facts.all()] == [0.9, 1.0]


def test_an_unknown_fact_is_not_found(facts):
    with pytest.raises(NotFound, match="mem inspect facts"):
        facts.get("f1")
