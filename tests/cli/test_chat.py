"""The parts of `mem chat` that need no terminal."""

from __future__ import annotations

import multiprocessing
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from mem.assistant import Assistant
from mem.cli.explain import why_lines
from mem.cli.repl.commands import REGISTRY
from mem.cli.repl.conversation import Conversation
from mem.cli.repl.history import SharedHistory, entries
from mem.cli.repl.loading import Loader
from mem.cli.repl.loop import handle, toolbar
from mem.cli.repl.notices import Notices
from mem.cli.repl.prompt import CommandCompleter
from mem.cli.repl.registry import as_message, is_command
from mem.cli.repl.signals import Leave, Presses, Stopper
from mem.errors import InputError, ModelError, ModelMissing, NotFound
from mem.models.scripted import HashEmbedder, ScriptedChatModel, says
from mem.records import Hit, Retrieval, Route, TimeRange


@pytest.fixture
def model() -> ScriptedChatModel:
    return ScriptedChatModel()


@pytest.fixture
def shown() -> list[str]:
    """What was told between the answers."""
    return []


@pytest.fixture
def chat(config, model, shown):
    notices = Notices(shown.append)
    assistant = Assistant(config, notify=notices.post, on_saved=notices.saved, model=model, embedder=HashEmbedder())
    chat = Conversation(assistant, session=None, notices=notices, presses=Presses())
    yield chat
    chat.close()


# The registry.


def test_every_command_of_the_issue_is_there_with_its_meaning():
    names = [command.name for command in REGISTRY.commands]

    wanted = "/help /exit /new /sessions /resume /memory /recall /remember /forget /why /model /tokens /retry /undo"
    assert names == wanted.split()
    assert all(command.meaning for command in REGISTRY.commands)
    assert len(REGISTRY.help_lines()) == len(names)


def test_a_line_is_a_command_with_its_argument():
    command, argument = REGISTRY.find("  /RECALL  my sister ")

    assert (command.name, argument) == ("/recall", "my sister")


@pytest.mark.parametrize(
    ("typed", "near"), [("/wyh", "/why"), ("/for", "/forget"), ("/sesions", "/sessions"), ("/rem", "/remember")]
)
def test_an_unknown_command_names_near_ones(typed, near):
    with pytest.raises(InputError, match=f"did you mean .*{near}"):
        REGISTRY.find(typed)


def test_a_command_that_is_like_no_other_points_to_the_help():
    with pytest.raises(InputError, match=r"no command /zzzz; /help lists them"):
        REGISTRY.find("/zzzz")


def test_what_a_command_needs_is_asked_for():
    with pytest.raises(InputError, match="/remember needs something after it: /remember TEXT"):
        REGISTRY.find("/remember  ")


@pytest.mark.parametrize(
    ("line", "command", "message"),
    [("/help", True, "/help"), ("//etc", False, "/etc"), ("1/2", False, "1/2"), (" //x ", False, "/x")],
)
def test_two_slashes_are_a_message(line, command, message):
    assert is_command(line) is command
    assert as_message(line) == message


def test_names_are_completed_with_their_meanings_and_only_names():
    complete = CommandCompleter(REGISTRY).get_completions

    found = list(complete(Document("/re"), CompleteEvent()))

    assert [completion.text for completion in found] == ["/resume", "/recall", "/remember", "/retry"]
    assert all(completion.display_meta_text for completion in found)
    for typed in ["/recall x", "hello", "//re", "a /re"]:
        assert list(complete(Document(typed), CompleteEvent())) == []


# The history.


def append_many(path: Path, name: str) -> None:
    history = SharedHistory(path, on_trouble=print)
    for number in range(100):
        history.store_string(f"{name} {number}\nsecond line")


def test_several_terminals_append_to_one_history(tmp_path):
    path = tmp_path / "profile" / "history"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=append_many, args=(path, name)) for name in ("a", "b", "c")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    found = list(SharedHistory(path, on_trouble=print).load_history_strings())

    assert sorted(found) == sorted(f"{name} {number}\nsecond line" for name in "abc" for number in range(100))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_history_entry_comes_back_as_it_was_newest_first(tmp_path):
    history = SharedHistory(tmp_path / "history", on_trouble=print)
    for entry in ["one", "two\n\n# three\n+four", "lone \ud800 surrogate"]:
        history.store_string(entry)

    assert list(history.load_history_strings()) == ["lone ? surrogate", "two\n\n# three\n+four", "one"]
    assert entries("") == []


