from __future__ import annotations

from dataclasses import replace

import pytest

from mem.evaluation.self_probes import compare, evaluate, keep_probes, measure
from mem.models.scripted import HashEmbedder, OverlapReranker, says
from mem.probe_making import fact_probes, fact_question, make_probes, statement_probes, words_of
from mem.records import Evidence, Fact
from mem.retrieval import Retriever
from mem.stores.episodes import EpisodeIndex
from mem.stores.probes import Probe, ProbeStore, Statement

TOLD = (
    "the boiler was serviced by a plumber from Leeds in May", "Ada keeps a tortoise called Hercules under the stairs",
    "the spare key is hidden under the blue flower pot", "I parked my bicycle behind the public library yesterday",
    "the piano in the hall is tuned every autumn", "the rent went up by a tenth after Easter",
    "the train to Edinburgh leaves from platform nine", "my dentist recommended a softer brush and less coffee",
    "the cellar was flooded twice during the winter storms", "we planted garlic and rhubarb along the southern fence",
    "Tom borrowed the electric drill and the long ladder", "the neighbours adopted two kittens from the shelter",
)  # fmt: skip


def fact(now, id: str, subject: str, predicate: str, value: str, episode: str, **fields) -> Fact:
    evidence = (Evidence(value, episode, "m1", now()),)
    return Fact(id, subject, predicate, value, "one", now(), evidence=evidence, **fields)


@pytest.fixture
def assistant(make_assistant):
    """A profile that was told TOLD."""
    made = make_assistant()
    for text in TOLD:
        made.remember(text)
    made.index.catch_up()
    return made


def run(assistant, **options):
    return evaluate(
        assistant.database, assistant.fact_store, assistant.retriever, embedder="hash", settings={"mem": "x"}, **options
    )


# Making.


@pytest.mark.parametrize(
    ("subject", "predicate", "question"),
    [
        ("user", "lives in", "where do I live?"),
        ("Ada", "lives in", "where does Ada live?"),
        ("user", "sister", "who is my sister?"),
        ("user", "blood type", "what is my blood type?"),
        ("user's sister", "blood type", "what is my sister's blood type?"),
        ("Ada", "allergic to", "what is Ada allergic to?"),
        ("user", "boss", "who is my boss?"),
        ("user", "has", ""),
        ("user", "adopted", ""),
    ],
)
def test_a_fact_is_asked_for_as_a_person_would(subject, predicate, question):
    assert fact_question(subject, predicate) == question


def test_what_has_many_values_is_one_question_that_any_of_them_answers(now):
    facts = [
        fact(now, "f1", "user", "likes", "tea", "e1"),
        fact(now, "f2", "user", "likes", "coffee", "e2"),
        fact(now, "f3", "user", "likes", "gin", "e3", invalid_at=now()),
    ]

    assert list(fact_probes(facts)) == [Probe("what do I like?", ("f1", "e1", "f2", "e2"))]


def test_a_statement_is_asked_for_by_some_of_its_rarest_words_in_another_order():
    statements = [Statement(f"e{number}", text) for number, text in enumerate(TOLD, start=1)]
    probes = {probe.expected: probe.question.split() for probe in statement_probes(statements)}

    assert len(probes) == len(TOLD)
    for statement in statements:
        asked = probes[statement.episode,]
        told = words_of(statement.text)
        assert set(asked) < set(told)
        assert len(asked) >= 2
    assert any(asked != [word for word in words_of(TOLD[int(id[1:]) - 1]) if word in asked] for (id,), asked in probes.items())


def test_the_same_memories_make_the_same_probes(now):
    statements = [Statement(f"e{number}", text) for number, text in enumerate(TOLD, start=1)]

    assert make_probes([], statements, limit=50) == make_probes([], list(statements), limit=50)


@pytest.mark.parametrize(
    "text",
    [
        "where did Ada put the tortoise called Hercules?",
        "the password of the router is correct-horse-battery",
        "yes please",
        "",
        "x" * 3000,
    ],
)
def test_questions_secrets_and_small_talk_make_no_probe(text):
    assert list(statement_probes([Statement("e1", text)])) == []


def test_what_two_memories_say_alike_makes_no_probe():
    twice = [Statement("e1", TOLD[0]), Statement("e2", TOLD[0]), Statement("e3", TOLD[1])]

    assert [probe.expected for probe in statement_probes(twice)] == [("e3",)]


def test_there_are_never_more_probes_than_wanted_and_they_are_of_all_times(now):
    facts = [fact(now, f"f{number}", f"Friend {number}", "lives in", "Rome", f"e{number}") for number in range(100)]
    words = [f"{a}{b}" for a in ("alpha", "beta", "gamma", "delta", "kappa") for b in "abcdefghijklmnopqrst"]
    statements = [Statement(f"e{n}", f"{word} {word}x {word}y {word}z") for n, word in enumerate(words)]
    probes = make_probes(facts, statements, limit=40)

    assert len(probes) == 40
    assert sum(probe.expected[0].startswith("f") for probe in probes) == 16
    told = [int(probe.expected[0][1:]) for probe in probes if probe.expected[0].startswith("e")]
    assert (min(told) < 25, max(told) >= 75) == (True, True)


# Measuring.


