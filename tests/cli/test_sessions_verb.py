"""`mem sessions`: found by words, named, written to a file, deleted; and wrong ids, which suggest near ones."""

from __future__ import annotations

import json
import stat

import pytest

from mem.records import Message


@pytest.fixture
def talks(run_cli, messages):
    """Two conversations, as they are stored."""
    for said in ("the Café boiler hums at night", "my sister Ada lives in Lisbon"):
        asked = messages.record_user(said, session=None, learn=False)
        answer = Message("assistant", f"You said: {said}", turn=asked.turn, session=asked.session)
        messages.record_answer(answer)
    return run_cli


def ids(told) -> list[str]:
    return [row["session"]["id"] for row in json.loads(told.stdout)]


def test_conversations_are_found_by_all_words_in_any_case_with_or_without_accents_and_then_by_meaning(talks):
    assert ids(talks("sessions", "search", "CAFE", "night", "--json")) == ["s1"]
    assert ids(talks("sessions", "search", "said", "--json")) == ["s2", "s1"]
    assert ids(talks("sessions", "search", "said", "-n", "1", "--json")) == ["s2"]
    assert "boiler hums" in talks("sessions", "search", "boiler").stdout
    assert sorted(ids(talks("sessions", "search", "boiler", "lisbon", "--json"))) == ["s1", "s2"]  # near, with a word each
    missed = talks("sessions", "search", "zzzqqq")
    assert (missed.exit_code, "mem recall" in missed.complaint) == (3, True)


def test_a_title_is_given_found_and_forgotten_with_its_conversation(talks):
    assert talks("sessions", "rename", "s1", "heating", "trouble").stdout == "s1 is called: heating trouble\n"
    assert ids(talks("sessions", "search", "heating", "--json")) == ["s1"]
    assert talks("sessions", "rename", "s1", " ").exit_code == 2
    assert talks("sessions", "delete", "s1").exit_code == 2
    assert talks("sessions", "delete", "s1", "--yes").exit_code == 0
    assert talks("sessions", "search", "heating").exit_code == 3
    assert [row["id"] for row in json.loads(talks("sessions", "--json").stdout)] == ["s2"]


def test_a_title_that_quotes_what_is_forgotten_goes_with_it(talks):
    talks("sessions", "rename", "s1", "my sister Ada lives in Lisbon")
    talks("sessions", "delete", "s2", "--yes")

    assert "Lisbon" not in talks("sessions").stdout


def test_a_conversation_is_written_for_its_owner_alone_and_over_nothing(talks, tmp_path):
    file = tmp_path / "talk.json"

    assert talks("sessions", "export", "last", "--format", "json", "-o", str(file)).exit_code == 0
    assert [message["text"] for message in json.loads(file.read_text())["messages"]][0] == "my sister Ada lives in Lisbon"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert talks("sessions", "export", "last", "-o", str(file)).exit_code == 2
    assert "## You" in talks("sessions", "export", "s1").stdout


def test_a_wrong_id_suggests_near_ones(talks):
    wrong = {"sessions show s9": "s2 or s1", "inspect t7": "t2 or t1", "forget e22 --yes": "e2 or e1"}

    for command, near in wrong.items():
        told = talks(*command.split())
        assert told.exit_code == 3
        assert f"(did you mean {near}" in told.complaint


def test_what_is_mistyped_or_called_otherwise_is_suggested(run_cli):
    meant = {
        "recal x": "recall", "sesions": "sessions", "sessions serch x": "search", "config get memry_tokens": "memory_tokens",
        "models info qwen3-5b": "qwen3-4b", "search x": "recall", "add x": "remember", "status": "doctor",
    }  # fmt: skip

    for command, verb in meant.items():
        told = run_cli(*command.split())
        assert told.exit_code in (2, 3)
        assert verb in told.complaint