def test_a_history_that_cannot_be_kept_is_said_once_and_stops_nothing(tmp_path):
    target = tmp_path / "elsewhere"
    (tmp_path / "history").symlink_to(target)
    told: list[str] = []
    history = SharedHistory(tmp_path / "history", on_trouble=told.append)

    history.store_string("secret")
    history.store_string("secret")

    assert len(told) == 1
    assert "is not kept" in told[0]
    assert not target.exists()


def test_only_the_newest_part_of_a_long_history_is_read(tmp_path):
    path = tmp_path / "history"
    path.write_text("".join(f"\n# now\n+{'x' * 1000} {number}\n" for number in range(3000)), "utf-8")

    found = list(SharedHistory(path, on_trouble=print).load_history_strings())

    assert found[0].endswith(" 2999")
    assert 1900 < len(found) < 2000
    assert all(len(entry) >= 1002 for entry in found)


# Ctrl-C.


def test_the_second_press_within_two_seconds_means_to_leave():
    times = iter([0.0, 1.9, 10.0, 12.1])
    presses = Presses(clock=lambda: next(times))

    assert [presses.again() for _ in range(4)] == [False, True, False, False]


def test_the_first_press_stops_an_answer_and_the_second_leaves():
    stopped: list[str] = []

    def answer_and_be_stopped() -> None:
        with Stopper(lambda: stopped.append("interrupted"), Presses(clock=lambda: 0.0)) as stopper:
            stopper.check()
            os.kill(os.getpid(), 2)
            with pytest.raises(KeyboardInterrupt):
                stopper.check()
            os.kill(os.getpid(), 2)

    with pytest.raises(Leave) as left:
        answer_and_be_stopped()
    assert left.value.code == 130
    assert stopped == ["interrupted"]


# Loading.


def test_loading_is_over_when_the_toolbar_is_told_so_and_a_failure_is_tried_again(config):
    assistant = Assistant(replace(config, model="nowhere.gguf"), embedder=HashEmbedder())
    loader = Loader(assistant)
    failures: list[str] = []
    running: list[bool] = []
    done = threading.Event()

    def on_done() -> None:
        running.append(loader.running)
        done.set()

    loader.start(on_failure=lambda error: failures.append(str(error)), on_done=on_done)

    assert done.wait(60)
    assert running == [False]
    assert len(failures) == 1
    with pytest.raises(ModelMissing):
        loader.finish()
    assistant.close()


# Notices.


def test_a_line_from_another_thread_waits_until_it_can_be_printed(shown):
    notices = Notices(shown.append)
    arrivals: list[str] = []
    with notices.held():
        notices.post("while the answer is written")
        assert shown == []
    assert shown == ["while the answer is written"]

    with notices.announced(lambda: arrivals.append("told")):
        thread = threading.Thread(target=notices.post, args=("while the user types",))
        thread.start()
        thread.join()
        assert (arrivals, len(shown)) == (["told"], 1)
        notices.flush()
    assert shown[1:] == ["while the user types"]


# The reasons.


def test_why_names_ids_scores_and_reasons(now):
    route = Route(("semantic",), "asks for something lasting", TimeRange(now(), None, "since June"))
    seen = Hit("e3", "turn", "my sister is\nAda", now(), 0.81, 0.42, 3.1, "s1", "t3:user", injected=True)
    weak = Hit("f2", "fact", "user likes tea", now(), 0.2, source="e2", dropped="weak (below 0.22)")

    lines = why_lines(Retrieval("who is my sister", route, (seen,), 12.5, (weak,), 7))

    assert lines == [
        "looked up: who is my sister",
        "route: semantic (asks for something lasting)",
        "time: since June, from 1 Jun 2026 up to now",
        "found: 7 candidates in 12.5 ms",
        "in the prompt (1):",
        "  [e3] my sister is Ada",
        "      score 0.81 · words 3.10 · distance 0.42 · turn · 1 Jun 2026 · from t3:user s1",
        "left out (1):",
        "  [f2] user likes tea",
        "      score 0.20 · fact · 1 Jun 2026 · from e2",
        "      because: weak (below 0.22)",
    ]


