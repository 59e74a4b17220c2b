"""`mem models embedder` and `mem models reranker`, as they are typed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from tiny_models import make_cross_encoder, make_embedder

from mem.config import load_config

WAIT_SECONDS = 60


@pytest.fixture
def told(run_cli, monkeypatch) -> None:
    """Three memories, indexed with the embedder for tests."""
    run_cli("config", "set", "embedder", "scripted")
    for text in ("My sister Ada moved to Lisbon", "The boiler was repaired by Mr Wu", "I am allergic to peanuts"):
        run_cli("remember", text)
    assert "boiler" in run_cli("recall", "boiler").stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_embedder(tmp_path_factory.mktemp("model") / "tiny", prompts={"query": "query: "})


def settings(*names: str) -> list[str]:
    return [getattr(load_config(os.environ), name) for name in names]


def test_the_embedder_is_shown_with_what_the_index_was_made_with(run_cli, told):
    assert run_cli("models", "embedder").stdout.splitlines() == [
        "scripted  searches by meaning; the index of 3 texts was made with it",
        "    hash-64",
    ]
    shown = json.loads(run_cli("models", "embedder", "--json").stdout)
    assert (shown["used"]["embedder"], shown["fingerprint"], shown["switch"]) == ("scripted", "hash-64", None)


def test_before_anything_is_stored_the_setting_is_shown_and_nothing_is_made(run_cli, home):
    assert "nothing was indexed with it yet" in run_cli("models", "embedder").stdout
    assert not (home / "data").exists()


def test_another_embedder_is_used_for_what_is_there_and_what_comes(run_cli, told):
    used = run_cli("models", "embedder", "use", "scripted-32")

    assert (used.stdout, used.exit_code) == ("scripted-32 is used from now on; 3 texts were embedded with it\n", 0)
    assert "cannot be judged" in used.stderr
    assert settings("embedder") == ["scripted-32"]
    run_cli("remember", "The dentist is on Tuesday")
    recalled = run_cli("recall", "when is the dentist", "--json")
    assert json.loads(recalled.stdout)["hits"][0]["distance"] is not None
    assert "another embedder" not in recalled.stderr


def test_a_folder_is_used_with_its_own_prompts_or_those_given(run_cli, told, folder):
    assert run_cli("models", "embedder", "use", str(folder)).exit_code == 0
    assert settings("embedder", "query_prefix") == [str(folder), ""]
    assert 'prefixes=["query: ", ""]' in run_cli("models", "embedder").stdout

    run_cli("models", "embedder", "use", str(folder), "--query-prefix", "q: ", "--passage-prefix", "p: ")
    assert settings("query_prefix", "passage_prefix") == ["q: ", "p: "]
    assert 'prefixes=["q: ", "p: "]' in run_cli("models", "embedder").stdout
    assert run_cli("models", "embedder", "use", "all-MiniLM-L6-v2").exit_code == 0
    assert settings("embedder", "query_prefix", "passage_prefix") == ["all-MiniLM-L6-v2", "", ""]


@pytest.mark.parametrize("name", ["no-such", "no/such", "/no/such/folder", "", "bad\x00name"])
def test_what_is_not_here_is_one_line_and_nothing_changes(run_cli, told, name):
    refused = run_cli("models", "embedder", "use", name)

    assert (refused.exit_code, refused.stdout) == (4, "")
    assert "is on this machine" not in refused.complaint
    assert "on this machine" in refused.complaint
    assert settings("embedder") == ["scripted"]
    assert "switch" not in run_cli("models", "embedder").stdout


def test_in_the_background_the_old_one_answers_and_the_new_one_follows(run_cli, told):
    started = run_cli("models", "embedder", "use", "scripted-32", "--background")
    assert (started.exit_code, started.stdout) == (0, "")
    assert "mem models embedder" in started.stderr
    deadline = time.monotonic() + WAIT_SECONDS
    while settings("embedder") != ["scripted-32"] and time.monotonic() < deadline:
        assert "boiler" in run_cli("recall", "boiler").stdout
        time.sleep(0.2)

    assert "scripted-32  searches by meaning" in run_cli("models", "embedder").stdout


def test_a_reranker_is_taken_when_forced_and_turned_off(run_cli, told, tmp_path):
    assert "off" in run_cli("models", "reranker").stdout
    refused = run_cli("models", "reranker", "use", "scripted")
    assert (refused.exit_code, settings("reranker")) == (2, [""])
    assert "--force" in refused.complaint

    folder = make_cross_encoder(tmp_path / "cross")
    assert run_cli("models", "reranker", "use", str(folder), "--force").exit_code == 0
    assert settings("reranker") == [str(folder)]
    assert json.loads(run_cli("models", "reranker", "--json").stdout)["reranker"] == str(folder)
    run_cli("models", "reranker", "off")
    assert settings("reranker") == [""]


def test_a_reranker_that_is_not_here_is_one_line(run_cli, told):
    refused = run_cli("models", "reranker", "use", "no-such", "--force")

    assert (refused.exit_code, settings("reranker")) == (4, [""])
    assert "mem models reranker off" in refused.complaint
