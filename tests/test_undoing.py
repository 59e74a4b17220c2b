"""Changes taken back and brought back: facts, notes and core memory, and what stands in the way."""

from __future__ import annotations

import pytest

from mem.deciding import decide
from mem.errors import InputError, NotFound
from mem.records import FactCandidate
from mem.stores.changes import ChangeStore
from mem.stores.core_memory import CoreMemoryStore
from mem.stores.pending import PendingStore
from mem.undoing import KINDS, Kind, Undoing


@pytest.fixture
def undoing(database, index) -> Undoing:
    return Undoing(database, lambda: index)


@pytest.fixture
def told(database, messages, rows, facts, now):
    """`told("I live in Rome", "lives in", "Rome")`: a turn a day later, and what it states, saved."""

    def tell(text: str, predicate: str, value: str, *, cardinality: str = "one", subject: str = "user", **options):
        now.advance(days=1)
        user = messages.record_user(text, session=None)
        work = next(work.id for work in PendingStore(database).list() if work.turn == user.turn)
        candidate = FactCandidate(subject, predicate, value, text, cardinality, **options)
        return facts.save([candidate], rows.of_turn(user.turn), work=work, decide=decide)

    return tell


def held(facts) -> list[str]:
    return [fact.value for fact in facts.current()]


def test_what_one_transaction_did_is_one_change(told, database):
    told("I live in Rome", "lives in", "Rome")
    told("I live in Leeds", "lives in", "Leeds")
    newest, first = ChangeStore(database).list()

    assert (first.id, [step.action for step in first.steps]) == ("c1", ["add"])
    assert [(step.action, step.item) for step in newest.steps] == [("invalidate", "f1"), ("update", "f2")]
    assert newest.steps[0].fact_before.current
    assert not newest.steps[0].fact_after.current


def test_undo_takes_back_the_last_change_that_stands_and_then_the_one_before(told, undoing, facts):
    told("I live in Rome", "lives in", "Rome")
    told("I live in Leeds", "lives in", "Leeds")

    assert undoing.undo().undoes == "c2"
    assert held(facts) == ["Rome"]
    assert undoing.undo().undoes == "c1"
    assert facts.all() == []
    with pytest.raises(NotFound, match="no change to take back"):
        undoing.undo()


def test_undo_of_an_undo_brings_back_what_it_took(told, undoing, facts):
    told("I live in Rome", "lives in", "Rome")
    told("I live in Leeds", "lives in", "Leeds")
    before = facts.all()
    undone = undoing.undo()

    assert undoing.undo(undone.id).undoes == undone.id
    assert facts.all() == before
    with pytest.raises(InputError, match="c3 was taken back already, by c4; to bring it back: mem undo c4"):
        undoing.undo("c3")


def test_words_said_again_can_be_taken_back(told, undoing, facts):
    told("I live in Rome", "lives in", "Rome")
    told("I still live in Rome", "lives in", "Rome")
    undoing.undo()

    assert [evidence.quote for evidence in facts.get("f1").evidence] == ["I live in Rome"]


def test_a_later_change_of_the_same_fact_is_named_and_nothing_happens(told, undoing, facts):
    told("I live in Rome", "lives in", "Rome")
    told("I live in Leeds", "lives in", "Leeds")
    before = facts.all()

    with pytest.raises(InputError, match="c1 cannot be taken back while c2 stands, which concerns f1: first mem undo c2"):
        undoing.undo("c1")
    assert facts.all() == before


def test_what_has_taken_the_place_since_is_named_too(told, undoing, facts):
    told("I live in Rome", "lives in", "Rome")
    told("I no longer live in Rome", "lives in", "Rome", retracted=True)
    told("I live in Leeds", "lives in", "Leeds")

    for attempt in (undoing.plan, undoing.undo):
        with pytest.raises(InputError, match="c2 cannot be taken back while c3 stands, which concerns f2"):
            attempt("c2")
    assert held(facts) == ["Leeds"]


