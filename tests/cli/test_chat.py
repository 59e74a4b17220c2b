"""The parts of `mem chat` that need no terminal."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import replace

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from mem.assistant import Assistant
from mem.cli.explain import why_lines
from mem.cli.repl.commands import REGISTRY
from mem.cli.repl.completer import CommandCompleter
from mem.cli.repl.conversation import Conversation, Manner
from mem.cli.repl.loading import Loader
from mem.cli.repl.loop import handle, toolbar
from mem.cli.repl.notices import Notices
from mem.cli.repl.registry import as_message, is_command
from mem.cli.repl.signals import Leave, Presses, Stopper
from mem.controller import NOTHING_KNOWN
from mem.errors import InputError, ModelError, ModelMissing, NotFound
from mem.models import Usage
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
def make_chat(config, shown):
    opened = []

    def make(model, embedder=None, **manner):
        notices = Notices(shown.append)
        embedder = embedder or HashEmbedder()
        assistant = Assistant(config, notify=notices.post, on_saved=notices.saved, model=model, embedder=embedder)
        opened.append(Conversation(assistant, session=None, notices=notices, presses=Presses(), manner=Manner(**manner)))
        return opened[-1]

    yield make
    for chat in opened:
        chat.close()


@pytest.fixture
def chat(make_chat, model):
    return make_chat(model)


# The registry.


def test_every_command_of_the_issue_is_there_with_its_meaning():
    names = [command.name for command in REGISTRY.commands]

    wanted = (
        "help model new clear resume sessions rename fork undo retry edit file paste copy export tokens context memory "
        "remember forget why good bad review off on incognito persona set verbose exit recall"
    )
    assert sorted(names) == sorted(f"/{name}" for name in wanted.split())
    assert all(command.meaning for command in REGISTRY.commands)


def test_what_cannot_apply_now_is_not_in_the_help_and_comes_when_it_does(chat):
    def listed() -> set[str]:
        return {line.split()[0] for line in REGISTRY.help_lines(chat)}

    before = listed()
    chat.say("my sister is called Ada")
    after = listed()
    handle(chat, "/off")

    assert not before & {"/retry", "/undo", "/edit", "/copy", "/export", "/rename", "/tokens", "/new", "/on", "/review"}
    assert {"/help", "/exit", "/recall", "/file", "/off", "/incognito"} <= before
    assert after - before == {
        "/retry", "/undo", "/edit", "/copy", "/export", "/rename", "/fork", "/tokens", "/context", "/good", "/bad", "/why",
        "/new",
    }  # fmt: skip
    assert (listed() - after, after - listed()) == ({"/on"}, {"/off"})


def test_a_narrow_terminal_gets_the_meaning_of_a_command_below_it(chat):
    lines = REGISTRY.help_lines(chat, columns=40)

    assert lines[:3] == ["/help", "    these commands, and the keys", "/model [NAME]"]
    assert all(len(line) <= 40 for line in lines)


def test_a_line_is_a_command_with_its_argument():
    command, argument = REGISTRY.find("  /RECALL  my sister ")

    assert (command.name, argument) == ("/recall", "my sister")


@pytest.mark.parametrize(
    ("typed", "near"), [("/wyh", "/why"), ("/for", "/forget"), ("/sesions", "/sessions"), ("/rem", "/remember")]
)
def test_an_unknown_command_names_near_ones(typed, near):
    with pytest.raises(InputError, match=f"did you mean .*{near}"):
        REGISTRY.find(typed)


@pytest.mark.parametrize(("typed", "meant"), [("/correct f2", "/edit ID"), ("/QUIT", "/exit"), ("/search x", "/recall")])
def test_what_other_programs_call_a_command_names_it(typed, meant):
    with pytest.raises(InputError, match=f"did you mean {meant}\\?"):
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


def offered(completer: CommandCompleter, typed: str) -> list[str]:
    return [found.text for found in completer.get_completions(Document(typed), CompleteEvent())]


def test_names_of_use_are_completed_with_their_meanings(chat):
    completer = CommandCompleter(REGISTRY, chat)

    assert offered(completer, "/re") == ["/resume ", "/recall ", "/remember "]
    chat.say("hello")
    assert offered(completer, "/re") == ["/resume ", "/rename ", "/retry", "/recall ", "/remember "]
    assert all(found.display_meta_text for found in completer.get_completions(Document("/re"), CompleteEvent()))
    assert [offered(completer, typed) for typed in ["/recall x", "hello", "//re", "a /re", "/nonsense x"]] == [[]] * 5


def test_arguments_are_completed_by_what_they_are_called_and_mean(chat, tmp_path):
    chat.say("my sister is called Ada")
    handle(chat, "/new")
    (tmp_path / "boiler.md").write_text("x", "utf-8")
    completer = CommandCompleter(REGISTRY, chat)

    assert offered(completer, "/resume s") == ["s1"]
    assert offered(completer, "/forget Ada") == ["f1", "e1"]
    assert offered(completer, "/set memory_t") == ["memory_tokens"]
    assert "scripted" in offered(completer, "/model s") or "starter" in offered(completer, "/model s")
    assert offered(completer, f"/file {tmp_path}/boi") == ["ler.md"]


def test_the_meanings_of_settings_are_offered_without_markdown(chat):
    completer = CommandCompleter(REGISTRY, chat)

    meanings = [found.display_meta_text for found in completer.get_completions(Document("/set "), CompleteEvent())]
    assert len(meanings) > 10
    assert not [meaning for meaning in meanings if "`" in meaning]


def test_what_may_be_an_argument_is_read_once_a_line(chat):
    chat.say("one")
    handle(chat, "/new")
    completer = CommandCompleter(REGISTRY, chat)
    assert offered(completer, "/resume ") == ["last", "s1"]

    chat.say("two")
    handle(chat, "/new")
    assert offered(completer, "/resume ") == ["last", "s1"]
    completer.forget()
    assert offered(completer, "/resume ") == ["last", "s2", "s1"]


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
    assert "1 saved" in toolbar(chat)
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


def test_a_session_whose_last_message_has_no_answer_says_so_when_it_is_gone_on_with(chat, capsys):
    chat.assistant.keep("hello")

    handle(chat, "/resume s1")

    told = "(no answer yet: it may still be on its way in another terminal; if not, /retry asks again)"
    assert capsys.readouterr().err.endswith(f"you: hello\n{told}\n")


def test_memory_counts_as_inspect_does(chat, capsys):
    chat.say("my sister is called Ada")
    capsys.readouterr()

    handle(chat, "/memory")

    assert capsys.readouterr().out.splitlines()[0] == "what is remembered: 1 session, 1 turn, 1 fact"


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


class ModelThatIsAskedAgain(ScriptedChatModel):
    """As if the memory writer used it as soon as an answer is over."""

    def use_for_something_else(self) -> None:
        self.usage = Usage(9_999, 8_888)


def test_tokens_shows_what_the_answer_took_and_not_what_the_writer_asked_afterwards(make_chat, capsys):
    model = ModelThatIsAskedAgain(says("one two three"))
    chat = make_chat(model)
    chat.say("count")
    model.use_for_something_else()
    capsys.readouterr()
    handle(chat, "/tokens")
    told = capsys.readouterr().out

    assert re.search(r"^ +3  in the answer", told, re.MULTILINE)
    assert "9,999" not in told


def test_tokens_of_an_answer_that_no_model_gave_are_not_made_up(make_chat, capsys):
    chat = make_chat(ScriptedChatModel(context_window=2048, can_call_tools=False))
    chat.say("what is my sister called?")
    assert capsys.readouterr().out == f"{NOTHING_KNOWN}\n"
    handle(chat, "/tokens")

    assert "was not counted" in capsys.readouterr().out


def test_an_index_of_another_embedder_is_told_once_a_conversation(make_chat, shown):
    make_chat(ScriptedChatModel()).assistant.remember("the boiler was made in 2019")
    chat = make_chat(ScriptedChatModel(), embedder=HashEmbedder(32))
    chat.say("when was the boiler made?")
    chat.say("and the roof?")

    assert len([line for line in shown if "made with another embedder" in line]) == 1


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
