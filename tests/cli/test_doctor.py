from __future__ import annotations

import json

import pytest


@pytest.fixture
def checks(run_cli):
    """`checks(*arguments)`: the exit code, and the checks of `mem doctor` by name."""

    def run(*arguments: str) -> tuple[int, dict[str, dict[str, object]]]:
        result = run_cli("doctor", "--json", *arguments)
        return result.exit_code, {check["name"]: check for check in json.loads(result.stdout)}

    return run


def test_nothing_is_made_by_looking(checks, home):
    code, found = checks()

    assert code == 0
    assert "nothing stored yet" in found["profile"]["detail"]
    assert "database" not in found
    assert not (home / "data").exists()


def test_all_is_well_after_a_memory_was_kept(run_cli, checks):
    run_cli("remember", "the boiler was serviced")

    code, found = checks("--deep")
    assert (code, [name for name, check in found.items() if not check["ok"]]) == (0, [])
    assert found["search index"]["detail"].startswith("1 texts, 0 waiting; every byte checked")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("tols = 'on'\nmemory_tokens = 'many'\n", ["there is no setting 'tols'", "memory_tokens = 'many' should be"]),
        ("tools = [broken", ["is not valid TOML"]),
        ("profile = '../elsewhere'\n", ["is no profile name"]),
    ],
)
def test_what_is_wrong_in_the_config_file_is_a_problem_and_the_other_checks_go_on(run_cli, checks, home, written, told):
    run_cli("remember", "the boiler was serviced")
    (home / "config.toml").write_text(written)
    (home / "config.toml").chmod(0o600)

    code, found = checks()
    assert (code, [name for name, check in found.items() if not check["ok"]]) == (1, ["settings"])
    assert all(words in found["settings"]["detail"] for words in told)
    assert found["settings"]["remedy"] == "run: mem config edit"
    assert found["database"]["ok"]


def test_a_wrong_variable_is_a_problem_that_no_editor_mends(checks, monkeypatch):
    monkeypatch.setenv("MEM_TOOLS", "perhaps")

    code, found = checks()
    assert (code, found["settings"]["remedy"]) == (1, "set that variable anew, or unset it")


def test_files_that_others_can_read_are_a_problem(run_cli, checks, home):
    run_cli("remember", "the boiler was serviced")
    (home / "data" / "profiles" / "default" / "memory.duckdb").chmod(0o644)

    code, found = checks()
    assert code == 1
    assert "memory.duckdb" in found["profile"]["detail"]
    assert found["profile"]["remedy"].startswith("run: chmod -R go-rwx ")


def test_a_damaged_index_is_a_problem_that_reindex_mends(run_cli, checks, home):
    run_cli("remember", "the boiler was serviced")
    data = next((home / "data" / "profiles" / "default" / "index").rglob("*.lance/data/*"))
    data.write_bytes(data.read_bytes()[:-7])

    code, found = checks()
    assert (code, found["search index"]["ok"]) == (1, False)
    assert run_cli("reindex").exit_code == 0
    assert checks()[0] == 0


def test_a_damaged_database_is_a_problem_and_is_left_as_it_was(run_cli, checks, home):
    run_cli("remember", "the boiler was serviced")
    database = home / "data" / "profiles" / "default" / "memory.duckdb"
    database.write_bytes(b"not a database" * 1000)

    code, found = checks()
    assert (code, found["database"]["ok"], found["search index"]["ok"]) == (1, False, False)
    assert database.read_bytes() == b"not a database" * 1000


def test_another_embedder_in_the_settings_than_the_one_that_answers_is_told(run_cli, checks, monkeypatch):
    run_cli("remember", "the boiler was serviced")
    monkeypatch.setenv("MEM_PASSAGE_PREFIX", "passage: ")

    code, found = checks()
    assert code == 0
    assert "made with all-MiniLM-L6-v2 as it was set then" in found["search index"]["detail"]
    assert found["search index"]["remedy"] == "run: mem reindex, to use the embedder of the settings"


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>"])
def test_a_model_file_that_is_none_is_a_problem(run_cli, home, content):
    (home / "broken.gguf").write_bytes(content)

    result = run_cli("--model", str(home / "broken.gguf"), "doctor", "--plain")
    assert result.exit_code == 1
    assert "problem\tchat model\t" in result.stdout


def test_silence_distances_and_verdicts_are_looked_at(run_cli, checks):
    run_cli("remember", "the boiler was serviced")
    run_cli("recall", "what did we say about the yacht?")

    code, found = checks()
    assert code == 0
    assert found["questions about the past"]["detail"].startswith("1 of 1 in 30 days found nothing, the last: “what did we say")
    assert found["distances"]["detail"].startswith("1 of 1 memories embedded anew are where they were")
    assert found["verdicts"]["ok"]


def test_a_search_stays_out_of_the_ledger_where_that_is_wanted(run_cli, checks):
    run_cli("remember", "the boiler was serviced")
    run_cli("recall", "--no-ledger", "what did we say about the yacht?")

    assert checks()[1]["questions about the past"]["detail"] == "none was asked in 30 days"
