"""What stands on the terminal while one waits: shown there alone, and gone afterwards."""

from __future__ import annotations

import os
import sys

import pexpect
import pytest
from pseudo_terminal import PseudoTerminal

SCRIPT = """
import sys, time
from mem.cli import render
from mem.cli.progress import Waiting, bar
quiet = sys.argv[1] == "quiet"
with Waiting("looking through", quiet=quiet, after_seconds=0.05) as waiting:
    time.sleep(0.4)
    render.narrate("a line meanwhile")
    with waiting.paused():
        input("asked: ")
    time.sleep(0.2)
with Waiting("never seen", quiet=quiet, after_seconds=60):
    pass
with bar("counting", quiet=quiet) as advance:
    advance(3, 4)
print("done")
"""


def watched(how: str, **environ: str) -> str:
    """What the script above shows on a terminal."""
    environment = {**os.environ, "TERM": "xterm", **environ}
    child = PseudoTerminal(
        sys.executable, ["-c", SCRIPT, how], env=environment, encoding="utf-8", dimensions=(24, 80), timeout=60
    )
    child.expect("asked: ")
    before = child.before
    child.sendline("yes")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    return str(before + child.before)


def test_one_who_waits_sees_what_is_done_and_how_long_it_takes():
    shown = watched("loud")

    for told in ("looking through", "0:00:00", "a line meanwhile", "counting", "3/4", "done"):
        assert told in shown
    assert "never seen" not in shown
    assert shown.rstrip().endswith("done")


@pytest.mark.parametrize(("how", "environ"), [("quiet", {}), ("loud", {"NO_COLOR": "1"}), ("loud", {"TERM": "dumb"})])
def test_nothing_moves_where_that_is_not_wanted(how, environ):
    shown = watched(how, **environ)

    assert "\x1b[?25l" not in shown  # the cursor is hidden while something moves
    for told in ("looking through", "counting"):
        assert told not in shown
    assert "a line meanwhile" in shown


def test_a_pipe_gets_the_answer_alone(run_cli):
    run_cli("remember", "the boiler was serviced in May")
    for command in (["reindex"], ["forget", "e1", "--yes"]):
        finished = run_cli(*command)

        assert finished.exit_code == 0
        assert "\x1b" not in finished.stdout + finished.stderr
