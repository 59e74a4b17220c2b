"""`mem remember` from files and of other days, `mem recall` by kind, `mem ask` about files, `mem config check`."""

from __future__ import annotations

import json

import pytest


def test_a_file_is_remembered_on_its_day_and_its_facts_wait_for_a_yes(run_cli, tmp_path):
    (tmp_path / "notes.md").write_text("# Notes\n\nMy sister Ada lives in Lisbon.\n")

    told = run_cli("remember", "-f", str(tmp_path / "notes.md"), "--when", "2024-03-05", "-t", "home", "--json")
    episode = json.loads(told.stdout)["episode"]
    assert (episode["happened_at"][:7], episode["tags"], episode["origin"]) == ("2024-03", ["home"], "imported")
    assert "waits for review" in told.stderr
    assert run_cli("recall", "lisbon", "--until", "2023").exit_code == 3
    assert "Lisbon" in run_cli("recall", "lisbon", "--since", "2024-03-01", "--until", "2024-03-10").stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--when", "2999-01-01"], "still to come"),
        (["--when", "nonsense"], "is no date"),
        (["-f", "/nowhere.md"], "nothing was stored"),
    ],
)
def test_what_cannot_be_remembered_stores_nothing(run_cli, options, told):
    words = [] if "-f" in options else ["tea"]

    assert told in run_cli("remember", *words, *options).complaint
    assert run_cli("recall", "tea").exit_code == 3


def test_a_search_is_held_to_kinds(run_cli):
    run_cli("ask", "my sister Ada lives in Lisbon")
    run_cli("remember", "Lisbon has trams")

    def kinds(*options: str) -> set[str]:
        return {hit["kind"] for hit in json.loads(run_cli("recall", "lisbon", "--json", *options).stdout)["hits"]}

    assert kinds() == {"fact", "turn", "archival"}
    assert kinds("--kind", "fact") == {"fact"}
    assert kinds("-k", "turn", "-k", "archival") == {"turn", "archival"}
    assert len(json.loads(run_cli("recall", "lisbon", "-k", "turn", "-n", "1", "--json").stdout)["hits"]) == 1
    assert run_cli("recall", "lisbon", "--kind", "summary").exit_code == 3
    assert run_cli("recall", "lisbon", "--kind", "fcat").exit_code == 2


def test_a_file_is_asked_about_and_nothing_in_it_is_learned(run_cli, tmp_path):
    (tmp_path / "letter.txt").write_text("My sister Ada lives in Lisbon.")

    found = json.loads(run_cli("ask", "-f", str(tmp_path / "letter.txt"), "what does it say?", "--json").stdout)
    assert found["question"] == "letter.txt says:\n> My sister Ada lives in Lisbon.\n\nwhat does it say?"
    assert (found["remembered"], found["waiting_for_review"]) == ([], [])
    piped = json.loads(run_cli("ask", "-f", "-", "what?", "--json", stdin=b"from a pipe").stdout)
    assert piped["question"] == "stdin says:\n> from a pipe\n\nwhat?"
    assert run_cli("ask", "-f", str(tmp_path / "letter.txt")).exit_code == 2
    assert run_cli("ask", "-f", str(tmp_path / "nowhere.txt"), "what?").exit_code == 2


@pytest.mark.parametrize(
    ("environ", "problems"),
    [
        ({}, set()),
        ({"MEM_MODEL": "nothing"}, {"model"}),
        ({"MEM_MODEL": "openai/m"}, {"key"}),
        ({"MEM_MODEL": "openai/m", "MEM_API_BASE": "localhost:8080"}, {"api_base", "key"}),
        ({"MEM_TOOLS": "perhaps", "MEM_MEMORY_TOKENS": "9999"}, {"settings", "memory_tokens"}),
        ({"MEM_KV_CACHE_TYPE": "q8_0", "MEM_FLASH_ATTENTION": "off"}, {"kv_cache_type"}),
        ({"MEM_N_GPU_LAYERS": "many"}, {"n_gpu_layers"}),
    ],
)
def test_settings_are_checked_for_what_is_wrong_or_contradicts_itself(run_cli, monkeypatch, environ, problems):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    told = run_cli("config", "check", "--json")
    checks = json.loads(told.stdout)
    assert {check["name"] for check in checks if not check["ok"]} == problems
    assert told.exit_code == (2 if problems else 0)
    assert all(check["remedy"] for check in checks if not check["ok"])