def test_a_plan_shows_what_an_undo_would_do_and_does_nothing(told, undoing, facts, database):
    told("I live in Rome", "lives in", "Rome")
    told("I live in Leeds", "lives in", "Leeds")
    plan = undoing.plan()

    assert plan.change.id == "c2"
    assert [(step.item, step.after is None) for step in plan.steps] == [("f2", True), ("f1", False)]
    assert held(facts) == ["Leeds"]
    assert len(ChangeStore(database).list()) == 2


def test_a_tools_note_is_taken_back_and_found_again_when_it_is_brought_back(rows, undoing, index, embedder):
    rows.file("the boiler was serviced by Bob", actor="model", filed_in="t9")
    index.catch_up()
    undone = undoing.undo()
    found, _ = index.search("boiler", None, limit=5)

    assert (rows.get_many(["e1"]), found) == ([], [])
    undoing.undo(undone.id)
    found, _ = index.search("boiler", None, limit=5)
    assert [candidate.document.episode for candidate in found] == ["e1"]
    assert rows.get("e1").text == "the boiler was serviced by Bob"


def test_a_note_that_facts_were_read_from_is_not_taken_back_before_them(rows, facts, undoing, database):
    episode = rows.file("I like tea", learn=True)
    candidate = FactCandidate("user", "likes", "tea", "I like tea")
    facts.save([candidate], episode, work=PendingStore(database).list()[0].id, decide=decide)

    with pytest.raises(InputError, match="c1 cannot be taken back while c2 stands, which concerns f1"):
        undoing.plan("c1")


def test_an_edited_note_has_its_old_words_again(rows, undoing, index):
    rows.file("the boiler was serviced by Bob")
    rows.edit("e1", "the boiler was serviced by Ann")
    index.catch_up()
    assert [found.document.text for found in index.search("Ann", None, limit=5)[0]] == ["the boiler was serviced by Ann"]
    with pytest.raises(InputError, match="c1 cannot be taken back while c2 stands"):
        undoing.undo("c1")
    undoing.undo()

    assert rows.get("e1").text == "the boiler was serviced by Bob"
    assert index.search("Ann", None, limit=5)[0] == []
    assert len(index.search("Bob", None, limit=5)[0]) == 1


def test_core_memory_changed_by_a_tool_is_taken_back(database, undoing):
    core = CoreMemoryStore(database)
    core.append("human", "likes tea", actor="model", turn="t1")
    core.append("human", "likes jazz", actor="model", turn="t2")

    with pytest.raises(InputError, match="while c2 stands, which concerns core:human"):
        undoing.undo("c1")
    undoing.undo("c2")
    assert {block.label: block.value for block in core.blocks()}["human"] == "likes tea"


def test_an_edit_is_the_users_own_word_and_keeps_the_id(told, facts, undoing, now):
    told("I live in Rome", "lives in", "Rome")
    now.advance(days=1)
    fact = facts.edit("f1", "Roma")

    assert (fact.id, fact.value, fact.origin) == ("f1", "Roma", "user_confirmed")
    assert [(evidence.quote, evidence.message) for evidence in fact.evidence] == [("I live in Rome", "m1"), ("Roma", "c2")]
    undoing.undo()
    assert facts.get("f1").value == "Rome"


def test_an_edit_may_not_say_what_another_fact_says(told, facts):
    told("I like tea", "likes", "tea", cardinality="many")
    told("I like jazz", "likes", "jazz", cardinality="many")

    with pytest.raises(InputError, match="f1 says that already; nothing was changed"):
        facts.edit("f2", "Tea")
    assert held(facts) == ["tea", "jazz"]


