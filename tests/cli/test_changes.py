"""`mem log`, `diff`, `undo`, `edit`, `pin` and --as-of, as a person types them."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pexpect
import pytest
from pseudo_terminal import PseudoTerminal

from mem.assistant import Assistant
from mem.config import load_config
from mem.records import FactCandidate

Told = Callable[..., None]


@pytest.fixture
def told(cli_home) -> Told:
    """`told(400, "I live in Rome")`: filed so many days ago, and read by patterns."""

    def tell(days_ago: float, text: str) -> None:
        moment = datetime.now(UTC) - timedelta(days=days_ago)
        with Assistant(load_config(os.environ), now=lambda: moment) as assistant:
            assistant.remember(text)

    return tell


@pytest.fixture
def moved(told) -> None:
    """f1 Rome (c2, 400 days ago), f2 Leeds (c4, 10 days ago)."""
    told(400, "I live in Rome")
    told(10, "I live in Leeds")


def facts(run_cli, *options: str) -> dict[str, str]:
    return {fact["id"]: fact["value"] for fact in json.loads(run_cli("inspect", "facts", "--json", *options).stdout)}


def test_the_log_tells_what_each_change_did_newest_first(run_cli, moved):
    lines = run_cli("log").stdout.splitlines()

    assert [line.split()[0] for line in lines if line[0] != " "] == ["c4", "c3", "c2", "c1"]
    assert lines[1:3] == ["    no longer true: you live in Rome [f1]", "    remembered: you live in Leeds [f2]"]
    assert lines[4] == "    filed: I live in Leeds [e2]"


def test_the_log_of_one_fact_or_one_time_is_a_part_of_it(run_cli, moved):
    of_fact = json.loads(run_cli("log", "--fact", "f1", "--json").stdout)
    recent = run_cli("log", "--since", "two months ago", "--plain").stdout.splitlines()

    assert [change["id"] for change in of_fact] == ["c4", "c2"]
    assert of_fact[0]["steps"][0]["line"] == "no longer true: you live in Rome [f1]"
    assert [line.split("\t")[0] for line in recent] == ["c4", "c4", "c3"]
    assert len(recent[0].split("\t")) == 9
    assert run_cli("log", "--limit", "1").stdout.startswith("c4  ")


def test_a_log_without_a_change_says_so(run_cli, moved):
    assert run_cli("log", "--since", "today").complaint == "mem: nothing changed in that time"
    assert run_cli("log", "--fact", "f9").complaint.startswith("mem: there is no fact 'f9'")
    assert run_cli("log", "--since", "soonish").exit_code == 2


def test_a_diff_tells_what_is_another_now(run_cli, moved, told):
    told(5, "I like tea")
    told(3, "I like jazz")

    assert run_cli("diff", "--since", "two weeks ago").stdout.splitlines() == [
        "+ you like tea [f3]", "+ you like jazz [f4]", "~ you live in Rome → Leeds [f1 → f2]",
    ]  # fmt: skip
    told(2, "I don't like tea anymore")
    found = json.loads(run_cli("diff", "--since", "5 days ago", "--json").stdout)
    assert ([fact["id"] for fact in found["added"]], found["ended"], found["changed"]) == (["f4"], [], [])
    plain = run_cli("diff", "--since", "four days ago", "--plain").stdout
    assert plain == "added\tf4\tyou like jazz\nended\tf3\tyou like tea\n"
    assert run_cli("diff", "--since", "today").stdout == ""


def test_a_correction_is_told_by_what_was_never_so_and_what_it_was_corrected_to(run_cli, told):
    told(0.002, "My brother Tom is a baker")
    told(0.001, "No, Tom is not a baker, he is a butcher")

    assert run_cli("log", "-n", "1").stdout.splitlines()[1:] == [
        "    was never so: Tom works as baker [f2]", "    corrected to: Tom works as butcher [f3]",
    ]  # fmt: skip
    assert run_cli("diff").stdout.splitlines() == ["+ your brother is Tom [f1]", "+ Tom works as butcher [f3]"]
    assert run_cli("undo", "--dry-run").stdout.splitlines()[1:] == [
        "  not remembered: Tom works as butcher [f3]", "  true again: Tom works as baker [f2]",
    ]  # fmt: skip
    assert facts(run_cli) == {"f1": "Tom", "f3": "butcher"}


def test_a_move_that_is_still_to_come_was_no_move(run_cli, told):
    for minute, text in enumerate(("my brother Paul lives in Lisbon", "Paul moved to Madrid last week",
                                   "no wait, he is still in Lisbon, the move is in spring")):  # fmt: skip
        told(0.01 - minute / 1440, text)

    assert facts(run_cli) == {"f1": "Paul", "f4": "Lisbon"}


def test_undo_takes_back_the_last_change_and_undo_of_that_brings_it_back(run_cli, moved):
    undone = run_cli("undo", "--yes").stdout.splitlines()

    assert undone[1:] == ["    not remembered: you live in Leeds [f2]", "    true again: you live in Rome [f1]"]
    assert facts(run_cli) == {"f1": "Rome"}
    redone = json.loads(run_cli("undo", "c5", "--yes", "--json").stdout)
    assert (redone["id"], redone["undoes"]) == ("c6", "c5")
    assert facts(run_cli) == {"f2": "Leeds"}
    assert run_cli("undo", "c5", "--yes").complaint.startswith("mem: c5 was taken back already, by c6")


def test_undo_asks_first_and_a_dry_run_changes_nothing(run_cli, moved):
    shown = run_cli("undo", "--dry-run")

    assert shown.stdout.splitlines()[0] == "c4 would be taken back:"
    assert (run_cli("undo").exit_code, run_cli("undo").complaint[-9:]) == (2, "add --yes")
    assert facts(run_cli) == {"f2": "Leeds"}


def test_undo_names_the_later_change_in_its_way(run_cli, moved):
    refused = run_cli("undo", "c2", "--yes")

    assert refused.complaint == "mem: c2 cannot be taken back while c4 stands, which concerns f1: first mem undo c4"
    assert (refused.exit_code, run_cli("undo", "c99").exit_code, run_cli("undo", "f1").exit_code) == (2, 3, 3)


def test_a_fact_that_was_taken_back_is_shown_as_such(run_cli, moved):
    run_cli("undo", "--yes")
    shown = run_cli("inspect", "f2").stdout

    assert "you live in Leeds" in shown
    assert "taken back; to bring it back: mem undo c5" in shown


def test_an_edited_fact_has_the_users_value_and_its_history(run_cli, moved):
    assert run_cli("edit", "f2", "York").stdout.splitlines()[1] == "    you live in York"
    shown = run_cli("inspect", "f2").stdout

    assert re.search(r"your own word for it \(c5\)\n +“York”", shown)
    assert "edit by user (c5)" in shown
    assert run_cli("log", "-n", "1").stdout.splitlines()[1] == "    you live in Leeds → York [f2]"


def test_a_note_and_a_core_block_can_be_edited_too(run_cli, moved):
    assert "I live in Roma" in run_cli("edit", "e1", "-", stdin=b"I live in Roma").stdout
    assert run_cli("edit", "human", "likes", "brevity").stdout.splitlines()[1] == "    likes brevity"
    assert json.loads(run_cli("inspect", "core", "--json").stdout)[0]["value"] == "likes brevity"
    assert run_cli("undo", "--yes").exit_code == 0
    assert json.loads(run_cli("inspect", "core", "--json").stdout)[0]["value"] == ""
    assert run_cli("edit", "nobody", "x").complaint.endswith("the blocks are: human, persona")


def test_an_edit_without_text_opens_the_editor(moved, tmp_path):
    editor = tmp_path / "editor.py"
    editor.write_text("import sys; open(sys.argv[1], 'w').write('York')")
    environ = {**os.environ, "EDITOR": f"{sys.executable} {editor}"}
    terminal = PseudoTerminal(sys.executable, ["-m", "mem", "edit", "f2"], env=environ, timeout=120, encoding="utf-8")
    terminal.expect("you live in York")
    terminal.expect(pexpect.EOF)

    with Assistant(load_config(os.environ)) as assistant:
        assert [fact.value for fact in assistant.facts()] == ["York"]


def test_a_pinned_fact_stays_until_it_is_let_go(run_cli, moved, told):
    assert ", pinned" in run_cli("pin", "f2").stdout.splitlines()[0]
    told(1, "I live in York")
    assert facts(run_cli) == {"f2": "Leeds"}
    assert ", pinned" in run_cli("inspect", "f2").stdout
    run_cli("pin", "f2", "--off")
    told(0, "I live in Bath")
    assert facts(run_cli) == {"f3": "Bath"}
    assert run_cli("pin", "f77").exit_code == 3


def test_facts_as_of_a_date_are_those_that_were_true_then(run_cli, moved):
    assert facts(run_cli, "--as-of", "two months ago") == {"f1": "Rome"}
    assert facts(run_cli, "--as-of", "today") == {"f2": "Leeds"}
    assert facts(run_cli, "--as-of", "2019") == {}
    assert run_cli("inspect", "core", "--as-of", "2019").exit_code == 2


def test_recall_as_of_a_date_knows_what_was_true_and_told_then(run_cli, moved):
    found = {
        when: [hit["id"] for hit in json.loads(run_cli("recall", "where do I live", "--as-of", when, "--json").stdout)["hits"]]
        for when in ("two months ago", "today")
    }

    assert (set(found["two months ago"]), set(found["today"]) & {"f1", "f2"}) == ({"f1", "e1"}, {"f2"})


def test_the_past_told_late_is_in_the_past(run_cli, moved):
    with Assistant(load_config(os.environ)) as assistant:
        episode = assistant.rows.file("In 2019 I lived in Oslo", learn=True)
        work = assistant.pending_store.list()[0].id
        oslo = FactCandidate("user", "lives in", "Oslo", episode.text, "one", datetime(2019, 1, 1, tzinfo=UTC))
        assistant.fact_store.save([oslo], assistant.rows.get("e3"), work=work, decide=lambda *_: ("past", None))

    assert facts(run_cli, "--as-of", "2019") == {"f3": "Oslo"}
    assert facts(run_cli) == {"f2": "Leeds"}
    assert run_cli("diff", "--since", "yesterday").stdout.startswith("+ you live in Oslo [f3] (known since ")
    assert run_cli("log", "-n", "1").stdout.splitlines()[1] == "    remembered as past: you live in Oslo [f3]"


def test_what_was_last_sent_to_the_model_is_shown_with_what_it_cost(run_cli):
    assert run_cli("inspect", "context").exit_code == 3
    run_cli("ask", "what is my name, Zebedee?")
    sent = json.loads(run_cli("inspect", "context", "--json").stdout)

    assert sent["messages"][-1]["text"].endswith("what is my name, Zebedee?")
    assert sent["parts"]["message"] > 0
    assert run_cli("inspect", "context").stdout.startswith(f"t1: {sent['tokens']} of {sent['budget_tokens']} tokens, sent ")
