"""What the `/` commands of a conversation do beyond looking: files, titles, exports, settings, and what the flags change."""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from mem.assistant import Assistant
from mem.cli.lines import show_receipt
from mem.cli.repl.conversation import Conversation, Manner
from mem.cli.repl.loop import first_lines, handle, toolbar
from mem.cli.repl.notices import Notices
from mem.cli.repl.signals import Presses
from mem.errors import ConfigError, InputError, NotFound
from mem.file_text import FileText
from mem.models import Usage
from mem.models.scripted import HashEmbedder, ScriptedChatModel, says
from mem.text import MESSAGE_LIMIT_CHARS


@pytest.fixture
def shown() -> list[str]:
    """What was told between the answers."""
    return []


@pytest.fixture
def make_chat(config, shown):
    opened = []

    def make(model=None, **manner):
        notices = Notices(shown.append)
        model = model or ScriptedChatModel()
        assistant = Assistant(config, notify=notices.post, on_saved=notices.saved, model=model, embedder=HashEmbedder())
        opened.append(Conversation(assistant, session=None, notices=notices, presses=Presses(), manner=Manner(**manner)))
        return opened[-1]

    yield make
    for chat in opened:
        chat.close()


@pytest.fixture
def chat(make_chat):
    return make_chat()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "my notes.md"
    path.write_text("# Boiler\n\nMy name is Victor. The boiler is from 2019.\n", "utf-8")
    return path


def said(chat) -> list[str]:
    return [message.text for message in chat.assistant.session_messages("last")[1] if message.role == "user"]


# Files.


@pytest.mark.parametrize("typed", ["/file {}", "/file '{}'", '/file "{}"'])
def test_a_file_goes_with_the_next_message_quoted_and_nothing_in_it_is_learned(chat, notes, capsys, typed):
    handle(chat, typed.format(notes))
    assert "1 file" in toolbar(chat)
    handle(chat, "when is it from?")
    chat.settle(30)
    handle(chat, "thanks")

    asked = "my notes.md says:\n> # Boiler\n>\n> My name is Victor. The boiler is from 2019.\n\nwhen is it from?"
    assert said(chat) == [asked, "thanks"]
    assert chat.assistant.facts() == []
    assert "file" not in toolbar(chat)


def test_a_file_is_taken_back(chat, notes):
    handle(chat, f"/file {notes}")
    handle(chat, "/file off")
    handle(chat, "hello")

    assert said(chat) == ["hello"]