def test_a_pinned_fact_is_neither_ended_nor_changed_by_what_is_said(told, facts):
    told("I live in Rome", "lives in", "Rome")
    facts.pin("f1")

    assert told("I live in Leeds", "lives in", "Leeds") == []
    assert told("I no longer live in Rome", "lives in", "Rome", retracted=True) == []
    assert held(facts) == ["Rome"]
    facts.pin("f1", on=False)
    told("I live in Leeds", "lives in", "Leeds")
    assert held(facts) == ["Leeds"]


def test_what_would_change_a_pinned_fact_is_handed_on(messages, rows, facts, told):
    told("I live in Rome", "lives in", "Rome")
    facts.pin("f1")
    user, held_back = messages.record_user("I live in Leeds", session=None), []
    facts.save(
        [FactCandidate("user", "lives in", "Leeds", "I live in Leeds", "one")], rows.of_turn(user.turn), work=2, decide=decide,
        hold=lambda connection, candidate, episode, other: held_back.append((candidate.value, episode.turn, other.id)),
    )  # fmt: skip

    assert held_back == [("Leeds", "t2", "f1")]


def test_another_kind_of_item_is_put_back_by_whoever_knows_it(database, index):
    from mem.stores.database import get_meta, set_meta
    from mem.stores.events import log_event

    kind = Kind(
        lambda connection, item: get_meta(connection, item) or None,
        lambda connection, item, state: set_meta(connection, item, state or ""),
    )
    with database.write() as connection:
        set_meta(connection, "consolidation:k1", "done")
        log_event(connection, database.now(), "user", "consolidate", "consolidation:k1", after="done")

    with pytest.raises(InputError, match="nothing is known about how to take back"):
        Undoing(database, lambda: index).undo()
    Undoing(database, lambda: index, {**KINDS, "consolidation": kind}).undo()
    with database.read() as connection:
        assert get_meta(connection, "consolidation:k1") == ""


def test_a_forget_is_for_good_and_the_change_before_it_is_named(make_assistant):
    assistant = make_assistant()
    assistant.remember("I like tea")
    assistant.remember("the boiler leaks")
    assistant.forget(assistant.plan_forget(["e2"]))

    with pytest.raises(InputError, match=r"forgot e2 for good.* cannot be brought back; the change before it: mem undo c2"):
        assistant.undoing.undo()


def test_what_was_forgotten_is_in_no_change_any_more(make_assistant, database):
    assistant = make_assistant()
    assistant.remember("I like tea")
    assistant.undoing.undo()  # the fact; its words are now in the log alone
    assistant.remember("I drive a green Volvo")
    assistant.edit("f2", "red Volvo")
    for id in ("e1", "e2"):
        assistant.forget(assistant.plan_forget([id]))

    with database.read() as connection:
        kept = connection.execute("select string_agg(concat(before, after), '') from event").fetchone()[0] or ""
    assert not [word for word in ("tea", "Volvo") if word in kept]
    with pytest.raises(InputError, match="words that f1 came from were forgotten since"):
        assistant.undoing.undo("c3")


def test_what_an_undo_took_back_can_still_be_forgotten(make_assistant, database):
    assistant = make_assistant()
    assistant.remember("the boiler leaks")
    assistant.undoing.undo()
    assert assistant.inspect("e1").episode.text == "the boiler leaks"
    assistant.forget(assistant.plan_forget(["e1"]))

    with database.read() as connection:
        assert connection.execute("select count(*) from event where before is not null or after is not null").fetchone() == (0,)
    with pytest.raises(NotFound):
        assistant.inspect("e1")


def test_forgetting_the_turn_of_an_undone_end_does_not_touch_what_holds(told, undoing, make_assistant, facts):
    told("I live in Rome", "lives in", "Rome")
    told("I no longer live in Rome", "lives in", "Rome", retracted=True)
    undoing.undo()
    told("I live in Leeds", "lives in", "Leeds")
    assistant = make_assistant()
    assistant.forget(assistant.plan_forget(["e2"]))

    assert held(facts) == ["Leeds"]
    assert facts.get("f1").invalid_at == facts.get("f2").created_at
