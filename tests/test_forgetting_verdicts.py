"""What was noted about a memory goes with it: probes, verdicts, and searches that were only typed to find it."""

import pytest

from mem.models.scripted import says
from mem.stores.probes import Probe, ProbeStore
from mem.stores.verdicts import VerdictStore

SECRET = "Xanthippe"


def everything_in(database) -> str:
    """All rows of all tables, as one text."""
    with database.read() as connection:
        tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return repr([connection.execute(f"from {table}").fetchall() for table in tables])


@pytest.fixture
def assistant(make_assistant):
    return make_assistant()


def forget(assistant, *ids: str) -> None:
    assistant.forget(assistant.plan_forget(list(ids)))


def test_a_probe_goes_with_any_memory_that_it_expects(assistant, database):
    told = assistant.remember(f"my cat is called {SECRET}").episode
    kept = assistant.remember("the boiler was serviced in May").episode
    ProbeStore(database).add(
        [Probe(f"cat {SECRET}", (told.id,)), Probe(f"{SECRET} or the boiler", (kept.id, told.id)), Probe("boiler", (kept.id,))]
    )
    forget(assistant, told.id)

    assert [probe.question for probe in ProbeStore(database).active()] == ["boiler"]
    assert SECRET not in everything_in(database)


def test_a_probe_goes_with_the_fact_that_it_expects(assistant, database):
    (saved,) = assistant.remember("I live in Rome").saved
    ProbeStore(database).add([Probe("where do I live?", (saved.fact.id,))])
    forget(assistant, saved.fact.id)

    assert ProbeStore(database).active() == []


def test_the_verdict_on_a_forgotten_turn_goes_with_its_probe(make_assistant, database):
    assistant = make_assistant(says("It was in May."))
    assistant.remember("the boiler was serviced in May")
    turn = assistant.open_chat().step(f"when did {SECRET} service the boiler?")
    assert assistant.judge(turn.id, "good", note=f"{SECRET} it was").probe
    forget(assistant, "e2")

    assert VerdictStore(database).recent() == []
    assert ProbeStore(database).active() == []
    assert SECRET not in everything_in(database)


def test_what_was_noted_on_an_answer_goes_with_the_answer(make_assistant, database):
    assistant = make_assistant(says(f"She is called {SECRET}."))
    told = assistant.remember(f"my cat is called {SECRET}").episode
    turn = assistant.open_chat().step("what is my cat called?")
    assistant.judge(turn.id, "bad", note=f"not {SECRET}")
    forget(assistant, told.id)

    assert [(verdict.verdict, verdict.note) for verdict in VerdictStore(database).recent()] == [("bad", "")]
    assert SECRET not in everything_in(database)


@pytest.mark.parametrize("query", [f"what is {SECRET}?", "my cat", f"the dog of {SECRET.lower()}"])
def test_a_search_that_found_it_or_names_it_goes(assistant, database, query):
    told = assistant.remember(f"my cat is called {SECRET}").episode
    assistant.recall(query)
    assistant.recall("weather forecast")
    forget(assistant, told.id)

    assert [search.query for search in assistant.retrievals.recent()] == ["weather forecast"]
    assert SECRET.lower() not in everything_in(database).lower()


def test_looking_for_what_is_to_be_forgotten_leaves_no_note_of_it(assistant, database):
    assistant.remember("the boiler was serviced in May")
    assistant.plan_forget_query("boiler")

    assert assistant.retrievals.recent() == []