# The conversation.


def test_what_was_saved_is_told_after_the_answer(chat, shown, capsys):
    assert chat.say("my sister is called Ada")

    assert capsys.readouterr().out == "You said: my sister is called Ada\n"
    assert len(shown) == 1
    assert shown[0].startswith("remembered: ")
    assert shown[0].endswith("[f1]")
    assert "1 remembered" in toolbar(chat)
    assert "tokens" in toolbar(chat)


def test_a_model_that_fails_is_one_line_and_the_message_can_be_asked_again(chat, model, capsys):
    model.enqueue(ModelError("the server is down"), says("here again"))

    assert chat.say("hello") is False
    assert "mem: the server is down; your message is kept: /retry asks again" in capsys.readouterr().err
    handle(chat, "/retry")

    assert capsys.readouterr().out == "here again\n"
    assert [message.text for message in chat.assistant.session_messages("last")[1]] == ["hello", "here again"]


def test_retry_takes_the_place_of_the_old_answer(chat, model, capsys):
    model.enqueue(says("first"), says("second"))
    chat.say("hello")

    handle(chat, "/retry")

    assert [message.text for message in chat.assistant.session_messages("last")[1]] == ["hello", "second"]
    assert capsys.readouterr().out == "first\nsecond\n"


@pytest.mark.parametrize("command", ["/retry", "/undo", "/why", "/tokens"])
def test_before_anything_was_said_there_is_nothing_to_take_back_or_explain(chat, command):
    chat.assistant.keep("said in an earlier session")

    with pytest.raises(NotFound):
        handle(chat, command)


def test_a_new_session_begins_with_the_next_message_and_an_old_one_can_be_gone_on_with(chat, capsys):
    chat.say("one")
    handle(chat, "/new")
    chat.say("two")
    assert chat.session == "s2"

    handle(chat, "/resume s1")
    chat.say("three")

    texts = [message.text for message in chat.assistant.session_messages("s1")[1] if message.role == "user"]
    assert texts == ["one", "three"]
    assert "you: one" in capsys.readouterr().err


def test_an_unknown_session_changes_nothing(chat):
    chat.say("one")

    with pytest.raises(NotFound, match="no session 's9'"):
        handle(chat, "/resume s9")
    assert chat.session == "s1"


def test_an_unknown_model_changes_nothing(chat, capsys):
    chat.say("one")

    with pytest.raises(ModelMissing):
        handle(chat, "/model nowhere.gguf")
    assert chat.say("two")
    assert capsys.readouterr().out.endswith("You said: two\n")


def test_removing_without_a_terminal_to_ask_on_changes_nothing(chat):
    chat.say("my sister is called Ada")

    with pytest.raises(InputError, match="nothing was changed"):
        handle(chat, "/forget f1")
    assert [fact.id for fact in chat.assistant.facts()] == ["f1"]


def test_tokens_and_why_explain_the_last_answer(chat, capsys):
    chat.say("my sister is called Ada")
    chat.say("and the weather is fine")
    capsys.readouterr()

    handle(chat, "/tokens")
    told = capsys.readouterr().out
    assert "your message" in told
    assert "of the budget of 3,584" in told
    handle(chat, "/why")
    assert "looked up: and the weather is fine" in capsys.readouterr().out


def test_memory_recall_and_remember_work_from_the_prompt(chat, shown, capsys):
    handle(chat, "/remember the boiler was made in 2019")
    assert "[e1]" in capsys.readouterr().err
    handle(chat, "/recall boiler")
    assert "e1" in capsys.readouterr().out
    chat.say("my sister is called Ada")
    capsys.readouterr()
    handle(chat, "/memory")

    assert "f1" in capsys.readouterr().out


def test_leaving_is_a_command_too(chat):
    with pytest.raises(Leave) as left:
        handle(chat, "/exit")
    assert left.value.code == 0
