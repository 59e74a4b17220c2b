"""What each verb prints, where, and its exit code: on real stores, with the scripted model."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime

import pytest

from mem.assistant import Assistant
from mem.cli.lines import show_hit
from mem.config import load_config
from mem.models.scripted import HashEmbedder
from mem.records import Hit

TOLD = "my sister Ada moved to Lisbon in May and works at the aquarium"


@pytest.fixture
def told(run_cli):
    """A memory with three facts."""
    assert run_cli("remember", TOLD).exit_code == 0


def ids(text: str) -> list[str]:
    return re.findall(r"^([ef]\d+)  ", text, re.MULTILINE)


def test_remember_prints_what_was_kept_with_its_ids(run_cli):
    result = run_cli("remember", *TOLD.split(), "--tag", "#family")

    assert result.stdout.splitlines() == [
        f"remembered: {TOLD} [e1]",
        "remembered: your sister is Ada [f1]",
        "remembered: Ada lives in Lisbon [f2]",
        "remembered: Ada works at the aquarium [f3]",
    ]
    assert result.stderr == ""
    assert json.loads(run_cli("inspect", "e1", "--json").stdout)["episode"]["tags"] == ["family"]


def test_remember_reads_stdin(run_cli):
    assert run_cli("remember", "-", stdin=b"the boiler was serviced\n").stdout == "remembered: the boiler was serviced [e1]\n"
    assert run_cli("remember", stdin=b"and the roof\n").stdout == "remembered: and the roof [e2]\n"


def test_recall_shows_dated_memories_with_their_ids_and_sources(run_cli, told):
    lines = run_cli("recall", "where", "does", "my", "sister", "live?").stdout.splitlines()

    assert re.fullmatch(r"f2  known since \d+ \w+ \d{4} \(today\)  from e1", lines[0])
    assert lines[1] == "    Ada lives in Lisbon (since May 2026)"
    assert re.fullmatch(r"e1  \d+ \w+ \d{4} \(today\)  filed", lines[2])
    assert lines[3] == f"    {TOLD}"


def test_recall_why_shows_scores_and_the_route(run_cli, told):
    out = run_cli("recall", "--why", "aquarium").stdout

    assert re.search(r"^    score \d\.\d\d · words \d\.\d\d · distance \d\.\d\d$", out, re.MULTILINE)
    assert "route: episodic, semantic" in out


def test_recall_in_its_machine_forms_names_the_same_memories(run_cli, told):
    as_json = json.loads(run_cli("recall", "aquarium", "--json").stdout)
    as_plain = [line.split("\t") for line in run_cli("recall", "aquarium", "--plain").stdout.splitlines()]

    assert [hit["id"] for hit in as_json["hits"]] == [fields[0] for fields in as_plain]
    assert len(run_cli("recall", "aquarium", "-n", "1", "--plain").stdout.splitlines()) == 1


def test_recall_of_nothing_is_exit_code_3_and_valid_json(run_cli):
    result = run_cli("recall", "unicorns", "--json")

    assert json.loads(result.stdout)["hits"] == []
    assert (result.exit_code, result.complaint) == (3, "mem: nothing in memory matches 'unicorns'")


def test_ask_streams_the_answer_alone_to_stdout_and_what_was_learned_to_stderr(run_cli):
    result = run_cli("ask", "My dog is called Biscuit")

    assert result.stdout == "You said: My dog is called Biscuit\n"
    assert result.stderr.startswith("remembered: ")
    assert result.exit_code == 0


def test_ask_puts_what_is_piped_in_before_the_question_as_a_quotation(run_cli):
    assert run_cli("ask", "what", "broke?", stdin=b"log\n\nline\n").stdout == "You said: > log\n> \n> line\n\nwhat broke?\n"
    assert run_cli("ask", "-", stdin=b"from stdin\n").stdout == "You said: from stdin\n"


MAIL = """Hello,\r
I live in Bremen.\r\rMy name is Otto and I work at Siemens.

```
I live in Trier.
```
    My dog is called Rex. `I like tea` "
