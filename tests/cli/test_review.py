"""`mem review`, `mem retry`, `--incognito` and learning off, as typed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pexpect
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from pseudo_terminal import PseudoTerminal

from mem.assistant import Assistant
from mem.cli.repl.commands import REGISTRY
from mem.cli.repl.completer import CommandCompleter
from mem.cli.repl.conversation import Conversation
from mem.cli.repl.loop import handle, toolbar
from mem.cli.repl.notices import Notices
from mem.cli.repl.prompt import Prompt
from mem.cli.repl.signals import Presses
from mem.config import load_config
from mem.errors import Interrupted, ModelError
from mem.models.scripted import HashEmbedder, ScriptedChatModel, says

ALLERGY = "I'm allergic to peanuts"


def facts(run_cli) -> list[str]:
    return [fact["value"] for fact in json.loads(run_cli("inspect", "facts", "--json").stdout)]


def test_what_waits_is_told_listed_and_accepted_or_rejected_by_id(run_cli):
    told = run_cli("ask", f"{ALLERGY}. My name is Otto. I live in Rome.")
    assert "waits for review: you are allergic to peanuts [w1] (health); mem review" in told.stderr

    listed = run_cli("review")
    assert "w1  health" in listed.stdout
    assert "your name is Otto" in listed.stdout
    waiting = json.loads(run_cli("review", "--json").stdout)
    assert [(w["id"], w["reason"], w["sentence"], w["candidate"]["value"], w["state"]) for w in waiting] == [
        ("w1", "health", "you are allergic to peanuts", "peanuts", "waiting"),
        ("w2", "who you are", "your name is Otto", "Otto", "waiting"),
    ]
    assert run_cli("review", "--plain").stdout.splitlines()[0].split("\t")[::2] == [
        "w1", "health", "you are allergic to peanuts",
    ]  # fmt: skip

    assert run_cli("review", "--accept", "w1").stdout == "remembered: you are allergic to peanuts [f2]\n"
    assert run_cli("review", "--reject", "w2").stdout == "not remembered: your name is Otto [w2]\n"
    assert (facts(run_cli), run_cli("review", "--json").stdout) == (["Rome", "peanuts"], "[]\n")
    assert "w2  rejected: who you are" in run_cli("review", "--all").stdout


def test_all_that_waits_is_accepted_at_once(run_cli):
    run_cli("remember", f"{ALLERGY}. My name is Otto.")
    assert run_cli("review", "--accept", "--all").stdout.count("remembered: ") == 2

    assert facts(run_cli) == ["peanuts", "Otto"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--accept"], 2),
        (["w1"], 2),
        (["--accept", "--reject", "w1"], 2),
        (["w1", "--all"], 2),
        (["--accept", "w1", "w9"], 3),
        (["--accept", "e1"], 3),
    ],
)
def test_a_review_that_is_not_clear_changes_nothing(run_cli, arguments, code):
    run_cli("remember", ALLERGY)
    refused = run_cli("review", *arguments)

    assert (refused.exit_code, bool(refused.complaint), facts(run_cli)) == (code, True, [])


def test_one_by_one_on_a_terminal_with_an_editor(run_cli, cli_home):
    run_cli("remember", f"{ALLERGY}. My name is Otto. I have asthma.")
    editor = cli_home / "editor"
    editor.write_text("#!/bin/sh\nsed -i 's/^value: peanuts/value: all nuts/' \"$1\"\n")
    editor.chmod(0o700)
    environ = {**os.environ, "TERM": "xterm", "EDITOR": str(editor)}
    environ.pop("VISUAL", None)
    child = PseudoTerminal(sys.executable, ["-m", "mem", "review"], env=environ, encoding="utf-8", timeout=60)
    for answer in ("x", "e", "n", "y"):
        child.expect_exact("[q]uit: ")
        child.sendline(answer)
    child.expect(pexpect.EOF)

    assert facts(run_cli) == ["all nuts", "asthma"]


def test_review_in_the_chat_says_yes_by_id(run_cli):
    result = run_cli("chat", stdin=f"{ALLERGY}\n/review\n/review y w1\n/review\n/review perhaps\n".encode())

    assert "waits for review: you are allergic to peanuts [w1] (health); /review" in result.stderr
    assert "remembered: you are allergic to peanuts [f1]" in result.stdout
    assert "nothing waits for review" in result.stderr
    assert "/review y w1" in result.complaint
    assert facts(run_cli) == ["peanuts"]


def test_off_learns_nothing_until_on_and_both_say_so(run_cli):
    result = run_cli("chat", stdin=b"/off\nI live in Rome\n/new\nI live in Oslo\n/on\nI like tea\n")

    assert "from now on nothing is learned" in result.stderr
    assert facts(run_cli) == ["tea"]
    assert "Rome" in run_cli("recall", "Rome").stdout  # the conversation itself is kept


def test_the_bottom_line_tells_what_waits_and_that_learning_is_off():
    notices = Notices(lambda line: None)
    assistant = Assistant(
        load_config(os.environ), notify=notices.post, on_waiting=notices.waiting, model=ScriptedChatModel(),
        embedder=HashEmbedder(),
    )  # fmt: skip
    chat = Conversation(assistant, session=None, notices=notices, presses=Presses())
    shown = []
    for line in (f"{ALLERGY}. My name is Otto.", "/off", "/review y w1", "/on"):
        handle(chat, line)
        chat.settle(60)
        shown.append(toolbar(chat).split(" · ")[-2:])
    chat.close()

    assert shown == [
        ["0 saved", "2 to review"], ["2 to review", "learning off"],
        ["1 to review", "learning off"], ["1 saved", "1 to review"],
    ]  # fmt: skip


def written(home: Path) -> dict[str, bytes]:
    files = [path for path in home.rglob("*") if path.is_file() and "cache" not in path.parts]
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize("reading", [[], ["--read-memory"]])
def test_nothing_is_written_incognito(run_cli, cli_home, reading):
    run_cli("remember", "my sister Ada lives in Lisbon")
    before = written(cli_home)

    asked = run_cli("ask", "--incognito", *reading, "where does my sister Ada live? I live in Zagreb.")
    chatted = run_cli("chat", "--incognito", *reading, stdin=b"I live in Zagreb\n/forget e1\n/remember x\n/on\nwhere?\n")

    assert written(cli_home) == before
    assert asked.stderr.splitlines()[0] == (
        f"incognito: nothing is written or learned; what is remembered is {'read' if reading else 'not read'}"
    )
    assert ("Lisbon" in asked.stdout, asked.exit_code, chatted.exit_code) == (bool(reading), 0, 0)
    assert "Resume with" not in chatted.stderr
    assert chatted.stderr.count("this is incognito") == 3


def test_incognito_is_refused_where_it_cannot_be_meant(run_cli):
    assert run_cli("ask", "--read-memory", "x").exit_code == 2
    assert run_cli("chat", "--incognito", "--resume", "last").exit_code == 2
    assert run_cli("ask", "--incognito", "--session", "s1", "x").exit_code == 2


def test_a_model_that_fails_incognito_does_not_claim_that_anything_was_kept(run_cli):
    failed = run_cli("-m", "openai/none", "ask", "--incognito", "hello")

    assert failed.exit_code == 4
    assert "nothing was kept" in failed.complaint
    assert "message is kept" not in failed.complaint


def owes(*extractions) -> None:
    """A turn whose extraction failed, in the profile of this test."""
    model = ScriptedChatModel(says("ok"), extractions=extractions)
    with Assistant(load_config(os.environ), model=model, embedder=HashEmbedder()) as assistant:
        assistant.open_chat().step("I practise the oboe every evening with Ruth")


def test_retry_tells_that_it_still_waits_and_never_that_there_is_nothing(run_cli):
    owes(ModelError("no JSON came"))
    assert "no JSON came" in run_cli("inspect", "pending").stdout

    result = run_cli("retry")
    described = run_cli("retry", "--json")

    assert (result.exit_code, result.stdout.startswith("t1  extract: still waits: ")) == (1, True)
    [work] = json.loads(described.stdout)
    assert (work["turn"], work["done"], work["last_error"]) == ("t1", False, "no JSON came")


def test_retry_says_what_has_not_failed_but_waits(run_cli):
    assert "nothing is waiting" in run_cli("retry").stderr
    owes(Interrupted("typed"))
    result = run_cli("retry")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "mem retry --all" in result.stderr


def test_every_key_at_the_prompt_makes_the_memory_writer_give_way(make_assistant):
    keys = []
    chat = Conversation(make_assistant(), session=None, notices=Notices(lambda line: None), presses=Presses())
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        prompt = Prompt(
            CommandCompleter(REGISTRY, chat),
            history=InMemoryHistory(),
            toolbar=lambda: "",
            notices=Notices(lambda line: None),
            presses=Presses(),
            on_typing=lambda: keys.append("key"),
        )
        typed.send_text("hi\r")
        read = prompt.read()

    chat.close()

    assert (read, len(keys)) == ("hi", 2)
