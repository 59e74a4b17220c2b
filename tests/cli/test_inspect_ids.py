"""`mem inspect ID` for every kind of id that mem shows, and where a memory was used."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from mem.assistant import Assistant
from mem.config import load_config
from mem.records import FactCandidate, Hit, Retrieval, Route
from mem.stores.database import Database
from mem.stores.episode_rows import Filing

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
# How ids that there are not are refused.
NOT_THERE = {
    "w9": "nothing named w9 (did you mean w1?) waits for review, or was decided about; see what waits with: mem review",
    "c9": "there is no change 'c9' (did you mean c1?); see them with: mem log",
    "t9": "there is no turn 't9'; see what was said with: mem sessions show last",
    "m9": "there is no message 'm9'; see what was said with: mem sessions show last",
    "r9": "there is no search 'r9': it was forgotten, or is too old to be kept",
    "p9": "p9 is not owed any more, or never was; see what is with: mem inspect pending",
    "k9": "there is no consolidation k9; see what was done with: mem log",
    "s9": "there is no session 's9'; list them with: mem sessions",
    "q9": "q9 is a question of mem eval self, which shows how it fared: mem eval self --json",
    "x9": "x9 stands for what was forgotten; list that with: mem forget --list",
    "core:x": "there is no core block 'x'; see them with: mem inspect core",
}


@pytest.fixture
def assistant(cli_home):
    with Assistant(load_config(os.environ)) as opened:
        yield opened


@pytest.fixture
def waiting(assistant) -> None:
    """w1 waits: a claim about health, read in e1."""
    assistant.remember("My blood type is A positive")


@pytest.fixture
def corrected(assistant) -> None:
    """f1 Rome, which was never so: f2 Leeds has its place since c4."""
    assistant.remember("I live in Rome")
    episode = assistant.rows.file("Not Rome, Leeds", learn=True)
    leeds = FactCandidate("user", "lives in", "Leeds", episode.text, "one")
    work = assistant.pending_store.list()[0].id
    assistant.fact_store.save([leeds], episode, work=work, decide=lambda _, known, at: ("correct", known[0]))


def used(database: Database, item: str, turns: int) -> None:
    """An item in the prompts of so many turns, t1 and on, a minute after another; of each there are two searches."""
    from mem.stores.retrievals import RetrievalStore

    moment = [AT]
    database.now = lambda: moment[0]
    store = RetrievalStore(database)
    for number in range(1, turns + 1):
        moment[0] += timedelta(minutes=1)
        for _ in range(2):
            hit = Hit(item, "fact", "you live in Rome", AT, 1.0, injected=True)
            store.save(Retrieval(f"question {number}?", Route((), "x"), (hit,), 1.0, turn=f"t{number}"))
    store.save(Retrieval("recalled", Route((), "x"), (Hit(item, "fact", "x", AT, 1.0, injected=True),), 1.0))
    store.save(Retrieval("seen", Route((), "x"), (Hit(item, "fact", "x", AT, 1.0),), 1.0, turn="t99"))


def test_what_waits_for_review_is_shown_with_why_its_quote_its_memory_and_how_to_decide(run_cli, waiting):
    shown = re.sub(r"\d+ \w+ 20\d\d", "DAY", run_cli("inspect", "w1").stdout)

    assert shown.splitlines() == [
        "w1  waits for your yes or no", "    your blood type is A positive", "why it waits: health",
        "said in e1  DAY (today)  filed", "    “My blood type is A positive”",
        "to decide: mem review --accept w1, or --reject w1; to be asked, or to edit it first: mem review",
    ]  # fmt: skip
    found = json.loads(run_cli("inspect", "w1", "--json").stdout)
    assert (found["state"], found["sentence"], found["source"]["id"]) == ("waiting", "your blood type is A positive", "e1")


def test_a_review_that_was_decided_is_still_shown(run_cli, waiting):
    run_cli("review", "--reject", "w1")
    assert run_cli("inspect", "w1").stdout.startswith("w1  rejected")
    assert "to remember it after all: mem review --accept w1" in run_cli("inspect", "w1").stdout
    run_cli("review", "--accept", "w1")

    assert "remembered: your blood type is A positive [f1]" in run_cli("inspect", "w1").stdout
    assert json.loads(run_cli("inspect", "w1", "--json").stdout)["changes"][0]["id"] == "c3"
    assert "    rejected again: w1" in run_cli("undo", "--yes").stdout.splitlines()
    assert "    waits again: w1" in run_cli("undo", "c2", "--yes").stdout.splitlines()


def test_a_change_is_shown_whole_with_how_to_take_it_back_or_bring_it_back(run_cli, waiting):
    assert run_cli("inspect", "c1").stdout.splitlines()[1:] == [
        "    filed: My blood type is A positive [e1]", "to take it back: mem undo c1",
    ]  # fmt: skip
    run_cli("edit", "human", "likes brevity")
    run_cli("undo", "--yes")
    assert run_cli("inspect", "c2").stdout.splitlines()[-1] == "it was taken back; to bring it back: mem undo c3"
    assert run_cli("inspect", "c3").stdout.splitlines()[-1] == "to bring it back: mem undo c3"
    assert json.loads(run_cli("inspect", "c3", "--json").stdout)["undoes"] == "c2"


def test_a_turn_a_message_and_a_search_are_shown_and_point_to_each_other(run_cli, assistant):
    assistant.remember("the boiler was serviced by Bob")
    run_cli("ask", "who serviced the boiler?")
    turn = run_cli("inspect", "t2").stdout

    assert re.search(r"^t2  .* in s1, remembered as e2$", turn, re.M)
    assert "from memory the model saw e1; all about that: mem why t2" in turn
    assert "    who serviced the boiler?" in run_cli("inspect", "m1").stdout
    assert "all of that turn: mem inspect t2" in run_cli("inspect", "m1").stdout
    assert run_cli("inspect", "r1").stdout.startswith("r1  for t2\nlooked up: who serviced the boiler?\n")
    assert run_cli("inspect", "t1").stdout.startswith("e1  ")
    assert [row.split("\t")[0] for row in run_cli("inspect", "t2", "--plain").stdout.splitlines()[:2]] == ["m1", "m2"]
    assert json.loads(run_cli("inspect", "t2", "--json").stdout)["retrieval"]["id"] == "r1"


def test_a_consolidation_and_a_core_block_have_ids_too(run_cli, assistant):
    assistant.rows.file_many([Filing(f"Greta's parcel {n} has come.", AT, session="s9", kind="turn") for n in range(3)])
    assistant.consolidation.carry_out(assistant.consolidation.plan(older_than_days=0))

    for id in ("k1", "consolidation:k1"):
        assert "consolidated: 3 turns, 1 session, 1 summary, 1 line [consolidation:k1]" in run_cli("inspect", id).stdout
    assert run_cli("inspect", "core:human").stdout.startswith("human  0 of 2000 characters")


def test_an_id_that_there_is_not_is_refused_with_the_command_that_shows_those_that_there_are(run_cli, waiting):
    assert {id: run_cli("inspect", id).complaint.removeprefix("mem: ") for id in NOT_THERE} == NOT_THERE


def test_the_counters_of_the_database_are_all_known_to_inspect(run_cli, assistant, waiting):
    with assistant.database.read() as connection:
        kinds = {kind for (kind,) in connection.execute("select kind from counter").fetchall()}

    kinds -= {"seq", "g"}  # numbers of rows, and of generations of the search index: no line of mem shows them as ids
    assert {kind for kind in kinds if "is no id that mem gives" in run_cli("inspect", f"{kind}999").complaint} == set()


def test_work_that_is_owed_is_shown(run_cli, assistant):
    assistant.rows.file("I live in Rome", learn=True)

    assert run_cli("inspect", "p1").stdout.startswith("t1  facts, 0 attempts since ")


def test_a_fact_that_was_corrected_is_said_never_to_have_been_so_wherever_it_is_shown(run_cli, corrected):
    shown = run_cli("inspect", "f1").stdout
    assert "taken back on" in shown.splitlines()[1]
    assert "it was never so: you corrected it in c4. f2 has its place." in shown
    assert json.loads(run_cli("inspect", "f1", "--json").stdout)["fact"]["invalid_at"] is None

    listed, entity = run_cli("inspect", "facts", "--all").stdout, run_cli("inspect", "entity", "me").stdout
    assert "f1" not in entity
    assert "was never so: you live in Rome [f1]" in run_cli("log").stdout
    assert not [told for told in (shown, listed, entity) if "no longer true" in told]
    found = {hit["id"]: hit["text"] for hit in json.loads(run_cli("recall", "live", "--as-of", "now", "--json").stdout)["hits"]}
    assert "f1" not in found
    assert "you live in Rome (taken back on" in found["e1"]


def test_a_correction_that_is_brought_back_is_a_correction_again(run_cli, corrected):
    run_cli("undo", "c4", "--yes")
    again = run_cli("undo", "c5", "--yes").stdout

    assert "was never so: you live in Rome [f1]" in again


def test_a_diff_without_since_compares_with_yesterday(run_cli, corrected):
    assert run_cli("diff").stdout == run_cli("diff", "--since", "yesterday").stdout
    assert "you live in Leeds [f2]" in run_cli("diff").stdout
    assert "[default: yesterday]" in run_cli("diff", "--help").stdout


def test_a_fact_tells_in_which_turns_it_was_used_the_newest_ten_first(run_cli, assistant, corrected):
    assert "used in no answer yet" in run_cli("inspect", "f2").stdout
    used(assistant.database, "f2", 12)
    shown = run_cli("inspect", "f2").stdout

    lines = shown[shown.index("used in 12 answers") :].splitlines()
    assert lines[1] == "    t12  1 Jun 2026  question 12?"
    assert [line.split()[0] for line in lines[1:11]] == [f"t{number}" for number in range(12, 2, -1)]
    assert lines[11] == "    … and 2 more, all of them older"
    found = json.loads(run_cli("inspect", "f2", "--json").stdout)["used"]
    assert (found["total"], len(found["newest"]), found["newest"][0]["turn"]) == (12, 10, "t12")


def test_what_was_only_found_or_recalled_by_hand_is_no_use(run_cli, assistant, corrected):
    used(assistant.database, "f2", 0)

    assert json.loads(run_cli("inspect", "f2", "--json").stdout)["used"] == {"total": 0, "newest": []}


def test_one_of_a_thing_is_told_in_the_singular(run_cli, waiting):
    run_cli("review", "--accept", "w1")
    run_cli("ask", "what is my blood type?")

    assert "1 fact, ended ones too" in run_cli("stats").stdout
    assert "used in 1 answer\n" in run_cli("inspect", "f1").stdout
    assert run_cli("sessions", "show", "s1").stdout.splitlines()[0].split("  ")[2] == "1 turn"
