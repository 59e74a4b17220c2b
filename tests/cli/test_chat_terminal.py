"""`mem chat` as a person meets it: a real process on a real terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from pseudo_terminal import PseudoTerminal

from mem.assistant import Assistant
from mem.config import load_config
from mem.models.scripted import HashEmbedder
from mem.records import Message

PATIENCE = 40
MEM = [sys.executable, "-m", "mem"]
ENDLESS = [sys.executable, str(Path(__file__).parent / "chat_with_endless_model.py")]
ESCAPE = "\x1b"
ENTER = "\r"
# The prompt switches bracketed paste on when it begins to read.
PROMPT = ESCAPE + "[?2004h"
CTRL_C, CTRL_D, CTRL_J, CTRL_R = "\x03", "\x04", "\x0a", "\x12"



@pytest.fixture
def environ(cli_home: Path) -> dict[str, str]:
    """The environment of a person with a terminal and the scripted model."""
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    # A terminal that does not answer cursor position requests, as pexpect's, would be waited for.
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1"}


@pytest.fixture
def open_terminal(environ: dict[str, str]) -> Iterator[Callable[..., PseudoTerminal]]:
    opened: list[PseudoTerminal] = []

    def open_terminal(*arguments: str, program: list[str] | None = None, columns: int = 80, **more: str) -> PseudoTerminal:
        command = program or [*MEM, "chat", *arguments]
        child = PseudoTerminal(
            command[0], command[1:], env={**environ, **more}, encoding="utf-8", timeout=PATIENCE, dimensions=(24, columns)
        )
        child.delaybeforesend = None
        opened.append(child)
        child.expect_exact("> " if more.get("TERM") == "dumb" else PROMPT)
        return child

    yield open_terminal
    for child in opened:
        child.close(force=True)


def exit_code(child: PseudoTerminal) -> int:
    """How the process ended, once its output is over."""
    child.expect(pexpect.EOF)
    child.close()
    return 128 + child.signalstatus if child.signalstatus else child.exitstatus


def said(environ: dict[str, str]) -> list[Message]:
    """What was recorded in the newest session."""
    assistant = Assistant(load_config(environ), embedder=HashEmbedder())
    return assistant.session_messages("last")[1]


def test_a_message_is_answered_what_it_taught_is_told_and_ctrl_d_leaves(open_terminal):
    child = open_terminal()

    child.send("my sister is called Ada" + ENTER)
    child.expect_exact("You said: my sister is called Ada")
    child.expect(r"remembered: .*Ada.* \[f1\]")
    child.expect_exact(PROMPT)
    child.send(CTRL_D)

    child.expect_exact("Resume with: mem chat --resume s1")
    assert exit_code(child) == 0


def test_a_conversation_without_a_word_leaves_no_trace_of_itself(open_terminal, environ):
    child = open_terminal()

    child.send(CTRL_D)
    child.expect(pexpect.EOF)

    assert "Resume" not in child.before
    child.close()
    assert child.exitstatus == 0


@pytest.mark.parametrize("new_line", [ESCAPE + ENTER, CTRL_J])
def test_a_message_may_have_several_lines(open_terminal, environ, new_line):
    child = open_terminal()

    child.send(f"first{new_line}second{ENTER}")
    child.expect_exact("You said: first")
    child.expect_exact(PROMPT)

    assert said(environ)[0].text == "first\nsecond"


def test_a_paste_is_not_sent_before_enter(open_terminal, environ):
    child = open_terminal()

    child.send(f"{ESCAPE}[200~one\rtwo{ESCAPE}[201~")
    child.expect_exact("two")
    child.send(" three" + ENTER)
    child.expect_exact("You said: one")
    child.expect_exact(PROMPT)

    assert [message.text for message in said(environ) if message.role == "user"] == ["one\ntwo three"]


def test_ctrl_c_clears_the_line_says_how_to_leave_and_twice_leaves(open_terminal):
    child = open_terminal()

    child.send(CTRL_C)
    child.expect_exact("to leave: Ctrl-D, /exit, or Ctrl-C again")
    child.expect_exact(PROMPT)
    child.send("half a line" + CTRL_C)
    child.send("/exit" + ENTER)
    assert exit_code(child) == 0

    child = open_terminal()
    child.send(CTRL_C + CTRL_C)
    assert exit_code(child) == 130


def test_ctrl_c_stops_an_answer_and_what_came_is_kept(open_terminal, environ):
    child = open_terminal(program=ENDLESS)

    child.send("talk" + ENTER)
    child.expect_exact("one two three")
    child.send(CTRL_C)
    child.expect_exact("(stopped; what came is kept)")
    child.expect_exact(PROMPT)
    child.send("/exit" + ENTER)

    assert exit_code(child) == 0
    answer = said(environ)[-1]
    assert (answer.role, answer.text, answer.interrupted) == ("assistant", "one two three ", True)


def test_ctrl_c_again_after_it_stopped_an_answer_leaves_with_130(open_terminal):
    child = open_terminal(program=ENDLESS)

    child.send("talk" + ENTER)
    child.expect_exact("one two three")
    child.send(CTRL_C)
    child.expect_exact("(stopped; what came is kept)")
    child.expect_exact(PROMPT)
    child.send(CTRL_C)
    while child.expect_exact(["to leave: ", "Resume with: mem chat --resume s1"]) == 0:
        child.send(CTRL_C)  # on a slow machine two seconds were over

    assert exit_code(child) == 130


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_a_prompt_in_order_and_restores_the_terminal(open_terminal, number, code):
    child = open_terminal()
    child.send("hello" + ENTER)
    child.expect_exact("You said: hello")
    child.expect_exact(PROMPT)

    child.kill(number)
    child.expect_exact("Resume with")

    assert echoes(child)
    assert exit_code(child) == code


def test_a_signal_ends_an_answer_in_order_and_restores_the_terminal(open_terminal):
    child = open_terminal(program=ENDLESS)
    child.send("talk" + ENTER)
    child.expect_exact("one two three")

    child.kill(signal.SIGTERM)
    child.expect_exact("Resume with")

    assert echoes(child)
    assert exit_code(child) == 143


def test_a_signal_from_outside_stops_an_answer_as_ctrl_c_does(open_terminal, environ):
    child = open_terminal(program=ENDLESS)
    child.send("talk" + ENTER)
    child.expect_exact("one two three")

    child.kill(signal.SIGINT)
    child.expect_exact("(stopped; what came is kept)")
    child.expect_exact(PROMPT)
    child.send(CTRL_D)
    child.expect_exact("Resume with: mem chat --resume s1")

    assert exit_code(child) == 0
    assert said(environ)[-1].interrupted


def test_who_comes_back_to_an_answer_that_was_suspended_finds_the_terminal_as_they_left_it(open_terminal):
    child = open_terminal(program=ENDLESS)
    child.send("talk" + ENTER)
    child.expect_exact("one two three")
    while echoes(child):
        time.sleep(0.01)

    child.kill(signal.SIGSTOP)
    attributes = termios.tcgetattr(child.child_fd)
    attributes[3] |= termios.ECHO | termios.ICANON  # as a shell does
    termios.tcsetattr(child.child_fd, termios.TCSANOW, attributes)
    child.kill(signal.SIGCONT)
    while echoes(child):
        time.sleep(0.01)
    child.send(CTRL_C)
    child.expect_exact("(stopped; what came is kept)")
    child.expect_exact(PROMPT)
    child.send("/exit" + ENTER)

    assert exit_code(child) == 0


def test_what_is_piped_in_goes_with_the_first_message_and_the_rest_is_typed(open_terminal, environ):
    command = f"echo the boiler is from 2019 | {sys.executable} -m mem chat -f -"
    child = open_terminal(program=["/bin/sh", "-c", command])

    child.send("what is this?" + ENTER)
    child.expect_exact("what is this?")
    child.expect_exact(PROMPT)
    child.send("thanks" + ENTER)
    child.expect_exact("You said: thanks")
    child.expect_exact(PROMPT)
    child.send(CTRL_D)

    assert exit_code(child) == 0
    asked = "stdin says:\n> the boiler is from 2019\n\nwhat is this?"
    assert [message.text for message in said(environ) if message.role == "user"] == [asked, "thanks"]


def test_resume_alone_takes_the_newest_and_incognito_begins_another_of_which_nothing_is_kept(open_terminal, environ):
    with Assistant(load_config(environ), embedder=HashEmbedder()) as assistant:
        assistant.keep("the boiler was repaired")
    child = open_terminal("--resume")
    assert "you: the boiler was repaired" in child.before

    child.send("/incognito" + ENTER)
    child.expect_exact("incognito: nothing is written or learned")
    child.expect_exact(PROMPT)
    child.send("a secret word" + ENTER)
    child.expect_exact("You said: a secret word")
    child.expect_exact(PROMPT)
    child.send(CTRL_D)

    assert exit_code(child) == 0
    assert [message.text for message in said(environ)] == ["the boiler was repaired"]


def echoes(child: PseudoTerminal) -> bool:
    """Whether the terminal is as a shell wants it."""
    flags: Any = termios.tcgetattr(child.child_fd)[3]
    return bool(flags & termios.ECHO and flags & termios.ICANON)


def test_a_session_is_gone_on_with(open_terminal):
    child = open_terminal("the boiler was repaired", "today")
    assert "You said: the boiler was repaired today" in child.before
    child.send(CTRL_D)
    assert exit_code(child) == 0

    child = open_terminal("--resume", "last")
    assert "you: the boiler was repaired today" in child.before
    child.send("/sessions" + ENTER)
    child.expect_exact("you are in s1")
    child.send("and once more" + ENTER)
    child.expect_exact("You said: and once more")
    child.expect_exact(PROMPT)
    child.send(CTRL_D)

    child.expect_exact("Resume with: mem chat --resume s1")
    assert exit_code(child) == 0


def test_an_unknown_session_is_said_before_anything_is_loaded(environ):
    done = subprocess.run([*MEM, "chat", "--resume", "s99"], env=environ, input="", capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "mem: there is no session 's99'; list them with: mem sessions\n"


def test_the_history_is_private_and_found_by_another_terminal(open_terminal, environ):
    child = open_terminal()
    child.send("the word is aquarium" + ENTER)
    child.expect_exact("You said: the word is aquarium")

    other = open_terminal()
    other.send(CTRL_R + "aqua")
    other.expect_exact("the word is ")
    other.send(ENTER + ENTER)
    other.expect_exact("You said: ")
    other.expect_exact(PROMPT)

    assert [message.text for message in said(environ) if message.role == "user"] == ["the word is aquarium"]
    history = load_config(environ).profile_dir / "history"
    assert history.stat().st_mode & 0o777 == 0o600
    assert history.read_text("utf-8").count("+the word is aquarium\n") == 1


def test_the_last_message_is_taken_back_after_a_yes(open_terminal, environ):
    child = open_terminal()
    child.send("keep this" + ENTER)
    child.expect_exact("You said: keep this")
    child.send("my brother is called Tom" + ENTER)
    child.expect(r"remembered: .*Tom.* \[f1\]")

    child.send("/undo" + ENTER)
    child.expect_exact("my brother is called Tom")
    child.expect_exact("Remove this for good? [y/N]")
    child.send("/off\n")
    child.expect_exact("nothing was changed")
    child.expect_exact("taken as no; /off was not run: type it again")
    child.send("/undo" + ENTER)
    child.expect_exact("Remove this for good? [y/N]")
    child.send("y\n")
    child.expect_exact("removed: e2, f1")
    child.expect_exact(PROMPT)
    child.send(CTRL_D)
    assert exit_code(child) == 0

    assert [message.text for message in said(environ) if message.role == "user"] == ["keep this"]


def test_a_model_that_is_missing_is_one_line_and_memory_still_works(open_terminal, environ):
    child = open_terminal(MEM_MODEL="nowhere.gguf")

    child.expect_exact("no answers yet: there is no model file 'nowhere.gguf'")
    child.send("/remember the boiler is from 2019" + ENTER)
    child.expect(r"\[e1\]")
    child.send("/recall boiler" + ENTER)
    child.expect_exact("e1")
    child.send("what about the boiler?" + ENTER)
    child.expect_exact("your message is kept")
    child.send("/model scripted" + ENTER)
    child.expect_exact("scripted: ")
    child.send("/retry" + ENTER)
    child.expect_exact("what about the boiler?")
    child.expect_exact(PROMPT)

    assert [message.role for message in said(environ)] == ["user", "assistant"]


def test_over_a_pipe_each_line_is_a_message_and_nothing_is_drawn(environ):
    lines = "my sister is called Ada\n\n//slash\n/wyh\n\udcff\nbye"
    raw = lines.encode("utf-8", "surrogateescape")

    done = subprocess.run([*MEM, "chat"], env=environ, input=raw, capture_output=True)

    assert done.returncode == 0
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"You said: my sister is called Ada\nYou said: /slash\n" in done.stdout
    assert b"bye\n" in done.stdout
    assert b"Ada [f1]\n" in done.stderr
    assert b"there is no command /wyh" in done.stderr
    assert b"not valid Unicode" in done.stderr


def test_over_a_pipe_a_first_message_without_an_answer_is_exit_4(environ):
    done = subprocess.run(
        [*MEM, "chat"], env={**environ, "MEM_MODEL": "nowhere.gguf"}, input="hello\nagain\n", capture_output=True, text=True
    )

    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.count("there is no model file 'nowhere.gguf'") == 1


def test_a_dumb_terminal_gets_no_control_sequence(open_terminal):
    child = open_terminal(TERM="dumb")

    child.send("hello\n")
    child.expect_exact("You said: hello")
    child.send(CTRL_D)
    child.expect(pexpect.EOF)

    assert ESCAPE not in child.before
    child.close()
    assert child.exitstatus == 0


def test_the_starter_model_is_named_small_answers_and_can_be_stopped(open_terminal, environ):
    child = open_terminal(MEM_MODEL="starter")

    child.send("Write a very long story about the sea, with many chapters." + ENTER)
    child.expect(r"\[\?2004l(?s:.*?)(?i:once upon|\bthe\b)")  # after the prompt has ended, the answer
    child.send(CTRL_C)
    child.expect_exact("stopped")
    child.send("/exit" + ENTER)

    assert exit_code(child) == 0