def test_a_profile_that_holds_what_it_was_told_is_measured_and_kept(assistant, now):
    found = run(assistant)

    assert found.score is not None
    assert found.probes == {"self": len(TOLD)}
    assert (found.score.n, found.score.recall_at_5) == (len(TOLD), 1.0)
    assert found.score.mrr > 0.9
    assert set(found.score.ranks.values()) <= {1, 2, 3}
    (kept,) = ProbeStore(assistant.database).runs()
    assert (kept.ranks, kept.metrics["mrr"], kept.embedder) == (found.score.ranks, round(found.score.mrr, 4), "hash")
    assert (found.before, found.comparison.outcome) == (None, "unknown")


def test_the_same_again_is_the_same(assistant):
    run(assistant)
    again = run(assistant)

    assert (again.comparison.outcome, again.comparison.shared) == ("same", len(TOLD))
    assert again.before is not None


def test_new_memories_add_probes_and_old_ones_stay_comparable(assistant):
    run(assistant)
    assistant.remember("the accordion belongs to uncle Waldemar from Bremen")
    again = run(assistant)

    assert (again.score.n, again.comparison.shared) == (len(TOLD) + 1, len(TOLD))


def test_a_rebuild_makes_the_users_own_probes_anew_and_keeps_those_of_verdicts(assistant, database):
    run(assistant)
    ProbeStore(database).add([Probe("which key?", ("e3",), "good", "t9")])
    before = {probe.id for probe in ProbeStore(database).active()}
    run(assistant, rebuild=True)
    after = ProbeStore(database).active()

    assert {probe.origin for probe in after if probe.id in before} == {"good"}
    assert len(after) == len(before)


def test_few_probes_judge_nothing_and_are_no_run(make_assistant):
    assistant = make_assistant()
    assistant.remember(TOLD[0])
    found = run(assistant)

    assert (found.score, found.comparison.outcome) == (None, "unknown")
    assert ProbeStore(assistant.database).runs() == []


def test_a_forgotten_memory_is_asked_for_no_more(assistant):
    run(assistant)
    assistant.forget(assistant.plan_forget(["e2"]))

    assert run(assistant).score.n == len(TOLD) - 1


def test_what_is_no_longer_true_is_asked_for_no_more(assistant):
    assistant.remember("I live in Berlin")
    keep_probes(ProbeStore(assistant.database), assistant.fact_store)
    assistant.remember("I moved to Rome")
    probes = keep_probes(ProbeStore(assistant.database), assistant.fact_store)

    (asked,) = [probe for probe in probes if probe.question == "where do I live?"]
    current = assistant.facts()[-1]
    assert current.id in asked.expected


def test_a_question_is_not_found_by_having_been_asked(make_assistant):
    assistant = make_assistant(says("Under the pot."))
    for text in TOLD:
        assistant.remember(text)
    turn = assistant.open_chat().step("where is the spare key hidden?")
    assistant.judge(turn.id, "good")
    probes = ProbeStore(assistant.database)
    score = measure(assistant.retriever, [*keep_probes(probes, assistant.fact_store)], now=assistant.now)

    (good,) = [probe for probe in probes.active() if probe.origin == "good"]
    assert good.expected[0] == "e3"
    assert score.ranks[good.id] == 1
    alone = replace(good, expected=("e13",))  # the episode of the turn in which it was asked
    assert measure(assistant.retriever, [alone] * 10, now=assistant.now).mrr == 0


def test_another_embedder_is_measured_on_its_own_index(assistant, rows, facts):
    probes = keep_probes(ProbeStore(assistant.database), assistant.fact_store)
    index = EpisodeIndex(assistant.database, smaller := HashEmbedder(32))
    index.rebuild()
    other = Retriever(index, rows, facts, smaller, now=assistant.now, reranker=OverlapReranker())
    score = measure(other, probes, now=assistant.now)

    assert (score.n, score.mrr > 0.9) == (len(probes), True)
    assert measure(other, probes[:9], now=assistant.now) is None


# Comparing.


def ranks(*values: int) -> dict[str, int]:
    return {f"q{number}": value for number, value in enumerate(values)}


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (ranks(*[2] * 10), ranks(*[1] * 10), "better"),
        (ranks(*[1] * 10), ranks(*[2] * 10), "worse"),
        (ranks(*[1] * 10), ranks(*[1] * 10), "same"),
        (ranks(*[0] * 10), ranks(*[0] * 10), "same"),
        (ranks(*[1] * 19, 2), ranks(*[1] * 20), "same"),
        (ranks(*[1, 2] * 10), ranks(*[2, 1] * 10), "same"),
        (ranks(*[1] * 30, *[0] * 10), ranks(*[1] * 40), "better"),
        (ranks(*[1] * 9), ranks(*[2] * 9), "unknown"),
        ({}, ranks(*[1] * 20), "unknown"),
    ],
)
def test_a_difference_counts_when_chance_does_not_explain_it(before, after, outcome):
    assert compare(before, after).outcome == outcome


def test_only_shared_probes_are_compared_by_their_reciprocal_ranks():
    before, after = ranks(*[1] * 10), {**ranks(*[2] * 10), "new": 1}
    found = compare({**before, "gone": 0}, after)

    assert (found.shared, found.mrr_before, found.mrr_after) == (10, 1.0, 0.5)
