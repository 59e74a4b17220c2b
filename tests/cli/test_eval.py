"""`mem eval` on data sets: the table, its machine-readable forms, and files that are something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mem.evaluation.metrics import METRICS

SMALL = str(Path(__file__).parent.parent / "data" / "small.jsonl")
RANKERS = ["mem", "words only", "meaning only", "grep"]


def test_the_table_has_metrics_down_and_rankers_across(run_cli: Any) -> None:
    found = run_cli("eval", "jsonl", SMALL)

    lines = found.stdout.splitlines()
    assert found.exit_code == 0
    assert lines[0].startswith("jsonl by turn, embedder all-MiniLM-L6-v2, ")
    assert [line.split()[0] for line in lines[-len(METRICS) :]] == list(METRICS)
    assert all(len(line.split()) == 1 + len(RANKERS) for line in lines[-len(METRICS) :])
    assert [name for name in RANKERS if name not in lines[-len(METRICS) - 1]] == []
    assert "questions: 10, documents: 30" in found.stderr


def test_types_are_shown_on_request(run_cli: Any) -> None:
    shown = run_cli("eval", "jsonl", SMALL, "--by-type").stdout

    assert [line for line in shown.splitlines() if ", of questions: " in line] == [
        "all, of questions: 10", "assistant, of questions: 1", "several, of questions: 3", "single, of questions: 4",
        "time, of questions: 2",
    ]  # fmt: skip


def test_json_holds_every_row(run_cli: Any) -> None:
    found = json.loads(run_cli("eval", "jsonl", SMALL, "--unit", "session", "--json").stdout)

    assert list(found) == [
        "dataset", "definition", "notes", "unit", "embedder", "corpora", "documents", "questions", "seconds", "rows",
    ]  # fmt: skip
    assert (found["dataset"], found["unit"], found["questions"], found["documents"]) == ("jsonl", "session", 10, 30)
    assert [row["ranker"] for row in found["rows"] if row["question_type"] == "all"] == RANKERS
    assert all(list(row["metrics"]) == list(METRICS) for row in found["rows"])
    assert next(row for row in found["rows"])["metrics"]["recall@5"] >= 0.9


def test_plain_is_one_row_a_line(run_cli: Any) -> None:
    rows = [line.split("\t") for line in run_cli("eval", "jsonl", SMALL, "--plain", "--limit", "4").stdout.splitlines()]

    assert [row[0] for row in rows[:4]] == RANKERS
    assert {len(row) for row in rows} == {3 + len(METRICS)}
    assert rows[0][1:3] == ["all", "4"]


def test_quiet_narrates_nothing(run_cli: Any) -> None:
    assert run_cli("-q", "eval", "jsonl", SMALL, "--limit", "1").stderr == ""


@pytest.mark.parametrize("name", ["locomo", "longmemeval", "beam", "jsonl"])
def test_what_is_no_data_set_is_refused_in_one_line(run_cli: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / "something.json"
    path.write_text("{}")

    found = run_cli("eval", name, str(path))
    assert (found.exit_code, found.stdout) == (2, "")
    assert "nothing was evaluated" in found.complaint


def test_an_unknown_unit_is_a_usage_error(run_process: Any) -> None:
    found = run_process("eval", "jsonl", SMALL, "--unit", "word")

    assert found.exit_code == 2
    assert "'word' is not one of 'turn', 'session'" in found.complaint


def test_an_evaluation_makes_no_profile(run_cli: Any, home: Path) -> None:
    run_cli("eval", "jsonl", SMALL, "--limit", "1")

    assert not (home / "profiles").exists()
