"""`mem doctor` finds what is damaged without opening it in its own process; `--repair` mends what the database can mend."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from mem.errors import StoreError
from mem.stores.in_a_child import tried
from mem.stores.index_trial import try_generation
from mem.stores.trial import read_all


@pytest.fixture
def profile(run_cli, home) -> Path:
    """A profile with three memories and a conversation."""
    for text in ("the plums are ripe in August", "the quinces need frost"):
        assert run_cli("remember", text).exit_code == 0
    assert run_cli("ask", "my sister is Ada").exit_code == 0
    assert run_cli("recall", "plums").exit_code == 0
    return home / "data" / "profiles" / "default"


def checks(run_cli, *arguments: str) -> tuple[int, dict[str, dict[str, object]]]:
    result = run_cli("doctor", "--json", *arguments)
    return result.exit_code, {check["name"]: check for check in json.loads(result.stdout)}


def test_rows_that_point_nowhere_are_found_and_mended(run_cli, profile):
    with duckdb.connect(profile / "memory.duckdb") as connection:
        connection.execute("delete from session")

    code, found = checks(run_cli)
    assert (code, found["rows"]["ok"]) == (1, False)
    assert "2 messages of a session that is not there" in found["rows"]["detail"]
    assert found["rows"]["remedy"] == "run: mem doctor --repair"
    repaired = run_cli("doctor", "--repair")
    assert repaired.exit_code == 0, repaired
    assert "mended: 2 messages of a session" in repaired.stderr
    assert list((profile / "backups").glob("*.zip"))


def test_a_damaged_index_is_made_anew_and_the_old_one_kept(run_cli, profile):
    data = next((profile / "index").rglob("*.lance/data/*"))
    raw = bytearray(data.read_bytes())
    raw[len(raw) // 2] ^= 1
    data.write_bytes(raw)

    assert checks(run_cli, "--deep")[1]["search index"]["ok"] is False
    repaired = run_cli("doctor", "--repair", "--deep")
    assert repaired.exit_code == 0, repaired
    assert "is made anew: 4 texts" in repaired.stderr
    assert "plums" in run_cli("recall", "plums").stdout
    (aside,) = (profile / "index").glob("*.corrupt-*")
    assert bytes(raw) in [path.read_bytes() for path in aside.rglob("*") if path.is_file()]


def test_files_open_to_others_are_closed(run_cli, profile):
    (profile / "memory.duckdb").chmod(0o644)

    assert run_cli("doctor", "--repair").exit_code == 0
    assert (profile / "memory.duckdb").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_mended_is_left_as_it_is_and_the_exit_code_says_so(run_cli, profile):
    (profile / "memory.duckdb").write_bytes(b"not a database" * 1000)

    repaired = run_cli("doctor", "--repair")
    assert repaired.exit_code == 1
    assert "not mended: " in repaired.stderr
    assert "mem restore FILE" in repaired.stdout
    assert (profile / "memory.duckdb").read_bytes() == b"not a database" * 1000


def test_a_whole_profile_needs_no_repair(run_cli, profile):
    before = (profile / "memory.duckdb").read_bytes()
    repaired = run_cli("doctor", "--repair", "--deep")

    assert repaired.exit_code == 0, repaired
    assert "mended" not in repaired.stderr
    assert not (profile / "backups").exists()
    assert len(before) == (profile / "memory.duckdb").stat().st_size


def test_a_process_that_a_file_ends_is_a_finding():
    assert tried("mem.stores.trial", "/nowhere/memory.duckdb").startswith("/nowhere/memory.duckdb cannot be read")
    assert "No module named" not in tried("mem.stores.index_trial", "/nowhere", "1")
    # A module that kills its own process, as a library does on some damaged files.
    assert tried("tests_no_such_module") == "exit status 1"


def test_all_rows_are_read_where_they_are_whole(profile):
    assert read_all(profile / "memory.duckdb") > 20
    assert try_generation(profile / "index", 1, all_rows=True) == 4
    with pytest.raises(StoreError):
        try_generation(profile / "index", 7, all_rows=True)
