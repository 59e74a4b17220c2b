import pytest

from mem.errors import NotFound
from mem.memory_writer import decide
from mem.records import FactCandidate, Hit, Message, Retrieval, Route
from mem.stores.pending import PendingStore
from mem.stores.probes import Probe, ProbeRun, ProbeStore
from mem.stores.retrievals import RetrievalStore
from mem.stores.verdicts import VerdictStore


@pytest.fixture
def verdicts(database) -> VerdictStore:
    return VerdictStore(database)


@pytest.fixture
def probes(database) -> ProbeStore:
    return ProbeStore(database)


@pytest.fixture
def tell(messages, rows, facts, database):
    """`tell(text, value)`: a turn, and what the user likes as it was learned from it; its episode."""

    def told(text: str, *values: str):
        user = messages.record_user(text, session=None)
        episode = rows.of_turn(user.turn)
        work = next(work.id for work in PendingStore(database).list() if work.turn == user.turn)
        facts.save([FactCandidate("user", "likes", value, text) for value in values], episode, work=work, decide=decide)
        return episode

    return told


@pytest.fixture
def ask(messages, database):
    """`ask(question, *items)`: a turn that was answered with these memories in its prompt; its id."""

    def asked(question: str, *items: str, answer: str = "I see.") -> str:
        user = messages.record_user(question, session=None)
        hits = tuple(Hit(id, "turn", "x", database.now(), 1.0, injected=True) for id in items)
        RetrievalStore(database).save(Retrieval(question, Route((), "x"), hits, 1.0, turn=user.turn))
        if answer:
            messages.record_answer(Message("assistant", answer, turn=user.turn, session=user.session))
        return user.turn

    return asked


def test_a_good_answer_makes_a_probe_of_its_question_and_what_was_in_the_prompt(verdicts, probes, tell, ask):
    tell("I like tea", "tea")
    turn = ask("what do I like?", "f1")

    kept = verdicts.save(turn, "good", note="yes")
    assert (kept.probe, kept.expected) == ("q1", ("f1", "e1"))
    (probe,) = probes.active()
    assert (probe.question, probe.expected, probe.origin, probe.turn) == ("what do I like?", ("f1", "e1"), "good", turn)
    assert verdicts.recent() == [kept]


def test_a_good_answer_from_nothing_is_kept_without_a_probe(verdicts, probes, ask):
    kept = verdicts.save(ask("hello"), "good")

    assert (kept.probe, probes.active()) == ("", [])
    assert verdicts.recent() == [kept]


def test_a_bad_answer_makes_a_probe_only_of_what_would_have_been_right(verdicts, probes, tell, ask):
    tell("I like tea", "tea")
    tell("I like coffee", "coffee")
    turn = ask("what do I drink?", "e1")

    assert verdicts.save(turn, "bad").probe == ""
    assert probes.active() == []
    assert verdicts.save(turn, "bad", right=["e2"]).expected == ("e2",)
    assert [(probe.expected, probe.origin) for probe in probes.active()] == [(("e2",), "bad")]


def test_the_last_word_on_an_answer_counts(verdicts, probes, tell, ask):
    tell("I like tea", "tea")
    turn = ask("what do I like?", "e1")
    verdicts.save(turn, "good")
    verdicts.save(turn, "bad", note="no")

    assert [(verdict.verdict, verdict.note) for verdict in verdicts.recent()] == [("bad", "no")]
    assert probes.active() == []


@pytest.mark.parametrize("right", [["e99"], ["f1", "e1"], ["' OR '1'='1"]])
def test_an_unknown_memory_is_refused_and_nothing_is_noted(verdicts, ask, tell, right):
    tell("I have nothing that is learned from")
    turn = ask("what do I like?")
    with pytest.raises(NotFound, match="nothing was noted"):
        verdicts.save(turn, "bad", right=right)

    assert verdicts.recent() == []


def test_what_was_not_answered_cannot_be_judged(verdicts, ask):
    for turn in (ask("what do I like?", answer=""), "t99"):
        with pytest.raises(NotFound, match="no answer"):
            verdicts.save(turn, "good")


def test_a_probe_retires_with_the_facts_it_expects_and_not_before(probes, tell, facts, database):
    tell("I like tea and coffee", "tea", "coffee")
    probes.add([Probe("what do I like?", ("f1", "f2", "e1")), Probe("coffee tea", ("e1",)), Probe("gone?", ("e99",))])
    probes.retire()
    assert [probe.question for probe in probes.active()] == ["what do I like?", "coffee tea"]

    with database.write() as connection:
        connection.execute("update fact set invalid_at = now()::timestamp where id = 'f1'")
    probes.retire()
    assert len(probes.active()) == 2

    with database.write() as connection:
        connection.execute("update fact set invalid_at = now()::timestamp")
    probes.retire()
    assert [probe.question for probe in probes.active()] == ["coffee tea"]


def test_runs_come_back_as_they_were_kept_oldest_first(probes, now):
    runs = [ProbeRun(now.advance(days=1), "hash-64", {"mrr": mrr}, {"q1": 1, "q2": 0}, settings={"x": 1}) for mrr in (0.4, 0.5)]
    for run in runs:
        probes.save_run(run)

    assert probes.runs() == runs
    assert probes.runs(limit=1) == runs[1:]


def test_statements_are_spread_over_time_and_no_summary(probes, rows):
    for number in range(25):
        rows.file(f"statement of some length {number}", kind="summary" if number == 3 else "archival")

    found = [statement.episode for statement in probes.statements(limit=5)]
    assert len(found) == 5
    assert found[0] == "e1"
    assert int(found[-1][1:]) > 15