My sister Ada moved to Lisbon.\u2028I am a nurse.\x0bI am allergic to nuts.
```` I live in Jena."""


@pytest.mark.parametrize("mail", [MAIL, MAIL.split("```")[-1], "I live in Bremen."])
def test_ask_learns_nothing_from_what_is_piped_in_but_from_the_question(run_cli, mail):
    result = run_cli("ask", "what does he want? My cat is called Tux.", stdin=mail.encode())

    assert [line for line in result.stderr.splitlines() if line.startswith("remembered")] == [
        "remembered: your cat is Tux [f1]"
    ]
    assert [fact["value"] for fact in json.loads(run_cli("inspect", "facts", "--json").stdout)] == ["Tux"]


@pytest.mark.parametrize("arguments", [["-"], []])
def test_a_message_that_is_all_piped_in_is_the_user_s_own(run_cli, arguments):
    assert "you live in Bremen" in run_cli("ask", *arguments, stdin=b"I live in Bremen.").stderr


def test_a_text_that_is_too_long_once_quoted_is_refused_and_not_kept(run_cli):
    result = run_cli("ask", "what is this?", stdin=b"a\n" * 40_000)

    assert (result.exit_code, json.loads(run_cli("inspect", "sessions", "--json").stdout)) == (2, [])
    assert "the limit is 100,000" in result.complaint


def test_ask_says_that_the_index_was_made_with_another_embedder(run_cli):
    with Assistant(load_config(os.environ), embedder=HashEmbedder()) as assistant:
        assistant.remember(TOLD)
    result = run_cli("ask", "where does Ada live?")

    assert result.stderr.count("made with another embedder") == 1
    assert "made with another embedder" not in result.stdout
    assert run_cli("--quiet", "ask", "where does Ada live?").stderr == ""


def test_ask_continues_a_session(run_cli):
    run_cli("ask", "first words")
    run_cli("ask", "second words", "--session", "last")
    shown = json.loads(run_cli("sessions", "show", "s1", "--json").stdout)

    said = [message["text"] for message in shown["messages"] if message["role"] == "user"]
    assert said == ["first words", "second words"]


def test_ask_json_tells_what_the_model_saw(run_cli, told):
    answered = json.loads(run_cli("ask", "--json", "where does Ada work?").stdout)

    assert answered["answer"].startswith("You said: ")
    assert {"f3"} <= set(answered["injected"])
    assert {hit["id"] for hit in answered["retrieved"] if hit["injected"]} == set(answered["injected"])
    assert 0 < answered["prompt_tokens"] <= answered["budget_tokens"]


def test_a_message_that_no_model_can_answer_is_kept(run_cli):
    result = run_cli("--model", "qwen3-4b", "ask", "my cat is called Tux")

    assert result.exit_code == 4
    assert result.complaint.startswith("mem: your message was kept; qwen3-4b is not on this machine yet")
    assert "Tux" in run_cli("recall", "cat").stdout


@pytest.mark.parametrize("name", ["nope", "nope/none", "gone.gguf", ""])
def test_a_model_that_cannot_exist_is_refused_before_anything_is_stored(run_cli, cli_home, name):
    result = run_cli("--model", name, "ask", "my cat is called Tux")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.complaint.endswith("; nothing was stored")
    assert "did you mean" not in result.complaint
    assert not (cli_home / "data").exists()


@pytest.mark.parametrize(("command", "code"), [(("use",), 2), (("info",), 3), (("rm", "--yes"), 3)])
def test_models_answers_to_a_name_that_nothing_has(run_cli, command, code):
    result = run_cli("models", *command, "nope")

    assert (result.exit_code, result.stdout) == (code, "")
    assert "there is no model 'nope'" in result.complaint


def test_inspect_shows_what_is_known_and_what_to_type_next(run_cli, told):
    out = run_cli("inspect").stdout

    assert out.startswith("1 filed, 3 facts")
    assert "newest facts" in out
    assert "mem forget <id>" in out


def test_inspect_of_a_fact_quotes_the_words_it_came_from(run_cli, told):
    out = run_cli("inspect", "f2").stdout

    assert "f2  Ada lives in Lisbon" in out
    assert re.search(r"^  e1  \d+ \w+ \d{4} \(today\)  filed$", out, re.MULTILINE)
    assert "“" in out
    assert "remembered by writer" in out


def test_inspect_of_a_memory_names_the_facts_read_in_it(run_cli, told):
    assert ids(run_cli("inspect", "e1").stdout) == ["e1", "f1", "f2", "f3"]


@pytest.mark.parametrize("view", ["overview", "facts", "core", "episodes", "sessions", "pending", "e1", "f1"])
def test_every_view_has_a_machine_form(run_cli, told, view):
    assert json.loads(run_cli("inspect", view, "--json").stdout) is not None
    assert run_cli("inspect", view, "--plain").exit_code == 0


def test_forget_previews_asks_and_gives_a_receipt(run_cli, told):
    preview = run_cli("forget", "e1", "--dry-run")
    refused = run_cli("forget", "e1")
    done = run_cli("forget", "e1", "--yes")

    assert "in all: 1 episode, 3 facts" in preview.stdout
    assert refused.exit_code == 2
    assert "--yes" in refused.complaint
    assert done.stdout.startswith("removed: e1, f1, f2, f3\n")
    assert "checked: rows left in the database: 0" in done.stdout
    assert run_cli("recall", "Lisbon").exit_code == 3


def test_forget_finds_by_words_what_has_no_id_given(run_cli, told):
    assert "e1" in json.loads(run_cli("forget", "--yes", "--json", "works", "at", "the", "aquarium").stdout)["removed"]


@pytest.mark.parametrize("what", [["e1", "aquarium"], ["works at", "f3"]])
def test_forget_refuses_ids_among_words(run_cli, told, what):
    result = run_cli("forget", "--dry-run", *what)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "is an id among words" in result.complaint
    assert run_cli("forget", "--dry-run", "the e1 aquarium").exit_code == 0


@pytest.mark.parametrize(("source", "origin"), [("t1:answer", "mem answered in s1"), ("t1:user", "turn in s1")])
def test_what_mem_answered_is_told_from_what_the_user_said(capsys, source, origin):
    show_hit(Hit("e1", "turn", "the boiler was serviced", datetime.now(UTC), 1.0, session="s1", source=source))

    assert capsys.readouterr().out.splitlines()[0].endswith(f"  {origin}")


def test_why_shows_what_was_looked_up_for_the_last_answer(run_cli, told):
    run_cli("ask", "where does Ada work?")

    out = run_cli("why").stdout
    assert out.splitlines()[0] == "t2"
    assert "looked up: where does Ada work?" in out
    assert "in the prompt" in out
    assert run_cli("why", "t999").exit_code == 3


def test_sessions_are_listed_newest_first(run_cli):
    run_cli("ask", "about the boiler")
    run_cli("ask", "about the roof")

    assert [row["id"] for row in json.loads(run_cli("sessions", "--json").stdout)] == ["s2", "s1"]
    assert "about the roof" in run_cli("sessions", "list").stdout


def test_a_message_without_an_answer_is_shown_as_such(run_cli):
    run_cli("--model", "qwen3-4b", "ask", "about the boiler")
    run_cli("ask", "about the roof", "--session", "last")

    assert run_cli("sessions", "show", "s1").stdout.splitlines()[1:] == [
        "you  t1", "    about the boiler", "    (no answer)",
        "you  t2", "    about the roof",
        "mem  t2", "    You said: about the roof",
    ]  # fmt: skip


def test_an_option_without_its_value_is_told_with_what_it_takes(run_cli):
    result = run_cli("recall", "boiler", "--since")

    assert result.exit_code == 2
    assert "--since TIME: " in result.complaint
    assert result.complaint.endswith("Try: mem recall -h")


def test_reindex_says_how_many_texts_the_index_holds(run_cli, told):
    assert run_cli("reindex").stdout == "the search index holds 1 text\n"
    assert json.loads(run_cli("reindex", "--json").stdout) == {"documents": 1}


def test_quiet_leaves_the_answer_alone(run_cli):
    assert run_cli("--quiet", "ask", "My dog is called Biscuit").stderr == ""


def test_an_unknown_verb_names_the_help(run_cli):
    result = run_cli("rememeber", "x")

    assert result.exit_code == 2
    assert "rememeber" in result.complaint
    assert "mem -h" in result.complaint


@pytest.mark.parametrize(
    "verb", ["", "chat", "ask", "recall", "remember", "inspect", "forget", "why", "sessions", "sessions show", "models",
             "models pull", "config", "config set", "profiles", "profiles delete", "reindex", "doctor", "completions"]
)  # fmt: skip
def test_every_verb_explains_itself(run_cli, verb):
    result = run_cli(*verb.split(), "-h")

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: mem {verb}".strip())