def test_a_file_that_leaves_no_room_is_not_sent_and_not_recorded(chat, tmp_path):
    (tmp_path / "long.txt").write_text("word " * 5000, "utf-8")
    handle(chat, f"/file {tmp_path}/long.txt")

    with pytest.raises(InputError, match=r"long.txt \(24,999 characters\) takes 5,00\d of 3,584 tokens; nothing was sent"):
        handle(chat, "what is it about?")
    assert chat.assistant.sessions() == []
    handle(chat, "hello")
    assert said(chat) == ["hello"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot read .*no such|cannot read .*No such file"),
        (b"\x00\x01\x02binary", "neither text nor a PDF"),
        (b"caf\xe9", r"neither UTF-8 text \(byte 3\) nor a PDF"),
        (b"  \n", "holds no text"),
        (b"%PDF-1.4 broken", "damaged PDF"),
        (b"x" * (MESSAGE_LIMIT_CHARS + 1), "100,001 characters, a message takes 100,000"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_nothing_is_attached(chat, tmp_path, content, told):
    if content is not None:
        (tmp_path / "it").write_bytes(content)

    with pytest.raises(InputError, match=told):
        handle(chat, f"/file {tmp_path}/it")
    assert chat.attached == []


def test_a_folder_is_no_file(chat, tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        handle(chat, f"/file {tmp_path}")


# The clipboard: what pyperclip runs, on the path.


@pytest.fixture
def clipboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that `wl-copy` writes and `wl-paste` reads."""
    place = tmp_path / "clipboard"
    for name, line in {"wl-copy": f"cat > {place}", "wl-paste": f"cat {place}"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n", "utf-8")
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return place


def test_an_answer_is_copied_and_what_is_copied_is_pasted_as_somebody_elses_words(chat, clipboard, capsys):
    handle(chat, "hello")
    handle(chat, "/copy")
    assert clipboard.read_text("utf-8") == "You said: hello"
    assert "copied 15 characters to the clipboard" in capsys.readouterr().err

    clipboard.write_text("My name is Victor.", "utf-8")
    handle(chat, "/paste")
    handle(chat, "who wrote this?")

    assert said(chat)[-1] == "the clipboard says:\n> My name is Victor.\n\nwho wrote this?"


# Sessions.


def test_a_session_gets_a_name_that_the_list_shows(chat, capsys):
    handle(chat, "hello")
    handle(chat, "/rename  About the   boiler ")
    capsys.readouterr()
    handle(chat, "/sessions")

    assert "About the boiler" in capsys.readouterr().out


def test_a_name_holds_no_secret(chat, shown):
    handle(chat, "hello")
    handle(chat, "/rename key sk-proj-abcdefghijklmnopqrstuvwx1234567890abcdefghij")

    assert "abcdefghij" not in chat.assistant.sessions()[0].title


@pytest.mark.parametrize("command", ["/rename x", "/export", "/copy", "/edit", "/context"])
def test_what_is_about_a_session_says_so_where_there_is_none(chat, command):
    with pytest.raises(NotFound):
        handle(chat, command)


def test_an_edited_message_takes_the_place_of_the_old_one_in_the_prompt(make_chat, tmp_path, monkeypatch, capsys):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/Adda/Ada/ "$1"\n', "utf-8")
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    model = ScriptedChatModel(says("first"), says("second"), says("third"))
    chat = make_chat(model)
    handle(chat, "write to Adda about the regatta")
    handle(chat, "/edit")
    handle(chat, "and again")

    assert capsys.readouterr().out == "first\nsecond\nthird\n"
    prompts = ["\n".join(message.text for message in prompt) for prompt in model.prompts]
    assert ["Adda" in prompt for prompt in prompts] == [True, False, False]
    assert "write to Ada about the regatta" in prompts[-1]


def test_what_was_read_in_the_old_wording_is_taken_back_and_can_be_brought_back(chat, tmp_path, monkeypatch, capsys):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/tea/coffee/ "$1"\n', "utf-8")
    editor.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    handle(chat, "my sister is called Ada")
    handle(chat, "I love tea")
    chat.settle(30)
    handle(chat, "/edit")
    chat.settle(30)

    assert [fact.value for fact in chat.assistant.facts()] == ["Ada", "coffee"]
    told = " ".join(capsys.readouterr().err.split())
    undo = re.search(r"taken back with the old wording: .*tea \[f2\] \(mem undo (c\d+) brings it back\)", told)
    assert undo, told
    chat.assistant.undoing.undo(undo[1])
    assert [fact.value for fact in chat.assistant.facts()] == ["Ada", "tea", "coffee"]


def test_what_was_not_read_yet_in_the_old_wording_is_not_read_any_more(chat, tmp_path, monkeypatch):
    monkeypatch.setenv("EDITOR", "sed -i s/tea/coffee/")
    monkeypatch.delenv("VISUAL", raising=False)
    handle(chat, "hello")
    chat.assistant.writer.stop()
    chat.assistant.messages.record_user("I love tea", session=chat.session)
    handle(chat, "/edit")
    chat.assistant.writer.drain()

    assert [fact.value for fact in chat.assistant.facts()] == ["coffee"]
    assert chat.assistant.pending() == []


def test_a_fork_edited_leaves_what_was_read_in_the_other_session(chat, monkeypatch):
    monkeypatch.setenv("EDITOR", "sed -i s/tea/coffee/")
    monkeypatch.delenv("VISUAL", raising=False)
    handle(chat, "I love tea")
    chat.settle(30)
    handle(chat, "/fork")
    handle(chat, "/edit")
    chat.settle(30)

    assert [fact.value for fact in chat.assistant.facts()] == ["tea", "coffee"]


def test_a_fact_and_a_note_are_changed_by_their_ids(chat, monkeypatch):
    handle(chat, "my sister is called Ada")
    handle(chat, "/remember the boiler is from 2018")
    chat.settle(30)
    handle(chat, "/edit f1 Eva")
    monkeypatch.setenv("EDITOR", "sed -i s/2018/2019/")
    monkeypatch.delenv("VISUAL", raising=False)
    handle(chat, "/edit e2")

    assert [fact.value for fact in chat.assistant.facts() if fact.current][:1] == ["Eva"]
    assert "2019" in chat.assistant.inspect("e2").episode.text
    with pytest.raises(InputError, match="/edit alone changes your last message"):
        handle(chat, "/edit my sister")


def test_learning_that_is_on_is_not_said_to_begin_again(make_chat, capsys):
    chat = make_chat()
    for command in ("/on", "/off", "/off", "/on"):
        handle(chat, command)

    assert [line.split(";")[0] for line in capsys.readouterr().err.splitlines()] == [
        "learning is on already",
        "from now on nothing is learned from what you say here",
        "nothing is learned from what you say here already",
        "what you say is learned from again",
    ]
    with pytest.raises(InputError, match="nothing is learned in this conversation, from its beginning"):
        handle(make_chat(use_memory=False), "/on")


def test_an_unchanged_message_is_not_sent_again(chat, monkeypatch):
    monkeypatch.setenv("EDITOR", "true")
    monkeypatch.delenv("VISUAL", raising=False)
    handle(chat, "hello")

    with pytest.raises(InputError, match="nothing was sent; /retry"):
        handle(chat, "/edit")
    assert said(chat) == ["hello"]


def test_a_session_is_written_as_markdown_or_json_and_never_over_a_file(chat, tmp_path, capsys):
    handle(chat, "my sister is called Ada")
    handle(chat, f"/export {tmp_path}/talk.md")
    handle(chat, f"/export {tmp_path}/talk.json")

    lines = (tmp_path / "talk.md").read_text("utf-8").splitlines()
    assert lines[0] == "# my sister is called Ada"
    assert [line for line in lines if not line.startswith("#") and "sister" in line] == [
        "my sister is called Ada", "You said: my sister is called Ada",
    ]  # fmt: skip
    told = json.loads((tmp_path / "talk.json").read_text("utf-8"))
    assert (told["session"]["id"], [message["role"] for message in told["messages"]]) == ("s1", ["user", "assistant"])
    assert stat.S_IMODE((tmp_path / "talk.md").stat().st_mode) == 0o600
    with pytest.raises(InputError, match="is there already; nothing was written"):
        handle(chat, f"/export {tmp_path}/talk.md")
    with pytest.raises(InputError, match="as .md or .json, not .docx"):
        handle(chat, f"/export {tmp_path}/talk.docx")
    capsys.readouterr()
    handle(chat, "/export -")
    assert capsys.readouterr().out.startswith("# my sister is called Ada\n")


def test_incognito_begins_another_conversation_or_says_how(chat):
    with pytest.raises(InputError, match="mem chat --incognito --read-memory"):
        handle(chat, "/incognito read")


def test_leaving_incognito_nothing_may_be_written(make_chat):
    chat = make_chat(incognito=True)

    for command in ["/remember x", "/persona A pirate", "/forget e1", "/edit f1 x"]:
        with pytest.raises(InputError, match="this is incognito; nothing was changed"):
            handle(chat, command)


# Settings, persona, context.


def test_a_setting_holds_for_this_conversation_alone(make_chat, capsys):
    model = ScriptedChatModel()
    chat = make_chat(model)
    handle(chat, "hello")
    handle(chat, "/set memory_tokens = 100")
    handle(chat, "again")
    handle(chat, "/set memory_tokens")

    assert chat.assistant.config.memory_tokens == 100
    assert said(chat) == ["hello", "again"]
    assert len(model.prompts) == 2
    assert capsys.readouterr().out.endswith("memory_tokens = 100\n")


def test_what_a_model_depends_on_opens_it_anew(chat):
    handle(chat, "hello")
    before = chat.assistant.model
    handle(chat, "/set model scripted")
    handle(chat, "/set temperature 0.5")

    assert chat.assistant.model is not before
    assert chat.assistant.config.temperature == 0.5
    handle(chat, "again")
    assert said(chat) == ["hello", "again"]


@pytest.mark.parametrize(
    ("typed", "error", "told"),
    [
        ("/set memry_tokens 5", InputError, "did you mean memory_tokens"),
        ("/set embedder x", InputError, "embedder cannot change in a conversation.*mem config set embedder"),
        ("/set memory_tokens many", ConfigError, "should be a whole number"),
        ("/set", InputError, "/set needs something after it"),
    ],
)
def test_a_setting_that_cannot_be_set_says_why(chat, typed, error, told):
    with pytest.raises(error, match=told):
        handle(chat, typed)


def test_a_persona_is_in_every_prompt_until_it_is_taken_away(make_chat, capsys):
    model = ScriptedChatModel()
    chat = make_chat(model)
    handle(chat, "/persona You are a pirate.")
    handle(chat, "hello")
    handle(chat, "/persona")
    handle(chat, "/persona off")
    handle(chat, "/new")
    handle(chat, "hello")

    assert "You are a pirate." in capsys.readouterr().out
    prompts = ["\n".join(message.text for message in prompt) for prompt in model.prompts]
    assert ["You are a pirate." in prompt for prompt in prompts] == [True, False]


def test_the_context_is_what_was_sent(chat, capsys):
    handle(chat, "my sister is called Ada")
    capsys.readouterr()
    handle(chat, "/context")

    told = capsys.readouterr().out
    assert told.startswith("t1: ")
    assert "system" in told
    assert told.rstrip().endswith("my sister is called Ada")


# Receipts.


def test_what_a_receipt_cannot_reach_is_told_once_in_a_conversation(chat, capsys):
    handle(chat, "/remember the boiler is from 2018")
    handle(chat, "/remember the kettle is green")
    first, second = (chat.assistant.forget(chat.assistant.plan_forget([id])) for id in ("e1", "e2"))
    capsys.readouterr()
    show_receipt(first)
    whole = [line for line in capsys.readouterr().out.splitlines() if line.startswith("not reached: ")]
    show_receipt(second, told=set(first.limits))
    short = [line for line in capsys.readouterr().out.splitlines() if line.startswith("not reached: ")]

    assert len(whole) == len(first.limits) > 1
    assert short == ["not reached: as before (mem forget prints it)"]


# The start.


@pytest.mark.parametrize(("columns", "rows"), [(40, 10), (80, 24)])
def test_what_is_said_at_the_start_leaves_room_in_a_small_terminal(config, monkeypatch, columns, rows):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(rows))
    with Assistant(replace(config, model="starter"), embedder=HashEmbedder()) as assistant:
        told = first_lines(assistant)

    assert sum(-(-len(line) // columns) for line in told) <= rows // 2
    assert "/help" in told[0]
    assert "the starter model is very small" in told[1]


# Flags.


def test_more_instructions_and_another_persona_are_of_this_conversation_alone(make_chat):
    model = ScriptedChatModel()
    chat = make_chat(model, system="Answer in French.", persona="You are a parrot.")
    handle(chat, "hello")
    handle(chat, "again")

    fronts = [prompt[0].text for prompt in model.prompts]
    assert fronts[0] == fronts[1]
    assert fronts[0].endswith("Answer in French.\n\n<persona>\nYou are a parrot.\n</persona>")
    assert [block.value for block in chat.assistant.core() if block.label == "persona"] == [""]


def test_without_memory_nothing_is_recalled_and_nothing_learned_and_the_conversation_is_kept(make_chat):
    told = make_chat()
    handle(told, "my sister is called Ada")
    handle(told, "/persona You are a pirate.")
    told.settle(30)
    model = ScriptedChatModel()
    chat = make_chat(model, use_memory=False)
    handle(chat, "what is my sister called?")
    handle(chat, "my brother is called Tom")
    chat.settle(30)

    sent = "\n".join(message.text for prompt in model.prompts for message in prompt)
    assert "Ada" not in sent
    assert "pirate" not in sent
    assert [fact.value for fact in chat.assistant.facts()] == ["Ada"]
    assert said(chat) == ["what is my sister called?", "my brother is called Tom"]
    assert "no memory" in toolbar(chat)


# The bottom line.


class PricedModel(ScriptedChatModel):
    """Tells what it cost."""

    def stream(self, messages, *, tools=(), max_tokens=None):
        yield from super().stream(messages, tools=tools, max_tokens=max_tokens)
        self.usage = Usage(10, 5, dollars=0.01234)


def test_the_bottom_line_tells_what_matters_most_in_the_width_there_is(make_chat):
    chat = make_chat(PricedModel(), files=(FileText("a.md", "x"),))
    assert toolbar(chat) == "scripted · 1 file · 0 saved"
    handle(chat, "my sister is called Ada")
    chat.settle(30)
    chat.notices.to_review = 2
    handle(chat, "/off")

    tokens = f"{chat.status.prompt_tokens}/3,584 tokens"
    assert toolbar(chat) == f"scripted · {tokens} · 1 saved · 2 to review · ~$0.0123 · learning off"
    assert all(len(toolbar(chat, columns=columns)) <= columns for columns in range(10, 90))
    assert toolbar(chat, columns=40).endswith("learning off")




# Forks.


def test_a_fork_begins_with_what_was_said_and_leaves_the_other_session_as_it_was(make_chat):
    model = ScriptedChatModel()
    chat = make_chat(model)
    handle(chat, "the word is aquarium")
    handle(chat, "/fork")
    handle(chat, "and now?")
    handle(chat, "/resume s1")
    handle(chat, "goodbye")

    sent = ["\n".join(message.text for message in prompt) for prompt in model.prompts]
    assert (chat.session, "aquarium" in sent[1], "and now?" in sent[2]) == ("s1", True, False)
    forked = [message.text for message in chat.assistant.session_messages("s2")[1] if message.role == "user"]
    assert forked == ["the word is aquarium", "and now?"]
    assert [session.title for session in chat.assistant.sessions()] == ["the word is aquarium", "fork of the word is aquarium"]
    assert [session.turns for session in chat.assistant.sessions()] == [2, 2]


def test_asking_again_in_a_fork_leaves_the_other_sessions_answer(make_chat, capsys):
    chat = make_chat(ScriptedChatModel(says("first"), says("second")))
    handle(chat, "hello")
    handle(chat, "/fork")
    handle(chat, "/retry")

    texts = [[message.text for message in chat.assistant.session_messages(id)[1]] for id in ("s1", "s2")]
    assert texts == [["hello", "first"], ["hello", "second"]]
    assert capsys.readouterr().out == "first\nsecond\n"


def test_what_is_forgotten_is_gone_from_a_fork_and_from_what_was_answered_in_it(make_chat):
    model = ScriptedChatModel(says("Noted."), says("It is aquarium."), says("Goodbye."))
    chat = make_chat(model)
    handle(chat, "the word is aquarium")
    handle(chat, "/fork")
    handle(chat, "which word was it?")
    chat.assistant.forget(chat.assistant.plan_forget(["e1"]))
    handle(chat, "and now?")

    assert [message.text for message in chat.assistant.session_messages("s2")[1]] == [
        "which word was it?", "and now?", "Goodbye.",
    ]  # fmt: skip
    assert "aquarium" not in "\n".join(message.text for message in model.prompts[-1])
