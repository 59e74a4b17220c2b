"""`mem stats` and `mem eval self`: the real profile, in a pipe and on terminals of several widths."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta

import pexpect
import pytest
from pseudo_terminal import PseudoTerminal

from mem.cli.chart import HEIGHT, chart_lines, plot_lines
from mem.stores.database import Database
from mem.stores.probes import ProbeRun, ProbeStore

TOLD = (
    "the boiler was serviced by a plumber from Leeds in May", "the tortoise Hercules lives under the stairs",
    "the spare key is hidden under the blue flower pot", "the bicycle stands behind the public library",
    "the piano in the hall is tuned every autumn", "the rent went up by a tenth after Easter",
    "the train to Edinburgh leaves from platform nine", "a softer brush and less coffee against gum trouble",
    "the cellar was flooded twice during the winter storms", "garlic and rhubarb grow along the southern fence",
)  # fmt: skip


@pytest.fixture
def database(home) -> Database:
    """The default profile's database, some days ago."""
    directory = home / "data" / "profiles" / "default"
    return Database(directory, now=lambda: datetime.now(UTC) - timedelta(days=3), notify=print)


@pytest.fixture
def lived(run_cli, database):
    """A profile with two memories, two searches and two measurements."""
    for mrr in (0.4, 0.6):
        ProbeStore(database).save_run(ProbeRun(database.now(), "hash", {"mrr": mrr}, {"q1": 1}))
    for text in TOLD[:2]:
        run_cli("remember", text)
    run_cli("recall", "boiler")
    run_cli("recall", "what did I tell you about my yacht?")


def on_terminal(*arguments: str, columns: int, **environ: str) -> str:
    """What a command shows on a terminal of this width."""
    child = PseudoTerminal(
        sys.executable, ["-m", "mem", *arguments], env={**os.environ, "TERM": "xterm", **environ}, encoding="utf-8",
        dimensions=(40, columns), timeout=60,
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    return child.before.replace("\r\n", "\n")


def test_an_empty_profile_says_that_there_is_nothing_yet(run_cli):
    shown = run_cli("stats")

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout == "nothing is stored yet, so there is nothing to count; begin with: mem chat\n"
    assert json.loads(run_cli("stats", "--json").stdout)["searches"] == 0
    assert run_cli("stats", "--plain").stdout == ""


def test_in_a_pipe_numbers_come_as_plain_lines(run_cli, lived):
    told = run_cli("stats").stdout.splitlines()
    today = f"{datetime.now(UTC):%Y-%m-%d}"

    assert told[0].startswith("memories: 2 filed; ")
    assert told[1].startswith("searches in 30 days: 2, of which ")
    assert told[2].startswith("time of a search: half within ")
    assert any(line.startswith(f"memories  {today}  2  facts") for line in told)
    assert [line.split()[3] for line in told if line.startswith("MRR")] == ["40.0", "60.0"]
    assert "\x1b" not in "".join(told)
    assert "┤" not in "".join(told)


def test_json_and_plain_are_for_programs(run_cli, lived):
    found = json.loads(run_cli("stats", "--json").stdout)
    assert (found["episodes"], found["searches"], found["verdicts"]) == ({"archival": 2}, 2, {"good": 0, "bad": 0})
    assert [run["metrics"]["mrr"] for run in found["runs"]] == [0.4, 0.6]
    assert found["milliseconds"]["p95"] >= found["milliseconds"]["p50"] > 0

    rows = [line.split("\t") for line in run_cli("stats", "--plain").stdout.splitlines()]
    assert [row[0] for row in rows] == ["memories", "searches", "MRR", "MRR"]
    assert rows[1][2:6] == ["2", "found nothing", "1", "ms"]


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_on_a_terminal_the_trend_is_drawn_within_its_width(lived, columns):
    shown = on_terminal("stats", columns=columns)

    lines = shown.splitlines()
    assert max(map(len, lines)) <= columns
    assert "MRR of mem eval self" in lines
    assert sum("┤" in line for line in lines) == HEIGHT


def test_without_colour_nothing_but_text_is_shown(lived):
    assert "\x1b" not in on_terminal("stats", columns=80, NO_COLOR="1")


def test_a_terminal_too_narrow_to_draw_in_still_tells_the_numbers(lived):
    shown = on_terminal("stats", columns=20)

    assert "memories" in shown
    assert "┤" not in shown


def test_a_chart_names_its_bounds_and_days():
    days = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 2, 20)]
    lines = chart_lines("memories", days, [1, 5, 1234], width=40)

    assert lines[0] == "memories"
    assert lines[1].startswith("1,234 ┤")
    assert lines[HEIGHT].startswith("    0 ┤")
    assert lines[-1].split("└")[1].split("  ")[0] == "1 Jan 2026"
    assert lines[-1].endswith("20 Jan 2026")
    assert max(map(len, lines)) <= 40


@pytest.mark.parametrize("values", [[0, 0], [3, 3], [0.5, 0.25], [1e9, 2e9]])
def test_any_values_can_be_drawn(values):
    days = [datetime(2026, 1, 1, tzinfo=UTC)] * 2
    lines = chart_lines("x", days, values, width=30)

    assert len(lines) == HEIGHT + 2
    assert {len(line) for line in lines[1:]} == {30}


def test_a_level_is_drawn_where_it_does_not_press_the_values_flat():
    sizes = [1, 2, 9], [900, 950, 940]
    near, far = (plot_lines("tokens", *sizes, ends=("1", "9"), width=60, level=level) for level in (2000, 90_000))

    assert near[1].startswith("2,000 ┤")
    assert len(set(near[1][7:-1])) == 1
    assert far[1].startswith("950 ┤")


def test_prompts_and_searches_are_counted_turn_by_turn_and_day_by_day(run_cli):
    for question in ("where does the tortoise live?", "and the boiler?", "what of the tortoise?"):
        run_cli("ask", question)
    found = json.loads(run_cli("stats", "--json").stdout)

    assert [size["turn"] for size in found["prompts"]] == [1, 2, 3]
    assert all(0 < size["tokens"] <= found["budget_tokens"] for size in found["prompts"])
    assert [day["searches"] for day in found["searches_by_day"]] == [3]
    assert [row.split("\t")[:2] for row in run_cli("stats", "--plain").stdout.splitlines()][-1] == ["tokens", "turn 3"]


# mem eval self.


def test_with_few_memories_retrieval_is_not_judged(run_cli):
    run_cli("remember", TOLD[0])
    shown = run_cli("eval", "self")

    assert shown.exit_code == 0
    assert shown.stdout.startswith("1 probe: 1 from your memories\ntoo few to judge by: 10 are needed")
    assert json.loads(run_cli("eval", "self", "--json").stdout)["score"] is None


def test_retrieval_is_measured_compared_and_drawn(run_cli):
    for text in TOLD:
        run_cli("remember", text)
    first = run_cli("eval", "self").stdout
    assert "recall@5" in first
    assert first.endswith("this is the first measurement; the next one is compared with it\n")

    again = json.loads(run_cli("eval", "self", "--json").stdout)
    assert (again["probes"], again["comparison"]["outcome"]) == ({"self": 10}, "same")
    assert again["score"]["recall_at_5"] == 1.0
    assert "the same" in run_cli("eval", "self").stdout.splitlines()[-1]
    assert run_cli("stats").stdout.count("\nMRR  ") == 3
    assert run_cli("eval", "self", "--rebuild").exit_code == 0
