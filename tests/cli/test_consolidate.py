from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from mem.assistant import Assistant
from mem.cli.exit_codes import NOTHING_FOUND, USAGE
from mem.config import load_config
from mem.stores.episode_rows import Filing

TOLD = ("I went to Porto with Ada.", "How do I cook rice?", "The boiler man is called Otto Berger. Thanks!")


@pytest.fixture(autouse=True)
def told(cli_home, monkeypatch):
    """TOLD, 60 days ago."""
    monkeypatch.setenv("MEM_EMBEDDER", "scripted")
    at = datetime.now(UTC) - timedelta(days=60)
    with Assistant(load_config(os.environ)) as assistant:
        assistant.rows.file_many([Filing(text, at, session="s1", answer="Well.", kind="turn") for text in TOLD])


def test_without_yes_it_only_says_what_it_would_do_and_how_to_do_it(run_cli):
    shown = run_cli("consolidate")
    again = run_cli("consolidate", "--yes", "--dry-run")

    assert shown.exit_code == again.exit_code == 0
    assert "3 turns, 1 session, 1 summary, 3 lines" in shown.stdout
    assert "The boiler man is called Otto Berger." in shown.stdout
    assert shown.stdout == again.stdout
    assert "nothing was changed" in shown.stderr
    assert "mem consolidate --yes" in shown.stderr
    assert "turn in s1" in run_cli("recall", "boiler").stdout


def test_with_yes_it_is_done_and_told_and_can_be_taken_back(run_cli):
    done = run_cli("consolidate", "--yes")

    assert done.exit_code == 0
    assert "3 turns, 1 session, 1 summary, 3 lines" in done.stdout
    assert "summary in s1" in run_cli("recall", "boiler").stdout
    assert run_cli("undo", "--yes").exit_code == 0
    assert "turn in s1" in run_cli("recall", "boiler").stdout


def test_the_archive_is_searched_on_request(run_cli):
    run_cli("consolidate", "--yes")

    found = run_cli("recall", "--archived", "thanks", "boiler")
    missing = run_cli("recall", "--archived", "zebra")

    assert "The boiler man is called Otto Berger. Thanks!" in found.stdout
    assert missing.exit_code == NOTHING_FOUND
    assert "the archive" in missing.complaint


def test_what_stands_for_what_is_shown(run_cli):
    run_cli("consolidate", "--yes")

    assert "e4 stands in its place" in run_cli("inspect", "e3").stdout
    assert "e1, e2, e3" in run_cli("inspect", "e4").stdout


def test_json_has_the_plan_and_what_was_done(run_cli):
    plan = json.loads(run_cli("consolidate", "--json").stdout)
    done = json.loads(run_cli("consolidate", "--json", "--yes").stdout)

    assert plan["counts"] == done["counts"] == {"turns": 3, "sessions": 1, "summaries": 1, "lines": 3, "merged": 0}
    assert plan["parts"][0]["lines"][0] == TOLD[0]
    assert (done["id"], done["lost"], done["left_whole"]) == ("k1", [], [])


def test_how_old_can_be_said_in_days_weeks_months_and_years(run_cli):
    assert "nothing to do" in run_cli("consolidate", "--older-than", "1y").stdout
    assert "nothing to do" in run_cli("consolidate", "--older-than", "10w").stdout
    assert "3 turns" in run_cli("consolidate", "--older-than", "1m").stdout
    assert "3 turns" in run_cli("consolidate", "--older-than", "59").stdout


def test_an_age_that_is_none_is_refused(run_cli):
    refused = run_cli("consolidate", "--older-than", "soon", "--yes")

    assert refused.exit_code == USAGE
    assert "30d" in refused.complaint


def test_where_nothing_is_old_enough_yes_says_so(run_cli):
    done = run_cli("consolidate", "--older-than", "1y", "--yes")

    assert done.exit_code == NOTHING_FOUND
    assert "nothing is older than" in done.complaint


def chat_for_a_moment() -> int:
    return subprocess.run([sys.executable, "-m", "mem", "chat"], input=b"/exit\n", capture_output=True, check=False).returncode


def test_after_a_chat_it_is_done_in_the_background_where_the_settings_say_so(monkeypatch):
    at = datetime.now(UTC) - timedelta(days=60)
    with Assistant(load_config(os.environ)) as assistant:
        filings = [Filing(f"Parcel {n} is for Greta.", at, session="s2", answer="Yes.", kind="turn") for n in range(30)]
        assistant.rows.file_many(filings)
        assert chat_for_a_moment() == 0
        assert assistant.consolidation.due() == 33

        monkeypatch.setenv("MEM_CONSOLIDATE", "auto")
        assert chat_for_a_moment() == 0
        for _ in range(300):
            if not assistant.consolidation.due():
                break
            time.sleep(0.2)

        assert assistant.consolidation.due() == 0
