"""`mem recall` with times: dates and ages beside the memories, and --since and --until as people say them."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from mem.assistant import Assistant
from mem.config import load_config

OLD = datetime.now().astimezone() - timedelta(days=800)
RECENT = datetime.now().astimezone() - timedelta(days=22)


@pytest.fixture
def boiler(cli_home: Any) -> None:
    """e1, told 800 days ago, and e2, told 22 days ago."""
    for moment, text in ((OLD, "the boiler was serviced by Bob"), (RECENT, "the boiler leaks again")):
        with Assistant(load_config(os.environ), now=lambda moment=moment: moment) as assistant:  # type: ignore[misc]
            assistant.remember(text)


def found(text: str) -> list[str]:
    return sorted(re.findall(r"^(e\d+)  ", text, re.M))


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ((), ["e1", "e2"]),
        (("--since", "two months ago"), ["e2"]),
        (("--until", f"{OLD.year}"), ["e1"]),
        (("--since", f"{OLD:%Y-%m-%d}", "--until", f"{OLD:%Y-%m-%d}"), ["e1"]),
        (("--since", f"{OLD.year}"), ["e1", "e2"]),
        (("--since", "today"), []),
    ],
)
def test_only_what_was_told_in_the_time_asked_for_is_found(run_cli, boiler, options, ids):
    result = run_cli("recall", "boiler", *options)

    assert found(result.stdout) == ids
    assert result.exit_code == (0 if ids else 3)


def test_a_memory_found_has_its_date_and_its_age(run_cli, boiler):
    lines = run_cli("recall", "boiler leaks").stdout.splitlines()

    assert lines[0].startswith(f"e2  {RECENT:%-d %b %Y} (3 weeks ago)")


def test_json_tells_date_and_age_and_what_lies_outside(run_cli, boiler):
    told = json.loads(run_cli("recall", "boiler", "--since", "two months ago", "--json").stdout)

    assert [(hit["id"], hit["age"]) for hit in told["hits"]] == [("e2", "3 weeks ago")]
    assert {hit["id"]: hit["dropped"] for hit in told["dropped"]} == {"e1": "outside the time asked for"}
    assert told["route"]["time_range"]["phrase"] == "from two months ago"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--since", "soon"), "mem: 'soon' is no date; write it as YYYY-MM-DD, or like 'last March' or 'two weeks ago'"),
        (("--since", "2026-05-02", "--until", "2026-05-01"), "mem: nothing lies between '2026-05-02' and '2026-05-01': "),
    ],
)
def test_a_time_that_cannot_be_read_is_a_usage_error(run_cli, options, message):
    result = run_cli("recall", "boiler", *options)

    assert result.exit_code == 2
    assert result.complaint.startswith(message)
