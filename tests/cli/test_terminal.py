"""What verbs other than `mem chat` do on a terminal: a real process on a real one."""

from __future__ import annotations

import pexpect
import pytest
from pseudo_terminal import PseudoTerminal

CLEARED = "\r\x1b[K"


def rest(child: PseudoTerminal) -> tuple[str, int]:
    """What is printed until the end, and the exit code."""
    child.expect(pexpect.EOF)
    child.close()
    return child.before, child.exitstatus


def test_ask_tells_what_is_waited_for_and_takes_it_away_when_the_answer_begins(on_terminal):
    child = on_terminal("ask", "hello")

    child.expect_exact("loading…")
    child.expect_exact(CLEARED)
    child.expect_exact("thinking…")
    child.expect_exact(CLEARED + "You said: hello")
    assert rest(child) == ("\r\n", 0)


def test_ask_tells_nothing_when_it_is_to_be_quiet(on_terminal):
    assert rest(on_terminal("--quiet", "ask", "hello")) == ("You said: hello\r\n", 0)


@pytest.mark.parametrize(
    ("command", "question"),
    [(["forget", "e1"], "Remove this for good? [y/N] "), (["profiles", "delete", "default"], "Type its name to go on: ")],
)
def test_ctrl_c_at_a_question_changes_nothing_and_says_so(on_terminal, run_process, command, question):
    run_process("remember", "the boiler was serviced")
    child = on_terminal(*command)

    child.expect_exact(question)
    child.sendintr()
    told, code = rest(child)

    assert (told.count("nothing was changed"), code) == (1, 130)
    assert "boiler" in run_process("recall", "boiler").stdout
